"""How windows did that a model had not seen."""

from collections.abc import Sequence

import numpy as np

from tillsight.forecasting.outcome import Scores, Window
from tillsight.forecasting.scores import scores, seasonal_error
from tillsight.forecasting.series import Series
from tillsight.forecasting.words import Grain

YEAR = 12


def season_of(grain: Grain, steps: int) -> int:
    """How many steps back the same time of the last season is, with so many steps known."""
    if grain is Grain.day:
        return 7
    return YEAR if grain is Grain.month and steps > YEAR else 1


def judged(series: Series, windows: Sequence[Window]) -> Scores:
    """Scores of windows against what happened on the open, ordinary steps they are about.

    Steps with bounds that are not known (NaN) do not count for the coverage.
    """
    steps = np.concatenate([w.origin + np.arange(len(w.predicted)) for w in windows])
    counted = series.is_open & series.is_ordinary
    kept = counted[steps]
    actual = series.values[steps][kept]
    predicted = np.concatenate([w.predicted for w in windows])[kept]
    lower = np.concatenate([w.lower for w in windows])[kept]
    upper = np.concatenate([w.upper for w in windows])[kept]
    rounding = 1e-9 * np.abs(actual)
    inside = (lower - rounding <= actual) & (actual <= upper + rounding)
    season = season_of(series.grain, len(series.values))
    usual = seasonal_error(series.values, counted, season)
    return scores(actual, predicted, inside[np.isfinite(upper)], usual)


def verdict(found: Scores, naive: Scores, repeating: str) -> str:
    """How a model did beside repeating something, in one sentence without its full stop."""
    if found.wape is None or not naive.wape:
        return f"cannot be compared with repeating {repeating}"
    better = round(100 * (1 - found.wape / naive.wape))
    if better < 1:
        return f"no better than repeating {repeating}"
    return f"{better} % better than repeating {repeating}"


def repeated(grain: Grain, steps: int) -> str:
    """What seasonal naive repeats with so many steps known."""
    if grain is Grain.day:
        return "last week"
    return "last year" if season_of(grain, steps) == YEAR else f"the last {grain}"
