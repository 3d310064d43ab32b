"""The board as cards: entries of the API in, escaped HTML out, styled by style.css."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from tillsight.dashboard import texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import order
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis import words as kpi_words

One = Mapping[str, Any]
Point = tuple[float, float]


@dataclass(frozen=True)
class Context:
    """What holds for all KPIs of a page: the day its figures are of, the rule of the status, and
    the period as the address has it, for links to take along.
    """

    as_of: date
    rule: str
    period: str = ""


WIDTH, HEIGHT, EDGE = 132, 44, 4
"""Of the little chart, in pixels; the edge leaves room for the dot of the last value."""


def counts(entries: Sequence[One]) -> str:
    """How many KPIs there are of each status: a sentence, a bar and its legend."""
    found = order.counted(entries)
    parts = "".join(
        f'<span class="part {name}" style="flex-grow:{count}"></span>'
        for name, count in found.items()
        if count
    )
    legend = "".join(
        f'<li class="{name}"><b>{count}</b> <span class="status {name}">'
        f"{texts.STATUS_SYMBOLS[name]} {texts.STATUSES[name]}</span></li>"
        for name, count in found.items()
    )
    return (
        f'<section class="kpi-counts"><h2>{finding(found)}</h2>'
        f'<div class="parts" aria-hidden="true">{parts}</div><ul>{legend}</ul></section>'
    )


def finding(found: Mapping[str, int]) -> str:
    """What the counts come to, as one sentence."""
    whole = sum(found.values())
    if found["no_data"] == whole:
        return texts.BOARD_FINDINGS["no_data"]
    if not found["behind"]:
        return texts.BOARD_FINDINGS["on_track"]
    return texts.BOARD_BEHIND.of(found["behind"], all=whole)


def board(groups: Sequence[tuple[str, Sequence[One]]], context: Context) -> str:
    """A section of cards for each circle."""
    return "".join(
        f'<section class="kpi-circle"><h2>{escape(circle)}'
        f' <span class="quiet">{kpi_words.counted(len(entries))}</span></h2>'
        f'<div class="kpi-cards">{"".join(card(one, context) for one in entries)}</div>'
        f"</section>"
        for circle, entries in groups
    )


def card(entry: One, context: Context) -> str:
    """One KPI: what its last value is, how far it is, whether that is enough, and the chance."""
    as_of = context.as_of
    return (
        f'<article class="kpi {entry["status"]}"><header><h3>{link(entry, context)}</h3>'
        f"{badge(entry, context)}</header>"
        f'<p class="quiet about">{escape(about(entry))}</p>'
        f'<div class="now"><div>{_current(entry)}</div>{spark(entry)}</div>'
        f"{track(entry)}"
        f'<p class="reach"><span>{escape(kpi_words.reach(entry, as_of))}</span>'
        f"<b>{kpi_words.progress(entry)}</b></p>"
        f'<p class="quiet">{escape(kpi_words.expected(entry, as_of))}</p>'
        f'<p class="outlook">{escape(kpi_words.outlook(entry, as_of))}</p>{_year_end(entry)}'
        f"</article>"
    )


def link(entry: One, context: Context) -> str:
    """The name, which leads to the KPI's page."""
    address = urlencode({"id": entry["id"]}) + (f"&{context.period}" if context.period else "")
    return f'<a href="/kpi?{escape(address)}" target="_self">{escape(entry["name"])}</a>'


def badge(entry: One, context: Context) -> str:
    """The status as word, symbol and colour, with the rule when it is pointed at."""
    return (
        f'<span class="status {entry["status"]}" title="{escape(context.rule)}">'
        f"{kpi_words.status(entry)}</span>"
    )


def about(entry: One) -> str:
    """How often and in which unit."""
    said = [texts.PERIODICITIES[entry["periodicity"]], kpi_formats.unit_name(entry["unit"])]
    if entry["owner"]:
        said.append(entry["owner"])
    return " · ".join(said)


def restated(entry: One) -> str:
    """That sales of closed periods changed since they were reported; nothing where none did."""
    count = entry["restated"]
    if not count:
        return ""
    title = texts.RESTATED_TITLE_ONE if count == 1 else texts.RESTATED_TITLE.format(count=count)
    return f'<span class="mark" title="{title}">↻ {texts.RESTATED.format(count=count)}</span>'


