"""The charts of the page Products as pure functions: what was sold in, a Plotly figure out."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.products import texts
from tillsight.dashboard.products.sold import Product

One = Mapping[str, Any]

MOST_POINTS = 300
"""Of a curve or a cloud: more would lie on top of each other."""
MOST_DECADES = 1.7
"""Powers of ten between the least and the most, from which on an axis shows each as long."""
FEW_DECADES = 3
ROOM = 0.08
CLASSES_HEIGHT, PRICES_HEIGHT = 340, 400
LONGEST_NAME = 60


def abc_curve(products: Sequence[One], currency: str) -> go.Figure:
    """How revenue adds up over the products of `/api/products/abc`, in the colours of the classes.

    y is a fraction of the revenue, x the number of products so far.
    """
    figure = go.Figure(layout=charts.SHARED)
    last: One | None = None
    start = 0
    for (name, label), colour in zip(texts.CLASS_NAMES.items(), charts.SERIES, strict=False):
        of_class = [one for one in products if one["class"] == name]
        if not of_class:
            continue
        places = thinned(len(of_class), MOST_POINTS // 3)
        figure.add_scatter(
            name=texts.CLASS_LEGEND.format(name=label, count=formats.number(len(of_class))),
            x=[start, *(start + place + 1 for place in places)],
            y=[last["cumulated"] if last else 0, *(of_class[one]["cumulated"] for one in places)],
            customdata=[
                texts.CURVE_START if last is None else _on_curve(last, start, currency),
                *(_on_curve(of_class[one], start + one + 1, currency) for one in places),
            ],
            hovertemplate="%{customdata}<extra></extra>",
            mode="lines",
            line={"color": colour, "width": 3},
            fill="tozeroy",
            fillcolor=_faint(colour),
        )
        last, start = of_class[-1], start + len(of_class)
    figure.update_layout(height=CLASSES_HEIGHT, hovermode="closest", showlegend=True)
    figure.update_xaxes(
        title_text=texts.AXIS_PRODUCTS,
        showgrid=False,
        range=[0, max(start, 1)],
        **_ticks_of(_whole_ticks(start), formats.number),
    )
    figure.update_yaxes(
        title_text=texts.AXIS_CUMULATED,
        range=[0, 1.03],
        **_ticks_of([0, 0.2, 0.4, 0.6, 0.8, 1], formats.percent),
    )
    return figure


def thinned(count: int, most: int) -> list[int]:
    """Up to so many places of a list, with the first and the last, evenly between them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})


def _on_curve(one: One, place: int, currency: str) -> str:
    return texts.CURVE_HOVER.format(
        place=formats.number(place),
        name=escape(_short(one["product_name"] or one["product"])),
        revenue=formats.money(one["revenue"], currency),
        cumulated=formats.percent(one["cumulated"], 1),
    )


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"


def _whole_ticks(top: int) -> list[float]:
    return [tick for tick in charts.round_ticks(top) if tick == int(tick) and tick <= top]


