"""The probability that a sum over the year reaches its target.

The periods that remain are forecast together; how far off such forecasts were before, in this very
series, makes the distribution. With F the forecast, s the scale and nu the degrees of freedom,

    P = 1 - T_nu(log((target - year to date) / F) / s)

where T_nu is Student's t. s and nu weigh a usual scale s0, worth nu0 = 2.1 observations, against
the log errors e of earlier forecasts over as many periods k:

    s^2 = (nu0 s0^2 + n mean(e^2)) / (nu0 + n),   nu = nu0 + n,   n = count(e) / (0.75 k)
    s0  = hypot(a, b noise / sqrt(k)),   noise = median absolute deviation of log changes

Forecasts over k periods overlap, so n is less than their count. a and b are 0.05 and 1.5 where more
than a year is known, else 0.20 and 1.2. The weighing is the posterior of a scaled inverse
chi-squared prior (Gelman et al., Bayesian Data Analysis, 3rd edition, section 2.6). The constants
were measured for months; other periods use them with k, e and noise of their own.

Where a quarter of the values or more are next to nothing, logarithms say nothing: such sums are
taken as normal around their mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import hypot, log, sqrt

import numpy as np

from tillsight.forecasting.series import Flags, Floats
from tillsight.forecasting.totals import FEWEST, totals

USUAL_WEIGHT = 2.1  # nu0
OVERLAP = 0.75
KNOWN_YEAR = (0.05, 1.5)  # a, b with more than a year of history
SHORT = (0.20, 1.2)
LEAST_VALUE = 0.05  # of the median: smaller values count as that much when changes are measured
LEAST, MOST = 0.03, 0.97
STEP = 0.05
LIKELY, UNLIKELY = 0.65, 0.35
LUMPY = 0.25
LUMPS_OF = 36
"""Values at least, of which the mean and spread of lumpy ones are taken, or three years of them."""
RANGE = (0.1, 0.9)
"""Between these shares of the distribution the 80 % range lies."""
TRIED_BEFORE = 36
"""Earlier points that the method is tried at, the newest."""


class Word(StrEnum):
    """What a probability is called: from 65 % on likely, to 35 % unlikely, between them open."""

    likely = "likely"
    open = "open"
    unlikely = "unlikely"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is known of the sum of the remaining periods: the forecast F, in the unit of the values,
    the scale s of its log error, and degrees of freedom.
    """

    forecast: float
    scale: float
    freedom: float

    def probability(self, needed: float) -> float | None:
        """How likely the sum is `needed` or more, 0 to 1: 1 where nothing is needed any more; None
        where the forecast is not above zero.
        """
        if needed <= 0:
            return 1.0
        if self.forecast <= 0:
            return None
        from scipy.special import stdtr

        return 1 - float(stdtr(self.freedom, log(needed / self.forecast) / self.scale))

    def quantiles(self, shares: Sequence[float]) -> Floats:
        """What the sum does not exceed in those shares of cases; F must be above zero."""
        from scipy.special import stdtrit

        found: Floats = self.forecast * np.exp(self.scale * stdtrit(self.freedom, shares))
        return found


@dataclass(frozen=True, slots=True)
class Lumps:
    """The same of values that come in lumps: the forecast is their mean, and the sum is that far
    from it (`spread`, in the unit of the values) times Student's t.
    """

    forecast: float
    spread: float
    freedom: float

    def probability(self, needed: float) -> float | None:
        """As of `Ahead`."""
        if needed <= 0:
            return 1.0
        if self.forecast <= 0:
            return None
        from scipy.special import stdtr

        return 1 - float(stdtr(self.freedom, (needed - self.forecast) / self.spread))

    def quantiles(self, shares: Sequence[float]) -> Floats:
        """As of `Ahead`."""
        from scipy.special import stdtrit

        found: Floats = self.forecast + self.spread * stdtrit(self.freedom, shares)
        return found


@dataclass(frozen=True, slots=True)
class Record:
    """How the method did before: at `of` earlier points it gave an 80 % range for as many periods
    as remain now, and `held` times the outcome was inside.
    """

    held: int
    of: int


def look_ahead(values: Floats, is_known: Flags, season: int, span: int) -> Ahead | Lumps:
    """What the next `span` periods come to together.

    `values`, (n,), n at least `FEWEST`, oldest first; `is_known` is false where a gap was filled.
    `season` is the number of periods of a year, `span` 1 or more.
    """
    newest = values[is_known][-max(LUMPS_OF, 3 * season) :]
    if _are_lumps(newest):
        return _lumps(newest, span)
    found = totals(values, is_known, season, span)
    a, b = KNOWN_YEAR if int(is_known.sum()) > season else SHORT
    usual = hypot(a, b * _noise(values) / sqrt(span))
    count = len(found.errors) / (OVERLAP * span)
    squares = float(found.errors @ found.errors) / max(1, len(found.errors))
    freedom = USUAL_WEIGHT + count
    scale = sqrt((USUAL_WEIGHT * usual**2 + count * squares) / freedom)
    return Ahead(float(found.forecast[-1]), scale, freedom)


def record(values: Floats, is_known: Flags, season: int, span: int) -> Record:
    """How often 80 % ranges for `span` periods held before, each made of what was known then."""
    held = tried = 0
    last = len(values) - span
    for after in range(max(FEWEST, last - TRIED_BEFORE + 1), last + 1):
        ahead = look_ahead(values[:after], is_known[:after], season, span)
        if ahead.forecast <= 0 or not is_known[after : after + span].all():
            continue
        tried += 1
        low, high = ahead.quantiles(RANGE)
        held += low <= values[after : after + span].sum() <= high
    return Record(held, tried)


def told(probability: float) -> float:
    """A probability as it is told: in steps of 5 %, but never surer than 3 or 97 %."""
    return min(max(round(round(probability / STEP) * STEP, 2), LEAST), MOST)


def word(probability: float) -> Word:
    """What a probability is called."""
    if probability >= LIKELY:
        return Word.likely
    return Word.unlikely if probability <= UNLIKELY else Word.open


def _are_lumps(values: Floats) -> bool:
    """Whether a quarter of the values or more are next to nothing: logarithms say nothing then."""
    positive = values[values > 0]
    if not len(positive) or len(values) < FEWEST:
        return False
    return float(np.mean(values <= LEAST_VALUE * _median(positive))) >= LUMPY


def _lumps(values: Floats, span: int) -> Lumps:
    """The mean of the values for each period to come; its own error is part of the spread:
    sd sqrt(k (1 + k / n)), the predictive distribution of a normal with unknown mean and variance
    (Gelman et al., section 3.2).
    """
    count = len(values)
    spread = float(values.std(ddof=1)) * sqrt(span * (1 + span / count))
    return Lumps(float(values.mean()) * span, spread, count - 1)


def _noise(values: Floats) -> float:
    """The median absolute deviation of the changes of logarithms."""
    positive = values[values > 0]
    if not len(positive):
        return 0.0
    changes = np.diff(np.log(np.maximum(values, LEAST_VALUE * _median(positive))))
    return _median(np.abs(changes - _median(changes)))


def _median(values: Floats) -> float:
    """As `np.median`, in a fifth of its time for so few."""
    ordered = np.sort(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return float(ordered[middle - 1] + ordered[middle]) / 2
