"""How likely a KPI reaches its target by the end of the year: its own history, played on by chance.

The level of the values is followed by simple exponential smoothing. How quickly it moves is not
known, so each simulation takes one of several speeds, the oftener the better that speed foretold
the past; speed 0 is the plain mean. It goes on from the last level with errors drawn from those
that were made before. Where two years of values are known, the time of the year counts too.

docs/kpis.md tells the same in more words, and what it cannot know.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tillsight.kpis.progress import (
    ON_TRACK,
    Promise,
    Values,
    aggregate,
    begun_by,
    of_year,
    target_of,
    target_on,
)
from tillsight.kpis.spans import is_over, periods_within, write_period, year_of
from tillsight.kpis.words import Aggregation, Periodicity, Range
from tillsight.metrics.periods import DAY, Period

Floats = NDArray[np.float64]

FEWEST = 6
"""Values that are needed before anything is said."""
SIMULATIONS = 1000
LONGEST = 60
"""Values that the level is followed over: the newest."""
YEARS = 5
"""Of history that the time of the year is learnt from: the newest."""
PERIODS = {
    Periodicity.yearly: 1,
    Periodicity.quarterly: 4,
    Periodicity.monthly: 12,
    Periodicity.weekly: 52,
    Periodicity.daily: 365,
}
SPEEDS = (0.0, 0.1, 0.2, 0.35, 0.55, 0.8, 1.0)
"""How much of an error the level takes up; never less than the plain mean would."""
LEAST, MOST = 0.01, 0.99
"""What is never certain, while a period is to come that could decide otherwise."""


class Method(StrEnum):
    """What a probability comes from."""

    simulation = "simulation"
    seasonal_simulation = "seasonal_simulation"
    settled = "settled"


@dataclass(frozen=True, slots=True)
class Band:
    """What 10, 50 and 90 % of the simulations do not exceed: of the year to date at the end of a
    period that is to come.
    """

    period: str
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Chance:
    """The share of simulations, 0 to 1, in which the target is reached by the end of the year."""

    probability: float
    method: Method
    simulations: int
    history_periods: int


@dataclass(frozen=True, slots=True)
class TooLittle:
    """Why nothing is said: fewer values than needed."""

    needed: int
    have: int
    probability: None = None
    reason: str = "too little history"


Outlook = Chance | TooLittle


@dataclass(frozen=True, slots=True)
class Simulated:
    """The periods of the year that are to come, and the year to date at the end of each, a row a
    simulation.
    """

    starts: Sequence[date]
    x: Floats


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known on a day: `history` to learn from, the values of the `year` that stand, and of
    the unfinished period what there is `so_far`.
    """

    history: Values
    year: Values
    so_far: float | None
    to_come: Sequence[date]


def outlook(
    promise: Promise, bounds: Range, values: Values, as_of: date, seed: Sequence[int]
) -> tuple[Outlook, Simulated | None]:
    """How likely the target of the day `as_of` is reached by the end of its year.

    What was simulated comes with it, None where nothing was. The same `seed` gives the same.
    """
    known = _known(promise, values, as_of)
    have = len(known.history)
    if have < FEWEST:
        return TooLittle(FEWEST, have), None
    if not known.to_come:
        nothing = np.empty((1, 0))
        reached = _is_reached(promise, known, as_of, nothing, nothing)
        return Chance(float(reached[0]), Method.settled, 0, have), None
    lowest = _lowest(bounds, known.history)
    drawn, method = _drawn(promise.periodicity, known, np.random.default_rng(list(seed)))
    highest = np.inf if bounds.maximum is None else float(bounds.maximum)
    np.clip(drawn, lowest, highest, out=drawn)
    if known.so_far is not None and lowest >= 0:
        np.maximum(drawn[:, 0], known.so_far, out=drawn[:, 0])
    x = _year_to_date(promise.aggregation, known, drawn)
    share = float(_is_reached(promise, known, as_of, drawn, x).mean())
    if _is_settled(promise, known, as_of, lowest):
        method = Method.settled
    else:
        share = min(max(share, LEAST), MOST)
    return Chance(share, method, SIMULATIONS, have), Simulated(known.to_come, x)


def bands(periodicity: Periodicity, simulated: Simulated) -> list[Band]:
    """What was simulated, for each period to come in order."""
    cuts = np.percentile(simulated.x, (10, 50, 90), axis=0)
    return [
        Band(write_period(periodicity, start), *numbers)
        for start, numbers in zip(simulated.starts, cuts.T.round(4).tolist(), strict=True)
    ]


