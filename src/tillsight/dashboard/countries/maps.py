"""The map as a pure function: places with their revenue in, a Plotly figure out."""

import math
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.countries import outlines, texts
from tillsight.dashboard.countries.outlines import EUROPE, WORLD, Ring, View
from tillsight.dashboard.countries.sales import Place
from tillsight.dashboard.tables import of_values

VIEWS = {"world": WORLD, "europe": EUROPE}
LAND = "rgba(139,151,146,0.16)"
BORDER = "rgba(139,151,146,0.55)"
CLASSES = 5
LIGHTEST = 0.24
"""Where on the scale the first class lies; what is less would look like land without sales."""
SMALL = 0.008
"""Of the width that is shown: a country below it gets a dot."""
DOT = 9  # pixels
HEIGHT = 520
INK, PAPER = "#1c2b28", "#f6f6f2"
ROUND = (1, 2, 5)


def revenue_map(shown: Sequence[Place], focus: str, whole: float, currency: str) -> go.Figure:
    """Countries in the colour of their class; one trace for each, so that each can be pointed at.

    `whole` is the revenue that shares are of.
    """
    figure = go.Figure(layout=charts.SHARED)
    view = VIEWS[focus]
    limits = steps([one.revenue for one in shown])
    colours = shades(len(limits) + 1)
    drawn = {one.code for one in shown}
    _add_land(figure, [code for code in outlines.shapes() if code not in drawn], view)
    for one in shown:
        if one.code in outlines.shapes():
            colour = colours[class_of(one.revenue, limits)]
            _add_country(figure, one, view, colour, told(one, whole, currency))
    _add_dots(figure, shown, view, colours, limits, whole, currency)
    _add_legend(figure, colours, labels(limits, currency))
    _set_axes(figure, view)
    return figure


def lead(figure: go.Figure, shown: Sequence[Place], address: Callable[[Place], str]) -> None:
    """Have each country of a map lead to its address when it is clicked: see `links.js`."""
    addresses = {one.code: address(one) for one in shown}
    for trace in figure.data:
        if trace.name == "dots":
            told = zip(trace.customdata, trace.ids, strict=True)
            trace.customdata = [[text, addresses[code]] for text, code in told]
            trace.hovertemplate = "%{customdata[0]}<extra></extra>"
        elif trace.name in addresses:
            trace.meta = addresses[trace.name]  # data of points are not told of what is filled


