"""Charts as pure functions: rows of the API in, a Plotly figure out.

Fonts and grid lines come from Streamlit's theme. The two colours stand out from a white and from a
black ground alike and differ in lightness, so they need no knowledge of theme or eyes.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats, languages
from tillsight.dashboard import texts

Rows = Sequence[Mapping[str, Any]]

HEIGHT = 320
THIS = "#2f9277"
THIS_AREA = "rgba(47,146,119,0.14)"
BEFORE = "#8b9792"
SERIES = ("#2f9277", "#c2713c", "#4a86c5", "#b05a9a", "#9a8a1f", "#6b7d8c")
"""For several series beside each other, in this order. After Okabe and Ito: they differ in hue and
lightness for eyes of every kind, and stand out from white and from near-black."""
SCALE = ((0, "rgba(47,146,119,0.06)"), (0.5, "rgba(47,146,119,0.5)"), (1, "rgba(35,122,98,1)"))
"""From little to much, of one hue over whatever ground the page has."""
MOST_MARKERS = 31  # more points than days in a month would melt together
LONE_MARKER = 12  # pixels of a point that no line leads to
TICKS = 4
FEW = 6  # buckets, each of which is named; of more only some are
BAR_HEIGHT, BARS_AROUND = 34, 90  # pixels
LONGEST_NAME = 24  # of a category beside its bar; the rest is told when it is pointed at
DAYS = {"day": 1, "week": 7, "month": 30}

CONFIG = {
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "png", "scale": 2, "filename": "tillsight"},
}
"""For `st.plotly_chart`: of the tools only the export of the picture."""


def config() -> dict[str, Any]:
    """For `st.plotly_chart`: the tools, and months and weekdays in the language of the reader."""
    language = languages.current()
    return CONFIG if language == languages.ENGLISH else CONFIG | _named(language)


def _named(language: str) -> dict[str, Any]:
    days, months = range(1, 8), [date(2024, month, 1) for month in range(1, 13)]
    names = {
        "days": [formats.weekday_name(day) for day in (7, *days)][:7],
        "shortDays": [formats.weekday_name(day, "abbreviated") for day in (7, *days)][:7],
        "months": [formats.month_name(month) for month in months],
        "shortMonths": [formats.month_name(month, "abbreviated") for month in months],
        "decimal": formats.decimal_sign(),
        "thousands": formats.group_sign(),
    }
    return {"locale": language, "locales": {language: {"dictionary": {}, "format": names}}}


def tickformat(grain: str) -> str:
    """How an axis writes the first days of buckets, the year below."""
    return "%b\n%Y" if grain == "month" else f"{formats.axis_day()}\n%Y"


SHARED = go.Layout(
    height=HEIGHT,
    margin={"l": 8, "r": 12, "t": 32, "b": 8},
    paper_bgcolor="rgba(0,0,0,0)",
    plot_bgcolor="rgba(0,0,0,0)",
    colorway=[THIS, BEFORE],
    hovermode="x unified",
    dragmode=False,
    legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    modebar={"bgcolor": "rgba(0,0,0,0)", "color": BEFORE, "activecolor": THIS},
    xaxis={"showgrid": False, "fixedrange": True, "automargin": True, "showspikes": False},
    yaxis={"fixedrange": True, "automargin": True, "zeroline": False},
)
"""What every chart has in common. Set on the figure: Streamlit's theme overrules a template."""


def revenue_over_time(rows: Rows, before: Rows, grain: str, currency: str) -> go.Figure:
    """Revenue of each bucket of time, and of the buckets of the period before in their places."""
    figure = go.Figure(layout=SHARED)
    starts = [bucket_start(grain, row[grain]) for row in rows]
    earlier = before[: len(rows)]
    if earlier:
        _add_line(figure, texts.EARLIER_PERIOD, starts, earlier, grain, currency)
        figure.update_traces(mode="lines", line={"color": BEFORE, "width": 1.5, "dash": "dot"})
    _add_line(figure, texts.THIS_PERIOD, starts, rows, grain, currency)
    figure.data[-1].update(line={"color": THIS, "width": 2.5}, fill="tozeroy", fillcolor=THIS_AREA)
    _set_axes(figure, [row["revenue"] for row in (*rows, *earlier)], starts, grain, currency)
    figure.update_layout(showlegend=bool(earlier), legend_traceorder="reversed")
    return figure


