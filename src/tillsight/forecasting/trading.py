"""The days of the whole shop: when it traded, what people said of them, which of them count."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

import numpy as np
from sqlalchemy.orm import Session

from tillsight.forecasting.corrections import fingerprint, read_corrections
from tillsight.forecasting.open_days import Calendar, Corrections, learn
from tillsight.forecasting.outcome import Notice
from tillsight.forecasting.public_holidays import holidays_of
from tillsight.forecasting.series import Flags
from tillsight.metrics.notes import not_ordinary_notes
from tillsight.metrics.periods import DAY, Period
from tillsight.metrics.query import compute
from tillsight.metrics.question import Filters, Question
from tillsight.warehouse import Snapshot

MOST_DAYS = 3653
"""Days of history that a forecast looks at: ten years."""
YEARS_AHEAD = 4
"""Years after the last one with sales whose public holidays are known."""
WEEKS_COMPARED, FEWEST_COMPARED = 8, 3
"""How many days of the same weekday tell when the last day should have ended."""
HOURS_EARLY = 2
"""Hours before the usual last one that a day has to end to count as unfinished."""


@dataclass(frozen=True)
class OneOff:
    """Days that somebody called not ordinary, and why."""

    first_day: date
    last_day: date
    text: str


@dataclass(frozen=True)
class Around:
    """What a forecast depends on beside the sales; `today` is the day it is where the shop is."""

    today: date
    country: str = ""
    corrections: Corrections = field(default_factory=Corrections)
    one_offs: tuple[OneOff, ...] = ()

    def key(self) -> Hashable:
        """The same where everything is the same."""
        return self.today, self.country, self.one_offs, fingerprint(self.corrections)


@dataclass(frozen=True)
class Trading:
    """The days from `first` to `last`, (n,) each, and when the shop will be open after them.

    `last` is the last day with data, today or before. `as_of` is the last one that counts: `last`,
    or the day before where `last` seems unfinished.
    """

    first: date
    last: date
    as_of: date
    calendar: Calendar
    is_open: Flags
    is_ordinary: Flags
    notices: tuple[Notice, ...]

    @property
    def period(self) -> Period:
        """The days of history."""
        return Period(self.first, self.last + DAY)


def around(session: Session, today: date, country: str) -> Around:
    """What people said up to now: corrections of the calendar, and days that are not ordinary."""
    notes = not_ordinary_notes(session)
    one_offs = tuple(OneOff(one.first_day, one.last_day, one.text) for one in notes)
    return Around(today, country, read_corrections(session), one_offs)


def trading_of(at: Snapshot, given: Around) -> Trading | None:
    """The days of the shop at this version; None where nothing was sold up to today."""
    return at.once(("trading", given.key()), lambda: _trading(at, given))


def _trading(at: Snapshot, given: Around) -> Trading | None:
    [(first, last, latest)] = at.rows(
        "SELECT min(day), max(day) FILTER (day <= ?), max(day) FROM daily_sales", [given.today]
    )
    if last is None:
        return None
    notices = []
    if latest > last:
        notices.append(_after_today(given.today))
    if (last - first).days >= MOST_DAYS:
        first = last - timedelta(days=MOST_DAYS - 1)
        notices.append(_older(first))
    traded = by_day(at, "lines", {}, Period(first, last + DAY)) > 0
    if not traded.any():
        return None
    years = range(first.year, last.year + YEARS_AHEAD + 1)
    calendar = learn(first, traded, holidays_of(given.country, years), given.corrections)
    is_ordinary = ordinary_days(given.one_offs, first, len(traded))
    as_of = last
    if _ended_early(at, last, is_ordinary):
        as_of, is_ordinary[-1] = last - DAY, False
        notices.append(_unfinished(last))
    is_open = calendar.flags(first, len(traded))
    return Trading(first, last, as_of, calendar, is_open, is_ordinary, tuple(notices))


def ordinary_days(one_offs: Sequence[OneOff], first: date, days: int) -> Flags:
    """Which of so many days from `first` on nobody called not ordinary, (days,)."""
    flags = np.ones(days, dtype=np.bool_)
    for one in one_offs:
        start = max((one.first_day - first).days, 0)
        flags[start : max((one.last_day - first).days + 1, 0)] = False
    return flags


def by_day(at: Snapshot, measure: str, filters: Filters, period: Period) -> np.ndarray:
    """The measure of each day of a closed period, 0 where nothing was sold.

    Raises:
        UnknownName, InvalidInput: as `query.answer`.
    """
    if period.start is None or period.end is None:
        raise ValueError("an open period has no last day")
    values = np.zeros((period.end - period.start).days)
    # Ordered, so that days without sales are not filled in: they are zeros here already.
    asked = Question([measure], ["day"], period, filters, order="day")
    for row in compute(at, asked).rows:
        values[(date.fromisoformat(row["day"]) - period.start).days] = row[measure]
    return values


def _ended_early(at: Snapshot, last: date, is_ordinary: Flags) -> bool:
    """Whether the last day ended clearly earlier than the same weekday did before.

    False where no times of day are known, or too few such days.
    """
    hours = _last_hours(at, last, len(is_ordinary))
    ended = hours.pop(last, None)
    usual = [hour for day, hour in hours.items() if is_ordinary[(day - last).days - 1]]
    if ended is None or len(usual) < FEWEST_COMPARED:
        return False
    return ended < min(usual) and ended <= median(usual) - HOURS_EARLY


def _last_hours(at: Snapshot, last: date, days: int) -> dict[date, int]:
    """The last hour with a sale of a day and of the same weekday before it, within `days`."""
    start = last - min(timedelta(weeks=WEEKS_COMPARED), timedelta(days=days - 1))
    filters = {"weekday": [str(last.isoweekday())]}
    asked = Question(["lines"], ["day", "hour"], Period(start, last + DAY), filters, order="hour")
    return {
        date.fromisoformat(row["day"]): row["hour"]
        for row in compute(at, asked).rows
        if row["hour"] is not None and row["lines"] > 0
    }


def _after_today(today: date) -> Notice:
    text = f"Some sales are dated after today ({today}). They do not count as history."
    return Notice("future_dates", text)


def _older(first: date) -> Notice:
    return Notice("older_left_out", f"History before {first} is left out: ten years are enough.")


def _unfinished(last: date) -> Notice:
    text = (
        f"The last day with sales, {last}, ended earlier than usual. It seems unfinished and is"
        " left out."
    )
    return Notice("unfinished_last_day", text)
