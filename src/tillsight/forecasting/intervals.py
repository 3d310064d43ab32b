"""Bounds of what may happen, from how far off earlier windows were."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tillsight.forecasting.series import Flags, Floats

WIDENED = 0.8
"""Intervals are wider by this over the number of windows."""

FARTHEST = 7.0
"""No error counts for more, in logarithms (a thousand times) or in mean sizes times ten."""


@dataclass(frozen=True)
class Errors:
    """Errors of windows, (w, h), those that count, and how they grow over the steps, (h,)."""

    values: Floats
    counted: Flags

    @property
    def windows(self) -> int:
        """Windows with an error that counts."""
        return int(self.counted.any(axis=1).sum())


def growth(errors: Errors, steps: int) -> Floats:
    """How errors grow from the first step to later ones, (steps,), on average 1 within windows.

    The square root of a line in the step: a random walk's errors grow so, a stable level's do not.
    Its slope is that between the halves of the windows, drawn to none.
    """
    length = errors.values.shape[1]
    if length < 4 or errors.windows < 2:
        slope = 0.0
    else:
        half = length // 2
        size = np.where(errors.counted, np.abs(errors.values), 0.0)
        near = size[:, :half].sum() / max(1, errors.counted[:, :half].sum())
        far = size[:, half:].sum() / max(1, errors.counted[:, half:].sum())
        ratio = (far / near) ** 2 if near > 0 else 1.0
        slope = float(np.clip(DRAWN * (ratio - 1), 0, 2))
    line = 1 + slope * (np.arange(max(steps, length)) / max(1, length - 1) - 0.5)
    return np.sqrt(np.maximum(line, 0.1))[:steps]


DRAWN = 0.5


def quantiles(values: Floats, level: float) -> tuple[float, float]:
    """The signed conformal quantiles of errors, (k,), that hold so many percent of the next one.

    The ceil((k + 1) q)-th smallest of them (Vovk, Gammerman and Shafer 2005; signed, each tail by
    itself, as in Romano, Patterson and Candes 2019).
    """
    ordered = np.sort(values)
    tail = (1 - level / 100) / 2
    position = int(np.ceil((len(ordered) + 1) * (1 - tail)))
    position = min(position, len(ordered))
    return float(ordered[len(ordered) - position]), float(ordered[position - 1])


def bounds(errors: Errors, levels: Sequence[int], steps: int) -> list[tuple[Floats, Floats]]:
    """How far below and above the forecast the bounds of each level are, (steps,) each."""
    found: list[tuple[Floats, Floats]] = []
    scale = growth(errors, max(steps, errors.values.shape[1]))
    scaled = (errors.values / scale[: errors.values.shape[1]])[errors.counted]
    wider = 1 + WIDENED / max(1, errors.windows)
    for level in levels:
        low, high = quantiles(scaled, level)
        found.append(
            (min(0.0, low * wider) * scale[:steps], max(0.0, high * wider) * scale[:steps])
        )
    return found


def student(level: float, freedom: float) -> float:
    """The two-sided quantile of Student's t for so many percent and degrees of freedom.

    Hill's closed form (Communications of the ACM 13, algorithm 396, 1970) by its expansion in the
    normal quantile (Abramowitz and Stegun 26.7.5); exact for 1 and 2 degrees.
    """
    p = 0.5 + level / 200
    if freedom <= 1:
        return float(np.tan(np.pi * (p - 0.5)))
    if freedom <= 2:
        return float((2 * p - 1) * np.sqrt(2 / (4 * p * (1 - p))))
    z = NormalDist().inv_cdf(p)
    v = freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
