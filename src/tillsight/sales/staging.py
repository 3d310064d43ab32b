"""Checking a file as a whole, and writing what is good of it as a batch.

DuckDB reads the file as text and converts every cell, so a type is decided from all rows, never
from the first ones. A row is good, or it has one problem: the first of the checks it fails.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from tillsight.errors import InvalidInput, OtherCurrency
from tillsight.sales.cautions import Caution, Found, cautions, product_cautions, rows_in_words
from tillsight.sales.choices import USUAL_CHOICES, Choices, DecimalMark, Locale
from tillsight.sales.conventions import (
    PLAIN,
    Conventions,
    Evidence,
    days_of,
    decided,
    shapes_of,
)
from tillsight.sales.currencies import can_mean
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.formats.header import refuse_repeated
from tillsight.sales.formats.limits import LONGEST_LINE
from tillsight.sales.formats.numbering import BY_LINES, Numbering
from tillsight.sales.layouts import LAYOUTS, Field, FileKind
from tillsight.sales.profiles import Profile
from tillsight.sales.recognise import recognised
from tillsight.sales.rows import KINDS
from tillsight.sales.rows.kind import Check, FieldOf, Reading, Source, ValueKind, text, trimmed
from tillsight.sales.rows.numbers import Mark, told_by
from tillsight.sales.watch import Watch

DELIMITERS = ",;\t|"
FIRST_ROWS = 200
SHOWN_OF_GROUP = 5
MEMORY = "1 GB"
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


@dataclass(frozen=True)
class Group:
    """All rows that cannot be loaded for one reason; `lines` and `values` are of the first."""

    column: str
    reason: str
    count: int
    lines: Sequence[int]
    values: Sequence[str]


@dataclass(frozen=True)
class Rules:
    """What decides how a file is read, beside the file itself."""

    locale: Locale
    choices: Choices = USUAL_CHOICES
    profiles: Sequence[Profile] = ()


@dataclass(frozen=True)
class Opening:
    """How a file begins: its header, what parts its cells, and its first rows."""

    delimiter: str
    header: list[str]
    rows: list[list[str]]


def read_opening(path: Path) -> Opening:
    """Read the first lines of a file.

    Raises:
        InvalidInput: a name stands in the header twice, or there is no line after it.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(LONGEST_LINE)
        delimiter = max(DELIMITERS, key=first.count)
        header = next(csv.reader([first], delimiter=delimiter), [])
        try:
            rows = list(islice(csv.reader(file, delimiter=delimiter), FIRST_ROWS))
        except csv.Error:
            raise InvalidInput(NOT_A_CSV) from None
    refuse_repeated(header)
    if not any(rows):
        raise InvalidInput("The file has a header and no rows.")
    return Opening(delimiter, header, [row for row in rows if row])


def read_source(path: Path, rules: Rules) -> tuple[Source, Opening, Choices]:
    """Find delimiter and layout from the first lines, and what is chosen with the layout.

    Raises:
        InvalidInput: no layout fits, or there is no line after the header.
    """
    opening = read_opening(path)
    layout, columns, choices = recognised(opening.header, rules.choices, rules.profiles)
    return Source(path, layout, opening.header, columns, opening.delimiter), opening, choices


