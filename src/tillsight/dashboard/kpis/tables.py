"""KPIs, and what was done to them, as lines of tables: pure functions to escaped HTML."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import cards as kpi_cards
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis import words
from tillsight.dashboard.kpis.cards import Context
from tillsight.dashboard.tables import Cell, listed

One = Mapping[str, Any]


def sorted_by() -> Mapping[str, str]:
    """Headings, and the order of `texts.BOARD_SORTS` that a press on one asks for."""
    return {
        texts.BOARD_STATUS: "worst",
        texts.KPI: "name",
        texts.CIRCLE: "circle",
        texts.PROGRESS: "progress",
        texts.PERFORMANCE: "performance",
        texts.OUTLOOK: "outlook",
    }


def board(entries: Sequence[One], context: Context, order: str) -> str:
    """A line for each KPI; headings sort them anew, or the other way round."""
    lines = [
        [
            Cell(_named(one, context), texts.KPI, "file"),
            Cell(escape(one["circle"]), texts.CIRCLE),
            Cell(_current(one), texts.PERIOD_VALUE, "number"),
            Cell(_money(one["x"], one), texts.YEAR_TO_DATE, "number"),
            Cell(_money(one["target_value"], one), texts.TARGET, "number"),
            Cell(_progress(one), texts.PROGRESS, "number"),
            Cell(kpi_formats.percent(one["performance"]), texts.PERFORMANCE, "number"),
            Cell(kpi_cards.badge(one, context), texts.BOARD_STATUS, "status-cell"),
            Cell(_outlook(one, context.as_of), texts.OUTLOOK, "number"),
        ]
        for one in entries
    ]
    heads = {heading: _head(heading, first, order) for heading, first in sorted_by().items()}
    return listed(lines, [one["status"] for one in entries], heads)


def turned(order: str) -> str:
    """An order the other way round, where there is one."""
    if order in {"worst", "best"}:
        return "best" if order == "worst" else "worst"
    other = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    return other if other in texts.BOARD_SORTS else order


def _head(heading: str, first: str, order: str) -> str:
    is_sorted = order in {first, turned(first)}
    following = turned(order) if order == first else first
    arrow = '<span class="arrow" aria-hidden="true">{}</span>' if is_sorted else ""
    sign = "▲" if order == first else "▼"
    title = texts.SORT_TITLE.format(order=texts.BOARD_SORTS[following])
    return (
        f'<button type="button" data-press="{following}" title="{title}">{heading}'
        f"{arrow.format(sign)}</button>"
    )


def _named(entry: One, context: Context) -> str:
    about = f"{escape(kpi_cards.about(entry))} {kpi_cards.restated(entry)}"
    return (
        f'<span><span class="name">{kpi_cards.link(entry, context)}</span>'
        f'<span class="by quiet">{about}</span></span>'
    )


def _current(entry: One) -> str:
    current = entry["current"]
    if current is None:
        return formats.NOTHING
    return (
        f"<span>{_money(current['value'], entry)}"
        f'<span class="by quiet">{escape(kpi_periods.name(current["period"]))}</span></span>'
    )


def _progress(entry: One) -> str:
    return f"<span>{words.progress(entry)}{kpi_cards.track(entry)}</span>"


def _outlook(entry: One, as_of: date) -> str:
    said = escape(words.outlook(entry, as_of))
    return f'<span title="{said}">{words.chance(entry["outlook"])}</span>'


def _money(amount: float | None, entry: One) -> str:
    return escape(kpi_formats.rounded(amount, entry["unit"]))
