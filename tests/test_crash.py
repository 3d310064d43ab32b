"""The server is killed during imports, undo and redo: each happened wholly, or not at all.

More rounds than in every test run: TILLSIGHT_CRASH_ROUNDS=20 pytest tests/test_crash.py; with
--log-cli-level=INFO each round says when it killed and what became of the import.
"""

import csv
import logging
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import httpx2
import pytest

from serving import free_port
from tillsight.demo_shop import write_sales

ROUNDS = int(os.environ.get("TILLSIGHT_CRASH_ROUNDS", "5"))
SEED = 20
LINES = 25_000
PATIENCE = 60.0
TWO_DAYS = 2 * 24 * 3600
EMAIL, PASSWORD = "admin@shop.example", "correct horse battery staple"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sales:
    """What a file or a batch holds; `rows` counts returns and adjustments too."""

    rows: int
    sale_lines: int
    revenue: Decimal
    orders: frozenset[str]
    customers: frozenset[str]
    products: frozenset[str]
    countries: frozenset[str]


class Server:
    """The real server on a home folder of its own, asked as its admin."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._log = folder / "server.log"
        others = {key: text for key, text in os.environ.items() if not key.startswith("TILLSIGHT_")}
        self._environment = {**others, "TILLSIGHT_HOME": str(self.home)}
        self._headers: dict[str, str] = {}
        added = self._run("user", "add", EMAIL, "--role", "admin", stdin=subprocess.PIPE)
        added.communicate(f"{PASSWORD}\n".encode())
        assert added.returncode == 0, self._log.read_text()

    def start(self) -> None:
        port = free_port()
        self._process = self._run("serve", "--port", str(port))
        address = f"http://127.0.0.1:{port}"
        self._http = httpx2.Client(base_url=address, timeout=PATIENCE, trust_env=False)
        wait_until(self._is_healthy)
        self._http.headers.update(self._headers or self._signed_in())

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._http.close()

    def upload(self, file: Path) -> int:
        """Status of the answer: 201 if the file was added, 200 if it had been loaded before."""
        with file.open("rb") as content:
            sent = self._http.post("/api/imports", files={"file": (file.name, content)})
        return sent.raise_for_status().status_code

    def undo(self, import_id: int) -> int:
        return self._http.delete(f"/api/imports/{import_id}").raise_for_status().status_code

    def redo(self, import_id: int) -> int:
        return self._http.post(f"/api/imports/{import_id}/redo").raise_for_status().status_code

    def killed_during(self, work: Callable[[], int], delay: float) -> int | None:
        """Status that `work` was answered with, or None if the server died before it answered."""
        with ThreadPoolExecutor(1) as aside:
            answer = aside.submit(work)
            time.sleep(delay)
            self._process.kill()
            try:
                return answer.result()
            except httpx2.TransportError:
                return None
            finally:
                self.stop()

    def get(self, path: str) -> dict:
        return self._http.get(path).raise_for_status().json()

    def imports(self) -> list[dict]:
        """What was loaded, oldest first."""
        return self.get("/api/imports?limit=500")["imports"][::-1]

    def kpis(self) -> dict[str, float]:
        kpis = self.get("/api/analytics/kpis")["kpis"]
        del kpis["avg_order"]
        return kpis

    def version(self) -> int:
        """The journal entry up to which questions are answered."""
        return self.get("/api/metrics/query?measures=lines")["data_version"]

    def entries(self) -> list[str]:
        """What the journal says happened, in order."""
        with closing(sqlite3.connect(self.home / "tillsight.db")) as database:
            return [
                kind for (kind,) in database.execute("SELECT kind FROM journal ORDER BY version")
            ]

    def batches(self) -> dict[str, Path]:
        """By the journal: the names of the files loaded and where each one's batch is."""
        with closing(sqlite3.connect(self.home / "tillsight.db")) as database:
            rows = database.execute(
                "SELECT file_name, batch FROM journal JOIN imports ON imports.id = import_id"
            ).fetchall()
        return {name: self.home / "sales" / batch for name, batch in rows}

    def _run(self, *command: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "tillsight", *command],
                cwd=self._log.parent,
                env=self._environment,
                stdin=stdin,
                stdout=output,
                stderr=output,
            )

    def _is_healthy(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            return self.get("/api/health")["status"] == "healthy"
        except httpx2.ConnectError:
            return False

    def _signed_in(self) -> dict[str, str]:
        credentials = {"email": EMAIL, "password": PASSWORD}
        answer = self._http.post("/api/auth/login", json=credentials).raise_for_status()
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self._headers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_killed_imports_are_wholly_there_or_not_at_all(server: Server, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    first, *others = files = sales_files(tmp_path, ROUNDS + 1)
    sales = {file.name: sales_in_file(file) for file in files}
    assert_holds(server, {})
    whole = seconds_of(lambda: server.upload(first))
    loaded = [first.name]
    for number, file in enumerate(others):
        # Spread over the duration of a whole import, so that kills fall into all its phases.
        delay = whole * (number + chance.random()) / ROUNDS
        answer = server.killed_during(partial(server.upload, file), delay)
        server.start()
        at_once = server.kpis()
        before, loaded = loaded, [one["file"] for one in server.imports()]
        kept = file.name in loaded
        log.info("killed after %.3f of %.3f s: kept %s, answered %s", delay, whole, kept, answer)
        assert loaded in (before, [*before, file.name])
        assert answer in (None, 201)
        assert kept or answer is None
        # Questions are answered from the version reached, never from half an import.
        assert at_once in [kpis_of(sales[name] for name in names) for names in (before, loaded)]
        assert_holds(server, {name: sales[name] for name in loaded})

    statuses = [server.upload(file) for file in files]
    assert statuses == [200 if file.name in loaded else 201 for file in files]
    assert_holds(server, sales)
    assert_leftovers_go(server)
    assert_holds(server, sales)


def test_killed_undo_and_redo_happened_wholly_or_not_at_all(server: Server, tmp_path: Path) -> None:
    """The two files share orders and customers, so that an undo also works on what stays."""
    chance = random.Random(SEED)
    files = sales_files(tmp_path, 2)
    sales = {file.name: sales_in_file(file) for file in files}
    assert [server.upload(file) for file in files] == [201, 201]
    changes = {"undo": partial(server.undo, 1), "redo": partial(server.redo, 1)}
    whole = {name: seconds_of(change) for name, change in changes.items()}
    entries = ["import", "import", "undo", "redo"]
    for _ in range(2 * ROUNDS):
        name = "undo" if is_counting(server) else "redo"
        both, others = kpis_of(sales.values()), kpis_of([sales[files[1].name]])
        # Mostly early: the journal's commit comes soon, then the warehouse takes its time.
        delay = whole[name] * chance.random() ** 4
        answer = server.killed_during(changes[name], delay)
        server.start()
        # Questions are answered from the version reached, never from half an undo.
        assert server.kpis() in (both, others)
        happened = server.entries() != entries
        log.info("%s killed after %.3f of %.3f s: %s", name, delay, whole[name], happened)
        assert answer in (None, 200)
        assert happened or answer is None
        entries += [name] if happened else []
        assert server.entries() == entries
        wait_until(partial(is_at, server, len(entries)))
        assert is_counting(server) == (entries[-1] == "redo")
        assert server.kpis() == (both if is_counting(server) else others)
    held = {name: sales_in_batch(batch) for name, batch in server.batches().items()}
    assert held == sales  # an undone file's batch stays, so that it can be redone


def is_at(server: Server, version: int) -> bool:
    return server.version() == version


def is_counting(server: Server) -> bool:
    return server.imports()[0]["state"] == "done"


def assert_holds(server: Server, sales: dict[str, Sales]) -> None:
    """Journal, batches, list of imports and figures all tell of these files, each exactly once."""
    wait_until(lambda: server.version() == len(sales))
    assert server.kpis() == kpis_of(sales.values())
    listed = [(one["file"], one["rows"], one["revenue"]) for one in server.imports()]
    assert sorted(listed) == sorted(
        (name, one.rows, float(one.revenue)) for name, one in sales.items()
    )
    assert {name: sales_in_batch(batch) for name, batch in server.batches().items()} == sales


def assert_leftovers_go(server: Server) -> None:
    """What killed imports left behind is removed by a start once it is old, and nothing else."""
    server.stop()
    two_days_ago = time.time() - TWO_DAYS
    for folder in ("sales", "rejects", "incoming"):
        for path in (server.home / folder).iterdir():
            os.utime(path, (two_days_ago, two_days_ago))
    server.start()
    assert set((server.home / "sales").iterdir()) == set(server.batches().values())
    assert not any((server.home / "incoming").iterdir())


def sales_files(folder: Path, count: int) -> list[Path]:
    """Distinct files, although they share invoice numbers, customers and products."""
    files = [folder / f"{number}.csv" for number in range(count)]
    for seed, file in enumerate(files):
        write_sales(file, seed=seed, until=date(2025, 6, 30), lines=LINES)
    return files


def sales_in_file(file: Path) -> Sales:
    rows = 0
    sales = []
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            rows += 1
            quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
            if quantity > 0 and price > 0:
                ids = [row[name] for name in ("InvoiceNo", "CustomerID", "StockCode", "Country")]
                sales.append((quantity * price, *ids))
    return summed(rows, sales)


def sales_in_batch(batch: Path) -> Sales:
    with duckdb.connect() as duck:
        every = duck.read_parquet(str(batch))
        sales = every.filter("kind = 'sale'").project(
            "amount, order_id, customer_id, product_id, country"
        )
        return summed(len(every), sales.fetchall())


def summed(rows: int, sales: list[tuple]) -> Sales:
    """Add up sales given as amount, order, customer, product, country."""
    amounts, *ids = zip(*sales, strict=True)
    return Sales(rows, len(sales), sum(amounts), *(frozenset(filter(None, one)) for one in ids))


def kpis_of(parts: Iterable[Sales]) -> dict[str, float]:
    """The key figures of several files together."""
    parts = list(parts)
    return {
        "revenue": float(sum(one.revenue for one in parts)),
        "transactions": sum(one.sale_lines for one in parts),
        **{
            name: len(frozenset().union(*(getattr(one, name) for one in parts)))
            for name in ("orders", "customers", "products", "countries")
        },
    }


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
