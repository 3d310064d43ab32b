"""Customer lifetime value: how often customers buy until they stop, and what a purchase is worth.

Purchases follow the BG/NBD model (Fader, Hardie and Lee, “Counting Your Customers” the Easy Way,
Marketing Science 24(2), 2005): while alive a customer buys at a rate of their own, and after each
purchase may stop for good. Values follow the Gamma-Gamma model (Fader, Hardie and Lee, RFM and CLV,
Journal of Marketing Research 42(4), 2005): the values of a customer's purchases spread around a
mean of their own, which does not depend on how often they buy.

Times are weeks throughout. All is computed in logarithms, so that no history overflows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tillsight.forecasting.series import Counts, Floats

Gradient = tuple[float, Floats]

PENALTY = 1e-4
"""Weight of the squared logarithms of the parameters, which decides where the data do not: it takes
a log-likelihood of half of this to move one of them by a factor of e from 1."""
FARTHEST = 9.0
"""Parameters are searched for within e to the power of ± this, times their unit."""
LEAST_ABOVE = 0.5
"""How far above 1 the q of values is at the least."""
QUADRATURE_POINTS = 64
CLOSE = 1e-6
"""How close to a removable singularity a parameter is moved away from it."""


@dataclass(frozen=True)
class Histories:
    """What is known of each customer's purchases, (n,) each.

    `repeats` is the number of purchases after the first; `last` the weeks from the first to the
    last one, 0 without repeats; `age` the weeks from the first to the end of what is known.

    Raises:
        ValueError: there is a history that cannot be.
    """

    repeats: Counts
    last: Floats
    age: Floats

    def __post_init__(self) -> None:
        if not len(self.repeats) == len(self.last) == len(self.age):
            raise ValueError("histories have as many repeats as times")
        if not np.isfinite(self.age).all():
            raise ValueError("the end of what is known is finite")
        if ((self.repeats < 0) | (self.last < 0) | (self.last > self.age)).any():
            raise ValueError("a last purchase lies between the first and the end of what is known")
        if ((self.repeats == 0) & (self.last > 0)).any():
            raise ValueError("without a repeat the first purchase is the last")

    def __len__(self) -> int:
        return len(self.repeats)

    def some(self, which: NDArray[np.bool_] | Counts) -> "Histories":
        """Those of a mask or of places."""
        return Histories(self.repeats[which], self.last[which], self.age[which])


@dataclass(frozen=True)
class PurchaseModel:
    """Parameters of BG/NBD: rates are Gamma(r, alpha), stopping after a purchase Beta(a, b).

    `alpha` is in weeks. `log_likelihood` is that of all `customers`, without the penalty.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int


