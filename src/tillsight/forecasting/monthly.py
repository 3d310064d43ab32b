"""Months ahead: last year with shrunk growth, a shrunk profile of months, and the level, mixed.

Everything is fitted to logarithms of what a month brings per open day, so that a month with fewer
open days counts for what it is. What the mix did at earlier origins gives its weights and its
intervals; nothing is ever fitted to what it is scored on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tillsight.forecasting.held_out import YEAR, judged, repeated, season_of, verdict
from tillsight.forecasting.outcome import (
    Forecast,
    Interval,
    Notice,
    Report,
    Span,
    Window,
)
from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.words import Grain, Method

FEWEST = 6
"""Months below which only their average is told."""
MODELS = ("last_year", "profile", "level")
FIRST_WEIGHTS = np.array([0.4, 0.4, 0.2])
"""Of the models, while no origin with a year before it has been scored."""
ORIGINS = 36
"""Origins looked at; older ones say little about today."""
SHARPNESS = 4.0
"""How fast weight falls as the error of a model exceeds that of the best."""
LEVEL_RATE = 0.3
"""Share of a new month in the smoothed level."""
FLOOR = 0.05
"""Share of the median month below which a month counts as this share in fitting."""
LUMPY = 0.25
"""Share of months below the floor from which on logarithms say nothing."""
GROWTH_SPREAD = 0.1
"""How far yearly log growth of shops lies from none, as a standard deviation: the prior."""
LARGEST_GROWTH = 1.0
"""Of a year, as a logarithm: nothing is expected to grow faster."""
ONE_YEAR_KEPT = 0.75
"""Share kept of a profile that was seen once."""
GROWTH_KEPT = 0.8
"""Share of a year's growth that the next year keeps."""
SEASON_UNSEEN = 1.4
"""How much wider intervals are while a year has not been seen, and no season can be forecast."""
STEP_SPREAD = 0.08
"""What each step further ahead adds to the variance of errors, in parts of that of the first."""
WIDER = 0.8
"""By what share intervals of a single window are wider than its errors."""
TINY = 1e-9
LEAST = 0.6
"""Share of the mean reach of single months that the interval of their total has at least."""
WINDOWS = 8
"""Windows in the report, at most."""
REPORTED = 80
"""Level, in percent, of the interval whose coverage is reported."""
NO_FULL_SEASON = Notice("no_full_season", "No full season has been seen yet.")


def forecast(series: Series, levels: Sequence[int] = (80, 95)) -> Forecast:
    """The forecast of a series of months; levels are percent, 1 to 99.

    Below 6 open ordinary months it is their average, without an interval. Where a quarter of the
    months or more are next to nothing it is their average too, with intervals from their spread.
    """
    counted = series.is_open & series.is_ordinary
    if int(counted.sum()) < FEWEST:
        return _average(series, counted)
    sign = -1.0 if np.median(series.values[counted]) < 0 else 1.0
    scale = _scale(sign * series.values[counted] / _exposure(series)[0][counted])
    if scale <= 0:
        return _lumpy(series, counted, levels)
    return _Mix.of(series, sign, scale).forecast(levels)


def seasonal_naive(values: Floats, horizon: int) -> Floats:
    """The same month of last year again, (h,); the last month where there are under 13.

    Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.2.
    """
    season = season_of(Grain.month, len(values))
    return values[len(values) - season + np.arange(horizon) % season]


def _scale(rates: Floats) -> float:
    """Below it a month counts as it; 0 where too many months are below to take logarithms."""
    floor = FLOOR * float(np.median(rates))
    return floor if floor > 0 and np.mean(rates < floor) < LUMPY else 0.0


def _exposure(series: Series) -> tuple[Floats, Floats]:
    """What values are divided by, of history (n,) and ahead (h,): open days where they help.

    They help where totals per open day move less from month to month than totals do. A closed
    month ahead is 0 either way, a closed month of history 1 to divide by.
    """
    days = series.open_days.astype(float)
    ahead = series.open_days_ahead.astype(float)
    counted = series.is_open & series.is_ordinary & (series.values > 0)
    usual = float(days[counted].mean()) if counted.any() else 1.0
    totals = np.log(series.values[counted])
    rates = totals - np.log(days[counted])
    if np.abs(np.diff(rates)).sum() < np.abs(np.diff(totals)).sum():
        return np.where(days > 0, days, 1.0) / usual, ahead / usual
    return np.ones(len(days)), (ahead > 0).astype(float)


