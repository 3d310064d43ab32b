"""Small models with closed forms, fitted at all origins at once.

Each takes a prepared series of n steps, origins (w,) and targets (w, h), the steps to forecast,
and gives sales per open day (w, h); where effects multiply, as logarithms.
"""

from collections.abc import Callable, Mapping

import numpy as np

from tillsight.forecasting import ridge
from tillsight.forecasting.fit import Fit
from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.series import Counts, Floats

YEAR_BACK = 364
"""Days to the same weekday a year before."""

WEEKS = 8
"""Weeks whose mean goes on."""

TREND_HALF_LIFE = 20.0
"""Usable days after which a day counts half for the trend; half as many weeks."""

TREND_DRAWN = 0.4
"""The share of a slope that is believed."""

DAMPED = 0.98
"""The share of a day's growth that the next day keeps."""

GROWTH_DAYS = 56
"""Days compared with a year before."""

GROWTH_DRAWN = 0.6
"""The share of a year's growth that is believed."""


def seasonal_naive(fit: Fit) -> Floats:
    """The last usable step of the same weekday, over again, (w, h); the last of all if never seen.

    Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.2.
    """
    latest = _latest_in_cycle(fit.prepared, fit.origins)
    positions = np.take_along_axis(latest, fit.target_cycle, axis=1)
    never = positions < 0
    last = np.array([_last_usable(fit.prepared, origin) for origin in fit.origins])
    return fit.y[np.where(never, last[:, None], positions)]


def _latest_in_cycle(prepared: Prepared, origins: Counts) -> Counts:
    """The last usable step of each weekday before each origin, (w, m), -1 where there is none."""
    n = prepared.steps
    seen = np.full((n + 1, prepared.period), -1)
    usable = np.flatnonzero(prepared.usable)
    seen[usable + 1, prepared.cycle[usable]] = usable
    return np.maximum.accumulate(seen, axis=0)[origins]


def _last_usable(prepared: Prepared, origin: int) -> int:
    usable = np.flatnonzero(prepared.usable[:origin])
    return int(usable[-1]) if len(usable) else 0


def weekday_mean(fit: Fit) -> Floats:
    """The mean of the last 8 usable steps of the same weekday, (w, h)."""
    p = fit.prepared
    counted = np.concatenate(
        (np.zeros((1, p.period)), np.cumsum(fit.in_cycle * p.usable[:, None], axis=0))
    )
    own = np.take_along_axis(counted[:-1], p.cycle[: p.steps, None], axis=1)[:, 0]
    ages = counted[fit.origins][:, p.cycle[: p.steps]] - own
    recent = (np.isfinite(fit.ages) & (ages <= WEEKS)).astype(np.float64)
    seen = recent @ fit.in_cycle
    values = p.fitted
    sums = (recent * values) @ fit.in_cycle
    mean = ((recent @ values) / np.maximum(recent.sum(axis=1), 1))[:, None]
    means = np.where(seen > 0, sums / np.maximum(seen, 1), mean)
    return _scaled(p, np.take_along_axis(means, fit.target_cycle, axis=1))


def _scaled(prepared: Prepared, values: Floats) -> Floats:
    return values if prepared.adds else np.log(values)


def smoothed(daily: float, longer: float) -> Callable[[Fit], Floats]:
    """Weekday profile and simple exponential smoothing of the level: alpha of days, or of weeks."""

    def candidate(fit: Fit) -> Floats:
        """Level = sum of alpha (1 - alpha)^(age - 1) x, the weights made to add up to 1 (Brown
        1959; Gardner, International Journal of Forecasting 22, 2006, section 2), (w, h).
        """
        alpha = daily if fit.prepared.period > 1 else longer
        weights = np.power(1 - alpha, fit.ages - 1)
        values = fit.levels if fit.prepared.adds else np.exp(fit.levels)
        level = (weights * values).sum(axis=1) / weights.sum(axis=1)
        return _scaled(fit.prepared, level)[:, None] + fit.target_profile

    return candidate