def _known(promise: Promise, values: Values, as_of: date) -> _Known:
    known, year = list(begun_by(values, as_of)), as_of.year
    newest, so_far = known[-1][0] if known else date.min, None
    # A sum goes on growing until its period is over; of others the newest value is what it is.
    over = is_over(promise.periodicity, newest, as_of + DAY)
    if promise.aggregation is Aggregation.sum and known and not over:
        so_far = float(known.pop()[1])
    after = newest if so_far is None else newest - DAY
    to_come = [start for start in _periods_of(promise.periodicity, year) if start > after]
    if newest not in to_come:  # it belongs to the year before, by the number of its week
        so_far = None
    return _Known(known, of_year(promise.periodicity, known, year), so_far, to_come)


@lru_cache(maxsize=64)
def _periods_of(periodicity: Periodicity, year: int) -> tuple[date, ...]:
    """Where the periods of a year begin."""
    # The week of 4 January is the first, and may begin in December.
    span = Period(date(year - 1, 12, 29), date(year + 1, 1, 1))
    every = periods_within(periodicity, span)
    return tuple(start for start in every if year_of(periodicity, start) == year)


def _lowest(bounds: Range, history: Values) -> float:
    """What no value is below: what was never below zero stays so."""
    least = min(value for _, value in history)
    if bounds.minimum is not None:
        return float(bounds.minimum)
    return 0.0 if least >= 0 else -np.inf


def _drawn(
    periodicity: Periodicity, known: _Known, rng: np.random.Generator
) -> tuple[Floats, Method]:
    """A row a simulation, a column a period to come."""
    count = len(known.to_come)
    dated = known.history[-YEARS * PERIODS[periodicity] :]
    history = np.array([float(value) for _, value in dated])
    months = [_month(periodicity, start) for start, _ in dated]
    season = _season(periodicity, [start.year for start, _ in dated], months, history)
    if season is None:
        return _played_on(history[-LONGEST:], count, 1.0, rng), Method.simulation
    plain = season.without(history, months)
    drawn = _played_on(plain[-LONGEST:], count, season.widening, rng)
    future = [_month(periodicity, start) for start in known.to_come]
    return season.added(drawn, future), Method.seasonal_simulation


def _played_on(history: Floats, periods: int, widening: float, rng: np.random.Generator) -> Floats:
    """Simulations of the values after `history`; its errors count `widening` times."""
    count = len(history)
    smoothing = _smoothing(count)
    errors = smoothing.errors @ history
    shares = np.cumsum(smoothing.likelihood(errors)[:-1])
    speeds = np.searchsorted(shares, (np.arange(SIMULATIONS) + 0.5) / SIMULATIONS)
    levels = (smoothing.levels @ history)[speeds]
    picked = rng.integers(0, count - 1, (SIMULATIONS, periods))
    # How large errors are is known from so few of them only: Student's t in place of the normal.
    scale = widening * np.sqrt((count - 1) / rng.chisquare(count - 1, SIMULATIONS))
    gains, wider = _future(count, periods)
    new = errors[speeds[:, None], picked] * scale[:, None] * wider[speeds]
    values = levels[:, None] + new
    values[:, 1:] += np.cumsum(gains[speeds] * new, axis=1)[:, :-1]
    return values


@dataclass(frozen=True)
class _Smoothing:
    """For each speed, what makes errors of one step, and the last level, of so many values.

    Errors are divided by how much wider they are while the level is known from few values;
    `handicap` is the logarithm of all these divisors.
    """

    errors: Floats
    levels: Floats
    handicap: Floats

    def likelihood(self, errors: Floats) -> Floats:
        """How likely each speed is, by how large its errors were."""
        squares = (errors**2).sum(axis=1)
        if not squares.min() > 0:
            return np.full(len(SPEEDS), 1 / len(SPEEDS))
        logs = -self.handicap - 0.5 * errors.shape[1] * np.log(squares)
        weights: Floats = np.exp(logs - logs.max())
        weights /= weights.sum()
        return weights


@lru_cache(maxsize=LONGEST)
def _smoothing(count: int) -> _Smoothing:
    errors = np.zeros((len(SPEEDS), count - 1, count))
    levels = np.zeros((len(SPEEDS), count))
    handicap = np.zeros(len(SPEEDS))
    for place, speed in enumerate(SPEEDS):
        level = levels[place]
        level[0] = 1
        for after in range(1, count):
            wider = np.sqrt((1 + max(speed, 1 / after)) / (1 + speed))
            error = -level
            error[after] += 1
            errors[place, after - 1] = error / wider
            handicap[place] += np.log(wider)
            level += max(speed, 1 / (after + 1)) * error
    return _Smoothing(errors, levels, handicap)


@lru_cache(maxsize=4 * LONGEST)
def _future(count: int, periods: int) -> tuple[Floats, Floats]:
    """For each speed and period to come: what of an error the level takes up, and how much wider
    errors are than the past ones.
    """
    after = count + np.arange(periods)
    speeds = np.array(SPEEDS)[:, None]
    gains = np.maximum(speeds, 1 / (after + 1))
    return gains, np.sqrt((1 + np.maximum(speeds, 1 / after)) / (1 + speeds))


