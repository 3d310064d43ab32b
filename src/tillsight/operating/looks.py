"""Looks at something that may not answer: a disk, a database that is away."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Looks(Generic[Found]):
    """What `look` gives, looked at anew when it is older than `every` seconds.

    However many ask, one thread looks; while it hangs, nobody is hung with it.
    """

    def __init__(self, look: Callable[[], Found], every: float) -> None:
        self._look = look
        self._every = every
        self._lock = threading.Lock()
        self._under_way: Future[Found] | None = None
        self._ended = 0.0

    def begin(self) -> "Future[Found]":
        """The look that is under way, or was just done; its exception is that of `look`."""
        with self._lock:
            if self._under_way is None or (
                self._under_way.done() and time.monotonic() - self._ended >= self._every
            ):
                self._under_way = Future()
                args = (self._under_way,)
                threading.Thread(target=self._run, args=args, name="look", daemon=True).start()
            return self._under_way

    def _run(self, found: "Future[Found]") -> None:
        try:
            outcome = self._look()
        except BaseException as error:  # noqa: BLE001  (whoever waits has to hear of it)
            self._ended = time.monotonic()
            found.set_exception(error)
        else:
            self._ended = time.monotonic()
            found.set_result(outcome)
