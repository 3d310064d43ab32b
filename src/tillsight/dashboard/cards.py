"""The figures on top of a page as pure functions: values in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.charts import THIS as LINE

WIDTH, HEIGHT = 100, 32  # of the little chart's own grid; the page stretches it

DIRECTIONS = {"up": 1, "down": -1, "neither": 0}


def cards(measures: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], currency: str) -> str:
    """A card for each measure: its value, the change from the period before, and its course."""
    return f'<div class="cards">{"".join(_card(one, answer, currency) for one in measures)}</div>'


def small_cards(
    measures: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], currency: str
) -> str:
    """The same for figures that are looked at less often, with less room."""
    shown = "".join(_card(one, answer, currency) for one in measures)
    return f'<div class="cards small">{shown}</div>'


def written(measure: Mapping[str, Any], value: float | None, currency: str) -> str:
    """A value in the unit of its measure."""
    if value is not None and is_rate(measure):
        return formats.rate(value)
    return formats.money(value, currency) if measure["unit"] == "money" else formats.number(value)


def is_rate(measure: Mapping[str, Any]) -> bool:
    """Whether a measure is a part of a whole, which people say in percent."""
    return bool(measure["unit"] == "ratio" and measure["name"].endswith("_rate"))


def grown(
    measure: Mapping[str, Any], now: float | None, before: float | None, growth: float
) -> str:
    """A growth as people say it: of a rate in points, as a percentage of percents misleads."""
    if not is_rate(measure) or now is None or before is None:
        return formats.change(growth)
    return texts.RATE_POINTS.format(number=formats.points(now - before))


def _card(measure: Mapping[str, Any], answer: Mapping[str, Any], currency: str) -> str:
    name = measure["name"]
    definition = escape(measure["definition"])
    return (
        f'<section class="card" data-measure="{escape(name)}">'
        f'<h2 tabindex="0" aria-label="{escape(measure["label"])}. {definition}">'
        f"{escape(measure['label'])}"
        f'<span class="definition" aria-hidden="true">{definition}</span></h2>'
        f'<p class="value">{escape(written(measure, answer["totals"][name], currency))}</p>'
        f"{_change(measure, answer, currency)}"
        f"{sparkline([row[name] for row in answer['rows'] if name in row])}</section>"
    )


def _change(measure: Mapping[str, Any], answer: Mapping[str, Any], currency: str) -> str:
    comparison, name = answer["comparison"], measure["name"]
    if comparison is None:
        return '<p class="change"></p>'
    now = answer["totals"][name]
    growth = comparison["growth"][name]
    if growth is None:
        return f'<p class="change"><span>{texts.NO_EARLIER}</span></p>'
    was = comparison["totals"][name]
    before = texts.CHANGE.format(before=written(measure, was, currency))
    return (
        f'<p class="change"><b class="{_mood(growth, measure["good"])}">{_arrow(growth)}'
        f"{escape(grown(measure, now, was, growth))}</b> <span>{escape(before)}</span></p>"
    )


def _mood(growth: float, good: str) -> str:
    news = round(growth, 3) * DIRECTIONS[good]
    return "good" if news > 0 else "bad" if news < 0 else "even"


def _arrow(growth: float) -> str:
    seen = round(growth, 3)  # as far as it is written
    return "▲ " if seen > 0 else "▼ " if seen < 0 else ""


def sparkline(values: Sequence[float | None]) -> str:
    """The course of a figure as a line; buckets without a value are passed over."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return '<span class="spark"></span>'
    top = max(value for _, value in known) or 1
    across = WIDTH / (len(values) - 1)
    points = [
        (place * across, HEIGHT - 1 - max(value, 0) / top * (HEIGHT - 3)) for place, value in known
    ]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    area = f"{points[0][0]:.2f},{HEIGHT} {line} {points[-1][0]:.2f},{HEIGHT}"
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' preserveAspectRatio="none"><polygon points="{area}" fill="{LINE}" opacity="0.13"/>'
        f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="1.75"'
        f' stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    # As a picture, because st.html takes drawings out of what it shows.
    return f'<img class="spark" alt="" src="data:image/svg+xml,{quote(drawing)}">'