def revenue_by_category(rows: Rows, currency: str) -> go.Figure:
    """A bar for each category of the catalogue, in the order of the rows from the top."""
    figure = go.Figure(layout=SHARED)
    names = [texts.NO_CATEGORY if row["category"] is None else row["category"] for row in rows]
    figure.add_bar(
        orientation="h",
        x=[row["total_revenue"] for row in rows],
        y=list(range(len(rows))),
        marker={"color": THIS, "cornerradius": 4},
        customdata=[
            f"{escape(name)}: <b>{formats.money(row['total_revenue'], currency)}</b>"
            for name, row in zip(names, rows, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    ticks = round_ticks(max((row["total_revenue"] for row in rows), default=0))
    figure.update_layout(
        height=BAR_HEIGHT * len(rows) + BARS_AROUND, hovermode="closest", showlegend=False
    )
    figure.update_xaxes(
        showgrid=True,
        title_text=texts.AXIS.format(currency=currency),
        tickvals=ticks,
        ticktext=[formats.short_money(tick, currency) for tick in ticks],
        range=[0, ticks[-1] * 1.04],
    )
    shown = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in names]
    figure.update_yaxes(
        autorange="reversed",
        showgrid=False,
        tickvals=list(range(len(rows))),
        ticktext=[escape(name) for name in shown],
    )
    return figure


def _add_line(
    figure: go.Figure, name: str, starts: Sequence[date], rows: Rows, grain: str, currency: str
) -> None:
    figure.add_scatter(
        name=name,
        x=starts[: len(rows)],
        y=[row["revenue"] for row in rows],
        customdata=[_hover(row, grain, currency) for row in rows],
        hovertemplate="%{customdata}<extra></extra>",
        mode="lines+markers" if len(starts) <= MOST_MARKERS else "lines",
        marker={"size": 5 if len(starts) > 1 else LONE_MARKER},
    )


def _set_axes(
    figure: go.Figure, values: Sequence[float], starts: Sequence[date], grain: str, currency: str
) -> None:
    ticks = round_ticks(max(values))
    figure.update_yaxes(
        title_text=texts.AXIS.format(currency=currency),
        tickvals=ticks,
        ticktext=[formats.short_money(tick, currency) for tick in ticks],
        range=[min([0, *values]), ticks[-1] * 1.04],
    )
    set_time_axis(figure, starts, grain)


def set_time_axis(figure: go.Figure, starts: Sequence[date], grain: str) -> None:
    """An axis from the first of these buckets to the last, with half of one beside each."""
    half = timedelta(hours=12) * DAYS[grain]
    edges = [datetime.combine(day, time()) for day in (starts[0], starts[-1])]
    figure.update_xaxes(
        title_text=texts.BUCKETS[grain],
        hoverformat=" ",  # each line says its own days; they differ
        tickformat=tickformat(grain),
        nticks=8,
        tickvals=list(starts) if len(starts) <= FEW else None,
        range=[edges[0] - half, edges[1] + half],
    )


def bucket_start(grain: str, text: str) -> date:
    """The first day of a bucket as the API writes it: 2024-05-07, 2024-W19 or 2024-05."""
    if grain == "week":
        year, week = text.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(f"{text}-01" if grain == "month" else text)


def bucket_name(grain: str, text: str) -> str:
    """A bucket in words: Tue 7 May 2024, Week of 6 May 2024 or May 2024."""
    start = bucket_start(grain, text)
    if grain == "month":
        return formats.month(start)
    return (
        texts.WEEK_OF.format(day=formats.day(start))
        if grain == "week"
        else formats.weekday_and_day(start)
    )


def round_ticks(top: float) -> list[float]:
    """A few round steps from 0 to at least most of the way to `top`."""
    if top <= 0:
        return [0, 1]
    rough = top / TICKS
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    return [step * place for place in range(math.ceil(top / step) + 1)]


def _hover(row: Mapping[str, Any], grain: str, currency: str) -> str:
    return f"{bucket_name(grain, row[grain])}: <b>{formats.money(row['revenue'], currency)}</b>"
