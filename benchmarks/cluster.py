"""Whether several servers of one shop answer as one, amid 200 readers and while servers are killed.

    python benchmarks/cluster.py [--servers 4] [--readers 200] [--seconds 60] [--lines 100000]
                                 [--rounds 25] [--kills 6]

Starts a PostgreSQL of its own and so many servers on one home folder. First somebody buys through
each server in turn, and asks all others as soon as that is answered, naming what the answer told of
the data; every answer has to hold the purchase. Then readers ask all servers in turn, each on
connections of its own and as fast as it is answered, while purchases go on; and once more while a
server is killed with SIGKILL now and then and started again. An answer is wrong if it is older
than what its asker had seen, or if two servers tell different figures of one version of the data.
Readers, purchases, servers and database share the cores. Prints a table for docs/performance.md;
exits with 1 if an answer was wrong or refused, or if a purchase that was acknowledged is missing.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2
import uvloop

from bench_engines import EMAIL, PASSWORD, environment
from bench_people import p95
from soak import database_of
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.data_version import HEADER, read_token
from tillsight.database import Database
from tillsight.demo_shop import write_sales

FIRST_PORT = 8750
UNTIL = date(2025, 6, 30)
BOUGHT_EVERY = 0.5
"""Seconds."""
PATIENCE = 240.0
CUT_OFF = (httpx2.HTTPError, AttributeError)
"""What comes of a server that is killed. The second is anyio's, of a socket that is gone before it
is asked for its peer.
"""
QUESTIONS = (
    "measures=orders,revenue",
    "measures=orders,revenue&by=country",
    "measures=orders,revenue&by=month",
    "measures=orders,revenue,customers&by=category",
    "measures=orders,revenue&from=2025-05-01",
)


class Server:
    """One of them: it can be killed and started again on its port."""

    def __init__(self, home: Path, url: str, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._home = home
        self._settings = environment(home, DATABASE_URL=url, ACCESS_TOKEN_MINUTES="600")
        self._command = [sys.executable, "-m", "tillsight", "serve", "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it may take some seconds until it answers."""
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._settings, cwd=self._home, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it with no warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """The end of the log, which all of them write."""
        return (self._home / "server.log").read_text(errors="replace")[-2000:]

    def answers(self) -> bool:
        """Whether it is up."""
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.address}/api/health/ready", timeout=5).is_success
        return False


@dataclass
class Seen:
    """What everybody was told; times in milliseconds."""

    bought: int = 0
    orders_of: dict[tuple[int, str], object] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    cut_off: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def check(self, asked: str, answer: httpx2.Response, seen: str) -> None:
        """Hold an answer against what its asker had seen, and what others were told."""
        told = answer.json()
        version, before = told["data_version"], read_token(seen)
        if before and version < before.version:
            self.wrong.append(f"version {version} after {before.version} was seen")
        known = self.orders_of.setdefault((version, asked), told["totals"])
        if known != told["totals"]:
            self.wrong.append(f"of version {version}: {known} and {told['totals']}")


@contextmanager
def running(home: Path, url: str, count: int) -> Iterator[list[Server]]:
    """So many servers, up."""
    database = Database(url)
    database.upgrade()
    with database.writing() as session:
        add_user(session, EMAIL, PASSWORD, Role.admin)
    database.close()
    servers = [Server(home, url, FIRST_PORT + number) for number in range(count)]
    with ExitStack() as stack:
        for one in servers:
            stack.callback(one.kill)
            one.start()
        wait_until_up(servers)
        yield servers


def wait_until_up(servers: Sequence[Server]) -> None:
    """Until all of them answer."""
    deadline = time.monotonic() + PATIENCE
    while not all(one.answers() for one in servers):
        if time.monotonic() > deadline:
            sys.exit(f"The servers did not start: {servers[0].said()}")
        time.sleep(0.2)


def sign_in(server: Server) -> dict[str, str]:
    """The header of somebody who may do everything."""
    body = {"email": EMAIL, "password": PASSWORD}
    told = httpx2.post(f"{server.address}/api/auth/login", json=body).json()
    return {"Authorization": f"Bearer {told['access_token']}"}


def load(server: Server, key: dict[str, str], path: Path) -> None:
    """Load a file and wait until it is done."""
    with path.open("rb") as file:
        sent = httpx2.post(
            f"{server.address}/api/imports", files={"file": file}, headers=key, timeout=600
        )
    where = f"{server.address}/api/imports/{sent.json()['id']}"
    while httpx2.get(where, headers=key).json()["state"] != "done":
        time.sleep(0.2)


async def buy(client: httpx2.AsyncClient, server: Server, key: dict[str, str], seen: Seen) -> str:
    """Buy; what the answer told of the data."""
    body = {"customer": f"b{seen.bought}", "date": "2025-06-29", "amount": 7.5}
    made = await client.post(f"{server.address}/api/purchases", json=body, headers=key)
    made.raise_for_status()
    seen.bought += 1
    return str(made.headers[HEADER])


