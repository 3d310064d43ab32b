"""Small charts of the largest countries side by side, as a pure function."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.countries.sales import Country
from tillsight.dashboard.tables import of_values

Rows = Sequence[Mapping[str, Any]]

MOST = 12
COLUMNS = 3
ROW_HEIGHT = 165  # pixels
GAP_ACROSS, GAP_UP = 0.035, 0.75
"""Between charts: of the whole width, and of the height of a row."""
LONGEST_NAME = 16


def side_by_side(
    shown: Sequence[Country], rows: Rows, grain: str, scale: str, currency: str
) -> go.Figure:
    """Revenue over time of each country; `scale` is `same` for all, or each its `own`."""
    figure = go.Figure(layout=charts.SHARED)
    courses = by_country(rows)
    top = max((row["revenue"] for row in rows), default=0)
    lines = -(-len(shown) // COLUMNS)
    for place, one in enumerate(shown):
        course = courses.get(one.name, [])
        highest = max((row["revenue"] for row in course), default=0) if scale == "own" else top
        box = _box(place, lines)
        _add_course(figure, place, course, grain, currency)
        _set_axes(figure, place, box, charts.round_ticks(highest), currency)
        _set_days(figure, place, course, grain)
        _add_title(figure, one, box, currency)
    figure.update_layout(
        height=lines * ROW_HEIGHT,
        hovermode="closest",
        showlegend=False,
        margin={"l": 4, "r": 4, "t": 44, "b": 22},
    )
    return figure


def by_country(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each country in order of time."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["country"] or "", []).append(row)
    return found


def values_table(shown: Sequence[Country], rows: Rows, grain: str, currency: str) -> str:
    """The values of the charts as an HTML table, a line for each of the last steps of time."""
    courses = by_country(rows)
    steps = list(dict.fromkeys(row[grain] for row in rows))[-100:]
    values = {(row["country"] or "", row[grain]): row["revenue"] for row in rows}
    names = [one.name for one in shown if one.name in courses]
    lines = [
        [
            escape(charts.bucket_name(grain, step)),
            *(escape(formats.money(values.get((name, step)), currency)) for name in names),
        ]
        for step in steps
    ]
    heads = [common.BUCKETS[grain], *(name or common.UNKNOWN for name in names)]
    return of_values(heads, lines)


Box = tuple[tuple[float, float], tuple[float, float]]
"""Where a chart lies in the figure: from left to right and from the bottom up, each 0 to 1."""


def _box(place: int, lines: int) -> Box:
    line, column = divmod(place, COLUMNS)
    width = (1 - GAP_ACROSS * (COLUMNS - 1)) / COLUMNS
    left = column * (width + GAP_ACROSS)
    height = 1 / (lines + (lines - 1) * GAP_UP)
    upper = 1 - line * height * (1 + GAP_UP)
    return (left, min(1, left + width)), (max(0, upper - height), upper)


def _add_course(figure: go.Figure, place: int, course: Rows, grain: str, currency: str) -> None:
    figure.add_scatter(
        x=[charts.bucket_start(grain, row[grain]) for row in course],
        y=[row["revenue"] for row in course],
        mode="lines+markers" if len(course) == 1 else "lines",
        line={"color": charts.THIS, "width": 1.6},
        fill="tozeroy",
        fillcolor=charts.THIS_AREA,
        customdata=[
            f"{charts.bucket_name(grain, row[grain])}:"
            f" <b>{formats.money(row['revenue'], currency)}</b>"
            for row in course
        ],
        hovertemplate="%{customdata}<extra></extra>",
        xaxis=f"x{place + 1}",
        yaxis=f"y{place + 1}",
    )


def _set_axes(
    figure: go.Figure, place: int, box: Box, ticks: Sequence[float], currency: str
) -> None:
    number = place + 1 if place else ""
    shown = [0, ticks[-1]]
    figure.update_layout({
        f"xaxis{number}": {
            "domain": box[0], "anchor": f"y{place + 1}", "showgrid": False, "fixedrange": True,
            "tickfont": {"size": 11}, "tickangle": 0, "automargin": False,
            "hoverformat": " ", "showspikes": False,
        },
        f"yaxis{number}": {
            "domain": box[1], "anchor": f"x{place + 1}", "fixedrange": True, "zeroline": False,
            "tickvals": shown, "range": [0, shown[1] * 1.3], "tickfont": {"size": 11},
            "ticktext": ["", formats.short_money(shown[1], currency)],
            "ticklabelposition": "inside top", "automargin": False,
        },
    })  # fmt: skip


def _set_days(figure: go.Figure, place: int, course: Rows, grain: str) -> None:
    """From the first to the last step, with two of those between them named."""
    starts = [charts.bucket_start(grain, row[grain]) for row in course]
    if not starts:
        return
    quarter = len(starts) // 4
    shown = sorted({starts[quarter], starts[-1 - quarter]})
    half = timedelta(days=charts.DAYS[grain]) / 2
    edges = [datetime.combine(day, time()) for day in (starts[0], starts[-1])]
    figure.layout[f"xaxis{place + 1 if place else ''}"].update(
        tickvals=shown,
        tickformat="%b %Y" if grain == "month" else formats.axis_day(),
        range=edges if len(starts) > 1 else [edges[0] - half, edges[0] + half],
    )


def _add_title(figure: go.Figure, one: Country, box: Box, currency: str) -> None:
    name = one.name or common.UNKNOWN
    short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    change = "" if one.change is None else f" {formats.change(one.change)}"
    figure.add_annotation(
        text=f"<b>{escape(short)}</b><br>{formats.short_money(one.revenue, currency)}{change}",
        x=box[0][0],
        y=box[1][1],
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        align="left",
        xshift=-6,  # the text begins where its chart does
        showarrow=False,
        font={"size": 12},
        hovertext=escape(name),
    )
