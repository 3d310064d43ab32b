"""Parquet files: DuckDB reads them, and writes the text of their cells as CSV."""

import hashlib
import re
from pathlib import Path

import duckdb

from tillsight.errors import InvalidInput, TooLarge
from tillsight.sales.disk import refuse_full_disk
from tillsight.sales.formats.limits import CHUNK, Budget, Report
from tillsight.sales.formats.recognise import PARQUET
from tillsight.sales.formats.table import refuse_wide, zero_byte

LARGEST_ROW = 100_000
"""Bytes of a row: some thousand rows are unpacked at a time."""
_MEMORY = "500MB"
_TEXTS = ("VARCHAR", "ENUM")
_FLOATS = ("FLOAT", "DOUBLE")
_PLAIN = re.compile(
    r"(VARCHAR|ENUM.*|BOOLEAN|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*|DATE|UUID"
    r"|TIME( WITH TIME ZONE)?|TIMESTAMP(_S|_MS|_NS)?( WITH TIME ZONE)?|\"NULL\")(?!\[)"
)


def parquet_to_csv(source: Path, target: Path, budget: Budget, report: Report) -> str:
    """Write the rows of a Parquet file as CSV; returns the SHA-256 of the CSV.

    Times are written as ISO text, with an offset where the file has one; whole numbers without .0.

    Raises:
        InvalidInput: it is damaged, or a column holds lists, records or bytes.
        TooLarge: the CSV, or a row of it, is larger than it may be.
    """
    whole = source.stat().st_size
    _refuse_cut_off(source, whole)
    report(0, whole)
    with duckdb.connect() as duck:
        try:
            _copy(duck, source, target, budget)
        except duckdb.OutOfMemoryException:
            raise TooLarge("A part of the Parquet file is too large to unpack.") from None
        except duckdb.Error as error:
            refuse_full_disk(error)
            # The engine's own words quote the user's rows and our paths.
            raise InvalidInput(
                "The Parquet file is damaged or was cut off, or is of a kind that cannot be read."
                " Upload it again, or as CSV."
            ) from None
    report(whole, whole)
    return _hash(target)


def _copy(duck: duckdb.DuckDBPyConnection, source: Path, target: Path, budget: Budget) -> None:
    for setting in ("enable_progress_bar = false", f"memory_limit = '{_MEMORY}'"):
        duck.execute(f"SET {setting}")
    duck.execute("SET temp_directory = ''")
    duck.execute("SET TimeZone = 'UTC'")
    rows = f"read_parquet({_text(str(source))}, binary_as_string = true)"
    columns = _columns(duck, rows)
    _refuse_large(duck, rows, columns, budget)
    cells = ", ".join(_cell(name, kind) for name, kind in columns.items())
    duck.execute(
        f"COPY (SELECT {cells} FROM {rows}) TO {_text(str(target))}"
        " (FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
    )


def _columns(duck: duckdb.DuckDBPyConnection, rows: str) -> dict[str, str]:
    """The type of each column."""
    columns = {
        str(name): str(kind)
        for name, kind, *_ in duck.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
    }
    refuse_wide(len(columns))
    for name, kind in columns.items():
        if not _PLAIN.fullmatch(kind):
            raise InvalidInput(
                f"The column “{name[:40]}” of the Parquet file holds lists, records or bytes, not"
                " single values. Leave it out, or save the file as CSV."
            )
    return columns


def _refuse_large(
    duck: duckdb.DuckDBPyConnection, rows: str, columns: dict[str, str], budget: Budget
) -> None:
    """Add up what the texts take before any is written: few bytes can stand for very many."""
    [(count,)] = duck.execute(f"SELECT count(*) FROM {rows}").fetchall()
    budget.take(count * len(columns))
    texts = [name for name, kind in columns.items() if kind.startswith(_TEXTS)]
    if not texts:
        return
    size = " + ".join(f"coalesce(strlen({_name(name)}), 0)" for name in texts)
    [(largest, total)] = duck.execute(
        f"SELECT max({size}), sum({size})::HUGEINT FROM {rows}"
    ).fetchall()
    budget.take(total or 0)
    if (largest or 0) > LARGEST_ROW:
        raise TooLarge(
            f"A row of the Parquet file holds more than {LARGEST_ROW // 1000} KB of text. Leave the"
            " column with it out."
        )


def _cell(name: str, kind: str) -> str:
    column = _name(name)
    if kind in _FLOATS:
        return (
            f"CASE WHEN {column} = trunc({column}) AND abs({column}) < 1e15"
            f" THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END AS {column}"
        )
    return f"{column}::VARCHAR AS {column}"


def _refuse_cut_off(source: Path, size: int) -> None:
    with source.open("rb") as file:
        file.seek(max(0, size - len(PARQUET)))
        if size < 3 * len(PARQUET) or file.read() != PARQUET:
            raise InvalidInput("The Parquet file was cut off. Upload it again.")


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if b"\0" in chunk:
                raise zero_byte()
            digest.update(chunk)
    return digest.hexdigest()


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
