"""How many purchases a second a server takes, one by one, and whether each of them is kept.

    python benchmarks/purchases.py [--seconds 20] [--rounds 3] [--clients 16] [--lines 0]

Starts a real server, one process on SQLite with the settings everybody has, in a shop with so many
lines of sales. Each of the clients has a connection of its own and enters the next purchase as soon
as the answer is there; one more asks for the revenue all the time and checks that it holds every
purchase that was acknowledged before. They run on the same cores as the server. In the end the
server is killed with SIGKILL amid the work, and what was acknowledged is counted in the database
and in a warehouse that catches up. Prints a table for docs/performance.md; exits with 1 if a
purchase is missing, a question did not hold one, or the issue's figure is missed.
"""

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import uvloop

from bench_engines import Server, serving
from sign_in import Client, connected
from tillsight.database import Database
from tillsight.demo_shop import write_sales
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.warehouse import Warehouse

LEAST = 300
"""Purchases a second."""
PRICE = 5
COUNTRIES = ("France", "EIRE", "Peru", "Norway")
UNTIL = date(2025, 6, 30)


@dataclass
class Measured:
    """What one round came to; times in milliseconds."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    questions: list[float] = field(default_factory=list)
    unseen: int = 0
    refused: int = 0

    @property
    def a_second(self) -> float:
        """Purchases."""
        return len(self.times) / self.seconds

    @property
    def cpu(self) -> float:
        """Processor time of the server for one purchase, the questions' included."""
        return self.cpu_seconds * 1000 / len(self.times)

    def percentile(self, which: int) -> float:
        """Of the purchases' times."""
        return quantiles(self.times, n=100)[which - 1]


@dataclass
class Bench:
    """The server, how many enter purchases, and which of them it acknowledged."""

    server: Server
    people: int
    acknowledged: set[int] = field(default_factory=set)

    @cached_property
    def _authorization(self) -> str:
        return f"Authorization: {self.server.client.headers['Authorization']}"

    async def round(self, seconds: float) -> Measured:
        """Everybody enters purchases for so long; somebody looks at the revenue."""
        clients = await connected(self.server.port, self.people + 1)
        found = Measured()
        cpu = self.server.cpu_seconds()
        started = time.perf_counter()
        until = started + seconds
        await asyncio.gather(
            *(self._enter(one, number, until, found) for number, one in enumerate(clients[1:])),
            self._look(clients[0], until, found),
            return_exceptions=True,
        )
        found.seconds = time.perf_counter() - started
        found.cpu_seconds = self.server.cpu_seconds() - cpu
        return found

    async def _enter(self, client: Client, number: int, until: float, found: Measured) -> None:
        count = 0
        while (begun := time.perf_counter()) < until:
            count += 1
            status, body = await client.ask(self._purchase(f"Customer {number}-{count % 50}"))
            found.times.append((time.perf_counter() - begun) * 1000)
            if status == 201:
                self.acknowledged.add(json.loads(body)["id"])
            else:
                found.refused += 1

    async def _look(self, client: Client, until: float, found: Measured) -> None:
        path = "/api/metrics/query?measures=orders&category=&product="
        while (begun := time.perf_counter()) < until:
            least = len(self.acknowledged)
            _, body = await client.ask(self._request("GET", path))
            found.questions.append((time.perf_counter() - begun) * 1000)
            found.unseen += json.loads(body)["totals"]["orders"] < least
            await asyncio.sleep(0.5)

    def _purchase(self, customer: str) -> bytes:
        purchase = {
            "customer": customer,
            "country": COUNTRIES[len(customer) % len(COUNTRIES)],
            "date": UNTIL.isoformat(),
            "amount": PRICE,
        }
        return self._request("POST", "/api/purchases", json.dumps(purchase).encode())

    def _request(self, method: str, path: str, body: bytes = b"") -> bytes:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{self._authorization}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def measured(bench: Bench, seconds: float, rounds: int) -> list[Measured]:
    """One short round that loads what the server needs, and those that count."""
    await bench.round(1.0)
    return [await bench.round(seconds) for _ in range(rounds)]


async def killed(bench: Bench) -> None:
    """A last round, amid which the server is killed."""
    going_on = asyncio.ensure_future(bench.round(3.0))
    await asyncio.sleep(1.5)
    os.kill(bench.server.pid, signal.SIGKILL)
    await going_on


def missing(home: Path, acknowledged: set[int]) -> set[int]:
    """Which of the acknowledged purchases the database does not hold, with their journal entry."""
    database = sqlite3.connect(home / "tillsight.db")
    kept = database.execute(
        "SELECT purchases.id FROM purchases JOIN journal ON journal.purchase_id = purchases.id"
    ).fetchall()
    database.close()
    return acknowledged - {one for (one,) in kept}


def uncounted(home: Path, acknowledged: set[int]) -> int:
    """How many fewer orders a warehouse made anew counts than were acknowledged."""
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    warehouse = Warehouse(home, database)
    warehouse.catch_up(wait=600)
    found = answer(warehouse, Question(["orders"], filters={"product": [""]}))
    warehouse.close()
    database.close()
    return max(0, len(acknowledged) - int(found.totals["orders"]))


def table(rounds: list[Measured]) -> Iterator[str]:
    """As Markdown."""
    yield "| round | a second | p50 ms | p95 ms | CPU ms | question p50 ms | not seen | refused |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for number, one in enumerate(rounds, 1):
        asked = sorted(one.questions)[len(one.questions) // 2]
        yield (
            f"| {number} | {one.a_second:,.0f} | {one.percentile(50):.0f} |"
            f" {one.percentile(95):.0f} | {one.cpu:.2f} | {asked:.0f} | {one.unseen} |"
            f" {one.refused} |"
        )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--clients", type=int, default=16)
    arguments.add_argument("--lines", type=int, default=0)
    asked = arguments.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder)
        with serving(home) as server:
            if asked.lines:
                write_sales(home / "sales.csv", seed=1, until=UNTIL, lines=asked.lines)
                server.upload(home / "sales.csv")
            bench = Bench(server, asked.clients)
            found = uvloop.run(measured(bench, asked.seconds, asked.rounds))
            uvloop.run(killed(bench))
        lost = missing(home, bench.acknowledged)
        unseen = uncounted(home, bench.acknowledged)
    print(f"{asked.clients} clients, {asked.seconds:.0f} s a round, {asked.lines:,} lines before\n")
    print("\n".join(table(found)))
    print(
        f"\nKilled: {len(bench.acknowledged):,} acknowledged, {len(lost)} lost, {unseen} uncounted"
    )
    best = max(one.a_second for one in found)
    wrong = lost or unseen or any(one.unseen or one.refused for one in found)
    sys.exit(1 if wrong or best < LEAST else 0)


if __name__ == "__main__":
    main()
