"""Values as they are shown: of one KPI, a circle, or all, by period."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session, aliased

from tillsight.accounts.models import Circle, User
from tillsight.database import Database
from tillsight.kpis.in_period import ends_within
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.spans import end_of, write_period, year_and_month
from tillsight.kpis.values import no_value
from tillsight.metrics.paging import no_cursor
from tillsight.metrics.periods import Period


class Order(StrEnum):
    """What a list of values goes by; with `-` the newest first."""

    period = "period"
    period_down = "-period"


@dataclass(frozen=True)
class Wanted:
    """Which values are asked for: those whose period ends in the span."""

    circle_id: int | None = None
    kpi_id: int | None = None
    span: Period = field(default_factory=Period)
    order: Order = Order.period_down


@dataclass(frozen=True)
class Shown:
    """A value with its KPI and who entered it, and changed it last."""

    value: KpiValue
    kpi: Kpi
    circle: Circle
    creator: User | None
    changer: User | None

    @property
    def period(self) -> str:
        """As it is written."""
        return write_period(self.kpi.periodicity, self.value.period_start)

    @property
    def start(self) -> date:
        """Its first day."""
        return self.value.period_start

    @property
    def end(self) -> date:
        """The day after its last day."""
        return end_of(self.kpi.periodicity, self.value.period_start)

    @property
    def year_and_month(self) -> tuple[int, int]:
        """The year and the month that the period ends in."""
        return year_and_month(self.kpi.periodicity, self.value.period_start)

    @property
    def cursor(self) -> str:
        """Its place in a list."""
        return f"{self.value.period_start}_{self.value.id}"


def get_value(session: Session, value_id: int) -> Shown:
    """One value.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.execute(_query().where(KpiValue.id == value_id)).first()
    if found is None:
        raise no_value(value_id)
    return Shown(*found)


def get_values(session: Session, value_ids: Collection[int]) -> list[Shown]:
    """The values of these numbers, in the order of the periods."""
    query = _query().where(KpiValue.id.in_(value_ids))
    found = session.execute(query.order_by(KpiValue.period_start, KpiValue.id))
    return [Shown(*one) for one in found]


def list_values(session: Session, wanted: Wanted, after: str, limit: int) -> list[Shown]:
    """The values asked for by period; `after` is the `cursor` of the one to go on from.

    Raises:
        InvalidInput: `after` is no place in the list.
    """
    query, key = _matching(wanted), (KpiValue.period_start, KpiValue.id)
    descends = wanted.order is Order.period_down
    if after:
        place = _read(after)
        query = query.where(tuple_(*key) < place if descends else tuple_(*key) > place)
    query = query.order_by(*(one.desc() if descends else one.asc() for one in key))
    return [Shown(*found) for found in session.execute(query.limit(limit))]


def all_values(database: Database, wanted: Wanted) -> Iterator[list[Shown]]:
    """All values asked for, in parts that fit in memory."""
    return database.in_parts(
        lambda session, after, limit: list_values(session, wanted, after or "", limit),
        lambda one: one.cursor,
    )


def _query() -> Select[KpiValue, Kpi, Circle, User, User]:
    creator, changer = aliased(User), aliased(User)
    return (
        select(KpiValue, Kpi, Circle, creator, changer)
        .join(Kpi, Kpi.id == KpiValue.kpi_id)
        .join(Circle, Circle.id == Kpi.circle_id)
        .outerjoin(creator, creator.id == KpiValue.created_by)
        .outerjoin(changer, changer.id == KpiValue.updated_by)
    )


def _matching(wanted: Wanted) -> Select[KpiValue, Kpi, Circle, User, User]:
    query = _query().where(ends_within(KpiValue.period_start, wanted.span))
    if wanted.circle_id is not None:
        query = query.where(Kpi.circle_id == wanted.circle_id)
    if wanted.kpi_id is not None:
        query = query.where(KpiValue.kpi_id == wanted.kpi_id)
    return query


def _read(cursor: str) -> tuple[date, int]:
    day, _, number = cursor.partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        raise no_cursor(cursor) from None
