"""What became of reported values when the sales of their periods changed, and accepting it."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from tillsight.api.deps import LARGEST_ID, DatabaseDep, Id, PersonDep
from tillsight.database import Database
from tillsight.kpis import restatements
from tillsight.kpis.restatements import Listed, Wanted, periodicity_of
from tillsight.kpis.spans import end_of, read_period
from tillsight.kpis.words import Reason, Settled

router = APIRouter(tags=["KPIs"])

Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Open = Annotated[
    bool | None, Query(description="Only those that wait to be accepted, or only the others.")
]


class Restatement(BaseModel):
    """That the sales of a closed period changed: `reported` is the value that was told, `restated`
    what it would be now (null: nothing), `journal_version` the change that made the difference,
    with its import and file where it was one. It is open until it is `settled`.
    """

    id: int
    at: datetime
    kpi_id: int
    kpi: str
    circle_id: int
    circle: str
    unit: str
    period: str
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    reported: float | None
    restated: float | None
    cause: Reason
    journal_version: int
    import_id: int | None
    file: str | None
    settled: Settled | None
    settled_at: datetime | None
    settled_by: int | None
    settled_by_name: str | None


class Restatements(BaseModel):
    """Newest first; `next` is the `before` of the next page."""

    restatements: list[Restatement]
    next: int | None


class Accepted(BaseModel):
    """What was accepted, by period."""

    accepted: list[Restatement]


class Accepting(BaseModel):
    """Which restatement to accept: that of a period, or all open ones.

    `newest` is the largest id that was seen: 409 where the sales changed again since.
    """

    model_config = ConfigDict(extra="forbid")

    period: Annotated[str, Field(max_length=40)] | None = None
    newest: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None


@router.get("/api/kpi-restatements")
def all_restatements(
    _person: PersonDep,
    database: DatabaseDep,
    circle: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    kpi: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    open: Open = None,
    before: Before = None,
    limit: Limit = 100,
) -> Restatements:
    """Closed periods of computed KPIs whose sales changed, newest first."""
    return _listed(database, Wanted(circle, kpi, open), before, limit)


@router.get("/api/kpis/{kpi_id}/restatements")
def restatements_of(
    kpi_id: Id,
    _person: PersonDep,
    database: DatabaseDep,
    open: Open = None,
    before: Before = None,
    limit: Limit = 100,
) -> Restatements:
    """Closed periods of one KPI whose sales changed, newest first."""
    with database.reading() as session:
        periodicity_of(session, kpi_id)
    return _listed(database, Wanted(kpi_id=kpi_id, are_open=open), before, limit)


@router.post("/api/kpis/{kpi_id}/restatements/accept")
def accept(kpi_id: Id, person: PersonDep, database: DatabaseDep, accepting: Accepting) -> Accepted:
    """Make what the sales say now the reported value, of one period or of all that are restated.

    For managers who belong to the circle or made it, and admins. 409 where nothing is restated.
    """
    with database.reading() as session:
        periodicity = periodicity_of(session, kpi_id)
    said = accepting.period
    start = None if said is None else read_period(periodicity, said)
    newest = accepting.newest
    numbers = database.changing(
        lambda session: restatements.accept(session, person, kpi_id, start, newest)
    )
    with database.reading() as session:
        found = restatements.get_restatements(session, numbers)
    return Accepted(accepted=[_shown(one) for one in found])


def _listed(database: Database, wanted: Wanted, before: int | None, limit: int) -> Restatements:
    with database.reading() as session:
        found = restatements.list_restatements(session, wanted, before, limit + 1)
    return Restatements(
        restatements=[_shown(one) for one in found[:limit]],
        next=found[limit - 1].restatement.id if len(found) > limit else None,
    )


def _shown(one: Listed) -> Restatement:
    row = one.restatement
    by = one.settled_by
    own = {name: getattr(row, name) for name in Restatement.model_fields if hasattr(row, name)}
    return Restatement.model_validate(
        own
        | {
            "kpi": one.kpi.name,
            "circle_id": one.circle.id,
            "circle": one.circle.name,
            "unit": one.kpi.unit,
            "period": one.period,
            "start": row.period_start,
            "end": end_of(one.kpi.periodicity, row.period_start),
            "file": one.file,
            "settled_by_name": by and by.name,
        }
    )
