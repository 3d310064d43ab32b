"""How far off a forecast may be, from how far off those of earlier windows were."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tillsight.forecasting.series import Flags, Floats

WIDENED = 0.8
"""Intervals are wider by this over the number of windows."""

GROWTH_DRAWN = 0.5
"""How far the growth of errors over the steps is believed."""


@dataclass(frozen=True)
class Spread:
    """Errors of windows, (w, length), those that count, how much wider intervals are made, and how
    many windows without overlap they are worth.
    """

    errors: Floats
    counted: Flags
    wider: float
    windows: float


def growth(spread: Spread, steps: int) -> Floats:
    """How the size of errors grows over the steps, (steps,), about 1 in the middle of a window.

    The root of a line in the step, as a level that wanders at random has it; the line's slope by
    the two halves of the windows, drawn to none.
    """
    length = spread.errors.shape[1]
    slope = 0.0
    if length >= 4:
        half = length // 2
        size = np.abs(spread.errors) * spread.counted
        near = size[:, :half].sum() / max(1, spread.counted[:, :half].sum())
        far = size[:, half:].sum() / max(1, spread.counted[:, half:].sum())
        if near > 0:
            slope = float(np.clip(GROWTH_DRAWN * ((far / near) ** 2 - 1), 0, 1.5))
    middle = (np.arange(steps) - (length - 1) / 2) / max(1, length - 1)
    grown: Floats = np.sqrt(1 + slope * middle)
    return grown


def conformal(errors: Floats, level: float) -> tuple[float, float]:
    """The signed conformal quantiles of errors, (k,): so many percent of new ones are between.

    The ceil((k + 1) q)-th smallest, each tail by itself (Vovk, Gammerman and Shafer, Algorithmic
    Learning in a Random World, 2005; Linusson, Johansson and Loefstroem, PAKDD 2014).
    """
    ordered = np.sort(errors)
    q = 0.5 + level / 200
    position = min(len(ordered), int(np.ceil((len(ordered) + 1) * q - 1e-9)))
    return float(ordered[len(ordered) - position]), float(ordered[position - 1])


def bounds(spread: Spread, levels: Sequence[int], steps: int) -> list[tuple[Floats, Floats]]:
    """Errors of the lower and the upper bound of each level, (steps,) each."""
    length = spread.errors.shape[1]
    grown = growth(spread, max(steps, length))
    scaled = (spread.errors / grown[:length])[spread.counted]
    found = []
    for level in levels:
        low, high = conformal(scaled, level)
        ahead = spread.wider * grown[:steps]
        found.append((min(low, 0.0) * ahead, max(high, 0.0) * ahead))
    return found


def reach(totals: Floats, spread: Spread, levels: Sequence[int]) -> Floats:
    """How far the total may be off at each level, (levels,), from errors of totals, (w,).

    Few windows have few totals, so their root mean square with Student's t for as many windows.
    """
    size = float(np.sqrt(np.mean(totals**2))) * np.sqrt(1 + 1 / spread.windows)
    return np.array([student(level, spread.windows) * size for level in levels])


def student(level: float, freedom: float) -> float:
    """What |t| stays below in so many percent, for degrees of freedom of 1 and more.

    Exact for 1 and 2; else the expansion in the normal quantile (Abramowitz and Stegun 26.7.5).
    """
    p = 0.5 + level / 200
    if freedom < 1.5:
        return float(np.tan(np.pi * (p - 0.5)))
    if freedom < 2.5:
        return float((2 * p - 1) * np.sqrt(2 / (4 * p * (1 - p))))
    z, v = NormalDist().inv_cdf(p), freedom
    return float(
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
