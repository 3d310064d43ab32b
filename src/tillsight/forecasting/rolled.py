"""Forecasts of windows that the model had not seen: what they say of the next forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tillsight.forecasting import intervals
from tillsight.forecasting.outcome import Interval, Span, Window
from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.series import Floats
from tillsight.forecasting.windows import ENOUGH, JUDGED_BY, Windows

JUDGED = 80
"""Percent of the interval whose coverage is told."""

FARTHEST = 7.0
"""No error counts for more: as a logarithm about a thousand times, else so many usual steps."""

NOTHING = 0.01
"""This share of a usual step counts as nothing sold: logarithms know no zero."""

SHORT = 56.0
"""Days of history under which intervals are wider still, by the root of the share."""


@dataclass(frozen=True)
class Rolled:
    """Sales per open day as forecast at each origin, (w + 1, length), the last one ahead.

    Where effects multiply errors are those of logarithms, else in sizes of a usual step.
    """

    prepared: Prepared
    windows: Windows
    rates: Floats

    @cached_property
    def sizes(self) -> Floats:
        """What a usual open day sold before each origin, (w + 1, 1)."""
        return self.prepared.usual[np.maximum(self.windows.origins - 1, 0), None]

    @cached_property
    def errors(self) -> Floats:
        """Errors of the steps of each window, (w, length)."""
        actual = self.prepared.rates[self.windows.targets[:-1]]
        return self._errors(actual, self.rates[:-1, : self.windows.length], self.sizes[:-1])

    @cached_property
    def total_errors(self) -> Floats:
        """Errors of the total of each window, (w,)."""
        days = self.windows.counted * self.prepared.open_days[self.windows.targets[:-1]]
        count = np.maximum(days.sum(axis=1), 1)
        actual = (self.prepared.rates[self.windows.targets[:-1]] * days).sum(axis=1) / count
        predicted = (self.rates[:-1, : self.windows.length] * days).sum(axis=1) / count
        return self._errors(actual, predicted, self.sizes[:-1, 0])

    def _errors(self, actual: Floats, predicted: Floats, sizes: Floats) -> Floats:
        if self.prepared.adds:
            return np.clip(actual / sizes - predicted / sizes, -FARTHEST, FARTHEST)
        least = NOTHING * sizes
        apart = np.log(np.maximum(actual, least)) - np.log(np.maximum(predicted, least))
        return np.asarray(np.clip(apart, -FARTHEST, FARTHEST))

    def _laid_on(self, rates: Floats | float, errors: Floats, size: float) -> Floats:
        """What comes of a forecast with such an error, (k,)."""
        if self.prepared.adds:
            found = rates + errors * size
        else:
            found = np.maximum(rates, NOTHING * size) * np.exp(errors)
            found = np.where(found <= 2 * NOTHING * size, np.minimum(rates, 0.0), found)
        return np.asarray(np.maximum(found, self.prepared.series.lowest))

    def _spread(self, window: int) -> intervals.Spread:
        """What was known before a window of how far off its forecast may be.

        Of the windows before it; with under two, of how weeks differed from the week before.
        """
        used, origin = self.windows.before(window), int(self.windows.origins[window])
        short = np.sqrt(max(1.0, SHORT / (origin * self.prepared.step_days)))
        if len(used) < ENOUGH:
            errors = self._week_to_week(origin)
            counted = np.ones(errors.shape, dtype=np.bool_)
            return intervals.Spread(errors, counted, float(1 + intervals.WIDENED) * short, 1.0)
        apart = self.windows.apart(used)
        wider = float(1 + intervals.WIDENED / apart) * short
        return intervals.Spread(self.errors[used], self.windows.counted[used], wider, apart)

    def _week_to_week(self, origin: int) -> Floats:
        """Differences of usable steps before an origin to those a season earlier, (1, k)."""
        p = self.prepared
        lag = p.period if origin > 2 * p.period else 1
        both = p.usable[lag:origin] & p.usable[: origin - lag]
        newer, older = p.fitted[lag:origin][both], p.fitted[: origin - lag][both]
        if len(newer) == 0:
            return np.zeros((1, 1))
        return self._errors(newer, older, np.full(len(newer), self.sizes[-1, 0]))[None, :]

    def bounds(self, window: int, levels: Sequence[int], steps: int) -> list[tuple[Floats, Floats]]:
        """Lower and upper bounds of sales per open day for each level, (steps,) each.

        Of a window by the windows before it alone.
        """
        spread = self._spread(window)
        rates = self.rates[window, :steps]
        size = float(self.sizes[window, 0])
        nothing = self._nothing_sold(window)
        found = []
        for level, (low, high) in zip(levels, intervals.bounds(spread, levels, steps), strict=True):
            lower = np.minimum(self._laid_on(rates, low, size), rates)
            if nothing > 0.5 - level / 200:
                lower = np.maximum(np.minimum(lower, 0.0), self.prepared.series.lowest)
            found.append((lower, np.maximum(self._laid_on(rates, high, size), rates)))
        return found

    def _nothing_sold(self, window: int) -> float:
        """The share of steps of the windows before one on which nothing was sold, or less."""
        used = self.windows.before(window)
        counted = self.windows.counted[used]
        if not counted.any():
            return 0.0
        return float((self.prepared.rates[self.windows.targets[used]][counted] <= 0).mean())

    def intervals(self, levels: Sequence[int]) -> tuple[Interval, ...]:
        """Intervals of the steps ahead, in the unit of the measure."""
        days = self.prepared.series.open_days_ahead
        found = self.bounds(-1, levels, len(days))
        return tuple(
            Interval(level, lower * days, upper * days)
            for level, (lower, upper) in zip(levels, found, strict=True)
        )

    def spans(self, levels: Sequence[int]) -> tuple[Span, ...]:
        """Intervals of the total ahead, by the totals of the windows."""
        days = self.prepared.series.open_days_ahead
        open_days = int(days.sum())
        if open_days == 0:
            return tuple(Span(level, 0.0, 0.0) for level in levels)
        used, spread = self.windows.before(-1), self._spread(-1)
        errors = self.total_errors[used] if len(used) >= ENOUGH else spread.errors[0]
        reach = intervals.reach(errors, spread, levels)
        rate = float((self.rates[-1, : len(days)] * (days / open_days)).sum())
        size = float(self.sizes[-1, 0])
        return tuple(
            Span(level, min(low, rate) * open_days, max(high, rate) * open_days)
            for level, low, high in zip(
                levels,
                self._laid_on(rate, -reach, size).tolist(),
                self._laid_on(rate, reach, size).tolist(),
                strict=True,
            )
        )

    def window(self, window: int) -> Window:
        """A window as it was forecast, with its 80 % interval, in the unit of the measure."""
        origin, length = int(self.windows.origins[window]), self.windows.length
        days = self.prepared.open_days[self.windows.targets[window]]
        predicted = self.rates[window, :length] * days
        [(lower, upper)] = self.bounds(window, [JUDGED], length)
        return Window(self.prepared.skipped + origin, predicted, lower * days, upper * days)

    def judged(self) -> list[Window]:
        """The last windows, each forecast and bounded by what was known before it."""
        count = len(self.windows.counted)
        return [self.window(i) for i in range(max(0, count - JUDGED_BY), count)]
