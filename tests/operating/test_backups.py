"""Backups on real databases: made while others write, and brought back to any other kind."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from backups import backed_up, put, quiet, restored, verified
from bench_meanwhile import meanwhile
from in_force import figures_of, rows_in_force
from kpi_room import Room
from purchases import enter, purchase
from shop import HEADER, Shop, in_memory
from test_databases import filled, rows_of
from tillsight.accounts.models import Attempt, Role, SessionKind
from tillsight.accounts.sessions import sign_in
from tillsight.accounts.users import add_user
from tillsight.database import Base, Database, revisions
from tillsight.errors import Conflict
from tillsight.operating.backup import make_backup
from tillsight.operating.dumps import LEFT_OUT
from tillsight.operating.verifying import verify_backups
from tillsight.sales.folders import file_digest
from tillsight.sales.models import Import, JournalEntry, Purchase
from tillsight.sales.purchases import undo_purchase
from tillsight.sales.undo import redo, undo
from tillsight.settings import Settings, load_settings
from waits import until

SEED = 7
BACKUPS = 2


@pytest.fixture
def folder() -> Path:
    """Where restored shops and backups may lie: in memory, where commits do not wait for a disk."""
    return in_memory()


@pytest.fixture
def shop_on(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    """An empty shop on each kind of database."""
    return open_shop(settings.model_copy(update={"database_url": url}))


# While everybody writes


DEADLOCK = 1213
"""MariaDB's number for it."""


@dataclass
class Writers:
    """People who write until they are stopped; what was answered is acknowledged."""

    shop: Shop
    room: Room
    kpi: int
    imports: list[int] = field(default_factory=list)
    purchases: list[int] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    values: list[Decimal] = field(default_factory=lambda: [Decimal(0)])

    def loads(self, chance: random.Random) -> None:
        number = len(self.imports) + 1
        lines = "".join(
            f"{number}-{one},p{one},Pen,{chance.randint(-2, 9) or 1},2024-05-07,1.25,,Peru\n"
            for one in range(40)
        )
        path = self.shop.settings.home / f"{uuid4().hex}.csv"
        path.write_text(HEADER + lines)
        done = self.shop.load(path)
        self.versions.append(done.version)
        self.imports.append(done.loaded.id)
        path.unlink()

    def takes_back(self, chance: random.Random) -> None:
        if self.imports:
            change = chance.choice([undo, redo])
            with suppress(Conflict):
                self.versions.append(change(self.shop.database, chance.choice(self.imports), None))
        time.sleep(0.01)

    def sells(self, chance: random.Random) -> None:
        for one in enter(self.shop, purchase(), purchase("3.00", [("Pen", "2", "1.50")])):
            self.versions.append(one.version)
            self.purchases.append(one.purchase_id)
        if chance.random() < 0.3:
            with suppress(Conflict):
                one = chance.choice(self.purchases)
                self.versions.append(undo_purchase(self.shop.database, one, None))
        time.sleep(0.01)

    def edits(self, _chance: random.Random) -> None:
        value = self.values[-1] + 1
        period = f"2024-{int(value) % 12 + 1:02d}"
        try:
            self.room.enter(self.kpi, period, str(value))
        except Conflict:
            [number] = [n for n, start in self.numbers() if start == f"{period}-01"]
            self.room.change(number, str(value))
        self.values.append(value)
        time.sleep(0.01)

    def numbers(self) -> list[tuple[int, str]]:
        query = text("SELECT id, period_start FROM kpi_values WHERE kpi_id = :kpi")
        with self.shop.database.reading() as session:
            found = session.execute(query, {"kpi": self.kpi}).all()
        return [(number, str(start)) for number, start in found]

    def have_written(self, backups: int) -> bool:
        """Whether there is something new to back up, after so many backups."""
        return len(self.imports) >= 2 * (backups + 1) and len(self.values) >= 4

    def at_work(self) -> AbstractContextManager[None]:
        acts = (self.loads, self.takes_back, self.sells, self.edits)
        return meanwhile(*(partial(self.go_on, act, n) for n, act in enumerate(acts)))

    def go_on(
        self, act: Callable[[random.Random], None], number: int, over: threading.Event
    ) -> None:
        chance = random.Random(SEED + number)
        while not over.is_set():
            try:
                act(chance)
            except OperationalError as error:
                # MariaDB lets one of two that wait for each other go; nothing was acknowledged.
                if error.orig is None or error.orig.args[0] != DEADLOCK:
                    raise


@dataclass(frozen=True)
class Acknowledged:
    """What had been answered at some moment."""

    imports: Sequence[int]
    purchases: Sequence[int]
    versions: Sequence[int]
    value: Decimal


def test_backups_made_while_others_write_hold_all_that_was_acknowledged(
    shop_on: Shop, folder: Path
) -> None:
    room = Room.of(shop_on.database)
    writers = Writers(shop_on, room, room.kpi())
    place, known = folder / "backups", {}
    with writers.at_work():
        for number in range(BACKUPS):
            until(partial(writers.have_written, number))
            before = Acknowledged(
                [*writers.imports], [*writers.purchases], [*writers.versions], writers.values[-1]
            )
            known[backed_up(shop_on, place).manifest.name] = before
    assert [one.problems for one in verify_backups(place, None, quiet).values()] == [[]] * BACKUPS
    for name, before in known.items():
        with restored(place, folder / name, name=name) as shop:
            require_all_of(before, shop)
            report = verified(shop)
            assert report.problems == []
            require_counted_again(shop)


