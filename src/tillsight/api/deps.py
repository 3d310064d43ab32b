"""What routes take: the shop's database and warehouse, the person asking, period and filters."""

import re
from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import OAuth2PasswordBearer
from pydantic import BeforeValidator, Field

from tillsight.accounts.access import NOT_SIGNED_IN
from tillsight.accounts.sessions import Origin, Person
from tillsight.api.described import WRITTEN
from tillsight.database import Database
from tillsight.errors import NotSignedIn
from tillsight.forecasting.keeping import Keeping
from tillsight.kpis.board import KeptFigures
from tillsight.kpis.period_names import PeriodName, asked_period
from tillsight.kpis.spans import today_in
from tillsight.metrics.periods import Period
from tillsight.metrics.question import Filters
from tillsight.sales.kpi_files import KpiRoom
from tillsight.sales.purchase_queue import PurchaseQueue
from tillsight.sales.running import Running
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _written_as_day(value: object) -> object:
    # Otherwise a number would be taken for seconds since 1970.
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a day is written as 2024-05-01")
    return value


Day = Annotated[date, BeforeValidator(_written_as_day)]
"""A day as the API takes it."""


def _not_truth(value: object) -> object:
    # Otherwise true would be 1.
    if isinstance(value, bool):
        raise ValueError("a number is neither true nor false")  # noqa: TRY004  (what Pydantic takes)
    return value


LARGEST_ID = 2**31 - 1  # what an integer column of PostgreSQL and MySQL holds

# Only describes how to sign in, for the API pages; the server's middleware has looked already.
_bearer = OAuth2PasswordBearer(tokenUrl="/api/auth/login", auto_error=False)


# These wait for nothing; a plain function would cost a thread each, with every request.
async def _settings(request: Request) -> Settings:
    return request.app.state.settings  # type: ignore[no-any-return]


async def _database(request: Request) -> Database:
    return request.app.state.database  # type: ignore[no-any-return]


async def _warehouse(request: Request) -> Warehouse:
    return request.app.state.warehouse  # type: ignore[no-any-return]


async def _running(request: Request) -> Running:
    return request.app.state.running  # type: ignore[no-any-return]


async def _person(request: Request, _token: Annotated[str | None, Depends(_bearer)]) -> Person:
    # The access table has decided by now; a person is missing only where strangers are let in.
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        raise NotSignedIn(NOT_SIGNED_IN)
    return person


async def _purchases(request: Request) -> PurchaseQueue:
    return request.app.state.purchases  # type: ignore[no-any-return]


async def _kept_figures(request: Request) -> KeptFigures:
    return request.app.state.kept_figures  # type: ignore[no-any-return]


async def _keeping(request: Request) -> Keeping:
    return request.app.state.given_forecasts  # type: ignore[no-any-return]


async def _anybody(request: Request) -> Person | None:
    person: Person | None = getattr(request.state, "person", None)
    return person


async def _origin(request: Request) -> Origin:
    state = request.state
    return Origin(
        getattr(state, "address", None),
        getattr(state, "request_id", None),
        request.headers.get("user-agent"),
    )


async def _today(request: Request) -> date:
    return today_in(request.app.state.settings.timezone)


async def _kpi_room(request: Request) -> KpiRoom:
    return request.app.state.kpi_room  # type: ignore[no-any-return]


async def _period(
    start: Annotated[
        Day | None, Query(alias="from", description="First day, such as 2024-05-01.")
    ] = None,
    end: Annotated[
        Day | None, Query(alias="to", description="Day after the last day, such as 2024-06-01.")
    ] = None,
) -> Period:
    return Period(start, end)


async def _started(
    start: Annotated[Day, Query(alias="from", description="First day, such as 2024-05-01.")],
    end: Annotated[
        Day | None, Query(alias="to", description="Day after the last day, such as 2024-06-01.")
    ] = None,
) -> Period:
    return Period(start, end)


MANY = Query(
    default_factory=list, description="Only these; repeat it for several, empty for unknown."
)
Texts = Annotated[list[str], MANY]
Days = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["day"])]], MANY]
Weeks = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["week"])]], MANY]
Months = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["month"])]], MANY]
Quarters = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["quarter"])]], MANY]
Years = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["year"])]], MANY]
Hours = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["hour"])]], MANY]
Weekdays = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["weekday"])]], MANY]
Segments = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["segment"])]], MANY]
AgeBands = Annotated[list[Annotated[str, Field(json_schema_extra=WRITTEN["age_band"])]], MANY]


async def _filters(
    day: Days,
    week: Weeks,
    month: Months,
    quarter: Quarters,
    year: Years,
    hour: Hours,
    weekday: Weekdays,
    country: Texts,
    channel: Texts,
    product: Texts,
    category: Texts,
    customer: Texts,
    segment: Segments,
    gender: Texts,
    age_band: AgeBands,
) -> Filters:
    asked = {
        "day": day,
        "week": week,
        "month": month,
        "quarter": quarter,
        "year": year,
        "hour": hour,
        "weekday": weekday,
        "country": country,
        "channel": channel,
        "product": product,
        "category": category,
        "customer": customer,
        "segment": segment,
        "gender": gender,
        "age_band": age_band,
    }
    return {name: values for name, values in asked.items() if values}


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
WarehouseDep = Annotated[Warehouse, Depends(_warehouse)]
RunningDep = Annotated[Running, Depends(_running)]
PurchasesDep = Annotated[PurchaseQueue, Depends(_purchases)]
KeptFiguresDep = Annotated[KeptFigures, Depends(_kept_figures)]
KeepingDep = Annotated[Keeping, Depends(_keeping)]
PersonDep = Annotated[Person, Depends(_person)]
AnybodyDep = Annotated[Person | None, Depends(_anybody)]
"""Whoever asks, or nobody: for routes that an older contract opens to strangers."""
OriginDep = Annotated[Origin, Depends(_origin)]
KpiRoomDep = Annotated[KpiRoom, Depends(_kpi_room)]
TodayDep = Annotated[date, Depends(_today)]
"""The day it is where the shop is."""
PeriodDep = Annotated[Period, Depends(_period)]
StartedPeriodDep = Annotated[Period, Depends(_started)]
FiltersDep = Annotated[Filters, Depends(_filters)]


async def _period_name(
    name: Annotated[
        str | None,
        Query(
            alias="period",
            description="A period by its name, in place of from and to.",
            json_schema_extra={"enum": list(PeriodName)},
        ),
    ] = None,
) -> str | None:
    return name


PeriodNameDep = Annotated[str | None, Depends(_period_name)]
"""The name a period is asked for by, if by a name; `NamedPeriodDep` has its days."""


async def _named_period(days: PeriodDep, today: TodayDep, name: PeriodNameDep) -> Period:
    return asked_period(name, days, today)


NamedPeriodDep = Annotated[Period, Depends(_named_period)]
"""Days by `period`, or by `from` and `to`; open where neither is given."""

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
"""A number in a path that names something."""
NOT_TRUTH = BeforeValidator(_not_truth)
"""Of a number in a body; it stands last, or the description would lose its bounds."""
IdInBody = Annotated[int, Field(ge=1, le=LARGEST_ID), NOT_TRUTH]
"""A number in a body that names something."""
