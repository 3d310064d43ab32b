"""The folder in which a process has its warehouse, and the files in it."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import count
from pathlib import Path
from uuid import uuid4

import duckdb
from filelock import FileLock, Timeout

from tillsight.database import Database
from tillsight.errors import SetupError
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.journal import Head
from tillsight.warehouse.ailments import Ailment
from tillsight.warehouse.definitions import sales
from tillsight.warehouse.kept import KeptAnswers

LAYOUT = 8
"""Number of the layout in `tables.sql`; a file of another one is built anew."""
UNFINISHED = -1
"""Version of a file that is being filled from nothing: nobody is answered from it, and what a crash
leaves is not gone on with.
"""
LONGEST_LOG = "1 GB"
"""Write-ahead log at which the engine folds it in by itself, within the entry it is applying."""
MOST_KEPT_ROWS = 200_000
"""Rows of all kept answers together, some hundred bytes each."""


@dataclass
class File:
    """An open warehouse file of one epoch, how many questions are reading from it, and the answers
    that are kept of it: a version of another journal is another.
    """

    path: Path
    epoch: int
    journal: str
    duck: duckdb.DuckDBPyConnection
    readers: int = 0
    ailment: Ailment | None = None
    kept: KeptAnswers = field(default_factory=lambda: KeptAnswers(MOST_KEPT_ROWS))

    @property
    def log(self) -> Path:
        """The write-ahead log beside it; it may not be there."""
        return _log_of(self.path)

    def version(self) -> int:
        """The last entry of the journal that was applied to it."""
        return version_of(self.duck)

    def belongs_to(self, head: Head) -> bool:
        """Whether it is of the epoch and the journal of this head."""
        return (self.epoch, self.journal) == (head.warehouse_epoch, head.journal)

    def discard(self) -> None:
        """Close and delete it; nobody must be reading, for closing it ends their cursors too."""
        self.duck.close()
        _delete(self.path)


class Slot:
    """The first free folder `N/` in that of all warehouses, taken until `release`."""

    def __init__(
        self, folder: Path, read: Sequence[Path], database: Database, memory_mb: int
    ) -> None:
        """The engine of a file in it may read some folders, and hold `memory_mb` megabytes."""
        self._database = database
        self._memory_mb = memory_mb
        self._read = read
        self._folder, self._lock = _take(folder)

    def release(self) -> None:
        """Leave it to the next process; its file is closed."""
        self._lock.release()

    def begin(self, head: Head) -> File:
        """Open the file of the head's epoch and delete those of others, or release the slot.

        Raises:
            SetupError: the file cannot be written, or is that of a newer release.
            NoSpace: the disk is full.
        """
        try:
            file = self.open(head)
            self._delete_other_epochs(head.warehouse_epoch)
        except duckdb.Error as error:
            self.release()
            refuse_full_disk(error)
            raise SetupError(
                "The warehouse's file cannot be written. The folder “warehouse” in the home folder"
                " has to belong to whoever runs Tillsight; it may be deleted at any time."
            ) from error
        except BaseException:
            self.release()
            raise
        return file

    def open(self, head: Head, in_use: Path | None = None) -> File:
        """Open the file of the head's epoch, but not the one in use; what does not belong to it is
        deleted.
        """
        epoch = head.warehouse_epoch
        for path in self._folder.glob("epoch-*.duckdb"):
            if path != in_use and _epoch_of(path) == str(epoch):
                if duck := self._opened_if_usable(path, head):
                    return File(path, epoch, head.journal, duck)
                _delete(path)
        path = self._folder / f"epoch-{epoch}.duckdb"
        if path == in_use:
            path = path.with_stem(f"epoch-{epoch}-{uuid4().hex[:8]}")
        duck = self._connect(path)
        make_tables(duck)
        duck.execute("INSERT INTO state VALUES (?, 0, NULL, ?)", [head.journal, LAYOUT])
        return File(path, epoch, head.journal, duck)

    def open_empty(self, name: str, head: Head) -> File:
        """Open a new file whose name begins so, with all tables empty. It is never one that is
        open: of that DuckDB would give the same instance.
        """
        path = self._folder / f"{name}-{uuid4().hex[:8]}.duckdb"
        duck = self._connect(path)
        file = File(path, head.warehouse_epoch, head.journal, duck)
        try:
            make_tables(duck)
        except BaseException:
            file.discard()
            raise
        return file

    def delete_others(self, pattern: str, in_use: Path) -> None:
        """Delete the files of a pattern that earlier processes left, but not the one in use."""
        for path in self._folder.glob(pattern):
            if path != in_use:
                _delete(path)

    def _opened_if_usable(self, path: Path, head: Head) -> duckdb.DuckDBPyConnection | None:
        try:
            duck = self._connect(path)
        except duckdb.Error:
            log.warning("warehouse file cannot be opened and is built anew")
            return None
        try:
            made_from, version, layout = _state_of(duck)
            _refuse_newer(layout)
            is_ours = (made_from, layout) == (head.journal, LAYOUT) and 0 <= version <= head.version
            if is_ours and self._has_entry_of(duck, version):
                return duck
        except duckdb.Error:
            pass
        except SetupError:
            duck.close()
            raise
        duck.close()
        return None

    def _has_entry_of(self, duck: duckdb.DuckDBPyConnection, version: int) -> bool:
        """Whether the last entry laid out is the journal's own of that version. Of a database that
        was put back by other means than ours the journal has the same name, and other entries.
        """
        [(entered,)] = duck.execute("SELECT entered_at FROM state").fetchall()
        with self._database.reading() as session:
            at = journal.entered_at(session, version)
        return bool(entered == (at and at.replace(tzinfo=None)))

    def _connect(self, path: Path) -> duckdb.DuckDBPyConnection:
        if _log_of(path).is_dir():
            raise duckdb.IOException("a folder stands where the write-ahead log belongs")
        duck = duckdb.connect(str(path))
        duck.execute("SET enable_progress_bar = false")
        duck.execute(f"SET memory_limit = '{self._memory_mb} MB'")
        duck.execute(f"SET checkpoint_threshold = '{LONGEST_LOG}'")
        duck.execute("SET allowed_directories = ?", [[str(one) for one in self._read]])
        duck.execute("SET enable_external_access = false")
        return duck

    def _delete_other_epochs(self, epoch: int) -> None:
        for path in self._folder.glob("epoch-*.duckdb"):
            if _epoch_of(path) != str(epoch):
                _delete(path)


def make_tables(duck: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of a new file, all empty, and the view `sales`."""
    duck.execute(files("tillsight.warehouse").joinpath("tables.sql").read_text("utf-8"))
    duck.execute(f"CREATE VIEW sales AS {sales('lines')}")


