"""Forecasts that were given: kept with the data they came from, to be scored when their days come.

The first of a question, horizon and last known day is kept, so that many who ask, and purchases
that come by the second, leave one. A unique constraint decides between servers asked at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.forecasting import engine
from tillsight.forecasting.asked import OURS, Asked, Told
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.outcome import Forecast
from tillsight.forecasting.prepared import prepare
from tillsight.forecasting.scores import seasonal_error
from tillsight.forecasting.series import Floats, Series
from tillsight.forecasting.steps import Stepped
from tillsight.forecasting.words import Grain, Model
from tillsight.metrics.periods import BUCKETS, DAY
from tillsight.metrics.question import Filters
from tillsight.sales import journal

LEVEL = 80
"""Percent of the interval that is kept: the one whose coverage is scored."""
MOST_KEPT = 5_000
"""Forecasts that are kept; the oldest go first."""
MOST_A_DAY = 200
"""Forecasts of one day that are kept, so that no flood of questions drives out the others."""
DECIMALS = 2


Key = tuple[str, int, date]
"""Question, horizon and last known day."""


@dataclass(frozen=True)
class Given:
    """A forecast with its question; `as_of` is the last day that counted."""

    asked: Asked
    as_of: date
    data_version: int
    steps: Stepped
    forecast: Forecast

    @staticmethod
    def of(told: Told) -> "Given | None":
        """What is kept of an answer; nothing where there was nothing to forecast from."""
        if told.as_of is None or told.steps is None or told.forecast is None:
            return None
        return Given(told.asked, told.as_of, told.data_version, told.steps, told.forecast)

    @property
    def question(self) -> str:
        """The same for forecasts of the same thing by the same model."""
        one = self.asked
        return question_of(one.measure, one.grain, write_filters(one.filters), one.model)

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return self.asked.horizon

    @property
    def key(self) -> Key:
        """What makes it one of those that are kept."""
        return self.question, self.horizon, self.as_of


@dataclass(frozen=True)
class Total:
    """What was told of the sum of all steps; without bounds where history was too short."""

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Steps:
    """The steps of a forecast, each list as long as its horizon.

    `value` adds up to the total; `lower` and `upper` hold 80 %, and are empty where there was no
    interval; `naive` is what repeating the last season said, `open` whether the shop was expected
    to trade.
    """

    value: list[float]
    lower: list[float]
    upper: list[float]
    naive: list[float]
    open: list[bool]
    total: Total


def question_of(measure: str, grain: Grain, filters: str, model: Model) -> str:
    """Identifies what a forecast was asked; `filters` as `write_filters` wrote them."""
    return sha256(json.dumps([measure, grain, filters, model]).encode()).hexdigest()


def write_steps(steps: Steps) -> str:
    """Steps as they are kept."""
    return json.dumps(asdict(steps))


def read_steps(text: str) -> Steps:
    """Steps as `write_steps` wrote them."""
    found = json.loads(text)
    return Steps(**{**found, "total": Total(**found["total"])})


def write_filters(filters: Filters) -> str:
    """Filters as JSON in which equal filters look alike."""
    return json.dumps({name: sorted(set(filters[name])) for name in sorted(filters)})


def read_filters(text: str) -> Mapping[str, Sequence[str]]:
    """Filters as `write_filters` wrote them."""
    return json.loads(text)  # type: ignore[no-any-return]


def starts_of(grain: Grain, first: date, steps: int) -> list[date]:
    """The first days of so many steps, and in the end the day after the last."""
    starts = [first]
    for _ in range(steps):
        starts.append(BUCKETS[grain].following(starts[-1]))
    return starts


def keep(database: Database, given: Given, at: datetime | None = None) -> bool:
    """Keep a forecast, given now or `at` a time; no if one of the same question, horizon and last
    day is kept already, or many of the 24 hours before.
    """
    at = at or datetime.now(UTC)
    if is_kept(database, given) or _are_many(database, at):
        return False
    row = _row_of(given, at)
    try:
        with database.writing() as session:
            row.journal = journal.head(session).journal
            session.add(row)
            session.flush()
    except IntegrityError:  # another server was first
        return False
    return True


def is_kept(database: Database, given: Given) -> bool:
    """Whether one of the same question, horizon and last day is kept."""
    question, horizon, as_of = given.key
    query = select(GivenForecast.id).where(
        GivenForecast.question == question,
        GivenForecast.horizon == horizon,
        GivenForecast.as_of == as_of,
    )
    with database.reading() as session:
        return session.scalars(query).first() is not None


def _are_many(database: Database, at: datetime) -> bool:
    given_at = GivenForecast.given_at
    query = select(func.count(GivenForecast.id)).where(given_at > at - DAY, given_at <= at)
    with database.reading() as session:
        return session.scalars(query).one() >= MOST_A_DAY


def remove_oldest(session: Session) -> None:
    """Forget the oldest forecasts above `MOST_KEPT`."""
    ids = select(GivenForecast.id).order_by(GivenForecast.id.desc())
    last = session.scalars(ids.offset(MOST_KEPT).limit(1)).first()
    if last is not None:
        session.execute(delete(GivenForecast).where(GivenForecast.id <= last))


def _row_of(given: Given, at: datetime) -> GivenForecast:
    question, horizon, as_of = given.key
    steps = steps_of(given)
    return GivenForecast(
        question=question,
        measure=given.asked.measure,
        grain=given.asked.grain,
        filters=write_filters(given.asked.filters),
        model=given.asked.model,
        method=given.forecast.method,
        horizon=horizon,
        data_version=given.data_version,
        as_of=as_of,
        first_day=given.steps.ahead[0],
        last_day=given.steps.end - DAY,
        given_at=at,
        steps=write_steps(steps),
        scale=scale_of(given.steps.series),
        steps_scored=0,
        forecast_total=steps.total.value,
    )


def steps_of(given: Given) -> Steps:
    """The steps of a forecast as they are kept, with what seasonal naive says for them."""
    told = _with_interval(given)
    value = _rounded(told.values)
    naive = engine.seasonal_naive(given.steps.series, (LEVEL,)).values
    interval = next((one for one in told.intervals if one.level == LEVEL), None)
    span = next((one for one in told.total_spans if one.level == LEVEL), None)
    return Steps(
        value,
        _rounded(interval.lower) if interval else [],
        _rounded(interval.upper) if interval else [],
        _rounded(naive),
        [bool(days) for days in given.steps.series.open_days_ahead],
        Total(
            round(sum(value), DECIMALS),
            round(span.lower, DECIMALS) if span else None,
            round(span.upper, DECIMALS) if span else None,
        ),
    )


def _with_interval(given: Given) -> Forecast:
    """The forecast with the bounds that are kept, where they cost little to find."""
    levels = {one.level for one in given.forecast.intervals}
    if LEVEL in levels or given.asked.model not in OURS:
        return given.forecast
    again = engine.seasonal_naive if given.asked.model is Model.seasonal_naive else engine.forecast
    return again(given.steps.series, (LEVEL,))


def scale_of(series: Series) -> float | None:
    """The mean absolute error of repeating the last season inside the history; None without one."""
    ready = prepare(series)
    return seasonal_error(ready.series.values, ready.usable, ready.period)


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), DECIMALS) + 0.0 for value in values]  # minus zero is zero