@dataclass(frozen=True)
class _Season:
    """What a month makes of a value: so many times more, or so much more.

    `widening` is how much larger errors are than they look to whoever fitted the season to them.
    """

    effects: Floats
    is_factor: bool
    widening: float

    def without(self, values: Floats, months: Sequence[int]) -> Floats:
        """What values would be without the time of the year."""
        effects = self.effects[list(months)]
        return values / effects if self.is_factor else values - effects

    def added(self, values: Floats, months: Sequence[int]) -> Floats:
        """The other way."""
        effects = self.effects[list(months)]
        return values * effects if self.is_factor else values + effects


def _season(
    periodicity: Periodicity, years: Sequence[int], months: Sequence[int], values: Floats
) -> _Season | None:
    """The time of the year, where each month or quarter was seen in two years at least."""
    if periodicity is Periodicity.yearly:
        return None
    seen = Counter(month for _, month in set(zip(years, months, strict=True)))
    if len(seen) < min(12, PERIODS[periodicity]) or min(seen.values()) < 2:
        return None
    known = sorted(seen)
    is_factor = bool(values.min() > values.mean() / 20)
    # A straight trend is fitted beside the months, so that growth is not taken for a season.
    places = np.arange(len(values)) / len(values)
    is_month = np.array(months)[:, None] == np.array(known)
    design = np.column_stack([is_month, places - places.mean()])
    fitted = np.linalg.solve(
        design.T @ design, design.T @ (np.log(values) if is_factor else values)
    )[:-1]
    effects = np.zeros(13)
    effects[known] = fitted - fitted.mean()
    each = len(values) / len(known)
    widening = float(np.sqrt((each + 1) / (each - 1)))
    return _Season(np.exp(effects) if is_factor else effects, is_factor, widening)


def _month(periodicity: Periodicity, start: date) -> int:
    """Where in the year a period lies: the month of a day, of a week's Thursday, or of the first
    of its days.
    """
    return (start + 3 * DAY).month if periodicity is Periodicity.weekly else start.month


def _year_to_date(aggregation: Aggregation, known: _Known, drawn: Floats) -> Floats:
    """The year to date at the end of each period to come."""
    if aggregation is Aggregation.last:
        return drawn
    totals = float(sum(value for _, value in known.year)) + np.cumsum(drawn, axis=1)
    if aggregation is Aggregation.sum:
        return totals
    means: Floats = totals / (len(known.year) + 1 + np.arange(drawn.shape[1]))
    return means


def _is_reached(
    promise: Promise, known: _Known, as_of: date, drawn: Floats, x: Floats
) -> NDArray[np.bool_]:
    """For each simulation, whether the target is reached at the end of the year."""
    if promise.stays:
        return _kept_at_last(promise, known, drawn) >= float(ON_TRACK) - 1e-9
    target = float(target_on(promise.targets, as_of))
    at_last = x[:, -1] if x.shape[1] else np.array([_x(promise.aggregation, known)])
    reached: NDArray[np.bool_] = at_last <= target if promise.goes_down else at_last >= target
    return reached


def _kept_at_last(promise: Promise, known: _Known, drawn: Floats) -> Floats:
    """The share of the year's periods that are kept, of all that have a value at its end."""
    targets = np.array([float(target_of(promise, start)) for start in known.to_come])
    kept = drawn <= targets if promise.goes_down else drawn >= targets
    already = sum(promise.is_met(value, target_of(promise, start)) for start, value in known.year)
    share: Floats = (already + kept.sum(axis=1)) / max(1, len(known.year) + drawn.shape[1])
    return share


def _x(aggregation: Aggregation, known: _Known) -> float:
    """The year to date; nothing reaches a target in a year without a value."""
    return (
        float(aggregate(aggregation, [value for _, value in known.year])) if known.year else np.nan
    )


def _is_settled(promise: Promise, known: _Known, as_of: date, lowest: float) -> bool:
    """Whether what is to come cannot decide otherwise."""
    if promise.stays:
        none, every = np.array([[-np.inf], [np.inf]]) * np.ones((2, len(known.to_come)))
        shares = _kept_at_last(promise, known, np.vstack([none, every])) >= float(ON_TRACK) - 1e-9
        return bool(shares[0] == shares[1])
    if promise.aggregation is not Aggregation.sum or lowest < 0:
        return False
    so_far = float(sum(value for _, value in known.year)) + (known.so_far or 0)
    target = float(target_on(promise.targets, as_of))
    return so_far > target if promise.goes_down else so_far >= target
