"""Regression of the logarithms on trend, weekday, edges of months and the year."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tillsight.forecasting.fit import Fit
from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.series import Counts, Floats

YEAR = 365.25
"""Days."""

HARMONICS = ((270, 2), (400, 4), (700, 6))
"""From so many days of history on, so many waves of the year are fitted."""

MOST_HARMONICS = 6
"""Waves of a year that there are columns for."""


@dataclass(frozen=True)
class Stiffness:
    """How freely a regression follows the history.

    `half_life` in days; penalties in observations: what `trend`, `weekday`, `edge` and `year` have
    to overcome. `local` is the half-life in days of what the last residuals add to the forecast.
    """

    half_life: float
    trend: float
    weekday: float
    edge: float
    year: float
    local: float


FREE = Stiffness(half_life=180, trend=0.5, weekday=1, edge=3, year=4, local=20)
STIFF = Stiffness(half_life=365, trend=3, weekday=1, edge=10, year=15, local=30)
WITHOUT_YEAR = Stiffness(half_life=90, trend=2, weekday=1, edge=5, year=np.inf, local=20)

NEVER = 1e9
"""A penalty that leaves nothing."""


def regression(stiffness: Stiffness) -> Callable[[Fit], Floats]:
    """A weighted ridge regression, fitted at all origins at once."""

    def candidate(fit: Fit) -> Floats:
        """Solves (X' W X + P) b = X' W y (Hoerl and Kennard, Technometrics 12, 1970), (w, h).

        The mean of the logarithms is no mean of sales: the residuals' mean of exponentials puts
        it right (smearing; Duan, Journal of the American Statistical Association 78, 1983).
        """
        p = fit.prepared
        x = features(p)
        known = x[: p.steps]
        weights = fit.decay(stiffness.half_life / p.step_days)
        weighted = weights[:, :, None] * known
        normal = known.T @ weighted
        right = (weighted * fit.y[:, None]).sum(axis=1)
        diagonal = np.arange(x.shape[1])
        normal[:, diagonal, diagonal] += _penalties(p, fit.origins, stiffness)
        beta = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
        residuals = np.where(weights > 0, fit.y - beta @ known.T, 0.0)
        fitted: Floats = np.einsum("whp,wp->wh", x[fit.targets], beta)
        fitted += _smearing(weights, residuals)[:, None] + _local(fit, stiffness, residuals)
        return fitted

    return candidate


def features(prepared: Prepared) -> Floats:
    """1, trend in years, weekdays, first and last days of months, waves of the year, (n + h, p)."""
    days = np.arange(len(prepared.cycle)) * prepared.step_days
    columns = [np.ones(len(days)), (days - days[-1]) / YEAR]
    if prepared.period > 1:
        columns += list((prepared.cycle[:, None] == np.arange(prepared.period)).T.astype(float))
        columns += list(_month_edges(prepared))
    start = prepared.series.start
    phase = 2 * np.pi * (start.timetuple().tm_yday + days) / YEAR
    for wave in range(1, MOST_HARMONICS + 1):
        columns += [np.sin(wave * phase), np.cos(wave * phase)]
    return np.stack(columns, axis=1)


def _month_edges(prepared: Prepared) -> Floats:
    """Whether a day is one of the first or the last three of its month, (2, n + h)."""
    first = np.datetime64(prepared.series.start)
    days = first + np.arange(len(prepared.cycle))
    months = days.astype("datetime64[M]")
    since = (days - months.astype("datetime64[D]")).astype(np.int64)
    until = ((months + 1).astype("datetime64[D]") - days).astype(np.int64)
    return np.stack([since < 3, until <= 3]).astype(np.float64)


def _penalties(prepared: Prepared, origins: Counts, stiffness: Stiffness) -> Floats:
    """The penalty of each column at each origin, (w, p)."""
    fixed = [1e-9, stiffness.trend]
    if prepared.period > 1:
        fixed += [stiffness.weekday] * prepared.period + [stiffness.edge] * 2
    waves = np.repeat(np.arange(1, MOST_HARMONICS + 1), 2)
    allowed = np.zeros(len(origins))
    for days, harmonics in HARMONICS:
        allowed[origins * prepared.step_days >= days] = harmonics
    year = np.where(waves <= allowed[:, None], min(stiffness.year, NEVER) * waves, NEVER)
    return np.concatenate((np.tile(fixed, (len(origins), 1)), year), axis=1)


def _smearing(weights: Floats, residuals: Floats) -> Floats:
    """Logarithm of the weighted mean of exponentials of residuals, (w,)."""
    mean: Floats = (weights * np.exp(residuals)).sum(axis=1) / weights.sum(axis=1)
    return np.log(mean)


LOCAL_ALPHA = 0.1
"""How fast the level of the last residuals follows days; weeks three times as fast."""


def _local(fit: Fit, stiffness: Stiffness, residuals: Floats) -> Floats:
    """The smoothed last residuals, fading over the steps, (w, h)."""
    alpha = LOCAL_ALPHA if fit.prepared.period > 1 else 3 * LOCAL_ALPHA
    weights = np.power(1 - alpha, fit.ages - 1)
    level = (weights * residuals).sum(axis=1) / (weights.sum(axis=1) + 3)
    steps = np.arange(fit.targets.shape[1]) * fit.prepared.step_days
    faded: Floats = level[:, None] * np.exp2(-steps / stiffness.local)
    return faded
