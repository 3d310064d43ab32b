"""A process is killed while it enters and undoes purchases: what it acknowledged is there, once."""

import logging
import os
import random
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from purchases import purchase, somebody
from shop import Shop, opened
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.sales import journal
from tillsight.sales.models import EntryKind, JournalEntry, Purchase
from tillsight.sales.purchase_entering import Entered, Entering, enter_purchases
from tillsight.settings import Settings, load_settings

pytestmark = pytest.mark.long

ROUNDS = int(os.environ.get("TILLSIGHT_CRASH_ROUNDS", "6")) // 2
"""Kills on each of the two databases."""
SEED = 7
WORKER = Path(__file__).with_name("purchase_worker.py")
KEYS_A_ROUND = 1_000_000
PASSWORD = "a long enough password"

log = logging.getLogger(__name__)


def killed_after(settings: Settings, first: int, seconds: float) -> list[list[str]]:
    """What a worker acknowledged that is killed so many seconds after its first purchase."""
    command = [sys.executable, WORKER, settings.home, settings.resolved_database_url, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        begun = worker.stdout.readline()
        assert begun, "the worker did not start"
        killing = threading.Timer(seconds, worker.kill)
        killing.start()
        said = begun + worker.stdout.read()
        killing.join()
    whole = said[: said.rfind("\n")]  # the last line may be cut off
    return [line.split() for line in whole.splitlines()]


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_what_was_acknowledged_is_kept_once_and_counted(url: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    settings = load_settings(home=tmp_path / "home", database_url=url)
    settings.home.mkdir()
    database = Database(url)
    database.upgrade()
    with database.writing() as session:
        assert add_user(session, "ada@example.com", PASSWORD, Role.editor).id == 1
    database.close()
    acknowledged: dict[int, Decimal] = {}
    undone: set[int] = set()
    for number in range(ROUNDS):
        first = number * KEYS_A_ROUND + 1
        said = killed_after(settings, first, 0.2 + 1.3 * chance.random())
        acknowledged |= {int(one[1]): Decimal(one[3]) for one in said if one[0] == "+"}
        undone |= {int(one[1]) for one in said if one[0] == "-"}
        log.info("%d changes were acknowledged", len(said))
        with opened(settings) as shop:
            wait_until_alone(shop.database)
            assert_kept(shop, acknowledged, undone)
            assert_keys_hold(shop, [int(one[2]) for one in said if one[0] == "+"])
    assert acknowledged
    assert undone


def wait_until_alone(database: Database) -> None:
    """A database server may take a moment to see that whoever was killed is gone."""
    with database.writing() as session:
        journal.lock_head(session)


def assert_kept(shop: Shop, acknowledged: dict[int, Decimal], undone: set[int]) -> None:
    """Rows, journal and figures tell the same, and at least what was acknowledged."""
    with shop.database.reading() as session:
        rows = session.scalars(select(Purchase)).all()
        entries = session.execute(select(JournalEntry.purchase_id, JournalEntry.kind)).all()
        head = journal.head(session).version
        versions = session.scalar(select(func.count()).select_from(JournalEntry))
    assert head == versions
    stored = {one.id: one.amount for one in rows}
    assert acknowledged.items() <= stored.items()
    gone = {one.id for one in rows if one.undone_at}
    assert undone <= gone
    assert {one for one, kind in entries if kind is EntryKind.purchase} == stored.keys()
    assert {one for one, kind in entries if kind is EntryKind.purchase_undo} == gone
    counted = [amount for one, amount in stored.items() if one not in gone]
    wanted = {"revenue": float(sum(counted)), "orders": len(counted)}
    assert shop.ask("revenue", "orders").totals == wanted


def assert_keys_hold(shop: Shop, keys: list[int]) -> None:
    """Whoever sends an acknowledged purchase again gets the same one."""
    person = somebody(1)
    again = [
        Entering(purchase(str(key), customer=f"Customer {key % 7}"), person, key=str(key))
        for key in keys[-20:]
    ]
    for one in enter_purchases(shop.database, again):
        assert isinstance(one, Entered)
        assert one.replayed
