"""The journal: the truth about the sales, as one ordered list of changes.

A change exists from the commit of its entry on; before that nothing of it is visible, after it
nothing of it is lost. The version comes from updating the one row of `journal_head` in the same
transaction: its lock makes commits visible in version order on every database, which
autoincrement ids do not.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import User
from tillsight.accounts.sessions import Origin
from tillsight.sales.models import EntryKind, Import, JournalEntry, JournalHead

_ACTIONS = {
    EntryKind.imported: Action.imported,
    EntryKind.undo: Action.undone,
    EntryKind.redo: Action.redone,
}


@dataclass(frozen=True)
class Head:
    """Where the journal stands: its identity, its last version, and the warehouses' epoch."""

    journal: str
    version: int
    warehouse_epoch: int


@dataclass(frozen=True)
class Entry:
    """A change as the warehouse needs it; `batch` is a file name in the sales folder,
    `file_kind` what its rows are, and `import_version` the entry that brought it, whatever has
    been undone and redone since. `hidden` is a file there too: the orders of other imports that do
    not count while this one does.
    """

    version: int
    kind: EntryKind
    import_id: int
    import_version: int
    file_kind: str
    layout: str
    batch: str
    hidden: str | None
    rows: int


def head(session: Session) -> Head:
    """Where the journal stands now; one row read by primary key."""
    row = session.execute(
        select(JournalHead.journal, JournalHead.version, JournalHead.warehouse_epoch).where(
            JournalHead.id == 1
        )
    ).one()
    return Head(*row)


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
    session.execute(
        update(JournalHead).where(JournalHead.id == 1).values(version=JournalHead.version + 1)
    )
    version = session.scalars(select(JournalHead.version).where(JournalHead.id == 1)).one()
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


def entries_after(session: Session, version: int) -> list[Entry]:
    """The entries after `version`, in order."""
    brought = aliased(JournalEntry)
    import_version = (
        select(func.min(brought.version))
        .where(brought.import_id == JournalEntry.import_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            JournalEntry.version,
            JournalEntry.kind,
            JournalEntry.import_id,
            import_version.label("import_version"),
            Import.kind.label("file_kind"),
            Import.layout,
            Import.batch,
            Import.hidden,
            Import.rows,
        )
        .join(Import, Import.id == JournalEntry.import_id)
        .where(JournalEntry.version > version)
        .order_by(JournalEntry.version)
    )
    return [Entry(**row) for row in rows.mappings()]


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