@dataclass(frozen=True)
class ValueModel:
    """Parameters of Gamma-Gamma; `gamma` is in money. Only customers with repeats tell of it."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int

    @property
    def mean(self) -> float:
        """What a purchase of a customer is worth of whom nothing is known."""
        return self.p * self.gamma / (self.q - 1)


def fit_purchases(histories: Histories) -> PurchaseModel:
    """The BG/NBD model that makes these histories likeliest.

    Raises:
        ValueError: there is no history, or none with any time in it.
    """
    unit = float(histories.age.mean()) if len(histories) else 0.0
    if unit <= 0:
        raise ValueError("there is no time in which anybody could have bought again")
    rows, counts = _merged(histories)
    likelihood = _PurchaseLikelihood(rows, counts)
    units = np.array([1.0, unit, 1.0, 1.0])
    r, alpha, a, b = _likeliest(likelihood, [0.5, 0.5, 0.7, 2.0], units, len(histories), {})
    value, _ = likelihood(np.array([r, alpha, a, b]))
    return PurchaseModel(r, alpha, a, b, value, len(histories))


def fit_values(repeats: Counts, mean_values: Floats) -> ValueModel:
    """The Gamma-Gamma model of the mean value of each customer's repeat purchases.

    Who has no repeats, or paid nothing, tells nothing. The search keeps q well above 1: only there
    the mean over all customers exists, and close to it a tail that nobody saw decides it.

    Raises:
        ValueError: nobody is left.
    """
    tells = (repeats > 0) & (mean_values > 0) & np.isfinite(mean_values)
    if not tells.any():
        raise ValueError("nobody has a repeat purchase of any value")
    x, z = repeats[tells], mean_values[tells]
    unit = float(np.exp(np.log(z).mean()))
    of_values = _ValueLikelihood(x, z)

    def likelihood(shifted: Floats) -> Gradient:
        p, above, gamma = shifted
        return of_values(np.array([p, 1 + above, gamma]))

    units = np.array([1.0, 1.0, unit])
    p, above, gamma = _likeliest(likelihood, [2.0, 2.0, 1.0], units, len(x), {1: LEAST_ABOVE})
    value, _ = likelihood(np.array([p, above, gamma]))
    return ValueModel(p, 1 + above, gamma, value, len(x))


def purchase_likelihood(parameters: Floats, histories: Histories) -> Gradient:
    """Log-likelihood of BG/NBD (2005, equation 6) at (r, alpha, a, b), and its gradient, (4,)."""
    return _PurchaseLikelihood(*_merged(histories))(parameters)


def value_likelihood(parameters: Floats, repeats: Counts, mean_values: Floats) -> Gradient:
    """Log-likelihood of Gamma-Gamma at (p, q, gamma), and its gradient, (3,).

    The density of a mean of x values is that of equation 1a of Fader and Hardie, The Gamma-Gamma
    Model of Monetary Value (2013).
    """
    return _ValueLikelihood(repeats, mean_values)(parameters)


def alive(model: PurchaseModel, histories: Histories) -> Floats:
    """The probability that each customer has not stopped buying, (n,).

    Who has bought once cannot have stopped in this model: it stops people after repeats alone.
    """
    odds = np.exp(_log_odds_of_stopped(model, histories))
    chances: Floats = 1 / (1 + odds)
    return chances


def chances_of_purchase(model: PurchaseModel, histories: Histories, weeks: float) -> Floats:
    """The probability that each customer buys at least once in the next weeks, (n,).

    Who is alive buys at a rate that is Gamma(r + x, alpha + T) for all that is known of them, so
    the chance that they do not in t weeks is ((alpha + T) / (alpha + T + t))^(r + x).
    """
    waits = np.log1p(weeks / (model.alpha + histories.age))
    some: Floats = -np.expm1(-(model.r + histories.repeats) * waits)
    return some * alive(model, histories)


def expected_purchases(model: PurchaseModel, histories: Histories, weeks: float) -> Floats:
    """The purchases each customer is expected to make in the next weeks, (n,).

    Equation 10 of the 2005 paper. By Euler's transformation of its hypergeometric function the
    power before it has the exponent a - 1 for everybody, and nothing overflows for many repeats.
    """
    # Whatever depends on repeats and age alone is worked out once for each pair of them.
    first, place, _ = _different(histories.repeats, histories.age)
    x, age = histories.repeats[first], histories.age[first]
    bought = _purchases_if_alive(model, x, age, weeks)
    # The rate goes on at the most, and at the least there is no second purchase.
    most = (model.r + x) * weeks / (model.alpha + age)
    least = -np.expm1(-(model.r + x) * np.log1p(weeks / (model.alpha + age)))
    off = ~((bought >= least * (1 - CLOSE)) & (bought <= most * (1 + CLOSE)))
    if off.any():
        bought[off] = _by_quadrature(model, x[off], age[off], weeks)
    return bought[place] * alive(model, histories)


def _purchases_if_alive(model: PurchaseModel, x: Counts, age: Floats, weeks: float) -> Floats:
    from scipy.special import hyp2f1

    a = model.a if abs(model.a - 1) > CLOSE else 1 + CLOSE
    c = a + model.b + x - 1
    c = np.where(np.abs(c) > CLOSE, c, CLOSE)
    z = weeks / (model.alpha + age + weeks)
    with np.errstate(invalid="ignore", over="ignore"):
        left = np.exp((1 - a) * np.log1p(weeks / (model.alpha + age)))  # (1 - z)^(a - 1)
        still = left * hyp2f1(c - model.r - x, a - 1, c, z)
        bought: Floats = c / (a - 1) * (1 - still)
    return bought


def _by_quadrature(model: PurchaseModel, x: Counts, age: Floats, weeks: float) -> Floats:
    """The same as a mean over the probability of stopping, which for the living is Beta(a, b + x).

    For parameters so large that the hypergeometric function cannot be worked out.
    """
    from scipy.special import betaincinv

    points, weights = np.polynomial.legendre.leggauss(QUADRATURE_POINTS)
    quantiles = (points[:, None] + 1) / 2
    stop = np.maximum(betaincinv(model.a, model.b + x, quantiles), np.finfo(float).tiny)
    bought = -np.expm1(-(model.r + x) * np.log1p(stop * weeks / (model.alpha + age))) / stop
    mean: Floats = np.einsum("i,ij->j", weights / 2, bought)
    return mean


def expected_values(model: ValueModel, repeats: Counts, mean_values: Floats) -> Floats:
    """What a purchase of each customer is expected to be worth, (n,).

    Equation 5 of the note of 2013: their own mean, drawn the more to that of all the fewer repeats
    it is from. Who has none gets the mean of all.
    """
    mine = model.p * repeats / (model.p * repeats + model.q - 1)
    known = np.where(repeats > 0, mean_values, 0.0)
    expected: Floats = (1 - mine) * model.mean + mine * known
    return expected


def correlation(repeats: Counts, mean_values: Floats) -> float | None:
    """How much frequency and value go together, -1 to 1, over customers with repeats.

    Gamma-Gamma takes it for 0. None where one of the two is the same for all.
    """
    of = repeats > 0
    x, z = repeats[of].astype(np.float64), mean_values[of]
    if len(x) < 2 or x.min() == x.max() or z.min() == z.max():
        return None
    return float(np.corrcoef(x, z)[0, 1])


def _log_odds_of_stopped(model: PurchaseModel, histories: Histories) -> Floats:
    """Minus infinity for those without repeats."""
    x = histories.repeats
    waited = np.log(model.alpha + histories.age) - np.log(model.alpha + histories.last)
    several = np.maximum(model.b + x - 1, model.b)  # the smaller one has no repeats
    odds = np.log(model.a) - np.log(several) + (model.r + x) * waited
    # Beyond this the probability is 0 in floating point; exp() of more would overflow.
    return np.where(x > 0, np.minimum(odds, 700.0), -np.inf)


class _PurchaseLikelihood:
    """Log-likelihood of BG/NBD over rows that stand for `counts` customers each.

    What depends on one column alone is worked out for its different values: there are few.
    """

    def __init__(self, rows: Histories, counts: Counts) -> None:
        weights = counts.astype(np.float64)
        x = rows.repeats.astype(np.float64)
        self._xs, of_x = np.unique(x, return_inverse=True)
        self._ages, of_age = np.unique(rows.age, return_inverse=True)
        self._lasts, of_last = np.unique(rows.last, return_inverse=True)
        self._x_counts: Floats = np.bincount(of_x, weights).astype(np.float64)
        self._age_counts: Floats = np.bincount(of_age, weights).astype(np.float64)
        self._age_repeats: Floats = np.bincount(of_age, weights * x).astype(np.float64)
        # Only who came again can have stopped.
        again = np.flatnonzero(rows.repeats > 0)
        self._again, self._weights = x[again], weights[again]
        self._of_x, self._of_age, self._of_last = of_x[again], of_age[again], of_last[again]

    def __call__(self, parameters: Floats) -> Gradient:
        from scipy.special import digamma, gammaln

        r, alpha, a, b = parameters
        xs, of_x, every = self._xs, self._x_counts, self._x_counts.sum()
        until_end, until_last = alpha + self._ages, alpha + self._lasts
        several = np.maximum(b + xs - 1, b)
        waited = np.log(until_end)[self._of_age] - np.log(until_last)[self._of_last]
        odds = (np.log(a) - np.log(several))[self._of_x] + (r + self._again) * waited
        less = np.exp(-np.abs(odds))
        stopped = self._weights * np.where(odds > 0, 1, less) / (1 + less)
        of_age = r * self._age_counts + self._age_repeats
        value = (
            _sum(of_x, gammaln(r + xs) + gammaln(b + xs) - gammaln(a + b + xs))
            + every * (gammaln(a + b) - gammaln(r) - gammaln(b) + r * np.log(alpha))
            - _sum(of_age, np.log(until_end))
            + _sum(self._weights, np.maximum(odds, 0) + np.log1p(less))
        )
        sooner = (1 / until_end)[self._of_age] - (1 / until_last)[self._of_last]
        shrunk = _sum(of_x, digamma(a + b + xs))
        gradient = np.array(
            [
                _sum(of_x, digamma(r + xs)) + every * (np.log(alpha) - digamma(r))
                - _sum(self._age_counts, np.log(until_end)) + _sum(stopped, waited),
                every * r / alpha - _sum(of_age, 1 / until_end)
                + _sum(stopped, (r + self._again) * sooner),
                every * digamma(a + b) - shrunk + stopped.sum() / a,
                every * (digamma(a + b) - digamma(b)) + _sum(of_x, digamma(b + xs)) - shrunk
                - _sum(stopped, (1 / several)[self._of_x]),
            ]
        )  # fmt: skip
        return float(value), gradient


class _ValueLikelihood:
    """Log-likelihood of Gamma-Gamma; what depends on repeats alone is worked out once for each."""

    def __init__(self, repeats: Counts, mean_values: Floats) -> None:
        self._x = repeats.astype(np.float64)
        self._spent = self._x * mean_values
        self._xs, of_x = np.unique(self._x, return_inverse=True)
        self._x_counts: Floats = np.bincount(of_x).astype(np.float64)
        self._paid = _sum(self._x, np.log(self._spent))
        self._once = float(np.log(mean_values).sum())

    def __call__(self, parameters: Floats) -> Gradient:
        from scipy.special import digamma, gammaln

        p, q, gamma = parameters
        shape, of_x, every = p * self._xs, self._x_counts, self._x_counts.sum()
        whole = np.log(gamma + self._spent)
        sum_whole, repeats_whole = float(whole.sum()), _sum(self._x, whole)
        parts = 1 / (gamma + self._spent)
        value = (
            _sum(of_x, gammaln(shape + q) - gammaln(shape))
            + every * (q * np.log(gamma) - gammaln(q))
            + p * (self._paid - repeats_whole) - q * sum_whole - self._once
        )  # fmt: skip
        gradient = np.array(
            [
                _sum(of_x, self._xs * (digamma(shape + q) - digamma(shape)))
                + self._paid - repeats_whole,
                _sum(of_x, digamma(shape + q)) + every * (np.log(gamma) - digamma(q)) - sum_whole,
                every * q / gamma - p * _sum(self._x, parts) - q * float(parts.sum()),
            ]
        )  # fmt: skip
        return float(value), gradient


def _sum(weights: Floats, values: Floats) -> float:
    # Not the @ of NumPy: its threads take many times as long as this where a core is not free.
    return float(np.einsum("i,i->", weights, values))


def _merged(histories: Histories) -> tuple[Histories, Counts]:
    """The different histories, and how many customers have each."""
    first, _, counts = _different(histories.repeats, histories.last, histories.age)
    return histories.some(first), counts


def _different(*columns: Counts | Floats) -> tuple[Counts, Counts, Counts]:
    """Of the different rows: where each stands first; which one each row is; how often it is."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    first = counts = code
    for column in columns:
        values, place = np.unique(column, return_inverse=True)
        code = code * len(values) + place
        # Numbered anew each time, so that many columns of different values do not overflow.
        _, first, code, counts = np.unique(
            code, return_index=True, return_inverse=True, return_counts=True
        )
    return first, code, counts


def _likeliest(
    likelihood: Callable[[Floats], Gradient],
    start: list[float],
    units: Floats,
    customers: int,
    least: Mapping[int, float],
) -> list[float]:
    """Parameters above 0 that make a log-likelihood largest, less the penalty.

    They are searched for as logarithms of multiples of their units, so that the result moves with
    the units of the data and with nothing else. `least` bounds some of the multiples by place.
    """
    from scipy.optimize import minimize

    def loss(theta: Floats) -> Gradient:
        parameters = np.exp(theta) * units
        value, gradient = likelihood(parameters)
        penalised = value - PENALTY / 2 * float(theta @ theta)
        return -penalised / customers, -(gradient * parameters - PENALTY * theta) / customers

    lowest = [
        float(np.log(least[place])) if place in least else -FARTHEST for place in range(len(start))
    ]
    found = minimize(
        loss,
        np.log(start),
        jac=True,
        method="SLSQP",  # L-BFGS-B lets threads spin where a core is not free, ten times as long
        bounds=[(low, FARTHEST) for low in lowest],
        options={"ftol": 1e-15, "maxiter": 500},
    )
    return [float(one) for one in np.exp(found.x) * units]
