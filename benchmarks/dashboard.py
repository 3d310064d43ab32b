"""How soon the dashboard shows what was asked for, to one person and beside many.

    python benchmarks/dashboard.py [--lines 10000000] [--times 20] [--seconds 60] [--folder KEPT]

Starts a real server on the demo shop, and on an invented one of so many lines (0: none). Opens
pages in a real Chromium and times, in milliseconds: first visits, each by a new browser that is
signed in but has nothing kept, until the figures at the top are there and until all is; next pages,
by clicks on the menu; and changes of the period. All but the first are timed until the script has
ended and the picture does not change any more. Then 25 clients of other people click once in 5
seconds each, over WebSockets as the browser does, while a Chromium is timed. All run on the same
machine. A folder that is given keeps both shops for the next time. Prints a table for
docs/performance.md; exits with 1 if something failed, or the issue's figures are missed.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

import bench_clicks
from bench_engines import EMAIL, PASSWORD, Server, serving, started
from bench_pages import Visitor, browsing
from bench_people import Signed, add_people, cookies_of, p95
from bench_shop import enter_in_journal, write_batches
from tillsight.database import Database
from tillsight.operating.known_passwords import DEMO_FILE

UNTIL = "2025-06-30"
CLIENTS, EVERY = 25, 5.0
SETTLING = 5.0
"""Seconds until all clients have opened their page and the Chromium beside them is timed."""
FIGURES, FIRST = "first visit, figures", "first visit, whole page"
NEXT, FILTER = "next page", "another period"
BESIDE, OTHERS, OTHERS_FIRST = (
    f"clicks beside {CLIENTS} clients",
    f"clicks of the {CLIENTS} clients",
    f"first pages of the {CLIENTS} clients",
)
LONGEST_MEDIAN = {FIGURES: 2500.0, NEXT: 700.0, FILTER: 700.0}
LONGEST_P95 = {BESIDE: 2000.0, OTHERS: 2000.0}
"""Milliseconds."""


@dataclass
class Measured:
    """Milliseconds by what was done, in the order of the table; what went wrong; and the
    processor time the server needed for a click while all clicked.
    """

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    cpu: float = 0.0
    load: float = 0.0

    def add(self, what: str, milliseconds: float) -> None:
        """One more; what goes on is told where nobody reads the table from."""
        self.times[what].append(milliseconds)
        print(f"{what}: {milliseconds:.0f} ms", file=sys.stderr, flush=True)


@contextmanager
def demo_shop(home: Path) -> Iterator[tuple[Server, Signed]]:
    """The demo shop, which is made where it is not there yet."""
    with started(home, "demo", "--until", UNTIL) as server:
        kept = json.loads((home / DEMO_FILE).read_text(encoding="utf-8"))
        yield server, Signed(kept["email"], kept["password"])


@contextmanager
def large_shop(lines: int, home: Path) -> Iterator[tuple[Server, Signed]]:
    """An invented shop of so many lines; laid out when it is given."""
    if not (home / "entered").exists():
        database = Database(f"sqlite:///{home / 'tillsight.db'}")
        database.upgrade()
        enter_in_journal(home, database, write_batches(home / "lines", lines))
        database.close()
        (home / "entered").touch()
    with serving(home) as server:
        while server.client.get("/api/health/ready").status_code != 200:
            time.sleep(1)  # nothing is laid out yet
        while server.count_lines() < lines * 0.9:
            time.sleep(1)
        yield server, Signed(EMAIL, PASSWORD)


def measure(
    browser: Browser, server: Server, owner: Signed, home: Path, times: int, seconds: float
) -> Measured:
    """All of it."""
    url = str(server.client.base_url).rstrip("/")
    visitor = Visitor(browser, url, cookies_of(url, owner))
    found = Measured(load=os.getloadavg()[0])
    visitor.first_visit()  # the server has then imported what it needs
    for _ in range(times):
        shown = visitor.first_visit()
        found.add(FIGURES, shown.figures)
        found.add(FIRST, shown.drawn)
    for name, shown in visitor.next_pages(times):
        found.add(NEXT, shown.drawn)
        found.add(f"{NEXT}: {name}", shown.drawn)
    for shown in visitor.filter_changes(times):
        found.add(FILTER, shown.drawn)
    cookies = [
        cookies_of(url, one) for one in add_people(f"sqlite:///{home / 'tillsight.db'}", CLIENTS)
    ]
    before = server.cpu_seconds()
    with clicking(url, cookies, seconds) as clicks:
        time.sleep(SETTLING)
        for shown in visitor.click_on(seconds - SETTLING):
            found.add(BESIDE, shown.drawn)
    found.times[OTHERS], found.times[OTHERS_FIRST] = clicks.clicks, clicks.first
    found.errors = clicks.errors
    runs = sum(len(found.times[what]) for what in (BESIDE, OTHERS, OTHERS_FIRST))
    found.cpu = (server.cpu_seconds() - before) * 1000 / runs
    return found


@contextmanager
def clicking(
    url: str, cookies: list[dict[str, str]], seconds: float
) -> Iterator[bench_clicks.Times]:
    """Clients in a process of their own; what they found is there in the end."""
    found = bench_clicks.Times()
    program = [sys.executable, bench_clicks.__file__, url]
    choices = ["--seconds", str(seconds), "--every", str(EVERY)]
    with subprocess.Popen(
        [*program, *choices], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        json.dump(cookies, process.stdin)
        process.stdin.close()
        try:
            yield found
            vars(found).update(json.loads(process.stdout.read()))
        finally:
            process.kill()


def table(found: Mapping[str, Measured]) -> Iterator[str]:
    """As Markdown; a column for each shop."""
    names = list(dict.fromkeys(name for one in found.values() for name in one.times))
    yield "| what | " + " | ".join(f"{shop}: p50 ms | p95 ms | times" for shop in found) + " |"
    yield "|---|" + "--:|--:|--:|" * len(found)
    for name in names:
        cells = (_cells(one.times.get(name, [])) for one in found.values())
        yield f"| {name} | {' | '.join(cells)} |"
    for what in ("errors of the clients", "processor ms of the server a click"):
        told = (len(one.errors) if what[0] == "e" else round(one.cpu) for one in found.values())
        yield f"| {what} | {' | '.join(f'{one} | | ' for one in told)} |"


def _cells(times: list[float]) -> str:
    return f"{median(times):,.0f} | {p95(times):,.0f} | {len(times)}" if times else "| |"


def misses(one: Measured) -> Iterator[str]:
    """What failed, or took longer than it may."""
    for what, longest in LONGEST_MEDIAN.items():
        if median(one.times[what]) > longest:
            yield f"{what}: more than {longest:.0f} ms"
    for what, longest in LONGEST_P95.items():
        if p95(one.times[what]) > longest:
            yield f"{what}: more than {longest:.0f} ms"
    yield from one.errors[:5]


Shop = Callable[[Path], AbstractContextManager[tuple[Server, Signed]]]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=0)
    arguments.add_argument("--times", type=int, default=20)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--folder", type=Path)
    asked = arguments.parse_args()
    shops: dict[str, Shop] = {"demo shop": demo_shop}
    if asked.lines:
        shops[f"{asked.lines:,} lines"] = partial(large_shop, asked.lines)
    found: dict[str, Measured] = {}
    with TemporaryDirectory() as temporary, browsing() as browser:
        for name, shop in shops.items():
            home = (asked.folder or Path(temporary)).resolve() / name.replace(" ", "-")
            home.mkdir(parents=True, exist_ok=True)
            with shop(home) as (server, owner):
                found[name] = measure(browser, server, owner, home, asked.times, asked.seconds)
    loads = ", ".join(f"{one.load:.1f}" for one in found.values())
    print(f"{os.cpu_count()} processors, load before: {loads}\n")
    print("\n".join(table(found)))
    missed = [f"{name}: {one}" for name, each in found.items() for one in misses(each)]
    print("\n".join(["", *missed]))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
