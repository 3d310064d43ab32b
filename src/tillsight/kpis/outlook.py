"""How likely a KPI reaches its target by the end of the year, by the methods of forecasting.

A sum is the year to date and a forecast of the periods that remain; of a last value or a mean, and
of what stays on one side, the past changes over as many periods are taken. docs/kpis.md tells the
same in more words, and what it cannot know.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from tillsight.forecasting import past_changes, reaching
from tillsight.forecasting.past_changes import Paths
from tillsight.forecasting.reaching import Ahead, Lumps, Record, Word, look_ahead
from tillsight.forecasting.series import Floats
from tillsight.forecasting.totals import FEWEST, LATEST
from tillsight.kpis.progress import (
    ON_TRACK,
    Promise,
    Values,
    aggregate,
    target_of,
    target_on,
)
from tillsight.kpis.spans import write_period
from tillsight.kpis.to_come import Known, known_on, laid_out
from tillsight.kpis.words import Aggregation, Range

BAND_SHARES = (0.1, 0.5, 0.9)
MOST_SPANS = 40
"""Numbers of periods that bands are worked out for; between them they are straight."""
ENOUGH = float(ON_TRACK) - 1e-9
"""Of the periods of a year, to be kept by those that stay on a side."""


class Method(StrEnum):
    """What a probability comes from: a forecast of the sum and how far off such forecasts were,
    past changes over as many periods, or nothing that is to come.
    """

    forecast = "forecast"
    past_changes = "past_changes"
    settled = "settled"


@dataclass(frozen=True, slots=True)
class Band:
    """What is not exceeded in 10, 50 and 90 % of cases: of the year to date at the end of a period
    that is to come.
    """

    period: str
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely the target is reached by the end of the year, 0 to 1, and in one word. After a
    year of history or less there is the word alone; once it is settled the number alone.

    `periods_to_come` remain of the year, `needed_per_period` is what each has to come to on
    average, and `forecast` what they come to together (of sums). The year comes to `year_end`, in
    80 % of cases to `low` to `high`: the sum, last value or mean, or percent of the periods that
    are kept.
    """

    probability: float | None
    word: Word | None
    method: Method
    history_periods: int
    periods_to_come: int
    needed_per_period: float | None
    forecast: float | None
    year_end: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TooLittle:
    """Why nothing is said: fewer values than needed."""

    needed: int
    have: int
    probability: None = None
    reason: str = "too little history"


@dataclass(frozen=True, slots=True)
class NotAboveZero:
    """Why nothing is said: what is forecast is zero or less, and the method takes logarithms."""

    forecast: float
    probability: None = None
    reason: str = "the forecast is not above zero"


Outlook = Chance | TooLittle | NotAboveZero


@dataclass(frozen=True, slots=True)
class _Chances:
    """A probability before it is rounded, and where it comes from."""

    method: Method
    probability: float


def outlook(promise: Promise, bounds: Range, values: Values, as_of: date) -> Outlook:
    """How likely the target of the day `as_of` is reached by the end of its year."""
    known = known_on(promise, bounds, values, as_of)
    have = len(known.history)
    if have < FEWEST:
        return TooLittle(FEWEST, have)
    if not known.to_come:
        reached = float(_is_reached(known))
        return Chance(reached, None, Method.settled, have, 0, *[None] * 5)
    return _summed(known) if known.is_summed else _changed(known)


def in_short(told: Outlook) -> str:
    """In a word or two, such as 70%, likely, kept; a dash where nothing is said."""
    if not isinstance(told, Chance):
        return "–"
    if told.method is Method.settled:
        return "kept" if told.probability else "missed"
    return str(told.word) if told.probability is None else f"{told.probability:.0%}"


def bands(promise: Promise, bounds: Range, values: Values, as_of: date) -> list[Band]:
    """Where the year to date may go, for each period to come in order; none where nothing is
    said.
    """
    known = known_on(promise, bounds, values, as_of)
    if len(known.history) < FEWEST or not known.to_come:
        return []
    cuts = _summed_cuts(known) if known.is_summed else _changed_cuts(known)
    return [
        Band(write_period(promise.periodicity, start), *numbers)
        for start, numbers in zip(known.to_come, cuts.round(4).tolist(), strict=False)
    ]