async def after_each_purchase(servers: Sequence[Server], key: dict[str, str], rounds: int) -> Seen:
    """Buy through each in turn, so many times, and ask all others at once."""
    seen = Seen()
    asked = QUESTIONS[0]
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:

        async def ask(server: Server, token: str) -> int:
            began = time.perf_counter()
            address = f"{server.address}/api/metrics/query?{asked}"
            answer = await client.get(address, headers={**key, HEADER: token})
            seen.times.append((time.perf_counter() - began) * 1000)
            seen.check(asked, answer, token)
            return int(answer.json()["totals"]["orders"])

        orders = await ask(servers[0], "")
        for number in range(rounds * len(servers)):
            writer = servers[number % len(servers)]
            token = await buy(client, writer, key, seen)
            orders += 1
            others = [one for one in servers if one is not writer]
            found = await asyncio.gather(*(ask(one, token) for one in others))
            if set(found) != {orders}:
                seen.wrong.append(f"{found} orders instead of {orders}")
    seen.times = seen.times[1:]
    return seen


async def amid_readers(
    servers: Sequence[Server], key: dict[str, str], readers: int, seconds: float, kills: int
) -> Seen:
    """Have readers ask all the time while purchases go on, and servers are killed so many times."""
    seen, until = Seen(), time.monotonic() + seconds
    # One for all: to make one each would take longer than what is measured.
    client = httpx2.AsyncClient(timeout=PATIENCE, limits=httpx2.Limits(max_connections=None))

    async def read(number: int) -> None:
        token, at = "", number
        while time.monotonic() < until:
            at += 1
            asked = QUESTIONS[at % len(QUESTIONS)]
            address = f"{servers[at % len(servers)].address}/api/metrics/query?{asked}"
            began = time.perf_counter()
            try:
                answer = await client.get(address, headers={**key, HEADER: token})
            except CUT_OFF:  # it was killed, or has not started yet: the next is asked
                seen.cut_off += 1
                await asyncio.sleep(0.05)
                continue
            if answer.status_code != 200:
                seen.refused[answer.text[:100]] += 1
                continue
            seen.times.append((time.perf_counter() - began) * 1000)
            seen.check(asked, answer, token)
            token = answer.headers[HEADER]

    async def keep_buying() -> None:
        while time.monotonic() < until:
            with suppress(*CUT_OFF):
                await buy(client, random.choice(servers), key, seen)
            await asyncio.sleep(BOUGHT_EVERY)

    async def keep_killing() -> None:
        for _ in range(kills):
            await asyncio.sleep(seconds / (kills + 1))
            victim = random.choice(servers)
            await asyncio.to_thread(victim.kill)
            victim.start()

    async with client:
        everybody = [read(number) for number in range(readers)]
        await asyncio.gather(*everybody, keep_buying(), keep_killing())
    return seen


def count_orders(servers: Sequence[Server], key: dict[str, str]) -> set[int]:
    """What each of them says in the end."""
    wait_until_up(servers)
    token = httpx2.get(f"{servers[0].address}/api/purchases", headers=key).headers[HEADER]
    asked = f"/api/metrics/query?{QUESTIONS[0]}"
    found = [
        httpx2.get(f"{one.address}{asked}", headers={**key, HEADER: token}, timeout=PATIENCE)
        for one in servers
    ]
    return {int(one.json()["totals"]["orders"]) for one in found}


def told(name: str, seen: Seen, seconds: float | None = None) -> str:
    """A row of the table."""
    rate = "" if seconds is None else f"{len(seen.times) / seconds:,.0f}"
    times = sorted(seen.times)
    taken = " | ".join(f"{one:,.0f} ms" for one in (median(times), p95(times), times[-1]))
    return (
        f"| {name} | {len(times):,} | {rate} | {taken}"
        f" | {seen.cut_off} | {sum(seen.refused.values())} | {len(seen.wrong)} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--servers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=25, help="purchases through each server")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with database_of("postgresql", home) as url, running(home, url, asked.servers) as servers:
            key = sign_in(servers[0])
            write_sales(home / "sales.csv", seed=7, until=UNTIL, lines=asked.lines)
            load(servers[0], key, home / "sales.csv")
            [before] = count_orders(servers, key)
            about = (servers, key, asked.readers, asked.seconds)
            print(
                "| what | answers | a second | median | p95 | slowest | cut off | refused | wrong |"
            )
            print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
            found = [uvloop.run(after_each_purchase(servers, key, asked.rounds))]
            print(told("after each purchase", found[0]), flush=True)
            for name, times in (("readers", 0), (f"{asked.kills} kills", asked.kills)):
                found.append(uvloop.run(amid_readers(*about, times)))
                print(told(name, found[-1], asked.seconds), flush=True)
            after = count_orders(servers, key)
    bought = sum(seen.bought for seen in found)
    print(f"\n{bought} purchases were acknowledged; {before} orders before, {after} in the end")
    for seen in found:
        for text in [*seen.wrong[:5], *seen.refused]:
            print(text)
    refused = any(seen.refused for seen in found[:2])
    wrong = any(seen.wrong for seen in found)
    # One that was made while its server was killed may count without having been acknowledged.
    if wrong or refused or len(after) != 1 or max(after) < before + bought:
        sys.exit(1)


if __name__ == "__main__":
    main()
