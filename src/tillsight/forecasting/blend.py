"""Candidates blended by how they did on earlier windows."""

from collections.abc import Mapping

import numpy as np

from tillsight.forecasting.candidates import ADDING, MULTIPLYING
from tillsight.forecasting.fit import Fit
from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.rolled import Rolled
from tillsight.forecasting.series import Counts, Floats
from tillsight.forecasting.windows import DECIDING, ENOUGH, Windows, roll

AGED = 0.8
"""A window counts this much of the one after it."""

STRICT = 12.0
"""How fast a weight falls with an error larger than the best one."""

FIXED = ("smoothing", "ridge_without_year", "weekday_mean")
"""Blended alike where too few windows can be rolled to decide."""

BEYOND = 1.0
"""How far outside of all that was seen before a candidate may go: in logarithms."""


def blended(prepared: Prepared, horizon: int) -> tuple[Rolled, dict[str, float], Floats]:
    """Forecasts of all windows and ahead, the weights ahead by name, and the level ahead, (h,).

    Where effects multiply the blend is the weighted geometric mean, else the arithmetic one.
    """
    windows = roll(prepared, horizon)
    fit = Fit(prepared, windows.origins, _targets(prepared, windows, horizon))
    models = ADDING if prepared.adds else MULTIPLYING
    found = np.stack([_within(model(fit), fit) for model in models.values()])
    weights = all_weights(prepared, windows, found, tuple(models))
    mixed = np.einsum("cw,cwh->wh", weights, np.where(np.isfinite(found), found, 0.0))
    lowest = prepared.series.lowest
    level = _level(mixed[-1, :horizon] - fit.target_profile[-1, :horizon])
    if not prepared.adds:
        mixed, level = np.exp(mixed), np.exp(level)
    rolled = Rolled(prepared, windows, np.maximum(mixed, lowest))
    named = dict(zip(models, weights[:, -1].tolist(), strict=True))
    return rolled, _rounded(named), np.maximum(level, lowest)


def _targets(prepared: Prepared, windows: Windows, horizon: int) -> Counts:
    """The steps to forecast from each origin, (w + 1, k): those of a window or of the horizon."""
    steps = np.arange(max(windows.length, horizon))
    return np.asarray(np.minimum(np.add.outer(windows.origins, steps), len(prepared.cycle) - 1))


def _within(found: Floats, fit: Fit) -> Floats:
    """Forecasts within what was seen before each origin, a little beyond allowed, (w, k)."""
    y = np.where(fit.prepared.usable, fit.y, np.nan)
    most = np.fmax.accumulate(y)[fit.origins - 1, None]
    least = np.fmin.accumulate(y)[fit.origins - 1, None]
    beyond = 0.5 * (most - least) if fit.prepared.adds else BEYOND
    return np.clip(found, least - beyond, most + beyond)


def all_weights(
    prepared: Prepared, windows: Windows, found: Floats, names: tuple[str, ...]
) -> Floats:
    """What each candidate weighs at each origin by the windows before it, (c, w + 1).

    Errors are those of steps without extremes: one huge day says nothing about a candidate.
    """
    targets = windows.targets[:-1]
    rates = found[:, :-1, : windows.length]
    rates = rates if prepared.adds else np.exp(rates)
    apart = np.abs(rates - prepared.fitted[targets])
    errors = (apart * prepared.open_days[targets] * windows.counted).sum(axis=2)
    errors = np.where(np.isfinite(errors), errors, np.inf)
    able = np.asarray(np.isfinite(found).all(axis=2), dtype=np.float64)
    fixed = np.array([name in FIXED for name in names], dtype=np.float64)
    columns = []
    for window in range(len(windows.origins)):
        used = windows.before(window)[-DECIDING:]
        aged = AGED ** np.arange(len(used))[::-1]
        weights = decided(errors[:, used] @ aged) if len(used) >= ENOUGH else fixed
        weights = np.multiply(weights, able[:, window])
        columns.append(weights / weights.sum())
    return np.stack(columns, axis=1)


def decided(errors: Floats) -> Floats:
    """exp(-12 (error / best - 1)) of each candidate, (c,); the best ones alone if they have none.

    Exponential weights (Vovk, COLT 1990; Littlestone and Warmuth, Information and Computation 108,
    1994), of errors relative to the best one.
    """
    best = errors.min()
    if not np.isfinite(best):
        return np.ones(len(errors))
    if best <= 0:
        return (errors <= 0).astype(np.float64)
    return np.asarray(np.exp(-np.minimum(STRICT * (errors / best - 1), 700.0)))


def _level(without_weekday: Floats) -> Floats:
    """The forecast without the weekday, smoothed over a week, (h,)."""
    width = min(7, len(without_weekday))
    padded = np.pad(without_weekday, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights of half a percent and more, made to add up to 1, the largest first."""
    kept = {name: weight for name, weight in weights.items() if weight >= 0.005}
    total = sum(kept.values())
    return {name: kept[name] / total for name in sorted(kept, key=lambda one: -kept[one])}
