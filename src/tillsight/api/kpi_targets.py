"""The history of a KPI's target; `PATCH /api/kpis/{id}` adds to it."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.auth import Message
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep, TodayDep
from tillsight.kpis import definitions
from tillsight.kpis.listing import get_kpi
from tillsight.kpis.models import BEGINNING, KpiTarget
from tillsight.kpis.targets import targets_of

router = APIRouter(prefix="/api/kpis", tags=["KPIs"])


class TargetEntry(BaseModel):
    """A target for the periods that end on `valid_from` or later; null is from the beginning."""

    id: int
    value: float
    valid_from: date | None
    set_by: int | None
    set_at: datetime


class Targets(BaseModel):
    """The targets of a KPI, the oldest first."""

    targets: list[TargetEntry]


@router.get("/{kpi_id}/targets")
def targets(kpi_id: Id, _person: PersonDep, database: DatabaseDep, today: TodayDep) -> Targets:
    """All targets of a KPI with the days they hold from, the oldest first."""
    with database.reading() as session:
        get_kpi(session, kpi_id, today)
        found = targets_of(session, [kpi_id])[kpi_id]
    return Targets(targets=[_target_entry(one) for one in found])


@router.delete("/{kpi_id}/targets/{target_id}")
def delete_target(
    kpi_id: Id, target_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Take a target out of the history, for those who may change the KPI; the first one stays."""
    database.changing(
        lambda session: definitions.delete_target(session, person, kpi_id, target_id, origin)
    )
    return Message(message="The target was deleted.")


def _target_entry(target: KpiTarget) -> TargetEntry:
    return TargetEntry(
        id=target.id,
        value=float(target.value),
        valid_from=None if target.valid_from == BEGINNING else target.valid_from,
        set_by=target.set_by,
        set_at=target.set_at,
    )
