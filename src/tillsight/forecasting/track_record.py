"""The track record: forecasts that were given, and how each did."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import mean, median

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import NotFound
from tillsight.forecasting.given import Steps, read_filters, read_steps, starts_of
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.scoring import Actuals
from tillsight.forecasting.words import Grain, Model
from tillsight.metrics.periods import DAY
from tillsight.metrics.question import Filters


class State(StrEnum):
    """How far a forecast is scored: none of its steps is over, some are, or all."""

    waiting = "waiting"
    partly = "partly"
    scored = "scored"


_IS = {
    State.waiting: GivenForecast.steps_scored == 0,
    State.partly: and_(
        GivenForecast.steps_scored > 0, GivenForecast.steps_scored < GivenForecast.horizon
    ),
    State.scored: GivenForecast.steps_scored == GivenForecast.horizon,
}


@dataclass(frozen=True)
class Wanted:
    """Which forecasts are asked for; None is all of them."""

    measure: str | None = None
    grain: Grain | None = None
    model: Model | None = None
    state: State | None = None


@dataclass(frozen=True)
class Summary:
    """How the forecasts did that are wholly scored, each counted as one.

    Half of them were off by less than `wape`, half by more; `naive_wape` is the same of repeating
    the last season. `coverage` is the mean. `better_than_naive` of the `compared`, which have both
    errors, were less off than that.
    """

    scored: int
    wape: float | None
    naive_wape: float | None
    coverage: float | None
    compared: int
    better_than_naive: int


@dataclass(frozen=True)
class Step:
    """A step as it was forecast, and what happened, None until it is over.

    `open` is whether the shop was expected to trade. Where it turned out not `ordinary` the step is
    left out of the scores.
    """

    start: date
    value: float
    lower: float | None
    upper: float | None
    naive: float
    open: bool
    ordinary: bool
    actual: float | None


@dataclass(frozen=True)
class Listed:
    """A forecast of the track record."""

    row: GivenForecast

    @property
    def filters(self) -> Filters:
        """What it is filtered by."""
        return read_filters(self.row.filters)

    @property
    def end(self) -> date:
        """The day after its last day."""
        return self.row.last_day + DAY

    @property
    def state(self) -> State:
        """How far it is scored."""
        if self.row.steps_scored == 0:
            return State.waiting
        return State.scored if self.row.steps_scored == self.row.horizon else State.partly

    @property
    def told(self) -> Steps:
        """What was told, step by step and in total."""
        return read_steps(self.row.steps)

    @property
    def steps(self) -> list[Step]:
        """Its steps with what happened."""
        told = self.told
        happened = Actuals(**json.loads(self.row.actuals or '{"value": [], "ordinary": []}'))
        starts = starts_of(self.row.grain, self.row.first_day, self.row.horizon)
        return [
            Step(
                starts[place],
                told.value[place],
                told.lower[place] if told.lower else None,
                told.upper[place] if told.upper else None,
                told.naive[place],
                told.open[place],
                happened.ordinary[place] if place < len(happened.value) else True,
                happened.value[place] if place < len(happened.value) else None,
            )
            for place in range(self.row.horizon)
        ]


def list_given(session: Session, wanted: Wanted, before: int | None, limit: int) -> list[Listed]:
    """The forecasts asked for, newest first; `before` is the number to go on from."""
    query = select(GivenForecast).where(*_matching(wanted))
    if before is not None:
        query = query.where(GivenForecast.id < before)
    rows = session.scalars(query.order_by(GivenForecast.id.desc()).limit(limit))
    return [Listed(row) for row in rows]


def all_given(database: Database, wanted: Wanted) -> Iterator[list[Listed]]:
    """All forecasts asked for, newest first, some at a time."""
    return database.in_parts(
        lambda session, before, limit: list_given(session, wanted, before, limit),
        lambda one: one.row.id,
    )


def get_given(session: Session, number: int) -> Listed:
    """One forecast.

    Raises:
        NotFound: there is none of this number, or not any more.
    """
    row = session.get(GivenForecast, number)
    if row is None:
        raise NotFound(f"There is no forecast {number} in the track record.")
    return Listed(row)


def summary(session: Session, wanted: Wanted) -> Summary:
    """How the forecasts asked for did, whatever their state is that is asked for."""
    one = GivenForecast
    query = select(one.wape, one.naive_wape, one.coverage).where(
        *_matching(Wanted(wanted.measure, wanted.grain, wanted.model, State.scored))
    )
    rows = session.execute(query).all()
    both = [(row.wape, row.naive_wape) for row in rows if None not in {row.wape, row.naive_wape}]
    coverages = [row.coverage for row in rows if row.coverage is not None]
    return Summary(
        len(rows),
        median(error for error, _ in both) if both else None,
        median(naive for _, naive in both) if both else None,
        mean(coverages) if coverages else None,
        len(both),
        sum(error < naive for error, naive in both),
    )


def _matching(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.measure is not None:
        conditions.append(GivenForecast.measure == wanted.measure)
    if wanted.grain is not None:
        conditions.append(GivenForecast.grain == wanted.grain)
    if wanted.model is not None:
        conditions.append(GivenForecast.model == wanted.model)
    if wanted.state is not None:
        conditions.append(_IS[wanted.state])
    return conditions
