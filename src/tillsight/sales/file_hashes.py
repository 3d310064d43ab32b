"""Hashes of files that imports name and that came without: an older release noted none."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Row, and_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from tillsight.database import Database, revisions
from tillsight.errors import JournalAway
from tillsight.sales.folders import Folders, file_digest
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import Import, ImportState
from tillsight.sales.recount import Unreadable, count_batch

HASHES = ((Import.batch, Import.batch_hash), (Import.hidden, Import.hidden_hash))
"""The columns that name files, each with that of the hash."""


def note_hashes(database: Database, folders: Folders) -> None:
    """Note what files hold whose hashes are not known. One that is missing, or has not the rows and
    the revenue that the journal says, has none worth noting: it may be put back.
    """
    with database.reading() as session:
        without = session.execute(
            select(Import.kind, Import.batch, Import.batch_bytes, Import.hidden)
            .add_columns(Import.batch_hash, Import.hidden_hash, Import.rows, Import.revenue)
            .where(
                Import.state == ImportState.done,
                Import.batch != "",
                or_(
                    Import.batch_hash.is_(None),
                    and_(Import.hidden.is_not(None), Import.hidden_hash.is_(None)),
                ),
            )
        ).all()
    for one in without:
        paths = [folders.batches / name for name in (one.batch, one.hidden) if name]
        try:
            with folders.kept.reading(paths):
                found = _found(folders, one)
        except (OSError, Unreadable):
            continue
        except JournalAway:
            return  # the next round goes on
        with database.writing() as session:
            for names, hashes in HASHES:
                _note(session, names, hashes, found)


def trust(database: Database, found: Mapping[str, str]) -> None:
    """Files were put back that have these hashes, by their names: they are as they were loaded."""
    if database.revision() != revisions()[0]:
        return  # tables of an older release have no hashes
    with database.writing() as session:
        for name, digest in found.items():
            for names, hashes in HASHES:
                changed = update(Import).where(names == name, hashes != digest)
                session.execute(changed.values({hashes: digest}))


def _found(folders: Folders, one: Row[tuple[object, ...]]) -> dict[str, str]:
    """The hash of each file of an import that has none, by its name."""
    found = {}
    batch = folders.batches / one.batch
    if one.batch_hash is None and batch.stat().st_size == one.batch_bytes:
        counted = count_batch(batch, FileKind(one.kind))
        if (counted.rows, counted.revenue) == (one.rows, Decimal(one.revenue)):
            found[one.batch] = file_digest(batch)
    if one.hidden and one.hidden_hash is None:
        found[one.hidden] = file_digest(folders.batches / one.hidden)
    return found


def _note(
    session: Session,
    names: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    hashes: InstrumentedAttribute[str | None],
    found: Mapping[str, str],
) -> None:
    # By the file's name: an erasure may have put another one in its place meanwhile.
    for name, digest in found.items():
        missing = update(Import).where(names == name, hashes.is_(None))
        session.execute(missing.values({hashes: digest}))
