"""A forecast as it is asked for: from the sales to what is told."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf

from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.forecasting import engine
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
from tillsight.settings import Settings
from tillsight.warehouse import Snapshot, Warehouse

FORECASTABLE = tuple(one.name for one in MEASURES if one.total is Total.adds_up)
"""Measures whose days sum to weeks and months."""
FILTERS = tuple(one.name for one in DIMENSIONS if not one.is_time)
HORIZONS = {Grain.day: (30, 365), Grain.week: (13, 104), Grain.month: (12, 36)}
"""By grain, how many steps ahead unless asked otherwise, and at most."""
MOST_LEVELS = 5
MAY_BE_NEGATIVE = frozenset({"net_revenue"})


@dataclass(frozen=True)
class Asked:
    """What to forecast, and how far; `levels` are percent that the intervals hold.

    An empty text among a filter's values stands for “unknown”.
    """

    measure: str
    grain: Grain = Grain.day
    horizon: int = 30
    filters: Filters = field(default_factory=dict)
    levels: Sequence[int] = engine.LEVELS
    model: Model = Model.blend

    def key(self) -> Hashable:
        """The same for questions that ask the same."""
        filters = sorted((name, tuple(values)) for name, values in self.filters.items())
        return (
            *(self.measure, self.grain, self.horizon, tuple(filters)),
            *(tuple(self.levels), self.model),
        )


@dataclass(frozen=True)
class Told:
    """A forecast and what it came from; without sales there is none, nor steps or days.

    `days` are those of the steps to come, and `one_offs` the notes of days that were left out.
    `notices` are those of the forecast as well.
    """

    asked: Asked
    measure: Measure
    data_version: int
    country: str
    as_of: date | None = None
    steps: Stepped | None = None
    forecast: Forecast | None = None
    days: Sequence[OpenDay] = ()
    one_offs: Sequence[OneOff] = ()
    notices: Sequence[Notice] = ()

    @property
    def corrected(self) -> int:
        """Days to come that are open or closed because somebody said so."""
        return sum(one.because is Because.corrected for one in self.days)


def forecast_of(
    warehouse: Warehouse, database: Database, settings: Settings, today: date, asked: Asked
) -> Told:
    """What is to come, from one version of the sales and all that people said of its days.

    Asked again, the answer is at hand until sales, corrections, notes or the day change. `today` is
    the day it is where the shop is.

    Raises:
        UnknownName: a measure, dimension or value of a dimension that is not in the catalogue.
        InvalidInput: what cannot be forecast, too far, or a filter or level that is none.
        Unavailable: it takes too long.
    """
    check(asked)
    with database.reading() as session:
        given = around(session, today, settings.country)
    with warehouse.snapshot() as at:
        key = ("forecast", given.key(), asked.key())
        return at.once(key, lambda: [_told(at, given, asked)])[0]


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


def _check_filters(filters: Filters) -> None:
    for one in catalogue.dimensions(list(filters)):
        if one.is_time:
            raise InvalidInput(
                f"A forecast is not filtered by {one.name}: it is about days to come. Filters are"
                f" {', '.join(FILTERS)}."
            )
    where_sql(Condition([], [], filters, Period()))  # refuses values that are none


def _told(at: Snapshot, given: Around, asked: Asked) -> Told:
    [measure] = catalogue.measures([asked.measure])
    trading = trading_of(at, given)
    if trading is None:
        nothing = Notice("no_data", "Nothing was sold yet, so there is nothing to forecast from.")
        return Told(asked, measure, at.version, given.country, notices=[nothing])
    values = by_day(at, asked.measure, asked.filters, trading.period)
    steps = stepped(trading, values, wanted_of(asked))
    found = fitted(asked.model, steps, asked.levels)
    first = steps.ahead[0]
    return Told(
        asked,
        measure,
        at.version,
        given.country,
        as_of_steps(trading, steps, asked.grain),
        steps,
        found,
        trading.calendar.explain(first, (steps.end - first).days),
        [one for one in given.one_offs if _meets(one, trading)],
        [*trading.notices, *notices_of(trading, steps, asked.grain), *found.notices],
    )


def wanted_of(asked: Asked) -> Wanted:
    """The steps that a question is about."""
    weekdays = {int(one) for one in asked.filters.get("weekday", ()) if one}
    lowest = -inf if asked.measure in MAY_BE_NEGATIVE else 0.0
    return Wanted(asked.grain, asked.horizon, weekdays or EVERY_WEEKDAY, lowest)


def fitted(model: Model, steps: Stepped, levels: Sequence[int]) -> Forecast:
    """The forecast of a series by a model."""
    del model
    return engine.forecast(steps.series, levels)


def as_of_steps(trading: Trading, steps: Stepped, grain: Grain) -> date:
    """The last day that counts."""
    if grain is Grain.day or not steps.starts:
        return trading.as_of
    return steps.ahead[0] - DAY


def notices_of(trading: Trading, steps: Stepped, grain: Grain) -> list[Notice]:
    """What the steps do not show by themselves."""
    found = []
    if grain is not Grain.day and steps.ahead[0] <= trading.last:
        text = (
            f"The {grain} from {steps.ahead[0]} on is not over in the data. It is left out of the"
            " history, and forecast as a whole."
        )
        found.append(Notice("unfinished_step", text))
    if not steps.series.values.any():
        text = "Nothing was sold that the question is about, so the forecast is 0."
        found.append(Notice("no_sales", text))
    return found


def _meets(one: OneOff, trading: Trading) -> bool:
    return one.first_day <= trading.last and one.last_day >= trading.first
