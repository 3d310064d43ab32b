"""The way to a database is cut, in the middle of a commit too: told, nothing twice, healed."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from serving import serving
from tillsight.database import NO_ANSWER, Database, away
from tillsight.errors import LetGo
from tillsight.jobs import Lease
from tillsight.sales.models import Purchase
from waits import until
from wires import wired

QUESTION = "/api/metrics/query?measures=revenue"


def buy(client: httpx2.Client, key: str) -> httpx2.Response:
    body = {"customer": "Ada", "country": "Peru", "date": "2024-05-01", "amount": 5}
    return client.post("/api/purchases", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_cut_connection_is_told_and_no_purchase_is_made_twice(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(kind)("is_cut")
    with wired(url) as (through, wire), serving(tmp_path, DATABASE_URL=through) as server:
        with server.client() as client:
            assert buy(client, "one").is_success
            wire.cut()
            refused = [buy(client, "two"), client.get(QUESTION), client.get("/api/kpis")]
            health = f"{server.url}/api/health"  # which tells for a second what it found
            assert until(lambda: httpx2.get(health).json()["database"] == "disconnected")
            wire.mend()
            assert until(lambda: client.get(QUESTION).is_success)
            wire.cut_at_commit_of(b"purchases")
            unknown = buy(client, "three")
            made = [buy(client, key).json()["id"] for key in ("three", "three", "two", "one")]
            answer = client.get(QUESTION).json()
        log = (tmp_path / "server.log").read_text()
    for one in (*refused, unknown):
        assert (one.status_code, one.headers.get("Retry-After")) == (503, "5"), one.text
        assert one.json()["code"] == "unavailable"
    assert made[0] == made[1]
    database = Database(url)
    with database.reading() as session:
        count = session.scalar(select(func.count()).select_from(Purchase))
    database.close()
    assert (count, len(set(made))) == (3, 3)
    assert answer["totals"]["revenue"] == 15.0
    assert "Traceback" not in log


def test_a_deadlock_is_told_as_something_to_try_again(tables: Database) -> None:
    """Each of two holds a row that the other wants: the database lets one of them go."""
    if tables.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time")
    until_then = datetime.now(UTC) + timedelta(days=1)
    with tables.writing() as session:
        session.add_all(Lease(name=one, holder="test", until=until_then) for one in ("a", "b"))
    both = threading.Barrier(2)
    refused: list[Exception] = []

    def change(first: str, second: str) -> None:
        try:
            with tables.writing() as session:
                session.execute(update(Lease).where(Lease.name == first).values(holder=second))
                both.wait()
                session.execute(update(Lease).where(Lease.name == second).values(holder=first))
        except NO_ANSWER as error:
            refused.append(error)

    at_once = [threading.Thread(target=change, args=pair) for pair in ("ab", "ba")]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()
    with tables.writing() as session:
        session.execute(text("DELETE FROM leases WHERE name IN ('a', 'b')"))
    [error] = refused
    told = away(error)
    assert isinstance(told, LetGo)
    assert (told.status, told.code, told.headers()["Retry-After"]) == (503, "let_go", "1")


def test_a_database_whose_disk_is_full_is_told_as_that() -> None:
    class Full(Exception):
        sqlstate = "53100"

    said = 'could not extend file "base/1/2": No space left on device'
    told = away(OperationalError("INSERT", {}, Full(said)))
    assert (told.status, told.code) == (507, "no_space")
