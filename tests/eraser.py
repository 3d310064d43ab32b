"""A process that erases a customer in one copy of a home after the other, and is killed at it.

For each copy a child is forked that dies at its own number of a step: the writing, renaming or
deleting of a file of the shop, and the moments before and after a commit.
"""

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from erased import WHO
from tillsight.database import Database
from tillsight.logs import configure_logging
from tillsight.operating.customer_data import erase_customer
from tillsight.sales.folders import Folders
from tillsight.settings import LogLevel

ON_DISK = {"os.rename", "os.remove", "os.link"}


def main(homes: list[str]) -> None:
    """Say of each home whether its eraser was killed before it was done."""
    configure_logging(LogLevel.error)
    for step, home in enumerate(homes, 1):
        child = os.fork()
        if child == 0:
            erase_until(step, Path(home))
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"{os.WEXITSTATUS(status)}\n")
        sys.stdout.flush()


def erase_until(last: int, home: Path) -> None:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_disk(what: str, about: tuple[object, ...]) -> None:
        if what in ON_DISK and str(about[0]).startswith(str(home)):
            step()

    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    sys.addaudithook(on_disk)
    event.listen(Engine, "commit", lambda _connection: step())
    event.listen(Engine, "rollback", lambda _connection: step())
    erase_customer(database, Folders(home), WHO, None)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
