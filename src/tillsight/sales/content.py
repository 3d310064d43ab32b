"""What a file says, whatever it is called, and whether that counts already."""

import hashlib
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.sales import journal
from tillsight.sales.layouts import FileKind
from tillsight.sales.loading import Outcome
from tillsight.sales.models import EntryKind, Import, ImportState, JournalEntry
from tillsight.sales.staging import Staged
from tillsight.sales.unpack import Unpacked


@dataclass(frozen=True)
class Content:
    """What a file says, as a hash, and by what it is known while it is in force.

    Where the latest file wins, it has to come after the import `after_import`.
    """

    hash: str
    in_force: str
    after_import: int = 0
    latest_wins: bool = False
    is_copy: bool = False


def content_of(database: Database, unpacked: Unpacked, checked: Staged) -> Content:
    """The content of a checked file."""
    # The same bytes read as another layout would be other sales.
    layout = checked.source.layout
    content_hash = _hash(f"{layout.kind} {layout.name} {unpacked.content_hash}{checked.read_as}")
    if layout.kind is FileKind.sales:
        return Content(content_hash, content_hash)
    with database.reading() as session:
        return _content_after_others(session, layout.kind, content_hash)


def _content_after_others(session: Session, kind: FileKind, content_hash: str) -> Content:
    """The content of a file of a kind whose latest file wins.

    Content that was loaded before another file is new again: after A and B, A gives A's values.
    """
    latest = session.scalar(_latest_first(kind).limit(1))
    if latest is None:
        return Content(content_hash, content_hash, latest_wins=True)
    if latest.content_hash == content_hash:
        return Content(content_hash, latest.in_force or content_hash, latest.id, latest_wins=True)
    held = session.scalar(select(Import.id).where(Import.in_force == content_hash))
    known_by = _hash(f"{content_hash} after import {latest.id}") if held else content_hash
    return Content(content_hash, known_by, latest.id, latest_wins=True)


def copy_of(content: Content) -> Content:
    """The same content once more, on purpose, beside the imports that hold it."""
    again = _hash(f"{content.hash} copy {uuid4().hex}")
    return replace(content, in_force=again, is_copy=True)


def holding(database: Database, content: Content) -> Outcome | None:
    """The import that holds this content and counts, if any does."""
    holds = Import.in_force == content.in_force
    if not content.latest_wins:  # a copy may count where the first import of it is undone
        holds = and_(Import.content_hash == content.hash, Import.in_force.is_not(None))
    with database.reading() as session:
        first = session.scalar(select(Import).where(holds).order_by(Import.id).limit(1))
        if first is None:
            return None
        return Outcome(first, added=False, version=journal.head(session).version)


def undone_with(database: Database, content: Content) -> int | None:
    """The import that brought the whole of this content and was undone since.

    One that left out orders, or took the place of others, was made for how things stood then.
    """
    if content.is_copy:
        return None
    with database.reading() as session:
        return session.scalar(
            select(Import.id)
            .where(
                Import.content_hash == content.hash,
                Import.state == ImportState.done,
                Import.in_force.is_(None),
                Import.is_copy.is_(False),
                Import.skipped_rows == 0,
                Import.hidden.is_(None),
                Import.purged_at.is_(None),
                Import.id > content.after_import,  # it would have its old place, before that one
            )
            .order_by(Import.id.desc())
            .limit(1)
        )


def _latest_first(kind: FileKind) -> Select[Import]:
    return (
        select(Import)
        .join(JournalEntry, JournalEntry.import_id == Import.id)
        .where(
            Import.kind == kind,
            Import.in_force.is_not(None),
            JournalEntry.kind == EntryKind.imported,
        )
        .order_by(JournalEntry.version.desc())
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
