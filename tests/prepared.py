"""Commands as processes of their own, which have Tillsight read already when they begin.

They are forked from one that does nothing else: reading all modules takes 1.4 s of processor time
for a command and 4 s for a server. Where there is no fork, each reads them itself.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Not the terminal itself: it finds out when it is read whether somebody looks on.
READ = ("__main__", "rich.progress", "rich.table", "typer", "uvicorn", "streamlit.starlette")
READ += ("tillsight.server", "tillsight.dashboard.charts", "tillsight.dashboard.client")

_forks = "forkserver" in multiprocessing.get_all_start_methods()
_context = multiprocessing.get_context("forkserver" if _forks else "spawn")
if _forks:
    _context.set_forkserver_preload([*READ])


Begin = Callable[[Sequence[str], Mapping[str, str], Path, tuple[Path, ...]], None]
"""What the new process does: `begin`, or something of a module of the tests before it."""


class Command:
    """A command under way, to be used as a `subprocess.Popen`."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        streams: tuple[Path, Path, Path],
        run: Begin | None = None,
    ) -> None:
        self._process = _context.Process(
            target=run or begin, args=([*arguments], {**environment}, folder, streams)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("tillsight", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


def begin(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    streams: tuple[Path, ...],
) -> None:
    """Be the command."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(streams):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        os.dup2(os.open(path, flags), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (the one of before is closed)
    sys.argv = ["tillsight", *arguments]
    from tillsight.cli import main

    main()
