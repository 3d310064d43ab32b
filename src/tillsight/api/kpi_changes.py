"""The change log of KPI values."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tillsight.accounts.audit import Action, record
from tillsight.api.deps import LARGEST_ID, DatabaseDep, NamedPeriodDep, OriginDep, PersonDep
from tillsight.api.downloads import FILES, Format, download
from tillsight.database import Database
from tillsight.kpis.changes import Logged, Wanted, all_changes, list_changes
from tillsight.kpis.words import Activity, Why

router = APIRouter(prefix="/api/kpi-changes", tags=["KPIs"])

COLUMNS = (
    *("id", "at", "kpi_id", "kpi", "circle_id", "circle", "period", "value_id", "activity"),
    *("before", "after", "comment", "why", "user_id", "user", "import_id", "file"),
)


class ChangeEntry(BaseModel):
    """A change of a value. `before` is null where it was entered, `after` where it was deleted.

    `user` is null where nobody did it: the sales changed. `import_id` and `file` are of the import
    that brought or caused it. Of what was `moved` from an older product, which logged no values,
    `before`, `after` and `user` are null where they are not known.
    """

    id: int
    at: datetime
    kpi_id: int
    kpi: str
    circle_id: int
    circle: str
    period: str
    value_id: int
    activity: Activity
    before: float | None
    after: float | None
    comment: str
    why: Why
    user_id: int | None
    user: str | None
    import_id: int | None
    file: str | None


class Changes(BaseModel):
    """Newest first; `next` is the `before` of the next page."""

    changes: list[ChangeEntry]
    next: int | None


@router.get("", response_model=Changes, responses=FILES)
def kpi_changes(
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    span: NamedPeriodDep,
    circle: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only of this circle.")
    ] = None,
    kpi: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only of this KPI.")] = None,
    person_id: Annotated[
        int | None,
        Query(alias="person", ge=1, le=LARGEST_ID, description="Only what this person did."),
    ] = None,
    value: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only of this value.")
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> Changes | StreamingResponse:
    """Who changed which value from what to what, and why, newest first.

    A period is about the periods that the values are for: those that end in it.
    """
    wanted = Wanted(circle, kpi, person_id, value, span)
    if format is not Format.json:
        with database.writing() as session:
            record(session, Action.exported, person, "KPI changes", None, origin)
        return download(format, COLUMNS, _rows(database, wanted), "kpi-changes")
    with database.reading() as session:
        found = list_changes(session, wanted, before, limit + 1)
    return Changes(
        changes=[ChangeEntry.model_validate(_said(one)) for one in found[:limit]],
        next=found[limit - 1].change.id if len(found) > limit else None,
    )


def _said(found: Logged) -> dict[str, Any]:
    """A change by the names of `COLUMNS`."""
    own = {name: getattr(found.change, name) for name in COLUMNS if hasattr(found.change, name)}
    return own | {
        "kpi": found.kpi.name,
        "circle_id": found.circle.id,
        "circle": found.circle.name,
        "period": found.period,
        "user": found.user and found.user.name,
        "file": found.file,
    }


def _rows(database: Database, wanted: Wanted) -> Iterator[list[list[Any]]]:
    for part in all_changes(database, wanted):
        yield [[_said(one)[name] for name in COLUMNS] for one in part]
