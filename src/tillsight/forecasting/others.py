"""Models of other projects behind the door of ours: Prophet, AutoETS, AutoARIMA, AutoTheta.

Each is an extra to install, and imported only when it is asked for. It is fitted to what open,
ordinary steps bring per open day, so that it knows the same calendar as ours, and scored on the
windows that ours is scored on.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np

from tillsight.errors import ModelFailed, ModelNotInstalled
from tillsight.forecasting import engine
from tillsight.forecasting.extra_fits import NAMES, Said, fit, silence
from tillsight.forecasting.held_out import judged, repeated, verdict
from tillsight.forecasting.outcome import Forecast, Interval, Report, Span, Window
from tillsight.forecasting.series import Floats, Series
from tillsight.forecasting.words import Method, Model

JUDGED = 80
"""Percent of the interval that reports tell the coverage of."""
EXTRAS = MappingProxyType(
    {
        Model.prophet: "prophet",
        Model.autoets: "statsforecast",
        Model.autoarima: "statsforecast",
        Model.autotheta: "statsforecast",
    }
)
"""The library of a model, and the extra of ours that installs it."""
MOST_WINDOWS: Mapping[Model, int] = MappingProxyType({Model.autoarima: 3})
"""Windows that a slow model is scored on at most; the others on all of ours."""


def installed(model: Model) -> bool:
    """Whether a model can be asked; ours always can."""
    return model not in EXTRAS or find_spec(EXTRAS[model]) is not None


def install_command(model: Model) -> str | None:
    """What installs a model; None for ours."""
    return f"pip install 'tillsight[{EXTRAS[model]}]'" if model in EXTRAS else None


def forecast(model: Model, series: Series, levels: Sequence[int] = engine.LEVELS) -> Forecast:
    """The forecast of a series by any model; levels are percent, 1 to 99.

    Where our engine has too little history for a forecast, its average is the answer for all.

    Raises:
        ModelNotInstalled: the model needs an extra that is not there.
        ModelFailed: the model finds no fit for this series.
    """
    if model is Model.blend:
        return engine.forecast(series, levels)
    if model is Model.seasonal_naive:
        return engine.seasonal_naive(series, levels)
    require(model)
    ours = engine.forecast(series, (JUDGED,))
    if ours.method is Method.average:
        return engine.forecast(series, levels)
    said = ask(model, series, levels)
    report = ours.report and _report(model, series, ours.report)
    return _told(model, series, levels, said, report)


def require(model: Model) -> None:
    """Refuse a model that is not installed."""
    if not installed(model):
        name, command = NAMES[model], install_command(model)
        message = f"{name} is not installed here. Who runs the server can add it: {command}"
        raise ModelNotInstalled(message, model=model, install=command)


def ask(model: Model, series: Series, levels: Sequence[int]) -> Said:
    """What an installed model says, per open day; one fit."""
    usable = series.is_open & series.is_ordinary
    rates = series.values[usable] / series.open_days[usable]
    if np.ptp(rates) == 0:
        flat = np.full(series.horizon, rates[0])
        return Said(flat, flat, ((flat, flat),) * len(levels), flat[None, :])
    try:
        with silence():
            said = fit(model, series, levels)
    except Exception as error:  # a library may fail in any way it likes
        raise _failed(model) from error
    found = [said.rates, said.trend, said.paths, *(b for both in said.bounds for b in both)]
    if not all(np.isfinite(one).all() for one in found):
        raise _failed(model)
    return said


def window(model: Model, series: Series, origin: int, steps: int) -> Window:
    """What an installed model would have said at an origin about the steps after it."""
    ahead = series.open_days[origin : origin + steps]
    said = ask(model, series.until(origin, ahead), [JUDGED])
    lower, upper = _bounds(series, said.rates, said.bounds[0])
    values = np.maximum(said.rates, series.lowest)
    return Window(origin, values * ahead, lower * ahead, upper * ahead)


def _report(model: Model, series: Series, ours: Report) -> Report:
    """The model and seasonal naive on the windows of ours, the last ones where it is slow."""
    asked = ours.windows[-MOST_WINDOWS.get(model, len(ours.windows)) :]
    windows = [window(model, series, one.origin, len(one.predicted)) for one in asked]
    found = judged(series, windows)
    naive = judged(series, [naive_window(series, one) for one in windows])
    repeating = repeated(series.grain, len(series.values))
    return Report(tuple(windows), found, naive, verdict(found, naive, repeating))


def naive_window(series: Series, asked: Window) -> Window:
    """What seasonal naive would have said in a window, without bounds."""
    steps = len(asked.predicted)
    known = series.until(asked.origin, series.open_days[asked.origin : asked.origin + steps])
    unknown = np.full(steps, np.nan)
    return Window(asked.origin, engine.seasonal_naive(known, ()).values, unknown, unknown)


def _told(
    model: Model, series: Series, levels: Sequence[int], said: Said, report: Report | None
) -> Forecast:
    """As every forecast is told: closed steps 0, nothing below the lowest."""
    ahead = series.open_days_ahead.astype(np.float64)
    values = np.maximum(said.rates, series.lowest) * ahead
    total = float(values.sum())
    totals = (np.maximum(said.paths, series.lowest) * ahead).sum(axis=1)
    intervals, spans = [], []
    for level, both in zip(levels, said.bounds, strict=True):
        lower, upper = _bounds(series, said.rates, both)
        intervals.append(Interval(level, lower * ahead, upper * ahead))
        low, high = np.quantile(totals, ((100 - level) / 200, (100 + level) / 200))
        spans.append(Span(level, min(float(low), total), max(float(high), total)))
    method = Method(model.value)
    return Forecast(
        method, values, said.trend, tuple(intervals), total, tuple(spans), report=report
    )


def _bounds(series: Series, rates: Floats, both: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Bounds around the forecast and not below the lowest."""
    lower, upper = np.minimum(both[0], rates), np.maximum(both[1], rates)
    return np.maximum(lower, series.lowest), np.maximum(upper, series.lowest)


def _failed(model: Model) -> ModelFailed:
    return ModelFailed(f"{NAMES[model]} finds no fit for this series. Take another model.")
