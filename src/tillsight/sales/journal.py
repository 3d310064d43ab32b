"""The journal: the truth about the sales, as one ordered list of changes.

A change exists from the commit of its entry on; before that nothing of it is visible, after it
nothing of it is lost. The version comes from updating the one row of `journal_head` in the same
transaction: its lock makes commits visible in version order on every database, which
autoincrement ids do not.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from tillsight import data_version
from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import User
from tillsight.accounts.sessions import Origin
from tillsight.database import Base
from tillsight.sales.models import EntryKind, Import, JournalEntry, JournalHead

_ACTIONS = {
    EntryKind.imported: Action.imported,
    EntryKind.undo: Action.undone,
    EntryKind.redo: Action.redone,
}


# Every question and every purchase reads the head: tables instead of classes, statements made once.
_head = Base.metadata.tables[JournalHead.__tablename__]
_HEAD = select(_head.c.journal, _head.c.version, _head.c.warehouse_epoch).where(_head.c.id == 1)
_LAST = select(_head.c.version).where(_head.c.id == 1)
_LOCK = _LAST.with_for_update()
_ADVANCE = update(_head).where(_head.c.id == 1).values(version=_head.c.version + bindparam("count"))


@dataclass(frozen=True)
class Head:
    """Where the journal stands: its identity, its last version, and the warehouses' epoch."""

    journal: str
    version: int
    warehouse_epoch: int


@dataclass(frozen=True)
class Entry:
    """A change as the warehouse needs it, entered `at`; `batch` is a file name in the sales folder,
    `file_kind` what its rows are, and `import_version` the entry that brought it, whatever has
    been undone and redone since. `hidden` is a file there too: the orders of other imports that do
    not count while this one does. The hashes are those that the files had when they were written,
    if they are noted. Of an import that is undone for good `batch` may be empty: its files are
    gone. Its rows are of `first_day` to `last_day`, where the kind has days.
    """

    version: int
    at: datetime
    kind: EntryKind
    import_id: int
    import_version: int
    file_kind: str
    layout: str
    batch: str
    batch_bytes: int
    batch_hash: str | None
    hidden: str | None
    hidden_hash: str | None
    rows: int
    revenue: Decimal
    first_day: date | None
    last_day: date | None

    def paths(self, folder: Path) -> list[Path]:
        """Its files, in the folder of batches."""
        return [folder / one for one in (self.batch, self.hidden) if one]


@dataclass(frozen=True, slots=True)
class PurchaseEntry:
    """A change of one purchase that was entered by itself: it counts, or does not any more."""

    version: int
    at: datetime
    kind: EntryKind
    purchase_id: int

    @property
    def rows(self) -> int:
        """How much work it is, as an import's rows are."""
        return 1


@dataclass(frozen=True, slots=True)
class ErasureEntry:
    """Customers have other ids from here on, in the files of every import."""

    version: int
    at: datetime

    @property
    def rows(self) -> int:
        """How much work it is, as an import's rows are."""
        return 1


AnyEntry = Entry | PurchaseEntry | ErasureEntry


def head(session: Session) -> Head:
    """Where the journal stands now; one row read by primary key."""
    return Head(*session.connection().execute(_HEAD).one())


def tell_head(session: Session) -> None:
    """Have the answer to a request name the version whose entries it tells of."""
    data_version.tell(session.connection().execute(_LAST).scalar_one())


def has_place(session: Session) -> bool:
    """Whether the files of the sales are kept in a place that is marked as this journal's."""
    return session.scalars(select(JournalHead.has_place)).one()


def note_place(session: Session, has_place: bool) -> None:
    """Have every process know whether they are kept in such a place."""
    session.execute(update(JournalHead).values(has_place=has_place))


def lock_head(session: Session) -> None:
    """Be the only one who changes the sales until the session ends; first of all in a session."""
    session.connection().execute(_LOCK)


def next_versions(session: Session, count: int) -> range:
    """The versions of so many new entries; the head is locked until the session ends."""
    connection = session.connection()
    connection.execute(_ADVANCE, {"count": count})
    last = connection.execute(_LAST).scalar_one()
    data_version.tell(last)
    return range(last - count + 1, last + 1)


