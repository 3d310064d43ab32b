"""The text of a CSV file, as DuckDB reads all of it and Python walks along its rows."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tillsight.errors import InvalidInput
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.formats.limits import LONGEST_LINE
from tillsight.sales.rows.kind import text

MEMORY = "1 GB"
"""What the checking of a file may hold; what does not fit goes to a folder."""
WITH_ALL_THREADS = f"buffer_size = {LONGEST_LINE}"
KEEPING_BROKEN_LINES = "parallel = false, store_rejects = true"
NOT_A_CSV = "The file cannot be read as CSV: its quotes or line ends do not add up."
csv.field_size_limit(LONGEST_LINE)  # Python's own limit is below that of a line


@contextmanager
def text_table(
    path: Path, header: Sequence[str], delimiter: str, spill: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """All cells of a file as text, in the columns c0, c1, … of a table.

    Raises:
        InvalidInput: it cannot be read as CSV.
    """
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(f"SET temp_directory = {quoted(spill)}")
        create = "CREATE OR REPLACE TEMP TABLE cells AS SELECT * FROM"
        duck.execute(f"SET memory_limit = '{MEMORY}'")
        try:
            duck.execute(f"{create} {file_sql(path, header, delimiter, WITH_ALL_THREADS)}")
        except duckdb.Error as error:
            refuse_full_disk(error)
            try:
                duck.execute(f"{create} {file_sql(path, header, delimiter, KEEPING_BROKEN_LINES)}")
            except duckdb.Error as error:
                refuse_full_disk(error)
                raise InvalidInput(NOT_A_CSV) from None
            refuse_dropped_rows(duck, "cells", records_of(path, delimiter))
        yield duck, "cells"


def file_sql(path: Path, header: Sequence[str], delimiter: str, reading: str) -> str:
    """The rows of the file, all cells as text in columns c0, c1, …"""
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
    return f"""
        read_csv({quoted(path)}, columns = {{{names}}}, header = true,
                 delim = {text(delimiter)}, quote = '"', escape = '"',
                 auto_detect = false, strict_mode = true,
                 max_line_size = {LONGEST_LINE}, {reading})
    """


def refuse_dropped_rows(
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


def records_of(path: Path, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
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


def broken_lines(duck: duckdb.DuckDBPyConnection, path: Path) -> dict[int, str]:
    """Lines whose cells do not fit the header, with the reason; DuckDB kept them apart."""
    rows = duck.execute(
        """
        SELECT line_byte_position, min(error_type::VARCHAR) FROM reject_errors
        GROUP BY 1 ORDER BY 1
        """
    ).fetchall()
    broken = {}
    line, reached = 1, 0
    with path.open("rb") as file:
        for position, kind in rows:
            line += file.read(position - reached).count(b"\n")
            reached = position
            broken[line] = _broken_reason(kind)
    return broken


def _broken_reason(kind: str) -> str:
    return {
        "MISSING COLUMNS": "has fewer cells than the header",
        "TOO MANY COLUMNS": "has more cells than the header",
        "UNQUOTED VALUE": "has a quote that is not closed or stands inside a cell",
        "LINE SIZE OVER MAXIMUM": f"is longer than {LONGEST_LINE} bytes",
    }.get(kind, "cannot be read")


def quoted(path: Path) -> str:
    """The name of a file as a text in SQL."""
    return text(str(path))
