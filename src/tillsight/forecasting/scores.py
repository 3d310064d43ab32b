"""How far off forecasts were."""

import numpy as np

from tillsight.forecasting.outcome import Scores
from tillsight.forecasting.series import Flags, Floats


def wape(actual: Floats, predicted: Floats) -> float | None:
    """Sum of absolute errors over the sum of absolute values, a fraction; None where all are 0.

    MAD/mean of Kolassa and Schuetz (Foresight 6, 2007).
    """
    total = np.abs(actual).sum()
    return float(np.abs(actual - predicted).sum() / total) if total > 0 else None


def mape(actual: Floats, predicted: Floats) -> float | None:
    """Mean of absolute errors over actual values that are not 0, a fraction; None without any."""
    traded = actual != 0
    if not traded.any():
        return None
    return float(np.abs((actual[traded] - predicted[traded]) / actual[traded]).mean())


def seasonal_error(values: Floats, counted: Flags, season: int) -> float | None:
    """Mean absolute error of repeating the value one season before, over counted steps.

    What errors are measured by in MASE (Hyndman and Koehler, International Journal of Forecasting
    22, 2006); None where nothing can be compared or nothing ever changes.
    """
    both = counted[season:] & counted[:-season]
    if not both.any():
        return None
    mean = float(np.abs(values[season:] - values[:-season])[both].mean())
    return mean if mean > 0 else None


def scores(
    actual: Floats, predicted: Floats, inside: Flags | None, season_error: float | None
) -> Scores:
    """Scores of steps, (k,) each; `inside` where actual values were within the 80 % interval."""
    if len(actual) == 0:
        return Scores(None, None, None, None, None)
    errors = np.abs(actual - predicted)
    mae = float(errors.mean())
    most = float(errors.max())
    rmse = most * float(np.sqrt(np.mean((errors / most) ** 2))) if most > 0 else 0.0
    covered = None if inside is None or len(inside) == 0 else float(inside.mean())
    mase = None if season_error is None else mae / season_error
    return Scores(wape(actual, predicted), mase, covered, mae, rmse)
