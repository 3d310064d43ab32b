"""Charts of customers as pure functions: rows of the API in, a Plotly figure out."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts, texts

Rows = Sequence[Mapping[str, Any]]
HEIGHT = 300
MONTH, LEAST_DAYS = timedelta(days=30), timedelta(days=365)
"""About a month, and how much time is shown at the least: one bar alone is no course."""


def tenths(found: Rows) -> go.Figure:
    """Purchases expected of each tenth of the customers, and made by it."""
    figure = go.Figure(layout=charts.SHARED)
    names = [str(one["number"]) for one in found]
    for name, key, colour in (
        (texts.CHECK_EXPECTED, "predicted", charts.BEFORE),
        (texts.CHECK_MADE, "made", charts.THIS),
    ):
        figure.add_bar(
            name=name,
            x=names,
            y=[one[key] for one in found],
            marker={"color": colour, "cornerradius": 3},
            customdata=[f"{name}: <b>{formats.number(round(one[key]))}</b>" for one in found],
            hovertemplate="%{customdata}<extra></extra>",
        )
    most = max((max(one["predicted"], one["made"]) for one in found), default=0)
    ticks = charts.round_ticks(most)
    figure.update_layout(height=HEIGHT, barmode="group", bargap=0.25, bargroupgap=0.08)
    figure.update_xaxes(title_text=texts.CHECK_TENTHS, type="category")
    figure.update_yaxes(
        title_text=texts.CHECK_AXIS,
        tickvals=ticks,
        ticktext=[formats.number(tick) for tick in ticks],
        range=[0, ticks[-1] * 1.04],
    )
    return figure


def months(found: Rows, currency: str) -> go.Figure:
    """A customer's revenue, a bar for each month."""
    figure = go.Figure(layout=charts.SHARED)
    figure.add_bar(
        x=[charts.bucket_start("month", one["month"]) for one in found],
        y=[one["revenue"] for one in found],
        marker={"color": charts.THIS, "cornerradius": 3},
        customdata=[
            f"{charts.bucket_name('month', one['month'])}:"
            f" <b>{formats.money(one['revenue'], currency)}</b>"
            for one in found
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    ticks = charts.round_ticks(max((one["revenue"] for one in found), default=0))
    figure.update_layout(height=HEIGHT, showlegend=False, hovermode="closest")
    last = charts.bucket_start("month", found[-1]["month"])
    first = min(charts.bucket_start("month", found[0]["month"]), last - (LEAST_DAYS - MONTH))
    half = MONTH / 2  # bars stand around the first of their month
    figure.update_xaxes(
        tickformat="%b\n%Y", nticks=8, hoverformat=" ", range=[first - half, last + half]
    )
    figure.update_traces(width=0.8 * MONTH / timedelta(milliseconds=1))
    figure.update_yaxes(
        title_text=texts.AXIS.format(currency=currency),
        tickvals=ticks,
        ticktext=[formats.short_money(tick, currency) for tick in ticks],
        range=[0, ticks[-1] * 1.04],
    )
    return figure
