"""Products changed by hand: each change is a small import, listed and undone like any other."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import Conflict, JournalAway
from tillsight.sales import journal
from tillsight.sales.folders import Folders, durable, file_digest
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind, Import, JournalEntry
from tillsight.sales.rows.kind import text

LAYOUT = "edit"
"""The layout of an import that is a change by hand."""

_TYPES = {
    "product_id": "VARCHAR",
    "product_name": "VARCHAR",
    "category": "VARCHAR",
    "price": "DECIMAL(18, 4)",
    "quantity_sold": "BIGINT",
    "rating": "DECIMAL(18, 4)",
    "review_count": "BIGINT",
    "deleted": "BOOLEAN",
}


class Overtaken(Conflict):
    """Products changed while the change was being worked out; it has to be worked out again."""


@dataclass(frozen=True)
class ProductRow:
    """All that is told of a product; None leaves a thing open. Decimals have up to four places."""

    product_id: str
    product_name: str | None = None
    category: str | None = None
    price: Decimal | None = None
    quantity_sold: int | None = None
    rating: Decimal | None = None
    review_count: int | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Edit:
    """A change by hand: the whole new row, what the list of imports calls it, and who made it.

    `known` is the journal's version that the row was worked out from.
    """

    row: ProductRow
    title: str
    known: int
    user_id: int | None
    origin: Origin = TERMINAL


def load_edit(database: Database, folders: Folders, edit: Edit) -> Import:
    """Write the row as a batch and commit its journal entry. Returns the import it is.

    Raises:
        Overtaken: another import of products was committed since `edit.known`.
        JournalAway: the place of the sales' files does not answer.
    """
    with folders.kept.reading():
        return _loaded(database, folders, edit)


def _loaded(database: Database, folders: Folders, edit: Edit) -> Import:
    batch = folders.batches / f"{uuid4().hex}.parquet"
    with durable(batch) as target:
        _write(edit.row, target)
    folders.kept.keep(batch)

    def do(session: Session) -> Import:
        loaded = _import_of(edit, batch)
        session.add(loaded)
        session.flush()
        version = journal.append(session, EntryKind.imported, loaded.id, edit.user_id, edit.origin)
        # The head of the journal is locked by now, so nobody comes between.
        _refuse_if_overtaken(session, edit.known, version)
        session.expunge(loaded)
        return loaded

    try:
        return database.changing(do)
    except Overtaken:
        with suppress(JournalAway):  # it counts for nobody, and goes after a day
            folders.kept.remove(batch)
        raise


def _write(row: ProductRow, path: Path) -> None:
    columns = ", ".join(f"CAST(? AS {kind}) AS {name}" for name, kind in _TYPES.items())
    with duckdb.connect() as duck:
        duck.execute(
            f"COPY (SELECT CAST(1 AS BIGINT) AS line, {columns}) TO {text(str(path))}"
            " (FORMAT parquet, COMPRESSION zstd)",
            [getattr(row, name) for name in _TYPES],
        )


def _import_of(edit: Edit, batch: Path) -> Import:
    # The same change may be made again later, so each counts as new content.
    content_hash = hashlib.sha256(f"{LAYOUT} {batch.stem}".encode()).hexdigest()
    return Import(
        kind=FileKind.products,
        layout=LAYOUT,
        file_name=edit.title[:255],
        content_hash=content_hash,
        in_force=content_hash,
        rows=1,
        rejected_rows=0,
        revenue=Decimal(0),
        batch=batch.name,
        batch_bytes=batch.stat().st_size,
        batch_hash=file_digest(batch),
        created_at=datetime.now(UTC),
        created_by=edit.user_id,
    )


def _refuse_if_overtaken(session: Session, known: int, version: int) -> None:
    other = session.scalar(
        select(JournalEntry.version)
        .join(Import, Import.id == JournalEntry.import_id)
        .where(
            Import.kind == FileKind.products,
            JournalEntry.version > known,
            JournalEntry.version < version,
        )
        .limit(1)
    )
    if other is not None:
        raise Overtaken("The products were changed at the same moment. Try again.")
