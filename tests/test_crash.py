"""A process is killed while it changes the sales: the change happened wholly, or not at all.

More rounds than in every test run: `make bench-crash`; with --log-cli-level=INFO each round says
when it killed and what became of the change.
"""

import logging
import os
import random
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from in_force import figures_of, rows_in_force
from shop import Shop, opened
from tillsight.database import Database
from tillsight.demo_shop import write_sales
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales.folders import remove_abandoned
from tillsight.sales.models import Import, ImportState, JournalEntry
from tillsight.sales.states import unfinished
from tillsight.settings import load_settings
from worker import Worker, working

pytestmark = pytest.mark.long

ROUNDS = int(os.environ.get("TILLSIGHT_CRASH_ROUNDS", "10"))
"""Kills, of which each database gets half."""
CHANGES = {
    "replace": "import",
    "undo": "undo",
    "redo": "redo",
    "import": "import",
    "catch up": None,
}
"""What is killed in turn, and the journal entry it makes."""
SEED = 20
LINES = 12_000
TWO_DAYS = 2 * 24 * 3600

log = logging.getLogger(__name__)
Figures = dict[str, float]


class Home:
    """A home folder and its database, opened by a worker and by ourselves in turn."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.settings = load_settings(home=folder / "home", database_url=url)
        self.settings.home.mkdir()
        self._files = folder
        self._written = 0
        database = Database(url)
        database.upgrade()
        database.close()

    def worker(self) -> Worker:
        return Worker(self.settings.home, self.url)

    def opened(self) -> AbstractContextManager[Shop]:
        """The shop, while no worker is alive."""
        return opened(self.settings)

    def command_for(self, change: str) -> tuple[object, ...]:
        """What a worker is told to make the change; it can be made now."""
        if change == "catch up":
            shutil.rmtree(self.settings.home / "warehouse")
            return ("catch up",)
        if change in {"undo", "redo"}:
            return change, self._latest_import(counts=change == "undo")
        return "load", self._new_file(), "replace" if change == "replace" else "add"

    def _new_file(self) -> Path:
        """Other sales than before, with the same invoice numbers, customers and products."""
        self._written += 1
        file = self._files / f"{self._written}.csv"
        write_sales(file, seed=self._written, until=date(2025, 6, 30), lines=LINES)
        return file

    def _latest_import(self, *, counts: bool) -> int:
        """The latest that counts, or does not; 0 where there is none."""
        wanted = Import.in_force.is_not(None) if counts else Import.in_force.is_(None)
        with self.opened() as shop, shop.database.reading() as session:
            query = select(Import.id).where(wanted, Import.state == ImportState.done)
            return session.scalars(query.order_by(Import.id.desc())).first() or 0


@pytest.fixture
def home(url: str, tmp_path: Path) -> Home:
    return Home(tmp_path, url)


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_a_change_that_is_killed_happened_wholly_or_not_at_all(home: Home) -> None:
    chance = random.Random(SEED)
    loads = [home.command_for("import") for _ in range(2)]
    with working(home.settings.home, home.url) as worker:
        seconds = min(seconds_of(partial(worker.do, *one)) for one in loads)
    figures: dict[int, Figures] = {0: figures_of([])}
    entries = settled(home, figures)
    for number in range(ROUNDS // 2):
        change = [*CHANGES][number % len(CHANGES)]
        command = home.command_for(change)
        worker = home.worker()
        worker.ask(*command)
        # Mostly early: the journal's commit comes soon, then the warehouse takes its time.
        delay = seconds * 1.2 * chance.random() ** 1.5
        time.sleep(delay)
        acknowledged = worker.kill() is True
        before, entries = entries, settled(home, figures)
        log.info("%s killed after %.3f s: %s, %s", change, delay, acknowledged, entries)
        assert entries in (before, [*before, CHANGES[change]])
        assert not acknowledged or change == "catch up" or entries != before
    assert_leftovers_go(home)


def settled(home: Home, figures: dict[int, Figures]) -> list[str]:
    """The journal's entries after a change; what is told is right, at once and after catching up.

    `figures` knows what is right at each version there was.
    """
    with home.opened() as shop:
        wait_until_alone(shop.database)
        with shop.database.reading() as session:
            found = session.scalars(select(JournalEntry).order_by(JournalEntry.version))
            entries = [str(one.kind) for one in found]
        rows = rows_in_force(shop.database, shop.folders)
        figures[len(entries)] = figures_of(rows)
        question = Question(tuple(figures[0]))
        at_once = answer(shop.warehouse, question)
        # Questions are answered from the version reached, never from half a change.
        if at_once.data_version in figures:
            assert at_once.totals == figures[at_once.data_version]
        assert shop.warehouse.catch_up(wait=60) == len(entries)
        assert answer(shop.warehouse, question).totals == figures[len(entries)]
    return entries


def wait_until_alone(database: Database) -> None:
    """A database server may still be committing what somebody asked for who is dead by now."""
    if database.engine.dialect.name != "postgresql":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    deadline = time.monotonic() + 60
    while True:
        with database.engine.connect() as connection:
            if connection.scalar(others) == 0:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_leftovers_go(home: Home) -> None:
    """What killed changes left behind is removed once it is old, and nothing else."""
    two_days_ago = time.time() - TWO_DAYS
    with home.opened() as shop:
        folders = shop.folders
        for folder in (folders.batches, folders.rejects, folders.incoming):
            for path in folder.iterdir():
                os.utime(path, (two_days_ago, two_days_ago))
        remove_abandoned(shop.database, folders)
        with shop.database.reading() as session:
            named = session.execute(select(Import.batch, Import.hidden)).all()
        wanted = {name for row in named for name in row if name}
        assert {path.name for path in folders.batches.iterdir()} == wanted
        taken_up = {one.order.upload for one in unfinished(shop.database)}  # by the next server
        assert {path.name for path in folders.incoming.iterdir()} <= taken_up


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