def damped_trend(fit: Fit) -> Floats:
    """Level and slope of the logarithms by weighted least squares, the slope damped, (w, h).

    The damped trend of Gardner and McKenzie (Management Science 31, 1985): the slope adds
    phi + phi^2 + ... + phi^i to step i.
    """
    weights = fit.decay(TREND_HALF_LIFE if fit.prepared.period > 1 else TREND_HALF_LIFE / 2)
    total = weights.sum(axis=1)
    when = np.arange(fit.prepared.steps) - fit.origins[:, None] + 1.0
    centre = (weights * when).sum(axis=1) / total
    level = (weights * fit.levels).sum(axis=1) / total
    apart = when - centre[:, None]
    spread = (weights * apart**2).sum(axis=1)
    slope = (weights * apart * fit.levels).sum(axis=1) / np.maximum(spread, 1e-9)
    slope *= TREND_DRAWN * total / (total + 7)
    phi = DAMPED**fit.prepared.step_days
    steps = np.arange(1, fit.targets.shape[1] + 1)
    grown = phi * (1 - phi**steps) / (1 - phi)
    line: Floats = (level - slope * centre)[:, None] + slope[:, None] * grown
    return line + fit.target_profile


def last_year(fit: Fit) -> Floats:
    """A year before, smoothed over three weeks, times the growth of 56 days, drawn to 1, (w, h).

    Not a number where the history has under 364 + 56 days.
    """
    p = fit.prepared
    year = round(YEAR_BACK / p.step_days)
    recent = round(GROWTH_DAYS / p.step_days)
    found = np.full(fit.targets.shape, np.nan)
    enough = fit.origins >= year + recent
    if not enough.any():
        return found
    sums, counts = _running(p, fit.y)
    width = max(1, round(10 / p.step_days))
    back = fit.targets - year * (1 + (fit.targets - fit.origins[:, None]) // year)
    now = _mean_between(sums, counts, fit.origins - recent, fit.origins)
    then = _mean_between(sums, counts, fit.origins - recent - year, fit.origins - year)
    around = _mean_between(sums, counts, back - width, back + width + 1, fit.origins[:, None])
    level = around + GROWTH_DRAWN * (now - then)[:, None]
    found[enough] = (level + fit.target_profile)[enough]
    return found


def _running(prepared: Prepared, y: Floats) -> tuple[Floats, Floats]:
    """Sums and counts of usable steps before each, (n + 1,) each."""
    used = np.where(prepared.usable, y, 0.0)
    return np.concatenate(([0.0], np.cumsum(used))), prepared.before.astype(np.float64)


def _mean_between(
    sums: Floats, counts: Floats, start: Counts, end: Counts, known: Counts | None = None
) -> Floats:
    """Means of usable steps from start to end; not a number where there are none."""
    last = len(sums) - 1 if known is None else known
    start, end = np.clip(start, 0, last), np.clip(end, 0, last)
    seen = counts[end] - counts[start]
    return np.where(seen > 0, (sums[end] - sums[start]) / np.maximum(seen, 1), np.nan)


MULTIPLYING: Mapping[str, Callable[[Fit], Floats]] = {
    "seasonal_naive": seasonal_naive,
    "weekday_mean": weekday_mean,
    "slow_smoothing": smoothed(0.05, 0.2),
    "smoothing": smoothed(0.15, 0.5),
    "damped_trend": damped_trend,
    "ridge": ridge.regression(ridge.FREE),
    "stiff_ridge": ridge.regression(ridge.STIFF),
    "ridge_without_year": ridge.regression(ridge.WITHOUT_YEAR),
    "last_year": last_year,
}

ADDING: Mapping[str, Callable[[Fit], Floats]] = {
    "seasonal_naive": seasonal_naive,
    "weekday_mean": weekday_mean,
    "slow_smoothing": smoothed(0.05, 0.2),
    "smoothing": smoothed(0.15, 0.5),
    "long_mean": smoothed(0.01, 0.05),
}