def _average(series: Series, counted: Flags) -> Forecast:
    """The average of so little history that nothing else can be said."""
    days = max(1, int(series.open_days[counted].sum()))
    per_day = float(series.values[counted].sum()) / days
    values = per_day * series.open_days_ahead.astype(float)
    months = int(counted.sum())
    usual = days / max(1, months)
    told = "1 month" if months == 1 else f"{months} months"
    text = f"Too little history to forecast; this is the average of {told}."
    return Forecast(
        Method.average,
        values,
        np.full(series.horizon, per_day * usual),
        (),
        float(values.sum()),
        (),
        notices=(Notice("too_little_history", text),),
    )


def _lumpy(series: Series, counted: Flags, levels: Sequence[int]) -> Forecast:
    """The average of months that come in lumps, many of them next to nothing.

    The bounds of a month are quantiles of the last 36 months; of the total, those of a normal
    distribution with their variance, and with that of their average.
    """
    months = series.values[counted][-ORIGINS:]
    mean = float(months.mean())
    is_open = series.open_days_ahead > 0
    steps = int(is_open.sum())
    spread = float(months.std() * np.sqrt(steps * (1 + steps / len(months))))
    intervals, spans = [], []
    for level in levels:
        tail = (100 - level) / 200
        lower, upper = np.quantile(months, (tail, 1 - tail))
        bounds = [np.where(is_open, bound, 0.0) for bound in (min(lower, mean), max(upper, mean))]
        intervals.append(Interval(level, bounds[0], bounds[1]))
        reach = NormalDist().inv_cdf(1 - tail) * spread
        spans.append(Span(level, max(series.lowest, mean * steps - reach), mean * steps + reach))
    return Forecast(
        Method.average,
        np.where(is_open, mean, 0.0),
        np.full(series.horizon, mean),
        tuple(intervals),
        mean * steps,
        tuple(spans),
        notices=(Notice("many_zeros", "Many months without sales; this is their average."),),
    )


def _filled(logs: Floats, known: Flags) -> Floats:
    """Logarithms of months that do not count are those of the year before, else of the last month.

    Nothing later is used, so that an origin knows only what was before it; the months before the
    first that counts are the exception.
    """
    filled = logs.copy()
    first = int(np.argmax(known))
    filled[:first] = logs[first]
    for month in np.flatnonzero(~known[first:]) + first:
        back = YEAR if month - YEAR >= first else 1
        filled[month] = filled[month - back]
    return filled


def _smoothed(logs: Floats) -> float:
    """Simple exponential smoothing from the mean of the first months on: the level at the end.

    Brown (1956), Exponential smoothing for predicting demand; as in Gardner (1985), Journal of
    Forecasting 4(1), model N-N.
    """
    kept = (1 - LEVEL_RATE) ** np.arange(len(logs))[::-1]
    start = logs[:3].mean()
    return float(kept @ logs * LEVEL_RATE + (1 - LEVEL_RATE) ** len(logs) * start)


def _growth(logs: Floats) -> float:
    """Log growth of a year, shrunk towards none by how uncertain it is.

    The mean of the changes against the same month a year before, of up to 12 months, times
    prior / (prior + variance of that mean): the posterior mean of a normal with a normal prior
    (Efron and Morris, 1975, JASA 70).
    """
    changes = (logs[YEAR:] - logs[:-YEAR])[-YEAR:]
    noise = max(float(changes.var()), GROWTH_SPREAD**2 / 4) if len(changes) > 2 else 0.1
    prior = GROWTH_SPREAD**2
    shrunk = changes.mean() * prior / (prior + noise / len(changes))
    return float(np.clip(shrunk, -LARGEST_GROWTH, LARGEST_GROWTH))


