"""Months and quarters beside those before them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from tillsight.metrics.periods import BUCKETS, DAY, Period, add_months, read_bucket
from tillsight.metrics.query import Answer, answer, compute
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.rounding import divided
from tillsight.warehouse import Snapshot, Warehouse


@dataclass(frozen=True)
class MonthGrowth:
    """A month and its growth in percent; nothing where the month before had no revenue."""

    month: str
    revenue: float
    prev_month_revenue: float | None = None
    growth_rate: float | None = None


def monthly_growth(warehouse: Warehouse, period: Period, filters: Filters) -> list[MonthGrowth]:
    """Every month from the first to the last of the period with data; the first has none before.

    Growth is counted from the cents that are shown, so that whoever divides them gets the same.

    Raises:
        UnknownName: a filter that is no dimension.
    """
    rows = answer(warehouse, Question(("revenue",), ("month",), period, filters)).rows
    first = [MonthGrowth(row["month"], row["revenue"]) for row in rows[:1]]
    return first + [
        MonthGrowth(
            now["month"],
            now["revenue"],
            before["revenue"],
            _percent(before["revenue"], now["revenue"]),
        )
        for before, now in pairwise(rows)
    ]


class Grain(StrEnum):
    """The buckets whose growth is told."""

    month = "month"
    quarter = "quarter"


MONTHS = {Grain.month: 1, Grain.quarter: 3}
YEAR = 12  # months
CLOSED = timedelta(days=3)
"""A shop may be closed for so long when a bucket begins; it is whole all the same."""

Value = int | float | None


@dataclass(frozen=True)
class BucketGrowth:
    """A bucket, the one before it and the one a year before it; growth is in percent.

    `first_day` and `last_day` are the days of it that lie within the data. Where it is not over
    yet, `before` and `year_before` are as many days of the earlier ones. There is no growth from
    nothing, nor from the bucket in which sales began if its first days are missing.
    """

    bucket: str
    first_day: date
    last_day: date
    value: Value
    before: Value
    growth: float | None
    year_before: Value
    year_growth: float | None


@dataclass(frozen=True)
class Growths:
    """Every bucket that the period touches, oldest first, and the version of the data."""

    rows: list[BucketGrowth]
    data_version: int


def bucket_growth(
    warehouse: Warehouse, measure: str, grain: Grain, period: Period, filters: Filters
) -> Growths:
    """Whole months or quarters, however the period cuts them, as far as there are data.

    Raises:
        UnknownName: the measure, or a filter, is not in the catalogue.
    """
    with warehouse.snapshot() as at:
        found = _ask(at, Question((measure,), (grain,), filters=filters))
        if found.first_day is None or found.last_day is None:
            return Growths([], found.data_version)
        shown = period.within(found.first_day, found.last_day)

        def total(window: Period) -> Value:
            asked = Question((measure,), (), window, filters)
            value: Value = _ask(at, asked).totals[measure]
            return value

        told = _Told(
            grain,
            {read_bucket(grain, row[grain]): row[measure] for row in found.rows},
            Period().within(found.first_day, found.last_day),
            total,
        )
        starts = BUCKETS[grain].all_of(shown) if shown.start != shown.end else ()
        return Growths([told.growth(one) for one in starts], found.data_version)


def _ask(at: Snapshot, question: Question) -> Answer:
    return at.once(question.key(), lambda: compute(at, question))


@dataclass(frozen=True)
class _Told:
    """The values of all buckets by their first days, and a way to the total of other days."""

    grain: Grain
    values: Mapping[date, Value]
    data: Period
    total: Callable[[Period], Value]

    def growth(self, start: date) -> BucketGrowth:
        """That of the bucket which begins on this day."""
        first, last = self._days(start)
        now = self.values[start]
        before, year_before = (self._earlier(start, one) for one in (MONTHS[self.grain], YEAR))
        return BucketGrowth(
            BUCKETS[self.grain].write(start),
            *(first, last, now),
            *(before, self._percent(start, MONTHS[self.grain], before)),
            *(year_before, self._percent(start, YEAR, year_before)),
        )

    def _percent(self, start: date, months: int, before: Value) -> float | None:
        """The growth since so many months earlier, if those are whole."""
        is_whole = self._days(add_months(start, -months))[0] <= add_months(start, -months) + CLOSED
        return _percent(before, self.values[start]) if is_whole else None

    def _earlier(self, start: date, months: int) -> Value:
        """What there was so many months earlier, in as many days if the bucket is not over."""
        before = add_months(start, -months)
        _, last = self._days(start)
        if before not in self.values or last + DAY == BUCKETS[self.grain].following(start):
            return self.values.get(before)
        return self.total(Period(before, add_months(last, -months) + DAY))

    def _days(self, start: date) -> tuple[date, date]:
        """The first and the last day of a bucket that lie within the data."""
        first, end = self.data.start or start, self.data.end or BUCKETS[self.grain].following(start)
        return max(first, start), min(end, BUCKETS[self.grain].following(start)) - DAY


def _percent(before: Value, now: Value) -> float | None:
    if before is None or now is None:
        return None
    was, grown = Decimal(str(before)), Decimal(str(now)) - Decimal(str(before))
    return divided(100 * grown, abs(was), 2)