def record(promise: Promise, bounds: Range, values: Values, as_of: date) -> Record | None:
    """How the method did at earlier points of this history, over as many periods as remain now;
    None where it says nothing, or could not be tried.
    """
    known = known_on(promise, bounds, values, as_of)
    if len(known.history) < FEWEST or not known.to_come:
        return None
    history, is_known = laid_out(known)
    if known.is_summed:
        found = reaching.record(history, is_known, known.season, known.span)
    else:
        found = past_changes.record(
            history, known.season, known.span, lambda rest: _outcome(known, rest)
        )
    return found if found.of else None


def _summed(known: Known) -> Outlook:
    """Of the sum of the year, which a forecast of what remains adds to."""
    ahead = look_ahead(*laid_out(known), known.season, known.span)
    ends = _ends(known, ahead) if ahead.forecast > 0 else None
    settled = _settled(known)
    if settled is not None:
        return _told(known, _Chances(Method.settled, settled), ends, forecast=ahead.forecast)
    likely = ahead.probability(known.target - known.done - _surplus(known))
    if likely is None:
        return NotAboveZero(round(ahead.forecast, 4))
    return _told(
        known,
        _Chances(Method.forecast, 1 - likely if known.promise.goes_down else likely),
        ends,
        needed=(known.target - known.done) / known.span,
        forecast=ahead.forecast,
    )


def _surplus(known: Known) -> float:
    """What the unfinished period has beyond what one usually comes to: nobody takes that away.

    Usual is the mean of the latest periods, or the same period a year before if that is more.
    """
    if known.so_far is None or known.lowest < 0:
        return 0.0
    usual = float(known.numbers[-LATEST:].mean())
    if len(known.numbers) >= known.season:
        usual = max(usual, float(known.numbers[-known.season]))
    return max(0.0, known.so_far - usual)


def _ends(known: Known, ahead: Ahead | Lumps) -> Floats:
    """What the year to date comes to after these periods, at `BAND_SHARES`, (3,)."""
    rest = ahead.quantiles(BAND_SHARES)
    least = known.done + (known.so_far or 0) if known.lowest >= 0 else -np.inf
    return np.maximum(known.done + _surplus(known) + rest, least)


def _summed_cuts(known: Known) -> Floats:
    """The bands of a sum, (periods, 3); none where the forecast is not above zero."""
    history, is_known = laid_out(known)
    spans = np.unique(np.linspace(1, known.span, min(known.span, MOST_SPANS)).round().astype(int))
    every = [look_ahead(history, is_known, known.season, int(span)) for span in spans]
    if every[-1].forecast <= 0:
        return np.empty((0, len(BAND_SHARES)))
    ends = np.array([np.sort(_ends(known, ahead)) for ahead in every])
    steps = np.arange(1, known.span + 1)
    return np.column_stack([np.interp(steps, spans, column) for column in ends.T])


def _changed(known: Known) -> Outlook:
    """Of a last value, a mean, or periods that are to be kept, which past changes lead to."""
    history, _ = laid_out(known)
    rest = past_changes.paths(history, known.season, known.span)
    inside = _within(known, rest.values)
    outcomes = 100 * _kept(known, inside) if known.promise.stays else _year(known, inside)[:, -1]
    ends = rest.quantiles(outcomes, BAND_SHARES)
    ends = np.clip(ends, 0, 100) if known.promise.stays else _within(known, ends)
    settled = _settled(known)
    if settled is not None:
        return _told(known, _Chances(Method.settled, settled), ends)
    chances = _Chances(Method.past_changes, rest.probability(_margins(known, rest)))
    return _told(known, chances, ends, needed=_needed_mean(known))


def _changed_cuts(known: Known) -> Floats:
    """The bands of what past changes lead to, (periods, 3)."""
    history, _ = laid_out(known)
    rest = past_changes.paths(history, known.season, known.span)
    x = _year(known, _within(known, rest.values))
    cuts = rest.quantiles(x, BAND_SHARES).T
    return cuts if known.promise.aggregation is Aggregation.sum else _within(known, cuts)


def _within(known: Known, values: Floats) -> Floats:
    """Values as far as the range of the KPI allows."""
    highest = np.inf if known.bounds.maximum is None else float(known.bounds.maximum)
    return np.clip(values, known.lowest, highest)


