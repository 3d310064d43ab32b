"""Names of periods such as last_quarter, what they are on a day, and which values lie in one.

A value lies in a period where its own period ends: March's and the first quarter's in this_month
when it is March, the year's only when it is December.
"""

from datetime import date
from enum import StrEnum

from tillsight.errors import InvalidInput, UnknownName
from tillsight.kpis.spans import FIRST_YEAR, bucket_of
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import BUCKETS, DAY, Period


class PeriodName(StrEnum):
    """A period by its name, as seen from a day."""

    this_month = "this_month"
    last_month = "last_month"
    this_quarter = "this_quarter"
    last_quarter = "last_quarter"
    this_year = "this_year"
    last_year = "last_year"


def named_period(name: PeriodName, today: date) -> Period:
    """The days a name means on the day `today`, the end of the month, quarter or year included."""
    which, _, grain = name.partition("_")
    bucket = BUCKETS[grain]
    start = bucket.start(today)
    if which == "last":
        return Period(bucket.start(start - DAY), start)
    return Period(start, bucket.following(start))


def read_period_name(text: str) -> PeriodName:
    """A name as it is written.

    Raises:
        UnknownName: there is no such name; says which was probably meant.
    """
    if text not in list(PeriodName):
        raise UnknownName("period", text[:40], PeriodName)
    return PeriodName(text)


def asked_period(name: str | None, days: Period, today: date) -> Period:
    """The period that is asked for by a name or by days; open where by neither.

    Raises:
        UnknownName: there is no such name.
        InvalidInput: it is asked for by both.
    """
    if name is None:
        return days
    if days != Period():
        raise InvalidInput("A period is asked for by its name or by from and to, not by both.")
    return named_period(read_period_name(name), today)


def as_of(period: Period, today: date) -> date:
    """The day that figures of a period are of: its last day, or today where that is earlier.

    Raises:
        InvalidInput: the period has no day, or ends before there are any periods of KPIs.
    """
    if period.end is None:
        return today
    if period.start == period.end:
        raise InvalidInput(f"The period has no day: it begins and ends with {period.end}.")
    if period.end <= date(FIRST_YEAR, 1, 1):
        raise InvalidInput(f"A period of KPIs ends after the beginning of {FIRST_YEAR}.")
    return min(period.end - DAY, today)


def starts_within(periodicity: Periodicity, period: Period) -> Period:
    """Where the periods begin that end within `period`; open ends stay open.

    What to compare `period_start` with: the period that holds the first day ends on it or later,
    the one that holds the day after the last day does not end before that.
    """
    start = bucket_of(periodicity).start
    return Period(
        None if period.start is None else start(period.start),
        None if period.end is None else start(period.end),
    )
