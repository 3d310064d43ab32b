"""Days of a shop, and what models say of windows of them that they have not seen."""

import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tillsight.database import Database
from tillsight.forecasting import engine, extra_fits, others
from tillsight.forecasting.open_days import Corrections, learn
from tillsight.forecasting.public_holidays import holidays_of
from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.trading import Around, by_day, trading_of
from tillsight.forecasting.words import Grain, Model
from tillsight.metrics.periods import Period
from tillsight.metrics.query import compute
from tillsight.metrics.question import Question
from tillsight.sales.choices import Locale
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.warehouse import Warehouse

DAY = timedelta(days=1)
A_MINUTE = 60.0
FEWEST_DAYS = 28
"""Days before a window under which it is left out."""
TOP = 20
BELL = 7
"""Days at which a day counts for 0.6 of its neighbour, where days are told from both sides."""


@dataclass(frozen=True)
class Days:
    """Gross revenue of each day from `first` on, (n,), and whether the shop had any sale.

    `parts` is the revenue of the largest countries, (n,) each.
    """

    first: date
    revenue: Floats
    traded: Flags
    country: str
    parts: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=len(self.revenue) - 1)

    def until(self, last: date) -> "Days":
        """Nothing after a day."""
        kept = (last - self.first).days + 1
        parts = {name: values[:kept] for name, values in self.parts.items()}
        return replace(self, revenue=self.revenue[:kept], traded=self.traded[:kept], parts=parts)

    def seen_from(self, origin: int, horizon: int, values: Floats | None = None) -> Series:
        """The series at an origin, with a calendar learnt from the days before it alone."""
        values = self.revenue if values is None else values
        years = range(self.first.year, self.last.year + 3)
        holidays = holidays_of(self.country, years)
        calendar = learn(self.first, self.traded[:origin], holidays, Corrections())
        is_open = calendar.flags(self.first, origin + horizon)
        ordinary = np.ones(origin, dtype=np.bool_)
        open_days = is_open.astype(np.int64)
        return Series(
            Grain.day, self.first, values[:origin], open_days[:origin], ordinary, open_days[origin:]
        )


def days_of(file: Path, country: str) -> Days:
    """Load a sales file into a shop of its own, and read its days as forecasts do."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'tillsight.db'}")
        database.upgrade()
        warehouse = Warehouse(Path(folder), database)
        try:
            loading = Loading(file, file.name, user_id=None)
            load(database, Folders(Path(folder)), Locale("UTC", "GBP"), loading)
            warehouse.catch_up(A_MINUTE)
            return _read(warehouse, country)
        finally:
            warehouse.close()
            database.close()


def _read(warehouse: Warehouse, country: str) -> Days:
    with warehouse.snapshot() as at:
        trading = trading_of(at, Around(date.max.replace(year=9000), country))
        if trading is None:
            raise SystemExit("The file has no sales.")
        period = Period(trading.first, trading.as_of + DAY)
        revenue = by_day(at, "revenue", {}, period)
        traded = by_day(at, "lines", {}, period) > 0
        question = Question(["revenue"], ["country"], period, {}, order="-revenue", limit=TOP)
        names = [row["country"] for row in compute(at, question).rows]
        parts = {name: by_day(at, "revenue", {"country": [name]}, period) for name in names if name}
    return Days(trading.first, revenue, traded, country, parts)


@dataclass(frozen=True)
class Said:
    """What a model says of the days after an origin, with the bounds of 80 % where it has any."""

    values: Floats
    lower: Floats
    upper: Floats


Says = Callable[[Days, int, int], Said]
"""Of days, from an origin on, so many days."""


def by(model: Model) -> Says:
    """One of the models behind the door, with the calendar learnt at the origin."""

    def says(days: Days, origin: int, horizon: int) -> Said:
        series = days.seen_from(origin, horizon)
        if model in others.EXTRAS:
            return bounded(others.ask(model, series, [80]), series.open_days_ahead)
        forecast = others.forecast(model, series, (80,))
        unknown = np.full(horizon, np.nan)
        if not forecast.intervals:
            return Said(forecast.values, unknown, unknown)
        [interval] = forecast.intervals
        return Said(forecast.values, interval.lower, interval.upper)

    return says


def bounded(said: extra_fits.Said, open_days: Counts) -> Said:
    """What a model of another project says, not below 0."""
    [both] = said.bounds
    values, lower, upper = (np.maximum(one, 0) * open_days for one in (said.rates, *both))
    return Said(values, lower, upper)


def plain_prophet(days: Days, origin: int, horizon: int) -> Said:
    """Prophet as it comes, on all days with closed ones as 0; a year's season from two years on."""
    return _plain(days, origin, horizon, "auto")


def plain_prophet_with_year(days: Days, origin: int, horizon: int) -> Said:
    """The same with a year's season from 365 days on."""
    return _plain(days, origin, horizon, origin >= 365 or "auto")


