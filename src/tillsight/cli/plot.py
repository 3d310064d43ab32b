"""A plot for the terminal: bars of what was, then points with bounds of what is to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TypeVar

from rich.text import Text

ROWS = 12
"""Rows at the most; the steps of the scale are round numbers."""
WIDEST = 4
"""Characters a step is wide where there is room."""
MARGIN = 9
"""Characters before the first column: the numbers of the scale."""
SHARE_AHEAD = 0.75
"""Share of the width that the steps to come take at the most; else several share a column."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
Step = TypeVar("Step")


@dataclass(frozen=True)
class Ink:
    """The characters to draw with."""

    eighths: str
    point: str
    band: str
    line: str
    wall: str


BLOCKS = Ink(_EIGHTHS, "●", "░", "─", "│")
PLAIN = Ink("    #####", "o", ":", "-", "|")
"""For where nothing but ASCII can be shown."""


@dataclass(frozen=True)
class Ahead:
    """A step to come with its bounds, which are its value where there are none."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class _Scale:
    """Rows of `step` each, from `lowest` on."""

    lowest: float
    step: float
    rows: int

    def row_of(self, value: float) -> int:
        """The row whose number, which stands at its upper end, is nearest."""
        return min(max(round((value - self.lowest) / self.step) - 1, 0), self.rows - 1)


@dataclass(frozen=True)
class Columns:
    """How many steps share a column, how wide it is, and how many columns each side has."""

    steps: int
    width: int
    before: int
    ahead: int


def plot(
    past: Sequence[float],
    ahead: Sequence[Ahead | None],
    labels: Sequence[str],
    columns: Columns,
    ink: Ink,
) -> list[Text]:
    """Lines of the plot; None is a step to come on which nothing is expected.

    `labels` stand below the first step shown, the first to come and the last; they are as many as
    the steps.
    """
    known = [one for one in ahead if one is not None]
    bounds = [number for one in known for number in (one.lower, one.upper)]
    scale = _scale_of([*past, *bounds, 0.0])
    ticks = [_short(scale.lowest + row * scale.step, scale.step) for row in range(scale.rows + 1)]
    shown = past[max(len(past) - columns.before * columns.steps, 0) :]
    bars = [_mean(part) for part in _parts(shown, columns.steps, len(shown) % columns.steps)]
    points = [_together(part) for part in _parts(ahead, columns.steps, 0)]
    lines = []
    for row in reversed(range(scale.rows)):
        line = Text(f"{ticks[row + 1]:>{MARGIN - 2}} {ink.wall}", no_wrap=True)
        for bar in bars:
            line.append(_cell(_bar(bar, row, scale, ink), columns.width), "cyan")
        line.append(ink.wall if bars else "", "dim")
        for point in points:
            line.append(_cell(_point(point, row, scale, ink), columns.width), "magenta")
        line.rstrip()
        lines.append(line)
    length = columns.width * (len(bars) + len(points)) + bool(bars)
    lines.append(Text(f"{ticks[0]:>{MARGIN - 2}} {ink.wall}{ink.line * length}", no_wrap=True))
    places = [0, columns.width * len(bars) + 1 if bars else 0, length]
    named = [labels[len(past) - len(shown)], labels[len(past)], labels[-1]]
    lines.append(Text(" " * MARGIN + _below(places, named, length), no_wrap=True))
    return lines


def columns_for(past: int, ahead: int, width: int, together: int) -> Columns:
    """How so many steps are laid out in a plot of so many characters.

    Where several share a column, they are a multiple of `together`.
    """
    width = max(width - MARGIN, 10)
    steps = ceil(ahead / (SHARE_AHEAD * width))
    if steps > 1:
        steps = ceil(steps / together) * together
    steps = max(steps, 1)
    after = ceil(ahead / steps)
    before = min(ceil(past / steps), width - after - 1)
    wide = min(max((width - 1) // max(before + after, 1), 1), WIDEST)
    return Columns(steps, wide, before, after)


def _parts(steps: Sequence[Step], size: int, first: int) -> Iterator[Sequence[Step]]:
    """The steps in groups of a size, the first one of another if that is not 0."""
    if first:
        yield steps[:first]
    for i in range(first, len(steps), size):
        yield steps[i : i + size]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _together(steps: Sequence[Ahead | None]) -> Ahead | None:
    """Steps as one: their means, where those without anything expected count 0."""
    known = [one for one in steps if one is not None]
    if not known:
        return None
    sums = map(sum, zip(*((one.value, one.lower, one.upper) for one in known), strict=True))
    return Ahead(*(one / len(steps) for one in sums))


def _scale_of(values: Sequence[float]) -> _Scale:
    low, high = min(values), max(values)
    if low == high:
        high = low + 1
    step = _round_up((high - low) / (ROWS - 1))
    first, last = floor(low / step), ceil(high / step)
    return _Scale(first * step, step, max(last - first, 1))


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= value * (1 - 1e-9))


def _bar(value: float, row: int, scale: _Scale, ink: Ink) -> str:
    """The part of a bar from 0 to the value that lies in a row."""
    bottom = scale.lowest + row * scale.step
    above_zero = bottom >= -scale.step / 2
    if above_zero:
        part = (value - bottom) / scale.step
    else:
        part = (bottom + scale.step - value) / scale.step
    eighth = min(max(round(part * 8), 0), 8)
    if above_zero or eighth == 8:
        return ink.eighths[eighth]
    return ink.eighths[8] if eighth >= 4 else " "


def _point(step: Ahead | None, row: int, scale: _Scale, ink: Ink) -> str:
    if step is None:
        return " "
    if scale.row_of(step.value) == row:
        return ink.point
    return ink.band if scale.row_of(step.lower) <= row <= scale.row_of(step.upper) else " "


def _cell(character: str, width: int) -> str:
    """A character as wide as its column, with a gap where there is room for one."""
    return character if width == 1 else character * (width - 1) + " "


def _short(value: float, step: float) -> str:
    """A number of the scale, such as 12.5k, with the decimals its steps need."""
    for power, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= power or step >= power:
            return f"{value / power:.{_decimals(step / power)}f}{letter}"
    return f"{value:.{_decimals(step)}f}"


def _decimals(step: float) -> int:
    return next((n for n in range(4) if abs(step * 10**n - round(step * 10**n)) < 1e-6), 4)


def _below(places: Sequence[int], labels: Sequence[str], width: int) -> str:
    """Labels below their places, as far as they fit beside one another; the last one ends there."""
    line = ""
    for place, label in zip(places[:2], labels[:2], strict=True):
        if line and place < len(line) + 2:
            continue
        if place + len(label) <= width:
            line = line.ljust(place) + label
    last = max(places[2] - len(labels[2]), 0)
    return line.ljust(last) + labels[2] if last >= len(line) + 2 else line
