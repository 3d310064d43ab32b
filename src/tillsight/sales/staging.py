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
from tillsight.sales.layouts import DateOrder, Field, FileKind, Layout, detect

DELIMITERS = ",;\t|"
LONGEST_LINE = 10_000_000
LINE = "rowid + 1"  # of `staged`, which keeps the file's order; row_number() is for one thread only
WITH_ALL_THREADS = f"buffer_size = {LONGEST_LINE}"
KEEPING_BROKEN_LINES = "parallel = false, store_rejects = true"
NOT_A_CSV = "The file cannot be read as CSV: its quotes or line ends do not add up."
MONTH_FIRST = ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%y", "%m/%d/%Y")
DAY_FIRST = tuple(text.replace("%m/%d", "%d/%m") for text in MONTH_FIRST)
OFFSET = r"([zZ]|[+-]\d\d(:?\d\d)?)$"
FIRST_YEAR, LAST_YEAR = 1900, 2199

STAGED_COLUMNS = """
    kind, order_id, time, hour, product_id, product_name, category, customer_id,
    customer_name, country, channel, quantity, price, amount
"""
BATCH_COLUMNS = f"line, {STAGED_COLUMNS}"
"""The columns of a batch of sales: `line` is the row's number in the file, `kind` sale, return or
adjustment, `time` in shop time, `hour` null where the file gives dates only, `amount` with four
decimals. Ids are text as in the file, trimmed."""
CUSTOMER_COLUMNS = "customer_id, gender, age"
"""What a batch of customers has after `line`; gender and age may be null."""

csv.field_size_limit(2**31 - 1)  # Python's own limit is below that of a line


@dataclass(frozen=True)
class Source:
    """A file whose layout is known: which column holds which field."""

    path: Path
    layout: Layout
    header: list[str]
    columns: dict[Field, int]
    delimiter: str


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


@dataclass(frozen=True)
class _Check:
    """A test every row has to pass: `fails` is SQL over the converted columns."""

    field: Field
    reason: str
    fails: str


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
    layout, columns = detect(header)
    if not rest.strip():
        raise InvalidInput("The file has a header and no rows.")
    return Source(path, layout, header, columns, delimiter)


class Staged:
    """A checked file, held in a private DuckDB until `close`."""

    def __init__(self, source: Source, timezone: str, spill: Path) -> None:
        self.source = source
        self._timezone = timezone
        self._reading = WITH_ALL_THREADS
        self._duck = duckdb.connect()
        self._duck.execute("SET enable_progress_bar = false")
        self._duck.execute(f"SET temp_directory = {_quoted(spill)}")
        self._stage()

    def totals(self) -> Totals:
        """Count and add up the good rows."""
        if self.source.layout.kind is FileKind.customers:
            [rows] = self._one("SELECT count(*) FROM staged WHERE problem IS NULL")
            return Totals(rows, Decimal(0), None, None, 0)
        row = self._one(
            """
            SELECT count(*), coalesce(sum(amount) FILTER (kind = 'sale'), 0),
                   min(time)::DATE, max(time)::DATE, count(*) FILTER (rounded)
            FROM staged WHERE problem IS NULL
            """
        )
        return Totals(*row)

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
        of_customers = self.source.layout.kind is FileKind.customers
        columns = CUSTOMER_COLUMNS if of_customers else STAGED_COLUMNS
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

    def _convert(self, order: DateOrder) -> list[_Check]:
        """Convert the file; returns the checks it had to pass."""
        checks = _checks(self.source)
        try:
            self._read(order, checks)
        except duckdb.Error:
            # Threads guess where a row begins. DuckDB compares their guesses, but not while it
            # keeps broken lines: then line breaks in a cell could make rows out of its text.
            self._read_keeping_broken_lines(order, checks)
        return checks

    def _read(self, order: DateOrder, checks: list[_Check]) -> None:
        self._duck.execute(_staging_sql(self.source, order, self._timezone, checks, self._reading))

    def _read_keeping_broken_lines(self, order: DateOrder, checks: list[_Check]) -> None:
        self._reading = KEEPING_BROKEN_LINES
        try:
            self._read(order, checks)
        except duckdb.Error:
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
            cells = next(islice(rows, 1, None), [])
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
        checks = _checks(self.source)
        bad = dict(
            self._duck.execute(
                f"SELECT {LINE}, problem FROM staged WHERE problem IS NOT NULL"
            ).fetchall()
        )
        broken = self._broken_lines()
        number = 0
        for line, cells in self._records():
            if line in broken:
                yield Problem(line, "", "", broken[line]), cells
                continue
            number += 1
            if number in bad:
                check = checks[bad[number]]
                place = self.source.columns[check.field]
                value = cells[place] if place < len(cells) else ""
                yield Problem(line, self.source.header[place], value[:200], check.reason), cells

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """The rows after the header with the line each begins on; blank lines are none."""
        with self.source.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.source.delimiter)
            next(reader)
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1


