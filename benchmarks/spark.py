"""Summaries built by a real cluster of a master and two workers: how long, one worker killed in the
middle, how soon a fresh server answers, and how much memory it takes, whatever the number of lines.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench_cluster import LOOPBACK, Cluster, cluster
from bench_journal import recount
from bench_shop import enter_in_journal, write_batches, write_next_days
from tillsight.database import Database
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales.folders import Folders
from tillsight.warehouse.built import BuiltWarehouse

COMMAND = [sys.executable, "-m", "tillsight", "summaries", "build"]
QUESTIONS = {
    "totals": Question(("revenue", "orders", "customers")),
    "by month": Question(("revenue", "orders", "customers"), ("month",)),
    "by country": Question(("revenue", "orders"), ("country",)),
    "by segment": Question(("revenue", "customers"), ("segment",)),
    "top customers": Question(("revenue",), ("customer",), order="-revenue", limit=10),
    "top products": Question(("revenue", "orders"), ("product",), order="-revenue", limit=10),
}


def main() -> None:
    """Measure shops of the sizes asked for, and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--folder", type=Path, help="where batches are kept for the next time")
    parser.add_argument("--memory", default="1500m", help="of each worker")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    work = Path(tempfile.mkdtemp(prefix="bench-spark-", dir=given.folder))
    try:
        for lines in given.lines:
            measure(lines, given.folder or work, work / str(lines), given.memory)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def measure(lines: int, batches: Path, work: Path, memory: str) -> None:
    """Build, build again after news and, with a worker killed, from nothing; look at a server."""
    home = work / "home"
    home.mkdir(parents=True)
    url = f"sqlite:///{home / 'tillsight.db'}"
    database = Database(url)
    database.upgrade()
    (home / "sales").mkdir()
    enter_in_journal(home, database, write_batches(batches / "batches", lines))
    with cluster(work, memory=memory) as found:
        whole = build(home, found, memory)
        print(f"{lines:,} lines: built in {whole:.1f} s, {lines / whole:,.0f} lines/s")
        print(f"  summaries: {size_of(Folders(home).summaries) / 1e6:,.0f} MB")
        news = write_next_days(batches / "batches", lines, lines // 1000)
        enter_in_journal(home, database, [news])
        seconds = build(home, found, memory)
        newest = max(Folders(home).summaries.glob("*-*"), key=lambda one: one.stat().st_mtime)
        written = size_of(newest) / 1e6
        print(f"  {news.rows:,} lines more: built in {seconds:.1f} s, {written:,.1f} MB written")
        subprocess.run([*command_of(__file__), "--serve", str(home)], check=True)
        shutil.rmtree(home / "summaries")
        killer = threading.Timer(whole / 2, found.kill_worker, [0])
        killer.start()
        seconds = build(home, found, memory)
        killer.join()
        assert found.told()["aliveworkers"] <= 2
        print(f"  one worker killed after {whole / 2:.1f} s: built in {seconds:.1f} s")
    wanted = recount(home, url)
    warehouse = BuiltWarehouse(home, database)
    totals = answer(warehouse, Question(("revenue", "returns", "orders", "lines"))).totals
    warehouse.close()
    said = (float(round(wanted.revenue, 2)), float(round(wanted.returns, 2)))
    assert (totals["revenue"], totals["returns"]) == said, (totals, wanted)
    assert (totals["orders"], totals["lines"]) == (wanted.orders, wanted.lines), (totals, wanted)
    print("  and is right: revenue, returns, orders and lines are those counted from the files")
    database.close()


def size_of(folder: Path) -> int:
    """Bytes of the summaries in a folder."""
    return sum(one.stat().st_size for one in folder.rglob("*.parquet"))


def build(home: Path, found: Cluster, memory: str) -> float:
    """Have the cluster build by the command; returns seconds."""
    executor = f"spark.executor.memory={int(memory.rstrip('m')) - 100}m"
    settings = [part for one in (*LOOPBACK, executor) for part in ("--conf", one)]
    environment = {**os.environ, "TILLSIGHT_HOME": str(home)}
    begun = time.monotonic()
    command = [*COMMAND, "--spark", found.url, *settings]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.monotonic() - begun


def command_of(file: str) -> list[str]:
    """How this file is run once more, as a process of its own whose memory is its own."""
    return [sys.executable, file]


def serve(home: Path) -> None:
    """Open the warehouse, ask everything twice, and print seconds and memory."""
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    before = peak()
    begun = time.monotonic()
    warehouse = BuiltWarehouse(home, database)
    warehouse.catch_up(wait=0)
    print(f"  opened in {time.monotonic() - begun:.2f} s")
    for name, question in QUESTIONS.items():
        begun = time.monotonic()
        answer(warehouse, question)
        print(f"  {name}: {(time.monotonic() - begun) * 1000:,.0f} ms")
    print(f"  memory: {peak() - before:,.0f} MB above the {before:,.0f} MB of an idle process")
    warehouse.close()
    database.close()


def peak() -> float:
    """Megabytes that this process held at the most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    raise AssertionError


if __name__ == "__main__":
    main()
