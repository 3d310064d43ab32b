"""Figures that are looked up when they are asked for: queues, lag, sizes, the last backup."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.jobs import Job
from tillsight.operating.backup import last_backup
from tillsight.sales import journal
from tillsight.sales.models import Import, ImportState, JournalEntry
from tillsight.warehouse import Warehouse

Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Gauge:
    """A figure that goes up and down."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


DATABASE_UP = Gauge("tillsight_database_up", "1 while the operational database answers, else 0.")
CONNECTIONS_IN_USE = Gauge(
    "tillsight_database_connections_in_use",
    "Connections to the operational database that are in use.",
)
CONNECTIONS_MOST = Gauge(
    "tillsight_database_connections_most", "Connections that can be in use at the same time."
)
JOBS_WAITING = Gauge("tillsight_jobs_waiting", "Jobs that are not done yet.", ("kind",))
JOBS_LATE = Gauge(
    "tillsight_jobs_late_seconds", "Seconds since the job that is due longest was due; 0: none is."
)
IMPORTS = Gauge("tillsight_imports", "Imports by their state.", ("state",))
PURCHASES_WAITING = Gauge(
    "tillsight_purchases_waiting", "Purchases of this process that wait to be stored."
)
JOURNAL_VERSION = Gauge("tillsight_journal_version", "Last entry of the journal.")
WAREHOUSE_VERSION = Gauge(
    "tillsight_warehouse_version", "Last entry of the journal that questions of this process see."
)
LAG_ENTRIES = Gauge(
    "tillsight_warehouse_lag_entries", "Entries of the journal that are not laid out yet."
)
LAG_SECONDS = Gauge(
    "tillsight_warehouse_lag_seconds", "Seconds since the oldest of these was committed; 0: none."
)
LAYING_OUT = Gauge(
    "tillsight_warehouse_laid_out_ratio",
    "Share of all sales that is laid out where that is done from nothing; 1 while it is not.",
)
WAREHOUSE_BYTES = Gauge("tillsight_warehouse_bytes", "Size of this process's warehouse on disk.")
WAREHOUSE_MEMORY = Gauge(
    "tillsight_warehouse_memory_bytes",
    "Memory that the engine of this process's warehouse holds, of what it may.",
)
DISK_FREE = Gauge("tillsight_disk_free_bytes", "Room on the disk of the home folder.")
DISK_SIZE = Gauge("tillsight_disk_bytes", "Size of the disk of the home folder.")
LAST_BACKUP = Gauge(
    "tillsight_backup_timestamp_seconds",
    "When the last backup that went well was begun, in seconds since 1970; 0: never.",
)

GAUGES: Sequence[Gauge] = (
    DATABASE_UP,
    CONNECTIONS_IN_USE,
    CONNECTIONS_MOST,
    JOBS_WAITING,
    JOBS_LATE,
    IMPORTS,
    PURCHASES_WAITING,
    JOURNAL_VERSION,
    WAREHOUSE_VERSION,
    LAG_ENTRIES,
    LAG_SECONDS,
    LAYING_OUT,
    WAREHOUSE_BYTES,
    WAREHOUSE_MEMORY,
    DISK_FREE,
    DISK_SIZE,
    LAST_BACKUP,
)
Figures = dict[Gauge, Values]


def looker(
    database: Database, warehouse: Warehouse, home: Path, purchases_waiting: Callable[[], int]
) -> Callable[[], Figures]:
    """What looks all figures up; those of a database that does not answer are missing."""

    def look() -> Figures:
        laid_out = warehouse.version
        found = _of_machine(warehouse, home) | {
            WAREHOUSE_VERSION: _one(laid_out),
            PURCHASES_WAITING: _one(purchases_waiting()),
        }
        try:
            with database.reading() as session:
                found |= _of_database(session, laid_out)
            found[DATABASE_UP] = _one(1)
        except SQLAlchemyError:
            found[DATABASE_UP] = _one(0)
        return found | _of_pool(database)

    return look


WITHOUT_ANSWER: Figures = {DATABASE_UP: {(): 0.0}}
"""What is known while the look hangs, which is the database's doing."""


def _of_machine(warehouse: Warehouse, home: Path) -> Figures:
    last = last_backup(home)
    now = warehouse.laying_out
    found: Figures = {
        LAYING_OUT: _one(now.done / max(now.whole, 1) if now else 1.0),
        WAREHOUSE_BYTES: _one(warehouse.size()),
        WAREHOUSE_MEMORY: _one(warehouse.memory()),
        LAST_BACKUP: _one(last.at.timestamp() if last else 0.0),
    }
    with suppress(OSError):
        room = shutil.disk_usage(home)
        found |= {DISK_FREE: _one(room.free), DISK_SIZE: _one(room.total)}
    return found


def _of_pool(database: Database) -> Figures:
    used, most = database.connections()
    return {CONNECTIONS_IN_USE: _one(used), CONNECTIONS_MOST: _one(most)}


def _of_database(session: Session, laid_out: int) -> Figures:
    last = journal.head(session).version
    behind = max(last - laid_out, 0)
    return {
        JOURNAL_VERSION: _one(last),
        LAG_ENTRIES: _one(behind),
        LAG_SECONDS: _one(_seconds_behind(session, laid_out) if behind else 0.0),
        IMPORTS: _imports(session),
        **_jobs(session),
    }


def _seconds_behind(session: Session, laid_out: int) -> float:
    entry = select(JournalEntry.at).where(JournalEntry.version > laid_out)
    at = session.scalar(entry.order_by(JournalEntry.version).limit(1))
    return 0.0 if at is None else _since(at)


def _imports(session: Session) -> Values:
    rows = session.execute(select(Import.state, func.count()).group_by(Import.state))
    found = {str(state): float(count) for state, count in rows}
    return {(str(one),): found.get(str(one), 0.0) for one in ImportState}


def _jobs(session: Session) -> Figures:
    rows = session.execute(
        select(Job.kind, func.count(), func.min(Job.run_at))
        .where(Job.done_at.is_(None), Job.failed_at.is_(None))
        .group_by(Job.kind)
    ).all()
    late = [_since(due) for _, _, due in rows]
    return {
        JOBS_WAITING: {(kind,): float(count) for kind, count, _ in rows},
        JOBS_LATE: _one(max(late, default=0.0)),
    }


def _since(moment: datetime) -> float:
    """Seconds since; a clock that was set back makes none of them negative."""
    return max((datetime.now(UTC) - moment).total_seconds(), 0.0)


def _one(value: float) -> Values:
    return {(): float(value)}