@contextmanager
def staged(path: Path, timezone: str, spill: Path) -> Iterator[Staged]:
    """Check the file at `path`; dates with an offset are taken to `timezone`.

    What does not fit into memory goes to the folder `spill`.
    """
    checked = Staged(read_header(path), timezone, spill)
    try:
        yield checked
    finally:
        checked.close()


def _checks(source: Source) -> list[_Check]:
    if source.layout.kind is FileKind.customers:
        return [check for check in _CUSTOMER_CHECKS if check.field in source.columns]
    return _sale_checks(source)


def _sale_checks(source: Source) -> list[_Check]:
    checks = [
        _Check(field, "is empty", f"{field} IS NULL")
        for field in source.columns
        if field in source.layout.required and field in _TEXT_FIELDS
    ]
    checks += [
        _Check(Field.time, "is empty", "raw_time IS NULL"),
        _Check(Field.time, "is not a date that could be read", "time IS NULL"),
        _Check(
            Field.time,
            f"is not a year from {FIRST_YEAR} to {LAST_YEAR}",
            f"NOT year(time) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}",
        ),
    ]
    for field in (Field.quantity, Field.price, Field.amount):
        if field in source.columns:
            checks += [
                _Check(field, "is empty", f"raw_{field} IS NULL"),
                _Check(field, "is not a number", f"given_{field} IS NULL"),
            ]
    last = Field.amount if Field.amount in source.columns else Field.quantity
    return [*checks, _Check(last, "makes an amount too large to store", "amount IS NULL")]


_CUSTOMER_CHECKS = (
    _Check(Field.customer_id, "is empty", "customer_id IS NULL"),
    _Check(Field.age, "is not a whole number", "raw_age IS NOT NULL AND age IS NULL"),
    _Check(Field.age, "is not an age from 0 to 150", "NOT age BETWEEN 0 AND 150"),
)
_TEXT_FIELDS = (
    Field.order_id,
    Field.product_id,
    Field.product_name,
    Field.category,
    Field.customer_id,
    Field.customer_name,
    Field.country,
    Field.channel,
)


def _staging_sql(
    source: Source, order: DateOrder, timezone: str, checks: list[_Check], reading: str
) -> str:
    """One statement from the file to typed rows, each with the number of its first problem."""
    cells = {field: _trimmed(f"c{place}") for field, place in source.columns.items()}
    problem = " ".join(f"WHEN {check.fails} THEN {place}" for place, check in enumerate(checks))
    if source.layout.kind is FileKind.customers:
        rows = _customers_sql(cells, _file_sql(source, reading), problem)
    else:
        rows = _sales_sql(cells, _file_sql(source, reading), _time_sql(order, timezone), problem)
    return f"CREATE OR REPLACE TEMP TABLE staged AS {rows}"


def _file_sql(source: Source, reading: str) -> str:
    """The rows of the file, all cells as text in columns c0, c1, …"""
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(source.header)))
    return f"""
        read_csv({_quoted(source.path)}, columns = {{{names}}}, header = true,
                 delim = {_text(source.delimiter)}, quote = '"', escape = '"',
                 auto_detect = false, strict_mode = true,
                 max_line_size = {LONGEST_LINE}, {reading})
    """


def _customers_sql(cells: dict[Field, str], file: str, problem: str) -> str:
    given = {field: cells.get(field, "NULL::VARCHAR") for field in (Field.gender, Field.age)}
    # Some programs write every number of a column with gaps as 49.0.
    return f"""
        WITH cells AS (
            SELECT {cells[Field.customer_id]} AS customer_id, {given[Field.gender]} AS raw_gender,
                   {given[Field.age]} AS raw_age
            FROM {file}
        ), typed AS (
            SELECT customer_id, raw_age,
                   CASE WHEN lower(raw_gender) IN ('f', 'female', 'w', 'woman') THEN 'female'
                        WHEN lower(raw_gender) IN ('m', 'male', 'man') THEN 'male'
                        ELSE raw_gender END AS gender,
                   CASE WHEN regexp_full_match(raw_age, '[+-]?[0-9]{{1,9}}([.]0*)?')
                        THEN CAST(split_part(raw_age, '.', 1) AS INTEGER) END AS age
            FROM cells
        )
        SELECT {CUSTOMER_COLUMNS}, CASE {problem} END AS problem FROM typed
    """


