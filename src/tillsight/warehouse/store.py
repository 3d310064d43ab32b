"""One process's warehouse: its file, how it catches up with the journal, how it is asked."""

import shutil
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import duckdb
from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import Database
from tillsight.errors import (
    Ending,
    NoSpace,
    Preparing,
    SetupError,
    TillsightError,
    Unavailable,
)
from tillsight.logs import log
from tillsight.measured import QUESTIONS_STOPPED
from tillsight.sales import journal
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.erasing import files_of_imports, pseudonymous_purchases
from tillsight.sales.folders import Folders
from tillsight.sales.journal import AnyEntry, Entry, ErasureEntry, Head, PurchaseEntry
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind
from tillsight.sales.purchases import purchases_of
from tillsight.warehouse import customer_facts, product_facts, summaries
from tillsight.warehouse.ailments import (
    Ailment,
    HeldUp,
    ailment,
    check_batch,
    held_up,
    in_words,
    reading_batches,
    without_lost,
)
from tillsight.warehouse.anew import Counting, add_imports, note_files, steps_of, what_counts
from tillsight.warehouse.askers import asker
from tillsight.warehouse.erasures import follow_erasures
from tillsight.warehouse.fifths import COLUMNS, FIFTHS, MENTION, variable
from tillsight.warehouse.kept import KeptAnswers
from tillsight.warehouse.noted import NO_LIMIT, Noted
from tillsight.warehouse.progress import LaidOut, LayingOut
from tillsight.warehouse.purchases import Change, apply_purchases, grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUT = 8
"""Number of the layout in `tables.sql`; a file of another one is built anew."""
CATCH_UP_WAIT = 0.2
"""Seconds a question waits for newer sales before it is answered from those at hand."""
FIRST_WAIT = 10.0
"""Seconds it waits while nothing is laid out yet: an empty answer would be wrong."""
TOLD_AFTER = 1.0
"""Seconds after which who asks is told that and how far it is laid out, where that takes long."""
PREPARED_WITHIN = (2, 30)
"""Seconds after which whoever asked meanwhile may ask again, at the least and at the most."""
UNFINISHED = -1
"""Version of a file that is being filled from nothing: nobody is answered from it, and what a crash
leaves is not gone on with.
"""
PROMISED_WAIT = 5.0
"""Seconds a question waits for purchases that were acknowledged before it was asked."""
PROMISES_KEPT_AFTER = 2.0
"""Seconds after which they are laid out although nobody asked: many at once cost what one does."""
QUESTION_SECONDS = 30.0
"""Seconds a question may take before it is stopped."""
MEMORY_MB = 1000
"""Megabytes that the engine may hold; what does not fit goes to a folder beside its file."""
FOLD_IN_AFTER = 10.0
"""Seconds without new sales after which the write-ahead log is folded into the file."""
FOLD_IN_WITHIN = 60.0
"""Seconds after which it is folded in although sales keep coming: until then the engine holds in
memory what is in it.
"""
FOLD_IN_AGAIN_AFTER = 1.0
"""Seconds until the next try, where questions that are under way did not let it."""
FOLD_IN_ABOVE = 16 * 2**20
"""Bytes of write-ahead log that are worth folding into the file."""
ROOM_TO_FOLD_IN = 3
"""Times the log's own size that has to be free on the disk before it is folded in."""
LONGEST_LOG = "1 GB"
"""Write-ahead log at which the engine folds it in by itself, within the entry it is applying."""
WORTH_TELLING = 1_000_000
"""Lines from which on laying out takes so long that people are told how far it is."""
CHUNK_ROWS = 10_000
"""Rows held at a time where an answer is read on while it is sent."""

MOST_KEPT_ROWS = 200_000
"""Rows of all kept answers together, some hundred bytes each."""


def _leave(_duck: duckdb.DuckDBPyConnection, _entry: Entry, _folder: Path) -> None:
    """Values of KPIs are no sales: they are in the operational database."""


CHANGES = {
    FileKind.sales: (summaries.add_lines, summaries.remove_lines),
    FileKind.customers: (customer_facts.add_facts, customer_facts.forget_facts),
    FileKind.products: (product_facts.add_facts, product_facts.forget_facts),
    FileKind.kpi_values: (_leave, _leave),
}
"""By kind of file: what brings its rows in, and what takes them out."""

