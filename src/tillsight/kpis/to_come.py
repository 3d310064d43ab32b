"""What is known of a KPI on a day, and which periods of its year are to come."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from tillsight.forecasting.series import Flags, Floats
from tillsight.kpis.progress import Promise, Values, begun_by, of_year, target_on
from tillsight.kpis.spans import is_over, periods_within, year_of
from tillsight.kpis.words import Aggregation, Periodicity, Range
from tillsight.metrics.periods import DAY, Period

WEEKS = 52
SEASONS = {
    Periodicity.yearly: 1,
    Periodicity.quarterly: 4,
    Periodicity.monthly: 12,
    Periodicity.weekly: WEEKS,
}
"""Periods of a year."""
LONGEST = {
    Periodicity.yearly: 40,
    Periodicity.quarterly: 60,
    Periodicity.monthly: 120,
    Periodicity.weekly: 5 * WEEKS,
    Periodicity.daily: 3 * 365,
}
"""Values of history that count, the newest."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a KPI on a day: `history` to learn from with its `numbers`, the values of
    the `year` that stand, and of the unfinished period what there is `so_far`. `lowest` is what no
    value is below. Days count on `weekdays`, in order, alone.
    """

    promise: Promise
    bounds: Range
    as_of: date
    history: Values
    numbers: Floats
    year: Values
    so_far: float | None
    to_come: Sequence[date]
    lowest: float
    weekdays: Sequence[int]

    @property
    def season(self) -> int:
        """Periods of a year. Of days whole weeks, so that a Monday is compared with Mondays."""
        if self.promise.periodicity is Periodicity.daily:
            return WEEKS * len(self.weekdays)
        return SEASONS[self.promise.periodicity]

    @property
    def span(self) -> int:
        """Periods that remain."""
        return len(self.to_come)

    @property
    def is_summed(self) -> bool:
        """Whether the sum of the year is what counts."""
        return self.promise.aggregation is Aggregation.sum and not self.promise.stays

    @property
    def target(self) -> float:
        """The target in force."""
        return float(target_on(self.promise.targets, self.as_of))

    @property
    def done(self) -> float:
        """The sum of the year's periods that are over."""
        return float(sum(value for _, value in self.year))


def known_on(promise: Promise, bounds: Range, values: Values, as_of: date) -> Known:
    """What is known on the day `as_of`, of values by day."""
    known, year = list(begun_by(values, as_of)), as_of.year
    newest, so_far = known[-1][0] if known else date.min, None
    # A sum goes on growing until its period is over; of others the newest value is what it is.
    over = is_over(promise.periodicity, newest, as_of + DAY)
    if promise.aggregation is Aggregation.sum and known and not over:
        so_far = float(known.pop()[1])
    after = newest if so_far is None else newest - DAY
    to_come = [start for start in _periods_of(promise.periodicity, year) if start > after]
    if newest not in to_come:  # it belongs to the year before, by the number of its week
        so_far = None
    history, weekdays = known[-LONGEST[promise.periodicity] :], []
    if promise.periodicity is Periodicity.daily:
        weekdays = _usual_weekdays(history)
        to_come = [start for start in to_come if start.weekday() in weekdays]
        history = [one for one in history if one[0].weekday() in weekdays]
    of_this_year = of_year(promise.periodicity, known, year)
    numbers = np.array([float(value) for _, value in history])
    lowest = _lowest(bounds, numbers)
    return Known(
        promise=promise,
        bounds=bounds,
        as_of=as_of,
        history=history,
        numbers=numbers,
        year=of_this_year,
        so_far=so_far,
        to_come=to_come,
        lowest=lowest,
        weekdays=weekdays,
    )


@lru_cache(maxsize=64)
def _periods_of(periodicity: Periodicity, year: int) -> tuple[date, ...]:
    """Where the periods of a year begin."""
    # The week of 4 January is the first, and may begin in December.
    span = Period(date(year - 1, 12, 29), date(year + 1, 1, 1))
    every = periods_within(periodicity, span)
    return tuple(start for start in every if year_of(periodicity, start) == year)


def _usual_weekdays(history: Values) -> list[int]:
    """The days of the week that have values at least half as often as the one that has most: who
    never counts on Sundays will not do so in the rest of the year.
    """
    counts = Counter(start.weekday() for start, _ in history)
    most = max(counts.values(), default=0)
    return sorted(day for day, count in counts.items() if 2 * count >= most)


def _lowest(bounds: Range, numbers: Floats) -> float:
    """What no value is below: what was never below zero stays so."""
    if bounds.minimum is not None:
        return float(bounds.minimum)
    return 0.0 if (numbers >= 0).all() else -np.inf


def laid_out(known: Known) -> tuple[Floats, Flags]:
    """The history without gaps, (n,), and which of its periods have a value: those that have none
    lie on a straight line between their neighbours.
    """
    numbers = known.numbers
    first = _place(known, known.history[0][0])
    count = _place(known, known.history[-1][0]) + 1 - first
    if count == len(numbers):
        return numbers, np.ones(count, dtype=np.bool_)
    places = np.array([_place(known, start) for start, _ in known.history]) - first
    is_known = np.zeros(count, dtype=np.bool_)
    is_known[places] = True
    return np.interp(np.arange(count), places, numbers), is_known


def _place(known: Known, start: date) -> int:
    """Where among all periods one is: that of the next is one more."""
    match known.promise.periodicity:
        case Periodicity.yearly:
            return start.year
        case Periodicity.quarterly:
            return 4 * start.year + (start.month - 1) // 3
        case Periodicity.monthly:
            return 12 * start.year + start.month
        case Periodicity.weekly:
            return start.toordinal() // 7
        case Periodicity.daily:
            week = (start - start.weekday() * DAY).toordinal() // 7
            return len(known.weekdays) * week + known.weekdays.index(start.weekday())
