"""What is not kept for ever: removed by `tillsight purge`, and by every server's daily round.

Undone imports and old entries of the audit log go by the shop's policy. What is of no use any more
goes in any case: sign-ins that ended, links that do not work, answers kept for requests that are
sent twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tillsight import jobs
from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import AuditEntry, OneTimeToken, UserSession
from tillsight.clock import removal_clock
from tillsight.database import Base, Database
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.dropped import drop, remove_dropped
from tillsight.sales.folders import Folders
from tillsight.sales.models import (
    EntryKind,
    IdempotencyKey,
    Import,
    ImportState,
    JournalEntry,
)
from tillsight.sales.purchase_queue import KEYS_KEPT
from tillsight.settings import Settings

FOR_EVER = 0
"""Number of days that means: kept for ever."""
LEASE = "retention"
ROUND = timedelta(hours=1)
"""How often a server looks whether the day's round is due."""
ENDED_KEPT = timedelta(days=1)
"""How long ended sign-ins and links that do not work any more are kept."""


_OfRows = Callable[[Session, type[Base], ColumnElement[bool]], int]
"""Counts the rows of a table under a condition, or deletes them; says how many there were."""


@dataclass(frozen=True)
class Policy:
    """How many days undone imports and entries of the audit log are kept; 0: for ever."""

    undone_days: int
    audit_days: int

    @staticmethod
    def of(settings: Settings) -> "Policy":
        """What the settings say."""
        return Policy(settings.keep_undone_days, settings.keep_audit_days)


@dataclass(frozen=True)
class Purged:
    """How much of each there was: imports with the bytes of their files, and rows."""

    imports: int
    bytes: int
    sign_ins: int
    links: int
    answers: int
    audit_entries: int

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was due."""
        return not any(vars(self).values())


@dataclass(frozen=True)
class _Due:
    """What is due: undone imports, and conditions of the rows that go."""

    imports: Sequence[Import]
    sign_ins: ColumnElement[bool]
    links: ColumnElement[bool]
    answers: ColumnElement[bool]
    audit_entries: ColumnElement[bool]


class Rounds:
    """Purges once a day, on whichever server holds the lease."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._done: date | None = None
        self._thread = jobs.Recurring(database, LEASE, ROUND, self.look)

    def start(self) -> None:
        """Begin with a round at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._thread.stop()

    def look(self) -> None:
        """Purge, if that was not done today."""
        today = datetime.now(UTC).date()
        if today == self._done:
            return
        purged = purge(self._database, Folders.of(self._settings), Policy.of(self._settings))
        if not purged.is_nothing:
            log.info("purged", **vars(purged))
        self._done = today


def due(database: Database, policy: Policy) -> Purged:
    """How much a purge would remove now; nothing is changed."""
    with database.reading() as session:
        return _purged(session, _due(session, policy), _count)


def purge(database: Database, folders: Folders, policy: Policy) -> Purged:
    """Remove what is due, by one commit; says how much that was."""

    def do(session: Session) -> Purged:
        journal.lock_head(session)  # nobody redoes one of these imports from here on
        found = _due(session, policy)
        purged = _purged(session, found, _delete)
        for one in found.imports:
            _let_go(session, folders, one)
        if not purged.is_nothing:
            record(session, Action.purged, None, "", vars(purged))
        return purged

    purged = database.changing(do)
    remove_dropped(database, folders.kept)
    return purged


def _due(session: Session, policy: Policy) -> _Due:
    now = removal_clock.now()
    ended = now - ENDED_KEPT
    return _Due(
        _undone_before(session, policy.undone_days, now),
        or_(UserSession.expires_at < ended, UserSession.ended_at < ended),
        or_(OneTimeToken.expires_at < ended, OneTimeToken.used_at < ended),
        IdempotencyKey.created_at < now - KEYS_KEPT,
        _older(AuditEntry.at, policy.audit_days, now),
    )


def _undone_before(session: Session, days: int, now: datetime) -> Sequence[Import]:
    """Imports undone for so many days whose files are still there."""
    if days == FOR_EVER:
        return []
    last_undo = (
        select(func.max(JournalEntry.at))
        .where(JournalEntry.import_id == Import.id, JournalEntry.kind == EntryKind.undo)
        .scalar_subquery()
    )
    query = select(Import).where(
        Import.state == ImportState.done,
        Import.in_force.is_(None),
        Import.purged_at.is_(None),
        last_undo < now - timedelta(days=days),
    )
    return session.scalars(query.order_by(Import.id)).unique().all()


def _purged(session: Session, found: _Due, of_rows: _OfRows) -> Purged:
    """How much is due, with the number of rows as `of_rows` finds it."""
    return Purged(
        len(found.imports),
        sum(one.batch_bytes for one in found.imports),
        of_rows(session, UserSession, found.sign_ins),
        of_rows(session, OneTimeToken, found.links),
        of_rows(session, IdempotencyKey, found.answers),
        of_rows(session, AuditEntry, found.audit_entries),
    )


def _let_go(session: Session, folders: Folders, one: Import) -> None:
    files = [folders.batches / name for name in (one.batch, one.hidden) if name]
    files += [folders.rejects / one.rejects] if one.rejects else []
    drop(session, folders.kept, files)
    one.batch, one.hidden, one.rejects, one.batch_bytes = "", None, None, 0
    one.batch_hash = one.hidden_hash = None
    one.purged_at = datetime.now(UTC)


def _older(
    column: InstrumentedAttribute[datetime], days: int, now: datetime
) -> ColumnElement[bool]:
    return false() if days == FOR_EVER else column < now - timedelta(days=days)


def _count(session: Session, table: type[Base], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _delete(session: Session, table: type[Base], condition: ColumnElement[bool]) -> int:
    return session.connection().execute(delete(table).where(condition)).rowcount
