"""The one query and its explanation over HTTP, and the catalogue they take their words from."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tillsight.accounts.audit import Action, record
from tillsight.api.deps import (
    DatabaseDep,
    OriginDep,
    PeriodDep,
    PersonDep,
    SettingsDep,
    StartedPeriodDep,
    WarehouseDep,
)
from tillsight.api.described import (
    DIMENSION_NAMES,
    EXPLAINED,
    EXPLAINED_BY,
    MEASURE_NAMES,
    ORDER,
)
from tillsight.api.downloads import FILES, Format, download_answer
from tillsight.metrics.catalogue import DIMENSIONS, MEASURES, Good, Total, Unit
from tillsight.metrics.explain import Change, explain
from tillsight.metrics.periods import Compare
from tillsight.metrics.query import Answer, answer, compute
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.whole import whole
from tillsight.sales.journal import head
from tillsight.settings import Summaries

router = APIRouter(prefix="/api/metrics", tags=["Metrics"])


class MeasureEntry(BaseModel):
    """A number that can be asked for."""

    name: str
    label: str
    unit: Unit
    definition: str
    total: Total
    good: Good


class DimensionEntry(BaseModel):
    """What numbers can be grouped and filtered by."""

    name: str
    label: str
    definition: str


class Catalogue(BaseModel):
    """Everything that can be asked."""

    measures: list[MeasureEntry]
    dimensions: list[DimensionEntry]


class ColumnEntry(BaseModel):
    """What a key of the rows means."""

    name: str
    label: str
    unit: Unit


class Window(BaseModel):
    """Days from `start` up to, and without, `end`."""

    start: date | None
    end: date | None


class ComparisonEntry(BaseModel):
    """The window before; `growth` is a fraction, null where there was nothing before."""

    this: Window
    before: Window
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    growth: dict[str, float | None]


class QueryAnswer(BaseModel):
    """Rows with catalogue names as keys, and the version of the data they come from."""

    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    columns: list[ColumnEntry]
    comparison: ComparisonEntry | None
    data_version: int
    first_day: date | None
    last_day: date | None


class DataVersion(BaseModel):
    """A number that grows with each change of the data, as answers have it; `waiting` changes came
    since. Answers have them soon, and where `summaries` are built by `spark`, after the next build.
    """

    data_version: int
    waiting: int
    summaries: Summaries


class FactorEntry(BaseModel):
    """A reason, and how much of the change it makes."""

    name: str
    label: str
    part: int | float


class OthersEntry(BaseModel):
    """The groups that were left out: how many, and their change together."""

    count: int
    change: int | float


class ExplainAnswer(BaseModel):
    """A change between two windows; parts of factors sum to it, and so do changes of groups.

    With a limit `others` are the groups left out, and their change belongs to that sum.
    """

    measure: str
    this: Window
    before: Window
    value: int | float
    value_before: int | float
    change: int | float
    factors: list[FactorEntry]
    groups: list[dict[str, Any]]
    others: OthersEntry | None
    data_version: int


@router.get("")
def catalogue(_person: PersonDep) -> Catalogue:
    """Every measure and dimension, with its definition."""
    return Catalogue(
        measures=[MeasureEntry.model_validate(one, from_attributes=True) for one in MEASURES],
        dimensions=[DimensionEntry.model_validate(one, from_attributes=True) for one in DIMENSIONS],
    )


@router.get("/version")
def version(
    _person: PersonDep, settings: SettingsDep, database: DatabaseDep, warehouse: WarehouseDep
) -> DataVersion:
    """Which version of the data questions are answered from: another one, and answers differ.

    It costs next to nothing, so that a page may ask each minute whether there is something new.
    """
    reached = warehouse.catch_up(wait=0)
    with database.reading() as session:
        last = head(session).version
    return DataVersion(
        data_version=reached, waiting=max(last - reached, 0), summaries=settings.summaries
    )


@router.get("/query", response_model=QueryAnswer, responses=FILES)
def query(
    request: Request,
    person: PersonDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
    period: PeriodDep,
    measures: Annotated[
        str, Query(description="Names, separated by commas.", json_schema_extra=MEASURE_NAMES)
    ],
    by: Annotated[
        str,
        Query(
            description="Up to three different dimensions, separated by commas.",
            json_schema_extra=DIMENSION_NAMES,
        ),
    ] = "",
    compare: Compare | None = None,
    order: Annotated[
        str,
        Query(
            description="A measure or dimension that is asked for; - for descending.",
            json_schema_extra=ORDER,
        ),
    ] = "",
    limit: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    format: Annotated[
        Format,
        Query(description="csv or xlsx: all rows as a download, without totals and comparison."),
    ] = Format.json,
) -> QueryAnswer | StreamingResponse:
    """Any measures by up to three dimensions, with any filters.

    Every dimension is also a filter: `country=EIRE&country=France`; an empty value is “unknown”.
    Buckets of time without sales are filled with zeros between the first and last day of the data.
    An answer is kept until the data change; `Cache-Control: no-cache` has it computed anew.
    """
    filters = _filters(request, QUERY_PARAMETERS)
    asked = Question(_names(measures), _names(by), period, filters, compare, order, limit)
    if format is not Format.json:
        found = whole(warehouse, asked)
        with database.writing() as session:
            details = {"asked": str(request.query_params)}
            record(session, Action.exported, person, "sales", details, origin)
        return download_answer(format, found, "-by-".join(["sales", *asked.by]))
    if "no-cache" in request.headers.get("cache-control", ""):
        with warehouse.snapshot() as at:
            return _shown(compute(at, asked))
    return _shown(answer(warehouse, asked))


@router.get("/explain")
def explain_change(
    request: Request,
    _person: PersonDep,
    warehouse: WarehouseDep,
    period: StartedPeriodDep,
    measure: Annotated[
        str,
        Query(description="A measure that adds up, such as revenue.", json_schema_extra=EXPLAINED),
    ],
    compare: Compare = Compare.previous_period,
    by: Annotated[
        str,
        Query(description="A dimension, such as country.", json_schema_extra=EXPLAINED_BY),
    ] = "",
    limit: Annotated[
        int | None,
        Query(ge=1, le=1000, description="Groups that rose most, and as many that fell most."),
    ] = None,
) -> ExplainAnswer:
    """Why a measure that adds up changed since the window before, in parts that sum to the change.

    Revenue has factors (customers, orders per customer, order value, sales without a customer), and
    each group of it price, volume, new and lost. Every dimension is also a filter.
    """
    filters = _filters(request, EXPLAIN_PARAMETERS)
    asked = Change.of(measure, period, compare, by.strip(), filters)
    found = explain(warehouse, replace(asked, limit=limit))
    return ExplainAnswer.model_validate(found, from_attributes=True)


EXPLAIN_PARAMETERS = frozenset({"measure", "by", "from", "to", "compare", "limit"})
QUERY_PARAMETERS = frozenset(
    {"measures", "by", "from", "to", "compare", "order", "limit", "format"}
)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _filters(request: Request, known: frozenset[str]) -> Filters:
    """Every other parameter is a filter; the query refuses names that are no dimension."""
    asked = request.query_params
    return {name: asked.getlist(name) for name in asked if name not in known}


def _shown(found: Answer) -> QueryAnswer:
    return QueryAnswer.model_validate(found, from_attributes=True)
