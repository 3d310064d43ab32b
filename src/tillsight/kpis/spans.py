"""The periods of KPI values: how they are written, which of them a KPI has, which are over.

A period is known by its first day. The year of a week is that of its ISO number.
"""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tillsight.errors import InvalidInput
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import BUCKETS, DAY, Bucket, Period, read_bucket

GRAINS = {
    Periodicity.daily: "day",
    Periodicity.weekly: "week",
    Periodicity.monthly: "month",
    Periodicity.quarterly: "quarter",
    Periodicity.yearly: "year",
}
"""The dimension of time whose buckets are the periods."""
FIRST_YEAR, LAST_YEAR = 1900, 9998
LAST_MONTHS = {Periodicity.monthly: range(1, 13), Periodicity.quarterly: range(3, 13, 3)} | {
    Periodicity.yearly: range(12, 13)
}
"""Where a period is given as year and month, the months that end one."""


def bucket_of(periodicity: Periodicity) -> Bucket:
    """Where the periods begin and how they are written."""
    return BUCKETS[GRAINS[periodicity]]


def read_period(periodicity: Periodicity, text: str) -> date:
    """The first day of a period as it is written: 2026, 2026-Q1, 2026-03, 2026-W12, 2026-03-05.

    Raises:
        InvalidInput: it is not written so, or is no period of such a KPI.
    """
    return _in_range(read_bucket(GRAINS[periodicity], text.strip()))


def read_year_and_month(periodicity: Periodicity, year: int, month: int) -> date:
    """The first day of the period that ends with a month.

    Raises:
        InvalidInput: no period of such a KPI ends with it.
    """
    months = LAST_MONTHS.get(periodicity)
    if months is None:
        example = bucket_of(periodicity).write(date(2026, 3, 5))
        raise InvalidInput(
            f"A {periodicity} KPI has no period of year and month: give `period`, as {example}."
        )
    if month not in months or not FIRST_YEAR <= year <= LAST_YEAR:
        known = (
            "any of 1 to 12" if len(months) == len(range(1, 13)) else " or ".join(map(str, months))
        )
        raise InvalidInput(
            f"Year {year}, month {month} is no period of a {periodicity} KPI: its month is {known},"
            f" and its year {FIRST_YEAR} to {LAST_YEAR}."
        )
    return bucket_of(periodicity).start(date(year, month, 1))


def write_period(periodicity: Periodicity, start: date) -> str:
    """A period as `read_period` reads it."""
    return bucket_of(periodicity).write(start)


def end_of(periodicity: Periodicity, start: date) -> date:
    """The day after the last day of the period that begins with `start`."""
    return bucket_of(periodicity).following(start)


def year_and_month(periodicity: Periodicity, start: date) -> tuple[int, int]:
    """The year of a period, and the month it ends in (for a week, the month of its Thursday)."""
    if periodicity is Periodicity.weekly:
        thursday = start + 3 * DAY
        return thursday.year, thursday.month
    last = end_of(periodicity, start) - DAY
    return last.year, last.month


def year_of(periodicity: Periodicity, start: date) -> int:
    """The year a period belongs to; a week to that of its ISO number."""
    return start.isocalendar().year if periodicity is Periodicity.weekly else start.year


def periods_within(periodicity: Periodicity, span: Period) -> Iterator[date]:
    """The first days of the periods that a closed span touches, in order."""
    return bucket_of(periodicity).all_of(span)


def today_in(timezone: str) -> date:
    """The date it is in a time zone."""
    return datetime.now(ZoneInfo(timezone)).date()


def has_begun(start: date, today: date) -> bool:
    """Whether a value may be entered for the period: it has begun."""
    return start <= today


def is_over(periodicity: Periodicity, start: date, today: date) -> bool:
    """Whether the period is closed: its last day is before today."""
    return end_of(periodicity, start) <= today


def _in_range(start: date) -> date:
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise InvalidInput(f"The year of a period is {FIRST_YEAR} to {LAST_YEAR}.")
    return start
