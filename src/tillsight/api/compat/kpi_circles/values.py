"""KPI values and their change log as kpi-circles tells of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tillsight.accounts.models import Role
from tillsight.api.compat.kpi_circles.kpis import known_kpi
from tillsight.api.compat.kpi_circles.wire import (
    ENVELOPE,
    Message,
    Number,
    Sent,
    Whole,
    exactly,
    is_known,
    moment,
)
from tillsight.api.compat.product import refusals
from tillsight.api.deps import LARGEST_ID, DatabaseDep, Id, PersonDep, SettingsDep, TodayDep
from tillsight.errors import Forbidden, InvalidInput, NotFound
from tillsight.kpis import changes, value_list
from tillsight.kpis.changes import Logged
from tillsight.kpis.models import Kpi
from tillsight.kpis.period_names import PeriodName, named_period, read_period_name
from tillsight.kpis.spans import FIRST_YEAR, LAST_YEAR
from tillsight.kpis.value_list import Shown
from tillsight.kpis.values import (
    Edit,
    New,
    NotActive,
    ValueExists,
    Written,
    change_value,
    enter_value,
)
from tillsight.metrics.periods import Period, add_months

NO_KPI = "KPI doesn't exist"
NO_VALUE = "KPI Value Not Found."
EXISTS = "KPI Value already exists for this period"
NOT_ACTIVE = "Kpi is not active. Cannot be updated"
NO_LOGS = "No Logs Available"
ENTERING = Role.viewer
"""Least role of a member who enters values: that product told its users not apart there."""
NEWEST = 3
"""Changes of one value that are told."""

router = APIRouter(prefix="/kpi_values")


class KpiValue(BaseModel):
    """A value of a period, which ends with this month; times as `Sat, 21 Nov 2026 20:42:03 GMT`."""

    id: int
    kpi_id: int
    period_year: int
    period_month: int
    value: float
    created_by_user_id: int | None
    created_at: str
    updated_by_user_id: int | None
    updated_at: str | None


class KpiValues(BaseModel):
    """The values that were asked for, by period."""

    KPI_Values: list[KpiValue]


class Change(BaseModel):
    """A change of a value: what it was afterwards, and who made it. A deleted one has no value, nor
    one of which it is not known, because it was moved here from another database.
    """

    value: float | None
    kpi_name: str
    username: str | None
    activity: str
    registered_at: str


class ChangeLog(BaseModel):
    """Changes, the newest first."""

    change_log: list[Change]


class ShortChange(BaseModel):
    """A change of one value."""

    id: int
    kpi_value_id: int
    user_id: int | None
    registered_at: str
    activity: str


class MiniChangeLog(BaseModel):
    """The newest changes of one value, the newest first."""

    mini_change_log: list[ShortChange]


class NewValue(Sent):
    """A value to add, by the year and the month that its period ends with."""

    kpi_id: Whole
    period_year: Whole
    period_month: Whole
    value: Number


_IGNORED = Field(None, description="Ignored: the value keeps its KPI and period.")


class ValueEdit(Sent):
    """Another value."""

    value: Number
    kpi_id: Annotated[Any, _IGNORED]
    period_year: Annotated[Any, _IGNORED]
    period_month: Annotated[Any, _IGNORED]


def _circle(text: str) -> int | None:
    """The circle that is asked for, None for all.

    Raises:
        InvalidInput: it is no number.
    """
    if text.strip().lower() in {"", "all"}:
        return None
    if not (text.strip().isdecimal() and 0 < int(text[:20]) <= LARGEST_ID):
        raise InvalidInput("circle_id: is the number of a circle")
    return int(text)


CircleId = Annotated[str, Query(description="Only this circle; empty: all.")]
Year = Annotated[int, Query(ge=FIRST_YEAR, le=LAST_YEAR)]
Month = Annotated[int, Query(ge=1, le=12)]

_REFUSED = {"s403": "Not active, or not your circle"}


@router.post(
    "/add",
    status_code=201,
    responses=refusals(
        ENVELOPE, s400="There is one, or something cannot be used", s404=NO_KPI, **_REFUSED
    ),
)
def add_value(sent: NewValue, person: PersonDep, database: DatabaseDep, today: TodayDep) -> Message:
    """Add the value of a period that has begun, to a KPI of a circle you belong to."""
    period = Written(year=sent.period_year, month=sent.period_month)
    new = New(sent.kpi_id, period, exactly(sent.value))
    with database.reading() as session:
        known_kpi(session, sent.kpi_id, today, NO_KPI)
    try:
        database.changing(lambda session: enter_value(session, person, new, today, ENTERING))
    except NotFound:
        raise NotFound(NO_KPI) from None
    except ValueExists:
        raise InvalidInput(EXISTS) from None
    except NotActive:
        raise Forbidden(NOT_ACTIVE) from None
    return Message(message="KPI Value was added successfully")


@router.put(
    "/{value_id}/edit",
    responses=refusals(ENVELOPE, s400="It cannot be used", s404="No such value", **_REFUSED),
)
def edit_value(value_id: Id, sent: ValueEdit, person: PersonDep, database: DatabaseDep) -> Message:
    """Change a value, whatever it is by now; the change log tells what it was."""
    try:
        with database.reading() as session:
            _require_known(value_list.get_value(session, value_id).kpi)
        edit = Edit(exactly(sent.value))
        database.changing(lambda session: change_value(session, person, value_id, edit, ENTERING))
    except NotFound:
        raise NotFound(NO_VALUE) from None
    except NotActive:
        raise Forbidden(NOT_ACTIVE) from None
    return Message(message="KPI Values Updated Successfully")


@router.get("", responses=refusals(ENVELOPE, s400="No such period"))
def values(
    _person: PersonDep,
    database: DatabaseDep,
    today: TodayDep,
    circle_id: CircleId = "",
    period: Annotated[
        str, Query(description=f"One of {', '.join(PeriodName)}.")
    ] = PeriodName.this_year,
) -> KpiValues:
    """The values whose period ends in one that is named as seen from today."""
    span = named_period(read_period_name(period), today)
    wanted = value_list.Wanted(_circle(circle_id), span=span, order=value_list.Order.period)
    found = (one for part in value_list.all_values(database, wanted) for one in part)
    return KpiValues(KPI_Values=[_value(one) for one in found if is_known(one.kpi)])


@router.get("/change_log", responses=refusals(ENVELOPE, s400="No such months"))
def change_log(
    _person: PersonDep,
    database: DatabaseDep,
    settings: SettingsDep,
    circle_id: CircleId,
    from_year: Year,
    from_month: Month,
    to_year: Year,
    to_month: Month,
) -> ChangeLog | Message:
    """What was done from the first of these months to the last, whole days, by shop's time."""
    span = Period(date(from_year, from_month, 1), add_months(date(to_year, to_month, 1), 1))
    wanted = changes.Wanted(
        _circle(circle_id),
        since=_midnight(span.start, settings.timezone),
        until=_midnight(span.end, settings.timezone),
    )
    found = [_change(one) for part in changes.all_changes(database, wanted) for one in _ours(part)]
    return ChangeLog(change_log=found) if found else Message(message=NO_LOGS)


