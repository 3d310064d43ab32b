"""When the shop trades: learnt from its sales, corrected by people."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from tillsight.forecasting.series import Counts, Flags, Floats

LOOKED_AT = 8
"""So many ordinary occurrences say whether a weekday is open."""

SELDOM = 0.1
"""Up to this share of open days without a sale, such days count as closed; above it, selling
nothing is usual, and only runs too long to be chance count as closed."""

BY_CHANCE = 0.02
"""A run of days without a sale that is less likely than this is a closure."""

QUIET_DAYS = 14
"""So many days in a row without a sale are a closure that says nothing about weekdays."""


class Because(StrEnum):
    """Why a day counts as open or closed."""

    traded = "traded"
    weekday = "weekday"
    holiday = "holiday"
    year_end = "year_end"
    corrected = "corrected"


@dataclass(frozen=True)
class Corrections:
    """What people said: of single days, of weekdays (1 Monday to 7 Sunday), of holidays by name.

    A day is stronger than a holiday, a holiday than a weekday.
    """

    days: Mapping[date, bool] = field(default_factory=dict)
    weekdays: Mapping[int, bool] = field(default_factory=dict)
    holidays: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenDay:
    """Whether a day is open, and why."""

    day: date
    is_open: bool
    because: Because
    holiday: str | None


@dataclass(frozen=True)
class Weekday:
    """A weekday (1 Monday to 7 Sunday): `traded` of the `occurrences` looked at had a sale.

    `is_open` is what is expected of days to come; `corrected` where somebody said so.
    """

    weekday: int
    is_open: bool
    traded: int
    occurrences: int
    corrected: bool


@dataclass(frozen=True)
class Calendar:
    """What was learnt of the days from `first` on: `traded[i]` had a sale, `was_open[i]` counts as
    open. Days outside of them are answered by the rules of weekday, holiday and turn of the year.
    """

    first: date
    traded: Flags
    was_open: Flags
    weekdays: tuple[Weekday, ...]
    holidays: Mapping[date, str]
    corrections: Corrections
    holiday_trade: Mapping[str, bool]
    other_holidays: bool | None

    @property
    def end(self) -> date:
        """The day after the last one known."""
        return self.first + timedelta(days=len(self.traded))

    def is_open(self, day: date) -> bool:
        """Whether the shop trades, or traded, on a day."""
        return self.explained(day).is_open

    def flags(self, start: date, days: int) -> Flags:
        """Open or not, (days,), from a day on."""
        return np.array([one.is_open for one in self.explain(start, days)], dtype=np.bool_)

    def explain(self, start: date, days: int) -> list[OpenDay]:
        """Each of so many days from a day on, with the reason."""
        return [self.explained(day) for day in _days(start, days)]

    def explained(self, day: date) -> OpenDay:
        """Whether a day is open, and why: what people said, what was, what is expected."""
        holiday = self.holidays.get(day)
        if day in self.corrections.days:
            return OpenDay(day, self.corrections.days[day], Because.corrected, holiday)
        if self.first <= day < self.end:
            return self._past(day, holiday)
        return self.expected(day)

    def expected(self, day: date) -> OpenDay:
        """What the rules expect of a day, whatever happened on it."""
        weekday = self.weekdays[day.isoweekday() - 1]
        holiday = self.holidays.get(day)
        if holiday is not None and holiday in self.corrections.holidays:
            is_open = self.corrections.holidays[holiday]
            return OpenDay(day, is_open, Because.corrected, holiday)
        because = Because.corrected if weekday.corrected else Because.weekday
        if not weekday.is_open:
            return OpenDay(day, is_open=False, because=because, holiday=holiday)
        if holiday is not None:
            trades = self.holiday_trade.get(holiday, self.other_holidays)
            if trades is not None:
                return OpenDay(day, trades, Because.holiday, holiday)
        if _is_turn_of_year(day) and self._closed_a_year_before(day):
            return OpenDay(day, is_open=False, because=Because.year_end, holiday=holiday)
        return OpenDay(day, is_open=True, because=because, holiday=holiday)

    def _past(self, day: date, holiday: str | None) -> OpenDay:
        position = (day - self.first).days
        is_open = bool(self.was_open[position])
        if self.traded[position]:
            return OpenDay(day, is_open, Because.traded, holiday)
        rule = self.expected(day)
        if rule.is_open == is_open:
            return rule
        return OpenDay(day, is_open, Because.traded, holiday)

    def _closed_a_year_before(self, day: date) -> bool:
        """Whether the same date was closed the last time it was seen. Where its weekday never
        trades, that date says nothing, and the open weekdays around it do.
        """
        for year in (day.year - 1, day.year - 2):
            before = day.replace(year=year)
            if self.first <= before < self.end:
                return not any(self._traded_near(before))
        return False

    def _traded_near(self, day: date) -> Iterator[bool]:
        """Trade on a date, or around it where its weekday never trades."""
        if self.weekdays[day.isoweekday() - 1].is_open:
            yield self._traded(day)
            return
        for step in (-1, 1):
            near = day
            while not self.weekdays[near.isoweekday() - 1].is_open:
                near += timedelta(days=step)
            yield self._traded(near)

    def _traded(self, day: date) -> bool:
        position = (day - self.first).days
        return 0 <= position < len(self.traded) and bool(self.traded[position])


def learn(
    first: date, traded: Flags, holidays: Mapping[date, str], corrections: Corrections
) -> Calendar:
    """The calendar of a shop whose sales say, from `first` on, which days had one, (n,).

    A weekday is open if traded on at least half of its last 8 ordinary occurrences; a holiday
    behaves as it did the last time; 20 December to 6 January is closed where it was a year before.
    Corrections win: of a day, then of a holiday, then of a weekday.
    """
    traded = np.asarray(traded, dtype=np.bool_)
    ordinary = _ordinary(first, traded, holidays, corrections)
    learnt = _weekdays(first, traded, ordinary)
    weekdays = tuple(_corrected(one, corrections.weekdays) for one in learnt)
    opens = np.array([one.is_open for one in learnt])
    on_open_weekdays = opens[_weekday_positions(first, len(traded))]
    trade = _holiday_trade(first, traded, on_open_weekdays, holidays)
    others = _mostly(trade.values())
    was_open = traded | (on_open_weekdays & ~_closures(traded, on_open_weekdays, ordinary))
    return Calendar(first, traded, was_open, weekdays, holidays, corrections, trade, others)


def _days(start: date, days: int) -> Iterator[date]:
    return (start + timedelta(days=i) for i in range(days))


def _weekday_positions(first: date, days: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """0 Monday to 6 Sunday of each day, (days,)."""
    return (first.weekday() + np.arange(days)) % 7


def _is_turn_of_year(day: date) -> bool:
    return (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6)


def _ordinary(
    first: date, traded: Flags, holidays: Mapping[date, str], corrections: Corrections
) -> Flags:
    """Days that say something of their weekday, (n,): no holiday, not the turn of the year, not
    corrected, not in a long closure.
    """
    days = list(_days(first, len(traded)))
    special = np.array(
        [day in holidays or day in corrections.days or _is_turn_of_year(day) for day in days],
        dtype=np.bool_,
    )
    ordinary = ~special & ~_quiet(traded)
    return ordinary if (ordinary & traded).any() else ~_quiet(traded)


def _quiet(traded: Flags) -> Flags:
    """Days in runs of two weeks and more without a sale, (n,)."""
    quiet = np.zeros(len(traded), dtype=np.bool_)
    for start, end in _runs(~traded):
        quiet[start:end] = end - start >= QUIET_DAYS
    return quiet


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Half-open spans in which flags are set."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _weekdays(first: date, traded: Flags, ordinary: Flags) -> tuple[Weekday, ...]:
    """What is learnt of Monday to Sunday; one that the history has not reached yet is open."""
    positions = _weekday_positions(first, len(traded))
    seen = [traded[ordinary & (positions == one)][-LOOKED_AT:] for one in range(7)]
    counts = np.array([one.sum() for one in seen])
    occurrences = np.array([len(one) for one in seen])
    opens = _opens(counts, counts / np.maximum(1, occurrences))
    if counts.any():
        opens |= occurrences == 0  # a few days old, nothing speaks against the other weekdays
    opens |= (np.bincount(positions, minlength=7) == 0) & traded.any()
    return tuple(
        Weekday(i + 1, bool(opens[i]), int(counts[i]), len(seen[i]), corrected=False)
        for i in range(7)
    )


def _opens(counts: Counts, shares: Floats) -> Flags:
    """Which weekdays are open, (7,), by how often and on what share each traded.

    Half of the occurrences are enough. A shop that often sells nothing on an open day misses that
    by chance: there, a third of what is usual is enough. A shop that trades on another day each
    week would have no open weekday: there, any trade is enough.
    """
    opens = shares >= 0.5
    if counts.sum() > 2 * counts[opens].sum():
        return counts > 0
    usual = float(np.median(shares[opens])) if opens.any() else 0.0
    return opens | (shares > usual / 3) if usual < 1 - SELDOM else opens


def _corrected(learnt: Weekday, corrections: Mapping[int, bool]) -> Weekday:
    if learnt.weekday not in corrections:
        return learnt
    return replace(learnt, is_open=corrections[learnt.weekday], corrected=True)


def _holiday_trade(
    first: date, traded: Flags, on_open_weekdays: Flags, holidays: Mapping[date, str]
) -> dict[str, bool]:
    """By name, whether the shop traded on the last one that fell on an open weekday."""
    trade = {}
    for day in sorted(holidays):
        position = (day - first).days
        if 0 <= position < len(traded) and on_open_weekdays[position]:
            trade[holidays[day]] = bool(traded[position])
    return trade


def _mostly(seen: Iterable[bool]) -> bool | None:
    """What holidays never seen do: as most of those seen; unknown where none was."""
    flags = list(seen)
    return sum(flags) * 2 > len(flags) if flags else None


def _closures(traded: Flags, on_open_weekdays: Flags, ordinary: Flags) -> Flags:
    """Days of open weekdays without a sale that were closed, (n,); the others sold nothing."""
    looked_at = on_open_weekdays & ordinary
    idle = 1 - traded[looked_at].mean() if looked_at.any() else 0.0
    if idle <= SELDOM:
        return ~traded
    closed = np.zeros(len(traded), dtype=np.bool_)
    opening = np.flatnonzero(on_open_weekdays)
    for start, end in _runs(~traded[opening]):
        closed[opening[start:end]] = idle ** (end - start) < BY_CHANCE
    return closed
