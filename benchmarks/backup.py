"""How long backups of a shop take while questions are asked, and whether they can be brought back.

    python benchmarks/backup.py [--lines 10000000] [--rounds 5] [--folder FOLDER]

A real server is asked the same questions in turn, with nobody else there, and then while
`tillsight backup` runs: full ones, each into a new folder, and then ones that add to a folder after
another file was loaded. The last is restored into an empty home and checked there.
"""

import argparse
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, gettempdir

from bench_engines import NO_CACHE, Server, command, serving
from bench_meanwhile import meanwhile
from bench_shop import enter_in_journal, write_batches, write_csv
from bench_table import begin_table, show
from tillsight.database import Database
from tillsight.warehouse import Warehouse

SECONDS_IDLE = 15.0
PAUSE = 0.02
"""Seconds between two questions."""
NEW_LINES = 20_000
MOST_SECONDS = 20.0
MOST_TIMES_IDLE = 2.0
WITHIN = 1800.0
QUESTIONS = (
    {"measures": "revenue,orders,customers"},
    {"measures": "revenue,orders,customers", "by": "month"},
    {"measures": "revenue,orders", "by": "country"},
    {"measures": "revenue", "by": "customer", "order": "-revenue", "limit": "10"},
    {"measures": "revenue,units", "by": "product", "order": "-revenue", "limit": "10"},
)


@dataclass
class Asked:
    """Seconds that questions took."""

    seconds: list[float] = field(default_factory=list)

    def percentile(self, of: int) -> float:
        """In milliseconds."""
        return sorted(self.seconds)[len(self.seconds) * of // 100] * 1000

    def ask_each(self, server: Server) -> None:
        """Ask every question once."""
        for params in QUESTIONS:
            start = time.perf_counter()
            answer = server.client.get("/api/metrics/query", params=params, headers=NO_CACHE)
            self.seconds.append(time.perf_counter() - start)
            answer.raise_for_status()
            time.sleep(PAUSE)

    def go_on(self, server: Server, over: threading.Event) -> None:
        """Ask them again and again."""
        while not over.is_set():
            self.ask_each(server)


def new_sales(server: Server, folder: Path, lines: int, number: int) -> None:
    """Load another small file, and wait until it is answered from."""
    file = folder / f"new-{number}.csv"
    write_csv(
        file,
        lines + (number + 1) * NEW_LINES,
        lines + number * NEW_LINES,
        lines + (number + 1) * NEW_LINES,
    )
    version = server.version()
    with file.open("rb") as content:
        sent = {"file": (file.name, content)}
        server.client.post("/api/imports?overlap=add", files=sent).raise_for_status()
    server.wait_for(version + 1)


def main() -> None:
    """Measure and print; exits 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir(), "tillsight-bench"))
    arguments = parser.parse_args()
    batches = write_batches(arguments.folder, arguments.lines)
    with TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        home = folder / "home"
        home.mkdir()
        database = Database(f"sqlite:///{home / 'tillsight.db'}")
        database.upgrade()
        version = enter_in_journal(home, database, batches)
        warehouse = Warehouse(home, database)
        warehouse.catch_up(WITHIN)
        warehouse.close()
        database.close()
        rows = sum(one.rows for one in batches)
        begin_table(f"{rows:,} lines, {len(batches)} batches")
        with serving(home) as server:
            server.wait_for(version)
            ended = measured(server, home, folder, arguments.lines, arguments.rounds)
        brought_back(folder)
    sys.exit(0 if ended else 1)


def measured(server: Server, home: Path, folder: Path, lines: int, rounds: int) -> bool:
    """Back up while somebody asks; whether the aims are met."""
    idle, full, more = Asked(), Asked(), Asked()
    idle.ask_each(server)
    idle.seconds.clear()  # the first ones warm it up
    with meanwhile(partial(idle.go_on, server)):
        time.sleep(SECONDS_IDLE)
    adding = []
    with meanwhile(partial(full.go_on, server)):
        places = [str(folder / f"full-{number}") for number in range(rounds)]
        fulls = [command(home, "backup", place)[0] for place in places]
    command(home, "backup", str(folder / "kept"))
    for number in range(rounds):
        new_sales(server, folder, lines, number)
        with meanwhile(partial(more.go_on, server)):
            adding.append(command(home, "backup", str(folder / "kept"))[0])
    start = command(home, "--version")[0]
    size = sum(one.stat().st_size for one in (folder / "full-0").rglob("*") if one.is_file())
    show(
        "full backup",
        f"{median(fulls):.1f} s",
        f"{size / 10**6:,.0f} MB; at most {max(fulls):.1f} s",
    )
    show("backup after a new file", f"{median(adding):.1f} s", f"at most {max(adding):.1f} s")
    show("of which starting the command", f"{start:.1f} s")
    for name, asked in (("idle", idle), ("during full ones", full), ("during others", more)):
        times = asked.percentile(95) / idle.percentile(95)
        figures = (
            f"p50 {asked.percentile(50):.0f} ms, {times:.2f} times idle, {len(asked.seconds)} asked"
        )
        show(f"questions {name}: p95", f"{asked.percentile(95):.0f} ms", figures)
    slowest = max(full.percentile(95), more.percentile(95))
    return max(fulls) < MOST_SECONDS and slowest <= MOST_TIMES_IDLE * idle.percentile(95)


def brought_back(folder: Path) -> None:
    """Restore the last backup into an empty home, and check it there."""
    new = folder / "new"
    new.mkdir()
    show(
        "check of a backup (all of the folder)",
        f"{command(new, 'verify', str(folder / 'full-0'))[0]:.1f} s",
    )
    show("restore into an empty home", f"{command(new, 'restore', str(folder / 'kept'))[0]:.1f} s")
    seconds, said = command(new, "verify")
    show("lay out and check what was restored", f"{seconds:.1f} s", said.splitlines()[-1])


if __name__ == "__main__":
    main()
