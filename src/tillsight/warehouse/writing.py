"""Bringing entries of the journal into a warehouse file: one after the other, or from nothing."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tillsight.database import Database
from tillsight.errors import Ending
from tillsight.logs import log
from tillsight.sales.erasing import files_of_imports, pseudonymous_purchases
from tillsight.sales.folders import Folders, forget_unnamed
from tillsight.sales.journal import AnyEntry, Entry, ErasureEntry, PurchaseEntry
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind
from tillsight.sales.purchases import purchases_of
from tillsight.warehouse import customer_facts, hidden_orders, product_facts, summaries
from tillsight.warehouse.ailments import check_batch, reading_batches
from tillsight.warehouse.anew import Counting, add_imports, note_files, steps_of, what_counts
from tillsight.warehouse.erasures import follow_erasures, read_by
from tillsight.warehouse.progress import LaidOut, LayingOut
from tillsight.warehouse.purchases import Change, apply_purchases, grouped
from tillsight.warehouse.slot import UNFINISHED, File


def _leave(_duck: duckdb.DuckDBPyConnection, _entry: Entry, _folder: Path) -> None:
    """Values of KPIs are no sales: they are in the operational database."""


CHANGES = {
    FileKind.sales: (summaries.add_lines, summaries.remove_lines),
    FileKind.customers: (customer_facts.add_facts, customer_facts.forget_facts),
    FileKind.products: (product_facts.add_facts, product_facts.forget_facts),
    FileKind.kpi_values: (_leave, _leave),
}
"""By kind of file: what brings its rows in, and what takes them out."""

RowsLoaded = Callable[[int, int], None]
"""Called while catching up with the rows loaded so far and those to load."""
Reached = Callable[[File, int], None]
"""Called with a file and the version up to which it now says all."""


class Writer:
    """Writes into files, one entry a transaction, until it is stopped."""

    def __init__(self, database: Database, folders: Folders, reached: Reached) -> None:
        self._database = database
        self._folders = folders
        self._batches = folders.batches.resolve()
        self._reached = reached
        self._laying_out: LayingOut | None = None
        self._at_work: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Leave the entry under way unapplied, and write no other."""
        self._stopping.set()
        with self._lock:
            if self._at_work is not None:
                self._at_work.interrupt()

    @property
    def is_stopped(self) -> bool:
        """Whether what fails now fails because it was stopped."""
        return self._stopping.is_set()

    @property
    def laying_out(self) -> LaidOut | None:
        """How far laying out from nothing is; none while that is not under way."""
        under_way = self._laying_out
        return None if under_way is None else under_way.now()

    def apply(self, file: File, entries: Sequence[AnyEntry], on_rows: RowsLoaded | None) -> None:
        """Bring in entries that a file has not yet, in order.

        Raises:
            HeldUp: the file of an import is missing, damaged, or another one.
            JournalAway: the place of these files does not answer.
            Ending: it was stopped.
        """
        if entries and file.version() == 0:
            self._lay_out(file, entries, on_rows)
            return
        if any(isinstance(entry, ErasureEntry) for entry in entries):
            self._follow_erasures(file)
        whole = sum(entry.rows for entry in entries)
        done = 0
        for change in grouped(entries):
            together = change if isinstance(change, list) else [change]
            self._apply(file, change)
            done += sum(entry.rows for entry in together)
            if on_rows:
                on_rows(done, whole)
            self._reached(file, together[-1].version)

    def _lay_out(self, file: File, entries: Sequence[AnyEntry], on_rows: RowsLoaded | None) -> None:
        """Fill an empty file with what counts after these entries; until the end nobody is
        answered from it.
        """
        forget_unnamed(self._database, self._folders)  # nobody followed the erasures before
        counting = what_counts(entries)
        at = self._laying_out = LayingOut(counting.lines)
        if at.now().takes_long:
            log.info("laying out", lines=0, of=counting.lines, imports=len(counting.sales))
        # Rows in any order are written at once by all threads; questions say theirs.
        file.duck.execute("SET preserve_insertion_order = false")
        try:
            with reading_batches(counting.imports, self._folders):
                self._lay_out_steps(file, counting, at, on_rows)
            self._note_whole(file, entries[-1])
        finally:
            self._laying_out = None
            file.duck.execute("SET preserve_insertion_order = true")
        now = at.now()
        if now.takes_long:
            log.info("laid out", lines=counting.lines, seconds=round(now.seconds, 1))

    def _lay_out_steps(
        self, file: File, counting: Counting, at: LayingOut, on_rows: RowsLoaded | None
    ) -> None:
        with self._step(file, at, 0) as cursor:
            note_files(cursor, counting, self._folders)
        for step in steps_of(counting):
            self._lay_out_step(file, step, at)
            if on_rows:
                now = at.now()
                on_rows(now.done, now.whole)

    def _lay_out_step(
        self, file: File, step: Sequence[Entry] | Sequence[PurchaseEntry], at: LayingOut
    ) -> None:
        imports = [one for one in step if isinstance(one, Entry)]
        purchases = [one for one in step if isinstance(one, PurchaseEntry)]
        paths = [path for one in imports for path in one.paths(self._batches)]
        with (
            self._folders.kept.reading(paths),
            self._step(file, at, sum(one.rows for one in step)) as cursor,
        ):
            if imports:
                add_imports(cursor, imports, self._batches, at)
            else:
                self._apply_purchases(cursor, purchases)

    @contextmanager
    def _step(self, file: File, at: LayingOut, lines: int) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction that lays out so many lines; after it the file is known as unfinished."""
        with self._writing(file) as cursor:
            try:
                at.begin(cursor, lines)
                yield cursor
                cursor.execute("UPDATE state SET version = ?", [UNFINISHED])
            finally:
                at.end()

    @contextmanager
    def _writing(self, file: File) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction of a file, which `stop` interrupts."""
        with self._lock:
            if self.is_stopped:
                raise Ending
            cursor = self._at_work = file.duck.cursor()
        try:
            cursor.begin()
            yield cursor
            if self.is_stopped:  # an interrupt between two statements is lost
                raise Ending
            cursor.commit()
        finally:
            with self._lock:
                self._at_work = None
            cursor.close()

    def _note_whole(self, file: File, last: AnyEntry) -> None:
        """What was laid out up to an entry is whole, and is answered from now on."""
        _note_applied(file.duck, last)
        self._reached(file, last.version)

    def _follow_erasures(self, file: File) -> None:
        """Have a file say what the batches say, which may be ahead of the entries applied to it."""
        with self._database.reading() as session:
            files = files_of_imports(session)
            purchases = pseudonymous_purchases(session)
        place = self._folders.kept
        with self._writing(file) as cursor, place.reading(read_by(cursor, files, self._batches)):
            follow_erasures(cursor, files, purchases, self._batches)
        file.kept.forget()
        forget_unnamed(self._database, self._folders)

    def _apply(self, file: File, change: Change) -> None:
        """Apply a change and note its version, in one transaction: a crash heals by going on.

        What was purged came and went: its files are not needed. Erasures are followed before.
        """
        last = change[-1] if isinstance(change, list) else change
        with self._writing(file) as cursor:
            if isinstance(change, list):
                self._apply_purchases(cursor, change)
            elif isinstance(change, Entry) and (change.batch or change.kind is EntryKind.undo):
                self._apply_import(cursor, change)
            _note_applied(cursor, last)
        log.debug("warehouse caught up", version=last.version)

    def _apply_import(self, cursor: duckdb.DuckDBPyConnection, change: Entry) -> None:
        add, take_out = CHANGES[FileKind(change.file_kind)]
        apply = take_out if change.kind is EntryKind.undo else add
        if apply is _leave:
            return
        with (
            reading_batches([change], self._folders),
            self._folders.kept.reading(hidden_orders.read_by(cursor, change, self._batches)),
        ):
            if apply is not take_out:
                check_batch(cursor, change, self._folders)
            apply(cursor, change, self._batches)

    def _apply_purchases(
        self, cursor: duckdb.DuckDBPyConnection, entries: Sequence[PurchaseEntry]
    ) -> None:
        with self._database.reading() as session:
            stored = purchases_of(session, entries)
        apply_purchases(cursor, entries, stored)


def _note_applied(duck: duckdb.DuckDBPyConnection, last: AnyEntry) -> None:
    """Have a file say that it has all entries up to this one."""
    state = [last.version, last.at.replace(tzinfo=None)]
    duck.execute("UPDATE state SET version = ?, entered_at = ?", state)
