"""How long a server takes from its start to its first answer, and a shop to be laid out anew.

    python benchmarks/start.py [--lines 10000000] [--rounds 3] [--folder FOLDER]

The shop is laid out from its journal in one process with nobody asking, beside plain DuckDB that
reads the same Parquet into a table. Then a real server is started on the intact warehouse, again
and again: from the start of its process, with a sign-in, to the answer of its first question.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, gettempdir

import duckdb

from bench_engines import EMAIL, PASSWORD, serving, sign_in, started
from bench_shop import Batch, enter_in_journal, write_batches
from bench_table import begin_table, show
from tillsight.database import Database
from tillsight.logs import configure_logging
from tillsight.settings import LogLevel
from tillsight.warehouse import Warehouse

MOST_SECONDS = 3.0
LEAST_LINES_A_SECOND = 400_000
WITHIN = 1800.0
MEMORY = "1000 MB"
"""What our own engine may hold."""


def read_plainly(folder: Path, batches: list[Batch]) -> tuple[float, float]:
    """Seconds, and seconds of the processor, that DuckDB takes to copy the files into a table."""
    path, files = folder / "plain.duckdb", [str(one.path) for one in batches]
    begun, processor = time.perf_counter(), _processor()
    with duckdb.connect(str(path)) as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(f"SET memory_limit = '{MEMORY}'")
        duck.execute("CREATE TABLE lines AS SELECT * FROM read_parquet(?)", [files])
    taken = time.perf_counter() - begun, _processor() - processor
    path.unlink()
    return taken


def lay_out(home: Path, database: Database) -> tuple[float, float]:
    """The same of laying the journal out from nothing, until questions are answered."""
    shutil.rmtree(home / "warehouse", ignore_errors=True)
    warehouse = Warehouse(home, database)
    begun, processor = time.perf_counter(), _processor()
    warehouse.catch_up(WITHIN)
    taken = time.perf_counter() - begun, _processor() - processor
    warehouse.close()
    return taken


def first_answer(home: Path, lines: int) -> float:
    """Seconds from the start of a server's process to the answer of its first question.

    Raises:
        SystemExit: the answer is not of all sales.
    """
    begun = time.perf_counter()
    with started(home, "serve") as server:
        sign_in(server.client, EMAIL, PASSWORD)
        found = server.count_lines()
        taken = time.perf_counter() - begun
    if not lines * 0.9 < found <= lines:
        raise SystemExit(f"{found} lines of sales, of {lines}")
    return taken


def _processor() -> float:
    return sum(os.times()[:2])


def main() -> None:
    """Measure and print; exits 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir(), "tillsight-bench"))
    arguments = parser.parse_args()
    configure_logging(LogLevel.warning)
    batches = write_batches(arguments.folder, arguments.lines)
    lines = sum(one.rows for one in batches)
    with TemporaryDirectory(dir=arguments.folder) as name:
        home = Path(name)
        database = Database(f"sqlite:///{home / 'tillsight.db'}")
        database.upgrade()
        enter_in_journal(home, database, batches)
        begin_table(f"{lines:,} lines, {len(batches)} files")
        plain, plain_processor = read_plainly(home, batches)
        laid, laid_processor = lay_out(home, database)
        database.close()
        show(
            "plain DuckDB, Parquet into a table", f"{plain:.1f} s", f"{lines / plain:,.0f} lines/s"
        )
        show("laid out anew", f"{laid:.1f} s", f"{lines / laid:,.0f} lines/s")
        ratio = laid_processor / plain_processor
        show("processor for it", f"{laid_processor:.1f} s", f"{ratio:.1f} times plain DuckDB")
        with serving(home):
            pass  # makes who asks
        answers = [first_answer(home, lines) for _ in range(arguments.rounds)]
        show(
            "start to first answer, intact warehouse",
            f"{median(answers):.2f} s",
            f"at most {max(answers):.2f} s",
        )
    well = lines / laid >= LEAST_LINES_A_SECOND and median(answers) < MOST_SECONDS
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
