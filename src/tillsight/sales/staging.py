"""Checking a file as a whole, and writing what is good of it as a batch.

DuckDB reads the file as text and converts every cell, so a type is decided from all rows, never
from the first ones. A row is good, or it has one problem: the first of the checks it fails.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from tillsight.errors import InvalidInput
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.formats.header import refuse_repeated
from tillsight.sales.formats.limits import LONGEST_LINE
from tillsight.sales.formats.numbering import BY_LINES, Numbering
from tillsight.sales.layouts import DateOrder, Field, detect
from tillsight.sales.rows import KINDS
from tillsight.sales.rows.kind import Check, Reading, Source, text, trimmed

DELIMITERS = ",;\t|"
MEMORY = "700 MB"
"""What the checking of a file may hold; what does not fit goes to a folder."""
LINE = "rowid + 1"  # of `staged`, which keeps the file's order; row_number() is for one thread only
WITH_ALL_THREADS = f"buffer_size = {LONGEST_LINE}"
KEEPING_BROKEN_LINES = "parallel = false, store_rejects = true"
NOT_A_CSV = "The file cannot be read as CSV: its quotes or line ends do not add up."
csv.field_size_limit(LONGEST_LINE)  # Python's own limit is below that of a line


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be loaded."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Totals:
    """What the good rows add up to."""

    rows: int
    revenue: Decimal
    first_day: date | None
    last_day: date | None
    rounded: int


def read_header(path: Path) -> Source:
    """Find delimiter and layout from the first line.

    Raises:
        InvalidInput: no layout fits, or there is no line after the header.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(LONGEST_LINE)
        rest = file.readline(LONGEST_LINE)
    delimiter = max(DELIMITERS, key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    refuse_repeated(header)
    layout, columns = detect(header)
    if not rest.strip():
        raise InvalidInput("The file has a header and no rows.")
    return Source(path, layout, header, columns, delimiter)


class Staged:
    """A checked file, held in a private DuckDB until `close`."""

    def __init__(self, source: Source, timezone: str, spill: Path, numbering: Numbering) -> None:
        self.source = source
        self._numbering = numbering
        self._kind = KINDS[source.layout.kind]
        self._timezone = timezone
        self._reading = WITH_ALL_THREADS
        self._duck = duckdb.connect()
        self._duck.execute("SET enable_progress_bar = false")
        self._duck.execute(f"SET temp_directory = {_quoted(spill)}")
        self._duck.execute(f"SET memory_limit = '{MEMORY}'")
        self._stage()

    def totals(self) -> Totals:
        """Count and add up the good rows."""
        return Totals(*self._one(self._kind.totals))

    def bad_rows(self) -> int:
        """How many rows cannot be loaded."""
        [bad] = self._one("SELECT count(*) FROM staged WHERE problem IS NOT NULL")
        return int(bad) + len(self._broken_lines())

    def first_problems(self, limit: int) -> list[Problem]:
        """The first problems in file order."""
        return [problem for problem, _cells in islice(self._rejects(), limit)]

    def write_rejects(self, path: Path) -> None:
        """Write the rows that cannot be loaded as they are in the file, with line and reason."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*self.source.header, "line", "reason"])
            for problem, cells in self._rejects():
                reason = f"{problem.column}: {problem.reason}" if problem.column else problem.reason
                padded = cells + [""] * (len(self.source.header) - len(cells))
                writer.writerow([*padded, problem.line, reason])

    def write_batch(self, path: Path) -> None:
        """Write the good rows as Parquet, in file order."""
        columns = self._kind.batch_columns
        self._duck.execute(
            f"""
            COPY (SELECT {LINE} AS line, {columns} FROM staged WHERE problem IS NULL)
            TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd)
            """
        )

    def close(self) -> None:
        """Let go of the memory."""
        self._duck.close()

    def _one(self, statement: str) -> tuple[Any, ...]:
        [row] = self._duck.execute(statement).fetchall()
        return row

    def _stage(self) -> None:
        """Convert with the date order that fails least; later ones are tried only on failures."""
        if Field.time not in self.source.columns:
            self._convert(DateOrder.iso)  # which there is nothing to read by
            return
        orders = sorted(self.source.layout.date_orders, key=self._differs_from_first_row)
        failures: dict[DateOrder, int] = {}
        for order in orders:
            failures[order] = self._stage_with(order)
            if failures[order] == 0:
                return
        best = min(orders, key=failures.__getitem__)
        if best is not orders[-1]:
            self._stage_with(best)

    def _stage_with(self, order: DateOrder) -> int:
        """Convert the file; returns how many dates could not be read."""
        checks = self._convert(order)
        dates = [place for place, check in enumerate(checks) if check.field is Field.time]
        places = ", ".join(map(str, dates))
        [failures] = self._one(f"SELECT count(*) FROM staged WHERE problem IN ({places})")
        return int(failures)

    def _convert(self, order: DateOrder) -> list[Check]:
        """Convert the file; returns the checks it had to pass."""
        checks = self._kind.checks(self.source)
        try:
            self._read(order, checks)
        except duckdb.Error as error:
            refuse_full_disk(error)
            # Threads guess where a row begins. DuckDB compares their guesses, but not while it
            # keeps broken lines: then line breaks in a cell could make rows out of its text.
            self._read_keeping_broken_lines(order, checks)
        return checks

    def _read(self, order: DateOrder, checks: list[Check]) -> None:
        file = _file_sql(self.source, self._reading)
        self._duck.execute(_staging_sql(self.source, order, self._timezone, checks, file))

    def _read_keeping_broken_lines(self, order: DateOrder, checks: list[Check]) -> None:
        self._reading = KEEPING_BROKEN_LINES
        try:
            self._read(order, checks)
        except duckdb.Error as error:
            refuse_full_disk(error)
            # The engine's own words quote the user's rows and our paths.
            raise InvalidInput(NOT_A_CSV) from None
        # A single thread says nothing of a quote that is never closed, and drops what follows it.
        [rows] = self._one("SELECT count(*) FROM staged")
        if rows + len(self._broken_lines()) != sum(1 for _ in self._records()):
            raise InvalidInput(NOT_A_CSV)

    def _differs_from_first_row(self, order: DateOrder) -> bool:
        """Sorts the order that the first row suggests to the front."""
        with self.source.path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=self.source.delimiter)
            try:
                cells = next(islice(rows, 1, None), [])
            except csv.Error:
                raise InvalidInput(NOT_A_CSV) from None
        place = self.source.columns[Field.time]
        value = cells[place].strip() if place < len(cells) else ""
        return (order is DateOrder.iso) != (value[4:5] == "-")

    def _broken_lines(self) -> dict[int, str]:
        """Lines whose cells do not fit the header, with the reason; DuckDB kept them apart."""
        if self._reading is WITH_ALL_THREADS:
            return {}
        rows = self._duck.execute(
            """
            SELECT line_byte_position, min(error_type::VARCHAR) FROM reject_errors
            GROUP BY 1 ORDER BY 1
            """
        ).fetchall()
        broken = {}
        line, reached = 1, 0
        with self.source.path.open("rb") as file:
            for position, kind in rows:
                line += file.read(position - reached).count(b"\n")
                reached = position
                broken[line] = _broken_reason(kind)
        return broken

    def _rejects(self) -> Iterator[tuple[Problem, list[str]]]:
        """Every row that cannot be loaded, with its cells, in file order.

        DuckDB numbers the rows it could read; Python's reader walks along to find their lines,
        which differ from the numbers where cells hold line breaks.
        """
        checks = self._kind.checks(self.source)
        bad = dict(
            self._duck.execute(
                f"SELECT {LINE}, problem FROM staged WHERE problem IS NOT NULL"
            ).fetchall()
        )
        broken = self._broken_lines()
        number = 0
        for line, told, cells in self._records():
            if line in broken:
                yield Problem(told, "", "", broken[line]), cells
                continue
            number += 1
            if number in bad:
                check = checks[bad[number]]
                place = self.source.columns[check.field]
                value = cells[place] if place < len(cells) else ""
                yield Problem(told, self.source.header[place], value[:200], check.reason), cells

    def _records(self) -> Iterator[tuple[int, int, list[str]]]:
        """The rows after the header with the line each begins on, here and in the file of the
        user; blank lines are none.

        Raises:
            InvalidInput: a quote is never closed.
        """
        with self.source.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.source.delimiter)
            next(reader)
            line = reader.line_num + 1
            try:
                for row, cells in enumerate(reader, 1):
                    if cells:
                        yield line, self._numbering.told(row, line), cells
                    line = reader.line_num + 1
            except csv.Error:  # a cell is longer than any line may be
                raise InvalidInput(NOT_A_CSV) from None


@contextmanager
def staged(
    path: Path, timezone: str, spill: Path, numbering: Numbering = BY_LINES
) -> Iterator[Staged]:
    """Check the file at `path`; dates with an offset are taken to `timezone`. Problems name lines
    by `numbering`.

    What does not fit into memory goes to the folder `spill`.
    """
    checked = Staged(read_header(path), timezone, spill, numbering)
    try:
        yield checked
    finally:
        checked.close()


def _staging_sql(
    source: Source, order: DateOrder, timezone: str, checks: list[Check], file: str
) -> str:
    """One statement from the file to typed rows, each with the number of its first problem."""
    cells = {field: trimmed(f"c{place}") for field, place in source.columns.items()}
    problem = " ".join(f"WHEN {check.fails} THEN {place}" for place, check in enumerate(checks))
    reading = Reading(source, cells, file, order, timezone)
    rows = KINDS[source.layout.kind].converted(reading, problem)
    return f"CREATE OR REPLACE TEMP TABLE staged AS {rows}"


def _file_sql(source: Source, reading: str) -> str:
    """The rows of the file, all cells as text in columns c0, c1, …"""
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(source.header)))
    return f"""
        read_csv({_quoted(source.path)}, columns = {{{names}}}, header = true,
                 delim = {text(source.delimiter)}, quote = '"', escape = '"',
                 auto_detect = false, strict_mode = true,
                 max_line_size = {LONGEST_LINE}, {reading})
    """


def _broken_reason(kind: str) -> str:
    return {
        "MISSING COLUMNS": "has fewer cells than the header",
        "TOO MANY COLUMNS": "has more cells than the header",
        "UNQUOTED VALUE": "has a quote that is not closed or stands inside a cell",
        "LINE SIZE OVER MAXIMUM": f"is longer than {LONGEST_LINE} bytes",
    }.get(kind, "cannot be read")


def _quoted(path: Path) -> str:
    return text(str(path))