def _year(known: Known, rest: Floats) -> Floats:
    """The year to date at the end of each period to come, (paths, periods) as `rest`."""
    if known.promise.aggregation is Aggregation.last:
        return rest
    totals: Floats = known.done + np.cumsum(rest, axis=1)
    if known.promise.aggregation is Aggregation.sum:
        return totals
    means: Floats = totals / (len(known.year) + 1 + np.arange(rest.shape[1]))
    return means


def _outcome(known: Known, rest: Floats) -> Floats:
    """What counts of as many periods as remain, (paths, periods), whichever year they are of."""
    if known.promise.stays:
        kept = rest <= known.target if known.promise.goes_down else rest >= known.target
        shares: Floats = 100 * kept.mean(axis=1)
        return shares
    if known.promise.aggregation is Aggregation.last:
        return rest[:, -1]
    means: Floats = rest.mean(axis=1)
    return means


def _margins(known: Known, rest: Paths) -> Floats:
    """By how much each path reaches the target, (paths,); below zero where it does not."""
    sign = -1 if known.promise.goes_down else 1
    if not known.promise.stays:
        outcomes = _year(known, rest.values)[:, -1]
        return sign * (outcomes - known.target)
    gaps = np.sort(sign * (rest.values - _targets(known)), axis=1)
    # Of the periods that have to be kept, the one that is kept most narrowly.
    already = _kept_already(known)
    whole = len(known.year) + known.span
    missable = int(np.floor((1 - ENOUGH) * whole)) - (len(known.year) - already)
    return gaps[:, missable]


def _kept(known: Known, rest: Floats) -> Floats:
    """The share of the year's periods that are kept, of all that have a value at its end."""
    targets = _targets(known)
    kept = rest <= targets if known.promise.goes_down else rest >= targets
    whole = max(1, len(known.year) + rest.shape[1])
    share: Floats = (_kept_already(known) + kept.sum(axis=1)) / whole
    return share


def _kept_already(known: Known) -> int:
    promise = known.promise
    return sum(promise.is_met(value, target_of(promise, start)) for start, value in known.year)


def _targets(known: Known) -> Floats:
    """Of each period to come its own."""
    return np.array([float(target_of(known.promise, start)) for start in known.to_come])


def _needed_mean(known: Known) -> float | None:
    """What each remaining period has to be on average for the mean of the year."""
    if known.promise.stays or known.promise.aggregation is not Aggregation.average:
        return None
    whole = len(known.year) + known.span
    return (known.target * whole - known.done) / known.span


def _told(
    known: Known,
    chances: _Chances,
    ends: Floats | None,
    needed: float | None = None,
    forecast: float | None = None,
) -> Chance:
    """All of it as it is told; `ends` are what the year comes to at `BAND_SHARES`."""
    have, word = len(known.history), None
    probability: float | None = chances.probability
    if chances.method is not Method.settled:
        probability = reaching.told(chances.probability)
        word = reaching.word(probability)
        if have <= known.season:
            probability = None
    low, middle, high = (None,) * 3 if ends is None else ends.round(4).tolist()
    return Chance(
        probability=probability,
        word=word,
        method=chances.method,
        history_periods=have,
        periods_to_come=known.span,
        needed_per_period=None if needed is None else round(needed, 4),
        forecast=None if forecast is None else round(forecast, 4),
        year_end=middle,
        low=low,
        high=high,
    )


def _is_reached(known: Known) -> bool:
    """Whether the target is reached in a year that is over; nothing reaches it without a value."""
    if not known.year:
        return False
    if known.promise.stays:
        return float(_kept(known, np.empty((1, 0)))[0]) >= ENOUGH
    x = aggregate(known.promise.aggregation, [value for _, value in known.year])
    return known.promise.is_met(x, target_on(known.promise.targets, known.as_of))


def _settled(known: Known) -> float | None:
    """1 where the target is reached and 0 where it is missed whatever is to come; else None."""
    if known.promise.stays:
        none, every = np.array([[-np.inf], [np.inf]]) * np.ones((2, known.span))
        worst, best = (_kept(known, np.vstack([none, every])) >= ENOUGH).tolist()
        return float(worst) if worst == best else None
    if not known.is_summed or known.lowest < 0:
        return None
    so_far = known.done + (known.so_far or 0)
    if known.promise.goes_down:
        return 0.0 if so_far > known.target else None
    return 1.0 if so_far >= known.target else None
