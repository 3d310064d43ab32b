"""KPIs as they are shown: with their circle, owner and target, and who may do what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from tillsight.accounts.models import Circle, CircleMember, Role, User
from tillsight.accounts.names import name_key
from tillsight.accounts.sessions import Person
from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.kpis.holding import no_kpi
from tillsight.kpis.models import Kpi, KpiComputation
from tillsight.kpis.targets import target_on, targets_of
from tillsight.kpis.words import Periodicity


class Order(StrEnum):
    """What a list of KPIs goes by; with `-` the other way round."""

    name = "name"
    name_down = "-name"
    circle = "circle"
    circle_down = "-circle"
    created_at = "created_at"
    created_at_down = "-created_at"


@dataclass(frozen=True)
class Wanted:
    """Which KPIs are asked for: `search` is part of a name or description."""

    circle_id: int | None = None
    active: bool | None = None
    archived: bool | None = None
    periodicity: Periodicity | None = None
    search: str = ""
    order: Order = Order.name


@dataclass(frozen=True)
class Rights:
    """What somebody may do about KPIs, by circle; `belongs` and `made` are numbers of circles."""

    person: Person
    belongs: frozenset[int]
    made: frozenset[int]

    def may_define(self, circle_id: int) -> bool:
        """Whether they may define KPIs of a circle, as `circles.require_lead` decides."""
        theirs = circle_id in self.belongs or circle_id in self.made
        return self.person.role is Role.admin or (
            theirs and self.person.role.includes(Role.manager)
        )

    def may_enter(self, circle_id: int) -> bool:
        """Whether they may enter values of a circle's KPIs, as `values.enter` decides."""
        return self.person.role is Role.admin or (
            circle_id in self.belongs and self.person.role.includes(Role.editor)
        )


@dataclass(frozen=True)
class Shown:
    """A KPI with the names of its circle and owner, how far a computed one followed the sales, and
    the target in force on the day asked.
    """

    kpi: Kpi
    circle: Circle
    owner: User | None
    computation: KpiComputation | None
    target: Decimal

    @property
    def takes_values(self) -> bool:
        """Whether values can be typed in: it is in use and not computed."""
        archived = self.kpi.archived_at is not None or self.circle.archived_at is not None
        return self.kpi.active and not archived and self.kpi.measure is None


def rights_of(session: Session, person: Person) -> Rights:
    """What the person may do, in two queries."""
    belongs = select(CircleMember.circle_id).where(CircleMember.user_id == person.id)
    made = select(Circle.id).where(Circle.created_by == person.id)
    return Rights(person, frozenset(session.scalars(belongs)), frozenset(session.scalars(made)))


def get_kpi(session: Session, kpi_id: int, today: date) -> Shown:
    """One KPI.

    Raises:
        NotFound: there is none of this number.
    """
    found = _shown(session, _query().where(Kpi.id == kpi_id), today)
    if not found:
        raise no_kpi(kpi_id)
    return found[0]


def list_kpis(
    session: Session, wanted: Wanted, today: date, after: int | None, limit: int
) -> list[Shown]:
    """The KPIs asked for, in order; `after` is the number of the one to go on from.

    Raises:
        InvalidInput: `after` is no KPI any more.
    """
    key = _KEYS[wanted.order.removeprefix("-")]
    descends = wanted.order.startswith("-")
    query = _matching(wanted)
    if after is not None:
        place = session.execute(
            select(*key).join(Circle, Circle.id == Kpi.circle_id).where(Kpi.id == after)
        ).first()
        if place is None:
            raise InvalidInput(f"“{after}” is no place in this list. Begin again without `after`.")
        query = query.where(tuple_(*key) < place if descends else tuple_(*key) > place)
    query = query.order_by(*(one.desc() if descends else one.asc() for one in key))
    return _shown(session, query.limit(limit), today)


def all_kpis(database: Database, wanted: Wanted, today: date) -> Iterator[list[Shown]]:
    """All KPIs asked for, in parts that fit in memory."""
    return database.in_parts(
        lambda session, after, limit: list_kpis(session, wanted, today, after, limit),
        lambda one: one.kpi.id,
    )


_KEYS: dict[str, Sequence[InstrumentedAttribute[object]]] = {
    "name": (Kpi.name_key, Kpi.id),
    "circle": (Circle.name_key, Kpi.name_key, Kpi.id),
    "created_at": (Kpi.created_at, Kpi.id),
}


def _query() -> Select[Kpi, Circle, User, KpiComputation]:
    return (
        select(Kpi, Circle, User, KpiComputation)
        .join(Circle, Circle.id == Kpi.circle_id)
        .outerjoin(User, User.id == Kpi.owner_id)
        .outerjoin(KpiComputation, KpiComputation.kpi_id == Kpi.id)
    )


def _matching(wanted: Wanted) -> Select[Kpi, Circle, User, KpiComputation]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.circle_id is not None:
        conditions.append(Kpi.circle_id == wanted.circle_id)
    if wanted.active is not None:
        conditions.append(Kpi.active.is_(wanted.active))
    if wanted.archived is not None:
        is_archived = Kpi.archived_at.is_not(None)
        conditions.append(is_archived if wanted.archived else ~is_archived)
    if wanted.periodicity is not None:
        conditions.append(Kpi.periodicity == wanted.periodicity)
    if wanted.search:
        key = name_key(wanted.search)
        conditions.append(
            or_(
                Kpi.name_key.contains(key, autoescape=True),
                Kpi.description.icontains(wanted.search, autoescape=True),
            )
        )
    return _query().where(*conditions)


def _shown(
    session: Session, query: Select[Kpi, Circle, User, KpiComputation], today: date
) -> list[Shown]:
    found = session.execute(query).all()
    targets = targets_of(session, [kpi.id for kpi, *_ in found])
    return [Shown(*row, target_on(targets[row[0].id], today)) for row in found]
