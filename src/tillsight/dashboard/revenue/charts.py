"""Charts of the page as pure functions: rows of the API in, a Plotly figure out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard.charts import BEFORE, SERIES, SHARED, THIS
from tillsight.dashboard.revenue import texts

Rows = Sequence[Mapping[str, Any]]

MOST_SERIES = 6
MOST_BARS = 200
"""More buckets than these would be thinner than a line, so their areas are stacked."""
MOST_GROWTH = 200
"""Percent at which a bar of growth ends, so that the others can be seen."""
MOST_NAMES = 8
"""Names of buckets below them that a phone has room for."""


def trend(rows: Rows, before: Rows, grain: str, measure: str, currency: str) -> go.Figure:
    """A measure of money in each bucket, and in those of the period before in their places."""

    def drawn(some: Rows) -> list[dict[str, Any]]:
        return [{grain: row[grain], "revenue": row[measure]} for row in some]

    figure = charts.revenue_over_time(drawn(rows), drawn(before), grain, currency)
    values = [row[measure] for row in (*rows, *before[: len(rows)])]
    _set_money(figure, values, texts.AXIS_MONEY[measure].format(currency=currency), currency)
    return figure


@dataclass(frozen=True)
class Split:
    """A measure by bucket and group: `starts` of the buckets, and a value for each by its name."""

    grain: str
    buckets: Sequence[str]
    series: Mapping[str, Sequence[float]]
    has_rest: bool

    @property
    def starts(self) -> list[date]:
        """The first days of the buckets."""
        return [charts.bucket_start(self.grain, one) for one in self.buckets]

    def total(self, name: str) -> float:
        """The sum of a group over all buckets."""
        return round(math.fsum(self.series[name]), 2)


def split(
    figures: Rows, rows: Rows, names: Mapping[str | None, str], asked: Sequence[str]
) -> Split:
    """The groups that are named, and the rest of the totals that `figures` tell by bucket.

    `asked` are the measure, the grain and the dimension; `names` the groups by their values.
    """
    measure, grain, dimension = asked
    found = {(row[grain], row[dimension]): row[measure] for row in rows}
    buckets = [row[grain] for row in figures]
    series = {
        name: [found.get((bucket, value), 0) for bucket in buckets] for value, name in names.items()
    }
    rest = [
        round(row[measure] - math.fsum(values[place] for values in series.values()), 2)
        for place, row in enumerate(figures)
    ]
    has_rest = any(rest)
    return Split(grain, buckets, series | ({texts.REST: rest} if has_rest else {}), has_rest)


def by_group(parts: Split, form: str, measure: str, currency: str) -> go.Figure:
    """A line, or a layer of a stack, for each group in the order given; the rest is grey."""
    figure = go.Figure(layout=SHARED)
    heights = _stacked(parts)
    in_bars = form == "stacked" and (len(parts.buckets) <= MOST_BARS or min(heights, default=0) < 0)
    for place, (name, values) in enumerate(parts.series.items()):
        rest = parts.has_rest and place == len(parts.series) - 1
        colour = BEFORE if rest else SERIES[place % len(SERIES)]
        told = {
            "name": escape(name),
            "x": parts.starts,
            "y": values,
            "customdata": _told(parts, name, values, place, currency),
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        if in_bars:
            figure.add_bar(**told, marker={"color": colour, "line": {"width": 0}})
        else:
            _add_line(figure, told, colour, form, len(values))
    lines = [value for values in parts.series.values() for value in values]
    title = texts.AXIS_MONEY[measure].format(currency=currency)
    _set_money(figure, lines if form == "lines" else heights, title, currency)
    charts.set_time_axis(figure, parts.starts, parts.grain)
    height = charts.HEIGHT + 40
    return figure.update_layout(barmode="relative", bargap=0.12, showlegend=True, height=height)


def _stacked(parts: Split) -> list[float]:
    """How far the stack of each bucket reaches up, and how far down."""
    buckets = list(zip(*parts.series.values(), strict=True))
    return [
        *(math.fsum(max(value, 0) for value in values) for values in buckets),
        *(math.fsum(min(value, 0) for value in values) for values in buckets),
    ]


def _told(parts: Split, name: str, values: Sequence[float], place: int, currency: str) -> list[str]:
    """What is told of each bucket; the first line of them says which it is."""
    heads = [
        f"{charts.bucket_name(parts.grain, bucket)}<br>" if place == 0 else ""
        for bucket in parts.buckets
    ]
    return [
        f"{head}{escape(name)}: <b>{formats.money(value, currency)}</b>"
        for head, value in zip(heads, values, strict=True)
    ]


def _add_line(
    figure: go.Figure, told: Mapping[str, Any], colour: str, form: str, points: int
) -> None:
    area = {"stackgroup": "one", "fillcolor": colour} if form == "stacked" else {}
    mode = "lines+markers" if points <= charts.MOST_MARKERS and not area else "lines"
    width = 0.5 if area else 2
    figure.add_scatter(
        **told, **area, mode=mode, line={"color": colour, "width": width}, marker={"size": 5}
    )


def growth(rows: Rows, grain: str, written: Mapping[str, str]) -> go.Figure:
    """Bars of the change against the bucket before and against the year before, in percent.

    `written` says the values of the rows by `<bucket>/<column>`.
    """
    figure = go.Figure(layout=SHARED)
    for column, told, name, colour in (
        ("growth", "before", texts.FROM_BEFORE[grain], THIS),
        ("year_growth", "year_before", texts.FROM_YEAR, SERIES[1]),
    ):
        if any(row[column] is not None for row in rows):
            figure.add_bar(
                name=name,
                x=list(range(len(rows))),
                y=[_capped(row[column]) for row in rows],
                marker={"color": colour, "cornerradius": 2},
                customdata=[_growth_hover(row, grain, (column, told), written) for row in rows],
                hovertemplate="%{customdata}<extra></extra>",
            )
    shown = range(len(rows) - 1, -1, -math.ceil(len(rows) / MOST_NAMES))
    figure.update_xaxes(
        title_text=texts.BUCKETS[grain],
        tickvals=list(shown)[::-1],
        ticktext=[_short(grain, rows[one]["bucket"]) for one in shown][::-1],
        tickangle=0,
        hoverformat=" ",
    )
    figure.update_yaxes(title_text=texts.GROWTH_AXIS, zeroline=True, zerolinecolor=BEFORE)
    figure.update_yaxes(tickformat="+.0f", ticksuffix=formats.percent_sign(), nticks=7)
    return figure.update_layout(barmode="group", bargap=0.25, showlegend=True, height=280)


def _growth_hover(
    row: Mapping[str, Any], grain: str, columns: tuple[str, str], written: Mapping[str, str]
) -> str:
    growth, before = columns
    if row[growth] is None:
        return ""
    return texts.GROWTH_HOVER.format(
        bucket=bucket_name(grain, row["bucket"]),
        change=formats.change(row[growth] / 100),
        value=written[f"{row['bucket']}/value"],
        before=written[f"{row['bucket']}/{before}"],
    )


def is_capped(rows: Rows) -> bool:
    """Whether a bar of growth would be longer than is drawn."""
    return any(
        abs(row[one] or 0) > MOST_GROWTH for row in rows for one in ("growth", "year_growth")
    )


def bucket_name(grain: str, text: str) -> str:
    """A bucket in words, quarters too: Q2 2024."""
    if grain == "quarter":
        year, quarter = text.split("-Q")
        return texts.QUARTER.format(quarter=quarter, year=year)
    return charts.bucket_name(grain, text)


def _short(grain: str, text: str) -> str:
    """A bucket on two short lines."""
    if grain == "quarter":
        year, quarter = text.split("-Q")
        return f"Q{quarter}<br>{year}"
    year, month = text.split("-")
    return f"{texts.MONTHS[int(month) - 1]}<br>{year}"


def _capped(value: float | None) -> float | None:
    return None if value is None else max(-MOST_GROWTH, min(value, MOST_GROWTH))


def _set_money(figure: go.Figure, values: Sequence[float], title: str, currency: str) -> None:
    ticks = ticks_between(min([0, *values]), max([0, *values]))
    room = (ticks[-1] - ticks[0]) * 0.04
    figure.update_yaxes(
        title_text=title,
        tickvals=ticks,
        ticktext=[formats.short_money(tick, currency) for tick in ticks],
        range=[ticks[0] - (room if ticks[0] < 0 else 0), ticks[-1] + room],
    )


def ticks_between(low: float, high: float) -> list[float]:
    """A few round steps, with 0 among them, from below `low` to above `high`."""
    step = charts.round_ticks(max(high, -low))[1]
    return [
        step * place for place in range(math.floor(low / step), math.ceil(high / step) + 1)
    ] or [0]
