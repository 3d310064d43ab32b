"""The one query over HTTP, and the catalogue it takes its words from."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from tillsight.api.deps import PeriodDep, PersonDep, WarehouseDep
from tillsight.metrics.catalogue import DIMENSIONS, MEASURES, Good, Total, Unit
from tillsight.metrics.periods import Compare
from tillsight.metrics.query import Answer, Filters, Question, answer, compute

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


@router.get("")
def catalogue(_person: PersonDep) -> Catalogue:
    """Every measure and dimension, with its definition."""
    return Catalogue(
        measures=[MeasureEntry.model_validate(one, from_attributes=True) for one in MEASURES],
        dimensions=[DimensionEntry.model_validate(one, from_attributes=True) for one in DIMENSIONS],
    )


@router.get("/query")
def query(
    request: Request,
    _person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    measures: Annotated[str, Query(description="Names, separated by commas.")],
    by: Annotated[str, Query(description="Up to three dimensions, separated by commas.")] = "",
    compare: Compare | None = None,
    order: Annotated[str, Query(description="A measure or dimension; - for descending.")] = "",
    limit: Annotated[int | None, Query(ge=1, le=100_000)] = None,
) -> QueryAnswer:
    """Any measures by up to three dimensions, with any filters.

    Every dimension is also a filter: `country=EIRE&country=France`; an empty value is “unknown”.
    Buckets of time without sales are filled with zeros between the first and last day of the data.
    An answer is kept until the data change; `Cache-Control: no-cache` has it computed anew.
    """
    asked = Question(_names(measures), _names(by), period, _filters(request), compare, order, limit)
    if "no-cache" in request.headers.get("cache-control", ""):
        with warehouse.snapshot() as at:
            return _shown(compute(at, asked))
    return _shown(answer(warehouse, asked))


PARAMETERS = frozenset({"measures", "by", "from", "to", "compare", "order", "limit"})


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _filters(request: Request) -> Filters:
    """Every other parameter is a filter; the query refuses names that are no dimension."""
    asked = request.query_params
    return {name: asked.getlist(name) for name in asked if name not in PARAMETERS}


def _shown(found: Answer) -> QueryAnswer:
    return QueryAnswer.model_validate(
        {
            **vars(found),
            "columns": [asdict(one) for one in found.columns],
            "comparison": found.comparison and asdict(found.comparison),
        }
    )
