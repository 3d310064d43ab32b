"""A series made ready for fitting: sales per open day without extremes, and when what is known."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from tillsight.forecasting.held_out import season_of
from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.words import Grain

STEP_DAYS = {Grain.day: 1.0, Grain.week: 7.0, Grain.month: 30.4375}
"""Days of one step."""

LONGEST = 1500
"""Steps looked back; what is older says nothing about the next months."""

NEAR = 29
"""Open steps over which the usual size of a step is taken."""

LEAST = 0.05
"""Fitting counts steps below this share of the usual as that share."""

MOST = 6.0
"""... and steps above this many times the usual as that many times."""

SOME_ZEROS = 0.1
"""Above this share of open steps at or below zero logarithms mislead, and sums are fitted."""

SOME_BELOW_ZERO = 0.05
"""The same where steps may be below zero."""


@dataclass(frozen=True)
class Prepared:
    """What candidates are fitted on; n steps known, h to come.

    `rates` are totals per open day as they were, `fitted` the same without extremes, `usual` the
    median of the open steps up to each one, all (n,). `usable` steps are open and ordinary. `cycle`
    is the place in a season of `period` steps, `open_days` those of all steps, (n + h,).
    `before[t]` counts usable steps before t, (n + 1,). `adds` tells that effects add up rather than
    multiply. `series` goes without its `skipped` oldest steps.
    """

    series: Series
    skipped: int
    rates: Floats
    fitted: Floats
    usual: Floats
    usable: Flags
    cycle: Counts
    period: int
    open_days: Counts
    before: Counts
    adds: bool

    @property
    def steps(self) -> int:
        """Known steps."""
        return len(self.rates)

    @property
    def step_days(self) -> float:
        """Days of one step."""
        return STEP_DAYS[self.series.grain]

    def ages(self, origins: Counts) -> Floats:
        """How many usable steps ago each step was at each origin, (w, n), 1 for the last one.

        Infinite for steps that are not usable or not before the origin.
        """
        ages = (self.before[origins, None] - self.before[None, :-1]).astype(np.float64)
        hidden = ~self.usable | (np.arange(self.steps) >= origins[:, None])
        ages[hidden] = np.inf
        return ages


def prepare(series: Series) -> Prepared:
    """A series ready for fitting, at most its last 1,500 steps."""
    skipped = _too_old(series)
    series = _without(series, skipped)
    usable = series.is_open & series.is_ordinary
    rates = np.divide(
        series.values, series.open_days, out=np.zeros(len(series.values)), where=series.is_open
    )
    adds = _adds(rates[usable], series.lowest)
    fitted, usual = np.zeros(len(rates)), np.ones(len(rates))
    if usable.any():
        bounded, size = (_bounded_sums if adds else _bounded)(rates[usable])
        fitted[usable] = bounded
        usual = size[np.maximum(np.cumsum(usable) - 1, 0)]
    period = season_of(series.grain, len(rates))
    length = len(rates) + series.horizon
    return Prepared(
        series=series,
        skipped=skipped,
        rates=rates,
        fitted=fitted,
        usual=usual,
        usable=usable,
        cycle=(series.start.weekday() + np.arange(length)) % period,
        period=period,
        open_days=np.concatenate((series.open_days, series.open_days_ahead)),
        before=np.concatenate(([0], np.cumsum(usable))),
        adds=adds,
    )


def _too_old(series: Series) -> int:
    """How many steps are looked back no more, in whole weeks or years."""
    surplus = max(0, len(series.values) - LONGEST)
    return surplus + -surplus % (7 if series.grain is Grain.day else 12)


def _without(series: Series, skipped: int) -> Series:
    """A series without its oldest steps."""
    if skipped == 0:
        return series
    return replace(
        series,
        start=series.start + timedelta(days=skipped * STEP_DAYS[series.grain]),
        values=series.values[skipped:],
        open_days=series.open_days[skipped:],
        is_ordinary=series.is_ordinary[skipped:],
    )


def _adds(rates: Floats, lowest: float) -> bool:
    """Whether too many open steps are at or below zero for logarithms."""
    if len(rates) == 0:
        return True
    most = SOME_ZEROS if np.isfinite(lowest) else SOME_BELOW_ZERO
    return float((rates <= 0).mean()) > most or float(np.median(rates)) <= 0


def _bounded(rates: Floats) -> tuple[Floats, Floats]:
    """Rates between 5 % and 6 times the median of the last 29 open steps, and that median, (n,).

    The median looks back alone, so that no step knows of later ones.
    """
    usual = trailing_median(rates, NEAR)
    usual = np.where(usual > 0, usual, np.median(rates[rates > 0]))
    return np.clip(rates, LEAST * usual, MOST * usual), usual


def _bounded_sums(rates: Floats) -> tuple[Floats, Floats]:
    """Rates within 10 times the median size of those that are not zero, and their mean size."""
    sizes = np.abs(rates[rates != 0])
    if len(sizes) == 0:
        return rates, np.ones(len(rates))
    most = 10 * float(np.median(sizes))
    bounded = np.clip(rates, -most, most)
    return bounded, np.full(len(rates), np.abs(bounded).mean())


def trailing_median(values: Floats, width: int) -> Floats:
    """The median of each value and those before it, `width` in all, (n,).

    The first ones are filled up with those that follow, as no older ones are there.
    """
    filled = np.concatenate((np.resize(values[:width][::-1], width - 1), values))
    windows = np.lib.stride_tricks.sliding_window_view(filled, width)
    return np.partition(windows, width // 2, axis=1)[:, width // 2]