def price_and_units(products: Sequence[Product], currency: str) -> go.Figure:
    """A point for each product by what a unit cost and how many were sold; either axis shows
    powers of ten where the values are spread far.
    """
    figure = go.Figure(layout=charts.SHARED)
    prices = [one.price or 0.0 for one in products]
    units = [one.units for one in products]
    figure.add_scatter(
        x=prices,
        y=units,
        mode="markers",
        marker={
            "color": charts.THIS,
            "size": 9,
            "opacity": 0.6,
            "line": {"width": 1, "color": charts.THIS},
        },
        customdata=[
            texts.PRICES_HOVER.format(
                name=escape(_short(one.name)),
                price=formats.money(one.price, currency),
                units=formats.number(one.units),
                revenue=formats.money(one.revenue, currency),
            )
            for one in products
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_layout(height=PRICES_HEIGHT, hovermode="closest", showlegend=False)
    title = texts.AXIS_PRICE_LOG if is_wide(prices) else texts.AXIS_PRICE
    figure.update_xaxes(
        title_text=title.format(currency=currency),
        showgrid=True,
        **_axis(prices, lambda one: formats.short_money(one, currency)),
    )
    figure.update_yaxes(
        title_text=texts.AXIS_UNITS_LOG if is_wide(units) else texts.AXIS_UNITS,
        **_axis(units, formats.number),
    )
    return figure


def is_wide(values: Sequence[float]) -> bool:
    """Whether the values are spread so far that most of them would lie at the edge."""
    above = [value for value in values if value > 0]
    if len(above) < len(values) or not above:
        return False
    return math.log10(max(above) / min(above)) > MOST_DECADES


def _axis(values: Sequence[float], written: Callable[[float], str]) -> dict[str, Any]:
    if not is_wide(values):
        ticks = charts.round_ticks(max(values, default=0))
        return {"range": [0, ticks[-1] * 1.04], **_ticks_of(ticks, written)}
    low, high = (math.log10(edge(values)) for edge in (min, max))
    room = (high - low) * ROOM
    ticks = _powers(low - room, high + room)
    return {"type": "log", "range": [low - room, high + room], **_ticks_of(ticks, written)}


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten between the exponents, with steps between them where those are few."""
    factors = (1, 2, 5) if high - low < FEW_DECADES else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    steps = [factor * 10.0**power for power in powers for factor in factors]
    return [step for step in steps if low <= math.log10(step) <= high]


def _ticks_of(values: Sequence[float], written: Callable[[float], str]) -> dict[str, Any]:
    return {"tickvals": list(values), "ticktext": [written(one) for one in values]}


def price_over_time(
    rows: Sequence[One], grain: str, listed: float | None, currency: str
) -> go.Figure:
    """What a unit cost in each bucket of time in which any was sold, beside the price that the
    catalogue tells, if it does. The axis of prices need not begin at 0.
    """
    figure = go.Figure(layout=charts.SHARED)
    sold = [row for row in rows if row["average_price"] is not None]
    starts = [charts.bucket_start(grain, row[grain]) for row in rows]
    if listed is not None:
        figure.add_scatter(
            name=texts.PRICE_LISTED,
            x=[starts[0], starts[-1]],
            y=[listed, listed],
            mode="lines",
            line={"color": charts.BEFORE, "width": 1.5, "dash": "dot"},
            customdata=[f"{texts.PRICE_LISTED}: <b>{formats.money(listed, currency)}</b>"] * 2,
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.add_scatter(
        name=texts.PRICE_LINE,
        x=[charts.bucket_start(grain, row[grain]) for row in sold],
        y=[row["average_price"] for row in sold],
        mode="lines+markers" if len(sold) <= charts.MOST_MARKERS else "lines",
        marker={"size": 5},
        line={"color": charts.THIS, "width": 2.5},
        customdata=[_price_then(row, grain, currency) for row in sold],
        hovertemplate="%{customdata}<extra></extra>",
    )
    known = [row["average_price"] for row in sold] + ([] if listed is None else [listed])
    ticks = ticks_around(known)
    charts.set_time_axis(figure, starts, grain)
    figure.update_layout(showlegend=listed is not None, legend_traceorder="reversed")
    figure.update_yaxes(
        title_text=texts.AXIS_PRICE.format(currency=currency),
        range=[ticks[0], ticks[-1]],
        **_ticks_of(ticks, lambda one: formats.short_money(one, currency)),
    )
    return figure


def _price_then(row: One, grain: str, currency: str) -> str:
    return texts.PRICE_HOVER.format(
        bucket=charts.bucket_name(grain, row[grain]),
        price=formats.money(row["average_price"], currency),
        units=formats.number(row["units"]),
    )


def ticks_around(values: Sequence[float]) -> list[float]:
    """A few round steps from below the least to above the most, with room around equal ones."""
    low, high = min(values, default=0), max(values, default=1)
    room = (high - low) or abs(high) * 0.4 or 1
    step = charts.round_ticks(room)[1]
    first = max(math.floor((low - room * 0.1) / step), 0)
    last = math.ceil((high + room * 0.1) / step)
    return [round(place * step, 6) for place in range(first, last + 1)]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def class_words(answer: One) -> str:
    """What the classes come to, in a sentence."""
    by_name = {one["class"]: one for one in answer["classes"]}
    first, last = by_name["A"], by_name["C"]
    every = sum(one["products"] for one in answer["classes"])
    return texts.CLASSES_SAID.format(
        count=formats.number(first["products"]),
        all=formats.number(every),
        part=formats.share(first["products"], every),
        share=_percent(first["share"]),
        last=formats.number(last["products"]),
        rest=_percent(last["share"]),
    )


def curve_words(answer: One) -> str:
    """What the curve shows, for those who do not see it."""
    products = answer["products"]
    tenth = math.ceil(len(products) / 10)
    return texts.CLASSES_ALT.format(
        said=class_words(answer),
        share=_percent(products[tenth - 1]["cumulated"]),
    )


def price_words(products: Sequence[Product], currency: str) -> str:
    """What the points tell, for those who do not see them."""
    dearest = max(products, key=lambda one: one.price or 0)
    most = max(products, key=lambda one: one.units)
    return texts.PRICES_ALT.format(
        count=formats.number(len(products)),
        dearest=dearest.name,
        price=formats.money(dearest.price, currency),
        most=most.name,
        units=formats.number(most.units),
    )


def _percent(share: float | None) -> str:
    return formats.NOTHING if share is None else formats.percent(share, 1)


def unknown_category(name: str | None) -> str:
    """A category as it is written."""
    return common.NO_CATEGORY if name is None else name
