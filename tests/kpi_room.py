"""A circle with KPIs as the tests of the room use it: people of each role, and a day it is."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from tillsight.accounts.circles import add_member, create_circle
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Origin, Person
from tillsight.database import Database
from tillsight.kpis.definitions import create_kpi
from tillsight.kpis.models import KpiChange, KpiValue
from tillsight.kpis.spans import read_period
from tillsight.kpis.terms import Definition
from tillsight.kpis.values import Edit, New, Written, change_value, enter_value
from tillsight.kpis.words import Periodicity

TODAY = date(2026, 11, 22)


def somebody(database: Database, role: str) -> Person:
    """A person with an account that nobody can sign in to."""
    name = f"{role}-{uuid4().hex[:12]}"
    with database.writing() as session:
        user = User(
            username=name,
            email=f"{name}@example.com",
            password_hash="",
            role=Role(role),
            is_active=True,
            is_verified=True,
            created_at=datetime.now(UTC),
        )
        session.add(user)
        session.flush()
        return Person(
            **{name: getattr(user, name) for name in Person.__annotations__ if hasattr(user, name)},
            session_id=None,
        )


@dataclass
class Room:
    """A circle of its own in a database that several tests share."""

    database: Database
    today: date = TODAY
    people: dict[str, Person] = field(default_factory=dict)
    circle_id: int = 0

    @staticmethod
    def of(database: Database) -> "Room":
        """A circle that `manager` made and `editor` belongs to; `viewer` and `stranger`, an editor,
        and `other`, a manager, do not.
        """
        room = Room(database)
        for role in ("viewer", "editor", "manager", "admin"):
            room.people[role] = somebody(database, role)
        room.people["stranger"] = somebody(database, "editor")
        room.people["other"] = somebody(database, "manager")
        room.circle_id = room.circle()
        return room

    def circle(self) -> int:
        """Another circle, made by `manager`, to whom `editor` belongs too."""
        with self.database.writing() as session:
            made = create_circle(session, self.people["manager"], uuid4().hex, Origin())
            editor = self.people["editor"].id
            add_member(session, self.people["manager"], made, editor, Origin())
        return made

    def definition(self, **given: Any) -> Definition:
        """A definition that is good unless it is said otherwise."""
        usual = {"name": uuid4().hex, "circle_id": self.circle_id, "unit": "amount"}
        return Definition(**(usual | {"periodicity": Periodicity.monthly} | given))

    def kpi(self, target: str = "100", role: str = "manager", **given: Any) -> int:
        """Make a KPI; its number."""
        with self.database.writing() as session:
            person = self.people[role]
            definition = self.definition(**given)
            return create_kpi(session, person, definition, Decimal(target), Origin())

    def enter(
        self, kpi_id: int, period: str, value: str = "1", comment: str = "", role: str = "editor"
    ) -> int:
        """Enter a value; its number."""
        new = New(kpi_id, Written(period), Decimal(value), comment)
        with self.database.writing() as session:
            return enter_value(session, self.people[role], new, self.today).id

    def change(
        self, value_id: int, value: str | None = None, role: str = "editor", **edit: Any
    ) -> int:
        """Change a value; its version after it."""
        wanted = Edit(None if value is None else Decimal(value), **edit)
        with self.database.writing() as session:
            return change_value(session, self.people[role], value_id, wanted).version

    def log_of(self, kpi_id: int) -> list[KpiChange]:
        """What was done to the values of a KPI, in order."""
        query = select(KpiChange).where(KpiChange.kpi_id == kpi_id).order_by(KpiChange.id)
        with self.database.reading() as session:
            return list(session.scalars(query))

    def values_of(self, kpi_id: int) -> dict[date, Decimal]:
        """The values of a KPI by the first days of their periods."""
        query = select(KpiValue).where(KpiValue.kpi_id == kpi_id)
        with self.database.reading() as session:
            return {one.period_start: one.value for one in session.scalars(query)}


def first_day(text: str, periodicity: Periodicity = Periodicity.monthly) -> date:
    """The first day of a period."""
    return read_period(periodicity, text)


def require_unbroken(log: list[KpiChange], values: dict[date, Decimal]) -> None:
    """For each period the log is one story: each change begins where the one before it ended, and
    the last one ends with the value there is.
    """
    now: dict[date, Decimal | None] = {}
    for one in log:
        assert one.before == now.get(one.period_start), (one.id, one.before)
        now[one.period_start] = one.after
    assert {start: value for start, value in now.items() if value is not None} == values
