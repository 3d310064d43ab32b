"""What becomes of a value when the sales of its period change, and how a manager accepts it.

While a period is open its value follows. Once it is closed the value stays what was reported: what
it would be now stands beside it, and a restatement tells what made the difference.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.circles import require_lead
from tillsight.accounts.models import Circle, User
from tillsight.accounts.sessions import Person
from tillsight.errors import Conflict
from tillsight.kpis.causes import Told
from tillsight.kpis.changes import Cause
from tillsight.kpis.holding import hold_one, no_kpi
from tillsight.kpis.models import Kpi, KpiRestatement, KpiValue
from tillsight.kpis.spans import is_over, write_period
from tillsight.kpis.values import (
    Write,
    erase,
    find_value,
    find_values,
    require_active,
    write,
    write_all,
)
from tillsight.kpis.words import Periodicity, Settled, Why
from tillsight.sales.models import Import


class NothingRestated(Conflict):
    """There is no restatement to accept."""

    code = "nothing_restated"


@dataclass(frozen=True)
class Kept:
    """What is kept of a period: its value, and if it is restated, what it would be, since when."""

    value: Decimal
    restated: Decimal | None
    restated_at: datetime | None

    @property
    def now(self) -> Decimal | None:
        """What the sales said last."""
        return self.value if self.restated_at is None else self.restated


@dataclass(frozen=True)
class Difference:
    """What a period of a KPI would be now, None for nothing, where that is not what is kept."""

    start: date
    value: Decimal | None
    is_closed: bool


def differences(
    kept: Mapping[date, Kept],
    values: Mapping[date, Decimal],
    periodicity: Periodicity,
    today: date,
) -> list[Difference]:
    """Where computed values differ from those that are kept, by the first days of their periods."""
    found = []
    for start in sorted(kept.keys() | values.keys()):
        row, value = kept.get(start), values.get(start)
        closed = is_over(periodicity, start, today)
        # What is restated while its period is open, because the day went back, has to follow.
        stays = row is None or closed or row.restated_at is None
        if value != (row and row.now) or not stays:
            found.append(Difference(start, value, closed))
    return found


def follow(
    session: Session, kpi: Kpi, found: Sequence[Difference], told: Callable[[date], Told]
) -> None:
    """Bring what is kept of a held KPI to what it is now; `told` says what changed a period."""
    rows = find_values(session, kpi.id, [one.start for one in found])
    reported = [one for one in found if one.is_closed and one.start in rows]
    _restate(session, kpi, [(rows[one.start], one.value) for one in reported], told)
    in_place = [one for one in found if not (one.is_closed and one.start in rows)]
    _unrestate(session, kpi, [rows[one.start] for one in in_place if one.start in rows])
    writes = []
    for one in in_place:
        cause = Cause(Why.recomputed, None, told(one.start).import_id)
        if one.value is None:
            erase(session, kpi, one.start, cause)
        else:
            comment = rows[one.start].comment if one.start in rows else ""
            writes.append(Write(one.start, one.value, comment, cause))
    write_all(session, kpi, writes)


def _restate(
    session: Session,
    kpi: Kpi,
    found: Sequence[tuple[KpiValue, Decimal | None]],
    told: Callable[[date], Told],
) -> None:
    """Tell what reported values would be now; where one is that again, that it was taken back."""
    now = datetime.now(UTC)
    back = [row.period_start for row, value in found if value == row.value]
    settle(session, kpi.id, back, Settled.taken_back)
    away = [row.period_start for row, value in found if value != row.value]
    settle(session, kpi.id, away, Settled.replaced)
    for row, value in found:
        is_back, cause = value == row.value, told(row.period_start)
        session.add(
            KpiRestatement(
                at=now,
                kpi_id=kpi.id,
                period_start=row.period_start,
                reported=row.value,
                restated=value,
                journal_version=cause.version,
                cause=cause.reason,
                import_id=cause.import_id,
                settled=Settled.taken_back if is_back else None,
                settled_at=now if is_back else None,
            )
        )
        row.restated, row.restated_at = (None, None) if is_back else (value, now)
    session.flush()


def _unrestate(session: Session, kpi: Kpi, rows: Sequence[KpiValue]) -> None:
    """Forget what values would be: their periods are open, so that they follow."""
    restated = [row for row in rows if row.restated_at is not None]
    settle(session, kpi.id, [row.period_start for row in restated], Settled.replaced)
    for row in restated:
        row.restated, row.restated_at = None, None


def settle(session: Session, kpi_id: int, starts: Collection[date], how: Settled) -> None:
    """Settle the open restatements of these periods of a held KPI."""
    if starts:
        _settle(session, how, KpiRestatement.kpi_id == kpi_id, _is_among(starts))


def _is_among(starts: Collection[date]) -> ColumnElement[bool]:
    return KpiRestatement.period_start.in_(starts)


def _settle(session: Session, how: Settled, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(KpiRestatement)
        .where(KpiRestatement.settled.is_(None), *which)
        .values(settled=how, settled_at=datetime.now(UTC))
    )


def drop(session: Session, kpi: Kpi) -> None:
    """Leave the values of a held KPI as they were reported: it is not computed any more."""
    _settle(session, Settled.dropped, KpiRestatement.kpi_id == kpi.id)
    session.execute(
        update(KpiValue)
        .where(KpiValue.kpi_id == kpi.id, KpiValue.restated_at.is_not(None))
        .values(restated=None, restated_at=None)
    )


def accept(
    session: Session,
    person: Person,
    kpi_id: int,
    start: date | None = None,
    newest: int | None = None,
) -> list[int]:
    """Make what the sales say now the reported value of a period, or of all that are restated.

    `newest` is the number of the last restatement that was seen. Returns the numbers of those that
    are accepted. First thing in a transaction.

    Raises:
        NotFound: there is no such KPI.
        Forbidden: the person does not lead its circle.
        NotActive: the KPI or its circle is not in use.
        NothingRestated: there is nothing to accept.
        Conflict: the sales changed again since `newest`.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    require_active(session, kpi)
    query = select(KpiRestatement).where(
        KpiRestatement.kpi_id == kpi_id, KpiRestatement.settled.is_(None)
    )
    if start is not None:
        query = query.where(KpiRestatement.period_start == start)
    found = session.scalars(query.order_by(KpiRestatement.period_start)).all()
    _require_seen(kpi, found, start, newest)
    for one in found:
        _accept(session, kpi, one, person.id)
    return [one.id for one in found]


