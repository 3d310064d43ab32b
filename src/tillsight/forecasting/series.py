"""A measure over equal steps of time, with the calendar of what was and what is to come."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tillsight.forecasting.words import Grain

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """Totals of a measure that sums, a step after the other without a gap.

    `values`, `open_days` and `is_ordinary` have the shape (n,), `open_days_ahead` (h,): the horizon
    is its length. Open days are those of the step on which the shop trades, 0 or 1 of a day; a
    closed step counts 0. Steps that are not ordinary (somebody said so) are left out of fitting and
    of scores. No value to come is below `lowest`, which is minus infinity where there is no bound.
    """

    grain: Grain
    start: date
    values: Floats
    open_days: Counts
    is_ordinary: Flags
    open_days_ahead: Counts
    lowest: float = 0.0

    @property
    def horizon(self) -> int:
        """Steps to forecast."""
        return len(self.open_days_ahead)

    @property
    def is_open(self) -> Flags:
        """Steps with at least one open day."""
        return self.open_days > 0

    def until(self, origin: int, ahead: Counts) -> Self:
        """What was known before the step `origin`; `ahead` (h,) are the open days from there on."""
        return replace(
            self,
            values=self.values[:origin],
            open_days=self.open_days[:origin],
            is_ordinary=self.is_ordinary[:origin],
            open_days_ahead=ahead,
        )
