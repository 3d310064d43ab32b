"""The spans that can be picked with one click, as days."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Preset(StrEnum):
    """A span that ends with the last day of the data; its value is how addresses write it."""

    day = "1d"
    week = "7d"
    month = "30d"
    quarter = "90d"
    month_to_date = "mtd"
    quarter_to_date = "qtd"
    year_to_date = "ytd"
    last_year = "last-year"
    all = "all"
    custom = "custom"


class Compare(StrEnum):
    """What the days are compared with; its value is the API's word."""

    previous_period = "previous_period"
    previous_year = "previous_year"
    nothing = "nothing"


class Grain(StrEnum):
    """How finely time is divided in the chart."""

    auto = "auto"
    day = "day"
    week = "week"
    month = "month"


@dataclass(frozen=True)
class Span:
    """The days from `start` up to, and without, `end`; None is open."""

    start: date | None = None
    end: date | None = None


def span_of(preset: Preset, last: date) -> Span:
    """The days of a preset, counted back from the last day of the data; a custom one is open."""
    end = last + timedelta(days=1)
    starts = {
        Preset.day: last,
        Preset.week: end - timedelta(days=7),
        Preset.month: end - timedelta(days=30),
        Preset.quarter: end - timedelta(days=90),
        Preset.month_to_date: last.replace(day=1),
        Preset.quarter_to_date: date(last.year, (last.month - 1) // 3 * 3 + 1, 1),
        Preset.year_to_date: date(last.year, 1, 1),
    }
    if preset is Preset.last_year:
        return Span(date(last.year - 1, 1, 1), date(last.year, 1, 1))
    return Span(starts[preset], end) if preset in starts else Span()


def grain_of(grain: Grain, span: Span, first: date, last: date) -> Grain:
    """The grain that was picked, or the one that gives a line one can read."""
    if grain is not Grain.auto:
        return grain
    start = max(span.start or first, first)
    end = min(span.end or last, last)
    length = (end - start).days
    if length <= 92:
        return Grain.day
    return Grain.week if length <= 400 else Grain.month
