"""One process's warehouse: its doors, and how long who comes there waits for newer sales."""

import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from sqlalchemy.exc import SQLAlchemyError

from tillsight import data_version
from tillsight.database import Database
from tillsight.errors import JournalAway, NoSpace, Preparing, TillsightError, Unavailable
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.folders import Folders
from tillsight.sales.journal import Head
from tillsight.warehouse.ailments import ailment, in_words
from tillsight.warehouse.catching_up import CatchingUp
from tillsight.warehouse.folding_in import FoldingIn
from tillsight.warehouse.in_use import InUse
from tillsight.warehouse.noted import NO_LIMIT, Noted
from tillsight.warehouse.progress import LaidOut
from tillsight.warehouse.slot import Slot
from tillsight.warehouse.snapshot import Snapshot
from tillsight.warehouse.writing import RowsLoaded, Writer

CATCH_UP_WAIT = 0.2
"""Seconds a question waits for newer sales before it is answered from those at hand."""
FIRST_WAIT = 10.0
"""Seconds it waits while nothing is laid out yet: an empty answer would be wrong."""
TOLD_AFTER = 1.0
"""Seconds after which who asks is told that and how far it is laid out, where that takes long."""
PREPARED_WITHIN = (2, 30)
"""Seconds after which whoever asked meanwhile may ask again, at the least and at the most."""
MOST_WAITING = 20
"""Questions that wait for long at the same time for what their askers saw elsewhere: half of the
threads that requests share. Others wait as for promises, so that whoever saw nothing is answered.
"""
PROMISED_WAIT = 5.0
"""Seconds a question waits for purchases that were acknowledged before it was asked."""
PROMISES_KEPT_AFTER = 2.0
"""Seconds after which they are laid out although nobody asked: many at once cost what one does."""
QUESTION_SECONDS = 30.0
"""Seconds a question may take before it is stopped."""
MEMORY_MB = 1000
"""Megabytes that the engine may hold; what does not fit goes to a folder beside its file."""


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
        folders: Folders | None = None,
    ) -> None:
        """The files of the sales are those of `folders`, or lie in the home, too.

        Raises SetupError if its file cannot be written, and NoSpace where the disk is full.
        """
        folders = folders or Folders(home)
        self._slow_seconds = slow_seconds
        self._question_seconds = question_seconds
        self._database = database
        read = [folders.batches.resolve(), folders.summaries.resolve()]
        self._slot = Slot(home / "warehouse", read, database, memory_mb)
        self._in_use = InUse(self._slot.begin(self._head()), question_seconds)
        self._writer = Writer(database, folders, self._in_use.reached)
        self._catching_up = CatchingUp(database, folders, self._slot, self._in_use, self._writer)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="warehouse")
        self._folding_in = FoldingIn(self._in_use, self._worker)
        self._under_way: Future[None] | None = None
        self._promised = 0
        self._seats = threading.BoundedSemaphore(MOST_WAITING)
        self._keeping: threading.Timer | None = None
        self._starting = threading.Lock()
        self._ending = threading.Event()

    @contextmanager
    def snapshot(self, min_version: int = 0, wait: float = CATCH_UP_WAIT) -> Iterator[Snapshot]:
        """Everything that one question reads, from one version of the data.

        Waits up to `wait` seconds for the newest version, and refuses what has not `min_version`.
        What whoever asks has seen of the data elsewhere it has to have as well: for that it waits
        as long as a question may take. A warehouse that holds nothing yet of a shop with sales is
        waited for longer.

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
        if self.version == 0:
            now = self.laying_out
            wait = max(wait, TOLD_AFTER if now and now.takes_long else FIRST_WAIT)
            min_version = max(min_version, min(head.version, 1))
        min_version = max(min_version, data_version.seen(head.journal, head.version))
        hindered: TillsightError | None = None
        try:
            if self.version < self._promised:
                self._keep_promise()
            self._catch_up_with(head, wait)
            self._reach_seen(head)
        except (NoSpace, JournalAway) as error:  # what is at hand can still be asked
            hindered = error
        noted.begins()
        with self._told(), self._in_use.reading() as (file, cursor):
            cursor.begin()
            at = Snapshot(cursor, file.kept, self._question_seconds, noted, self._ending)
            if at.version < min_version:
                raise hindered or self.not_yet()
            data_version.tell(at.version)
            yield at

    def _reach_seen(self, head: Head) -> None:
        """Wait for what whoever asks has seen of the data elsewhere."""
        seen, now = data_version.seen(head.journal, head.version), self.laying_out
        if self.version >= seen or (self.version == 0 and now and now.takes_long):
            return
        has_seat = self._seats.acquire(blocking=False)
        patience = self._question_seconds if has_seat else PROMISED_WAIT
        try:
            self._reach(seen, time.monotonic() + min(patience, self._question_seconds))
        finally:
            if has_seat:
                self._seats.release()

    def not_yet(self) -> Unavailable:
        """The refusal of whom there is nothing to answer from, or nothing so new as they need."""
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
        file = self._in_use.file
        try:
            yield
        except duckdb.Error as error:
            told = in_words(error)
            if told is None:
                raise
            if ailment(error):
                self._in_use.note_ailment(file, error)
                self._start()
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
            return journal.has_imports_after(session, self.version, max(new))

    def _keep_promise_unasked(self) -> None:
        with suppress(TillsightError, duckdb.Error, SQLAlchemyError):  # whoever asks next is told
            self._keep_promise()

    def _keep_promise(self) -> None:
        version = self._promised
        self._reach(version, time.monotonic() + PROMISED_WAIT)
        if self.version < version:
            self._promised = 0  # one question was held up in vain, the others are not

    def _reach(self, version: int, deadline: float) -> None:
        """Have a version of the journal laid out, if that can be done until the deadline."""
        with suppress(RuntimeError):  # the worker takes nothing more: the process ends
            while self.version < version and time.monotonic() < deadline:
                self._in_use.wait_for(version, self._start(), deadline)

    def catch_up(self, wait: float, on_rows: RowsLoaded | None = None) -> int:
        """Apply what is new in the journal, for at most `wait` seconds; returns the version.

        The work goes on in the background when the time is over. What whoever asks has seen of the
        data elsewhere is waited for longer, as for a question.
        """
        head = self._head_of_now(wait)
        self._catch_up_with(head, wait, on_rows)
        self._reach_seen(head)
        data_version.tell(self.version)
        return self.version

    def reachable(self, version: int) -> int:
        """The last entry of the journal, up to `version`, that questions are answered from if it is
        waited for.
        """
        return version

    def show_soon(self, wait: float) -> None:
        """Have questions see what was committed just now, within `wait` seconds if that can be.

        It counts already: whatever hinders its being seen does not fail whoever wrote it.
        """
        try:
            self.catch_up(wait)
        except Exception as error:  # noqa: BLE001
            log.warning("written, but not laid out yet", error=type(error).__name__)

    def _catch_up_with(self, head: Head, wait: float, on_rows: RowsLoaded | None = None) -> None:
        deadline = time.monotonic() + wait
        while self._in_use.is_behind(head):
            left = deadline - time.monotonic()
            try:
                self._start(on_rows).result(timeout=max(left, 0))
            except TimeoutError:
                break

    def _head_of_now(self, wait: float) -> Head:
        """Where the journal stands. Where it is not the one that was laid out, as a backup was
        restored meanwhile, that one is let go of first, for at most `wait` seconds.
        """
        reached = self.version  # first: what is reached afterwards may be newer than the head
        head = self._head()
        if reached > head.version:
            with suppress(TimeoutError):
                self._start().result(timeout=wait)
        return head

    def stop_questions(self) -> None:
        """Have those under way refused, and all that come: the server is about to end."""
        self._ending.set()
        self._in_use.interrupt()

    def close(self) -> None:
        """Free the slot; sales that are being laid out are left to the next who opens it."""
        self._writer.stop()
        self._folding_in.stop()
        if self._keeping:
            self._keeping.cancel()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._in_use.file.duck.close()
        self._slot.release()

    @property
    def version(self) -> int:
        """The last entry of the journal that questions see."""
        return self._in_use.version

    @property
    def journal(self) -> str:
        """The name of the journal that is laid out."""
        return self._in_use.file.journal

    @property
    def is_preparing(self) -> bool:
        """Whether there is nothing yet to answer from, of a shop that may have sales, or what there
        was got damaged.
        """
        return self.version == 0 or self._in_use.file.ailment is not None

    @property
    def laying_out(self) -> LaidOut | None:
        """How far laying out from nothing is; none while that is not under way."""
        return self._writer.laying_out

    def size(self) -> int:
        """Bytes on disk: the file that answers, and the log beside it."""
        file = self._in_use.file
        return sum(one.stat().st_size for one in (file.path, file.log) if one.exists())

    def memory(self) -> int:
        """Bytes of memory that the engine holds now, at most `memory_mb`."""
        with self._in_use.reading() as (_, cursor):
            query = "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"
            [(held,)] = cursor.execute(query).fetchall()
        return int(held)

    def _head(self) -> Head:
        with self._database.reading() as session:
            return journal.head(session)

    def _start(self, on_rows: RowsLoaded | None = None) -> Future[None]:
        """Catch up in the background, unless that is under way already."""
        with self._starting:
            if self._under_way is None or self._under_way.done():
                self._under_way = self._worker.submit(self._catching_up.apply_new, on_rows)
                self._folding_in.later()
            return self._under_way
