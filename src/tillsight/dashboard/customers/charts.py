"""Charts of all customers as pure functions: rows of the API in, a Plotly figure out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from tillsight import formats, languages
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.customers import texts

Rows = Sequence[Mapping[str, Any]]
SCORES = (1, 2, 3, 4, 5)
COHORTS = 37
"""Months of first purchase that are shown at most: three years and the month that is on."""
ROW, AROUND = 24, 110
"""Pixels of a row of the triangle, and of what is around it."""
GRID_HEIGHT = 440
NEARLY_ALL = 0.97
LONGEST_LINE = 10
"""Letters of a segment's name side by side, so that a cell of a phone holds them."""
CELLS = ((0, "rgba(47,146,119,0.05)"), (1, "rgba(47,146,119,0.55)"))
"""Of cells with text on them, which has the colour of the page's text: so none is darker."""
FEW_BARS = {1: 0.85, 2: 0.65, 3: 0.45}
"""Of the width, what is left free around so few bars: they would be slabs."""


def new_and_returning(rows: Rows, grain: str) -> go.Figure:
    """Stacked bars: customers of each bucket who bought before, and those who did not."""
    figure = go.Figure(layout=charts.SHARED)
    starts = [charts.bucket_start(grain, row[grain]) for row in rows]
    for name, key, colour, hover in (
        (texts.RETURNING, "returning_customers", charts.SERIES[0], _returning_hover),
        (texts.NEW, "new_customers", charts.SERIES[1], _new_hover),
    ):
        figure.add_bar(
            name=name,
            x=starts,
            y=[row[key] for row in rows],
            marker={"color": colour, "line": {"width": 0}},
            customdata=[hover(row, grain) for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=FEW_BARS.get(len(rows), 0.15))
    _count_axis(figure, [row["new_customers"] + row["returning_customers"] for row in rows])
    figure.update_xaxes(
        title_text=common.BUCKETS[grain],
        hoverformat=" ",
        tickformat=charts.tickformat(grain),
        nticks=8,
    )
    return figure


def _new_hover(row: Mapping[str, Any], grain: str) -> str:
    when = charts.bucket_name(grain, row[grain])
    return texts.NEW_HOVER.format(when=when, count=formats.number(row["new_customers"]))


def _returning_hover(row: Mapping[str, Any], _: str) -> str:
    returning = row["returning_customers"]
    whole = returning + row["new_customers"]
    share = formats.share(returning, whole)
    return texts.RETURNING_HOVER.format(count=formats.number(returning), share=share)


def by_group(rows: Rows, dimension: str, total: int, currency: str) -> go.Figure:
    """A bar for each group of customers, in the order of the rows from the top."""
    figure = go.Figure(layout=charts.SHARED)
    places = list(range(len(rows)))
    figure.add_bar(
        orientation="h",
        x=[row["customers"] for row in rows],
        y=places,
        marker={
            "color": [charts.BEFORE if row[dimension] is None else charts.THIS for row in rows],
            "cornerradius": 4,
        },
        customdata=[
            texts.GROUP_HOVER.format(
                name=escape(languages.said(row[dimension] or common.UNKNOWN)),
                count=formats.number(row["customers"]),
                share=formats.share(row["customers"], total),
                mean=formats.money(row["revenue_per_customer"], currency),
            )
            for row in rows
        ],
        hovertemplate="%{customdata}<extra></extra>",
        text=[formats.share(row["customers"], total) for row in rows],
        textposition="outside",
        cliponaxis=False,
    )
    height = charts.BAR_HEIGHT * len(rows) + charts.BARS_AROUND
    figure.update_layout(height=height, hovermode="closest", showlegend=False)
    ticks = _whole_ticks(max((row["customers"] for row in rows), default=0))
    figure.update_xaxes(
        showgrid=True,
        title_text=texts.CUSTOMERS_AXIS,
        tickvals=ticks,
        ticktext=[formats.number(tick) for tick in ticks],
        range=[0, ticks[-1] * 1.15],
    )
    names = [languages.said(row[dimension] or common.UNKNOWN) for row in rows]
    figure.update_yaxes(
        autorange="reversed",
        showgrid=False,
        tickvals=places,
        ticktext=[escape(_short(name)) for name in names],
    )
    return figure


def _short(name: str) -> str:
    longest = charts.LONGEST_NAME
    return name if len(name) <= longest else f"{name[:longest]}…"


@dataclass(frozen=True)
class Cell:
    """The customers of a recency and a frequency score; `segments` has how many are in which."""

    recency: int
    frequency: int
    customers: int
    revenue: float
    segments: Mapping[str, int]


def cells(scores: Rows) -> list[Cell]:
    """All 25 pairs of scores, the most recent and most frequent last."""
    return [
        _cell(recency, frequency, [one for one in scores if one["code"][:2] == code])
        for recency in SCORES
        for frequency in SCORES
        for code in [f"{recency}{frequency}"]
    ]


def _cell(recency: int, frequency: int, scores: Rows) -> Cell:
    segments: dict[str, int] = {}
    for one in scores:
        segments[one["segment"]] = segments.get(one["segment"], 0) + one["customers"]
    return Cell(
        recency,
        frequency,
        sum(segments.values()),
        sum(one["revenue"] for one in scores),
        dict(sorted(segments.items(), key=lambda one: -one[1])),
    )


def rfm_grid(found: Sequence[Cell], currency: str) -> go.Figure:
    """Customers by recency (upwards) and frequency (to the right), with the segment of most."""
    figure = go.Figure(layout=charts.SHARED)
    figure.add_heatmap(
        x=SCORES,
        y=SCORES,
        z=[[one.customers for one in found if one.recency == score] for score in SCORES],
        customdata=[
            [_cell_hover(one, currency) for one in found if one.recency == score]
            for score in SCORES
        ],
        hovertemplate="%{customdata}<extra></extra>",
        colorscale=CELLS,
        showscale=False,
        xgap=3,
        ygap=3,
    )
    # Text of its own trace has the colour of the page's text, on a light and on a dark ground.
    figure.add_scatter(
        x=[one.frequency for one in found],
        y=[one.recency for one in found],
        text=[_cell_text(one) for one in found],
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
    )
    figure.update_layout(height=GRID_HEIGHT, hovermode="closest", showlegend=False)
    figure.update_xaxes(title_text=texts.GRID_X, tickvals=SCORES, range=[0.5, 5.5])
    figure.update_yaxes(tickvals=SCORES, range=[0.5, 5.5], showgrid=False)
    # Beside the axis it would take the room that names need on a phone.
    figure.add_annotation(
        text=texts.GRID_Y,
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
    )
    return figure


def _cell_text(one: Cell) -> str:
    if not one.customers:
        return ""
    name = wrap(languages.said(next(iter(one.segments))), LONGEST_LINE, break_long_words=False)
    return "<br>".join([f"<b>{formats.number(one.customers)}</b>", *map(escape, name)])


def _cell_hover(one: Cell, currency: str) -> str:
    place = {"recency": one.recency, "frequency": one.frequency}
    if not one.customers:
        return texts.GRID_EMPTY.format(**place)
    head = texts.GRID_HOVER.format(
        **place,
        count=formats.number(one.customers),
        revenue=formats.money(one.revenue, currency),
    )
    parts = [
        texts.GRID_HOVER_PART.format(
            segment=escape(languages.said(name)), count=formats.number(count)
        )
        for name, count in one.segments.items()
    ]
    return "<br>".join([head, *parts])


@dataclass(frozen=True)
class Cohort:
    """Customers by the month of their first purchase, as 2024-05; `months` are those after it."""

    name: str
    size: int
    months: Rows


def cohorts_of(rows: Rows) -> list[Cohort]:
    """The cohorts, oldest first."""
    months: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        months.setdefault(row["cohort"], []).append(row)
    return [Cohort(name, found[0]["customers"], found[1:]) for name, found in months.items()]


def retention_after(found: Sequence[Cohort], month: int) -> float | None:
    """The share of all customers who bought so many months after their first purchase, of the
    cohorts for which that month is over; None if there is none.
    """
    over = [
        (one.size, row["customers"])
        for one in found
        for row in one.months[month - 1 : month]
        if row["complete"]
    ]
    whole = sum(size for size, _ in over)
    return sum(count for _, count in over) / whole if whole else None


def triangle(found: Sequence[Cohort], kind: str) -> go.Figure:
    """Who came again: a row for each cohort, a column for each month after, as `percent` of the
    cohort or as `customers`. Months that are not over are marked.
    """
    figure = go.Figure(layout=charts.SHARED)
    wide = max((len(one.months) for one in found), default=0)
    places, columns = list(range(len(found))), list(range(1, wide + 1))
    top = _top([_shade(row, kind) or 0 for one in found for row in one.months])
    written = formats.percent if kind == "percent" else formats.number
    ticks = charts.round_ticks(top) if kind == "percent" else _whole_ticks(top)
    figure.add_heatmap(
        x=columns,
        y=places,
        z=[_padded((_shade(row, kind) for row in one.months), wide) for one in found],
        customdata=[_padded((_told(row, one) for row in one.months), wide) for one in found],
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=charts.SCALE,
        zmin=0,
        zmax=top,
        xgap=2,
        ygap=2,
        colorbar={
            "title": {"text": texts.COHORTS_SCALE[kind], "side": "right"},
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": ticks,
            "ticktext": [written(tick) for tick in ticks],
        },
    )
    _mark_open(figure, found)
    figure.update_layout(height=ROW * len(found) + AROUND, hovermode="closest")
    figure.update_xaxes(
        title_text=texts.COHORTS_X, range=[0.5, wide + 0.5], dtick=1 if wide <= 12 else 3, tick0=0
    )
    figure.update_yaxes(
        autorange="reversed",
        showgrid=False,
        tickvals=places,
        ticktext=[
            texts.COHORT_NAME.format(month=month_name(one.name), count=formats.number(one.size))
            for one in found
        ],
    )
    return figure


def month_name(text: str) -> str:
    """A month as the API writes it, in few letters: May 2024."""
    return formats.short_month(charts.bucket_start("month", text))


def _top(values: Sequence[float]) -> float:
    """Where the colours end: a few cells far above all others would leave those without any."""
    if not values:
        return 1
    return sorted(values)[math.ceil(NEARLY_ALL * (len(values) - 1))] or 1


def _mark_open(figure: go.Figure, found: Sequence[Cohort]) -> None:
    open_ones = [
        (row["month"], place)
        for place, one in enumerate(found)
        for row in one.months
        if not row["complete"]
    ]
    if not open_ones:
        return
    figure.add_scatter(
        name=texts.COHORTS_OPEN,
        x=[month for month, _ in open_ones],
        y=[place for _, place in open_ones],
        mode="markers",
        marker={"symbol": "circle-open", "size": 7, "color": charts.BEFORE, "line": {"width": 1.5}},
        hoverinfo="skip",
        showlegend=True,
    )


def _shade(row: Mapping[str, Any], kind: str) -> float | None:
    value: float | None = row["retention"] if kind == "percent" else row["customers"]
    return value


def _told(row: Mapping[str, Any], one: Cohort) -> str:
    told = texts.COHORTS_HOVER.format(
        cohort=charts.bucket_name("month", one.name),
        size=formats.number(one.size),
        month=row["month"],
        share=formats.share(row["customers"], one.size),
        count=formats.number(row["customers"]),
    )
    return told if row["complete"] else texts.COHORTS_HOVER_OPEN.format(told=told)


def _padded(values: Iterator[Any], length: int) -> list[Any]:
    given = list(values)
    return given + [None] * (length - len(given))


def _count_axis(figure: go.Figure, values: Sequence[int]) -> None:
    ticks = _whole_ticks(max(values, default=0))
    figure.update_yaxes(
        title_text=texts.CUSTOMERS_AXIS,
        tickvals=ticks,
        ticktext=[formats.number(tick) for tick in ticks],
        range=[0, ticks[-1] * 1.04],
    )


def _whole_ticks(top: float) -> list[float]:
    """Of round steps those that are whole: there are no halves of people."""
    return [tick for tick in charts.round_ticks(max(top, 1)) if tick == int(tick)]
