"""Rolling windows inside a history: each is forecast as if its steps had not come yet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.series import Counts, Flags

DECIDING = 8
"""So many windows decide what the candidates weigh."""

MOST = 16
"""So many are rolled: older ones decide for newer ones, by which the blend is judged."""

JUDGED_BY = 8
"""So many of the newest are told of."""

ENOUGH = 2
"""With fewer windows nothing is decided by them."""

FIRST_ORIGIN = 28
"""Days of history that a window needs before it; half the history where that is shorter."""


@dataclass(frozen=True)
class Windows:
    """Windows, oldest first; the last origin is the end of the history.

    `origins` (w + 1,), `targets` (w + 1, length): the steps of each; `counted` (w, length): those
    that errors are taken from. Windows begin `spacing` steps apart.
    """

    origins: Counts
    targets: Counts
    counted: Flags
    spacing: int

    @property
    def length(self) -> int:
        """Steps of a window."""
        return int(self.targets.shape[1])

    def before(self, window: int) -> list[int]:
        """The windows that had ended when this one began, the newest last."""
        ended = self.origins[:-1] + self.length <= self.origins[window]
        return [int(i) for i in np.flatnonzero(ended)]

    def apart(self, used: Sequence[int]) -> float:
        """How many windows would hold as many steps if they did not overlap."""
        if not used:
            return 0.0
        return 1 + (len(used) - 1) * min(1.0, self.spacing / self.length)


def roll(prepared: Prepared, horizon: int) -> Windows:
    """Windows of the asked horizon, a week at least, back to back from the end of the history.

    Where under eight fit they overlap, and where under three would fit they are shorter.
    """
    n = prepared.steps
    week = max(1, round(7 / prepared.step_days))
    first = max(1, min(round(FIRST_ORIGIN / prepared.step_days), n // 2))
    room = n - first
    length = max(1, min(max(horizon, week), room // 3))
    spacing = length if room >= DECIDING * length else max(1, (room - length) // (DECIDING - 1))
    origins = np.arange(n - length, first - 1, -spacing)[:MOST][::-1]
    known = prepared.before[np.maximum(origins, 0)] >= max(1, first // 2)
    seen = prepared.before[origins + length] > prepared.before[origins]
    origins = np.append(origins[known & seen], n)
    targets = origins[:, None] + np.arange(length)
    counted = prepared.usable[targets[:-1]]
    return Windows(origins, targets, counted, spacing)
