"""Forecasts of parts made to add up to the forecast of the whole, at each step and in total."""

from dataclasses import dataclass, replace

import numpy as np

from tillsight.forecasting.outcome import Forecast, Interval, Span
from tillsight.forecasting.series import Floats

CENTS = 100
"""Parts of one that are shown: sums are exact in them."""

NOTHING = 1e-9
"""What is no more than this has no proportion to move its bounds by."""


@dataclass(frozen=True)
class Reconciled:
    """Forecasts of the parts, in their order, and of the whole; all in whole cents."""

    parts: list[Forecast]
    whole: Forecast


def reconciled(whole: Forecast, parts: list[Forecast], sizes: Floats, lowest: float) -> Reconciled:
    """The parts made to sum to the whole, which stays as it is but for rounding to cents.

    What cannot be negative is shared by forecast proportions: each part keeps its share of the sum
    of the parts (Athanasopoulos, Ahmed and Hyndman, International Journal of Forecasting 25, 2009,
    section 3.3), so nothing becomes negative and a part of 0 stays 0. Where all parts are 0 and the
    whole is not, `sizes`, what the parts sold before (k,), are the shares. What can be negative has
    no shares: there the difference is laid on the parts by their size, which is least squares
    weighted by size with the whole held fast (Hyndman, Lee and Wang, Computational Statistics and
    Data Analysis 97, 2016).
    """
    asked = np.stack([one.values for one in parts])
    if np.isfinite(lowest):
        shared = _by_proportion(whole.values, asked, sizes)
    else:
        shared = asked + (whole.values - asked.sum(axis=0)) * _shares(np.abs(sizes))[:, None]
    target = np.round(whole.values * CENTS)
    exact = _in_cents(target, shared * CENTS)
    return Reconciled(
        [_moved(one, values / CENTS, lowest) for one, values in zip(parts, exact, strict=True)],
        _moved(whole, target / CENTS, lowest),
    )


def _by_proportion(whole: Floats, parts: Floats, sizes: Floats) -> Floats:
    """Parts (k, h) scaled to sum to the whole (h,)."""
    largest = np.maximum(parts.max(axis=0), np.finfo(np.float64).tiny)
    scaled = parts / largest  # so that no sum overflows
    sums = scaled.sum(axis=0)
    shares = np.where(sums > 0, scaled / np.where(sums > 0, sums, 1), _shares(sizes)[:, None])
    return np.asarray(shares * whole)


def _shares(sizes: Floats) -> Floats:
    """Sizes as parts of 1; equal parts where all are 0."""
    total = sizes.sum()
    if total <= 0 or (sizes < 0).any():
        return np.full(len(sizes), 1 / len(sizes))
    return np.asarray(sizes / total)


def _in_cents(target: Floats, parts: Floats) -> Floats:
    """Whole numbers (k, h) near `parts` that sum to `target` (h,): by the largest remainder."""
    floors = np.floor(parts)
    missing = target - floors.sum(axis=0)
    everywhere, left = np.divmod(missing, len(parts))
    order = np.argsort(floors - parts, axis=0, kind="stable")  # the largest remainder first
    rank = np.argsort(order, axis=0, kind="stable")
    return np.asarray(floors + everywhere + (rank < left))


def _moved(one: Forecast, values: Floats, lowest: float) -> Forecast:
    """A forecast with other values; bounds and trend move in proportion, or along."""
    total = float(np.round(values.sum() * CENTS) / CENTS)
    intervals = tuple(
        Interval(
            each.level,
            np.minimum(_shifted(each.lower, one.values, values, lowest), values),
            np.maximum(_shifted(each.upper, one.values, values, lowest), values),
        )
        for each in one.intervals
    )
    was, now = np.array([one.total]), np.array([total])
    spans = tuple(
        Span(
            each.level,
            min(float(_shifted(np.array([each.lower]), was, now, lowest)[0]), total),
            max(float(_shifted(np.array([each.upper]), was, now, lowest)[0]), total),
        )
        for each in one.total_spans
    )
    trend = _shifted(one.trend, one.values, values, lowest)
    return replace(
        one, values=values, trend=trend, intervals=intervals, total=total, total_spans=spans
    )


def _shifted(bound: Floats, was: Floats, now: Floats, lowest: float) -> Floats:
    if np.isfinite(lowest):
        moved = was > NOTHING
        return np.asarray(bound * np.where(moved, now / np.where(moved, was, 1), 1.0))
    return np.asarray(bound + now - was)
