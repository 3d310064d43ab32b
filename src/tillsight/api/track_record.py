"""The track record of forecasts over HTTP: what was forecast, and what happened."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from tillsight.accounts.audit import Action, record
from tillsight.api.deps import LARGEST_ID, DatabaseDep, Id, OriginDep, PersonDep
from tillsight.api.downloads import FILES, Format, download
from tillsight.database import Database
from tillsight.errors import UnknownName
from tillsight.forecasting import track_record
from tillsight.forecasting.track_record import Listed, State, Wanted
from tillsight.forecasting.words import Grain, Method, Model
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import Unit
from tillsight.metrics.rounding import RATIO
from tillsight.sales import journal

router = APIRouter(prefix="/api/forecasts/track-record", tags=["Forecasts"])

MEASURE: dict[str, Any] = {"enum": [one.name for one in catalogue.MEASURES]}
SCORES = ("wape", "naive_wape", "mase", "coverage")


class GivenForecast(BaseModel):
    """A forecast that was given, and how it did.

    It was told at `given_at`, from the data up to the day `as_of`, about the days from `from` up
    to, and without, `to`. Once steps of it are over (`steps_scored` of `horizon`), the totals are
    those of the ordinary ones of them; before, `forecast_total` is that of all steps. `wape` is the
    sum of errors over the sum of what happened, `naive_wape` the same of repeating the last season,
    `coverage` the fraction of steps inside the 80 % interval. `scored_version` is the data version
    the scores are from.
    """

    id: int
    measure: str
    label: str
    unit: Unit
    grain: Grain
    filters: dict[str, list[str]]
    model: Model
    method: Method
    horizon: int
    given_at: datetime
    as_of: date
    data_version: int
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    state: State
    steps_scored: int
    forecast_total: float
    actual_total: float | None
    wape: float | None
    naive_wape: float | None
    mase: float | None
    coverage: float | None
    scored_at: datetime | None
    scored_version: int | None


class Step(BaseModel):
    """A step as it was forecast, and what happened: null until it is over.

    `lower` and `upper` hold 80 %. `open` tells whether the shop was expected to trade; what was not
    `ordinary` is left out of the scores.
    """

    start: date
    value: float
    lower: float | None
    upper: float | None
    naive: float
    open: bool
    ordinary: bool
    actual: float | None


class Told(BaseModel):
    """What was told of the sum of all steps."""

    value: float
    lower: float | None
    upper: float | None


class GivenForecastWithSteps(GivenForecast):
    """A forecast that was given, step by step."""

    total: Told
    steps: list[Step]
    requested_by: str


class Summary(BaseModel):
    """How the `scored` forecasts did of which all steps are over, each counted as one.

    `wape` and `naive_wape` are medians and `coverage` is the mean. `better_than_naive` of the
    `compared`, which have both errors, were less off than repeating the last season.
    """

    scored: int
    wape: float | None
    naive_wape: float | None
    coverage: float | None
    compared: int
    better_than_naive: int


class TrackRecord(BaseModel):
    """Newest first; `next` is the `before` of the next page. The summary is of all pages."""

    forecasts: list[GivenForecast]
    summary: Summary
    next: int | None
    data_version: int
    requested_by: str


COLUMNS = tuple(
    field.serialization_alias or name for name, field in GivenForecast.model_fields.items()
)


@router.get("", response_model=TrackRecord, responses=FILES)
def forecasts_given(
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    measure: Annotated[
        str | None, Query(description="Only of this measure.", json_schema_extra=MEASURE)
    ] = None,
    grain: Annotated[Grain | None, Query(description="Only by day, week or month.")] = None,
    model: Annotated[Model | None, Query(description="Only by this model.")] = None,
    state: Annotated[
        State | None,
        Query(description="Only those of which no step is over, some are, or all."),
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> TrackRecord | StreamingResponse:
    """Forecasts that were given and how they did, newest first.

    The summary is of those of the measure, grain and model that are wholly scored, whatever state
    is asked for.
    """
    if measure is not None:
        catalogue.measures([measure])
    wanted = Wanted(measure, grain, model, state)
    if format is not Format.json:
        with database.writing() as session:
            record(session, Action.exported, person, "forecasts", None, origin)
        return download(format, COLUMNS, _rows(database, wanted), "track-record")
    with database.reading() as session:
        found = track_record.list_given(session, wanted, before, limit + 1)
        whole = track_record.summary(session, wanted)
        version = journal.head(session).version
    return TrackRecord(
        forecasts=[GivenForecast.model_validate(_said(one)) for one in found[:limit]],
        summary=Summary.model_validate(_rounded(asdict(whole))),
        next=found[limit - 1].row.id if len(found) > limit else None,
        data_version=version,
        requested_by=person.login,
    )


@router.get("/{forecast_id}")
def forecast_given(
    forecast_id: Id, person: PersonDep, database: DatabaseDep
) -> GivenForecastWithSteps:
    """One forecast that was given, step by step, with what happened."""
    with database.reading() as session:
        found = track_record.get_given(session, forecast_id)
    more = {
        "total": asdict(found.told.total),
        "steps": [asdict(step) for step in found.steps],
        "requested_by": person.login,
    }
    return GivenForecastWithSteps.model_validate(_said(found) | more)


def _said(found: Listed) -> dict[str, Any]:
    """A forecast by the names of the model's fields."""
    row = found.row
    label, unit = _named(row.measure)
    own = {name: getattr(row, name) for name in GivenForecast.model_fields if hasattr(row, name)}
    return _rounded(own) | {
        "label": label,
        "unit": unit,
        "filters": found.filters,
        "start": row.first_day,
        "end": found.end,
        "state": found.state,
    }


def _named(measure: str) -> tuple[str, Unit]:
    """What a measure is called, and its unit; one that is not there any more has its old name."""
    try:
        [known] = catalogue.measures([measure])
    except UnknownName:
        return measure, Unit.number
    return known.label, known.unit


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    """Scores with as many decimals as ratios have."""
    found = {name: values[name] for name in SCORES if values.get(name) is not None}
    return values | {name: round(value, RATIO) for name, value in found.items()}


def _rows(database: Database, wanted: Wanted) -> Iterator[list[list[Any]]]:
    names = list(GivenForecast.model_fields)
    for part in track_record.all_given(database, wanted):
        yield [[_said(one)[name] for name in names] for one in part]
