"""From a series to its forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from tillsight.forecasting import monthly
from tillsight.forecasting.blend import blended
from tillsight.forecasting.candidates import seasonal_naive as repeat_season
from tillsight.forecasting.fit import Fit
from tillsight.forecasting.held_out import judged, repeated, verdict
from tillsight.forecasting.long_range import by_months
from tillsight.forecasting.outcome import Forecast, Interval, Notice, Report, Span, Window
from tillsight.forecasting.prepared import STEP_DAYS, Prepared, prepare
from tillsight.forecasting.rolled import Rolled
from tillsight.forecasting.scores import mape, scores
from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.windows import Windows, roll
from tillsight.forecasting.words import Grain, Method, Model

LEVELS = (80, 95)
"""Percent that intervals hold, unless others are asked for."""

FEWEST_DAYS = 14
"""Fewer open days are too little to forecast from."""

FEWEST_STEPS = {Grain.day: FEWEST_DAYS, Grain.week: 4, Grain.month: 1}
"""... and so are fewer weeks; of months their model says so itself."""

SHORT_DAYS = 56
"""A shorter history has wide intervals."""

YEAR_DAYS = 395
"""Thirteen months: a shorter history has not seen a season come again."""

MANY_ZEROS = 0.25
"""From this share of open steps without a sale on, longer steps are more reliable."""

FAR_DAYS = 90
"""Further ahead than this, days are forecast by months too."""


def forecast(series: Series, levels: Sequence[int] = LEVELS) -> Forecast:
    """The forecast of a series by our own models; levels are percent, 1 to 99."""
    if _is_too_short(series):
        return average(series)
    if series.grain is Grain.month:
        return monthly.forecast(series, levels)
    if _is_mostly_negative(series):
        return _mirrored(_blended(replace(series, values=-series.values), levels))
    return _blended(series, levels)


def seasonal_naive(series: Series, levels: Sequence[int] = LEVELS) -> Forecast:
    """Each weekday as the last one (days), each week as the last, each month as a year before."""
    if _is_too_short(series):
        return average(series)
    prepared = prepare(series)
    windows = roll(prepared, series.horizon)
    told = _told(series, Method.seasonal_naive, _repeated(prepared, windows), levels)
    level = float(told.trend[: prepared.period].mean())
    return replace(told, trend=np.full(series.horizon, level))


def average(series: Series) -> Forecast:
    """The mean of the open days, flat, without interval: all that few days can say."""
    counted = series.is_open & series.is_ordinary
    days = int(series.open_days[counted].sum())
    per_day = max(series.lowest, float((series.values[counted] / max(1, days)).sum()))
    values: Floats = per_day * series.open_days_ahead.astype(np.float64)
    notices = _notices(series)
    if days:
        told = "1 day" if days == 1 else f"{days} days"
        text = f"Too little history to forecast; this is the average of {told}."
        notices = (Notice("too_little_history", text),)
    trend = np.full(series.horizon, per_day)
    return Forecast(Method.average, values, trend, (), float(values.sum()), (), notices=notices)


def _is_too_short(series: Series) -> bool:
    counted = series.is_open & series.is_ordinary
    days = int(series.open_days[counted].sum())
    return days < FEWEST_DAYS or int(counted.sum()) < FEWEST_STEPS[series.grain]


def _blended(series: Series, levels: Sequence[int]) -> Forecast:
    prepared = prepare(series)
    rolled, weights, trend = blended(prepared, series.horizon)
    method = Method.blend
    far = by_months(rolled) if series.grain is Grain.day and series.horizon > FAR_DAYS else None
    if far is not None:
        rolled, method = far, Method.monthly
        weights = {"months": 0.5} | {name: weight / 2 for name, weight in weights.items()}
    told = _told(series, method, rolled, levels)
    return replace(told, trend=trend, weights=weights)


def _repeated(prepared: Prepared, windows: Windows) -> Rolled:
    """The last season over again, from each origin."""
    steps = np.arange(max(windows.length, prepared.series.horizon))
    targets = np.minimum(windows.origins[:, None] + steps, len(prepared.cycle) - 1)
    as_it_was = replace(prepared, fitted=prepared.rates, adds=True)
    rates = repeat_season(Fit(as_it_was, windows.origins, targets))
    return Rolled(prepared, windows, np.maximum(rates, prepared.series.lowest))


def _told(series: Series, method: Method, rolled: Rolled, levels: Sequence[int]) -> Forecast:
    rates = rolled.rates[-1, : series.horizon]
    values = rates * series.open_days_ahead
    return Forecast(
        method,
        values,
        rates,
        rolled.intervals(levels),
        float(values.sum()),
        rolled.spans(levels),
        report=_report(series, rolled),
        notices=_notices(series),
    )


def _report(series: Series, rolled: Rolled) -> Report | None:
    """How windows were forecast that the model had not seen, beside repeating the last season."""
    windows = rolled.judged()
    if not windows:
        return None
    naive = _repeated(rolled.prepared, rolled.windows).judged()
    found, repeating = judged(series, windows), judged(series, naive)
    words = verdict(found, repeating, repeated(series.grain, len(series.values)))
    return Report(tuple(windows), found, repeating, words)


def _notices(series: Series) -> tuple[Notice, ...]:
    """What to know about a history of this length and kind."""
    counted = series.is_open & series.is_ordinary
    days = len(series.values) * STEP_DAYS[series.grain]
    found = []
    if days < SHORT_DAYS:
        text = "Under 8 weeks of history: what comes may be far from the forecast."
        found.append(Notice("short_history", text))
    if days < YEAR_DAYS:
        text = (
            "Under 13 months of history: no full season seen yet, the time of year counts little."
        )
        found.append(Notice("no_full_season", text))
    if counted.any() and float((series.values[counted] == 0).mean()) > MANY_ZEROS:
        found.append(Notice("many_zeros", _MANY_ZEROS[series.grain]))
    return tuple(found)


_MANY_ZEROS = {
    Grain.day: "On more than a quarter of the open days nothing was sold: totals of weeks or"
    " months are more reliable.",
    Grain.week: "In more than a quarter of the weeks nothing was sold: totals of months are more"
    " reliable.",
    Grain.month: "In more than a quarter of the months nothing was sold: the forecast says little.",
}


def _is_mostly_negative(series: Series) -> bool:
    counted = series.is_open & series.is_ordinary
    return not np.isfinite(series.lowest) and bool(np.median(series.values[counted]) < 0)


def _mirrored(told: Forecast) -> Forecast:
    """A forecast with its sign turned and its bounds swapped."""
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
        intervals=tuple(Interval(one.level, -one.upper, -one.lower) for one in told.intervals),
        total=-told.total,
        total_spans=tuple(Span(one.level, -one.upper, -one.lower) for one in told.total_spans),
        report=report,
    )


@dataclass(frozen=True)
class HoldOut:
    """The last part of a history, forecast from the part before it.

    `first` is the index of the first step held out, `predicted` and `actual` (k,) all steps from
    there on. `mae`, `rmse`, `mape` and `wape` are of trading days: ordinary open steps that sold
    something; `mape` and `wape` are fractions. A score is None where there is no such step.
    """

    first: int
    predicted: Floats
    actual: Floats
    mae: float | None
    rmse: float | None
    mape: float | None
    wape: float | None

    @classmethod
    def scored(cls, series: Series, first: int, predicted: Floats) -> Self:
        """A forecast of all steps from `first` on against what the series has there."""
        actual, counted = series.values[first:], _trading(series)[first:]
        found = scores(actual[counted], predicted[counted], None, None)
        percent = mape(actual[counted], predicted[counted])
        return cls(first, predicted, actual, found.mae, found.rmse, percent, found.wape)


def first_held_out(series: Series, share: float = 0.2) -> int:
    """The index of the step that begins the last share of the trading days."""
    trading = np.flatnonzero(_trading(series))
    if len(trading) < 2:
        return len(series.values)
    return int(trading[min(len(trading) - 1, max(1, round(len(trading) * (1 - share))))])


def _trading(series: Series) -> Flags:
    return np.asarray(series.is_open & series.is_ordinary & (series.values != 0))


def hold_out(
    series: Series,
    share: float = 0.2,
    model: Model = Model.blend,
    expected: Counts | None = None,
) -> HoldOut:
    """Fits on all but the last share of the trading days, and forecasts those.

    `expected` (k,) are the open days as they were expected for the steps held out; without it those
    that came.
    """
    first = first_held_out(series, share)
    ahead = series.open_days[first:] if expected is None else expected
    if first == len(series.values):
        return HoldOut.scored(series, first, np.zeros(0))
    forecaster = seasonal_naive if model is Model.seasonal_naive else forecast
    return HoldOut.scored(series, first, forecaster(series.until(first, ahead), ()).values)
