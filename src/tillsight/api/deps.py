"""What routes take: the shop's database and warehouse, the person asking, period and filters."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Query, Request
from fastapi.security import OAuth2PasswordBearer

from tillsight.accounts.models import Role
from tillsight.accounts.sessions import NOT_VERIFIED, Person
from tillsight.database import Database
from tillsight.metrics.periods import Period
from tillsight.metrics.question import Filters
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse

# Only describes how to sign in, for the API pages; the server's middleware has looked already.
_bearer = OAuth2PasswordBearer(tokenUrl="/api/auth/login", auto_error=False)


def _settings(request: Request) -> Settings:
    return request.app.state.settings  # type: ignore[no-any-return]


def _database(request: Request) -> Database:
    return request.app.state.database  # type: ignore[no-any-return]


def _warehouse(request: Request) -> Warehouse:
    return request.app.state.warehouse  # type: ignore[no-any-return]


def _person(request: Request, _token: Annotated[str | None, Depends(_bearer)]) -> Person:
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    if not person.is_active:
        raise HTTPException(400, "Inactive user")
    if not person.is_verified:
        raise HTTPException(403, NOT_VERIFIED)
    return person


def _with_role(role: Role) -> Callable[[Person], Person]:
    def check(person: PersonDep) -> Person:
        person.require(role)
        return person

    return check


def _period(
    start: Annotated[
        date | None, Query(alias="from", description="First day, such as 2024-05-01.")
    ] = None,
    end: Annotated[
        date | None, Query(alias="to", description="Day after the last day, such as 2024-06-01.")
    ] = None,
) -> Period:
    return Period(start, end)


def _filters(
    country: Annotated[
        list[str] | None,
        Query(description="Only these countries; repeat it for several, empty for unknown."),
    ] = None,
) -> Filters:
    return {"country": country} if country else {}


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
WarehouseDep = Annotated[Warehouse, Depends(_warehouse)]
PersonDep = Annotated[Person, Depends(_person)]
EditorDep = Annotated[Person, Depends(_with_role(Role.editor))]
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""The number of a row, as far as databases count them."""

PeriodDep = Annotated[Period, Depends(_period)]
FiltersDep = Annotated[Filters, Depends(_filters)]
