"""How a large sales file is loaded: speed, memory, disk, questions meanwhile, undo and redo.

    python benchmarks/import_large.py [--lines 1000000] [--folder FOLDER]

An invented shop is written as three CSV files, in the order of its days: a first one of a tenth of
the lines, the large one, and a last one of a tenth (at most a million). The large one is read by
plain `read_csv` and loaded in this process; then a real server loads all three over HTTP, and is
asked questions while it loads the large one. The files stay in the folder, to be used again.
"""

import argparse
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, gettempdir

import httpx2

from bench_engines import NO_CACHE, Server, serving
from bench_meanwhile import meanwhile
from bench_shop import write_csv
from bench_table import begin_table, show
from import_speed import read_csv, tillsight
from tillsight.logs import configure_logging
from tillsight.settings import LogLevel

LAST_LINES = 1_000_000
PAUSE = 0.1
"""Seconds between two questions."""
IDLE_ROUNDS = 15
WITHIN = 1800.0
QUESTIONS = {
    "totals": {"measures": "revenue,orders,customers"},
    "by month": {"measures": "revenue,orders,customers", "by": "month"},
    "by country": {"measures": "revenue,orders", "by": "country"},
    "top customers": {"measures": "revenue", "by": "customer", "order": "-revenue", "limit": "10"},
}


@dataclass
class Asked:
    """How long each question took, in seconds, and the versions that answered."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {one: [] for one in QUESTIONS})
    versions: set[int] = field(default_factory=set)

    def ask_each(self, client: httpx2.Client) -> None:
        """Ask every question once."""
        for name, params in QUESTIONS.items():
            start = time.perf_counter()
            answer = client.get("/api/metrics/query", params=params, headers=NO_CACHE)
            self.seconds[name].append(time.perf_counter() - start)
            self.versions.add(answer.raise_for_status().json()["data_version"])

    def go_on(self, client: httpx2.Client, over: threading.Event) -> None:
        """Ask them again and again."""
        while not over.wait(PAUSE):
            self.ask_each(client)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir(), "tillsight-bench"))
    arguments = parser.parse_args()
    configure_logging(LogLevel.warning)
    files = write_files(arguments.folder, arguments.lines)
    rows = count_rows(files[1])
    size = files[1].stat().st_size
    begin_table(f"{rows:,} lines, {size / 10**6:,.0f} MB of CSV")
    alone(files[1], rows)
    with TemporaryDirectory(dir=arguments.folder) as home, serving(Path(home)) as server:
        over_http(server, Path(home), files, rows)


def write_files(folder: Path, lines: int) -> list[Path]:
    """The three files; those that are there already are taken as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    first, last = lines // 10, min(lines // 10, LAST_LINES)
    whole, done, files = first + lines + last, 0, []
    for name, count in (("first", first), ("large", lines), ("last", last)):
        file = folder / f"{lines}-{name}.csv"
        if not file.exists():
            write_csv(file, whole, done, done + count)
        files.append(file)
        done += count
    return files


def alone(file: Path, rows: int) -> None:
    """Beside DuckDB's own reading, into an empty home, with nobody asking."""
    with TemporaryDirectory(dir=file.parent) as folder:
        plain = read_csv(file, Path(folder))["plain read_csv"]
    with TemporaryDirectory(dir=file.parent) as folder:
        steps = tillsight(file, Path(folder))
        batches = sum(one.stat().st_size for one in Path(folder, "sales").iterdir())
    journaled, answerable = steps["import, journaled"], steps["import and warehouse"]
    show("plain read_csv into a table", f"{plain:.1f} s", f"{rows / plain:,.0f} lines/s")
    show("checked and journaled", f"{journaled:.1f} s", f"{journaled / plain:.2f} times read_csv")
    show("answerable, alone", f"{answerable:.1f} s", f"{rows / answerable:,.0f} lines/s")
    show("batch", f"{batches / 10**6:,.0f} MB", f"{batches / file.stat().st_size:.3f} of the CSV")


def over_http(server: Server, home: Path, files: list[Path], rows: int) -> None:
    """A server that is asked while it loads the large file, then undoes and redoes the others."""
    first, large, last = files
    load(server, first, 1)
    idle, busy = Asked(), Asked()
    for _ in range(IDLE_ROUNDS):
        idle.ask_each(server.client)
    before = server.memory().get("VmRSS", 0)
    server.forget_peak()
    with meanwhile(partial(busy.go_on, server.client)):
        seconds = seconds_of(partial(load, server, large, 2))
    peak = server.memory().get("VmHWM", 0)
    show("answerable over HTTP, while asked", f"{seconds:.1f} s", f"{rows / seconds:,.0f} lines/s")
    show("memory of the server above idle", f"{(peak - before) / 2**20:,.0f} MB", "at most")
    show("versions that answered meanwhile", ", ".join(map(str, sorted(busy.versions))))
    for name in QUESTIONS:
        usual, now = median(idle.seconds[name]), median(busy.seconds[name])
        figures = f"{now / usual:.1f} times {usual * 1000:.0f} ms idle"
        show(f"question meanwhile: {name}", f"{now * 1000:.0f} ms", figures)
    load(server, last, 3)
    for which, number in (("last", 3), ("first", 1)):
        version = server.version()
        count = lines_of(server, number)
        for word, change in (
            ("undo", partial(server.client.delete, f"/api/imports/{number}")),
            ("redo", partial(server.client.post, f"/api/imports/{number}/redo")),
        ):
            version += 1
            taken = seconds_of(partial(settle, server, change, version))
            show(f"{word} of the {which} file", f"{taken:.1f} s", f"{count:,} lines")
    kept = sum(one.stat().st_size for one in (home / "warehouse").rglob("*") if one.is_file())
    show("warehouse on disk", f"{kept / 10**6:,.0f} MB")


def load(server: Server, file: Path, version: int) -> None:
    """Send a file and wait until it can be asked about, whether it is answered at once or not."""
    with file.open("rb") as content:
        answer = server.client.post(
            "/api/imports", files={"file": (file.name, content)}, timeout=WITHIN
        )
    answer.raise_for_status()
    server.wait_for(version)


def settle(server: Server, change: Callable[[], httpx2.Response], version: int) -> None:
    """Make a change and wait until it is answered from."""
    change().raise_for_status()
    server.wait_for(version)


def lines_of(server: Server, number: int) -> int:
    """How many rows an import has."""
    return int(server.client.get(f"/api/imports/{number}").raise_for_status().json()["rows"])


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def count_rows(file: Path) -> int:
    """Lines of a CSV file after its header."""
    with file.open("rb") as opened:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: opened.read(1 << 20), b"")) - 1


if __name__ == "__main__":
    main()