def require_all_of(before: Acknowledged, shop: Shop) -> None:
    with shop.database.reading() as session:
        assert set(before.imports) <= set(session.scalars(select(Import.id)))
        assert set(before.purchases) <= set(session.scalars(select(Purchase.id)))
        assert set(before.versions) <= set(session.scalars(select(JournalEntry.version)))
        highest = session.scalar(text("SELECT max(CAST(value AS DECIMAL(18, 4))) FROM kpi_values"))
        assert Decimal(str(highest)) >= before.value


def require_counted_again(shop: Shop) -> None:
    """The warehouse answers what plain Python counts in the batches."""
    shop.warehouse.catch_up(wait=60)
    figures = figures_of(rows_in_force(shop.database, shop.folders))
    with shop.warehouse.snapshot() as at:
        [(revenue, lines)] = at.rows(
            "SELECT coalesce(sum(amount), 0), count(*) FROM lines"
            " WHERE kind = 'sale' AND import_id > 0"
        )
    assert (float(round(revenue, 2)), lines) == (figures["revenue"], figures["lines"])


# From one kind of database to another


CHANGED = {"journal_head", "audit_log", "user_sessions", *LEFT_OUT}
"""What is not the same afterwards: the journal's name, and what a restore adds."""


def written_to(folder: Path, name: str) -> str:
    """A file that holds its own name; its SHA-256."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(name)
    return file_digest(folder / name)


def filled_home(folder: Path, revision: str | None = None) -> tuple[Settings, Database]:
    """A home whose database has a row in every table, and each file that its journal names."""
    settings = load_settings(home=folder / "home")
    database = Database(settings.resolved_database_url)
    database.upgrade()
    filled(database)
    with database.writing() as session:
        session.execute(text("UPDATE journal_head SET version = 1"))
        one = session.scalars(select(Import)).one()
        written = {
            name: written_to(settings.home / place, name)
            for place, name in (
                ("sales", one.batch),
                ("sales", one.hidden),
                ("rejects", one.rejects),
            )
            if name
        }
        one.batch_hash, one.hidden_hash = (written[str(name)] for name in (one.batch, one.hidden))
    if revision:
        database.downgrade(revision)
    return settings, database


def test_every_row_goes_from_any_kind_of_database_to_any_other(
    folder: Path, postgres: Callable[[str], str], mariadb: Callable[[str], str]
) -> None:
    settings, database = filled_home(folder)
    tables = set(Base.metadata.tables)
    before = rows_of(database, tables)
    for make in (postgres, mariadb, None):
        place = folder / f"{uuid4().hex}.tar"
        make_backup(settings, database, place, quiet)
        database.close()
        url = make(f"r{uuid4().hex[:12]}") if make else ""
        settings = load_settings(home=folder / uuid4().hex, database_url=url)
        database = Database(settings.resolved_database_url)
        put(place, settings, database)
        after = rows_of(database, tables)
        assert {one: after[one] for one in tables - CHANGED} == {
            one: before[one] for one in tables - CHANGED
        }
        for one in ("user_sessions", "audit_log"):
            assert before[one][0] in after[one]
        with database.writing() as session:
            entry = Attempt(key_hash="0" * 64, at=datetime.now(UTC))
            session.add(entry)
            session.flush()  # a number of its own
            session.delete(entry)
        assert database.drift() == []
    database.close()


def test_a_backup_of_an_older_release_is_brought_to_this_one(folder: Path) -> None:
    older = revisions()[3]
    settings, database = filled_home(folder, older)
    manifest = make_backup(settings, database, folder / "one.tar", quiet).manifest
    database.close()
    assert manifest.revision == older
    with restored(folder / "one.tar", folder / "new") as shop:
        assert shop.database.revision() == revisions()[0]
        assert shop.database.drift() == []
        rows = rows_of(shop.database, {table.name for table in manifest.tables})
        kept = {table.name: table.rows for table in manifest.tables}
        assert kept.keys() < Base.metadata.tables.keys()
        for name in kept.keys() - CHANGED:
            assert len(rows[name]) == kept[name] == 1


def test_new_numbers_pass_over_those_of_sessions_that_came_after_the_backup(
    shop: Shop, folder: Path
) -> None:
    """Their access tokens may be good for a while, and name a session by its number."""
    with shop.database.writing() as session:
        add_user(session, "ada@example.com", "a long enough password", Role.admin)
    before = signed_in(shop)
    backed_up(shop, folder / "backups")
    after = signed_in(shop)
    with restored(folder / "backups", folder / "new") as new:
        assert before < after < signed_in(new)


def signed_in(shop: Shop) -> int:
    """The number of a new session."""
    with shop.database.writing() as session:
        password = "a long enough password"
        return sign_in(session, "ada@example.com", password, SessionKind.api).session_id
