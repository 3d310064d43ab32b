"""The open-day calendar as it is told: days, what was learnt of weekdays and holidays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tillsight.errors import InvalidInput
from tillsight.forecasting.asked import Sources
from tillsight.forecasting.open_days import Calendar, OpenDay, Weekday
from tillsight.forecasting.public_holidays import holidays_of
from tillsight.forecasting.trading import trading_of
from tillsight.metrics.notes import FIRST_YEAR, LAST_YEAR
from tillsight.metrics.periods import DAY, Period

MOST_DAYS = 3 * 366
USUAL_DAYS = 42


@dataclass(frozen=True)
class ToldDay:
    """A day, and whether it had a sale; None where the sales do not reach it."""

    open_day: OpenDay
    traded: bool | None


@dataclass(frozen=True)
class ToldHoliday:
    """A public holiday: whether the shop is open on it, as the last time, else as on most others.

    None where none of them was seen yet, and nothing was said of it.
    """

    name: str
    is_open: bool | None
    corrected: bool


@dataclass(frozen=True)
class ShopCalendar:
    """The days of a closed span, and what was learnt; nothing of it where nothing was sold."""

    span: Period
    data_version: int
    days: Sequence[ToldDay] = ()
    weekdays: Sequence[Weekday] = ()
    holidays: Sequence[ToldHoliday] = ()


def shop_calendar(sources: Sources, asked: Period) -> ShopCalendar:
    """When the shop was and will be open on the days asked for: six weeks from today on, unless
    said otherwise.

    Raises:
        InvalidInput: there are no such days, or too many of them.
        Unavailable: it takes too long.
    """
    span = checked_span(asked, sources.today)
    given = sources.around()
    with sources.warehouse.snapshot() as at:
        trading = trading_of(at, given)
        if trading is None:
            return ShopCalendar(span, at.version)
        calendar = _with_holidays(trading.calendar, sources.country, span)
        days = [_told(calendar, one) for one in calendar.explain(*_start_and_days(span))]
        return ShopCalendar(span, at.version, days, calendar.weekdays, _holidays(calendar))


def checked_span(asked: Period, today: date) -> Period:
    """The days that are meant, both ends.

    Raises:
        InvalidInput: there are no such days, or too many of them.
    """
    usual = timedelta(days=USUAL_DAYS)
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    if any(day and day.year not in years for day in (asked.start, asked.end)):
        raise InvalidInput(f"The calendar has the years {FIRST_YEAR} to {LAST_YEAR}.")
    start = asked.start or (asked.end - usual if asked.end else today)
    end = asked.end or start + usual
    if (end - start).days > MOST_DAYS:
        raise InvalidInput(f"Ask for {MOST_DAYS:,} days at most, which are three years.")
    return Period(start, end)


def _start_and_days(span: Period) -> tuple[date, int]:
    if span.start is None or span.end is None:
        raise ValueError("an open period has no days to count")
    return span.start, (span.end - span.start).days


def _with_holidays(calendar: Calendar, country: str, span: Period) -> Calendar:
    """The calendar with the holidays of the days asked for, which may lie far away."""
    start, days = _start_and_days(span)
    years = range(start.year, (start + days * DAY).year + 1)
    return replace(calendar, holidays={**holidays_of(country, years), **calendar.holidays})


def _told(calendar: Calendar, day: OpenDay) -> ToldDay:
    position = (day.day - calendar.first).days
    known = 0 <= position < len(calendar.traded)
    return ToldDay(day, bool(calendar.traded[position]) if known else None)


def _holidays(calendar: Calendar) -> list[ToldHoliday]:
    """Each holiday once, by its name."""
    corrected = calendar.corrections.holidays
    found = []
    for name in sorted(set(calendar.holidays.values())):
        learnt = calendar.holiday_trade.get(name, calendar.other_holidays)
        found.append(ToldHoliday(name, corrected.get(name, learnt), name in corrected))
    return found
