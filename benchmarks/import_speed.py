"""How fast a sales file is loaded, beside DuckDB's plain `read_csv` of the same file.

    python benchmarks/import_speed.py [FILE.csv | FILE.csv.gz]

Without a file, a demo shop of half a million lines is made. Every repetition starts from an empty
home, and the repetitions of all cases alternate, so that a busy moment of the machine hits all of
them.
"""

import argparse
import gzip
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from tillsight.database import Database
from tillsight.demo_shop import write_sales
from tillsight.logs import configure_logging
from tillsight.sales.choices import Locale
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.settings import LogLevel
from tillsight.warehouse import Warehouse

GZIP_MAGIC = b"\x1f\x8b"
REPETITIONS = 7
DEMO_LINES = 500_000
A_MINUTE = 60.0

Seconds = dict[str, float]
"""Time from the start to each step reached; the first case of a file is the yardstick."""
Case = Callable[[Path, Path], Seconds]
"""Loads a file into an empty folder."""


def read_csv(file: Path, folder: Path) -> Seconds:
    """Load the file into a DuckDB table on disk, without looking at it."""
    with duckdb.connect(str(folder / "plain.duckdb")) as duck:
        duck.execute("SET enable_progress_bar = false")
        start = time.perf_counter()
        duck.execute("CREATE TABLE sales AS SELECT * FROM read_csv(?)", [str(file)])
        return {"plain read_csv": time.perf_counter() - start}


def tillsight(file: Path, folder: Path) -> Seconds:
    """Load the file as a running server does, whose warehouse is open already."""
    database = Database(f"sqlite:///{folder / 'tillsight.db'}")
    database.upgrade()
    warehouse = Warehouse(folder, database)
    try:
        start = time.perf_counter()
        locale = Locale("UTC", "GBP")
        load(database, Folders(folder), locale, Loading(file, file.name, user_id=None))
        journaled = time.perf_counter() - start
        warehouse.catch_up(A_MINUTE)
        caught_up = time.perf_counter() - start
    finally:
        warehouse.close()
        database.close()
    return {"import, journaled": journaled, "import and warehouse": caught_up}


CASES: tuple[Case, ...] = (read_csv, tillsight)


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    configure_logging(LogLevel.warning)
    with TemporaryDirectory() as folder:
        files = _both_forms(arguments.file or _demo_file(Path(folder)), Path(folder))
        rows = _rows(files[0])
        print(f"{rows:,} rows, medians of {arguments.repetitions} alternating repetitions\n")
        _print_table(_measured(files, arguments.repetitions), rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", nargs="?", type=Path, help="sales, as .csv or .csv.gz")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    return parser.parse_args()


def _demo_file(folder: Path) -> Path:
    file = folder / "demo.csv"
    write_sales(file, seed=7, until=date(2025, 12, 31), lines=DEMO_LINES)
    return file


def _both_forms(given: Path, folder: Path) -> tuple[Path, Path]:
    """The file plain and packed, whichever of the two was given."""
    with given.open("rb") as opened:
        packed = opened.read(2) == GZIP_MAGIC
    if packed:
        plain = folder / "sales.csv"
        with gzip.open(given) as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target)
        return plain, given
    zipped = folder / "sales.csv.gz"
    with given.open("rb") as source, gzip.open(zipped, "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target)
    return given, zipped


def _rows(file: Path) -> int:
    [[rows]] = duckdb.execute("SELECT count(*) FROM read_csv(?)", [str(file)]).fetchall()
    return int(rows)


def _measured(files: tuple[Path, ...], repetitions: int) -> dict[Path, Seconds]:
    """Medians for each file, after a first round that warms up and does not count."""
    samples: dict[Path, dict[str, list[float]]] = {file: {} for file in files}
    for repetition in range(repetitions + 1):
        for file in files:
            for case in CASES:
                with TemporaryDirectory() as home:
                    for step, seconds in case(file, Path(home)).items():
                        samples[file].setdefault(step, [])
                        if repetition:
                            samples[file][step].append(seconds)
    return {
        file: {step: median(taken) for step, taken in steps.items()}
        for file, steps in samples.items()
    }


def _print_table(measured: dict[Path, Seconds], rows: int) -> None:
    print("| file | what | seconds | rows/s | times plain read_csv |")
    print("|---|---|--:|--:|--:|")
    for file, steps in measured.items():
        kind = ".csv.gz" if file.suffix == ".gz" else ".csv"
        plain = steps["plain read_csv"]
        for step, seconds in steps.items():
            speed, ratio = rows / seconds, seconds / plain
            print(f"| {kind} | {step} | {seconds:.3f} | {speed:,.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
