"""How a server ends: within a set time, whatever it is at.

What is acknowledged is on disk before it is, and what is not done is taken up by the next server or
undone by the database. So a process that is out of time may simply go.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable

from tillsight.logs import log

FOR_REQUESTS = 0.5
"""Share of the time in which requests under way can get their answers."""
FOR_REFUSALS = 1.0
"""Seconds before that ends at which questions are stopped, so that their askers can be told."""


class Stopping:
    """Counts the time from the moment a server is told to stop; any thread may tell it."""

    def __init__(self, seconds: float) -> None:
        self.requests_seconds = seconds * FOR_REQUESTS
        self._seconds = seconds
        self._until = 0.0
        self._at_once: list[Callable[[], object]] = []
        self._late: list[Callable[[], object]] = []
        self._ended = threading.Event()
        self._left = threading.Event()
        self._watch = threading.Thread(target=self._go_on, name="stopping", daemon=True)

    @property
    def has_begun(self) -> bool:
        """Whether the server was told to stop."""
        return bool(self._until)

    def first(self, end: Callable[[], object]) -> None:
        """Have `end` called as soon as the server is told to stop; requests still wait for it."""
        self._at_once.append(end)

    def before_requests_end(self, end: Callable[[], object]) -> None:
        """Have `end` called when requests still wait shortly before their time is over."""
        self._late.append(end)

    def begin(self) -> None:
        """The server is told to stop. From a signal handler: nothing here waits or locks."""
        if not self._until:
            self._until = time.monotonic() + self._seconds
            self._watch.start()

    def end(self) -> None:
        """Everything has ended by itself, but for threads that the process may still wait for."""
        self._ended.set()
        log.info("stopped")
        atexit.register(self._let_go)

    def _let_go(self) -> None:
        """Every thread that had to be waited for has ended.

        A thread that is still there when Python ends keeps modules alive, of which that of DuckDB
        complains on standard error, in forty lines.
        """
        self._left.set()
        if self.has_begun:
            self._watch.join()

    def _go_on(self) -> None:
        log.info("stopping", within_seconds=self._seconds)
        for end in self._at_once:
            threading.Thread(target=end, daemon=True).start()
        requests_end = self._until - self._seconds + self.requests_seconds
        self._ended.wait(requests_end - FOR_REFUSALS - time.monotonic())
        for end in self._late:
            end()
        if not self._ended.wait(self._until - time.monotonic()):
            log.warning("stopped in time, with work left: the next start goes on with it")
        if not self._left.wait(self._until - time.monotonic()):
            os._exit(0)