@contextmanager
def text_table(
    path: Path, opening: Opening, spill: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """All cells of a file as text, in the columns c0, c1, … of a table.

    Raises:
        InvalidInput: it cannot be read as CSV.
    """
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(f"SET temp_directory = {_quoted(spill)}")
        create = "CREATE OR REPLACE TEMP TABLE cells AS SELECT * FROM"
        duck.execute(f"SET memory_limit = '{MEMORY}'")
        try:
            duck.execute(f"{create} {_file_sql(path, opening, WITH_ALL_THREADS)}")
        except duckdb.Error as error:
            refuse_full_disk(error)
            try:
                duck.execute(f"{create} {_file_sql(path, opening, KEEPING_BROKEN_LINES)}")
            except duckdb.Error as error:
                refuse_full_disk(error)
                raise InvalidInput(NOT_A_CSV) from None
            _refuse_dropped_rows(duck, "cells", _records_of(path, opening.delimiter))
        yield duck, "cells"


def _refuse_dropped_rows(
    duck: duckdb.DuckDBPyConnection, table: str, records: Iterator[object]
) -> None:
    """A single thread says nothing of a quote that is never closed, and drops what follows it.

    Raises:
        InvalidInput: it did.
    """
    [[kept]] = duck.execute(
        f"""
        SELECT (SELECT count(*) FROM {table})
             + (SELECT count(DISTINCT line_byte_position) FROM reject_errors)
        """
    ).fetchall()
    if kept != sum(1 for _ in records):
        raise InvalidInput(NOT_A_CSV)


class Staged:
    """A checked file, held in a private DuckDB until `close`.

    `conventions` are how its dates and numbers are written.
    """

    def __init__(
        self, path: Path, rules: Rules, spill: Path, numbering: Numbering, watch: Watch
    ) -> None:
        self._numbering = numbering
        self._watch = watch
        self.source, self._opening, self._choices = read_source(path, rules)
        self._kind = KINDS[self.source.layout.kind]
        self._locale = rules.locale
        self._reading = WITH_ALL_THREADS
        self._evidence: Evidence | None = None
        self._totals: Totals | None = None
        self._duck = duckdb.connect()
        self._duck.execute("SET enable_progress_bar = false")
        self._duck.execute(f"SET temp_directory = {_quoted(spill)}")
        self._duck.execute(f"SET memory_limit = '{MEMORY}'")
        watch.follow(self._duck)
        self.conventions = self._stage(self._opening.rows)
        self._refuse_other_currency()

    def totals(self) -> Totals:
        """Count and add up the good rows."""
        if self._totals is None:
            self._totals = Totals(*self._one(self._kind.totals))
        return self._totals

    def bad_rows(self) -> int:
        """How many rows cannot be loaded."""
        [bad] = self._one("SELECT count(*) FROM staged WHERE problem IS NOT NULL")
        return int(bad) + len(self._broken_lines())

    @property
    def read_as(self) -> str:
        """What makes other sales of the same bytes, beside kind and layout: empty for a layout of
        ours whose dates and numbers the file itself decides.
        """
        told = list(self.conventions.chosen)
        if self.source.layout not in LAYOUTS:
            told += sorted(f"{field}={place}" for field, place in self.source.columns.items())
        return "".join(f" {one}" for one in told)

    def problems(self, limit: int) -> tuple[list[Problem], list[Group]]:
        """The first problems in file order, and every reason with its rows, that of most first."""
        found = self._duck.execute(
            f"""
            SELECT problem, count(*), min({LINE}, {SHOWN_OF_GROUP}) FROM staged
            WHERE problem IS NOT NULL GROUP BY 1 ORDER BY 1
            """
        ).fetchall()
        first = self._duck.execute(
            f"SELECT {LINE} FROM staged WHERE problem IS NOT NULL ORDER BY rowid LIMIT {limit}"
        ).fetchall()
        wanted = {row for (row,) in first}.union(*(rows for _, _, rows in found))
        located = self._located(wanted)
        checks = self._kind.checks(self.source)
        groups = [
            Group(
                self._name(checks[place].field),
                checks[place].reason,
                count,
                [located[row].line for row in sorted(rows)],
                [located[row].value for row in sorted(rows)],
            )
            for place, count, rows in found
        ]
        broken = self._broken_lines()
        for reason in sorted(set(broken.values())):
            lines = [self._told(line) for line, why in broken.items() if why == reason]
            shown = lines[:SHOWN_OF_GROUP]
            groups.append(Group("", reason, len(lines), shown, [""] * len(shown)))
        apart = [Problem(self._told(line), "", "", reason) for line, reason in broken.items()]
        told = sorted([*located.values(), *apart], key=lambda one: one.line)
        return told[:limit], sorted(groups, key=lambda one: -one.count)

    @property
    def fields(self) -> list[FieldOf]:
        """The fields the file has."""
        return [one for one in self._kind.fields if one.field in self.source.columns]

    @property
    def decimal(self) -> DecimalMark | None:
        """The mark before the decimals, if any number of the file has a mark."""
        if self.conventions.decimal:
            return self.conventions.decimal
        told = {one.mark for one in self._evidence.shapes} if self._evidence else {Mark.point}
        numbers = self._places(ValueKind.number, ValueKind.money)
        return DecimalMark.point if numbers and Mark.point in told else None

    def rows(self) -> int:
        """How many rows the file has, good and bad."""
        [rows] = self._one("SELECT count(*) FROM staged")
        return int(rows) + len(self._broken_lines())

    def first_rows(self, limit: int) -> list[tuple[int, dict[str, str | None], str | None]]:
        """The first rows with their lines, as they would be loaded, by field, or with a problem."""
        stored = self._kind.batch_columns.replace("\n", " ").split(",")
        names = {name.strip() for name in stored}
        fields = [str(one.field) for one in self._kind.fields if one.field in names]
        shown = ", ".join(f"{name}::VARCHAR" for name in fields)
        rows = self._duck.execute(
            f"SELECT {LINE}, problem, {shown} FROM staged ORDER BY rowid LIMIT {limit}"
        ).fetchall()
        lines = self._lines_of({row[0] for row in rows})
        checks = self._kind.checks(self.source)
        told: list[tuple[int, dict[str, str | None], str | None]] = []
        for number, problem, *values in rows:
            check = None if problem is None else checks[problem]
            why = f"{self._name(check.field)}: {check.reason}" if check else None
            told.append((lines[number], dict(zip(fields, values, strict=True)), why))
        broken = islice(self._broken_lines().items(), limit)
        told += [(self._told(line), {}, why) for line, why in broken]
        return sorted(told, key=lambda one: one[0])[:limit]

    def cautions(self) -> list[Caution]:
        """What is valid in the good rows and still worth a look."""
        match self.source.layout.kind:
            case FileKind.sales:
                found = cautions(self._duck, self._locale.timezone)
            case FileKind.products:
                found = product_cautions(self._duck)
            case FileKind.customers:
                return []
        if stripped := self._stripped():
            found.append(stripped)
        return self._with_lines(found)

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
            TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,
                PARQUET_VERSION V2)
            """
        )

    def close(self) -> None:
        """Let go of the memory."""
        self._watch.unfollow()
        self._duck.close()

    def _one(self, statement: str) -> tuple[Any, ...]:
        [row] = self._duck.execute(statement).fetchall()
        return row

    def _stage(self, first_rows: Sequence[Sequence[str]]) -> Conventions:
        """Convert the file as it is most often written, if that may be; else as it says itself.

        Raises:
            AmbiguousDates, AmbiguousNumbers: it does not say.
        """
        if self._may_be_plain(first_rows):
            checks = self._convert(PLAIN)
            if not self._unread(checks):
                return PLAIN
        conventions = self._conventions()
        self._convert(conventions)
        return conventions

    def _may_be_plain(self, first_rows: Sequence[Sequence[str]]) -> bool:
        """Whether the first rows have ISO dates and plain numbers, and one shows that its decimals
        stand behind a point.
        """
        if self._choices.decimal is DecimalMark.comma:
            return False
        numbers = self._places(ValueKind.number, ValueKind.money)
        cells = [row[place].strip() for row in first_rows for place in numbers if place < len(row)]
        told = {told_by(cell).mark for cell in cells}
        dates = [
            row[place].strip()
            for row in first_rows
            for place in self._places(ValueKind.date)
            if place < len(row)
        ]
        is_iso = all(value[4:5] == "-" for value in dates if value)
        return is_iso and Mark.comma not in told and (not numbers or Mark.point in told)

    def _places(self, *kinds: ValueKind) -> list[int]:
        """Where the columns of these kinds are."""
        return [
            self.source.columns[one.field]
            for one in self._kind.fields
            if one.kind in kinds and one.field in self.source.columns
        ]

    def _unread(self, checks: Sequence[Check]) -> int:
        """How many rows fail at a date or a number."""
        kinds = {one.field: one.kind for one in self._kind.fields}
        places = [
            str(place)
            for place, check in enumerate(checks)
            if kinds.get(check.field, ValueKind.text) is not ValueKind.text
        ]
        if not places:
            return 0
        [unread] = self._one(f"SELECT count(*) FROM staged WHERE problem IN ({','.join(places)})")
        return int(unread)

    def _conventions(self) -> Conventions:
        self._evidence = self._read_evidence()
        return decided(self._evidence, self._choices.date_order, self._choices.decimal)

    def _read_evidence(self) -> Evidence:
        try:
            return self._evidence_by(self._reading)
        except duckdb.Error as error:
            refuse_full_disk(error)
            self._reading = KEEPING_BROKEN_LINES
        try:
            return self._evidence_by(self._reading)
        except duckdb.Error as error:
            refuse_full_disk(error)
            raise InvalidInput(NOT_A_CSV) from None

    def _evidence_by(self, reading: str) -> Evidence:
        places = {
            one.field: self.source.columns[one.field]
            for one in self.fields
            if one.kind is not ValueKind.text
        }
        names = {field: self.source.header[place] for field, place in places.items()}
        if not places:
            return Evidence((), (), names)
        cells = ", ".join(f"{trimmed(f'c{place}')} AS {field}" for field, place in places.items())
        file = _file_sql(self.source.path, self._opening, reading)
        self._duck.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT {cells} FROM {file}")
        days = days_of(self._duck, Field.time, "cells") if Field.time in places else []
        numbers = [field for field in places if field is not Field.time]
        shapes = [shape for one in numbers for shape in shapes_of(self._duck, one, "cells")]
        self._duck.execute("DROP TABLE cells")
        return Evidence(days, shapes, names)

    def _convert(self, conventions: Conventions) -> list[Check]:
        """Convert the file; returns the checks it had to pass."""
        checks = self._kind.checks(self.source)
        if self._reading is WITH_ALL_THREADS:
            try:
                self._read(conventions, checks)
            except duckdb.Error as error:
                refuse_full_disk(error)
            else:
                return checks
        # Threads guess where a row begins. DuckDB compares their guesses, but not while it keeps
        # broken lines: then line breaks in a cell could make rows out of its text.
        self._read_keeping_broken_lines(conventions, checks)
        return checks

    def _read(self, conventions: Conventions, checks: list[Check]) -> None:
        file = _file_sql(self.source.path, self._opening, self._reading)
        timezone = self._locale.timezone
        self._duck.execute(_staging_sql(self.source, conventions, timezone, checks, file))

    def _read_keeping_broken_lines(self, conventions: Conventions, checks: list[Check]) -> None:
        self._reading = KEEPING_BROKEN_LINES
        try:
            self._read(conventions, checks)
        except duckdb.Error as error:
            refuse_full_disk(error)
            # The engine's own words quote the user's rows and our paths.
            raise InvalidInput(NOT_A_CSV) from None
        _refuse_dropped_rows(self._duck, "staged", self._records())

    def _refuse_other_currency(self) -> None:
        """Refuse a file that says its money is not the shop's.

        Raises:
            OtherCurrency: it does.
        """
        ours = self._locale.currency
        for mark, where, rows in self._stated_currencies():
            if not can_mean(mark, ours):
                raise OtherCurrency(
                    f"The file states {mark} {where} ({rows_in_words(rows)}), and this shop's"
                    f" currency is {ours}. Nothing was loaded. Convert the amounts to {ours} first,"
                    " or ask an admin whether the setting is right.",
                    stated=mark,
                    currency=ours,
                    rows=rows,
                )

    def _stated_currencies(self) -> Iterator[tuple[str, str, int]]:
        """What the file says of its money, where, and in how many rows."""
        columns = self.source.columns
        if Field.currency in columns:
            name = self.source.header[columns[Field.currency]]
            found = self._duck.execute(
                """
                SELECT currency, count(*) FROM staged WHERE currency IS NOT NULL
                GROUP BY 1 ORDER BY 2 DESC, 1
                """
            ).fetchall()
            yield from ((mark[:20], f"in column {name}", rows) for mark, rows in found)
        for shape in self._evidence.shapes if self._evidence else ():
            if shape.currency:
                yield shape.currency, f"in column {self._name(shape.field)}", shape.rows

    def _stripped(self) -> Found | None:
        """The amounts that had a currency beside them."""
        shapes = self._evidence.shapes if self._evidence else ()
        marked = [shape for shape in shapes if shape.currency]
        if not marked:
            return None
        rows = sum(shape.rows for shape in marked)
        marks = ", ".join(sorted({str(shape.currency) for shape in marked}))
        message = f"With a currency beside the amount ({marks}), left out: {rows_in_words(rows)}."
        return Found("currency_stripped", message, rows, ())

    def _name(self, field: Field) -> str:
        return self.source.header[self.source.columns[field]]

    def _with_lines(self, found: Sequence[Found]) -> list[Caution]:
        """The same with lines of the file instead of numbers of rows."""
        wanted = {row for one in found for row in one.records}
        lines = self._lines_of(wanted)
        return [
            Caution(one.code, one.message, one.count, [lines[row] for row in one.records])
            for one in found
        ]

    def _lines_of(self, records: set[int]) -> dict[int, int]:
        """The lines on which rows begin, which are counted as the engine does: from 1."""
        if not records:
            return {}
        if self._has_a_line_a_row():
            return {record: self._numbering.told(record, record + 1) for record in records}
        broken, lines, number = self._broken_lines(), {}, 0
        for line, told, _cells in self._records():
            number += line not in broken
            if line not in broken and number in records:
                lines[number] = told
                if len(lines) == len(records):
                    break
        return lines

    def _told(self, line: int) -> int:
        """The user's line of a broken one, which only text has."""
        return self._numbering.told(line - 1, line)

    def _has_a_line_a_row(self) -> bool:
        """Whether no cell holds a line break, no line is blank and none is broken."""
        [rows] = self._one("SELECT count(*) FROM staged")
        ends, last = 0, b""
        with self.source.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                ends += chunk.count(b"\n")
                last = chunk
        return ends + (not last.endswith(b"\n")) == int(rows) + 1

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
        bad = {
            row
            for (row,) in self._duck.execute(
                f"SELECT {LINE} FROM staged WHERE problem IS NOT NULL"
            ).fetchall()
        }
        yield from self._at(bad, self._broken_lines())

    def _located(self, records: set[int]) -> dict[int, Problem]:
        """The problems of some rows, by their number."""
        ordered = sorted(records)
        problems = (problem for problem, _cells in self._at(records, {}))
        return dict(zip(ordered, islice(problems, len(ordered)), strict=True))

    def _at(
        self, records: set[int], also: Mapping[int, str]
    ) -> Iterator[tuple[Problem, list[str]]]:
        """The problems of some rows with their cells, and those of some lines too."""
        if not records and not also:
            return
        checks = self._kind.checks(self.source)
        problems = dict(
            self._duck.execute(
                f"SELECT {LINE}, problem FROM staged WHERE problem IS NOT NULL"
            ).fetchall()
        )
        broken = self._broken_lines()
        number = 0
        for line, shown, cells in self._records():
            if line in broken:
                if line in also:
                    yield Problem(shown, "", "", also[line]), cells
                continue
            number += 1
            if number in records:
                check = checks[problems[number]]
                place = self.source.columns[check.field]
                value = cells[place] if place < len(cells) else ""
                yield Problem(shown, self.source.header[place], value[:200], check.reason), cells

    def _records(self) -> Iterator[tuple[int, int, list[str]]]:
        """The rows after the header with the line each begins on, here and in the file of the
        user; blank lines are none.

        Raises:
            InvalidInput: a quote is never closed.
        """
        for row, line, cells in _records_of(self.source.path, self.source.delimiter):
            yield line, self._numbering.told(row, line), cells


