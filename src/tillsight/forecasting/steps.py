"""From days to the steps of a series: days, weeks or months, and those that are to come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.trading import Trading
from tillsight.forecasting.words import Grain
from tillsight.metrics.periods import DAY

FEWEST_OPEN_DAYS = 14
"""Open days under which nothing but their average is told: unfinished steps help then, too."""
ORDINARY_SHARE = 0.5
"""Share of its open days that has to be ordinary for a week or month to count."""
EVERY_WEEKDAY = frozenset(range(1, 8))
_FIRST_DAY, _FIRST_MONDAY = date(1970, 1, 1), date(1969, 12, 29)


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the days: steps of which grain, how many ahead, on which weekdays alone.

    No value to come is below `lowest`.
    """

    grain: Grain
    horizon: int
    weekdays: Collection[int] = EVERY_WEEKDAY
    lowest: float = 0.0


@dataclass(frozen=True)
class Stepped:
    """The series for the engine, and what is told of its steps.

    `starts` are the first days of the finished steps, (n,), and `values` all that was sold in them,
    (n,), one-off days included. `ahead` are the first days of the steps to come, (h,), and `end`
    the day after them. The series may have an unfinished step more.
    """

    series: Series
    starts: list[date]
    values: Floats
    ahead: list[date]
    end: date


def stepped(trading: Trading, values: Floats, wanted: Wanted) -> Stepped:
    """The days of the shop with a value each, (n,), as steps; the first one is the first sold in.

    An unfinished step at either end is left out, unless too few open days would be left.
    """
    grain = wanted.grain
    numbers = _numbers(trading.first, len(values), grain)
    is_open = trading.is_open & falls_on(trading.first, len(values), wanted.weekdays)
    sold_in = numbers[np.argmax(values != 0)]  # the first of all where nothing was
    begin, following = sold_in + _is_cut(trading, sold_in, grain), _following(trading, grain)
    kept = (numbers >= begin) & (numbers < following)
    if (is_open & trading.is_ordinary & kept).sum() < FEWEST_OPEN_DAYS:
        begin, kept = sold_in, numbers >= sold_in
    places = numbers[kept] - begin
    days = values[kept], is_open[kept], trading.is_ordinary[kept]
    starts = [start_of(int(one), grain) for one in range(begin, following)]
    ahead = [start_of(following + one, grain) for one in range(wanted.horizon + 1)]
    series = Series(
        grain,
        start_of(int(begin), grain),
        *(_as_days(*days) if grain is Grain.day else _summed(places, *days)),
        _open_ahead(trading, wanted, ahead),
        wanted.lowest,
    )
    whole = np.bincount(places, values[kept], len(starts)).astype(np.float64)
    return Stepped(series, starts, whole[: len(starts)], ahead[:-1], ahead[-1])


def start_of(number: int, grain: Grain) -> date:
    """First day of a step by its number, which counts from 1970 on."""
    match grain:
        case Grain.day:
            return _FIRST_DAY + timedelta(days=number)
        case Grain.week:
            return _FIRST_MONDAY + timedelta(weeks=number)
        case Grain.month:
            return date(1970 + number // 12, number % 12 + 1, 1)


def number_of(day: date, grain: Grain) -> int:
    """Number of the step that a day lies in."""
    return int(_numbers(day, 1, grain)[0])


def falls_on(first: date, days: int, weekdays: Collection[int]) -> Flags:
    """Which of so many days are one of the weekdays, 1 Monday to 7 Sunday, (days,)."""
    every = (first.weekday() + np.arange(days)) % 7 + 1
    return np.isin(every, list(weekdays))


def _numbers(first: date, days: int, grain: Grain) -> Counts:
    """Number of the step of each of so many days, (days,)."""
    every = np.datetime64(first, "D") + np.arange(days)
    match grain:
        case Grain.day:
            return every.astype(np.int64)
        case Grain.week:
            return (every - np.datetime64(_FIRST_MONDAY)).astype(np.int64) // 7
        case Grain.month:
            return every.astype("datetime64[M]").astype(np.int64)


def _is_cut(trading: Trading, number: int, grain: Grain) -> bool:
    """Whether a step has open days before the first one known."""
    start = start_of(int(number), grain)
    before = max((trading.first - start).days, 0)
    return bool(trading.calendar.flags(start, before).any())


def _following(trading: Trading, grain: Grain) -> int:
    """Number of the first step to forecast: the one after the last finished one."""
    if grain is Grain.day:
        return number_of(trading.last, grain) + 1
    number = number_of(trading.as_of, grain)
    left = (start_of(number + 1, grain) - trading.as_of).days - 1
    is_unfinished = trading.calendar.flags(trading.as_of + DAY, left).any()
    return number if is_unfinished else number + 1


def _open_ahead(trading: Trading, wanted: Wanted, ahead: list[date]) -> Counts:
    """Open days of each step to come, (h,)."""
    first, days = ahead[0], (ahead[-1] - ahead[0]).days
    is_open = trading.calendar.flags(first, days) & falls_on(first, days, wanted.weekdays)
    numbers = _numbers(first, days, wanted.grain)
    return np.bincount(numbers - numbers[0], is_open, wanted.horizon).astype(np.int64)


def _as_days(values: Floats, is_open: Flags, is_ordinary: Flags) -> tuple[Floats, Counts, Flags]:
    return values, is_open.astype(np.int64), is_ordinary


def _summed(
    places: Counts, values: Floats, is_open: Flags, is_ordinary: Flags
) -> tuple[Floats, Counts, Flags]:
    """Days as the weeks or months they lie in, which stand for their ordinary days alone.

    A step of mostly one-off days keeps all of them, and is not ordinary itself.
    """
    open_days = np.bincount(places, is_open)
    counted = np.bincount(places, is_open & is_ordinary)
    ordinary = counted >= ORDINARY_SHARE * open_days
    in_all = np.bincount(places, values)
    of_ordinary = np.bincount(places, values * is_ordinary)
    kept_days = np.where(ordinary, counted, open_days).astype(np.int64)
    return np.where(ordinary, of_ordinary, in_all), kept_days, ordinary
