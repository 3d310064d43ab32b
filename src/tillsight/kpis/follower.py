"""Following the journal: computed KPIs get the values that the sales have now.

A thread of each server looks often where the journal stands. What is written for each KPI, and up
to which version it followed, are committed together: after a crash, or where two servers follow at
once, what is done already is seen under the KPI's lock and left.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tillsight import jobs
from tillsight.accounts.models import Circle
from tillsight.database import Database
from tillsight.errors import NotFound, TillsightError, Unavailable
from tillsight.kpis.causes import Causes, Told
from tillsight.kpis.computed import Definition, read_filters, values_of
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiChange, KpiComputation, KpiValue
from tillsight.kpis.restatements import Difference, Kept, differences, drop, follow
from tillsight.kpis.words import Reason, Why
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.journal import Head
from tillsight.sales.moves import moves_between
from tillsight.warehouse import Warehouse

LEASE = "kpi-values"
LEASE_SPAN = timedelta(seconds=20)
POLL_SECONDS = 2.0
"""Seconds between two looks at the journal; a look only reads, and the lease is taken to write."""
PURCHASES_EVERY = 60.0
"""Seconds between two times that single purchases alone are followed."""
LAID_OUT_WITHIN = 5.0
"""Seconds the warehouse is waited for, before it is tried again."""
STOP_SECONDS = 5.0
TOGETHER = 200
"""Periods that are written in one transaction: others who write wait for its end."""
NOT_COMPUTED = "Its values could not be computed. The log of the server tells why."


@dataclass(frozen=True)
class Due:
    """A KPI whose values may be others now.

    `known` is the version of the journal that it followed up to by its present definition, if any;
    it is `urgent` unless it only waits for newer sales.
    """

    kpi_id: int
    definition: Definition
    known: int | None
    urgent: bool


@dataclass(frozen=True)
class Computed:
    """The values of a KPI at a version of the journal, and on a day."""

    due: Due
    head: Head
    version: int
    today: date
    values: dict[date, Decimal]


class Follower:
    """Has computed KPIs follow the sales, in a thread between `start` and `stop`."""

    def __init__(
        self,
        database: Database,
        warehouse: Warehouse,
        timezone: str,
        every: float = POLL_SECONDS,
    ) -> None:
        self._database = database
        self._warehouse = warehouse
        self._zone = ZoneInfo(timezone)
        self._every = every
        self._stopping = threading.Event()
        self._purchases_at = -PURCHASES_EVERY
        self._thread = threading.Thread(target=self._work, name="kpis", daemon=True)

    def start(self) -> None:
        """Begin with what is due."""
        self._thread.start()

    def stop(self) -> None:
        """End after the KPI under way; the others are followed by the next server."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                self.follow(datetime.now(self._zone).date())
            except SQLAlchemyError as error:  # the database is away for a while
                log.warning("KPIs wait for the database", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001  (whatever it is, the thread goes on)
                log.error("KPIs could not be computed", exc_info=error)

    def follow(self, today: date) -> None:
        """Bring the values of all computed KPIs to what the sales are now, if that is this
        server's to do; `today` is the day in shop time.
        """
        with self._database.reading() as session:
            head = journal.head(session)
            due = due_kpis(session, head, today)
            ended = ended_kpis(session)
            due = self._paced(session, head, due)
        if due:
            head = replace(head, version=self._warehouse.reachable(head.version))
            due = [one for one in due if _is_answered(one, head.version)]
        if not (due or ended) or not jobs.lease(self._database, LEASE, LEASE_SPAN):
            return
        for kpi_id in ended:
            _end(self._database, kpi_id)
        self._follow_all(due, head, today)

    def _paced(self, session: Session, head: Head, due: list[Due]) -> list[Due]:
        """Those to compute now: single purchases are followed from time to time, all together."""
        waiting = [one.known for one in due if not one.urgent and one.known is not None]
        if not waiting or journal.has_imports_after(session, min(waiting), head.version + 1):
            return due
        if time.monotonic() < self._purchases_at + PURCHASES_EVERY:
            return [one for one in due if one.urgent]
        self._purchases_at = time.monotonic()
        return due

    def _follow_all(self, due: Sequence[Due], head: Head, today: date) -> None:
        unchanged: list[Computed] = []
        renewed = time.monotonic()
        for one in due:
            if self._stopping.is_set():
                break
            if time.monotonic() > renewed + LEASE_SPAN.total_seconds() / 2:
                if not jobs.lease(self._database, LEASE, LEASE_SPAN):
                    break
                renewed = time.monotonic()
            try:
                computed = self._computed(one, head, today)
            except Unavailable:
                break  # the warehouse is behind: the next round goes on
            if computed is not None and not self._follow_one(computed):
                unchanged.append(computed)
        _note_unchanged(self._database, unchanged)

    def _computed(self, due: Due, head: Head, today: date) -> Computed | None:
        """The values of a KPI now; nothing where they cannot be computed, which it tells then.

        Raises:
            Unavailable: the warehouse has not laid out the sales yet.
        """
        with self._warehouse.snapshot(head.version, LAID_OUT_WITHIN) as at:
            try:
                values = values_of(at, due.definition, today)
            except TillsightError as error:
                problem = error.message
            except Exception as error:  # noqa: BLE001  (one KPI does not stop the others)
                log.error("a KPI could not be computed", kpi=due.kpi_id, exc_info=error)
                problem = NOT_COMPUTED
            else:
                return Computed(due, head, at.version, today, values)
        _note_problem(self._database, Computed(due, head, head.version, today, {}), problem)
        return None

    def _follow_one(self, computed: Computed) -> bool:
        """Write what differs; whether that, or a new definition, had to be written down."""
        with self._database.reading() as session:
            found = _differences(session, computed)
        if computed.due.known is not None and not found:
            return False
        parts = [found[place : place + TOGETHER] for place in range(0, len(found), TOGETHER)]
        for part in parts[:-1]:
            starts = [one.start for one in part]
            if self._stopping.is_set() or not _write(self._database, computed, starts):
                return True
        _write(self._database, computed, None)
        return True


def due_kpis(session: Session, head: Head, today: date) -> list[Due]:
    """The computed KPIs in use that have not followed up to where the journal stands today."""
    done = KpiComputation
    query = (
        select(Kpi, done)
        .join(Circle, Circle.id == Kpi.circle_id)
        .outerjoin(done, done.kpi_id == Kpi.id)
        .where(Kpi.measure.is_not(None), Kpi.active, Kpi.archived_at.is_(None))
        .where(Circle.archived_at.is_(None))
        .where(or_(done.kpi_id.is_(None), _is_other(head), done.day != today, _is_redefined()))
        .order_by(Kpi.id)
    )
    return [_due(kpi, row, head, today) for kpi, row in session.execute(query)]


def _is_other(head: Head) -> ColumnElement[bool]:
    return or_(KpiComputation.journal != head.journal, KpiComputation.version != head.version)


def _is_redefined() -> ColumnElement[bool]:
    return or_(
        KpiComputation.measure != Kpi.measure,
        KpiComputation.filters != Kpi.filters,
        KpiComputation.periodicity != Kpi.periodicity,
    )


def _due(kpi: Kpi, row: KpiComputation | None, head: Head, today: date) -> Due:
    definition = definition_of(kpi)
    known = _known(row, definition, head)
    return Due(kpi.id, definition, known, known is None or row is None or row.day != today)


def definition_of(kpi: Kpi) -> Definition:
    """By what a computed KPI is computed."""
    return Definition(kpi.measure or "", kpi.filters, kpi.periodicity)


def _known(row: KpiComputation | None, definition: Definition, head: Head) -> int | None:
    """Up to which version of this journal a KPI followed by this definition."""
    if row is None or row.journal != head.journal or row.version > head.version:
        return None
    same = Definition(row.measure, row.filters, row.periodicity) == definition
    return row.version if same else None


def _is_answered(due: Due, version: int) -> bool:
    """Whether the sales up to a version say something new of a KPI. One that another server had
    follow further waits for those.
    """
    if due.known is None:
        return True
    return due.known < version or (due.urgent and due.known == version)


def ended_kpis(session: Session) -> list[int]:
    """The KPIs that were computed and are not any more."""
    query = select(Kpi.id).join(KpiComputation, KpiComputation.kpi_id == Kpi.id)
    return [*session.scalars(query.where(Kpi.measure.is_(None)))]


def _end(database: Database, kpi_id: int) -> None:
    with database.writing() as session:
        try:
            kpi = hold_one(session, kpi_id)
        except NotFound:
            return
        row = session.get(KpiComputation, kpi_id)
        if kpi.measure is None and row is not None:
            drop(session, kpi)
            session.delete(row)


def _write(database: Database, computed: Computed, starts: Sequence[date] | None) -> bool:
    """Write what differs in these periods; whether to go on.

    In the end, without `starts`, in all of them, for another server may have been at it meanwhile.
    The note of how far the KPI followed comes with it, so that a crash before is healed.
    """
    with database.writing() as session:
        try:
            kpi = hold_one(session, computed.due.kpi_id)
        except NotFound:  # deleted meanwhile
            return False
        row = session.get(KpiComputation, kpi.id)
        known = _known(row, computed.due.definition, journal.head(session))
        newer = known is not None and known > computed.version
        if newer or definition_of(kpi) != computed.due.definition:
            return False  # another server was quicker, or the next round computes it anew
        found = _differences(session, computed, starts)
        follow(session, kpi, found, _causes(session, computed, row, known).of)
        if starts is None:
            _note(session, computed, None)
    return True


def _differences(
    session: Session, computed: Computed, starts: Sequence[date] | None = None
) -> list[Difference]:
    """Where the values differ from those that are kept, in these periods or in all.

    What people typed in before the KPI was computed stays where the sales say nothing.
    """
    query = select(
        KpiValue.period_start, KpiValue.value, KpiValue.restated, KpiValue.restated_at
    ).where(KpiValue.kpi_id == computed.due.kpi_id)
    values: Mapping[date, Decimal] = computed.values
    if starts is not None:
        query = query.where(KpiValue.period_start.in_(starts))
        values = {start: values[start] for start in starts if start in values}
    kept = {row.period_start: Kept(*row[1:]) for row in session.execute(query)}
    found = differences(kept, values, computed.due.definition.periodicity, computed.today)
    if any(one.value is None for one in found):
        typed = _typed(session, computed.due.kpi_id)
        found = [one for one in found if one.value is not None or one.start not in typed]
    return found


def _typed(session: Session, kpi_id: int) -> set[date]:
    """The periods whose values people gave, not the sales."""
    query = select(KpiChange.period_start, KpiChange.why).where(KpiChange.kpi_id == kpi_id)
    rows = session.execute(query.order_by(KpiChange.id))
    last = {start: why for start, why in rows}  # noqa: C416  (a row is no pair to the type checker)
    return {start for start, why in last.items() if why not in {Why.recomputed, Why.accepted}}


def _causes(
    session: Session, computed: Computed, row: KpiComputation | None, known: int | None
) -> Causes:
    definition = computed.due.definition
    elsewhere = row is not None and row.journal != computed.head.journal
    other = Reason.journal if elsewhere else Reason.definition
    moves = [] if known is None else moves_between(session, known, computed.version)
    otherwise = Told(other, computed.version)
    filters = read_filters(definition.filters)
    return Causes.among(moves, definition.periodicity, filters, otherwise)


def _note(session: Session, computed: Computed, error: str | None) -> None:
    """Keep how far a held KPI followed, or why it could not."""
    definition = computed.due.definition
    row = session.get(KpiComputation, computed.due.kpi_id)
    if row is None:
        row = KpiComputation(kpi_id=computed.due.kpi_id)
        session.add(row)
    row.journal, row.version, row.day = computed.head.journal, computed.version, computed.today
    row.measure, row.filters = definition.measure, definition.filters
    row.periodicity = definition.periodicity
    row.at, row.error = datetime.now(UTC), error


def _note_problem(database: Database, computed: Computed, problem: str) -> None:
    with database.writing() as session:
        try:
            kpi = hold_one(session, computed.due.kpi_id)
        except NotFound:
            return
        if definition_of(kpi) == computed.due.definition:
            _note(session, computed, problem)


def _note_unchanged(database: Database, found: Sequence[Computed]) -> None:
    """Keep how far KPIs followed whose values are what they were."""
    if not found:
        return
    with database.writing() as session:
        for one in found:
            session.execute(
                update(KpiComputation)
                .where(
                    KpiComputation.kpi_id == one.due.kpi_id,
                    KpiComputation.journal == one.head.journal,
                    KpiComputation.version <= one.version,
                )
                .values(version=one.version, day=one.today, at=datetime.now(UTC), error=None)
                .execution_options(synchronize_session=False)
            )
