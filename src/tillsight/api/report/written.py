"""How a report writes changes, measures and days, as is usual in the language that is spoken."""

from datetime import date

from tillsight import formats
from tillsight.api.report import texts
from tillsight.metrics.catalogue import Measure, Unit
from tillsight.metrics.periods import DAY, Period, read_bucket

MOST_GROWTH = 9.99
"""Of what grew from nearly nothing nobody wants to know by how many percent."""


def changed_money(value: float, currency: str) -> str:
    """A difference with its sign."""
    return f"{'+' if value > 0 else ''}{formats.money(value, currency)}"


def measured(value: float | None, measure: Measure, currency: str) -> str:
    """A value in the unit of its measure."""
    if measure.unit is Unit.money:
        return formats.money(value, currency)
    if is_rate(measure):
        return formats.NOTHING if value is None else formats.rate(value)
    return formats.number(value)


def is_rate(measure: Measure) -> bool:
    """Whether a measure is a part of a whole, which people say in percent."""
    return measure.unit is Unit.ratio and measure.name.endswith("_rate")


def grown(measure: Measure, now: float | None, before: float | None, value: float | None) -> str:
    """The growth of a measure: of a rate in points, as a percentage of percents misleads."""
    if not is_rate(measure) or now is None or before is None:
        return growth(value)
    return texts.RATE_POINTS.format(number=formats.points(now - before))


def growth(value: float | None) -> str:
    """A growth with its sign; nothing where there was nothing before."""
    if value is None:
        return formats.NOTHING
    if value > MOST_GROWTH:
        return texts.MOST_GROWTH.format(share=f"+{formats.percent(MOST_GROWTH)}")
    return formats.change(value)


def window(period: Period) -> str:
    """The days of a closed period."""
    if period.start is None or period.end is None:
        raise ValueError("an open period has no last day")
    return formats.days(period.start, max(period.start, period.end - DAY))


def step(grain: str, text: str) -> str:
    """A step of time as the API writes it, in words."""
    start = read_bucket(grain, text)
    if grain == "month":
        return formats.month(start)
    day = formats.day(start)
    return texts.WEEK_OF.format(day=day) if grain == "week" else day


def short_step(grain: str, text: str) -> str:
    """A step of time below an axis."""
    start = read_bucket(grain, text)
    if grain == "month":
        return formats.short_month(start)
    return f"{formats.short_day(start)} {start.year}"


def note_days(start: date, end: date) -> str:
    """The days of a note, which ends the day before `end`."""
    return formats.days(start, end - DAY)
