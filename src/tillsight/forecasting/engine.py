"""From a series to its forecast."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tillsight.forecasting import intervals
from tillsight.forecasting.blend import WINDOWS, Windows, roll, weights
from tillsight.forecasting.candidates import ADDING, MULTIPLYING, Fit
from tillsight.forecasting.candidates import seasonal_naive as repeat_season
from tillsight.forecasting.outcome import Forecast, Interval, Notice, Report, Scores, Span, Window
from tillsight.forecasting.prepared import LEAST, MANY_ZEROS, Prepared, prepare
from tillsight.forecasting.scores import mape, scores, seasonal_error, wape
from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.words import Grain, Method, Model

LEVELS = (80, 95)
"""Percent that intervals hold, unless others are asked for."""

JUDGED = 80
"""Percent of the interval that reports tell the coverage of."""

FEWEST_DAYS = 14
"""Fewer open days are too little to forecast from."""

FEWEST_STEPS = 4
SHORT_DAYS = 56
YEAR_DAYS = 395
"""Thirteen months: from then on a season has been seen to come again."""


def forecast(series: Series, levels: Sequence[int] = LEVELS) -> Forecast:
    """The forecast of a series by our own models; levels are percent, 1 to 99."""
    if _is_mostly_negative(series):
        return _mirrored(forecast(_negated(series), levels))
    counted = series.is_open & series.is_ordinary
    days = int(series.open_days[counted].sum())
    if days < FEWEST_DAYS or counted.sum() < FEWEST_STEPS:
        return _average(series, counted, days)
    return _blended(series, levels)


def seasonal_naive(series: Series, levels: Sequence[int] = LEVELS) -> Forecast:
    """Each weekday as the last one (day grain), each step as the last one (others)."""
    counted = series.is_open & series.is_ordinary
    days = int(series.open_days[counted].sum())
    if days < FEWEST_DAYS or counted.sum() < FEWEST_STEPS:
        return _average(series, counted, days)
    prepared = prepare(series)
    windows = roll(prepared, series.horizon)
    rolled = Rolled(prepared, windows, _naive_rates(prepared, windows), {})
    return rolled.told(Method.seasonal_naive, levels, report=rolled.report(rolled))


def _average(series: Series, counted: Flags, days: int) -> Forecast:
    """The mean of open days, flat; per day of those that count."""
    per_day = _mean(series.values[counted], max(1, days))
    values = per_day * series.open_days_ahead
    text = f"Too little history to forecast; this is the average of {days} days."
    trend = np.full(series.horizon, per_day)
    notices = (Notice("too_little_history", text),) if days else ()
    return Forecast(Method.average, values, trend, (), float(values.sum()), (), notices=notices)


def _mean(values: Floats, count: int) -> float:
    return float((values / count).sum())


def _is_mostly_negative(series: Series) -> bool:
    counted = series.is_open & series.is_ordinary
    return bool(
        not np.isfinite(series.lowest) and counted.any() and np.median(series.values[counted]) < 0
    )


def _negated(series: Series) -> Series:
    return replace(series, values=-series.values)


def _mirrored(told: Forecast) -> Forecast:
    """A forecast with its sign turned, bounds swapped."""
    report = told.report
    if report is not None:
        windows = tuple(
            Window(one.origin, -one.predicted, -one.upper, -one.lower) for one in report.windows
        )
        report = replace(report, windows=windows)
    return replace(
        told,
        values=-told.values,
        trend=-told.trend,
        intervals=tuple(Interval(i.level, -i.upper, -i.lower) for i in told.intervals),
        total=-told.total,
        total_spans=tuple(Span(s.level, -s.upper, -s.lower) for s in told.total_spans),
        report=report,
    )


@dataclass(frozen=True)
class Rolled:
    """Forecasts of rates at all windows and at the end of the history, (w + 1, length).

    `ahead` are rates of the asked horizon (h,).
    """

    prepared: Prepared
    windows: Windows
    rates: Floats
    weights: Mapping[str, float]
    ahead: Floats | None = None

    @property
    def sizes(self) -> Floats:
        """What a usual open day sold at each origin, (w + 1, 1)."""
        before = np.maximum(self.windows.origins - 1, 0)
        return self.prepared.usual[before][:, None]

    def errors(self) -> intervals.Errors:
        """Errors of the windows, (w, length): of logarithms, or in usual sizes."""
        actual = self.prepared.rates[self.windows.targets[:-1]]
        return intervals.Errors(self.apart(actual, self.rates[:-1]), self.windows.counted)

    def apart(self, actual: Floats, predicted: Floats) -> Floats:
        sizes = self.sizes[:-1]
        if self.prepared.adds:
            return np.clip((actual - predicted) / sizes, -FAR, FAR)
        least = SMALL * sizes
        return np.clip(np.log(np.maximum(actual, least) / np.maximum(predicted, least)), -FAR, FAR)

    def bounded(
        self, rates: Floats, low: Floats, high: Floats, window: int
    ) -> tuple[Floats, Floats]:
        """Rates with errors laid on, (h,) each."""
        size = self.sizes[window]
        if self.prepared.adds:
            lower, upper = rates + low * size, rates + high * size
        else:
            lower, upper = rates * np.exp(low), rates * np.exp(high)
            lower = np.where(lower <= 2 * SMALL * size, 0.0, lower)
        return np.maximum(lower, self.prepared.series.lowest), upper

    def judged(self) -> list[tuple[int, Floats, Floats]]:
        """Windows with their 80 % bounds of rates, from earlier windows alone."""
        found = []
        errors = self.errors()
        for window in range(len(self.windows.counted)):
            used = self.windows.before(window)
            rates = self.rates[window]
            if len(used) >= 2:
                earlier = intervals.Errors(errors.values[used], errors.counted[used])
                [(low, high)] = intervals.bounds(earlier, [JUDGED], self.windows.length)
                lower, upper = self.bounded(rates, low, high, window)
            else:
                lower, upper = np.full_like(rates, np.nan), np.full_like(rates, np.nan)
            found.append((window, lower, upper))
        return found

    def scored(self, chosen: Sequence[int]) -> tuple[Scores, list[Window]]:
        p, w = self.prepared, self.windows
        judged = self.judged()
        shown, actual, predicted, inside = [], [], [], []
        for window in chosen:
            _, lower, upper = judged[window]
            days = p.open_days[w.targets[window]]
            counted = w.counted[window]
            values = p.series.values[w.targets[window]]
            actual.append(values[counted])
            predicted.append((self.rates[window] * days)[counted])
            known = counted & np.isfinite(upper)
            inside.append(
                ((values >= lower * days - 1e-9) & (values <= upper * days + 1e-9))[known]
            )
            shown.append(
                Window(
                    int(w.origins[window]), self.rates[window] * days, lower * days, upper * days
                )
            )
        season = seasonal_error(p.series.values, p.usable, p.period)
        found = scores(
            np.concatenate(actual), np.concatenate(predicted), np.concatenate(inside), season
        )
        return found, shown

    def report(self, naive: "Rolled") -> Report | None:
        count = len(self.windows.counted)
        if count == 0:
            return None
        chosen = list(range(count))[-WINDOWS:]
        found, shown = self.scored(chosen)
        repeated, _ = naive.scored(chosen)
        return Report(tuple(shown), found, repeated, verdict(found, repeated, self.prepared))

    def told(self, method: Method, levels: Sequence[int], report: Report | None) -> Forecast:
        p = self.prepared
        days = p.series.open_days_ahead
        rates = self.ahead if self.ahead is not None else self.rates[-1][: len(days)]
        values = rates * days
        errors = self.errors()
        found = []
        if errors.counted.any():
            for level, (low, high) in zip(
                levels, intervals.bounds(errors, levels, len(days)), strict=True
            ):
                lower, upper = self.bounded(rates, low, high, -1)
                found.append(Interval(level, lower * days, upper * days))
        return Forecast(
            method, values, rates, tuple(found), float(values.sum()), (), self.weights, report
        )


FAR = 7.0
SMALL = 0.01


def verdict(found: Scores, naive: Scores, prepared: Prepared) -> str:
    """In one sentence, how the blend did beside repeating the last season."""
    repeated = "repeating last week" if prepared.series.grain is not Grain.month else "last month"
    if found.wape is None or naive.wape is None or naive.wape <= 0:
        return f"no better than {repeated}"
    better = round(100 * (1 - found.wape / naive.wape))
    return f"{better} % better than {repeated}" if better >= 1 else f"no better than {repeated}"


def _naive_rates(prepared: Prepared, windows: Windows) -> Floats:
    raw = replace(prepared, fitted=prepared.rates, adds=True)
    return repeat_season(Fit(raw, windows.origins, windows.targets))


def _blended(series: Series, levels: Sequence[int]) -> Forecast:
    prepared = prepare(series)
    windows = roll(prepared, series.horizon)
    names = tuple(ADDING if prepared.adds else MULTIPLYING)
    models: Mapping[str, Callable[[Fit], Floats]] = ADDING if prepared.adds else MULTIPLYING
    length = max(windows.length, series.horizon)
    targets = windows.origins[:, None] + np.arange(length)
    cut = len(prepared.cycle) - 1
    fit = Fit(prepared, windows.origins, np.minimum(targets, cut))
    all_found = np.stack([_within(models[name](fit), fit) for name in names])
    rolled = all_found[:, :, : windows.length]
    errors = _candidate_errors(prepared, windows, rolled[:, :-1])
    usable = np.isfinite(all_found).all(axis=2)
    rates = np.empty(all_found.shape[1:])
    for window in range(len(windows.origins)):
        weight = weights(errors, windows, window, names) * usable[:, window]
        weight /= weight.sum()
        found = np.where(usable[:, window, None], all_found[:, window], 0.0)
        rates[window] = weight @ found
    if not prepared.adds:
        rates = np.exp(rates)
    rates = np.maximum(rates, prepared.series.lowest)
    blended = Rolled(
        prepared,
        windows,
        rates[:, : windows.length],
        {name: float(w) for name, w in zip(names, weight, strict=True) if w >= 0.005},
        rates[-1, : series.horizon],
    )
    naive = Rolled(prepared, windows, _naive_rates(prepared, windows), {})
    return blended.told(Method.blend, levels, blended.report(naive))


def _within(found: Floats, fit: Fit) -> Floats:
    """Forecasts within what was seen before each origin, a little beyond allowed, (w, h)."""
    y = np.where(fit.prepared.usable, fit.y, np.nan)
    most = np.fmax.accumulate(y)[fit.origins - 1, None]
    least = np.fmin.accumulate(y)[fit.origins - 1, None]
    beyond = 1.0 if not fit.prepared.adds else 0.5 * (most - least)
    return np.clip(found, least - beyond, most + beyond)


def _candidate_errors(prepared: Prepared, windows: Windows, found: Floats) -> Floats:
    """Sums of absolute errors of each candidate in each window, (c, w)."""
    targets = windows.targets[:-1]
    actual = prepared.fitted[targets]
    rates = found if prepared.adds else np.exp(found)
    apart = np.abs(rates - actual) * prepared.open_days[targets] * windows.counted
    sums = apart.sum(axis=2)
    return np.where(np.isfinite(sums), sums, np.inf)
