"""A process that changes the sales of a home folder on demand, and may be killed at any moment.

It does one thing for each line of its standard input, as the doors do it: change, commit, have the
warehouse catch up, then answer with a line of JSON. What it has answered is acknowledged.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from serving import environment
from tillsight import jobs
from tillsight.database import Database
from tillsight.errors import Conflict
from tillsight.logs import configure_logging
from tillsight.sales.choices import Choices, Locale, Overlap
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.undo import redo, undo
from tillsight.settings import LogLevel, load_settings
from tillsight.warehouse import Warehouse

PATIENCE = 120.0


class Worker:
    """A running worker on a home folder and a database."""

    def __init__(self, home: Path, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env=environment(home, DATABASE_URL=url) | {"PYTHONPATH": str(Path(__file__).parent)},
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.answer() == "ready"

    def ask(self, what: str, *about: object) -> None:
        """Have it begin something; `answer` tells how it ended."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([what, *map(str, about)]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> object:
        """What it answers; None if it was killed before."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        return json.loads(line) if line.endswith("\n") else None

    def do(self, what: str, *about: object) -> object:
        """Have it do something, and wait for it."""
        self.ask(what, *about)
        answer = self.answer()
        assert answer is not None
        return answer

    def kill(self) -> object:
        """End it with no warning; what it had answered until then, or None."""
        self._process.kill()
        return self._ended()

    def stop(self) -> None:
        """End it in order."""
        assert self._process.stdin
        self._process.stdin.close()
        self._ended()

    def _ended(self) -> object:
        answer = self.answer()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        return answer


@contextmanager
def working(home: Path, url: str) -> Iterator[Worker]:
    """A worker for as long as it is needed."""
    worker = Worker(home, url)
    try:
        yield worker
    finally:
        worker.stop()


def take_lease(url: str, taken: Path) -> None:
    """Ask for a lease some times, in a process of its own; adds to a file whether it was got."""
    database = Database(url)
    got = [jobs.lease(database, "rounds", timedelta(hours=1)) for _ in range(3)]
    database.close()
    assert len(set(got)) == 1
    with taken.open("a") as file:
        file.write(f"{got[0]}\n")


def main() -> None:
    configure_logging(LogLevel.error)  # standard output is for answers
    settings = load_settings()
    database = Database(settings.resolved_database_url)
    folders = Folders.of(settings)
    warehouse = Warehouse(settings.home, database, folders=Folders.of(settings))
    locale = Locale(settings.timezone, settings.currency)

    def load_file(path: str, overlap: str) -> bool | str:
        loading = Loading(Path(path), Path(path).name, None, Choices(overlap=Overlap(overlap)))
        try:
            return load(database, folders, locale, loading).added
        except Conflict as refusal:
            return refusal.code

    def change(how: Callable[..., int], number: str) -> bool:
        try:
            how(database, int(number), None)
        except Conflict:
            return False
        return True

    can: dict[str, Callable[..., object]] = {
        "load": load_file,
        "undo": lambda number: change(undo, number),
        "redo": lambda number: change(redo, number),
        "catch up": lambda: True,
    }
    answer("ready")
    for line in sys.stdin:
        what, *about = json.loads(line)
        done = can[what](*about)
        warehouse.catch_up(PATIENCE)
        answer(done)
    warehouse.close()
    database.close()


def answer(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