def _profile(logs: Floats, growth: float) -> Floats:
    """What months are above the year they are in, (12,), the month after the last one first.

    Whole years back from the end, each around its own mean and without its growth, are averaged
    with weights that halve in three years, and shrunk by the share of the variance between months
    that is not noise (James and Stein, 1961, as positive part). One year cannot tell noise from
    season: three quarters of it are kept.
    """
    years = len(logs) // YEAR
    blocks = logs[len(logs) - years * YEAR :].reshape(years, YEAR)
    within = (np.arange(YEAR) - (YEAR - 1) / 2) * growth / YEAR
    parts = blocks - blocks.mean(axis=1, keepdims=True) - within
    weights = 0.5 ** (np.arange(years)[::-1] / 3)
    weights /= weights.sum()
    profile: Floats = weights @ parts
    if years == 1:
        return ONE_YEAR_KEPT * profile
    noise = (weights @ (parts - profile) ** 2).mean() * (weights @ weights) * years / (years - 1)
    signal = profile.var()
    return profile * max(0.0, 1 - noise / signal) if signal > 0 else profile


def _candidates(logs: Floats, horizon: int) -> Floats:
    """What each model says after these months, as logarithms, (3, h), in the order of `MODELS`.

    Last year: the same month a year ago and the growth since, of which each further year keeps
    0.8. Profile: the smoothed level of the last two years without their profile, the profile and
    growth month by month. Level: the mean of the last 12 months, the profile, and no growth.

    Under 13 months all three are the smoothed level: there is no year to look back at.
    """
    steps = np.arange(horizon)
    if len(logs) <= YEAR:
        return np.full((len(MODELS), horizon), _smoothed(logs))
    growth = _growth(logs)
    grown = growth * np.cumsum(GROWTH_KEPT ** np.arange(horizon // YEAR + 1))
    last_year = logs[len(logs) - YEAR + steps % YEAR] + grown[steps // YEAR]
    profile = _profile(logs, growth)
    recent = logs[-2 * YEAR :]
    level = _smoothed(recent - np.resize(profile[::-1], len(recent))[::-1])
    by_month = growth / YEAR * np.cumsum(GROWTH_KEPT ** ((steps + 1) / YEAR))
    seasonal = level + profile[steps % YEAR] + by_month
    return np.stack([last_year, seasonal, logs[-YEAR:].mean() + profile[steps % YEAR]])


def _first_origin(months: int) -> int:
    """Months known at the first origin: more than a year where enough origins come after it."""
    return YEAR + 1 if months >= YEAR + 1 + FEWEST else min(FEWEST, months - 3)


def _weights(errors: Floats, origins: Counts) -> Floats:
    """What each model counts for, (3,), by its mean absolute error (o, 3, h) at those origins.

    exp(-4 (error / best - 1)), drawn towards the weights without any scores as if those came from
    three origins more. Only origins with more than a year before them tell the models apart.
    """
    scored = np.abs(errors[origins > YEAR])
    happened = np.isfinite(scored)
    if not happened.any():
        return FIRST_WEIGHTS
    error = np.where(happened, scored, 0).sum(axis=(0, 2)) / happened.sum(axis=(0, 2))
    weights: Floats = np.exp(-SHARPNESS * (error / max(float(error.min()), TINY) - 1))
    share = len(scored) / (len(scored) + 3)
    drawn: Floats = share * weights / weights.sum() + (1 - share) * FIRST_WEIGHTS
    return drawn


def _growing(horizon: int) -> Floats:
    """How errors of steps, (h,), spread against that of the first: like a level that wanders."""
    growing: Floats = np.sqrt(1 + STEP_SPREAD * np.arange(horizon))
    return growing


def _reach(errors: Floats, level: int, windows: float) -> tuple[float, float]:
    """How far below and above the forecast, in logarithms, so many percent of errors lie.

    Quantiles of the signed errors at (n + 1) p, as in conformal prediction (Vovk, Gammerman and
    Shafer, 2005), further out than the errors reach by the ratio of normal quantiles; wider by
    1 + 0.8 / windows, since few windows do not show everything. The forecast is always inside.
    """
    if len(errors) < 2:
        return 0.0, 0.0
    tail = (100 - level) / 200
    seen = max(tail, 1 / (len(errors) + 1))
    normal = NormalDist()
    further = normal.inv_cdf(tail) / normal.inv_cdf(seen)
    middle = float(np.median(errors))
    ends = np.quantile(errors, (seen, 1 - seen), method="weibull")
    lower, upper = (middle + (ends - middle) * further) * (1 + WIDER / windows)
    return min(0.0, float(lower)), max(0.0, float(upper))


@dataclass(frozen=True)
class _Mix:
    """The models at every origin looked at, the last of which is now.

    `sign` is -1 where values are mostly negative, and turned for fitting. `logs` (n,) are of months
    per `exposure` (n,); what is said of months to come is multiplied with `ahead` (h,). `origins`
    (o,) is how many months were known; `weights` (o, 3) and `mixed` (o, h) what was said there, in
    logarithms; `missed` (o, h) how far what happened was above it, and `totals_missed` that of the
    total up to each step, NaN where not known.
    """

    series: Series
    sign: float
    logs: Floats
    exposure: Floats
    ahead: Floats
    origins: Counts
    weights: Floats
    mixed: Floats
    missed: Floats
    totals_missed: Floats

    @classmethod
    def of(cls, series: Series, sign: float, floor: float) -> "_Mix":
        """Every origin fitted with what was known there."""
        exposure, ahead = _exposure(series)
        rates = np.maximum(sign * series.values / exposure, floor)
        counted = series.is_open & series.is_ordinary
        logs = _filled(np.log(rates), counted)
        months, horizon = len(logs), series.horizon
        origins = np.arange(max(_first_origin(months), months - ORIGINS), months + 1)
        models = np.stack([_candidates(logs[:origin], horizon) for origin in origins])
        target = np.minimum(origins[:, None] + np.arange(horizon), months)
        errors = _at(np.where(counted, logs, np.nan), target)[:, None, :] - models
        known = [_known(errors, origins, now) for now in origins.tolist()]
        weights = np.stack([_weights(errors, origins[: len(errors)]) for errors in known])
        mixed = np.einsum("om,omh->oh", weights, models)
        missed = np.einsum("om,omh->oh", weights, errors)
        brought = _at(np.where(counted, rates * exposure, 0), target).cumsum(axis=1)
        said = (np.exp(mixed) * _at(np.where(counted, exposure, 0), target)).cumsum(axis=1)
        totals = np.log(np.divide(brought, said, out=np.full_like(said, np.nan), where=said > 0))
        exposure = np.where(series.is_open, exposure, 0)
        return cls(series, sign, logs, exposure, ahead, origins, weights, mixed, missed, totals)

    def forecast(self, levels: Sequence[int]) -> Forecast:
        """What is told now."""
        months = len(self.series.values)
        said = np.exp(self.mixed[-1]) * self.ahead
        intervals, spans = [], []
        for level in levels:
            lower, upper = self._bounds(-1, level)
            low, high = self._total_bounds(level)
            ends = self.sign * said * np.exp(lower), self.sign * said * np.exp(upper)
            intervals.append(Interval(level, np.minimum(*ends), np.maximum(*ends)))
            total_ends = sorted(self.sign * float(said.sum()) * np.exp([low, high]))
            spans.append(Span(level, float(total_ends[0]), float(total_ends[1])))
        values = self.sign * said
        weights = self.weights[-1] if months > YEAR else np.array([0.0, 0.0, 1.0])
        return Forecast(
            Method.monthly,
            values,
            self._trend(),
            tuple(intervals),
            float(values.sum()),
            tuple(spans),
            weights=dict(zip(MODELS, weights.tolist(), strict=True)),
            report=self._report(),
            notices=() if months > YEAR else (NO_FULL_SEASON,),
        )

    def _trend(self) -> Floats:
        """The mean of the 12 months that end with each step, closed ones as if they were open."""
        rates = np.exp(np.append(self.logs, self.mixed[-1]))
        span = min(YEAR, len(self.logs))
        means = np.convolve(rates, np.full(span, 1 / span), mode="valid")
        return self.sign * means[len(means) - self.series.horizon :]

    def _bounds(self, index: int, level: int) -> tuple[Floats, Floats]:
        """Of the steps from an origin on, (h,) each, in logarithms around what was said there."""
        now, first = int(self.origins[index]), self._compared(index)
        errors = _known(self.missed, self.origins, now)[first:] / _growing(self.series.horizon)
        windows = max(1.0, (now - self.origins[first]) / self.series.horizon)
        lower, upper = _reach(errors[np.isfinite(errors)], level, windows)
        spread = _growing(self.series.horizon) * (SEASON_UNSEEN if now <= YEAR else 1.0)
        return lower * spread, upper * spread

    def _total_bounds(self, level: int) -> tuple[float, float]:
        """Of the total now, in logarithms: from totals of as many months at earlier origins.

        Where history has less than three such totals, from shorter ones, wider as a wandering
        level makes the mean of more months; never narrower than 0.6 of the months' own reach.
        """
        months, horizon, first = len(self.logs), self.series.horizon, self._compared(-1)
        length = int(np.clip(months - self.origins[first] - 2, 1, horizon))
        errors = self.totals_missed[first:, length - 1]
        errors = errors[np.isfinite(errors) & (self.origins[first:] + length <= months)]
        spread = np.sqrt(
            (1 + STEP_SPREAD * (horizon - 1) / 3) / (1 + STEP_SPREAD * (length - 1) / 3)
        )
        windows = max(1.0, (months - self.origins[first]) / length)
        lower, upper = _reach(errors, level, windows)
        steps = [LEAST * float(bound.mean()) for bound in self._bounds(-1, level)]
        return min(lower * spread, steps[0]), max(upper * spread, steps[1])

    def _compared(self, index: int) -> int:
        """The first origin whose errors count: after more than a year, where six such are known."""
        first = int(np.searchsorted(self.origins, YEAR + 1))
        return first if self.origins[index] - YEAR - 1 >= FEWEST else 0

    def _report(self) -> Report:
        """How the mix did in up to 8 windows one after the other that end with the last month."""
        months = len(self.logs)
        first = int(self.origins[2])
        length = int(np.clip((months - first) // 2, 1, self.series.horizon))
        starts = range(months - length, first - 1, -length)
        windows = [self._window(start, length) for start in reversed(starts[:WINDOWS])]
        found = judged(self.series, windows)
        naive = judged(self.series, [self._repeated(window) for window in windows])
        return Report(
            tuple(windows), found, naive, verdict(found, naive, repeated(Grain.month, months))
        )

    def _repeated(self, window: Window) -> Window:
        """What seasonal naive would have said, without bounds."""
        before = self.series.values[: window.origin]
        said = np.where(window.predicted != 0, seasonal_naive(before, len(window.predicted)), 0)
        unknown = np.full(len(said), np.nan)
        return Window(window.origin, said, unknown, unknown)

    def _window(self, start: int, length: int) -> Window:
        """What was said at an origin about the months after it."""
        index = int(np.searchsorted(self.origins, start))
        said = np.exp(self.mixed[index, :length]) * self.exposure[start : start + length]
        lower, upper = (bound[:length] for bound in self._bounds(index, REPORTED))
        ends = self.sign * said * np.exp(lower), self.sign * said * np.exp(upper)
        return Window(start, self.sign * said, np.minimum(*ends), np.maximum(*ends))


def _at(values: Floats, target: Counts) -> Floats:
    """Values at target months, NaN at those to come."""
    return np.append(values, np.nan)[target]


def _known(errors: Floats, origins: Counts, now: int) -> Floats:
    """Errors by origin first and step last as they were known at one of the origins.

    Rows of origins before it, NaN where the step had not come yet.
    """
    rows = int(np.searchsorted(origins, now))
    come = origins[:rows, None] + np.arange(errors.shape[-1]) < now
    return np.where(come if errors.ndim == 2 else come[:, None, :], errors[:rows], np.nan)
