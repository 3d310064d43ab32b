"""The pictures of a report as SVG, drawn here: they need no script and print sharp."""

import math
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from tillsight import formats
from tillsight.api.report import texts, written
from tillsight.metrics.question import Row

WIDTH, HEIGHT = 720, 220
"""Units of the drawing; the page stretches it to its width."""
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 12, 28
TICKS = 4
LABELS = 5
"""Steps of time that are named, at the most."""
BAR, GAP = 22, 8
NAMES, VALUES = 100, 130
"""Width kept for the names of bars and for their values."""
THIS, BEFORE, GRID, INK = "#1f7a61", "#8b9792", "#d9dedb", "#333"


def course(rows: Sequence[Row], before: Sequence[Row], grain: str, currency: str) -> Markup:
    """Revenue of each step of time as a line, over that of the steps before in their places."""
    if not rows:
        return Markup("")
    values = [row["revenue"] for row in rows]
    earlier = [row["revenue"] for row in before[: len(rows)]]
    ticks = round_ticks(max([*values, *earlier]))
    lowest = min([0.0, *values, *earlier])
    scale = _Scale(len(rows), lowest, ticks[-1])
    parts = [_grid(tick, scale, currency) for tick in ticks]
    if earlier:
        parts.append(_line(earlier, scale, BEFORE, "1.4", ' stroke-dasharray="3 3"'))
    parts.append(_line(values, scale, THIS, "2", ""))
    every = max(1, math.ceil(len(rows) / LABELS))
    parts += [
        _label(scale.x(place), row[grain], grain)
        for place, row in enumerate(rows)
        if place % every == 0
    ]
    said = texts.COURSE[grain].format(money=formats.money(max(values), currency))
    return _svg(WIDTH, HEIGHT, said, "".join(parts))


def bars(rows: Sequence[tuple[str, float, float | None]], currency: str) -> Markup:
    """A bar for each name and value, and a thin one for what it was before."""
    height = len(rows) * (BAR + GAP)
    longest = max([1e-9, *(max(value, before or 0) for _, value, before in rows)])
    room = WIDTH - NAMES - VALUES
    parts = []
    for place, (name, value, before) in enumerate(rows):
        top = place * (BAR + GAP)
        middle = top + BAR / 2 + 4
        parts.append(
            f'<text x="0" y="{middle:.1f}">{escape(name)}</text>'
            f'<rect x="{NAMES}" y="{top}" width="{room * max(value, 0) / longest:.1f}"'
            f' height="{BAR - 6}" fill="{THIS}"/>'
            f'<text x="{WIDTH}" y="{middle:.1f}" text-anchor="end">'
            f"{escape(formats.money(value, currency))}</text>"
        )
        if before is not None:
            parts.append(
                f'<rect x="{NAMES}" y="{top + BAR - 5}" height="4" fill="{BEFORE}"'
                f' width="{room * max(before, 0) / longest:.1f}"/>'
            )
    return _svg(WIDTH, height, texts.WEEKDAYS, "".join(parts))


def round_ticks(top: float) -> list[float]:
    """A few round steps from 0 to `top` or a little more."""
    if top <= 0:
        return [0, 1]
    rough = top / TICKS
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    return [step * place for place in range(math.ceil(top / step - 1e-9) + 1)]


class _Scale:
    """Where steps of time and amounts lie in the drawing."""

    def __init__(self, count: int, lowest: float, highest: float) -> None:
        self._count = count
        self._lowest = lowest
        self._range = highest - lowest

    def x(self, place: int) -> float:
        across = WIDTH - LEFT - RIGHT
        return LEFT + (across * place / (self._count - 1) if self._count > 1 else across / 2)

    def y(self, value: float) -> float:
        up = HEIGHT - TOP - BOTTOM
        return TOP + up * (1 - (value - self._lowest) / self._range)


def _grid(tick: float, scale: _Scale, currency: str) -> str:
    y = scale.y(tick)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
        f"{escape(formats.short_money(tick, currency))}</text>"
    )


def _line(values: Sequence[float], scale: _Scale, colour: str, width: str, more: str) -> str:
    points = " ".join(f"{scale.x(at):.1f},{scale.y(value):.1f}" for at, value in enumerate(values))
    if len(values) == 1:
        x, y = points.split(",")
        return f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"'
        f' stroke-linejoin="round"{more}/>'
    )


def _label(x: float, text: str, grain: str) -> str:
    anchor = "start" if x < LEFT + 1 else "middle"
    return (
        f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">'
        f"{escape(written.short_step(grain, text))}</text>"
    )


def _svg(width: int, height: int, said: str, inside: str) -> Markup:
    # Everything inside is escaped above.
    return Markup(  # noqa: S704
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(said)}" font-size="12" fill="{INK}">{inside}</svg>'
    )