def steps(values: Sequence[float]) -> list[float]:
    """Round limits between classes that hold about as many countries each, ascending."""
    known = sorted(value for value in values if value > 0)
    cut = [known[len(known) * place // CLASSES] for place in range(1, CLASSES)] if known else []
    found = sorted({_round_down(value) for value in cut})
    return [limit for limit in found if known[0] < limit]


def class_of(value: float, limits: Sequence[float]) -> int:
    """The place of a value's class, 0 for the least."""
    return sum(value >= limit for limit in limits)


def labels(limits: Sequence[float], currency: str) -> list[str]:
    """What the classes are called, the least first."""
    if not limits:
        return [texts.SOLD]
    said = [formats.short_money(limit, currency) for limit in limits]
    between = [texts.BETWEEN.format(since=since, to=to) for since, to in pairwise(said)]
    return [texts.UNDER.format(to=said[0]), *between, texts.FROM.format(since=said[-1])]


def shades(count: int) -> list[str]:
    """Colours of so many classes, the least first, from the scale of all charts."""
    if count == 1:
        return [_shade(0.7)]
    return [_shade(LIGHTEST + (1 - LIGHTEST) * place / (count - 1)) for place in range(count)]


def told(one: Place, whole: float, currency: str) -> str:
    """What is said of a country that is pointed at."""
    lines = [
        texts.HOVER.format(
            name=escape(", ".join(one.names)),
            money=f"<b>{formats.money(one.revenue, currency)}</b>",
        ),
        texts.HOVER_SHARE.format(share=formats.share(one.revenue, whole)),
    ]
    if one.change is not None:
        before = formats.money(one.before, currency)
        lines.append(texts.HOVER_CHANGE.format(change=formats.change(one.change), before=before))
    elif one.before is not None:
        lines.append(texts.HOVER_NEW)
    return "<br>".join(lines)


def _round_down(value: float) -> float:
    size = 10.0 ** math.floor(math.log10(value))
    return max(size * factor for factor in ROUND if size * factor <= value * (1 + 1e-9))


def _shade(place: float) -> str:
    """The colour at a place of the scale, from 0 to 1."""
    (low, below), (high, above) = next(
        pair for pair in pairwise(charts.SCALE) if place <= pair[1][0]
    )
    part = (place - low) / (high - low)
    first, last = _numbers(below), _numbers(above)
    red, green, blue, solid = (a + (b - a) * part for a, b in zip(first, last, strict=True))
    return f"rgba({red:.0f},{green:.0f},{blue:.0f},{solid:.2f})"


def _numbers(colour: str) -> list[float]:
    return [float(one) for one in colour.removeprefix("rgba(").removesuffix(")").split(",")]


def _add_land(figure: go.Figure, codes: Sequence[str], view: View) -> None:
    rings = [ring for code in codes for ring in _rings(code, view)]
    x, y = _lines(rings)
    figure.add_scatter(
        name="land",
        x=x,
        y=y,
        mode="lines",
        line={"color": BORDER, "width": 0.5},
        fill="toself",
        fillcolor=LAND,
        hoverinfo="skip",
        showlegend=False,
    )


def _add_country(figure: go.Figure, one: Place, view: View, colour: str, text: str) -> None:
    rings = _rings(one.code, view)
    if not rings:
        return
    x, y = _lines(rings)
    figure.add_scatter(
        name=one.code,
        x=x,
        y=y,
        mode="lines",
        line={"color": BORDER, "width": 0.7},
        fill="toself",
        fillcolor=colour,
        hoveron="fills",
        hoverinfo="text",
        text=text,
        showlegend=False,
    )


def _add_dots(
    figure: go.Figure,
    shown: Sequence[Place],
    view: View,
    colours: Sequence[str],
    limits: Sequence[float],
    whole: float,
    currency: str,
) -> None:
    small = [
        one
        for one in shown
        if outlines.extent(one.code) < SMALL * view.width and view.holds(outlines.middle(one.code))
    ]
    at = [outlines.middle(one.code) for one in small]
    figure.add_scatter(
        name="dots",
        x=[x for x, _ in at],
        y=[y for _, y in at],
        mode="markers",
        marker={
            "size": DOT,
            "color": [colours[class_of(one.revenue, limits)] for one in small],
            "line": {"color": charts.THIS, "width": 1.2},
        },
        ids=[one.code for one in small],
        customdata=[told(one, whole, currency) for one in small],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )


def _add_legend(figure: go.Figure, colours: Sequence[str], names: Sequence[str]) -> None:
    entries = [(LAND, texts.NO_SALES_THERE), *zip(colours, names, strict=True)]
    for colour, name in entries:
        figure.add_scatter(
            name=name,
            x=[None],
            y=[None],
            mode="markers",
            marker={
                "symbol": "square",
                "size": 12,
                "color": colour,
                "line": {"color": BORDER, "width": 1},
            },
            hoverinfo="skip",
        )


def _set_axes(figure: go.Figure, view: View) -> None:
    # Beside Europe there is more of the world to be seen; beside the world there is nothing.
    kept = "domain" if view == WORLD else "range"
    hidden = {"visible": False, "fixedrange": True, "constrain": kept, "automargin": False}
    figure.update_xaxes(**hidden, range=[view.west, view.east])
    figure.update_yaxes(
        **hidden,
        range=[view.south, view.north],
        scaleanchor="x",
        scaleratio=view.stretch,
    )
    figure.update_layout(
        height=HEIGHT,
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yanchor": "top",
            "itemclick": False,
            "itemdoubleclick": False,
            "font": {"size": 12},
        },
        hoverlabel={
            "bgcolor": INK,
            "bordercolor": INK,
            "align": "left",
            "font": {"color": PAPER, "size": 13},
        },
    )


def _rings(code: str, view: View) -> list[Ring]:
    """The rings that reach into a part of the map."""
    return [ring for ring in outlines.shapes()[code] if _reaches(ring, view)]


def _reaches(ring: Ring, view: View) -> bool:
    """Where a page is wider than the part, or narrower, more of the world is seen beside it."""
    across, up = [x for x, _ in ring], [y for _, y in ring]
    more, higher = view.width / 2, (view.north - view.south) / 3
    beside = max(across) < view.west - more or min(across) > view.east + more
    return not (beside or max(up) < view.south - higher or min(up) > view.north + higher)


def _lines(rings: Sequence[Ring]) -> tuple[np.ndarray, np.ndarray]:
    """Points of all rings with a gap after each; small numbers, which are sent to the browser."""
    gap = (math.nan, math.nan)
    points = np.array([point for ring in rings for point in (*ring, gap)], dtype=np.float32)
    return (points[:, 0], points[:, 1]) if len(points) else (points, points)


def values_table(shown: Sequence[Place], whole: float, currency: str) -> str:
    """The values of the map as an HTML table."""
    lines = [
        [
            ", ".join(one.names),
            formats.money(one.revenue, currency),
            formats.share(one.revenue, whole),
        ]
        for one in shown[:100]
    ]
    heads = [texts.COUNTRY, common.REVENUE, common.SHARE]
    return of_values(heads, [[escape(cell) for cell in line] for line in lines])
