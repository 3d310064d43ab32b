"""Rolling windows inside the history, and what the candidates weigh by how they did there."""

from dataclasses import dataclass

import numpy as np

from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.series import Counts, Flags, Floats

STRICT = 12.0
"""How fast a weight falls with an error that is larger than the best one."""

WINDOWS = 8
"""So many windows decide the weights."""

MOST_WINDOWS = 16
"""So many windows are rolled: those that decide, and older ones to judge the blend by."""

ENOUGH_WINDOWS = 2

FIXED = ("smoothing", "ridge_without_year", "weekday_mean")
"""Blended alike where under two windows can be rolled."""

FIRST_ORIGIN = 28
"""Days that the first window has behind it."""


@dataclass(frozen=True)
class Windows:
    """Windows of `length` steps each; the last origin is the end of the history: the forecast.

    `origins` (w + 1,), oldest first, `targets` (w + 1, length), `counted` (w, length): steps that
    errors are taken from.
    """

    origins: Counts
    targets: Counts
    counted: Flags

    @property
    def length(self) -> int:
        """Steps of a window."""
        return self.counted.shape[1]

    def before(self, window: int) -> list[int]:
        """The windows that had ended when this one began, the newest last."""
        end = self.origins[:-1] + self.length
        return [int(i) for i in np.flatnonzero(end <= self.origins[window])]


def roll(prepared: Prepared, horizon: int, length: int | None = None) -> Windows:
    """Windows of the asked horizon, back to back from the end, or overlapping where under eight
    fit, or shorter where the history is short.
    """
    n = prepared.steps
    first = max(2, round(FIRST_ORIGIN / prepared.step_days))
    room = max(0, n - first)
    shortest = max(2, round(7 / prepared.step_days))
    length = max(horizon, shortest) if length is None else length
    length = min(length, max(1, room // 3))
    spacing = length
    if room < WINDOWS * length:
        spacing = max(1, (room - length) // (WINDOWS - 1))
    starts = np.arange(n - length, first - 1, -spacing)[:MOST_WINDOWS][::-1]
    enough = prepared.before[starts] >= min(14, first)
    origins = np.append(starts[enough], n)
    targets = origins[:, None] + np.arange(length)
    return Windows(origins, targets, prepared.usable[targets[:-1]])


def weights(errors: Floats, windows: Windows, window: int, names: tuple[str, ...]) -> Floats:
    """The weight of each candidate for a window, by the last eight before it, (c,).

    `errors` (c, w) are sums of absolute errors; a candidate without a forecast has infinity.
    exp(-12 (error / best - 1)), made to add up to 1. Under two windows: a fixed blend.
    """
    used = windows.before(window)[-WINDOWS:]
    if len(used) < ENOUGH_WINDOWS:
        fixed = np.array([name in FIXED for name in names], dtype=np.float64)
        if not fixed.any():
            fixed[:] = 1
        return fixed / fixed.sum()
    sums = errors[:, used].sum(axis=1)
    best = sums.min()
    if best <= 0:
        found = (sums <= 0).astype(np.float64)
    else:
        with np.errstate(over="ignore"):
            found = np.exp(-STRICT * (sums / best - 1))
    return found / found.sum()
