"""The change log of values: who changed what from what to what, and why. Only ever added to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Circle, User
from tillsight.database import Database
from tillsight.kpis.in_period import ends_within
from tillsight.kpis.models import Kpi, KpiChange
from tillsight.kpis.spans import write_period
from tillsight.kpis.words import Activity, Why
from tillsight.metrics.periods import Period
from tillsight.sales.models import Import


@dataclass(frozen=True)
class Cause:
    """Why a value changes: by whom (nobody where the sales changed), and by which import."""

    why: Why
    person_id: int | None = None
    import_id: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Which changes are asked for: `span` is of the periods whose values changed. They were made
    from the moment `since` on, and before `until`.
    """

    circle_id: int | None = None
    kpi_id: int | None = None
    person_id: int | None = None
    value_id: int | None = None
    span: Period = field(default_factory=Period)
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Logged:
    """A change with the names of what and whom it tells."""

    change: KpiChange
    kpi: Kpi
    circle: Circle
    user: User | None
    file: str | None

    @property
    def period(self) -> str:
        """The period of the value, as it is written."""
        return write_period(self.kpi.periodicity, self.change.period_start)


def log(
    session: Session,
    value: tuple[int, int, date],
    before: Decimal | None,
    after: Decimal | None,
    comment: str,
    cause: Cause,
) -> None:
    """Add a change of the value of (number, KPI, first day of its period), in its transaction."""
    value_id, kpi_id, period_start = value
    activity = Activity.updated
    if before is None:
        activity = Activity.created
    elif after is None:
        activity = Activity.deleted
    session.add(
        KpiChange(
            at=datetime.now(UTC),
            kpi_id=kpi_id,
            value_id=value_id,
            period_start=period_start,
            activity=activity,
            before=before,
            after=after,
            comment=comment,
            why=cause.why,
            user_id=cause.person_id,
            import_id=cause.import_id,
        )
    )


def list_changes(session: Session, wanted: Wanted, before: int | None, limit: int) -> list[Logged]:
    """The changes asked for, newest first; `before` is the number to go on from."""
    query = _matching(wanted).order_by(KpiChange.id.desc()).limit(limit)
    if before is not None:
        query = query.where(KpiChange.id < before)
    return [Logged(*found) for found in session.execute(query)]


def all_changes(database: Database, wanted: Wanted) -> Iterator[list[Logged]]:
    """All changes asked for, newest first, in parts that fit in memory."""
    return database.in_parts(
        lambda session, before, limit: list_changes(session, wanted, before, limit),
        lambda one: one.change.id,
    )


def _matching(wanted: Wanted) -> Select[KpiChange, Kpi, Circle, User, str]:
    query = (
        select(KpiChange, Kpi, Circle, User, Import.file_name)
        .join(Kpi, Kpi.id == KpiChange.kpi_id)
        .join(Circle, Circle.id == Kpi.circle_id)
        .outerjoin(User, User.id == KpiChange.user_id)
        .outerjoin(Import, Import.id == KpiChange.import_id)
        .where(ends_within(KpiChange.period_start, wanted.span))
    )
    if wanted.circle_id is not None:
        query = query.where(Kpi.circle_id == wanted.circle_id)
    if wanted.kpi_id is not None:
        query = query.where(KpiChange.kpi_id == wanted.kpi_id)
    if wanted.person_id is not None:
        query = query.where(KpiChange.user_id == wanted.person_id)
    if wanted.since is not None:
        query = query.where(KpiChange.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(KpiChange.at < wanted.until)
    if wanted.value_id is not None:
        query = query.where(KpiChange.value_id == wanted.value_id)
    return query
