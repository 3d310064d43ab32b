"""Where the files of the sales lie, and how they come there whole and are cleared away."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import select

from tillsight.database import Database
from tillsight.errors import FileMissing, NotFound
from tillsight.sales.dropped import remove_dropped
from tillsight.sales.journal_files import COPIES_BYTES, JournalFiles, journal_files
from tillsight.sales.models import Import
from tillsight.sales.states import unfinished
from tillsight.settings import Settings

ABANDONED_AFTER = 24 * 3600  # seconds
HIDDEN_ORDERS = ".hidden.parquet"
"""How a file of the orders that an import hides ends, beside its batch."""


@dataclass(frozen=True)
class Folders:
    """Where the files of the sales live: what is on its way in, in the home folder; what is kept,
    in the place that the setting `journal` names, or in the home folder too.
    """

    home: Path
    journal: str = ""
    copies_bytes: int = COPIES_BYTES

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those that the settings name."""
        return cls(settings.home, settings.journal, settings.journal_cache)

    @property
    def kept(self) -> JournalFiles:
        """The place of what is kept: files of `batches` and `rejects` are told to it when they are
        written, and brought by it to be read.
        """
        return journal_files(self.home.resolve(), self.journal, self.copies_bytes)

    @property
    def batches(self) -> Path:
        """Immutable Parquet files, one an import: the truth, together with the journal."""
        return _made(self.kept.root / "sales")

    @property
    def summaries(self) -> Path:
        """What Spark built of the batches, if it did; may be built again at any time."""
        return self.kept.root / "summaries"

    @property
    def rejects(self) -> Path:
        """Rows that were skipped, one CSV an import."""
        return _made(self.kept.root / "rejects")

    @property
    def incoming(self) -> Path:
        """Files on their way in to this server."""
        return _made(self.home / "incoming")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def durable(final: Path) -> Iterator[Path]:
    """A name to write under; what was written then appears whole as `final`, and stays there."""
    temporary = final.with_name(f"{final.name}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened, and need not be
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def file_digest(path: Path) -> str:
    """SHA-256 of what a file holds, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_at(place: JournalFiles, file: Path) -> str | None:
    """The same of a file as a place has it now; none if it has none."""
    with place.fresh(file) as found:
        return file_digest(found) if found else None


@contextmanager
def rejects_file(folders: Folders, loaded: Import) -> Iterator[Path]:
    """The rows of an import that were skipped, to be read for a while.

    Raises:
        NotFound: every row was loaded.
        FileMissing: the file is lost.
        JournalAway: the place of the file does not answer.
    """
    if loaded.rejects is None:
        raise NotFound(f"Import {loaded.id} has no rejected rows.")
    file = folders.rejects / loaded.rejects
    with folders.kept.reading([file]):
        if not file.exists():
            raise FileMissing(
                f"The file with the rejected rows of import {loaded.id} is missing on the server."
                " Have the operator put it back from a backup (tillsight restore BACKUP --files)."
            )
        yield file


def forget_unnamed(database: Database, folders: Folders) -> None:
    """Let go of copies of files that no import names any more: an erased customer may be in them,
    and an erasure tells nobody who was not there.
    """
    folders.kept.forget_others(_named(database))


def remove_abandoned(database: Database, folders: Folders) -> int:
    """Delete files that a crash left without a journal entry, once they are a day old, and at once
    those that an erasure or a purge let go of.
    """
    dropped = remove_dropped(database, folders.kept)
    named = _named(database)
    folders.kept.forget_others(named)
    known = named | {one.order.upload for one in unfinished(database)}
    oldest = time.time() - ABANDONED_AFTER
    left = [
        one.path
        for folder in (folders.batches, folders.rejects)
        for one in folders.kept.listed(folder)
        if one.path.name not in known and one.changed_ns < oldest * 1e9
    ]
    for path in left:
        folders.kept.remove(path)
    abandoned = [
        path
        for path in folders.incoming.iterdir()
        if path.name not in known and path.stat().st_mtime < oldest
    ]
    for path in abandoned:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left) + len(abandoned) + dropped


def _named(database: Database) -> set[str]:
    """The names of all files that imports have."""
    with database.reading() as session:
        rows = session.execute(select(Import.batch, Import.rejects, Import.hidden)).all()
    return {name for row in rows for name in row if name}
