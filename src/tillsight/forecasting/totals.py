"""What the next periods of a series come to together, as it would have been said at every point of
its history: four simple forecasts, the more trusted the better each did until then.

All points are worked out at once from running sums, so that a board of a thousand KPIs stays quick:
`monthly.py` comes as near (a mean absolute log error of 0.135 against 0.140 on made-up months), and
takes sixteen times as long for each KPI.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tillsight.forecasting.series import Flags, Floats

FEWEST = 6
"""Values before the first forecast."""
LATEST = 4
"""Values that make the latest level."""
EARLIER_YEARS = 4
"""That the season is learnt from, at most."""
GROWTH_KEPT, GROWTH_DOUBT = 0.7, 3.0
"""How much of the growth over a year goes on, and the periods that halve it where few are known."""
USUAL_ERRORS = (0.20, 0.20, 0.16, 0.16)
PATIENCE = 3.0
"""Log errors that each forecast is taken to have made before any is known, and how many."""
SHARPNESS = 4.0
LARGEST_ERROR = 3.0
"""Of a logarithm: a total twenty times too high or too low counts as any that is further off."""
SMALLEST = 1e-9

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Totals:
    """Forecasts of the next `span` periods together, made after so many values (`after`, (t,)).

    `forecast` has the shape (t,), and `errors` (t - span,) or less: log(actual / forecast) of those
    whose periods are all known; where the forecast was not above zero there is none.
    """

    after: Counts
    forecast: Floats
    errors: Floats


def totals(values: Floats, is_known: Flags, season: int, span: int) -> Totals:
    """Forecast the next `span` periods together after each number of values, from `FEWEST` on.

    `values`, (n,), n at least `FEWEST`, have no gaps: `is_known` is false where one was filled, and
    totals with such a value make no error. `season` is how many periods a year has.

    The forecasts are the mean of the latest values; the mean of the last year; the same periods a
    year ago times part of the growth since; and what these periods were, compared to the year
    before them, in earlier years. Weights are exp(-4 (error / least error - 1)) of mean absolute
    log errors known by then, and the forecast is their weighted mean.
    """
    running = np.concatenate([[0.0], np.cumsum(values)])
    after = np.arange(FEWEST, len(values) + 1)
    tried = _tried(running, after, season, span)
    ended = max(0, len(after) - span)
    actual = running[after[:ended] + span] - running[after[:ended]]
    gaps = np.concatenate([[0], np.cumsum(~is_known)])
    is_whole = gaps[after[:ended] + span] == gaps[after[:ended]]
    weights = _weights(tried, actual, is_whole, span)
    forecast = (weights * np.nan_to_num(tried)).sum(axis=0)
    usable = is_whole & (forecast[:ended] > 0)
    # Where enough forecasts knew more than a year, as the one of now does, those that did not say
    # nothing about it.
    if np.count_nonzero(usable & (after[:ended] > season)) >= FEWEST:
        usable &= after[:ended] > season
    return Totals(after, forecast, log_errors(actual[usable], forecast[:ended][usable]))


def log_errors(actual: Floats, forecast: Floats) -> Floats:
    """log(actual / forecast), both of one shape, within `LARGEST_ERROR` either way."""
    limit = np.exp(LARGEST_ERROR)
    errors: Floats = np.log(np.clip(actual / forecast, 1 / limit, limit))
    return errors


def _tried(running: Floats, after: Counts, season: int, span: int) -> Floats:
    """The four forecasts at each point, (4, t); not a number where history is too short for one."""
    tried = np.full((4, len(after)), np.nan)
    for row, width in ((0, LATEST), (1, season)):
        used = np.minimum(after, max(width, 1))
        tried[row] = span * (running[after] - running[after - used]) / used
    first = max(0, season + 1 - FEWEST)  # the first point with more than a year before it
    points = after[first:]
    if not len(points):
        return tried
    year = running[points] - running[points - season]
    # A span that is longer than the season (a year of 366 days has 52 weeks and 2 days) is scaled.
    within = min(span, season)
    longer = span / within
    same = running[points - season + within] - running[points - season]
    tried[2, first:] = longer * same * _growth(running, points, season)
    sums, counts = np.zeros(len(points)), np.zeros(len(points))
    for back in range(1, EARLIER_YEARS + 1):
        start = (back + 1) * season - points[0]
        then = points[max(0, start) :] - back * season
        if not len(then):
            break
        before = running[then] - running[then - season]
        following = running[then + within] - running[then]
        usable = before > 0
        sums[-len(then) :] += np.divide(following, before, out=np.zeros(len(then)), where=usable)
        counts[-len(then) :] += usable
    shares = np.divide(sums, counts, out=np.full(len(points), np.nan), where=counts > 0)
    tried[3, first:] = longer * shares * year
    return tried


def _growth(running: Floats, points: Counts, season: int) -> Floats:
    """How many times more than a year ago, as far as that is taken to go on."""
    compared = np.minimum(points - season, season)
    now = running[points] - running[points - compared]
    then = running[points - season] - running[points - season - compared]
    is_usable = (now > 0) & (then > 0)
    ratio = np.divide(now, then, out=np.ones(len(points)), where=is_usable)
    growth: Floats = ratio ** (GROWTH_KEPT * compared / (compared + GROWTH_DOUBT))
    return growth


def _weights(tried: Floats, actual: Floats, is_whole: Flags, span: int) -> Floats:
    """How much each forecast counts at each point, by the errors that were known by then, (4,
    t).
    """
    usual = np.array(USUAL_ERRORS)[:, None]
    missing = np.isnan(tried)
    summed, counts = np.zeros(tried.shape), np.zeros(tried.shape)
    if len(actual):
        logs = np.log(np.maximum(tried[:, : len(actual)], SMALLEST))
        errors = np.abs(np.log(np.maximum(actual, SMALLEST)) - logs)
        counted = is_whole & ~missing[:, : len(actual)]
        errors = np.where(counted, np.minimum(errors, LARGEST_ERROR), 0)
        summed[:, span:] = np.cumsum(errors, axis=1)
        counts[:, span:] = np.cumsum(counted, axis=1)
    errors = (summed + PATIENCE * usual) / (counts + PATIENCE)
    errors[missing] = np.inf
    weights: Floats = np.exp(-SHARPNESS * (errors / errors.min(axis=0) - 1))
    weights /= weights.sum(axis=0)
    return weights
