"""A load under way, as those see it who wait for it, and stopped by those who want that."""

from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Lock

import duckdb

from tillsight.errors import Cancelled
from tillsight.sales.unpack import Progress, silent

WAS_CANCELLED = "The import was cancelled. Nothing of it was loaded."


class Step(StrEnum):
    """What an import is at; `progress` counts bytes while reading, rows after that."""

    waiting = "waiting"
    reading = "reading"
    checking = "checking"
    writing = "writing"
    laying_out = "laying_out"


@dataclass(frozen=True)
class Progressed:
    """What is done of a step, and its whole (0: not known)."""

    step: str
    done: int
    whole: int


class LeftUndone(Exception):
    """The process ends; the work is to be taken up again by another."""


class Watch:
    """What one thread does and others look at. Called as progress by the one that works.

    Statements of an engine that is followed count too: how far they are is asked of the engine,
    and a stop interrupts them. `told` is called with all that the work says.
    """

    def __init__(self, told: Progress = silent) -> None:
        self._told = told
        self._at = Progressed(Step.waiting, 0, 0)
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._engine_lock = Lock()
        self._cancelled = Event()
        self._left = Event()

    def __call__(self, step: str, done: int, whole: int) -> None:
        """Say what is done of a step.

        Raises:
            Cancelled, LeftUndone: the work is to stop here.
        """
        self.go_on()
        self._at = Progressed(step.lower(), done, whole)
        self._told(step.lower(), done, whole)

    def go_on(self) -> None:
        """Say nothing, and stop here if that is wanted.

        Raises:
            Cancelled, LeftUndone: it is.
        """
        if self._left.is_set():
            raise LeftUndone
        if self._cancelled.is_set():
            raise Cancelled(WAS_CANCELLED)

    def follow(self, engine: duckdb.DuckDBPyConnection) -> None:
        """Look at the statements of `engine`, until `unfollow`."""
        engine.execute("SET enable_progress_bar = true")  # or it does not count
        engine.execute("SET enable_progress_bar_print = false")
        with self._engine_lock:
            self._engine = engine

    def unfollow(self) -> None:
        """Leave the engine alone: it is about to be closed."""
        with self._engine_lock:
            self._engine = None

    def lay_out(self) -> None:
        """It is loaded, and cannot be stopped any more; questions are to see it."""
        self._at = Progressed(Step.laying_out, 0, 0)

    def laid_out(self, done: int, whole: int) -> None:
        """So many rows of so many are laid out for questions."""
        if done:  # of a single import nothing is told before all of it is
            self._at = Progressed(Step.laying_out, done, whole)

    def progress(self) -> Progressed:
        """What is done by now."""
        at = self._at
        with self._engine_lock:
            if self._engine is None or at.whole == 0 or at.step == Step.reading:
                return at
            try:
                percent = self._engine.query_progress()
            except duckdb.Error:
                return at
        return Progressed(at.step, max(at.done, int(at.whole * percent / 100)), at.whole)

    @property
    def is_loaded(self) -> bool:
        """Whether it is too late to stop it."""
        return self._at.step == Step.laying_out

    def cancel(self) -> None:
        """Have it stop for good, soon. May be called again until it has."""
        self._cancelled.set()
        self._interrupt()

    def leave(self) -> None:
        """Have it stop, for another to take up. May be called again until it has."""
        self._left.set()
        self._interrupt()

    def _interrupt(self) -> None:
        with self._engine_lock:
            if self._engine is not None:
                self._engine.interrupt()