Answer = TypeVar("Answer")
RowsLoaded = Callable[[int, int], None]
"""Called while catching up with the rows loaded so far and those to load."""


class Snapshot:
    """The sales at one version, for as long as the question takes."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        kept: KeptAnswers,
        seconds: float,
        noted: Noted | None = None,
        ending: threading.Event | None = None,
    ) -> None:
        self._ending = ending or threading.Event()
        self.noted = noted or Noted(NO_LIMIT)
        self._cursor = cursor
        self._kept = kept
        self._deadline = time.monotonic() + seconds
        self._knows_fifths = False
        self.version = _state_of(cursor)[1]

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT; `values` fill its question marks.

        Raises:
            Unavailable: the question has taken longer than it may; the server goes on.
            Cancelled: whoever asked has left.
        """
        self._know_fifths(statement)
        with self.noted.statement(statement), self._in_time():
            return self._cursor.execute(statement, list(values)).fetchall()

    def columns(self, statement: str, values: Sequence[object] = ()) -> dict[str, "NDArray[Any]"]:
        """The columns of a SELECT as arrays, for millions of rows; none may hold a null.

        Raises:
            Unavailable: the question has taken longer than it may.
        """
        self._know_fifths(statement)
        with self.noted.statement(statement), self._in_time():
            return self._cursor.execute(statement, list(values)).fetchnumpy()

    def chunks(
        self, statement: str, values: Sequence[object] = (), size: int = CHUNK_ROWS
    ) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a SELECT, up to `size` at a time; nothing else may be asked meanwhile.

        The time a question may take ends with the first rows: whoever takes the others may be slow.

        Raises:
            Unavailable: the first rows have taken longer than they may.
        """
        self._know_fifths(statement)
        with self.noted.statement(statement), self._in_time():
            self._cursor.execute(statement, list(values))
            rows = self._cursor.fetchmany(size)
        self.noted.end()
        while rows:
            yield rows
            rows = self._cursor.fetchmany(size)

    def _know_fifths(self, statement: str) -> None:
        """Set the fifths of customers for a statement that mentions them."""
        if self._knows_fifths or MENTION not in statement:
            return
        [cuts] = self.once("fifths", lambda: self.rows(FIFTHS))
        for column, values in zip(COLUMNS, cuts, strict=True):
            self._cursor.execute(f"SET VARIABLE {variable(column)} = ?", [values])
        self._knows_fifths = True

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Interrupts what runs inside when the time of the question is over, or nobody waits."""
        waiting = asker.get()
        self._go_on()
        left = max(self._deadline - time.monotonic(), 0)
        alarm = threading.Timer(left, self._cursor.interrupt)
        alarm.daemon = True
        alarm.start()
        try:
            with waiting.waiting(self._cursor.interrupt):
                yield
        except duckdb.InterruptException:
            self._go_on()
            QUESTIONS_STOPPED.add("left" if waiting.has_left else "time")
            waiting.go_on()
            raise Unavailable(
                "The question took too long and was stopped. Narrow the period, filter, or group"
                " by less."
            ) from None
        finally:
            alarm.cancel()

    def _go_on(self) -> None:
        if self._ending.is_set():
            raise Ending

    def once(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer to `key` at this version: kept from an earlier asking, or that which another
        question is working out, else computed.
        """
        return self._kept.once(self.version, key, compute, self._deadline)


@dataclass
class _File:
    """An open warehouse file of one epoch, and how many questions are reading from it."""

    path: Path
    epoch: int
    journal: str
    duck: duckdb.DuckDBPyConnection
    readers: int = 0
    ailment: Ailment | None = None

    def discard(self) -> None:
        """Close and delete it; nobody must be reading, for closing it ends their cursors too."""
        self.duck.close()
        _delete(self.path)


class Warehouse:
    """This process's own copy of the sales, made for questions.

    DuckDB lets one process open a file, so each process takes the first free slot
    `<home>/warehouse/N/` and keeps it until `close`. The file in it belongs to an epoch; when the
    journal orders a rebuild, a new file is filled beside the old one, then takes its place.
    """

    def __init__(
        self,
        home: Path,
        database: Database,
        question_seconds: float = QUESTION_SECONDS,
        memory_mb: int = MEMORY_MB,
        slow_seconds: float = NO_LIMIT,
    ) -> None:
        """Raises SetupError if its file cannot be written, and NoSpace where the disk is full."""
        self._slow_seconds = slow_seconds
        self._database = database
        self._memory_mb = memory_mb
        self._question_seconds = question_seconds
        self._kept = KeptAnswers(MOST_KEPT_ROWS)
        self._batches = Folders(home).batches.resolve()
        self._slot, self._lock = _take_slot(home / "warehouse")
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="warehouse")
        self._catching_up: Future[None] | None = None
        self._folding_in: threading.Timer | None = None
        self._unfolded_since: float | None = None
        self._laying_out: LayingOut | None = None
        self._promised = 0
        self._keeping: threading.Timer | None = None
        self._reached = threading.Condition()
        self._ending = threading.Event()
        self._closing = threading.Event()
        self._asking: set[duckdb.DuckDBPyConnection] = set()
        self._applying: duckdb.DuckDBPyConnection | None = None
        self._starting = threading.Lock()
        self._switching = threading.Condition()
        head = self._head()
        try:
            self._file = self._open(head)
            _delete_other_epochs(self._slot, head.warehouse_epoch)
        except duckdb.Error as error:
            self._lock.release()
            refuse_full_disk(error)
            raise SetupError(
                "The warehouse's file cannot be written. The folder “warehouse” in the home folder"
                " has to belong to whoever runs Tillsight; it may be deleted at any time."
            ) from error
        except BaseException:
            self._lock.release()
            raise
        self._version = max(_state_of(self._file.duck)[1], 0)

    @contextmanager
    def snapshot(self, min_version: int = 0, wait: float = CATCH_UP_WAIT) -> Iterator[Snapshot]:
        """Everything that one question reads, from one version of the data.

        Waits up to `wait` seconds for the newest version, and for `min_version` at the least. A
        warehouse that holds nothing yet of a shop with sales is waited for longer.

        Raises:
            Unavailable: `min_version`, or any at all, was not reached in time; a file of the sales
                is not as it was; or the warehouse's own file got damaged, and is made anew.
            NoSpace: the disk has no room for what the question sorts.
        """
        noted = Noted(self._slow_seconds)
        failed = True
        try:
            with self._asked_at(noted, min_version, wait) as at:
                yield at
            failed = False
        finally:
            noted.end(failed=failed)

    @contextmanager
    def _asked_at(self, noted: Noted, min_version: int, wait: float) -> Iterator[Snapshot]:
        head = self._head_of_now(wait)  # what comes while it waits is not waited for as well
        if self._version == 0:
            wait = max(wait, TOLD_AFTER if self._takes_long() else FIRST_WAIT)
            min_version = max(min_version, min(head.version, 1))
        with suppress(NoSpace):  # what is at hand can still be asked
            if self._version < self._promised:
                self._keep_promise()
            self._catch_up_with(head, wait)
        noted.begins()
        with self._told(), self._cursor() as cursor:
            cursor.begin()
            at = Snapshot(cursor, self._kept, self._question_seconds, noted, self._ending)
            if at.version < min_version:
                raise self._not_yet()
            yield at

    def _takes_long(self) -> bool:
        """Whether so much is laid out from nothing that nobody should wait without a word."""
        now = self.laying_out
        return now is not None and now.whole >= WORTH_TELLING

    def _not_yet(self) -> Unavailable:
        """The refusal of a question that there is nothing to answer from, or nothing so new."""
        now = self.laying_out
        if now is None or not self.is_preparing:
            return Unavailable("The newest sales are still being laid out. Try again in a moment.")
        least, most = PREPARED_WITHIN
        left = most if now.seconds_left is None else now.seconds_left
        return Preparing(
            "The sales are being laid out for questions. None of them is lost; figures are here as"
            " soon as that is done.",
            retry_after=min(max(left, least), most),
            lines_done=now.done,
            lines=now.whole,
            seconds_left=now.seconds_left,
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What ails the file that answers is told as a refusal, and seen to."""
        file = self._file
        try:
            yield
        except duckdb.Error as error:
            told = in_words(error)
            if told is None:
                raise
            if ailment(error):
                self._note_ailment(file, error)
                self._start(None)
            raise told from None

    def promise(self, versions: Collection[int], wait: float) -> None:
        """Have every question from now on see the purchases of the journal with these `versions`.

        They are laid out when somebody asks, or soon. Where an import has to be laid out before
        them, which takes its time, no question is held up: this waits instead, for at most `wait`
        seconds.
        """
        version = max(versions)
        if self._has_imports_before(versions):
            self.catch_up(wait)
            return
        with self._starting:
            self._promised = max(self._promised, version)
            if self._keeping is None or not self._keeping.is_alive():
                self._keeping = threading.Timer(PROMISES_KEPT_AFTER, self._keep_promise_unasked)
                self._keeping.daemon = True
                self._keeping.start()

    def _has_imports_before(self, versions: Collection[int]) -> bool:
        """Whether an import has to be laid out before these purchases."""
        new = [one for one in versions if one > self._promised]
        if not new or len(set(new)) == max(new) - self._promised:
            return False  # all that came since the last promise is these
        with self._database.reading() as session:
            return journal.has_imports_after(session, self._version, max(new))

    def _keep_promise_unasked(self) -> None:
        with suppress(TillsightError, duckdb.Error, SQLAlchemyError):  # whoever asks next is told
            self._keep_promise()

    def _keep_promise(self) -> None:
        version, deadline = self._promised, time.monotonic() + PROMISED_WAIT
        with suppress(RuntimeError):  # the worker takes nothing more: the process ends
            while self._version < version and time.monotonic() < deadline:
                self._wait_for(version, self._start(None), deadline)
        if self._version < version:
            self._promised = 0  # one question was held up in vain, the others are not

    def _wait_for(self, version: int, catching_up: Future[None], deadline: float) -> None:
        """Wait for a version, or the end of the catching up, which may go on after it."""

        def tell(_ended: Future[None]) -> None:
            with self._reached:
                self._reached.notify_all()

        catching_up.add_done_callback(tell)
        with self._reached:
            self._reached.wait_for(
                lambda: self._version >= version or catching_up.done(),
                timeout=deadline - time.monotonic(),
            )
        if catching_up.done():
            catching_up.result()

    def catch_up(self, wait: float, on_rows: RowsLoaded | None = None) -> int:
        """Apply what is new in the journal, for at most `wait` seconds; returns the version.

        The work goes on in the background when the time is over.
        """
        self._catch_up_with(self._head_of_now(wait), wait, on_rows)
        return self._version

    def _catch_up_with(self, head: Head, wait: float, on_rows: RowsLoaded | None = None) -> None:
        deadline = time.monotonic() + wait
        while self._is_behind(head):
            left = deadline - time.monotonic()
            try:
                self._start(on_rows).result(timeout=max(left, 0))
            except TimeoutError:
                break

    def _head_of_now(self, wait: float) -> Head:
        """Where the journal stands. Where it is not the one that was laid out, as a backup was
        restored meanwhile, that one is let go of first, for at most `wait` seconds.
        """
        reached = self._version  # first: what is reached afterwards may be newer than the head
        head = self._head()
        if reached > head.version:
            with suppress(TimeoutError):
                self._start(None).result(timeout=wait)
        return head

    def stop_questions(self) -> None:
        """Have those under way refused, and all that come: the server is about to end."""
        self._ending.set()
        with self._switching:
            for cursor in self._asking:
                cursor.interrupt()

    def close(self) -> None:
        """Free the slot; sales that are being laid out are left to the next who opens it."""
        self._closing.set()
        with self._starting:
            if self._applying is not None:
                self._applying.interrupt()
        if self._folding_in:
            self._folding_in.cancel()
        if self._keeping:
            self._keeping.cancel()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._file.duck.close()
        self._lock.release()

    @property
    def version(self) -> int:
        """The last entry of the journal that questions see."""
        return self._version

    @property
    def is_preparing(self) -> bool:
        """Whether there is nothing yet to answer from, of a shop that may have sales, or what there
        was got damaged.
        """
        return self._version == 0 or self._file.ailment is not None

    @property
    def laying_out(self) -> LaidOut | None:
        """How far laying out from nothing is; none while that is not under way."""
        under_way = self._laying_out
        return None if under_way is None else under_way.now()

    def size(self) -> int:
        """Bytes on disk: the file that answers, and the log beside it."""
        files = (self._file.path, _log_of(self._file.path))
        return sum(one.stat().st_size for one in files if one.exists())

    def memory(self) -> int:
        """Bytes of memory that the engine holds now, at most `memory_mb`."""
        with self._cursor() as cursor:
            query = "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"
            [(held,)] = cursor.execute(query).fetchall()
        return int(held)

    def _head(self) -> Head:
        with self._database.reading() as session:
            return journal.head(session)

    def _is_behind(self, head: Head) -> bool:
        file = self._file
        return bool(file.ailment) or self._version < head.version or _belongs_elsewhere(file, head)

    def _start(self, on_rows: RowsLoaded | None) -> Future[None]:
        with self._starting:
            if self._catching_up is None or self._catching_up.done():
                self._catching_up = self._worker.submit(self._apply_new, on_rows)
                self._fold_in_log_later()
            return self._catching_up

    def _apply_new(self, on_rows: RowsLoaded | None) -> None:
        try:
            file = self._up_to_date(on_rows)
        except duckdb.Error as error:
            if self._closing.is_set():
                raise Ending from None
            told = in_words(error)
            log.error("sales cannot be laid out", error=type(error).__name__)
            if told is None:
                raise
            raise told from None
        except HeldUp as error:
            log.error("sales cannot be laid out: a file of them is not as it was", **error.details)
            raise
        if file is not self._file:
            self._swap(file)

    def _up_to_date(self, on_rows: RowsLoaded | None) -> _File:
        """The file that has all entries now: the one in use, or one to take its place."""
        file = self._file
        try:
            file, entries = self._found()
            while True:
                try:
                    self._apply_all(file, entries, on_rows)
                except (duckdb.IOException, HeldUp) as error:
                    # An erasure or a purge may have let go of files that these entries name.
                    failed = entries
                    file, entries = self._found()
                    if entries == failed:
                        raise self._lost(error) or error from None
                else:
                    return file
        except duckdb.Error as error:
            if ailment(error):
                self._note_ailment(file, error)
            raise

    def _found(self) -> tuple[_File, list[AnyEntry]]:
        """The file to bring up to date, and what it has not yet."""
        file = self._file_for(self._head())
        return file, self._entries_for(file)

    def _file_for(self, head: Head) -> _File:
        """Where new entries go: the file in use, or a new one beside it where that cannot be gone
        on with.
        """
        if self._file.ailment is Ailment.dead:
            self._open_again(head)
        file = self._file
        if file.ailment or _belongs_elsewhere(file, head):
            return self._open(head, file.path)
        goes_on = 0 <= _state_of(file.duck)[1] <= head.version
        return file if goes_on else self._open(head, file.path)

    def _open_again(self, head: Head) -> None:
        """Go on with the file of an engine that has stopped: mostly nothing is wrong with it."""
        with self._switching:
            dead = self._file
            # Every statement ends at once, so that nobody reads for long.
            self._switching.wait_for(lambda: dead.readers == 0, self._question_seconds)
            dead.duck.close()
            self._file = self._open(head)
            self._version = max(_state_of(self._file.duck)[1], 0)
        log.warning("the warehouse file was opened again", version=self._version)

    def _note_ailment(self, file: _File, error: duckdb.Error) -> None:
        found = ailment(error)
        with self._switching:
            news = file.ailment is not found and file.ailment is not Ailment.dead
            if news:
                file.ailment = found
        if news and found:
            log.error(f"the warehouse is ill: {found.value}", error=type(error).__name__)

    def _lost(self, error: Exception) -> HeldUp | None:
        """The refusal that names the import whose file an error is about, if it is about one."""
        with self._database.reading() as session:
            files = files_of_imports(session)
        named = (one.id for one in files if any(name in str(error) for name in one.names))
        found = next(named, None)
        return None if found is None else held_up(found)

    def _entries_for(self, file: _File) -> list[AnyEntry]:
        """What this file has not yet."""
        with self._database.reading() as session:
            entries = journal.entries_after(session, _state_of(file.duck)[1])
        return without_lost(entries, self._batches)

    def _apply_all(
        self, file: _File, entries: Sequence[AnyEntry], on_rows: RowsLoaded | None
    ) -> None:
        if entries and _state_of(file.duck)[1] == 0:
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
            if file is self._file:
                with self._reached:
                    self._version = together[-1].version
                    self._reached.notify_all()

    def _lay_out(
        self, file: _File, entries: Sequence[AnyEntry], on_rows: RowsLoaded | None
    ) -> None:
        """Fill an empty file with what counts after these entries; until the end nobody is
        answered from it.
        """
        counting = what_counts(entries)
        at = self._laying_out = LayingOut(counting.lines)
        begun = time.monotonic()
        if counting.lines >= WORTH_TELLING:
            log.info("laying out", lines=0, of=counting.lines, imports=len(counting.sales))
        # Rows in any order are written at once by all threads; questions say theirs.
        file.duck.execute("SET preserve_insertion_order = false")
        try:
            with reading_batches(counting.imports, self._batches):
                self._lay_out_steps(file, counting, at, on_rows)
            self._note_whole(file, entries[-1])
        finally:
            self._laying_out = None
            file.duck.execute("SET preserve_insertion_order = true")
        if counting.lines >= WORTH_TELLING:
            seconds = round(time.monotonic() - begun, 1)
            log.info("laid out", lines=counting.lines, seconds=seconds)

    def _lay_out_steps(
        self, file: _File, counting: Counting, at: LayingOut, on_rows: RowsLoaded | None
    ) -> None:
        with self._step(file, at, 0) as cursor:
            note_files(cursor, counting, self._batches)
        for step in steps_of(counting):
            self._lay_out_step(file, step, at)
            if on_rows:
                now = at.now()
                on_rows(now.done, now.whole)

    def _lay_out_step(
        self, file: _File, step: Sequence[Entry] | Sequence[PurchaseEntry], at: LayingOut
    ) -> None:
        imports = [one for one in step if isinstance(one, Entry)]
        purchases = [one for one in step if isinstance(one, PurchaseEntry)]
        with self._step(file, at, sum(one.rows for one in step)) as cursor:
            if imports:
                add_imports(cursor, imports, self._batches, at)
            else:
                with self._database.reading() as session:
                    stored = purchases_of(session, purchases)
                apply_purchases(cursor, purchases, stored)

    @contextmanager
    def _step(self, file: _File, at: LayingOut, lines: int) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction that lays out so many lines; after it the file is known as unfinished."""
        with self._writing(file) as cursor:
            try:
                at.begin(cursor, lines)
                yield cursor
                cursor.execute("UPDATE state SET version = ?", [UNFINISHED])
            finally:
                at.end()

    @contextmanager
    def _writing(self, file: _File) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction of a file, which closing the warehouse interrupts."""
        with self._starting:
            if self._closing.is_set():
                raise Ending
            cursor = self._applying = file.duck.cursor()
        try:
            cursor.begin()
            yield cursor
            cursor.commit()
        finally:
            with self._starting:
                self._applying = None
            cursor.close()

    def _note_whole(self, file: _File, last: AnyEntry) -> None:
        """What was laid out up to an entry is whole, and is answered from now on."""
        state = [last.version, last.at.replace(tzinfo=None)]
        file.duck.execute("UPDATE state SET version = ?, entered_at = ?", state)
        if file is self._file:
            with self._reached:
                self._version = last.version
                self._reached.notify_all()

    def _follow_erasures(self, file: _File) -> None:
        """Have a file say what the batches say, which may be ahead of the entries applied to it."""
        with self._database.reading() as session:
            files = files_of_imports(session)
            purchases = pseudonymous_purchases(session)
        with self._writing(file) as cursor:
            follow_erasures(cursor, files, purchases, self._batches)
        self._kept.forget()

    def _fold_in_log_later(self) -> None:
        """Fold the log in once no sales have come for a while: they would have to wait for it. In
        a shop where they never cease it is folded in amid them.
        """
        if self._folding_in:
            self._folding_in.cancel()
        now = time.monotonic()
        if self._unfolded_since is None:
            self._unfolded_since = now
        left = max(self._unfolded_since + FOLD_IN_WITHIN - now, 0)
        self._folding_in = threading.Timer(min(FOLD_IN_AFTER, left), self._fold_in_log)
        self._folding_in.daemon = True
        self._folding_in.start()

    def _fold_in_log(self) -> None:
        with suppress(RuntimeError):  # the worker takes nothing more: closing folds it in as well
            self._worker.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        try:
            log_bytes = _log_of(self._file.path).stat().st_size
            # The engine stops for good where the disk gets full meanwhile.
            has_room = shutil.disk_usage(self._slot).free > ROOM_TO_FOLD_IN * log_bytes
            if log_bytes > FOLD_IN_ABOVE and has_room:
                self._file.duck.execute("CHECKPOINT")
        except FileNotFoundError:
            pass
        except duckdb.TransactionException:  # somebody reads what was there before the last entry
            self._fold_in_log_again()
            return
        self._unfolded_since = None

    def _fold_in_log_again(self) -> None:
        with self._starting:
            if self._folding_in:
                self._folding_in.cancel()
            self._folding_in = threading.Timer(FOLD_IN_AGAIN_AFTER, self._fold_in_log)
            self._folding_in.daemon = True
            self._folding_in.start()

    def _apply(self, file: _File, change: Change) -> None:
        """Apply a change and note its version, in one transaction: a crash heals by going on.

        What was purged came and went: its files are not needed. Erasures are followed before.
        """
        last = change[-1] if isinstance(change, list) else change
        with self._writing(file) as cursor:
            if isinstance(change, list):
                with self._database.reading() as session:
                    stored = purchases_of(session, change)
                apply_purchases(cursor, change, stored)
            elif isinstance(change, Entry) and (change.batch or change.kind is EntryKind.undo):
                self._apply_import(cursor, change)
            state = [last.version, last.at.replace(tzinfo=None)]
            cursor.execute("UPDATE state SET version = ?, entered_at = ?", state)
        log.debug("warehouse caught up", version=last.version)

    def _apply_import(self, cursor: duckdb.DuckDBPyConnection, change: Entry) -> None:
        add, take_out = CHANGES[FileKind(change.file_kind)]
        apply = take_out if change.kind is EntryKind.undo else add
        with reading_batches([change], self._batches):
            if apply not in {take_out, _leave}:
                check_batch(cursor, change, self._batches)
            apply(cursor, change, self._batches)

    def _swap(self, file: _File) -> None:
        with self._switching:
            old, self._file = self._file, file
            self._kept = KeptAnswers(MOST_KEPT_ROWS)  # a version of another journal is another
            self._version = _state_of(file.duck)[1]
            if old.readers == 0:
                old.discard()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the file in use; a result holds on to it, so each question has its own.

        The last question to leave a file that a rebuild has replaced clears it away.
        """
        with self._switching:
            file = self._file
            file.readers += 1
            cursor = file.duck.cursor()
            self._asking.add(cursor)
        try:
            yield cursor
        finally:
            with self._switching:
                self._asking.discard(cursor)
            cursor.close()
            with self._switching:
                file.readers -= 1
                self._switching.notify_all()
                if file is not self._file and file.readers == 0:
                    file.discard()

    def _open(self, head: Head, in_use: Path | None = None) -> _File:
        """Open the slot's file of the head's epoch, but not the one in use; what does not belong to
        it is deleted.
        """
        epoch = head.warehouse_epoch
        for path in self._slot.glob("epoch-*.duckdb"):
            if path != in_use and _epoch_of(path) == str(epoch):
                if duck := self._opened_if_usable(path, head):
                    return _File(path, epoch, head.journal, duck)
                _delete(path)
        path = self._slot / f"epoch-{epoch}.duckdb"
        if path == in_use:
            path = path.with_stem(f"epoch-{epoch}-{uuid4().hex[:8]}")
        duck = self._connect(path)
        duck.execute(files("tillsight.warehouse").joinpath("tables.sql").read_text("utf-8"))
        duck.execute("INSERT INTO state VALUES (?, 0, NULL, ?)", [head.journal, LAYOUT])
        return _File(path, epoch, head.journal, duck)

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
        folder = str(self._batches).replace("'", "''")
        duck.execute(f"SET allowed_directories = ['{folder}']")
        duck.execute("SET enable_external_access = false")
        return duck


def _refuse_newer(layout: int) -> None:
    """A file of a newer release is left as it is: its home is that release's."""
    if layout > LAYOUT:
        raise SetupError(
            f"The warehouse was laid out by a newer Tillsight (layout {layout}; this one knows"
            f" {LAYOUT}). Nothing was changed. Start the newer release again; or, to go back to"
            " this one, restore the backup that was made before the upgrade (docs/operating.md,"
            " “Upgrade and downgrade”)."
        )


def _take_slot(folder: Path) -> tuple[Path, FileLock]:
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


def _delete_other_epochs(slot: Path, epoch: int) -> None:
    for path in slot.glob("epoch-*.duckdb"):
        if _epoch_of(path) != str(epoch):
            _delete(path)


def _epoch_of(path: Path) -> str:
    """The epoch in a file's name: epoch-3.duckdb, or epoch-3-1f0a.duckdb of one started over."""
    return path.stem.split("-")[1]


def _belongs_elsewhere(file: _File, head: Head) -> bool:
    return (file.epoch, file.journal) != (head.warehouse_epoch, head.journal)


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