def _sales_sql(cells: dict[Field, str], file: str, time: str, problem: str) -> str:
    texts = ", ".join(f"{cells.get(field, 'NULL::VARCHAR')} AS {field}" for field in _TEXT_FIELDS)
    return f"""
        WITH cells AS (
            SELECT {texts}, {cells[Field.time]} AS raw_time, {_raw_numbers(cells)}
            FROM {file}
        ), typed AS (
            SELECT *, {time} AS time, {_NUMBERS[Field.amount in cells]}
            FROM cells
        ), exact AS (
            SELECT * REPLACE (coalesce(customer_id, customer_name) AS customer_id),
                   {_EXACT[Field.amount in cells]} AS exact_amount,
                   CASE WHEN contains(raw_time, ':') THEN hour(time) END AS hour
            FROM typed
        ), amounts AS (
            SELECT *, try_cast(round_even(exact_amount, 4) AS DECIMAL(18, 4)) AS amount
            FROM exact
        )
        SELECT {STAGED_COLUMNS.replace("kind,", _KIND, 1)},
               coalesce(amount <> exact_amount, false) AS rounded,
               CASE {problem} END AS problem
        FROM amounts
    """


def _trimmed(cell: str) -> str:
    # trim() walks every cell; most have nothing to trim, and these tests are cheap.
    return (
        f"CASE WHEN {cell} LIKE ' %' OR {cell} LIKE '% ' OR {cell} = ''"
        f" THEN nullif(trim({cell}), '') ELSE {cell} END"
    )


_KIND = """
    CASE WHEN quantity > 0 AND price > 0 THEN 'sale'
         WHEN quantity < 0 AND price > 0 THEN 'return'
         ELSE 'adjustment' END AS kind,
"""

# Whether the file gives the line total. If so, the sign tells a sale from a return, and the price
# is what one piece would cost.
_NUMBERS = {
    False: """
        try_cast(raw_quantity AS DECIMAL(18, 4)) AS given_quantity, given_quantity AS quantity,
        try_cast(raw_price AS DECIMAL(18, 8)) AS given_price, given_price AS price
    """,
    True: """
        try_cast(raw_amount AS DECIMAL(38, 8)) AS given_amount,
        CASE WHEN given_amount < 0 THEN -1 ELSE 1 END::DECIMAL(18, 4) AS quantity,
        try_cast(abs(given_amount) AS DECIMAL(18, 8)) AS price
    """,
}
_EXACT = {
    False: "quantity * price::DECIMAL(38, 8)",  # wide enough for any product of the two
    True: "given_amount",
}


def _raw_numbers(cells: dict[Field, str]) -> str:
    fields = [field for field in (Field.quantity, Field.price, Field.amount) if field in cells]
    return ", ".join(f"{cells[field]} AS raw_{field}" for field in fields)


def _time_sql(order: DateOrder, timezone: str) -> str:
    if order is not DateOrder.iso:
        formats = MONTH_FIRST if order is DateOrder.month_first else DAY_FIRST
        return f"try_strptime(raw_time, [{', '.join(_text(one) for one in formats)}])"
    # The cast would take 03/04/2024 as the 3rd of April without a word, and drop an offset. An
    # offset makes a text longer than 16 bytes, and then never like 2024-05-07 09:30:00.
    return f"""
        CASE WHEN raw_time NOT LIKE '____-%' THEN NULL
             WHEN strlen(raw_time) <= 16 OR raw_time LIKE '________________:__'
               OR NOT regexp_matches(raw_time, {_text(OFFSET)})
             THEN try_cast(raw_time AS TIMESTAMP)
             ELSE timezone({_text(timezone)}, try_cast(raw_time AS TIMESTAMPTZ)) END
    """


def _broken_reason(kind: str) -> str:
    return {
        "MISSING COLUMNS": "has fewer cells than the header",
        "TOO MANY COLUMNS": "has more cells than the header",
        "UNQUOTED VALUE": "has a quote that is not closed or stands inside a cell",
        "LINE SIZE OVER MAXIMUM": f"is longer than {LONGEST_LINE} bytes",
    }.get(kind, "cannot be read")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(path: Path) -> str:
    return _text(str(path))