def _plain(days: Days, origin: int, horizon: int, yearly: bool | str) -> Said:
    import pandas as pd
    from prophet import Prophet

    dates = pd.date_range(days.first, periods=origin + horizon)
    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    np.random.seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Prophet(yearly_seasonality=yearly)
        model.fit(pd.DataFrame({"ds": dates[:origin], "y": days.revenue[:origin]}), seed=1)
        found = model.predict(pd.DataFrame({"ds": dates[origin:]}))
    values, lower, upper = (
        np.maximum(found[name].to_numpy(np.float64), 0)
        for name in ("yhat", "yhat_lower", "yhat_upper")
    )
    return Said(values, lower, upper)


def hindsight(days: Days, origin: int, horizon: int) -> Said:
    """No forecast, but how much of the days is chance: each told by those on both sides of it.

    The weekday's median times the median of the days around, weighed by a bell of `BELL` days, the
    day itself aside; days without a sale are known.
    """
    steps = np.arange(len(days.revenue))
    weekdays = (steps + days.first.weekday()) % 7
    usual = np.array(
        [
            np.median(sold) if len(sold := days.revenue[days.traded & (weekdays == one)]) else 0.0
            for one in range(7)
        ]
    )[weekdays]
    levels = np.divide(days.revenue, usual, out=np.zeros(len(steps)), where=usual > 0)
    order = np.argsort(levels)
    values = np.zeros(horizon)
    for step in range(horizon):
        weights = np.exp(-(((steps - origin - step) / BELL) ** 2) / 2) * days.traded
        weights[origin + step] = 0
        heaped = np.cumsum(weights[order])
        middle = levels[order][np.searchsorted(heaped, heaped[-1] / 2)]
        values[step] = middle * usual[origin + step] * days.traded[origin + step]
    unknown = np.full(horizon, np.nan)
    return Said(values, unknown, unknown)


MODELS: Mapping[str, Says] = {
    "seasonal naive": by(Model.seasonal_naive),
    "blend": by(Model.blend),
    "told from both sides, which no forecast can be": hindsight,
}
PROPHETS: Mapping[str, Says] = {
    "Prophet, default": plain_prophet,
    "Prophet, yearly season from 365 days": plain_prophet_with_year,
    "Prophet, the same on the learnt calendar": by(Model.prophet),
}
STATISTICAL: Mapping[str, Says] = {
    "AutoETS on the learnt calendar": by(Model.autoets),
    "AutoTheta on the learnt calendar": by(Model.autotheta),
}


@dataclass(frozen=True)
class Origins:
    """Windows of `horizon` days, `every` so many days, `count` of them, the last one at the end."""

    horizon: int
    every: int
    count: int

    def of(self, days: int) -> list[int]:
        """Where they begin, oldest first, as far as there are days before them."""
        starts = [days - self.horizon - back * self.every for back in range(self.count)]
        return sorted(start for start in starts if start >= FEWEST_DAYS)


MONTHS = Origins(30, 30, 7)
WEEKS = Origins(7, 14, 16)
LAST_WEEKS = Origins(7, 7, 16)


@dataclass(frozen=True)
class Pooled:
    """All windows together: WAPE, and how much of what happened was inside of 80 %.

    `coverage` is of days, those aside on which nothing was sold nor expected, `total_coverage` of
    days with all; `windows` is how many there were.
    """

    wape: float
    coverage: float
    coverage_of_all: float
    windows: int


def pooled(says: Says, days: Days, origins: Origins) -> Pooled:
    """Ask a model for all windows."""
    actual, said = [], []
    for origin in origins.of(len(days.revenue)):
        said.append(says(days, origin, origins.horizon))
        actual.append(days.revenue[origin : origin + origins.horizon])
    if not said:
        return Pooled(np.nan, np.nan, np.nan, 0)
    happened = np.concatenate(actual)
    values = np.concatenate([one.values for one in said])
    lower, upper = (
        np.concatenate([getattr(one, end) for one in said]) for end in ("lower", "upper")
    )
    inside = (lower <= happened) & (happened <= upper)
    counts = np.isfinite(upper) & ((happened != 0) | (values != 0))
    return Pooled(
        float(np.abs(happened - values).sum() / np.abs(happened).sum()),
        float(inside[counts].mean()) if counts.any() else np.nan,
        float(inside[np.isfinite(upper)].mean()) if np.isfinite(upper).any() else np.nan,
        len(said),
    )


def held_out(says: Says, days: Days) -> tuple[float, float]:
    """MAPE and WAPE of the last fifth of the trading days as one window."""
    trading = days.seen_from(len(days.revenue), 1)
    origin = engine.first_held_out(trading)
    said = says(days, origin, len(days.revenue) - origin).values
    happened = days.revenue[origin:]
    sold = happened > 0
    errors = np.abs(happened - said)[sold]
    return float((errors / happened[sold]).mean()), float(errors.sum() / happened[sold].sum())