@router.get("/{value_id}/change_log")
def mini_change_log(
    value_id: Id, _person: PersonDep, database: DatabaseDep
) -> MiniChangeLog | Message:
    """The newest changes of one value."""
    wanted = changes.Wanted(value_id=value_id)
    with database.reading() as session:
        newest = changes.list_changes(session, wanted, None, NEWEST)
        found = [_short(one) for one in _ours(newest)]
    return MiniChangeLog(mini_change_log=found) if found else Message(message=NO_LOGS)


def _midnight(day: date | None, timezone: str) -> datetime | None:
    """When a day begins in the shop."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _require_known(kpi: Kpi) -> None:
    if not is_known(kpi):
        raise NotFound(NO_VALUE)


def _ours(part: list[Logged]) -> Iterator[Logged]:
    return (one for one in part if is_known(one.kpi))


def _value(shown: Shown) -> KpiValue:
    value, (year, month) = shown.value, shown.year_and_month
    return KpiValue(
        id=value.id,
        kpi_id=value.kpi_id,
        period_year=year,
        period_month=month,
        value=float(value.value),
        created_by_user_id=value.created_by,
        created_at=moment(value.created_at),
        updated_by_user_id=value.updated_by,
        updated_at=None if value.updated_at is None else moment(value.updated_at),
    )


def _change(logged: Logged) -> Change:
    change, user = logged.change, logged.user
    return Change(
        value=None if change.after is None else float(change.after),
        kpi_name=logged.kpi.name,
        username=None if user is None else user.name,
        activity=str(change.activity).capitalize(),
        registered_at=moment(change.at),
    )


def _short(logged: Logged) -> ShortChange:
    change = logged.change
    return ShortChange(
        id=change.id,
        kpi_value_id=change.value_id,
        user_id=change.user_id,
        registered_at=moment(change.at),
        activity=str(change.activity).capitalize(),
    )
