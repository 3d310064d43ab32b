"""From a series to its forecast."""

from collections.abc import Sequence

import numpy as np

from tillsight.forecasting.outcome import Forecast, Notice
from tillsight.forecasting.series import Series
from tillsight.forecasting.words import Method

LEVELS = (80, 95)
"""Percent that intervals hold, unless others are asked for."""


def forecast(series: Series, levels: Sequence[int] = LEVELS) -> Forecast:  # noqa: ARG001
    """The forecast of a series by our own models; levels are percent, 1 to 99."""
    counted = series.is_open & series.is_ordinary
    per_day = series.values[counted].sum() / max(1, series.open_days[counted].sum())
    values = per_day * series.open_days_ahead
    days = int(series.open_days[counted].sum())
    text = f"Too little history to forecast; this is the average of {days} days."
    notice = Notice("too_little_history", text)
    trend = np.full(series.horizon, per_day)
    return Forecast(Method.average, values, trend, (), float(values.sum()), (), notices=(notice,))
