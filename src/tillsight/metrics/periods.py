"""Spans of days and what they are compared with; the buckets of time and how they are written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tillsight.errors import InvalidInput

DAY = timedelta(days=1)


class Compare(StrEnum):
    """What a period is compared with."""

    previous_period = "previous_period"
    previous_year = "previous_year"


@dataclass(frozen=True)
class Period:
    """The days from `start` up to, and without, `end`; None is open."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        """Refuse a span that ends before it begins."""
        if self.start and self.end and self.end < self.start:
            raise InvalidInput(f"The period ends ({self.end}) before it begins ({self.start}).")

    def within(self, first: date, last: date) -> "Period":
        """The part of it from the day `first` to the day `last`; may be empty."""
        start = max(self.start or first, first)
        return Period(start, max(start, min(self.end or last + DAY, last + DAY)))


def before(period: Period, compare: Compare, last: date | None) -> tuple[Period, Period] | None:
    """The period as it is compared, and the one it is compared with.

    A period that the data (up to the day `last`) do not fill yet is cut first, so that like meets
    like. Whole months are compared with as many whole months before, other spans with as many
    days before. A period without beginning, or so long that the one before it would begin before
    the year 1, has nothing before it.
    """
    if period.start is None or last is None:
        return None
    end = min(period.end or last + DAY, last + DAY)
    if end <= period.start:
        return None
    try:
        return Period(period.start, end), _earlier(period.start, end, compare)
    except (OverflowError, ValueError):  # it would begin before the year 1
        return None


def _earlier(start: date, end: date, compare: Compare) -> Period:
    if compare is Compare.previous_year:
        return Period(add_months(start, -12), add_months(end, -12))
    if start.day == end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        return Period(add_months(start, -months), start)
    return Period(start - (end - start), start)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the month's last day where it has no such day."""
    place = day.year * 12 + day.month - 1 + months
    first = date(place // 12, place % 12 + 1, 1)
    following = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - DAY)


@dataclass(frozen=True)
class Bucket:
    """One grain of time: where a bucket begins, where the next does, how it is written."""

    start: Callable[[date], date]
    following: Callable[[date], date]
    write: Callable[[date], str]

    def all_of(self, period: Period) -> Iterator[date]:
        """The beginnings of the buckets that a closed period touches."""
        if period.start is None or period.end is None:
            raise ValueError("an open period has no last bucket")
        at = self.start(period.start)
        while at < period.end:
            yield at
            at = self.following(at)


def _write_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


BUCKETS = {
    "day": Bucket(lambda day: day, lambda day: day + DAY, date.isoformat),
    "week": Bucket(
        lambda day: day - timedelta(days=day.weekday()),
        lambda day: day + timedelta(days=7),
        _write_week,
    ),
    "month": Bucket(
        lambda day: day.replace(day=1),
        lambda day: add_months(day, 1),
        lambda day: f"{day.year:04}-{day.month:02}",
    ),
    "quarter": Bucket(
        lambda day: date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
        lambda day: add_months(day, 3),
        lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}",
    ),
    "year": Bucket(
        lambda day: date(day.year, 1, 1),
        lambda day: add_months(day, 12),
        lambda day: f"{day.year:04}",
    ),
}


def read_bucket(grain: str, text: str) -> date:
    """The first day of a bucket as it is written, such as 2024-W19.

    Raises:
        InvalidInput: it is not written so.
    """
    try:
        match grain:
            case "week":
                year, week = text.split("-W")
                day = date.fromisocalendar(int(year), int(week), 1)
            case "quarter":
                year, quarter = text.split("-Q")
                day = date(int(year), int(quarter) * 3 - 2, 1)
            case "month":
                day = date.fromisoformat(f"{text}-01")
            case "year":
                day = date(int(text), 1, 1)
            case _:
                day = date.fromisoformat(text)
        if BUCKETS[grain].write(day) == text:
            return day
    except ValueError:
        pass
    example = BUCKETS[grain].write(date(2024, 5, 7))
    raise InvalidInput(f"“{text[:40]}” is not a {grain} such as {example}.")
