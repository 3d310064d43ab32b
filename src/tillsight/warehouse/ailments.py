"""What ails a warehouse file, or the engine that has it open, by what the engine says."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from pathlib import Path

import duckdb

from tillsight.errors import FileMissing, NoSpace, TillsightError, Unavailable
from tillsight.logs import log
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.folders import Folders, file_digest
from tillsight.sales.journal import AnyEntry, Entry
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind
from tillsight.sales.recount import Unreadable, count_batch

AGAIN_AFTER = 5
"""Seconds after which it is worth asking again."""


class Ailment(Enum):
    """What is to be done about an error."""

    spoilt = "the file says what was never written: it is built anew beside"
    dead = "the engine takes no statement any more: the file has to be opened again"


class HeldUp(FileMissing):
    """A file of the sales is missing or damaged, and nothing after it can be laid out."""


LAID_OUT_ANEW = (
    "The copy of the sales that questions are answered from got damaged. It is made anew; nothing"
    " is lost. Try again in a moment."
)
NO_ROOM_TO_ANSWER = (
    "The server's disk is full, so this question could not be answered. Ask the operator to free"
    " some space, then try again."
)
TOO_LITTLE_MEMORY = (
    "The server has too little memory for this: TILLSIGHT_WAREHOUSE_MEMORY, or the machine's own."
    " Nothing is lost. Have the operator give it more, or ask for less at once."
)
_DEAD = (duckdb.FatalException, duckdb.InternalException, duckdb.ConnectionException)
_SPOILT = re.compile(
    r"corrupt|could not read|not a valid duckdb|failed to deserialize|checksum", re.IGNORECASE
)


def ailment(error: duckdb.Error) -> Ailment | None:
    """What an error says of the warehouse file; none if that is as it should be.

    A file of the sales may be at fault as well: who reads them looks for that first.
    """
    if _SPOILT.search(str(error)):
        return Ailment.spoilt
    return Ailment.dead if isinstance(error, _DEAD) else None


def in_words(error: duckdb.Error) -> TillsightError | None:
    """How an error is told to whoever asked, if it is not a mistake of ours."""
    try:
        refuse_full_disk(error)
    except NoSpace:
        return NoSpace(NO_ROOM_TO_ANSWER)
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unavailable(TOO_LITTLE_MEMORY, retry_after=AGAIN_AFTER)
    return Unavailable(LAID_OUT_ANEW, retry_after=AGAIN_AFTER) if ailment(error) else None


def held_up(import_id: int) -> HeldUp:
    """The refusal of every question of the sales while a file of an import is not as it was."""
    return HeldUp(
        f"The file with the sales of import {import_id} is missing or damaged on the server, so"
        " questions cannot be answered rightly. Have the operator put it back from a backup"
        " (tillsight restore BACKUP --files), or undo that import.",
        import_id=import_id,
        retry_after=AGAIN_AFTER,
    )


def without_lost(entries: Sequence[AnyEntry], folders: Folders) -> list[AnyEntry]:
    """The entries, of which an import whose file is gone and that is undone in the end has no
    rows: it came and went.
    """
    last = {one.import_id: one.kind for one in entries if isinstance(one, Entry)}
    undone = [
        one for one in entries if isinstance(one, Entry) and last[one.import_id] is EntryKind.undo
    ]
    gone = set()
    for one in undone:
        with folders.kept.reading(one.paths(folders.batches)):
            if is_lost(one, folders.batches):
                gone.add(one.import_id)
    return [
        replace(one, batch="") if isinstance(one, Entry) and one.import_id in gone else one
        for one in entries
    ]


def check_batch(duck: duckdb.DuckDBPyConnection, entry: Entry, folders: Folders) -> None:
    """Hold the files of an import, which are being read, against what the journal says of them.

    Raises:
        HeldUp: one is missing, damaged, or another file.
        JournalAway: their place does not answer, and a copy of them is damaged.
    """
    folder = folders.batches
    if _is_as_loaded(duck, entry, folder):
        return
    if folders.kept.renew(entry.paths(folder)) and _is_as_loaded(duck, entry, folder):
        log.warning("a damaged copy of a file was fetched again", import_id=entry.import_id)
        return
    raise held_up(entry.import_id)


def _is_as_loaded(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> bool:
    if is_lost(entry, folder):
        return False
    if entry.batch_hash:
        return True
    sold = "sum(amount) FILTER (kind = 'sale')" if entry.file_kind == FileKind.sales else "NULL"
    query = f"SELECT count(*), coalesce({sold}, 0) FROM read_parquet(?)"
    try:
        with duck.cursor() as own:  # what fails here leaves the transaction as it is
            [(rows, revenue)] = own.execute(query, [str(folder / entry.batch)]).fetchall()
    except duckdb.Error:
        return False
    return (rows, Decimal(revenue)) == (entry.rows, entry.revenue)


@contextmanager
def reading_batches(entries: Sequence[Entry], folders: Folders) -> Iterator[None]:
    """What fails in here because the file of one of these imports cannot be read is told as that.

    Raises:
        HeldUp: it cannot be read.
    """
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        for entry in entries:
            if entry.batch and not _is_readable(entry, folders):
                raise held_up(entry.import_id) from None
        raise


def file_at_fault(error: duckdb.Error, files: Sequence[Path]) -> Path | None:
    """The Parquet file that a statement failed of, if it was one of these: the one that the error
    names, or one whose description of itself cannot be read, of which the engine names none.
    """
    said = str(error)
    named = next((one for one in files if str(one) in said), None)
    if named or in_words(error) or isinstance(error, duckdb.InterruptException):
        return named
    return next((one for one in files if not _describes_itself(one)), None)


def _describes_itself(file: Path) -> bool:
    try:
        with duckdb.connect() as duck:
            duck.execute("SELECT count(*) FROM parquet_metadata(?)", [str(file)]).fetchall()
    except duckdb.Error:
        return False
    return True


def _is_readable(entry: Entry, folders: Folders) -> bool:
    batch = folders.batches / entry.batch
    try:
        with folders.kept.reading([batch]):
            count_batch(batch, FileKind(entry.file_kind))
    except Unreadable:
        return False
    return True


def is_missing(entry: Entry, folder: Path) -> bool:
    """Whether the batch of an import is not there, or not as long as the one that was written."""
    try:
        return (folder / entry.batch).stat().st_size != entry.batch_bytes
    except OSError:
        return True


def is_lost(entry: Entry, folder: Path) -> bool:
    """Whether the batch, or the file of orders it hides, is not there or not as it was written."""
    known = ((entry.batch, entry.batch_hash), (entry.hidden, entry.hidden_hash))
    try:
        return is_missing(entry, folder) or any(
            file_digest(folder / name) != was for name, was in known if name and was
        )
    except OSError:
        return True
