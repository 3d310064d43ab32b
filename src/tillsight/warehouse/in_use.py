"""The file that a warehouse answers from: who reads it, how far it is, what takes its place."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import duckdb

from tillsight.errors import Ending
from tillsight.logs import log
from tillsight.sales.journal import Head
from tillsight.warehouse.ailments import Ailment, ailment
from tillsight.warehouse.askers import asker
from tillsight.warehouse.slot import File


class InUse:
    """The file in use; while another takes its place, questions under way keep theirs."""

    def __init__(self, file: File, question_seconds: float) -> None:
        """Nobody reads a file for longer than `question_seconds`."""
        self._file = file
        self._version = max(file.version(), 0)
        self._question_seconds = question_seconds
        self._asking: set[duckdb.DuckDBPyConnection] = set()
        self._changing = threading.Condition()
        self._reached = threading.Condition()
        self._over = False

    @property
    def file(self) -> File:
        """The one that the next question reads."""
        return self._file

    @property
    def version(self) -> int:
        """The last entry of the journal that questions see; 0 while there is nothing to see."""
        return self._version

    def is_behind(self, head: Head) -> bool:
        """Whether something is to be done before it says what the journal says."""
        file = self._file
        return bool(file.ailment) or self._version < head.version or not file.belongs_to(head)

    @contextmanager
    def reading(self) -> Iterator[tuple[File, duckdb.DuckDBPyConnection]]:
        """The file, and a cursor of it; a result holds on to it, so each question has its own.

        The last question to leave a file that a rebuild has replaced clears it away.
        """
        with self._changing:
            file = self._file
            cursor = file.duck.cursor()
            file.readers += 1
            self._asking.add(cursor)
        try:
            yield file, cursor
        finally:
            with self._changing:
                self._asking.discard(cursor)
            cursor.close()
            with self._changing:
                file.readers -= 1
                self._changing.notify_all()
                if file is not self._file and file.readers == 0:
                    file.discard()

    def interrupt(self) -> None:
        """Stop the statements of all questions under way, and let none wait any more."""
        self._over = True
        self._wake()
        with self._changing:
            for cursor in self._asking:
                cursor.interrupt()

    def replace_by(self, file: File) -> None:
        """Have questions from now on read this file, which may be the one they read already."""
        if file is self._file:
            return
        with self._changing:
            old, self._file = self._file, file
            self._version = file.version()
            if old.readers == 0:
                old.discard()

    def replace_dead(self, open_again: Callable[[], File]) -> None:
        """Go on with the file of an engine that has stopped: mostly nothing is wrong with it."""
        with self._changing:
            dead = self._file
            # Every statement ends at once, so that nobody reads for long.
            self._changing.wait_for(lambda: dead.readers == 0, self._question_seconds)
            dead.duck.close()
            self._file = open_again()
            self._version = max(self._file.version(), 0)
        log.warning("the warehouse file was opened again", version=self._version)

    def note_ailment(self, file: File, error: duckdb.Error) -> None:
        """Note what an error says of a file; that its engine is dead outweighs all else."""
        found = ailment(error)
        with self._changing:
            news = file.ailment is not found and file.ailment is not Ailment.dead
            if news:
                file.ailment = found
        if news and found:
            log.error(f"the warehouse is ill: {found.value}", error=type(error).__name__)

    def reached(self, file: File, version: int) -> None:
        """A file says all up to this version; if it is the one in use, questions see that."""
        if file is self._file:
            with self._reached:
                self._version = version
                self._reached.notify_all()

    def _wake(self) -> None:
        with self._reached:
            self._reached.notify_all()

    def wait_for(self, version: int, catching_up: Future[None], deadline: float) -> None:
        """Wait for a version, or the end of the catching up, which may go on after it; until
        `deadline` (of `time.monotonic`) at the most.

        Raises:
            Cancelled: whoever asked has left.
            Ending: so will the process.
        """
        waiting = asker.get()

        def is_over() -> bool:
            there = self._version >= version or catching_up.done()
            return there or waiting.has_left or self._over

        catching_up.add_done_callback(lambda _ended: self._wake())
        with waiting.waiting(self._wake), self._reached:
            self._reached.wait_for(is_over, timeout=deadline - time.monotonic())
        waiting.go_on()
        if self._over:
            raise Ending
        if catching_up.done():
            catching_up.result()
