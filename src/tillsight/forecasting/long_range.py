"""Days far ahead: months are forecast and spread over their open days by the weekday."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from tillsight.forecasting import monthly
from tillsight.forecasting.fit import Fit
from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.rolled import Rolled
from tillsight.forecasting.series import Counts, Floats, Series
from tillsight.forecasting.windows import Windows
from tillsight.forecasting.words import Grain

FEWEST_MONTHS = monthly.FEWEST
"""Whole months that a forecast by months needs."""

MOST_WINDOWS = 5
"""So many windows are forecast by months: each costs as much as a forecast."""


def by_months(rolled: Rolled) -> Rolled | None:
    """The windows forecast by months and by days, the newest five; None with too few months."""
    prepared, windows = rolled.prepared, rolled.windows
    months = _Months.of(prepared)
    able = [
        i for i, origin in enumerate(windows.origins) if months.before(int(origin)) >= FEWEST_MONTHS
    ]
    if len(windows.origins) - 1 not in able:
        return None
    able = able[-MOST_WINDOWS - 1 :]
    kept = Windows(
        windows.origins[able], windows.targets[able], windows.counted[able[:-1]], windows.spacing
    )
    steps = rolled.rates.shape[1]
    targets = np.minimum(kept.origins[:, None] + np.arange(steps), len(prepared.cycle) - 1)
    fit = Fit(prepared, kept.origins, targets)
    rates = np.stack([months.rates(int(origin), steps) for origin in kept.origins])
    return Rolled(prepared, kept, _mixed(_by_weekday(fit, rates), rolled.rates[able], prepared))


def _mixed(months: Floats, days: Floats, prepared: Prepared) -> Floats:
    """Both alike: the geometric mean, where effects add up the arithmetic one, (w, k).

    Months know the season, days what has just happened; neither wins on all kinds of shops, and
    the mean of both loses on none by much (Bates and Granger, Operational Research Quarterly 20,
    1969).
    """
    return (months + days) / 2 if prepared.adds else np.sqrt(months) * np.sqrt(days)


def _by_weekday(fit: Fit, rates: Floats) -> Floats:
    """Rates of months given the weekday, so that open days keep their mean, (w, k)."""
    effects, prepared = fit.target_profile, fit.prepared
    is_open = prepared.open_days[fit.targets] > 0
    count = np.maximum(is_open.sum(axis=1, keepdims=True), 1)
    if prepared.adds:
        mean = (effects * is_open).sum(axis=1, keepdims=True) / count
        return np.asarray(np.maximum(rates + effects - mean, prepared.series.lowest))
    effects = np.exp(effects)
    mean = (effects * is_open).sum(axis=1, keepdims=True) / count
    spread: Floats = rates * effects / np.where(mean > 0, mean, 1.0)
    return spread


@dataclass(frozen=True)
class _Months:
    """Days put together in calendar months, m of them from that of the first day on.

    `month` (n + h,) is that of each day; `starts` (m + 1,) the first day of each, which may be
    before the first one known; `totals`, `used` and `open_days` (m,) what usable days sold, how
    many they are, and open days of the whole month.
    """

    prepared: Prepared
    month: Counts
    first: date
    starts: Counts
    totals: Floats
    used: Counts
    open_days: Counts

    @classmethod
    def of(cls, prepared: Prepared) -> "_Months":
        """Months of a series of days, known and ahead."""
        start = np.datetime64(prepared.series.start)
        days = start + np.arange(len(prepared.cycle))
        months = days.astype("datetime64[M]")
        month = (months - months[0]).astype(np.int64)
        every = months[0] + np.arange(month[-1] + 2)
        starts = (every.astype("datetime64[D]") - start).astype(np.int64)
        count = int(month[-1]) + 1
        usable = prepared.usable
        sold = np.where(usable, prepared.fitted, 0.0)
        known = month[: prepared.steps]
        opens = prepared.open_days
        seen = np.bincount(month, minlength=count)
        whole = np.diff(starts)
        found = np.bincount(month, weights=opens, minlength=count) * whole / np.maximum(seen, 1)
        return cls(
            prepared,
            month,
            every[0].astype("datetime64[D]").item(),
            starts,
            np.bincount(known, weights=sold, minlength=count).astype(np.float64),
            np.bincount(known, weights=usable, minlength=count).astype(np.int64),
            np.rint(found).astype(np.int64),
        )

    def before(self, origin: int) -> int:
        """Whole months before a day."""
        whole = (self.starts[:-1] >= 0) & (self.starts[1:] <= origin)
        return int(whole.sum())

    def rates(self, origin: int, steps: int) -> Floats:
        """Sales per open day of so many days from an origin on, by whole months before it."""
        whole = np.flatnonzero((self.starts[:-1] >= 0) & (self.starts[1:] <= origin))
        first, last = int(whole[0]), int(whole[-1])
        ahead = np.arange(last + 1, len(self.totals))
        used = self.used[whole]
        series = Series(
            grain=Grain.month,
            start=(np.datetime64(self.first, "M") + first).astype("datetime64[D]").item(),
            values=self.totals[whole] * self.open_days[whole] / np.maximum(used, 1),
            open_days=self.open_days[whole],
            is_ordinary=used * 2 >= self.open_days[whole],
            open_days_ahead=np.maximum(self.open_days[ahead], 1),
            lowest=self.prepared.series.lowest,
        )
        told = monthly.forecast(series, ()).values / series.open_days_ahead
        targets = np.minimum(origin + np.arange(steps), len(self.month) - 1)
        return np.maximum(told[self.month[targets] - last - 1], self.prepared.series.lowest)
