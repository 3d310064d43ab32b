"""Fits of models of other projects, each imported only when it is asked for."""

import logging
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np

from tillsight.forecasting.series import Counts, Flags, Floats, Series
from tillsight.forecasting.words import Grain, Model

YEAR_DAYS = 365
"""Days of history from which on Prophet gets a yearly season; on less it is not identified."""
MONTH_WAVES = 5
"""Of a year that Prophet fits to months: twelve points cannot tell more apart."""
LONGEST_FIT = 60
"""Seconds that Prophet may look for a fit; on data without noise it might find no end."""
PATHS = 500
"""Simulated futures that the interval of a total is taken from."""
SEED = 1
"""Of simulations, so that the same question has the same answer."""
YEAR = 12
LOOKED_AT = 8
"""So many occurrences say whether a weekday is open as a rule."""
SEASONS = 3
"""Seasons of history from which on the models without dates look for one."""
ALONE = threading.Lock()
NAMES = MappingProxyType(
    {
        Model.prophet: "Prophet",
        Model.autoets: "AutoETS",
        Model.autoarima: "AutoARIMA",
        Model.autotheta: "AutoTheta",
    }
)


@dataclass(frozen=True)
class Said:
    """What a model says of the steps ahead, per open day.

    `rates` and `trend` (h,), `bounds` for each level asked for lower and upper, (h,) each, `paths`
    futures it holds possible, (p, h).
    """

    rates: Floats
    trend: Floats
    bounds: tuple[tuple[Floats, Floats], ...]
    paths: Floats


def fit(model: Model, series: Series, levels: Sequence[int]) -> Said:
    """One fit of an installed model to the open, ordinary steps of a series."""
    if model is Model.prophet:
        return _prophet(series, levels)
    return _statsforecast(model, series, levels)


@contextmanager
def silence() -> Iterator[None]:
    """One fit at a time, and none of what libraries tell meanwhile in the log of a shop.

    One, because warnings and NumPy's shared random numbers, which Prophet uses, are of the process.
    """
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    with ALONE, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _starts(series: Series) -> list[date]:
    """First days of all steps, known and to come."""
    count = len(series.values) + series.horizon
    if series.grain is Grain.month:
        months = series.start.year * 12 + series.start.month - 1 + np.arange(count)
        return [date(int(one) // 12, int(one) % 12 + 1, 1) for one in months]
    length = 7 if series.grain is Grain.week else 1
    return [series.start + timedelta(days=length * step) for step in range(count)]


def _prophet(series: Series, levels: Sequence[int]) -> Said:
    """Prophet with its own settings, but a yearly season only from 365 days on, on open days.

    Taylor and Letham, Forecasting at scale, The American Statistician 72(1), 2018.
    """
    import pandas as pd
    from prophet import Prophet

    starts = pd.to_datetime(_starts(series))
    known = np.flatnonzero(series.is_open & series.is_ordinary)
    history = pd.DataFrame(
        {"ds": starts[known], "y": series.values[known] / series.open_days[known]}
    )
    has_year = (starts[known[-1]] - starts[known[0]]).days >= YEAR_DAYS
    model = Prophet(
        yearly_seasonality=MONTH_WAVES if has_year and series.grain is Grain.month else has_year,
        weekly_seasonality="auto" if series.grain is Grain.day else False,
        daily_seasonality=False,
    )
    ahead = pd.DataFrame({"ds": starts[len(series.values) :]})
    state = np.random.get_state()
    try:
        np.random.seed(SEED)
        model.fit(history, seed=SEED, timeout=LONGEST_FIT)
        paths = model.predictive_samples(ahead)["yhat"].T
        model.uncertainty_samples = 0
        found = model.predict(ahead)
    finally:
        np.random.set_state(state)
    bounds = [np.quantile(paths, ((100 - one) / 200, (100 + one) / 200), axis=0) for one in levels]
    return Said(
        found["yhat"].to_numpy(np.float64),
        found["trend"].to_numpy(np.float64),
        tuple((lower, upper) for lower, upper in bounds),
        paths,
    )


def _statsforecast(model: Model, series: Series, levels: Sequence[int]) -> Said:
    """AutoETS, AutoARIMA or AutoTheta with the season of the series and no other setting.

    Hyndman, Koehler, Snyder and Grose (International Journal of Forecasting 18, 2002); Hyndman and
    Khandakar (Journal of Statistical Software 27, 2008); Fiorucci and others (International Journal
    of Forecasting 32, 2016).
    """
    from statsforecast import models

    regular = _regular(series)
    fitted = getattr(models, NAMES[model])(season_length=regular.season)
    fitted.fit(regular.rates)
    steps = int(regular.positions.max(initial=0)) + 1
    found = fitted.predict(h=steps, level=sorted(set(levels)))
    paths = np.asarray(fitted.simulate(h=steps, n_paths=PATHS, seed=SEED))
    means = np.asarray(found["mean"], dtype=np.float64)
    bounds = [
        [np.asarray(found[f"{end}-{one}"], dtype=np.float64) for end in ("lo", "hi")]
        for one in levels
    ]
    at = regular.positions
    return Said(
        means[at],
        _level(regular, means)[at],
        tuple((lower[at], upper[at]) for lower, upper in bounds),
        paths[:, at],
    )


@dataclass(frozen=True)
class Regular:
    """Rates (m,) with as many steps in every season, and where the steps ahead are, (h,)."""

    rates: Floats
    season: int
    positions: Counts


def _regular(series: Series) -> Regular:
    """Without weekdays that are closed as a rule; other steps that do not count as a season before.

    These models know nothing of dates: their season fits only where all seasons are equally long.
    """
    known = len(series.values)
    kept, season = _kept(series)
    usable = (series.is_open & series.is_ordinary)[kept[:known]]
    values = series.values[kept[:known]] / np.maximum(series.open_days[kept[:known]], 1)
    rates = np.where(usable, values, values[usable].mean())
    for step in np.flatnonzero(~usable):
        if step >= season:
            rates[step] = rates[step - season]
    season = season if len(rates) >= SEASONS * season else 1
    return Regular(rates, season, np.maximum(np.cumsum(kept[known:]) - 1, 0))


def _kept(series: Series) -> tuple[Flags, int]:
    """Steps, known and to come, that make up regular seasons, and how many make one."""
    known, count = len(series.values), len(series.values) + series.horizon
    if series.grain is not Grain.day:
        return np.ones(count, dtype=np.bool_), YEAR if series.grain is Grain.month else 1
    weekdays = (series.start.weekday() + np.arange(count)) % 7
    is_open = [series.is_open[weekdays[:known] == one][-LOOKED_AT:] for one in range(7)]
    opens = np.array([len(one) > 0 and one.mean() >= 0.5 for one in is_open])
    usable = series.is_open & series.is_ordinary
    if not usable[opens[weekdays[:known]]].any():
        opens[:] = True
    return opens[weekdays], int(opens.sum())


def _level(regular: Regular, means: Floats) -> Floats:
    """The mean of the season that ends with each step ahead: the forecast without season."""
    before = np.append(regular.rates[-regular.season :], means)
    sums = np.append(0.0, before.cumsum())
    level: Floats = (sums[regular.season + 1 :] - sums[1 : -regular.season]) / regular.season
    return level
