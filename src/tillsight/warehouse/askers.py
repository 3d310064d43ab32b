"""Who waits for a question: once they have left, no statement of it goes on for nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from tillsight.errors import Cancelled

STOPPED = "The question was stopped before it was answered. Ask it again when you like."


class Asker:
    """Whoever waits for what is asked in one request. Any thread may tell that they left."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work: list[Callable[[], None]] = []
        self.has_left = False

    def leave(self) -> None:
        """Interrupt what is under way for them, and let nothing more begin.

        An interrupt that comes just before a statement begins is lost, so whoever calls this does
        so again until the request has ended.
        """
        self.has_left = True
        with self._lock:
            for interrupt in self._at_work:
                interrupt()

    @contextmanager
    def waiting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Have `interrupt` called if they leave while this is entered.

        Raises:
            Cancelled: they have left already.
        """
        self.go_on()
        with self._lock:
            self._at_work.append(interrupt)
        try:
            yield
        finally:
            with self._lock:
                self._at_work.remove(interrupt)

    def go_on(self) -> None:
        """Do nothing for as long as somebody waits.

        Raises:
            Cancelled: nobody does any more.
        """
        if self.has_left:
            raise Cancelled(STOPPED)


asker: ContextVar[Asker] = ContextVar("asker", default=Asker())  # noqa: B039  (never leaves)
"""Whoever waits for what runs here; where nobody said, somebody who never leaves."""