def track(entry: One) -> str:
    """The way to the target as a bar, with a mark where the pace is."""
    mark = kpi_words.pace_mark(entry)
    if entry["progress"] is None:
        return '<div class="track none"></div>'
    progress = kpi_formats.percent(entry["progress"])
    words = texts.TRACK_ALT_ALONE if mark is None else texts.TRACK_ALT
    said = words.format(progress=progress, pace=kpi_formats.percent(mark))
    shown = "" if mark is None else f'<i class="pace" style="left:{_inside(mark):.1f}%"></i>'
    return (
        f'<div class="track" role="img" aria-label="{said}"><i class="done"'
        f' style="width:{_inside(entry["progress"]):.1f}%"></i>{shown}</div>'
    )


def spark(entry: One) -> str:
    """The last periods as a line, broken where a value is missing, over the line of the target."""
    points = entry["spark"]
    values = [one["value"] for one in points]
    aims = [aim(entry, one["target"]) for one in points]
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = _ends([*known, *(one for one in aims if one is not None)])
    across = (WIDTH - 2 * EDGE) / max(len(points) - 1, 1)

    def at(place: int, value: float) -> Point:
        down = (HEIGHT - 2 * EDGE) * (high - value) / (high - low)
        return EDGE + place * across, EDGE + down

    runs = _runs([None if one is None else at(place, one) for place, one in enumerate(values)])
    target = _runs([None if one is None else at(place, one) for place, one in enumerate(aims)])
    (x, y) = runs[-1][-1]
    return (
        f'<svg class="kpi-spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(_told(entry, known))}">'
        f"{''.join(_steps(run) for run in target)}{''.join(_course(run) for run in runs)}"
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )


def aim(entry: One, target: float | None) -> float | None:
    """What one period has to bring: of a sum its even share of the year's target."""
    if target is None or entry["aggregation"] != "sum" or entry["direction"] in kpi_words.STAYING:
        return target
    return target / kpi_periods.PER_YEAR[entry["periodicity"]]


def _current(entry: One) -> str:
    current = entry["current"]
    if current is None:
        return f'<p class="value nothing">{texts.NO_VALUE}</p>{restated(entry)}'
    value = kpi_formats.value(current["value"], entry["unit"])
    return (
        f'<p class="value" title="{escape(value)}">'
        f"{escape(kpi_formats.rounded(current['value'], entry['unit']))}</p>"
        f'<p class="quiet period">{escape(kpi_periods.name(current["period"]))}'
        f" {restated(entry)}</p>"
    )


def _year_end(entry: One) -> str:
    """Where the year may end, while its target is still open."""
    said = kpi_words.year_end(entry)
    if not said or entry["outlook"]["method"] == kpi_words.SETTLED:
        return ""
    heading = texts.YEAR_ENDS[kpi_words.what_counts(entry)]
    return f'<p class="quiet">{escape(f"{heading} {said}")}</p>'


def _told(entry: One, known: Sequence[float]) -> str:
    def written(value: float) -> str:
        return kpi_formats.rounded(value, entry["unit"])

    return texts.SPARK_ALT.format(
        count=len(entry["spark"]),
        first=written(known[0]),
        last=written(known[-1]),
        low=written(min(known)),
        high=written(max(known)),
    )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1, high + 1)


def _runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """The points that follow each other without a gap."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _course(run: Sequence[Point]) -> str:
    if len(run) == 1:
        return f'<circle class="lone" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.75"/>'
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    return f'<polyline class="course" points="{line}"/>'


def _steps(run: Sequence[Point]) -> str:
    """The target as a line that steps half way between two periods."""
    line = [run[0]]
    for (x, y), (following, other) in pairwise(run):
        middle = (x + following) / 2
        line += [(middle, y), (middle, other)]
    line.append(run[-1])
    if len(run) == 1:
        line = [(EDGE, run[0][1]), (WIDTH - EDGE, run[0][1])]
    return f'<polyline class="aim" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in line)}"/>'


def _inside(percent: float) -> float:
    return min(max(percent, 0), 100)
