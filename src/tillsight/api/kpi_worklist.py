"""Which values of KPIs you still have to enter."""

from datetime import date
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.deps import DatabaseDep, PersonDep, SettingsDep, TodayDep
from tillsight.kpis.words import Periodicity
from tillsight.kpis.worklist import Missing, worklist

router = APIRouter(prefix="/api/kpis", tags=["KPIs"])


class MissingValue(BaseModel):
    """A period of a KPI without a value."""

    kpi_id: int
    kpi: str
    circle_id: int
    circle: str
    periodicity: Periodicity
    unit: str
    minimum: float | None
    maximum: float | None
    period: str
    due_on: date
    overdue: bool
    days_late: int


class Worklist(BaseModel):
    """What you have to enter, by the day it is due, and how many of it are overdue; `under_way` is
    what may be entered already, although its period is not over.
    """

    due: list[MissingValue]
    under_way: list[MissingValue]
    overdue: int


@router.get("/worklist")
def my_worklist(
    person: PersonDep, settings: SettingsDep, database: DatabaseDep, today: TodayDep
) -> Worklist:
    """What you still have to enter: values of active KPIs of circles that you belong to.

    A KPI with an owner who can enter its values is on the owner's list alone. Periods go back to
    the one the KPI was made in, at most a year and 13 periods, 31 of daily KPIs.
    """
    with database.reading() as session:
        found = worklist(session, person.id, today, ZoneInfo(settings.timezone))
    due, under_way = ([_told(one, today) for one in some] for some in (found.due, found.under_way))
    return Worklist(due=due, under_way=under_way, overdue=sum(one.overdue for one in due))


def _told(one: Missing, today: date) -> MissingValue:
    late = one.days_late(today)
    return MissingValue(
        kpi_id=one.kpi_id,
        kpi=one.kpi,
        circle_id=one.circle_id,
        circle=one.circle,
        periodicity=one.periodicity,
        unit=one.unit,
        minimum=None if one.minimum is None else float(one.minimum),
        maximum=None if one.maximum is None else float(one.maximum),
        period=one.period,
        due_on=one.due_on,
        overdue=late > 0,
        days_late=late,
    )
