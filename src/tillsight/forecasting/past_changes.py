"""Where a level or a ratio may go: from now on as it went from earlier points on, over as many
periods.

Every earlier point makes one path: how the values that followed it differ from where it stood.
Where it stood is the last value, or the mean of the last ones, whichever left the smaller
differences. How reliable this is was not measured on real levels and ratios, so it is labelled
wherever it is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tillsight.forecasting.reaching import RANGE, TRIED_BEFORE, Record
from tillsight.forecasting.series import Floats
from tillsight.forecasting.totals import FEWEST

MOST_PATHS = 60
WIDTHS = (1, 3, 12)
"""How many of the last values may make where it stands."""
WIDER = 0.8
"""By so much over what paths are worth ranges are widened: few do not show everything."""
OVERLAP = 0.75
"""Paths over k periods overlap: so many count as their number / (0.75 k)."""


@dataclass(frozen=True)
class Paths:
    """Values that may follow, a row for each earlier point, a column for each period to come.

    `count` is what these paths are worth as independent ones.
    """

    values: Floats
    count: float

    def probability(self, margins: Floats) -> float:
        """How likely something is that each path, (paths,), clears by a margin, or misses by it
        where that is below zero: 0 to 1.

        Each path stands for those near it, blurred by Student's t with as many degrees of freedom
        as paths are worth: so few do not show all that can happen.
        """
        from scipy.special import stdtr

        width = float(margins.std()) * self._blur()
        if not width > 0:
            return float(np.mean(margins >= 0))
        return float(stdtr(1 + self.count, margins / width).mean())

    def quantiles(self, outcomes: Floats, shares: tuple[float, ...]) -> Floats:
        """What outcomes, (paths, ...), do not exceed in those shares of cases, (shares, ...):
        widened around their median as much as `probability` blurs.
        """
        ordered = np.sort(outcomes, axis=0)
        middle = _cut(ordered, 0.5)
        wider = sqrt(1 + self._blur() ** 2) * (1 + WIDER / self.count)
        return np.array([middle + (_cut(ordered, share) - middle) * wider for share in shares])

    def _blur(self) -> float:
        """In standard deviations: Silverman's rule, with what paths are worth."""
        return float(self.count**-0.2)


def _cut(ordered: Floats, share: float) -> Floats:
    """A quantile of sorted rows, between two of them in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    found: Floats = ordered[below] + (place - below) * (ordered[above] - ordered[below])
    return found


def paths(values: Floats, season: int, span: int) -> Paths:
    """How the next `span` periods may go, by how it went from every earlier point on.

    `values`, (n,), oldest first without a gap, n at least 6. `season` is how many periods a year
    has; where two years or more are known, its effects are taken out first and put back in the end.
    """
    effects = _season(values, season)
    places = np.arange(len(values) + span) - len(values)
    by_place = effects[places % len(effects)]
    plain = values - by_place[: len(values)]
    # No more periods at once than leave some points to begin from; further ones go on from there.
    seen = min(span, max(1, len(values) // 2))
    differences, stands = _smallest(plain, seen)
    step = -(-len(differences) // MOST_PATHS)
    differences = differences[::-1][::step]
    if seen < span:
        further = np.sqrt(np.arange(seen + 1, span + 1) / seen)
        differences = np.hstack([differences, differences[:, -1:] * further])
    found = stands + differences + by_place[len(values) :]
    return Paths(found, max(1.0, len(values[seen:]) / (OVERLAP * span)))


def record(values: Floats, season: int, span: int, outcome: Callable[[Floats], Floats]) -> Record:
    """How often 80 % ranges for `span` periods held before, each made of what was known then.

    `outcome` makes of periods, (rows, span), the figure that counts, (rows,).
    """
    held = tried = 0
    last = len(values) - span
    for after in range(max(FEWEST, last - TRIED_BEFORE + 1), last + 1):
        rest = paths(values[:after], season, span)
        low, high = rest.quantiles(outcome(rest.values), RANGE)
        tried += 1
        held += bool(low <= outcome(values[None, after : after + span])[0] <= high)
    return Record(held, tried)


def _smallest(values: Floats, span: int) -> tuple[Floats, float]:
    """Differences of what followed from where it stood, (points, span), and where it stands now."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    widths = [one for one in WIDTHS if one == 1 or one + span <= len(values) / 2]
    every = [(running[width:] - running[:-width]) / width for width in widths]
    # How far off each was when the span was over.
    off = [
        values[width + span - 1 :] - means[:-span]
        for width, means in zip(widths, every, strict=True)
    ]
    sizes = [float(one @ one) / len(one) for one in off]
    best = sizes.index(min(sizes))
    width, means = widths[best], every[best]
    followed = sliding_window_view(values[width:], span)
    return followed - means[: len(followed), None], float(means[-1])


def _season(values: Floats, season: int) -> Floats:
    """How much each place of the year differs from its year, the one after the last value first.

    Whole years back from the end, each around its mean and without the trend between years; shrunk
    by the share of the differences that is noise (James and Stein, 1961).
    """
    years = len(values) // season
    if season < 2 or years < 2:
        return np.zeros(1)
    blocks = values[len(values) - years * season :].reshape(years, season)
    means = blocks.mean(axis=1, keepdims=True)
    trend = float(means[-1, 0] - means[0, 0]) / (years - 1) / season
    parts = blocks - means - trend * (np.arange(season) - (season - 1) / 2)
    effects: Floats = parts.mean(axis=0)
    noise = float(((parts - effects) ** 2).sum()) / ((years - 1) * season) / years
    signal = float(effects.var())
    if signal <= noise:
        return np.zeros(1)
    near = season // 12
    if near > 1:
        around = np.concatenate([effects[-near:], effects, effects[:near]])
        effects = np.convolve(around, np.full(2 * near + 1, 1 / (2 * near + 1)), mode="valid")
    return effects * (1 - noise / signal)
