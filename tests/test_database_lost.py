"""The way to a database is cut, in the middle of a commit too: told, nothing twice, healed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from serving import serving
from shop import HEADER
from tillsight.database import NO_ANSWER, Database, away
from tillsight.errors import LetGo
from tillsight.jobs import Lease
from tillsight.sales.models import Purchase
from waits import until
from wires import wired

LINES = 100_000
QUESTION = "/api/metrics/query?measures=revenue"


def buy(client: httpx2.Client, key: str) -> httpx2.Response:
    body = {"customer": "Ada", "country": "Peru", "date": "2024-05-01", "amount": 5}
    return client.post("/api/purchases", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_file_on_its_way_is_loaded_once_the_database_is_back(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(kind)("is_cut_while_it_loads")
    with wired(url) as (through, wire), serving(tmp_path, DATABASE_URL=through) as server:
        with server.client() as client, ThreadPoolExecutor() as threads:
            client.timeout = httpx2.Timeout(60)
            sent = threads.submit(load, client, "cut", LINES)
            until(lambda: "running" in states(client))
            wire.cut()
            refused = sent.result()
            wire.mend()
            until(lambda: states(client) == ["done"])
            wire.cut_at_commit_of(b"journal")  # it is loaded, and nobody hears of that
            unheard = load(client, "unheard", 1)
            until(lambda: states(client) == ["done", "done"])
            until(lambda: revenue(client) == 20.0 * (LINES + 1))
        until(lambda: [*(tmp_path / "incoming").iterdir()] == [])
        log = (tmp_path / "server.log").read_text()
    for one in (refused, unheard):
        assert (one.status_code, one.headers.get("Retry-After")) == (503, "5"), one.text
        assert one.json()["detail"].endswith("The file is here, and is loaded once it does.")
    assert "Traceback" not in log


def load(client: httpx2.Client, name: str, lines: int) -> httpx2.Response:
    row = "{}-{},p,Pen,2,2024-05-07 10:00:00,10,c,France\n"
    text = HEADER + "".join(row.format(name, number) for number in range(lines))
    return client.post("/api/imports", files={"file": (f"{name}.csv", text)})


def revenue(client: httpx2.Client) -> float:
    return client.get(QUESTION).json()["totals"]["revenue"]


def states(client: httpx2.Client) -> list[str]:
    """Of all imports; none while the database is away."""
    answer = client.get("/api/imports")
    return [one["state"] for one in answer.json()["imports"]] if answer.is_success else []


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
            assert revenue(client) == 15.0
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
