"""How fast a shop is laid out from its files in a folder, and in a bucket that speaks S3.

    python benchmarks/journal_place.py [--lines 10000000] [--rounds 3] [--folder FOLDER]

The bucket is that of the S3-speaking server of the tests, as a process on this machine, which is
written in Python and slower than a real one; what fetching alone takes is told beside.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, gettempdir

from pyarrow.fs import S3FileSystem

from bench_shop import enter_in_journal, write_batches
from bench_table import machine
from tillsight.database import Database
from tillsight.logs import configure_logging
from tillsight.sales.folders import Folders
from tillsight.settings import LogLevel
from tillsight.warehouse import Warehouse

WITHIN = 1800.0
KEYS = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "known to everybody",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
}


@contextmanager
def bucket() -> Iterator[str]:
    """The address of an empty bucket of a server of our own."""
    os.environ.update(KEYS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        endpoint = f"127.0.0.1:{port}"
        s3 = S3FileSystem(endpoint_override=endpoint, scheme="http", allow_bucket_creation=True)
        s3.create_dir("benchmark")
        yield f"s3://benchmark/shop?endpoint_override={endpoint}&scheme=http"
    finally:
        server.terminate()
        server.wait(timeout=20)


def lay_out(folders: Folders, database: Database) -> float:
    """Seconds from an empty warehouse to one that answers from everything."""
    shutil.rmtree(folders.home / "warehouse", ignore_errors=True)
    warehouse = Warehouse(folders.home, database, folders=folders)
    begun = time.perf_counter()
    warehouse.catch_up(WITHIN)
    taken = time.perf_counter() - begun
    warehouse.close()
    return taken


def fetch(folders: Folders) -> float:
    """Seconds until all files that the bucket has are here."""
    shutil.rmtree(folders.kept.root)
    files = [one.path for one in folders.kept.listed(folders.batches)]
    begun = time.perf_counter()
    with folders.kept.reading(files):
        return time.perf_counter() - begun


def send(home: Path, there: Folders) -> float:
    """Seconds until the bucket has all files of a home."""
    begun = time.perf_counter()
    with there.kept.reading():
        for file in (home / "sales").iterdir():
            copy = there.batches / file.name
            shutil.copyfile(file, copy)
            there.kept.keep(copy)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir(), "tillsight-bench"))
    arguments = parser.parse_args()
    configure_logging(LogLevel.warning)
    batches = write_batches(arguments.folder, arguments.lines)
    lines = sum(one.rows for one in batches)
    with TemporaryDirectory(dir=arguments.folder) as name, bucket() as address:
        home = Path(name)
        database = Database(f"sqlite:///{home / 'tillsight.db'}")
        database.upgrade()
        enter_in_journal(home, database, batches)
        here, there = Folders(home), Folders(home, address)
        size = sum(file.stat().st_size for file in here.batches.iterdir()) / 1e6
        load = os.getloadavg()[0]
        print(f"{machine()}, load {load:.1f}\n\n{lines:,} lines, {size:.0f} MB\n")
        print("| what | median | |\n|---|--:|--:|", flush=True)
        sent = send(home, there)
        print(f"| files sent to the bucket | {sent:.1f} s | {size / sent:.0f} MB/s |", flush=True)
        fetched = [fetch(there) for _ in range(arguments.rounds)]
        taken = median(fetched)
        print(f"| files fetched | {taken:.1f} s | {size / taken:.0f} MB/s |", flush=True)
        for what, folders, is_new in (
            ("a folder", here, False),
            ("the bucket, no copies here", there, True),
            ("the bucket, copies here", there, False),
        ):
            found = []
            for _ in range(arguments.rounds):
                if is_new:
                    shutil.rmtree(there.kept.root)
                found.append(lay_out(folders, database))
            taken = median(found)
            print(f"| laid out from {what} | {taken:.1f} s | {lines / taken:,.0f} lines/s |")
        database.close()


if __name__ == "__main__":
    main()