def _require_seen(
    kpi: Kpi, found: Sequence[KpiRestatement], start: date | None, newest: int | None
) -> None:
    if not found:
        where = f" for {write_period(kpi.periodicity, start)}" if start else ""
        raise NothingRestated(f"No value of “{kpi.name}” is restated{where}.")
    unseen = [one for one in found if newest is not None and one.id > newest]
    if unseen:
        raise Conflict(
            f"The sales changed again since you looked at “{kpi.name}”. Look at it once more.",
            newest=max(one.id for one in found),
        )


def _accept(session: Session, kpi: Kpi, one: KpiRestatement, person_id: int) -> None:
    row = find_value(session, kpi.id, one.period_start)
    cause = Cause(Why.accepted, person_id, one.import_id)
    if row is not None:
        row.restated, row.restated_at = None, None
        if one.restated is None:
            erase(session, kpi, one.period_start, cause)
        else:
            write(session, kpi, one.period_start, one.restated, row.comment, cause)
    one.settled, one.settled_at = Settled.accepted, datetime.now(UTC)
    one.settled_by = person_id


def periodicity_of(session: Session, kpi_id: int) -> Periodicity:
    """How its periods are written.

    Raises:
        NotFound: there is no such KPI.
    """
    kpi = session.get(Kpi, kpi_id)
    if kpi is None:
        raise no_kpi(kpi_id)
    return kpi.periodicity


@dataclass(frozen=True)
class Wanted:
    """Which restatements are asked for; `are_open` None is all of them."""

    circle_id: int | None = None
    kpi_id: int | None = None
    are_open: bool | None = None


@dataclass(frozen=True)
class Listed:
    """A restatement with the names of what and whom it tells."""

    restatement: KpiRestatement
    kpi: Kpi
    circle: Circle
    file: str | None
    settled_by: User | None

    @property
    def period(self) -> str:
        """The period of the value, as it is written."""
        return write_period(self.kpi.periodicity, self.restatement.period_start)


def list_restatements(
    session: Session, wanted: Wanted, before: int | None, limit: int
) -> list[Listed]:
    """The restatements asked for, newest first; `before` is the number to go on from."""
    query = _matching(wanted).order_by(KpiRestatement.id.desc()).limit(limit)
    if before is not None:
        query = query.where(KpiRestatement.id < before)
    return [Listed(*found) for found in session.execute(query)]


def get_restatements(session: Session, numbers: Sequence[int]) -> list[Listed]:
    """The restatements of these numbers, by period."""
    query = _matching(Wanted()).where(KpiRestatement.id.in_(numbers))
    ordered = query.order_by(KpiRestatement.kpi_id, KpiRestatement.period_start)
    return [Listed(*found) for found in session.execute(ordered)]


def _matching(wanted: Wanted) -> Select[KpiRestatement, Kpi, Circle, str, User]:
    query = (
        select(KpiRestatement, Kpi, Circle, Import.file_name, User)
        .join(Kpi, Kpi.id == KpiRestatement.kpi_id)
        .join(Circle, Circle.id == Kpi.circle_id)
        .outerjoin(Import, Import.id == KpiRestatement.import_id)
        .outerjoin(User, User.id == KpiRestatement.settled_by)
    )
    if wanted.circle_id is not None:
        query = query.where(Kpi.circle_id == wanted.circle_id)
    if wanted.kpi_id is not None:
        query = query.where(KpiRestatement.kpi_id == wanted.kpi_id)
    if wanted.are_open is not None:
        settled = KpiRestatement.settled
        query = query.where(settled.is_(None) if wanted.are_open else settled.is_not(None))
    return query
