"""Fits that take long: worked out by a process of their own, one at a time, and kept.

Large libraries stay out of the server that way, and no other answer waits for them. The process is
started when it is first needed, and ends when nothing was asked for a while.
"""

import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any, TypeVar
from weakref import finalize

from tillsight.errors import InvalidInput, TillsightError, Unavailable
from tillsight.logs import log

WAIT = 8.0
"""Seconds a request waits for a fit before it is told to come back."""
RETRY_AFTER = 5
MOST_WAITING = 8
"""Requests that wait at the same time, a thread each; others are told to come back at once."""
MOST_QUEUED = 20
MOST_KEPT = 200
MOST_SECONDS = 300.0
"""Seconds a fit may take before it is given up."""
IDLE_SECONDS = 120.0
"""Seconds without a fit after which the process ends, and its memory is free."""

Result = TypeVar("Result")


class Fits:
    """Results by their key: kept, being worked out, or waiting for their turn."""

    def __init__(self, wait: float = WAIT) -> None:
        self._wait = wait
        self._worker = _Worker()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fits")
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._seats = threading.BoundedSemaphore(MOST_WAITING)

    def ask(self, key: Hashable, function: Callable[..., Result], *arguments: object) -> Result:
        """What `function` gives, a function of a module: the same `key` is worked out once.

        Raises:
            Unavailable: it is still being worked out, or too much is; ask again.
            InvalidInput: it cannot be worked out.
        """
        future = self._started(key, function, arguments)
        try:
            return self._waited_for(future)  # type: ignore[no-any-return]
        except (TimeoutError, CancelledError):
            raise Unavailable(
                "The forecast is still being worked out. Ask again in a few seconds.",
                retry_after=RETRY_AFTER,
            ) from None
        except TillsightError:
            with self._lock:
                self._results.pop(key, None)  # asked again, it is tried again
            raise

    @property
    def is_running(self) -> bool:
        """Whether there is a process at the moment."""
        return self._worker.is_running

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._worker.end()
        self._thread.shutdown()

    def _started(
        self, key: Hashable, function: Callable[..., object], arguments: tuple[object, ...]
    ) -> Future[Any]:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            done = [key for key, future in self._results.items() if future.done()]
            if len(self._results) - len(done) >= MOST_QUEUED:
                raise Unavailable(
                    "Many forecasts are being worked out. Ask again in a minute.",
                    retry_after=60,
                )
            if len(self._results) >= MOST_KEPT and done:
                del self._results[done[0]]
            self._results[key] = self._thread.submit(self._worker.run, function, arguments)
            return self._results[key]

    def _waited_for(self, future: Future[Result]) -> Result:
        if future.done() or not self._seats.acquire(blocking=False):
            return future.result(0)
        try:
            return future.result(self._wait)
        finally:
            self._seats.release()


class _Worker:
    """The process, if it runs; one fit at a time."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._using = threading.Lock()
        self._idle: threading.Timer | None = None
        finalize(self, _end, self._running)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return bool(self._running)

    def run(self, function: Callable[..., object], arguments: tuple[object, ...]) -> object:
        """What the function gives in the other process; raises as `Fits.ask`."""
        with self._using:
            if self._idle is not None:
                self._idle.cancel()
            if not self._running:
                self._running.append(_start())
            kind, found = self._exchanged(self._running[0], function, arguments)
            self._idle = threading.Timer(IDLE_SECONDS, self._end_if_idle)
            self._idle.daemon = True
            self._idle.start()
        match kind:
            case "found":
                return found
            case "refused":
                raise InvalidInput(str(found))
        log.error("a forecast could not be worked out", error=found)
        raise InvalidInput("The model could not be fitted to these sales. Choose another one.")

    def end(self) -> None:
        """End the process; a fit that runs is lost."""
        if self._idle is not None:
            self._idle.cancel()
        _end(self._running)

    def _exchanged(
        self,
        process: subprocess.Popen[bytes],
        function: Callable[..., object],
        arguments: tuple[object, ...],
    ) -> tuple[str, object]:
        alarm = threading.Timer(MOST_SECONDS, process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            _send(process.stdin, (function, arguments))
            return _received(process.stdout)  # type: ignore[no-any-return]
        except (EOFError, OSError, pickle.UnpicklingError):
            _end(self._running)
            raise Unavailable(
                "The model needs more time or memory than there is. Choose another one."
            ) from None
        finally:
            alarm.cancel()

    def _end_if_idle(self) -> None:
        if self._using.acquire(blocking=False):
            _end(self._running)
            self._using.release()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tillsight.forecasting.fits"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what ends the server by the keyboard does not reach it
    )


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    while running:
        process = running.pop()
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        process.wait()


def _send(to: IO[bytes] | None, what: object) -> None:
    pickle.dump(what, to)  # type: ignore[arg-type]
    to.flush()  # type: ignore[union-attr]


def _received(where: IO[bytes] | None) -> Any:  # noqa: ANN401  (whatever was sent)
    return pickle.load(where)  # type: ignore[arg-type]  # noqa: S301  (from our own process)


def serve() -> None:
    """Work out what comes in, until nothing does any more; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(10)  # the server goes first
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while True:
            function, arguments = _received(sys.stdin.buffer)
            _send(answers, _outcome(function, arguments))


def _outcome(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[str, object]:
    try:
        return "found", function(*arguments)
    except TillsightError as error:
        return "refused", error.message
    except Exception:  # noqa: BLE001  (whatever a library raises is told to the server's log)
        return "failed", traceback.format_exc()


if __name__ == "__main__":
    serve()
