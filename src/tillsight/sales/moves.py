"""Which entries of the journal changed the sales of which days."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind, Import, JournalEntry, Purchase


@dataclass(frozen=True)
class Move:
    """An entry: of an import with its kind of file, or of a purchase, where both are empty; an
    erasure has the kind of file whose facts it takes away.

    Only sales have a first and a last day.
    """

    version: int
    kind: EntryKind
    import_id: int | None
    file_kind: str | None
    first_day: date | None
    last_day: date | None


def moves_between(session: Session, after: int, until: int) -> list[Move]:
    """The entries after a version, up to another one, the newest first.

    Of purchases only the newest of each day that came, and the newest that went.
    """
    found = [
        *_of_imports(session, after, until),
        *_of_purchases(session, after, until),
        *_of_erasures(session, after, until),
    ]
    return sorted(found, key=lambda move: -move.version)


def _of_imports(session: Session, after: int, until: int) -> list[Move]:
    rows = session.execute(
        select(
            JournalEntry.version,
            JournalEntry.kind,
            JournalEntry.import_id,
            Import.kind.label("file_kind"),
            Import.first_day,
            Import.last_day,
        )
        .join(Import, Import.id == JournalEntry.import_id)
        .where(JournalEntry.version > after, JournalEntry.version <= until)
    )
    return [Move(*row) for row in rows]


def _of_erasures(session: Session, after: int, until: int) -> list[Move]:
    versions = session.scalars(
        select(JournalEntry.version).where(
            JournalEntry.version > after,
            JournalEntry.version <= until,
            JournalEntry.kind == EntryKind.erase,
        )
    )
    return [Move(one, EntryKind.erase, None, FileKind.customers, None, None) for one in versions]


def _of_purchases(session: Session, after: int, until: int) -> list[Move]:
    rows = session.execute(
        select(func.max(JournalEntry.version), JournalEntry.kind, Purchase.day)
        .join(Purchase, Purchase.id == JournalEntry.purchase_id)
        .where(JournalEntry.version > after, JournalEntry.version <= until)
        .group_by(JournalEntry.kind, Purchase.day)
    )
    return [Move(version, kind, None, None, day, day) for version, kind, day in rows]