def append(
    session: Session,
    kind: EntryKind,
    import_id: int,
    user_id: int | None,
    origin: Origin = TERMINAL,
) -> int:
    """Add an entry, here and to the audit log; it takes effect with the session's commit.

    Returns its version.
    """
    [version] = next_versions(session, 1)
    session.add(
        JournalEntry(
            version=version, kind=kind, import_id=import_id, user_id=user_id, at=datetime.now(UTC)
        )
    )
    person = None if user_id is None else session.get(User, user_id)
    file = session.scalar(select(Import.file_name).where(Import.id == import_id))
    details = {"file": file, "version": version}
    record(session, _ACTIONS[kind], person, f"import {import_id}", details, origin)
    return version


def append_erasure(session: Session, user_id: int | None) -> int:
    """Add the entry of an erasure, which takes effect with the session's commit.

    Returns its version.
    """
    [version] = next_versions(session, 1)
    session.add(
        JournalEntry(version=version, kind=EntryKind.erase, user_id=user_id, at=datetime.now(UTC))
    )
    return version


def entries_after(session: Session, version: int) -> list[AnyEntry]:
    """The entries after `version`, in order."""
    entries: list[AnyEntry] = [
        *_import_entries(session, version),
        *_purchase_entries(session, version),
        *_erasure_entries(session, version),
    ]
    return sorted(entries, key=lambda entry: entry.version)


def _erasure_entries(session: Session, version: int) -> list[ErasureEntry]:
    query = select(JournalEntry.version, JournalEntry.at).where(
        JournalEntry.version > version, JournalEntry.kind == EntryKind.erase
    )
    return [ErasureEntry(*row) for row in session.execute(query)]


def _purchase_entries(session: Session, version: int) -> list[PurchaseEntry]:
    rows = session.execute(
        select(
            JournalEntry.version, JournalEntry.at, JournalEntry.kind, JournalEntry.purchase_id
        ).where(JournalEntry.version > version, JournalEntry.purchase_id.is_not(None))
    )
    return [
        PurchaseEntry(version, at, kind, one) for version, at, kind, one in rows if one is not None
    ]


def _import_entries(session: Session, version: int) -> list[Entry]:
    brought = aliased(JournalEntry)
    import_version = (
        select(func.min(brought.version))
        .where(brought.import_id == JournalEntry.import_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            JournalEntry.version,
            JournalEntry.at,
            JournalEntry.kind,
            JournalEntry.import_id,
            import_version.label("import_version"),
            Import.kind.label("file_kind"),
            Import.layout,
            Import.batch,
            Import.batch_bytes,
            Import.batch_hash,
            Import.hidden,
            Import.hidden_hash,
            Import.rows,
            Import.revenue,
            Import.first_day,
            Import.last_day,
        )
        .join(Import, Import.id == JournalEntry.import_id)
        .where(JournalEntry.version > version)
        .order_by(JournalEntry.version)
    )
    return [Entry(**row) for row in rows.mappings()]


def entered_at(session: Session, version: int) -> datetime | None:
    """When the entry of a version was entered; none if there is no such entry."""
    return session.scalar(select(JournalEntry.at).where(JournalEntry.version == version))


def has_imports_after(session: Session, version: int, before: int) -> bool:
    """Whether an entry after `version` and before another one changes imports."""
    between = (JournalEntry.version > version, JournalEntry.version < before)
    query = select(JournalEntry.version).where(*between, JournalEntry.purchase_id.is_(None))
    return session.scalars(query.limit(1)).first() is not None


def has_moved(session: Session, source: str, since: int, until: int) -> bool:
    """Whether an import of `source` came, went or came back after version `since`, up to `until`.

    Sure until the commit only where the session has appended already, and so holds the lock.
    """
    query = (
        select(JournalEntry.version)
        .join(Import, Import.id == JournalEntry.import_id)
        .where(JournalEntry.version.between(since + 1, until), Import.layout == source)
    )
    return session.scalars(query.limit(1)).first() is not None


def order_rebuild(session: Session) -> None:
    """Have every process build its warehouse anew, at its next question."""
    session.execute(
        update(JournalHead)
        .where(JournalHead.id == 1)
        .values(warehouse_epoch=JournalHead.warehouse_epoch + 1)
    )
