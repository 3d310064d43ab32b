"""Charts of any measure by one or two dimensions, as pure functions: numbers in, a figure out."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts, texts
from tillsight.dashboard.cards import is_rate
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.matrix import Matrix
from tillsight.dashboard.explore.written import written
from tillsight.dashboard.orders.values import span_of
from tillsight.dashboard.tables import of_values

Measure = Mapping[str, Any]
TOLD = "%{customdata}<extra></extra>"
CELL = 30  # pixels of a row of the heat map
LONGEST_COLUMN = 14


def line(matrix: Matrix, measure: Measure, currency: str) -> go.Figure:
    """A line for each series over time; dotted what was before, grey what is left."""
    figure = go.Figure(layout=charts.SHARED)
    [bucket, *_] = matrix.dimensions
    starts = [span_of(bucket, one).start for one in matrix.places]
    if matrix.before:
        figure.add_scatter(
            name=texts.EARLIER_PERIOD,
            x=starts,
            y=list(matrix.before),
            mode="lines",
            line={"color": charts.BEFORE, "width": 1.5, "dash": "dot"},
            customdata=[_say(own_texts.BEFORE, one, measure, currency) for one in matrix.before],
            hovertemplate=TOLD,
        )
    for place, (name, values) in enumerate(zip(matrix.series_names, matrix.values, strict=True)):
        figure.add_scatter(
            name=escape(name),
            x=starts,
            y=list(values),
            mode="lines+markers" if len(starts) <= charts.MOST_MARKERS else "lines",
            marker={"size": 5},
            line={"color": _colour(matrix, place), "width": 2.2},
            customdata=_told(matrix, name, values, measure, currency),
            hovertemplate=TOLD,
        )
    _value_axis(figure.update_yaxes, matrix, measure, currency)
    figure.update_xaxes(title_text=texts.BUCKETS.get(bucket, ""), hoverformat=" ", nticks=8)
    figure.update_xaxes(tickformat=charts.tickformat(bucket))
    figure.update_layout(showlegend=len(figure.data) > 1)
    return figure


def bars(matrix: Matrix, measure: Measure, currency: str) -> go.Figure:
    """Bars from the top, beside each other where there are several series."""
    figure = go.Figure(layout=charts.SHARED)
    places = list(range(len(matrix.places)))
    for place, (name, values) in enumerate(zip(matrix.series_names, matrix.values, strict=True)):
        figure.add_bar(
            name=escape(name),
            orientation="h",
            x=list(values),
            y=places,
            marker={"color": _colour(matrix, place), "cornerradius": 3},
            customdata=_told(matrix, name, values, measure, currency),
            hovertemplate=TOLD,
        )
    thick = charts.BAR_HEIGHT if len(matrix.values) == 1 else 14 + 12 * len(matrix.values)
    figure.update_layout(
        height=thick * len(places) + charts.BARS_AROUND,
        hovermode="closest",
        showlegend=len(matrix.values) > 1,
        legend_traceorder="normal",
    )
    _value_axis(figure.update_xaxes, matrix, measure, currency)
    figure.update_xaxes(showgrid=True)
    shown = [_short(name, charts.LONGEST_NAME) for name in matrix.place_names]
    figure.update_yaxes(autorange="reversed", showgrid=False, tickvals=places, ticktext=shown)
    return figure


def heat(matrix: Matrix, measure: Measure, currency: str) -> go.Figure:
    """The first dimension downwards, the second to the right, darker for more."""
    figure = go.Figure(layout=charts.SHARED)
    rows, columns = matrix.place_names, matrix.series_names
    cells = [[series[at] for series in matrix.values] for at in range(len(rows))]
    told = [
        [
            _say(f"{row}, {column}", value, measure, currency)
            for column, value in zip(columns, line_of, strict=True)
        ]
        for row, line_of in zip(rows, cells, strict=True)
    ]
    known = [one for line_of in cells for one in line_of if one is not None]
    ticks = charts.round_ticks(max(known, default=0))
    figure.add_heatmap(
        z=cells,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        customdata=told,
        hovertemplate=TOLD,
        colorscale=[list(one) for one in charts.SCALE],
        xgap=2,
        ygap=2,
        colorbar={
            "title": {"text": escape(measure["label"]), "side": "right"},
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": ticks,
            "ticktext": [tick(one, measure, currency) for one in ticks],
        },
    )
    longest = charts.LONGEST_NAME if len(columns) <= 6 else LONGEST_COLUMN
    figure.update_layout(height=max(240, CELL * len(rows) + 130), hovermode="closest")
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=[_short(one, longest) for one in matrix.series_short or columns],
    )
    figure.update_yaxes(
        autorange="reversed",
        showgrid=False,
        tickvals=list(range(len(rows))),
        ticktext=[_short(one, charts.LONGEST_NAME) for one in rows],
    )
    return figure


FIGURES = {"line": line, "bar": bars, "heat": heat}
ALTS = {"line": "LINE_ALT", "bar": "BAR_ALT", "heat": "HEAT_ALT"}


def alt(kind: str, matrix: Matrix, measure: Measure, by: str, currency: str) -> str:
    """The main thing in words: which is highest, and which lowest."""
    several = len(matrix.dimensions) > 1
    cells = [
        (value, f"{place}, {name}" if several else place)
        for name, values in zip(matrix.series_names, matrix.values, strict=True)
        for place, value in zip(matrix.place_names, values, strict=True)
        if value is not None
    ]
    facts = [
        text.format(value=written(measure, value, currency), where=where)
        for text, (value, where) in (
            (own_texts.HIGHEST_FACT, max(cells, key=lambda one: one[0], default=(None, ""))),
            (own_texts.LOWEST_FACT, min(cells, key=lambda one: one[0], default=(None, ""))),
        )
        if value is not None
    ]
    text: str = getattr(own_texts, ALTS[kind])
    return text.format(measure=measure["label"], by=by, facts=" ".join(facts))


def values_table(matrix: Matrix, measure: Measure, currency: str, most: int = 100) -> str:
    """The values of a chart as HTML, at most so many rows."""
    single = len(matrix.dimensions) == 1
    names = [measure["label"]] if single else matrix.series_names
    lines = [
        [
            escape(place),
            *(escape(written(measure, values[at], currency)) for values in matrix.values),
        ]
        for at, place in enumerate(matrix.place_names[:most])
    ]
    return of_values(["", *names], lines)


def tick(value: float, measure: Measure, currency: str) -> str:
    """A value for an axis."""
    if is_rate(measure):
        return formats.share(value, 1)
    if measure["unit"] == "money":
        return formats.short_money(value, currency)
    return formats.short_money(value, "").strip()


def _value_axis(
    update: Callable[..., object], matrix: Matrix, measure: Measure, currency: str
) -> None:
    known = [one for values in (*matrix.values, matrix.before) for one in values if one is not None]
    ticks = charts.round_ticks(max(known, default=0))
    unit = f" ({currency})" if measure["unit"] == "money" else ""
    update(
        title_text=f"{escape(measure['label'])}{unit}",
        tickvals=ticks,
        ticktext=[tick(one, measure, currency) for one in ticks],
        range=[min([0, *known]), ticks[-1] * 1.04],
    )


def _told(
    matrix: Matrix, name: str, values: Sequence[float | None], measure: Measure, currency: str
) -> list[str]:
    several = len(matrix.dimensions) > 1
    return [
        _say(f"{place}, {name}" if several else place, value, measure, currency)
        for place, value in zip(matrix.place_names, values, strict=True)
    ]


def _say(where: str, value: float | None, measure: Measure, currency: str) -> str:
    return f"{escape(where)}: <b>{escape(written(measure, value, currency))}</b>"


def _colour(matrix: Matrix, place: int) -> str:
    if matrix.has_others and place == len(matrix.values) - 1:
        return charts.BEFORE
    return charts.SERIES[place % len(charts.SERIES)]


def _short(name: str, longest: int) -> str:
    return escape(name if len(name) <= longest else f"{name[:longest]}…")
