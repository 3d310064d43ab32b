"""People of a shop that is measured: their accounts and their sessions."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from statistics import quantiles

import httpx2

from bench_engines import PASSWORD
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.errors import Conflict


@dataclass(frozen=True)
class Signed:
    """Somebody's address and password."""

    email: str
    password: str


def add_people(url: str, count: int, role: Role = Role.viewer) -> list[Signed]:
    """People of a database who may look at everything, added where they are missing."""
    people = [Signed(f"{role}{number}@example.com", PASSWORD) for number in range(count)]
    database = Database(url)
    for one in people:
        with suppress(Conflict), database.writing() as session:
            add_user(session, one.email, one.password, role)
    database.close()
    return people


def cookies_of(url: str, one: Signed) -> dict[str, str]:
    """The session of somebody who signs in as with a browser."""
    form = {"login": one.email, "password": one.password}
    answer = httpx2.post(f"{url}/signin", data=form, headers={"Origin": url})
    if not answer.cookies:
        sys.exit(f"{one.email} could not sign in.")
    return dict(answer.cookies)


def p95(times: list[float]) -> float:
    """What 19 of 20 stay below."""
    return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
