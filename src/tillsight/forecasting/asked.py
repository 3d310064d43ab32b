"""A forecast as it is asked for: from the sales to what is told."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from math import inf
from typing import TypeVar

from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.forecasting import others
from tillsight.forecasting.engine import LEVELS
from tillsight.forecasting.fits import Fits
from tillsight.forecasting.open_days import Because, OpenDay
from tillsight.forecasting.outcome import Forecast, Notice
from tillsight.forecasting.steps import EVERY_WEEKDAY, Stepped, Wanted, stepped
from tillsight.forecasting.trading import Around, OneOff, Trading, around, by_day, trading_of
from tillsight.forecasting.words import Grain, Model
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import DIMENSIONS, MEASURES, Measure, Total
from tillsight.metrics.periods import DAY, Period
from tillsight.metrics.question import Filters
from tillsight.metrics.statement import Asked as Condition
from tillsight.metrics.statement import where_sql
from tillsight.warehouse import Snapshot, Warehouse

FORECASTABLE = tuple(one.name for one in MEASURES if one.total is Total.adds_up)
"""Measures whose days sum to weeks and months."""
FILTERS = tuple(one.name for one in DIMENSIONS if not one.is_time)
HORIZONS = {Grain.day: (30, 365), Grain.week: (13, 104), Grain.month: (12, 36)}
"""By grain, how many steps ahead unless asked otherwise, and at most."""
MOST_LEVELS = 5
MAY_BE_NEGATIVE = frozenset({"net_revenue"})
OURS = frozenset({Model.blend, Model.seasonal_naive})
"""Models that take milliseconds."""
NO_DATA = Notice("no_data", "Nothing was sold yet, so there is nothing to forecast from.")

Found = TypeVar("Found")


@dataclass(frozen=True)
class Asked:
    """What to forecast, and how far; `levels` are percent that the intervals hold.

    An empty text among a filter's values stands for “unknown”.
    """

    measure: str
    grain: Grain = Grain.day
    horizon: int = 30
    filters: Filters = field(default_factory=dict)
    levels: Sequence[int] = LEVELS
    model: Model = Model.blend

    def about(self) -> Hashable:
        """The same for questions about the same steps, whoever forecasts them."""
        filters = sorted((name, tuple(values)) for name, values in self.filters.items())
        return self.measure, self.grain, self.horizon, tuple(filters)

    def key(self) -> Hashable:
        """The same for questions that ask the same."""
        return self.about(), tuple(self.levels), self.model


@dataclass(frozen=True)
class Ground:
    """What a forecast is made from: the days of the shop, and the steps of what is asked."""

    trading: Trading
    steps: Stepped

    @property
    def notices(self) -> list[Notice]:
        """What the steps do not show by themselves."""
        return [*self.trading.notices, *_notices(self.trading, self.steps)]


@dataclass(frozen=True)
class Told:
    """A forecast and what it came from; without sales there is neither.

    `key` is the same where question, sales and all that people said of the days are. `one_offs` are
    the notes of days that were left out.
    """

    asked: Asked
    measure: Measure
    data_version: int
    country: str
    key: Hashable
    ground: Ground | None = None
    forecast: Forecast | None = None
    one_offs: Sequence[OneOff] = ()

    @property
    def steps(self) -> Stepped | None:
        """The steps before the forecast and those it is about."""
        return self.ground.steps if self.ground else None

    @property
    def as_of(self) -> date | None:
        """The last day that counts."""
        if self.ground is None:
            return None
        steps, trading = self.ground.steps, self.ground.trading
        is_whole = self.asked.grain is not Grain.day and bool(steps.starts)
        return steps.ahead[0] - DAY if is_whole else trading.as_of

    @cached_property
    def days(self) -> Sequence[OpenDay]:
        """The days of the steps to come."""
        if self.ground is None:
            return ()
        first, end = self.ground.steps.ahead[0], self.ground.steps.end
        return self.ground.trading.calendar.explain(first, (end - first).days)

    @property
    def corrected(self) -> int:
        """Days to come that are open or closed because somebody said so."""
        return sum(one.because is Because.corrected for one in self.days)

    @property
    def notices(self) -> Sequence[Notice]:
        """What to know, of the steps and of the forecast."""
        if self.ground is None:
            return [NO_DATA]
        return [*self.ground.notices, *(self.forecast.notices if self.forecast else ())]


@dataclass(frozen=True)
class Sources:
    """Where forecasts come from; `today` is the day it is where the shop is.

    Models that take long are worked out by `fits` where there are any, else at once.
    """

    warehouse: Warehouse
    database: Database
    country: str
    today: date
    fits: Fits | None = None

    def around(self) -> Around:
        """What people said up to now."""
        with self.database.reading() as session:
            return around(session, self.today, self.country)

    def worked_out(
        self, key: Hashable, function: Callable[..., Found], *arguments: object
    ) -> Found:
        """What `function` gives, which takes long; raises as `Fits.ask`."""
        if self.fits is None:
            return function(*arguments)
        return self.fits.ask(key, function, *arguments)


def forecast_of(sources: Sources, asked: Asked) -> Told:
    """What is to come, from one version of the sales and all that people said of its days.

    Asked again, the answer is at hand until sales, corrections, notes or the day change.

    Raises:
        UnknownName: a measure, dimension or value of a dimension that is not in the catalogue.
        InvalidInput: what cannot be forecast, too far, or a filter or level that is none.
        ModelNotInstalled: an optional model.
        Unavailable: it takes too long.
    """
    check(asked)
    given = sources.around()
    with sources.warehouse.snapshot() as at:
        if asked.model in OURS:
            return told_at(at, given, asked)
        told = untold_at(at, given, asked)
    if told.ground is None:
        return told
    series = told.ground.steps.series
    found = sources.worked_out(told.key, others.forecast, asked.model, series, asked.levels)
    return replace(told, forecast=found)


def told_at(at: Snapshot, given: Around, asked: Asked) -> Told:
    """What is to come by one of our own models, kept as long as the sales and `given` stay."""
    return at.once(("forecast", given.key(), asked.key()), lambda: _told(at, given, asked))


def ground_of(at: Snapshot, given: Around, asked: Asked) -> Ground | None:
    """What a forecast is made from, whoever makes it; None where nothing was sold."""
    key = ("ground", given.key(), asked.about())
    return at.once(key, lambda: _ground(at, given, asked))


def read_levels(text: str) -> tuple[int, ...]:
    """The levels of a list such as 80,95: each once, the narrowest first.

    Raises:
        InvalidInput: it is no such list.
    """
    parts = [one.strip() for one in text.split(",")]
    if not all(one.isascii() and one.isdecimal() and len(one) <= 2 for one in parts):
        raise InvalidInput(f"“{text[:40]}” is no list of levels such as 80,95.")
    return tuple(sorted({int(one) for one in parts}))


def check(asked: Asked) -> None:
    """Refuse what cannot be forecast; raises as `forecast_of`."""
    [measure] = catalogue.measures([asked.measure])
    if measure.name not in FORECASTABLE:
        raise InvalidInput(
            f"{measure.label} cannot be forecast: its days do not sum to weeks. These can:"
            f" {', '.join(FORECASTABLE)}."
        )
    _check_filters(asked.filters)
    _, most = HORIZONS[asked.grain]
    if not 1 <= asked.horizon <= most:
        raise InvalidInput(f"A forecast by {asked.grain} goes 1 to {most} {asked.grain}s ahead.")
    if len(asked.levels) > MOST_LEVELS or not all(1 <= one <= 99 for one in asked.levels):
        raise InvalidInput(f"A level is 1 to 99 percent, and there are {MOST_LEVELS} at most.")
    others.require(asked.model)


def _check_filters(filters: Filters) -> None:
    for one in catalogue.dimensions(list(filters)):
        if one.is_time:
            raise InvalidInput(
                f"A forecast is not filtered by {one.name}: it is about days to come. Filters are"
                f" {', '.join(FILTERS)}."
            )
    where_sql(Condition([], [], filters, Period()))  # refuses values that are none


def untold_at(at: Snapshot, given: Around, asked: Asked) -> Told:
    """All that is told but the forecast."""
    [measure] = catalogue.measures([asked.measure])
    ground = ground_of(at, given, asked)
    one_offs = [
        one
        for one in given.one_offs
        if ground and one.first_day <= ground.trading.last and one.last_day >= ground.trading.first
    ]
    key = (at.version, given.key(), asked.key())
    return Told(asked, measure, at.version, given.country, key, ground, None, one_offs)


def _told(at: Snapshot, given: Around, asked: Asked) -> Told:
    told = untold_at(at, given, asked)
    if told.ground is None:
        return told
    return replace(
        told, forecast=others.forecast(asked.model, told.ground.steps.series, asked.levels)
    )


def _ground(at: Snapshot, given: Around, asked: Asked) -> Ground | None:
    trading = trading_of(at, given)
    if trading is None:
        return None
    values = by_day(at, asked.measure, asked.filters, trading.period)
    return Ground(trading, stepped(trading, values, wanted_of(asked)))


def wanted_of(asked: Asked) -> Wanted:
    """The steps that a question is about."""
    weekdays = {int(one) for one in asked.filters.get("weekday", ()) if one}
    lowest = -inf if asked.measure in MAY_BE_NEGATIVE else 0.0
    return Wanted(asked.grain, asked.horizon, weekdays or EVERY_WEEKDAY, lowest)


def _notices(trading: Trading, steps: Stepped) -> Iterator[Notice]:
    grain = steps.series.grain
    if grain is not Grain.day and steps.ahead[0] <= trading.last:
        text = (
            f"The {grain} from {steps.ahead[0]} on is not over in the data. It is left out of the"
            " history, and forecast as a whole."
        )
        yield Notice("unfinished_step", text)
    if not steps.series.values.any():
        text = "Nothing was sold that the question is about, so the forecast is 0."
        yield Notice("no_sales", text)
