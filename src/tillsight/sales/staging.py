"""Checking a file as a whole, and writing what is good of it as a batch.

DuckDB reads the file as text and converts every cell, so a type is decided from all rows, never
from the first ones. A row is good, or it has one problem: the first of the checks it fails.
"""

import csv
from collections.abc import Iterator, Sequence
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
from tillsight.sales.choices import DecimalMark
from tillsight.sales.conventions import (
    PLAIN,
    Conventions,
    Evidence,
    days_of,
    decided,
    shapes_of,
)
from tillsight.sales.csv_text import (
    KEEPING_BROKEN_LINES,
    MEMORY,
    NOT_A_CSV,
    WITH_ALL_THREADS,
    broken_lines,
    file_sql,
    quoted,
    records_of,
    refuse_dropped_rows,
)
from tillsight.sales.currencies import can_mean
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.formats.numbering import BY_LINES, Numbering
from tillsight.sales.layouts import LAYOUTS, Field, FileKind
from tillsight.sales.opening import Rules, read_source
from tillsight.sales.placing import place_rows, placed_cautions
from tillsight.sales.problems import LINE, FileRows, Group, Problem
from tillsight.sales.rows import KINDS
from tillsight.sales.rows.kind import Check, FieldOf, Reading, Source, ValueKind, trimmed
from tillsight.sales.rows.numbers import Mark, told_by
from tillsight.sales.watch import Watch

SHOWN_OF_GROUP = 5


@dataclass(frozen=True)
class Totals:
    """What the good rows add up to."""

    rows: int
    revenue: Decimal
    first_day: date | None
    last_day: date | None
    rounded: int


class Staged:
    """A checked file, held in a private DuckDB until `close`.

    `conventions` are how its dates and numbers are written.
    """

    def __init__(
        self, path: Path, rules: Rules, spill: Path, numbering: Numbering, watch: Watch
    ) -> None:
        self._watch = watch
        self.source, opening, self._choices = read_source(path, rules)
        self._kind = KINDS[self.source.layout.kind]
        self._locale = rules.locale
        self._reading = WITH_ALL_THREADS
        self._evidence: Evidence | None = None
        self._totals: Totals | None = None
        self._duck = duckdb.connect()
        self._duck.execute("SET enable_progress_bar = false")
        self._duck.execute(f"SET temp_directory = {quoted(spill)}")
        self._duck.execute(f"SET memory_limit = '{MEMORY}'")
        watch.follow(self._duck)
        self.conventions = self._stage(opening.rows)
        keeps_broken = self._reading is KEEPING_BROKEN_LINES
        broken = broken_lines(self._duck, path) if keeps_broken else {}
        self._checks = self._kind.checks(self.source)
        if self.source.layout.kind is FileKind.kpi_values:
            self._checks = place_rows(self._duck, rules.kpis, rules.loader, self._checks)
        self._file_rows = FileRows(self._duck, self.source, self._checks, numbering, broken)
        self._refuse_other_currency()

    def totals(self) -> Totals:
        """Count and add up the good rows."""
        if self._totals is None:
            self._totals = Totals(*self._one(self._kind.totals))
        return self._totals

    def bad_rows(self) -> int:
        """How many rows cannot be loaded."""
        [bad] = self._one("SELECT count(*) FROM staged WHERE problem IS NOT NULL")
        return int(bad) + len(self._file_rows.broken)

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
        located = self._file_rows.located(wanted)
        groups = [
            Group(
                self._name(self._checks[place].field),
                self._checks[place].reason,
                count,
                [located[row].line for row in sorted(rows)],
                [located[row].value for row in sorted(rows)],
            )
            for place, count, rows in found
        ]
        broken = self._file_rows.broken
        for reason in sorted(set(broken.values())):
            lines = [self._file_rows.told(line) for line, why in broken.items() if why == reason]
            shown = lines[:SHOWN_OF_GROUP]
            groups.append(Group("", reason, len(lines), shown, [""] * len(shown)))
        apart = [
            Problem(self._file_rows.told(line), "", "", reason) for line, reason in broken.items()
        ]
        first_ones = sorted([*located.values(), *apart], key=lambda one: one.line)
        return first_ones[:limit], sorted(groups, key=lambda one: -one.count)

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
        return int(rows) + len(self._file_rows.broken)

    def first_rows(self, limit: int) -> list[tuple[int, dict[str, str | None], str | None]]:
        """The first rows with their lines, as they would be loaded, by field, or with a problem."""
        stored = self._kind.batch_columns.replace("\n", " ").split(",")
        names = {name.strip() for name in stored}
        fields = [str(one.field) for one in self._kind.fields if one.field in names]
        shown = ", ".join(f"{name}::VARCHAR" for name in fields)
        rows = self._duck.execute(
            f"SELECT {LINE}, problem, {shown} FROM staged ORDER BY rowid LIMIT {limit}"
        ).fetchall()
        lines = self._file_rows.lines_of({row[0] for row in rows})
        told: list[tuple[int, dict[str, str | None], str | None]] = []
        for number, problem, *values in rows:
            check = None if problem is None else self._checks[problem]
            why = f"{self._name(check.field)}: {check.reason}" if check else None
            told.append((lines[number], dict(zip(fields, values, strict=True)), why))
        broken = islice(self._file_rows.broken.items(), limit)
        told += [(self._file_rows.told(line), {}, why) for line, why in broken]
        return sorted(told, key=lambda one: one[0])[:limit]

    def cautions(self) -> list[Caution]:
        """What is valid in the good rows and still worth a look."""
        match self.source.layout.kind:
            case FileKind.sales:
                found = cautions(self._duck, self._locale.timezone)
            case FileKind.products:
                found = product_cautions(self._duck)
            case FileKind.kpi_values:
                found = placed_cautions(self._duck)
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
            for problem, cells in self._file_rows.rejects():
                reason = f"{problem.column}: {problem.reason}" if problem.column else problem.reason
                padded = cells + [""] * (len(self.source.header) - len(cells))
                writer.writerow([*padded, problem.line, reason])

    def write_batch(self, path: Path) -> None:
        """Write the good rows as Parquet, in file order."""
        columns = self._kind.batch_columns
        self._duck.execute(
            f"""
            COPY (SELECT {LINE} AS line, {columns} FROM staged WHERE problem IS NULL)
            TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,
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
        file = file_sql(self.source.path, self.source.header, self.source.delimiter, reading)
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
        file = file_sql(self.source.path, self.source.header, self.source.delimiter, self._reading)
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
        records = records_of(self.source.path, self.source.delimiter)
        refuse_dropped_rows(self._duck, "staged", records)

    def _refuse_other_currency(self) -> None:
        """Refuse a file that says its money is not the shop's.

        Raises:
            OtherCurrency: it does.
        """
        ours = self._locale.currency
        for mark, column, rows in self._stated_currencies():
            if not can_mean(mark, ours):
                raise OtherCurrency(
                    f"The file states {mark} in column {column} ({rows_in_words(rows)}), and this"
                    f" shop's currency is {ours}. Nothing was loaded. Convert the amounts to {ours}"
                    " first, or ask an admin whether the setting is right.",
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
            yield from ((mark[:20], name, rows) for mark, rows in found)
        for shape in self._evidence.shapes if self._evidence else ():
            if shape.currency:
                yield shape.currency, self._name(shape.field), shape.rows

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
        lines = self._file_rows.lines_of(wanted)
        return [
            Caution(one.code, one.message, one.count, [lines[row] for row in one.records])
            for one in found
        ]


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
