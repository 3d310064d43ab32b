"""When the shop is open: what was learnt from its sales, and what people say in place of it."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tillsight.api.asking import SourcesDep
from tillsight.api.deps import (
    DatabaseDep,
    Id,
    OriginDep,
    PeriodDep,
    PersonDep,
    SettingsDep,
    TodayDep,
)
from tillsight.forecasting.corrections import (
    Kind,
    Shown,
    Stated,
    get_correction,
    list_corrections,
    remove_correction,
    set_correction,
)
from tillsight.forecasting.open_days import Because
from tillsight.forecasting.shop_calendar import ToldDay, shop_calendar

router = APIRouter(prefix="/api/forecasts/calendar", tags=["Forecasts"])

LONGEST_KEY = 200


class CalendarDay(BaseModel):
    """Whether the shop is open on a day, and why; `traded`: had a sale, null without data."""

    day: date
    open: bool
    because: Because
    holiday: str | None
    traded: bool | None
    corrected: bool


class CalendarWeekday(BaseModel):
    """A weekday, 1 Monday to 7 Sunday: `traded` of its last ordinary `occurrences` had a sale."""

    weekday: int
    open: bool
    traded: int
    occurrences: int
    corrected: bool


class CalendarHoliday(BaseModel):
    """A public holiday: `open` as the last time, else as most others; null where none was seen."""

    holiday: str
    open: bool | None
    corrected: bool


class Correction(BaseModel):
    """What somebody said of a day (2026-12-24), weekday (1 to 7) or holiday (its name)."""

    id: int
    kind: Kind
    key: str
    open: bool
    set_by: int | None
    set_by_name: str | None
    set_at: datetime


class CalendarAnswer(BaseModel):
    """The days from `from` up to, and without, `to`, and what was learnt."""

    country: str
    start: date | None = Field(serialization_alias="from")
    end: date | None = Field(serialization_alias="to")
    days: list[CalendarDay]
    weekdays: list[CalendarWeekday]
    holidays: list[CalendarHoliday]
    corrections: list[Correction]
    data_version: int
    requested_by: str


class CorrectionTyped(BaseModel):
    """Whether a day (2026-12-24), weekday (1 Monday to 7 Sunday) or holiday (its name, as the
    calendar has it) is open.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY, examples=["2026-12-24"])]
    open: StrictBool


@router.get("")
def calendar(
    person: PersonDep, sources: SourcesDep, settings: SettingsDep, span: PeriodDep
) -> CalendarAnswer:
    """When the shop was and will be open, and why: six weeks from today on, unless said otherwise.

    At most three years. A shop without sales has no days yet.
    """
    found = shop_calendar(sources, span)
    with sources.database.reading() as session:
        corrections = list_corrections(session)
    return CalendarAnswer(
        country=settings.country,
        start=found.span.start,
        end=found.span.end,
        days=[_day(one) for one in found.days],
        weekdays=[
            CalendarWeekday(
                weekday=one.weekday,
                open=one.is_open,
                traded=one.traded,
                occurrences=one.occurrences,
                corrected=one.corrected,
            )
            for one in found.weekdays
        ],
        holidays=[
            CalendarHoliday(holiday=one.name, open=one.is_open, corrected=one.corrected)
            for one in found.holidays
        ],
        corrections=[_correction(one) for one in corrections],
        data_version=found.data_version,
        requested_by=person.login,
    )


@router.put("/corrections")
def correct(
    person: PersonDep,
    database: DatabaseDep,
    settings: SettingsDep,
    today: TodayDep,
    origin: OriginDep,
    typed: CorrectionTyped,
) -> Correction:
    """Say that a day, weekday or holiday is open or closed, in place of what was said before.

    Forecasts follow from the next question on.
    """
    stated = Stated(typed.kind, typed.key, typed.open)
    with database.writing() as session:
        number = set_correction(session, person, stated, settings.country, today, origin)
    with database.reading() as session:
        return _correction(get_correction(session, number))


@router.delete("/corrections/{correction_id}", status_code=204)
def withdraw(
    correction_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> None:
    """Have what was learnt count again."""
    with database.writing() as session:
        remove_correction(session, person, correction_id, origin)


def _day(told: ToldDay) -> CalendarDay:
    one = told.open_day
    return CalendarDay(
        day=one.day,
        open=one.is_open,
        because=one.because,
        holiday=one.holiday,
        traded=told.traded,
        corrected=one.because is Because.corrected,
    )


def _correction(shown: Shown) -> Correction:
    row = shown.correction
    return Correction(
        id=row.id,
        kind=Kind(row.kind),
        key=row.key,
        open=row.is_open,
        set_by=row.set_by,
        set_by_name=None if shown.by is None else shown.by.name,
        set_at=row.set_at,
    )