def version_of(duck: duckdb.DuckDBPyConnection) -> int:
    """The last entry of the journal that was applied to what a file's connection or cursor sees."""
    return _state_of(duck)[1]


def _take(folder: Path) -> tuple[Path, FileLock]:
    for number in count(1):
        slot = folder / str(number)
        slot.mkdir(parents=True, exist_ok=True)
        lock = FileLock(slot / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        return slot, lock
    raise AssertionError  # count() does not end


def _state_of(duck: duckdb.DuckDBPyConnection) -> tuple[str, int, int]:
    # All rows: a result that waits for its end keeps its transaction open, and while one is open
    # DuckDB never folds the write-ahead log into the file.
    rows = duck.execute("SELECT journal, version, layout FROM state").fetchall()
    if not rows:
        raise duckdb.InvalidInputException("the warehouse has no state")
    journal_id, version, layout = rows[0]
    return journal_id, version, layout


def _refuse_newer(layout: int) -> None:
    """A file of a newer release is left as it is: its home is that release's."""
    if layout > LAYOUT:
        raise SetupError(
            f"The warehouse was laid out by a newer Tillsight (layout {layout}; this one knows"
            f" {LAYOUT}). Nothing was changed. Start the newer release again; or, to go back to"
            " this one, restore the backup that was made before the upgrade (docs/operating.md,"
            " “Upgrade and downgrade”)."
        )


def _epoch_of(path: Path) -> str:
    """The epoch in a file's name: epoch-3.duckdb, or epoch-3-1f0a.duckdb of one started over."""
    return path.stem.split("-")[1]


def _delete(path: Path) -> None:
    """Delete a warehouse file and the write-ahead log beside it, whatever stands in their place."""
    for file in (path, _log_of(path)):
        # Windows keeps a file that is still being read; the next start tries again.
        with suppress(PermissionError):
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
