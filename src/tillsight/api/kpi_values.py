"""Values of KPIs: entering, changing and deleting them, one by one or as a grid."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from tillsight.accounts.audit import Action, record
from tillsight.accounts.sessions import Origin, Person
from tillsight.api.auth import Message
from tillsight.api.deps import (
    LARGEST_ID,
    NOT_TRUTH,
    DatabaseDep,
    Id,
    IdInBody,
    NamedPeriodDep,
    OriginDep,
    PersonDep,
    TodayDep,
)
from tillsight.api.downloads import FILES, Format, download
from tillsight.api.purchases import Number
from tillsight.database import Database
from tillsight.kpis import values
from tillsight.kpis.exact import LONGEST_TEXT
from tillsight.kpis.grid import MOST_CELLS, Cell, enter_grid
from tillsight.kpis.listing import get_kpi
from tillsight.kpis.value_list import (
    Order,
    Shown,
    Wanted,
    all_values,
    get_value,
    get_values,
    list_values,
)
from tillsight.kpis.values import Edit, New, Written
from tillsight.metrics.paging import cut

router = APIRouter(prefix="/api", tags=["KPIs"])

COLUMNS = (
    *("id", "kpi_id", "kpi", "circle_id", "circle", "period", "period_year", "period_month"),
    *(
        "from",
        "to",
        "value",
        "comment",
        "version",
        "restated",
        "restated_at",
        "created_by",
        "created_by_name",
    ),
    *("created_at", "updated_by", "updated_by_name", "updated_at"),
)
Comment = Annotated[str, Field(max_length=LONGEST_TEXT)]
PeriodText = Annotated[str, Field(max_length=20, examples=["2026-03", "2026-Q1", "2026"])]
Year = Annotated[int, Field(ge=1, le=9999), NOT_TRUTH]
Month = Annotated[int, Field(ge=1, le=12), NOT_TRUTH]
Limit = Annotated[int, Query(ge=1, le=500)]
Before = Annotated[str, Query(max_length=40, description="Go on after this place: `next`.")]
Sort = Annotated[Order, Query(description="By period; with - the newest first.")]
AsFormat = Annotated[Format, Query(description="csv or xlsx: all of them as a download.")]


class ValueTyped(BaseModel):
    """The value of a period: `period` as 2026, 2026-Q1, 2026-03, 2026-W12 or 2026-03-05, or the
    year and the month it ends in.
    """

    model_config = ConfigDict(extra="forbid")

    period: PeriodText | None = None
    period_year: Year | None = None
    period_month: Month | None = None
    value: Number
    comment: Comment = ""

    def of(self, kpi_id: int) -> New:
        """For the room."""
        written = Written(self.period, self.period_year, self.period_month)
        return New(kpi_id, written, self.value, self.comment)


class KpiValueTyped(ValueTyped):
    """The value of a period, and of which KPI."""

    kpi_id: IdInBody


class ValueChange(BaseModel):
    """What to change; what is left out stays. `version` is the one of the value you saw."""

    model_config = ConfigDict(extra="forbid")

    version: IdInBody
    value: Number | None = None
    comment: Comment | None = None


class CellTyped(BaseModel):
    """A cell of the grid: null leaves it as it is. `version` is the one of the value you saw; leave
    it out where there was none.
    """

    model_config = ConfigDict(extra="forbid")

    kpi_id: IdInBody
    period: PeriodText
    value: Number | None
    comment: Comment | None = None
    version: IdInBody | None = None


class Grid(BaseModel):
    """Cells to enter and change, all of them or none."""

    model_config = ConfigDict(extra="forbid")

    values: list[CellTyped] = Field(max_length=MOST_CELLS)


class ValueEntry(BaseModel):
    """A value of the days from `from` up to, and without, `to`.

    `restated` is what it would be by the sales as they are now, where they changed after the period
    was over, since `restated_at`; null at such a time: there would be no value any more.
    """

    id: int
    kpi_id: int
    kpi: str
    circle_id: int
    circle: str
    period: str
    period_year: int
    period_month: int
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    value: float
    comment: str
    version: int
    restated: float | None
    restated_at: datetime | None
    created_by: int | None
    created_by_name: str | None
    created_at: datetime
    updated_by: int | None
    updated_by_name: str | None
    updated_at: datetime | None


class Values(BaseModel):
    """One page of values; `next` is the `before` of the next page."""

    values: list[ValueEntry]
    next: str | None


class GridEntered(BaseModel):
    """The values of the cells that had one."""

    values: list[ValueEntry]


_LISTED: dict[str, Any] = {
    "response_model": Values,
    "responses": FILES,
}


@router.get("/kpis/{kpi_id}/values", **_LISTED)
def values_of_kpi(
    kpi_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    today: TodayDep,
    origin: OriginDep,
    span: NamedPeriodDep,
    sort: Sort = Order.period_down,
    before: Before = "",
    limit: Limit = 100,
    format: AsFormat = Format.json,
) -> Values | StreamingResponse:
    """The values of a KPI, those whose own period ends in the one asked for, newest first."""
    with database.reading() as session:
        get_kpi(session, kpi_id, today)
    wanted = Wanted(kpi_id=kpi_id, span=span, order=sort)
    if format is not Format.json:
        return _download(format, database, person, wanted, origin)
    return _page(database, wanted, before, limit)


@router.post("/kpis/{kpi_id}/values", status_code=201)
def enter_value_of_kpi(
    kpi_id: Id, person: PersonDep, database: DatabaseDep, today: TodayDep, typed: ValueTyped
) -> ValueEntry:
    """Enter the value of a period that has begun; for those who may enter values of the KPI.

    409 where the period has a value, or the KPI is not active or computed.
    """
    return _entered(database, person, typed.of(kpi_id), today)


@router.get("/kpi-values", **_LISTED)
def all_kpi_values(
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    span: NamedPeriodDep,
    circle: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only of this circle.")
    ] = None,
    kpi: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only of this KPI.")] = None,
    sort: Sort = Order.period_down,
    before: Before = "",
    limit: Limit = 100,
    format: AsFormat = Format.json,
) -> Values | StreamingResponse:
    """Values of all KPIs, those whose own period ends in the one asked for, newest first."""
    wanted = Wanted(circle, kpi, span, sort)
    if format is not Format.json:
        return _download(format, database, person, wanted, origin)
    return _page(database, wanted, before, limit)


@router.post("/kpi-values", status_code=201)
def enter_value(
    person: PersonDep, database: DatabaseDep, today: TodayDep, typed: KpiValueTyped
) -> ValueEntry:
    """Enter the value of a period that has begun, of the KPI that is named."""
    return _entered(database, person, typed.of(typed.kpi_id), today)


@router.put("/kpi-values")
def enter_a_grid(
    person: PersonDep, database: DatabaseDep, today: TodayDep, grid: Grid
) -> GridEntered:
    """Enter and change many values: all of them, or none.

    A refusal names each cell that cannot be taken in `cells`, with its `index`, KPI, period and
    reason.
    """
    cells = [Cell(**typed.model_dump()) for typed in grid.values]
    numbers = database.changing(
        lambda session: [one.id for one in enter_grid(session, person, cells, today)]
    )
    with database.reading() as session:
        found = get_values(session, numbers)
    return GridEntered(values=[_entry(one) for one in found])


@router.get("/kpi-values/{value_id}")
def one_value(value_id: Id, _person: PersonDep, database: DatabaseDep) -> ValueEntry:
    """One value."""
    return _told(database, value_id)


@router.patch("/kpi-values/{value_id}")
def change_value(
    value_id: Id, person: PersonDep, database: DatabaseDep, wanted: ValueChange
) -> ValueEntry:
    """Change a value or its comment; for those who may enter values of the KPI.

    `version` is the one you saw. Where somebody else changed it since, the answer is 409 with the
    `version` and `value` it has now, and by whom.
    """
    edit = Edit(wanted.value, wanted.comment, wanted.version)
    database.changing(lambda session: values.change_value(session, person, value_id, edit))
    return _told(database, value_id)


@router.delete("/kpi-values/{value_id}")
def delete_value(
    value_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    version: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only if it is of this version.")
    ] = None,
) -> Message:
    """Delete a value, for those who may change the KPI. The change log keeps what it was."""
    database.changing(lambda session: values.delete_value(session, person, value_id, version))
    return Message(message="The value was deleted.")


def _entered(database: Database, person: Person, new: New, today: date) -> ValueEntry:
    value_id = database.changing(lambda session: values.enter_value(session, person, new, today).id)
    return _told(database, value_id)


def _told(database: Database, value_id: int) -> ValueEntry:
    with database.reading() as session:
        return _entry(get_value(session, value_id))


def _page(database: Database, wanted: Wanted, before: str, limit: int) -> Values:
    with database.reading() as session:
        found, following = cut(
            list_values(session, wanted, before, limit + 1), limit, lambda one: one.cursor
        )
    return Values(values=[_entry(one) for one in found], next=following)


def _entry(found: Shown) -> ValueEntry:
    return ValueEntry.model_validate(_said(found) | {"start": found.start, "end": found.end})


def _said(found: Shown) -> dict[str, Any]:
    """A value by the names of `COLUMNS`."""
    own = {name: getattr(found.value, name) for name in COLUMNS if hasattr(found.value, name)}
    year, month = found.year_and_month
    return own | {
        "kpi": found.kpi.name,
        "circle_id": found.circle.id,
        "circle": found.circle.name,
        "period": found.period,
        "period_year": year,
        "period_month": month,
        "from": found.start,
        "to": found.end,
        "created_by_name": found.creator and found.creator.name,
        "updated_by_name": found.changer and found.changer.name,
    }


def _download(
    format: Format, database: Database, person: Person, wanted: Wanted, origin: Origin
) -> StreamingResponse:
    with database.writing() as session:
        record(session, Action.exported, person, "KPI values", None, origin)
    return download(format, COLUMNS, _rows(database, wanted), "kpi-values")


def _rows(database: Database, wanted: Wanted) -> Iterator[list[list[Any]]]:
    for part in all_values(database, wanted):
        yield [[_said(one)[name] for name in COLUMNS] for one in part]