def _records_of(path: Path, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """The rows after the header with their number and the line each begins on; blank lines count
    as rows, and are left out.

    Raises:
        InvalidInput: a quote is never closed.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        next(reader)
        line = reader.line_num + 1
        try:
            for row, cells in enumerate(reader, 1):
                if cells:
                    yield row, line, cells
                line = reader.line_num + 1
        except csv.Error:  # a cell is longer than any line may be
            raise InvalidInput(NOT_A_CSV) from None


@contextmanager
def staged(
    path: Path,
    rules: Rules,
    spill: Path,
    numbering: Numbering = BY_LINES,
    watch: Watch | None = None,
) -> Iterator[Staged]:
    """Check the file at `path` as the rules say. Problems name lines by `numbering`.

    What does not fit into memory goes to the folder `spill`.

    Raises:
        InvalidInput: it cannot be read as a whole; which rows can be is told by what is yielded.
    """
    checked = Staged(path, rules, spill, numbering, watch or Watch())
    try:
        yield checked
    finally:
        checked.close()


def _staging_sql(
    source: Source, conventions: Conventions, timezone: str, checks: list[Check], file: str
) -> str:
    """One statement from the file to typed rows, each with the number of its first problem."""
    cells = {field: trimmed(f"c{place}") for field, place in source.columns.items()}
    problem = " ".join(f"WHEN {check.fails} THEN {place}" for place, check in enumerate(checks))
    orders, decimal = conventions.orders, conventions.decimal
    reading = Reading(source, cells, file, orders, decimal, timezone)
    rows = KINDS[source.layout.kind].converted(reading, problem)
    return f"CREATE OR REPLACE TEMP TABLE staged AS {rows}"


def _file_sql(path: Path, opening: Opening, reading: str) -> str:
    """The rows of the file, all cells as text in columns c0, c1, …"""
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(opening.header)))
    return f"""
        read_csv({_quoted(path)}, columns = {{{names}}}, header = true,
                 delim = {text(opening.delimiter)}, quote = '"', escape = '"',
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
