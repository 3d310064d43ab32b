"""How far a KPI is on a day, and whether that is as far as its target asks for by then.

Everything here is worked out from numbers that are given. Within, numbers are exact, so that a
KPI which is at 95 % of its pace to the last digit is on track; what comes out has four decimals.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter

from tillsight.kpis.spans import end_of, year_of
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Status
from tillsight.metrics.periods import DAY

Targets = Sequence[tuple[date, Decimal]]
"""From which day on which target holds, by day; there is one at least."""
Values = Sequence[tuple[date, Decimal]]
"""First days of periods and the values of these, by day; periods without a value are left out."""

AHEAD, ON_TRACK = Fraction(105, 100), Fraction(95, 100)
"""Of the distance that the target asks for by a day, or of periods kept: from where on it is so."""
RULE = (
    "Expected is initial + (target - initial) x the share of the year that is over. Ahead: 105 % of"
    " that way or more; on track: 95 % or more; behind: less. Stay above and stay below: on track"
    " while 95 % of the year's periods were kept."
)
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised: which way to go from where, to which targets, and what makes a year."""

    periodicity: Periodicity
    direction: Direction
    aggregation: Aggregation
    initial: Decimal
    targets: Targets

    @property
    def stays(self) -> bool:
        """Whether every period is held against its target by itself."""
        return self.direction in {Direction.stay_above, Direction.stay_below}

    @property
    def goes_down(self) -> bool:
        """Whether less is better."""
        return self.direction in {Direction.decrease, Direction.stay_below}

    def is_met(self, value: Fraction | Decimal, target: Fraction | Decimal) -> bool:
        """Whether a value is at its target, or past it in the direction of the KPI."""
        return value <= target if self.goes_down else value >= target


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a KPI stands on a day. `progress` and `performance` are percentages, `pace` is 1 where
    it is as far as it should be; None where there is nothing to tell. `x` is the year to date.
    """

    target: float
    x: float | None
    progress: float | None
    expected: float | None
    pace: float | None
    performance: float | None
    status: Status


def standing(promise: Promise, values: Values, as_of: date) -> Standing:
    """Where a KPI stands on the day `as_of`; values of periods that begin later do not count."""
    known = begun_by(values, as_of)
    year = of_year(promise.periodicity, known, as_of.year)
    target = Fraction(target_on(promise.targets, as_of))
    if not year:
        return Standing(_told(target), None, None, None, None, None, Status.no_data)
    x = aggregate(promise.aggregation, [value for _, value in year])
    performance = _performance(promise, [*year_to_date(promise, known)])
    if promise.stays:
        kept = kept_share(promise, year)
        status = Status.on_track if kept >= ON_TRACK else Status.behind
        return Standing(_told(target), _told(x), _told(100 * kept), None, None, performance, status)
    initial = Fraction(promise.initial)
    way, share = target - initial, share_of_year(as_of)
    pace = (x - initial) / (way * share) if way else None
    return Standing(
        target=_told(target),
        x=_told(x),
        progress=_told(100 * (x - initial) / way) if way else None,
        expected=_told(initial + way * share),
        pace=None if pace is None else _told(pace),
        performance=performance,
        status=_status(pace, promise.is_met(x, target)),
    )


def begun_by(values: Values, day: date) -> Values:
    """The values of periods that have begun on a day."""
    return values[: bisect_right(values, day, key=itemgetter(0))]


def of_year(periodicity: Periodicity, values: Values, year: int) -> Values:
    """The values whose periods belong to a year."""
    # Periods of a year begin at most some days before it, and none after it.
    first, last = date(year - 1, 12, 25), date(year, 12, 31)
    near = values[bisect_right(values, first, key=itemgetter(0)) :]
    return [one for one in near if one[0] <= last and year_of(periodicity, one[0]) == year]


def target_on(targets: Targets, day: date) -> Decimal:
    """The target in force on a day; before the first one, that."""
    return targets[max(0, bisect_right(targets, day, key=itemgetter(0)) - 1)][1]


def target_of(promise: Promise, start: date) -> Decimal:
    """The target of the period that begins with `start`: the one in force on its last day."""
    if len(promise.targets) == 1:
        return promise.targets[0][1]
    return target_on(promise.targets, end_of(promise.periodicity, start) - DAY)


def share_of_year(day: date) -> Fraction:
    """How much of its calendar year is over at the end of a day."""
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return Fraction((day - first).days + 1, (following - first).days)


def aggregate(aggregation: Aggregation, values: Sequence[Decimal]) -> Fraction:
    """What the values of a year, one at least and in order, come to."""
    if aggregation is Aggregation.last:
        return Fraction(values[-1])
    total = Fraction(sum(values))
    return total / len(values) if aggregation is Aggregation.average else total


def year_to_date(promise: Promise, values: Values) -> Iterator[Decimal]:
    """What each value makes of its year, the values of the year before it included."""
    year, total, count = None, Decimal(0), 0
    for start, value in values:
        if (of := year_of(promise.periodicity, start)) != year:
            year, total, count = of, Decimal(0), 0
        total, count = total + value, count + 1
        match promise.aggregation:
            case Aggregation.sum:
                yield total
            case Aggregation.average:
                yield total / count
            case Aggregation.last:
                yield value


def kept_share(promise: Promise, values: Values) -> Fraction:
    """The share of periods whose value kept to the target of their own; one value at least."""
    kept = sum(promise.is_met(value, target_of(promise, start)) for start, value in values)
    return Fraction(kept, len(values))


def _performance(promise: Promise, history: Sequence[Decimal]) -> float | None:
    """The place of the newest x between the worst, 0, and the best, 100, there ever was."""
    low, high = min(history), max(history)
    if low == high:
        return None
    place = 100 * Fraction(history[-1] - low) / Fraction(high - low)
    return _told(100 - place if promise.goes_down else place)


def _status(pace: Fraction | None, met: bool) -> Status:
    if pace is None:
        return Status.on_track if met else Status.behind
    if pace >= AHEAD:
        return Status.ahead
    return Status.on_track if pace >= ON_TRACK else Status.behind


def _told(number: Fraction) -> float:
    return float(round(number, _DECIMALS))
