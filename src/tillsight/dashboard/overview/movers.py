"""What rose and fell most, as a table: groups of an explanation in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight.dashboard import tables
from tillsight.dashboard import texts as common
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.overview import texts, why

PLACES = 4
"""Groups that rose, and that fell."""
HEIGHT = 400

Groups = Sequence[Mapping[str, Any]]


def table(groups: Groups, by: str, currency: str, choice: Choice) -> str:
    """Those that rose most, then those that fell most, each with a bar as long as its change."""
    longest = max((abs(row["change"]) for row in groups), default=0)
    rose = [row for row in groups if row["change"] > 0][:PLACES]
    fell = [row for row in groups if row["change"] < 0][:PLACES]
    parts = (
        (texts.ROSE_MOST, texts.NONE_ROSE, rose, "up"),
        (texts.FELL_MOST, texts.NONE_FELL, fell, "down"),
    )
    body = "".join(
        f'<tr class="kind"><th scope="rowgroup" colspan="2">{escape(title)}</th></tr>'
        + ("".join(_row(row, by, currency, choice, longest, way) for row in rows) or _none(none))
        for title, none, rows, way in parts
    )
    return (
        f'<table class="ranking movers"><thead><tr><th>{escape(common.TOP_HEADS[by])}</th>'
        f'<th class="number">{escape(texts.MOVED)}</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _row(
    row: Mapping[str, Any], by: str, currency: str, choice: Choice, longest: float, way: str
) -> str:
    width = 100 * abs(row["change"]) / longest
    orders = choice.drill(**{by: row[by] or ""}, measure="revenue")
    return (
        f'<tr class="{way}"><td>{tables.name(row, by, choice)}'
        f'<span class="bar" style="width:{width:.1f}%"></span></td>'
        f'<td class="number">{tables.lead(why.signed(row["change"], currency), orders)}</td></tr>'
    )


def _none(text: str) -> str:
    return f'<tr><td colspan="2" class="quiet">{escape(text)}</td></tr>'
