"""Values of dimensions as the API writes them: in words, and buckets of time as days."""

from datetime import date, timedelta

from tillsight import formats
from tillsight.dashboard import charts, texts
from tillsight.dashboard.orders import texts as own_texts
from tillsight.dashboard.periods import Span

DAYS_OF_WEEK = timedelta(days=7)
BUCKETS = ("day", "week", "month", "quarter", "year")
"""Dimensions whose values are spans of the calendar, from fine to coarse."""
SHORT = {"day": formats.short_day, "week": formats.short_day, "month": formats.short_month}
"""How the first day of a bucket names it on an axis."""


def in_words(dimension: str, value: str | float | None, name: str | None = None) -> str:
    """A value of a dimension, as people say it; `name` is what an id stands for."""
    if value is None or value == "":
        return texts.UNKNOWN
    text = str(value)
    if dimension in {"day", "week", "month"}:
        return charts.bucket_name(dimension, text)
    if dimension == "quarter":
        year, quarter = text.split("-Q")
        return own_texts.QUARTER.format(quarter=quarter, year=year)
    if dimension == "weekday":
        return own_texts.WEEKDAYS.get(text, text)
    if dimension == "hour" and text.isdecimal():
        return own_texts.HOUR.format(hour=int(text))
    return name or text


def in_short(dimension: str, value: str | float | None, name: str | None = None) -> str:
    """The same for an axis, where there is little room."""
    if dimension in SHORT and value:
        return SHORT[dimension](charts.bucket_start(dimension, str(value)))
    if dimension == "hour" and value is not None:
        return own_texts.HOUR_SHORT.format(hour=int(value))
    if dimension == "weekday" and value is not None:
        return in_words(dimension, value)[:3]
    return in_words(dimension, value, name)


def span_of(bucket: str, text: str) -> Span:
    """The days of a bucket.

    Raises:
        ValueError: it is not written as the API writes it.
    """
    if bucket == "year":
        return Span(date(int(text), 1, 1), date(int(text) + 1, 1, 1))
    if bucket == "quarter":
        year, quarter = text.split("-Q")
        return _months(date(int(year), 3 * int(quarter) - 2, 1), 3)
    start = charts.bucket_start(bucket, text)
    if bucket == "month":
        return _months(start, 1)
    return Span(start, start + (DAYS_OF_WEEK if bucket == "week" else timedelta(days=1)))


def _months(start: date, count: int) -> Span:
    place = start.year * 12 + start.month - 1 + count
    return Span(start, date(place // 12, place % 12 + 1, 1))


def narrowed(span: Span, within: Span) -> Span | None:
    """The days in both; None where there are none."""
    start = max(filter(None, (span.start, within.start)), default=None)
    end = min(filter(None, (span.end, within.end)), default=None)
    return None if start and end and start >= end else Span(start, end)
