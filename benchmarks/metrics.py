"""How fast questions are answered, and whether all who are asked give the same answer.

    python benchmarks/metrics.py [--lines 1000000] [--folder KEPT]

Makes a shop, has a real server lay it out, and puts each question to Tillsight over HTTP (without
and with its cache), to hand-written SQL on the lines in DuckDB, to pandas (up to 5 million lines)
and to PostgreSQL (up to 1 million). Prints tables for docs/performance.md. Exits with 1 if two
answers differ.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TypeVar

import duckdb

from bench_engines import (
    NO_CACHE,
    Ask,
    RefusedError,
    Rows,
    Server,
    duckdb_on_lines,
    pandas_on_lines,
    postgres_on_lines,
    rows_of,
    serving,
)
from bench_questions import Question, questions
from bench_shop import Batch, enter_in_journal, write_batches
from bench_table import machine
from tillsight.database import Database

LINES = 1_000_000
PANDAS_UP_TO = 5_000_000
POSTGRES_UP_TO = 1_000_000

TILLSIGHT_REPETITIONS, OTHER_REPETITIONS = 25, 5
FEWEST_REPETITIONS = 3
TIME_BOX = 5.0
"""Seconds after which no more than the fewest repetitions are made."""
ONCE_ABOVE = 10.0
"""Seconds above which an answer is not asked for again."""

UNCACHED, CACHED, SQL, PANDAS, POSTGRES = (
    "Tillsight",
    "cached",
    "SQL on the lines",
    "pandas",
    "PostgreSQL",
)

T = TypeVar("T")
Answer = dict[tuple[str | None, ...], tuple[float, ...]]
"""Numbers by keys, both written alike whoever answered."""


@dataclass(frozen=True)
class Timing:
    """Seconds of the first asking, and of the repetitions after it."""

    first: float
    repeated: list[float]

    @property
    def median(self) -> float:
        """The usual time."""
        return median(self.repeated)

    @property
    def p95(self) -> float:
        """What 19 of 20 stay below."""
        if len(self.repeated) < 2:
            return self.repeated[0]
        return quantiles(self.repeated, n=20, method="inclusive")[-1]


@dataclass
class Result:
    """A question with the times and the answers of all who were asked."""

    question: Question
    timings: dict[str, Timing] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    refusal: RefusedError | None = None

    def problems(self) -> Iterator[str]:
        """Whatever is not as it should be."""
        if self.refusal and self.refusal.status not in {404, 503}:
            yield f"{self.question.name}: HTTP {self.refusal.status} {self.refusal}"
        for name, answer in self.answers.items():
            if difference := _difference(answer, self.answers[SQL]):
                yield f"{self.question.name}: {name} beside {SQL}: {difference}"


@dataclass(frozen=True)
class Addition:
    """Lines to add to the shop, as a file each time; `later` puts them after its last day."""

    when: str
    lines: int
    times: int
    later: bool


@dataclass(frozen=True)
class Refresh:
    """Seconds from sending a file until it is loaded, and until a question has seen it."""

    what: str
    loaded: float
    seen: float


ADDITIONS = (
    Addition("of a new day", 1, 5, later=True),
    Addition("of new days", 100_000, 1, later=True),
    Addition("of days already there", 100_000, 1, later=False),
)


def main() -> None:
    """Measure, print and compare."""
    arguments = _arguments()
    with TemporaryDirectory(dir=arguments.folder) as temporary:
        folder = Path(temporary).resolve()  # the server runs in another folder
        _say(f"Making a shop of {arguments.lines:,} lines")
        batches = write_batches((arguments.folder or folder) / "shop", arguments.lines)
        home = folder / "home"
        home.mkdir()
        with serving(home) as server:
            _say("Laying it out")
            seconds = _laid_out(server, home, batches)
            notes = [_laid_out_note(batches, seconds), _memory_note(server, "while laying out")]
            server.forget_peak()
            results = _asked_of_all(server, folder, batches, arguments.lines)
            notes.append(_memory_note(server, "while answering"))
            refreshes = _refreshes(server, folder, batches)
    _print_report(results, refreshes, notes)
    problems = [problem for result in results for problem in result.problems()]
    for problem in problems:
        print(f"DIFFERENT: {problem}")
    sys.exit(bool(problems))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lines", type=int, default=LINES, help="size of the shop")
    parser.add_argument("--folder", type=Path, help="an existing folder that keeps the shop")
    return parser.parse_args()


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _laid_out(server: Server, home: Path, batches: list[Batch]) -> float:
    """Enter the batches in the journal; returns the seconds until the server answers from them."""
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    newest = enter_in_journal(home, database, batches)
    database.close()
    start = time.perf_counter()
    while server.version() < newest:
        # Asking takes some of the time that is measured, so the longer it lasts the less is asked.
        time.sleep(max((time.perf_counter() - start) / 50, 0.02))
    return time.perf_counter() - start


def _asked_of_all(server: Server, folder: Path, batches: list[Batch], lines: int) -> list[Result]:
    with ExitStack() as stack:
        others: dict[str, Ask] = {}
        for name, most, engine in (
            (SQL, None, duckdb_on_lines),
            (PANDAS, PANDAS_UP_TO, pandas_on_lines),
            (POSTGRES, POSTGRES_UP_TO, postgres_on_lines),
        ):
            if most is None or lines <= most:
                _say(f"Loading the lines for {name}")
                others[name] = stack.enter_context(engine(folder, batches))
        return [_asked(server, others, question) for question in questions()]


def _asked(server: Server, others: dict[str, Ask], question: Question) -> Result:
    """Put a question to everybody, one after the other, so that a busy moment hits all of them."""
    _say(question.name)
    result = Result(question)
    for name, headers in ((UNCACHED, NO_CACHE), (CACHED, {})):
        response, timing = _timed(
            lambda headers=headers: server.ask(question, headers), TILLSIGHT_REPETITIONS
        )
        try:
            result.answers[name] = _alike(question, rows_of(question, response))
            result.timings[name] = timing
        except RefusedError as refusal:
            result.refusal = refusal
    for name, ask in others.items():
        rows, result.timings[name] = _timed(lambda ask=ask: ask(question), OTHER_REPETITIONS)
        result.answers[name] = _alike(question, rows)
    return result


def _timed(ask: Callable[[], T], most: int) -> tuple[T, Timing]:
    """The last answer, and how long the first and the repeated askings took."""
    answer, first = _clocked(ask)
    if first > ONCE_ABOVE:
        return answer, Timing(first, [first])
    repeated: list[float] = []
    while len(repeated) < FEWEST_REPETITIONS or (len(repeated) < most and sum(repeated) < TIME_BOX):
        answer, seconds = _clocked(ask)
        repeated.append(seconds)
    return answer, Timing(first, repeated)


def _clocked(ask: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    answer = ask()
    return answer, time.perf_counter() - start


KEY_FORMATS = {"day": "%Y-%m-%d", "month": "%Y-%m"}


def _alike(question: Question, rows: Rows) -> Answer:
    """Without rows of zeros: only Tillsight fills the gaps in time."""
    answer: Answer = {}
    for row in rows:
        keys = tuple(_key(name, value) for name, value in zip(question.keys, row, strict=False))
        numbers = tuple(round(float(one or 0), 2) for one in row[len(keys) :])
        if any(numbers):
            answer[keys] = numbers
    return answer


def _key(name: str, value: object) -> str | None:
    if value is None or value != value:  # noqa: PLR0124  (pandas' way to say that it is unknown)
        return None
    is_time = name in KEY_FORMATS and not isinstance(value, str | int)
    return f"{value:{KEY_FORMATS[name]}}" if is_time else str(value)


def _difference(one: Answer, two: Answer) -> str:
    """The first few rows that differ; empty if none does."""
    different = [
        f"{keys}: {one.get(keys)} or {two.get(keys)}"
        for keys in one.keys() | two.keys()
        if not _close(one.get(keys, ()), two.get(keys, ()))
    ]
    return f"{len(different)} rows, such as " + "; ".join(different[:3]) if different else ""


def _close(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    # Both are rounded to cents already; the rest is what floating numbers leave.
    return len(one) == len(two) and all(abs(a - b) < 0.001 for a, b in zip(one, two, strict=True))


def _refreshes(server: Server, folder: Path, batches: list[Batch]) -> list[Refresh]:
    return [_refresh(server, folder, batches[-1], one) for one in ADDITIONS]


def _refresh(server: Server, folder: Path, like: Batch, addition: Addition) -> Refresh:
    """The usual times of adding what is said, each time as a file of its own."""
    what = f"{min(addition.lines, like.rows):,} {addition.when}"
    _say(f"Adding {what}")
    loaded, seen = [], []
    for number in range(addition.times):
        file = folder / f"{addition.lines}-{addition.later}-{number}.csv"
        _write_csv(file, like, addition)
        before = server.count_lines()
        start = time.perf_counter()
        server.upload(file)
        loaded.append(time.perf_counter() - start)
        after = server.count_lines()
        seen.append(time.perf_counter() - start)
        if after <= before:
            raise SystemExit(f"The question after the import does not see it: {after:,} lines.")
    return Refresh(what, median(loaded), median(seen))


def _write_csv(file: Path, like: Batch, addition: Addition) -> None:
    """The last sales of a batch as new orders, in the columns of the Online Retail layout."""
    shift = "max(day) OVER () - min(day) OVER () + 1" if addition.later else "0"
    with duckdb.connect() as duck:
        duck.execute(
            f"""
            COPY (
                WITH last_sales AS (
                    SELECT *, time::DATE AS day FROM read_parquet(?)
                    WHERE kind = 'sale' ORDER BY line DESC LIMIT {addition.lines}
                )
                SELECT '{file.stem}-' || order_id AS InvoiceNo, product_id AS StockCode,
                       product_name AS Description, quantity::INTEGER AS Quantity,
                       time + to_days(({shift})::INTEGER) AS InvoiceDate,
                       price::DECIMAL(18, 2) AS UnitPrice, customer_id AS CustomerID,
                       country AS Country, category AS Category, channel AS Channel
                FROM last_sales
            ) TO '{file}' (HEADER)
            """,
            [str(like.path)],
        )


def _laid_out_note(batches: list[Batch], seconds: float) -> str:
    lines = sum(batch.rows for batch in batches)
    speed = lines / seconds
    return f"Laid out by the server: {lines:,} lines in {seconds:.1f} s, {speed:,.0f} a second."


def _memory_note(server: Server, when: str) -> str:
    memory = server.memory()
    if not memory:
        return f"Memory of the server {when}: not known on this system."
    now, peak = (f"{memory[name] / 2**20:,.0f} MB" for name in ("VmRSS", "VmHWM"))
    return f"Memory of the server {when}: {now} in the end, {peak} at most."


def _print_report(results: list[Result], refreshes: list[Refresh], notes: list[str]) -> None:
    print("\n".join(f"- {note}" for note in [f"{machine()}.", *notes]))
    print("\nMilliseconds; ratio: how many times faster Tillsight without its cache is than SQL.\n")
    print(
        "| question | first | p50 | p95 | cached p50 | SQL on lines | pandas | PostgreSQL | ratio |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for result in results:
        print(f"| {result.question.name} | {' | '.join(_cells(result))} |")
    print("\n| lines added | loaded after | seen by a question after |")
    print("|---|--:|--:|")
    for refresh in refreshes:
        print(f"| {refresh.what} | {_ms(refresh.loaded)} | {_ms(refresh.seen)} |")
    print()


def _cells(result: Result) -> list[str]:
    timings = result.timings
    others = [
        _ms(timings[name].median) if name in timings else "–"
        for name in (CACHED, SQL, PANDAS, POSTGRES)
    ]
    ours = timings.get(UNCACHED)
    if ours is None:
        status = result.refusal.status if result.refusal else 0
        missing = {404: "not there yet", 503: "stopped after 30 s"}.get(status, "failed")
        return [missing, "–", "–", *others, "–"]
    ratio = f"{timings[SQL].median / ours.median:,.1f}"
    return [_ms(ours.first), _ms(ours.median), _ms(ours.p95), *others, ratio]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.{1 if seconds < 0.1 else 0}f}"


if __name__ == "__main__":
    main()
