"""KPIs as kpi-circles tells of them: those whose periodicity and unit it knew."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.orm import Session

from tillsight.api.compat.kpi_circles.people import NO_CIRCLE
from tillsight.api.compat.kpi_circles.wire import (
    ENVELOPE,
    NOT_GATEKEEPER,
    PERIODICITIES,
    UNITS,
    Frequency,
    Message,
    Number,
    Sent,
    Switch,
    Unit,
    Whole,
    exactly,
    is_known,
)
from tillsight.api.compat.product import refusals
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep, TodayDep
from tillsight.errors import InvalidInput, NotFound
from tillsight.kpis.definitions import NameTaken, Target, change_kpi, create_kpi, set_target
from tillsight.kpis.listing import Order, Shown, Wanted, all_kpis, get_kpi
from tillsight.kpis.terms import Definition
from tillsight.kpis.words import Periodicity

NO_KPI = "KPI Not Found."
NO_KPI_TO_EDIT = "KPI Not Found"
NAME_TAKEN = "KPI name already exists. Choose a different name."

router = APIRouter(prefix="/kpis")


class Kpi(BaseModel):
    """A KPI; `target_value` is the target in force today."""

    id: int
    circle_id: int
    name: str
    periodicity: str
    unit: str
    initial_value: float
    target_value: float
    active: bool


class OneKpi(BaseModel):
    """One KPI."""

    kpi: Kpi


class KpiList(BaseModel):
    """All KPIs but archived ones, and those whose periodicity or unit is unknown here."""

    kpi_list: list[Kpi]


class NewKpi(Sent):
    """A KPI to add. Periodicity and unit are taken in any case, and as they are shown."""

    circle_id: Whole
    name: str
    periodicity: Frequency
    unit: Unit
    initial_value: Number = 0
    target_value: Number
    active: Switch = True


class KpiEdit(Sent):
    """What to change; what is left out stays."""

    circle_id: Whole | None = None
    name: str | None = None
    periodicity: Frequency | None = None
    unit: Unit | None = None
    initial_value: Number | None = None
    target_value: Number | None = None
    active: Switch | None = None


_BAD = "The name is taken, or something cannot be used"


@router.post(
    "/add",
    status_code=201,
    responses=refusals(ENVELOPE, s400=_BAD, s403=NOT_GATEKEEPER, s404="No such circle"),
)
def add_kpi(sent: NewKpi, person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Message:
    """Add a KPI to a circle; its target holds for all periods."""
    definition = Definition(
        sent.name,
        sent.circle_id,
        Periodicity(sent.periodicity),
        sent.unit,
        exactly(sent.initial_value),
        sent.active,
    )
    target = exactly(sent.target_value)
    try:
        database.changing(lambda session: create_kpi(session, person, definition, target, origin))
    except NameTaken:
        raise InvalidInput(NAME_TAKEN) from None
    except NotFound:
        raise NotFound(NO_CIRCLE) from None
    return Message(message="KPI created successfully")


@router.put(
    "/{kpi_id}/edit",
    responses=refusals(ENVELOPE, s400=_BAD, s403=NOT_GATEKEEPER, s404="No such KPI or circle"),
)
def edit_kpi(
    kpi_id: Id,
    sent: KpiEdit,
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    today: TodayDep,
) -> Message:
    """Change a KPI. Another target holds from the current period on; earlier ones keep theirs."""
    with database.reading() as session:
        known_kpi(session, kpi_id, today, NO_KPI_TO_EDIT)
    changes = _changes(sent)
    target = None if sent.target_value is None else Target(exactly(sent.target_value))

    def do(session: Session) -> None:
        if changes:
            change_kpi(session, person, kpi_id, changes, origin)
        if target is not None:
            set_target(session, person, kpi_id, target, today, origin)

    try:
        database.changing(do)
    except NameTaken:
        raise InvalidInput(NAME_TAKEN) from None
    except NotFound:
        raise NotFound(NO_CIRCLE) from None
    return Message(message="KPI Updated Successfully")


@router.get("")
def kpis(_person: PersonDep, database: DatabaseDep, today: TodayDep) -> KpiList:
    """All KPIs, in the order in which they were made."""
    wanted = Wanted(archived=False, order=Order.created_at)
    found = [
        _told(one) for part in all_kpis(database, wanted, today) for one in part if _lists(one)
    ]
    return KpiList(kpi_list=found)


@router.get("/{kpi_id}", responses=refusals(ENVELOPE, s404="No such KPI"))
def one_kpi(kpi_id: Id, _person: PersonDep, database: DatabaseDep, today: TodayDep) -> OneKpi:
    """One KPI; an archived one is not active."""
    with database.reading() as session:
        return OneKpi(kpi=_told(known_kpi(session, kpi_id, today, NO_KPI)))


def known_kpi(session: Session, kpi_id: int, today: date, otherwise: str) -> Shown:
    """The KPI, if there is one that the older product could have had.

    Raises:
        NotFound: there is none; it says `otherwise`.
    """
    try:
        found = get_kpi(session, kpi_id, today)
    except NotFound:
        raise NotFound(otherwise) from None
    if not is_known(found.kpi):
        raise NotFound(otherwise)
    return found


def _lists(shown: Shown) -> bool:
    return is_known(shown.kpi) and shown.circle.archived_at is None


def _changes(sent: KpiEdit) -> dict[str, Any]:
    """What of a definition was sent, as the room knows it."""
    given = sent.model_dump(exclude_none=True, exclude={"user_id", "target_value"})
    if "periodicity" in given:
        given["periodicity"] = Periodicity(given["periodicity"])
    if "initial_value" in given:
        given["initial_value"] = exactly(given["initial_value"])
    return given


def _told(shown: Shown) -> Kpi:
    kpi = shown.kpi
    return Kpi(
        id=kpi.id,
        circle_id=kpi.circle_id,
        name=kpi.name,
        periodicity=PERIODICITIES[kpi.periodicity],
        unit=UNITS[kpi.unit],
        initial_value=float(kpi.initial_value),
        target_value=float(shown.target),
        active=kpi.active and kpi.archived_at is None and shown.circle.archived_at is None,
    )
