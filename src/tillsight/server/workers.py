"""Several processes that serve on one port: each is a whole server, and any may answer.

The parent holds the sockets and answers nothing, so it has nothing to lose: it starts the workers,
starts one that ended anew, and ends with them.
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from threading import Thread
from types import FrameType
from typing import Any

from tillsight.errors import SetupError, TillsightError
from tillsight.logs import log
from tillsight.modules import reading_in
from tillsight.operating.peers import Peers
from tillsight.server.serving import end_when_told, run
from tillsight.server.stopping import Stopping
from tillsight.settings import Settings

READ = (
    "uvicorn",
    "streamlit.starlette",
    "tillsight.dashboard.charts",
    "tillsight.dashboard.client",
)
"""What each worker needs: read in by the parent where the workers then have it from there."""
LOOK_SECONDS = 0.2
"""Seconds until the parent sees that it was told to stop."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a worker that ended is started anew: twice as long each time, while it ends again
and again.
"""
STEADY_SECONDS = 60.0
"""Seconds after which a worker that ends is no longer taken for one that cannot work."""
GRACE_SECONDS = 3.0
"""Seconds a worker has beyond those it gives itself to stop."""
STARTED, REFUSED, UNUSABLE = "started", "refused", "unusable"
_STOP_SIGNALS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
]
# A fork has all modules read in and shares their memory; elsewhere than on Linux the libraries of
# the system do not all bear one.
_context: Any = get_context("fork" if sys.platform == "linux" else "spawn")


@dataclass
class _Worker:
    """One of the places, and the process that fills it now."""

    peers: Peers
    own: socket.socket
    process: Any = None
    told: Connection | None = None
    has_started: bool = False
    began: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0


class Workers:
    """The parent of the processes that serve."""

    def __init__(self, settings: Settings, opened: socket.socket) -> None:
        self._settings = settings
        self._opened = opened
        if _context.get_start_method() == "fork":
            with reading_in():
                for name in READ:
                    import_module(name)
        own = [_loopback() for _ in range(settings.workers)]
        ports = tuple(one.getsockname()[1] for one in own)
        self._workers = [_Worker(Peers(at + 1, ports), one) for at, one in enumerate(own)]
        # Only the parent keeps the other end, so that workers see when it is gone.
        self._alive, self._end_of_parent = _context.Pipe(duplex=False)
        self._stopping = False

    def serve(self, announce: Callable[[], None]) -> None:
        """Serve until told to stop; `announce` is called once all workers do.

        Raises:
            SetupError, OSError: a worker cannot start, and starting it anew would not mend that.
        """
        for number in _STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # such as that of nohup
                signal.signal(number, self._stop)
        try:
            self._tend(announce)
        finally:
            self._end()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _tend(self, announce: Callable[[], None]) -> None:
        announced = False
        while not self._stopping:
            for worker in self._workers:
                if worker.process is None and time.monotonic() >= worker.due:
                    self._start(worker)
            self._wait()
            if not announced and all(one.has_started for one in self._workers):
                announced = True
                announce()

    def _start(self, worker: _Worker) -> None:
        worker.told, tells = _context.Pipe(duplex=False)
        sockets = [self._opened, worker.own]
        pipes = _Pipes(self._alive, self._end_of_parent, tells)
        worker.process = _context.Process(
            target=_work, args=(self._settings, sockets, worker.peers, pipes), daemon=False
        )
        worker.began = time.monotonic()
        with _signals_held():
            worker.process.start()
        tells.close()

    def _wait(self) -> None:
        """See what workers say, and which of them have ended."""
        alive = [one for one in self._workers if one.process is not None]
        waited: list[Any] = [one.process.sentinel for one in alive]
        waited += [one.told for one in alive if one.told is not None]
        if waited:
            connection.wait(waited, timeout=LOOK_SECONDS)
        else:
            time.sleep(LOOK_SECONDS)
        for worker in alive:
            self._hear(worker)
            if worker.process.exitcode is not None and not self._stopping:
                self._note_end(worker)

    def _hear(self, worker: _Worker) -> None:
        if worker.told is None or not worker.told.poll():
            return
        try:
            what, details = worker.told.recv()
        except (EOFError, OSError):
            worker.told.close()
            worker.told = None
            return
        if what == REFUSED and not worker.has_started:
            raise SetupError(*details)
        if what == UNUSABLE and not worker.has_started:
            raise OSError(*details)
        worker.has_started = True

    def _note_end(self, worker: _Worker) -> None:
        now, code = time.monotonic(), worker.process.exitcode
        if now - worker.began >= STEADY_SECONDS:
            worker.pause = FIRST_PAUSE
        log.warning(
            "a worker ended and is started again",
            worker=worker.peers.number,
            exit_code=code,
            in_seconds=worker.pause,
        )
        worker.process.close()
        worker.process, worker.due = None, now + worker.pause
        worker.pause = min(2 * worker.pause, LONGEST_PAUSE)

    def _end(self) -> None:
        """Have all workers end, each within its time."""
        under_way = [one.process for one in self._workers if one.process is not None]
        for process in under_way:
            process.terminate()
        until = time.monotonic() + self._settings.stop_seconds + GRACE_SECONDS
        for process in under_way:
            process.join(max(until - time.monotonic(), 0))
        for process in under_way:
            if process.exitcode is None:
                log.warning("a worker did not end in time", worker_process=process.pid)
                process.kill()
                process.join()
        for worker in self._workers:
            worker.own.close()
        self._opened.close()


def _loopback() -> socket.socket:
    """Where this machine alone reaches one worker: its own pages do, and the others."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.bind(("127.0.0.1", 0))
    opened.listen()
    return opened


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals wait until a new process has said what they mean to it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True)
class _Pipes:
    """`alive` ends with the parent, which keeps `end_of_parent`; `tells` is heard by it."""

    alive: Connection
    end_of_parent: Connection
    tells: Connection


def _work(settings: Settings, sockets: list[socket.socket], peers: Peers, pipes: _Pipes) -> None:
    """Be a worker."""
    pipes.end_of_parent.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all: the parent tells its workers
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_when_told()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    Thread(target=_end_with_parent, args=(pipes.alive,), name="parent", daemon=True).start()

    def started() -> None:
        with suppress(OSError):  # the parent is gone; so will be this process
            pipes.tells.send((STARTED, ()))

    try:
        run(settings, sockets, Stopping(settings.stop_seconds), started, peers)
    except TillsightError as error:
        pipes.tells.send((REFUSED, (error.message,)))
        sys.exit(1)
    except OSError as error:
        pipes.tells.send((UNUSABLE, (error.errno, error.strerror, error.filename)))
        sys.exit(1)


def _end_with_parent(alive: Connection) -> None:
    """Nobody starts a worker anew whose parent is gone, and its port would stay taken."""
    with suppress(EOFError, OSError):
        alive.recv()
    os.kill(os.getpid(), signal.SIGTERM)
