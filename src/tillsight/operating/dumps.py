"""The rows of the operational database as text that every kind of database can take.

A table is a list of parts: gzipped lines of JSON, each a row in the order of the table's columns.
Rows are ordered by their key and cut at fixed counts, so that a table that only grew shares all its
parts but the last with the dump before.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.types import Boolean, Date, DateTime, Float, Numeric, Time, TypeEngine

# Tables are ours once their files are read.
import tillsight.forecasting.models
import tillsight.jobs
import tillsight.kpis.models
import tillsight.metrics.models
import tillsight.migrating.models
import tillsight.sales.models  # noqa: F401
from tillsight.database import Base
from tillsight.errors import SetupError

PART_ROWS = 20_000
PART_CHARACTERS = 16_000_000
INSERTED_TOGETHER = 2_000
REVISION = "alembic_version"
LEFT_OUT = frozenset({REVISION, "leases", "request_counts", "question_stops"})
"""Tables that are not in a dump: the one is made by the migrations, the other is of the moment."""

Row = dict[str, Any]


@dataclass(frozen=True)
class DumpedTable:
    """A table in a backup: its columns, how many rows it has, and the hashes of its parts."""

    name: str
    columns: list[str]
    rows: int
    parts: list[str]


def tables_of(connection: Connection) -> dict[str, Table]:
    """Our tables as the database has them, in an order in which rows can go in."""
    wanted = set(Base.metadata.tables) - LEFT_OUT
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in wanted)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, Float):
                column.type.asdecimal = False  # MySQL would round what it takes for a decimal
    return {table.name: table for table in found.sorted_tables}


def revision_of(connection: Connection) -> str | None:
    """The layout the tables have; none where there are none."""
    if not inspect(connection).has_table(REVISION):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {REVISION}")).scalars().all()
    return str(found[0]) if found else None


def rows_of(connection: Connection, table: Table) -> Iterator[Row]:
    """Every row as JSON could hold it, by the names of its columns, ordered by its key."""
    names = table.columns.keys()
    for values in _read(connection, table):
        yield dict(zip(names, map(_plain, values), strict=True))


def dump(connection: Connection, table: Table, keep: Callable[[bytes], str]) -> DumpedTable:
    """Have `keep` store the parts of a table, which tells the hash of each."""
    parts, rows = [], 0
    lines: list[str] = []
    characters = 0
    for values in _read(connection, table):
        line = json.dumps(list(values), default=_plain, separators=(",", ":"))
        lines.append(line)
        rows += 1
        characters += len(line)
        if len(lines) == PART_ROWS or characters > PART_CHARACTERS:
            parts.append(keep(_packed(lines)))
            lines, characters = [], 0
    if lines:
        parts.append(keep(_packed(lines)))
    return DumpedTable(table.name, table.columns.keys(), rows, parts)


def dumped_rows(table: DumpedTable, read: Callable[[str], bytes]) -> Iterator[Row]:
    """The rows of a dumped table; `read` gives the part of a hash."""
    for part in table.parts:
        for line in gzip.decompress(read(part)).splitlines():
            yield dict(zip(table.columns, json.loads(line), strict=True))


def fill(
    connection: Connection,
    dumped: Sequence[DumpedTable],
    read: Callable[[str], bytes],
    on_rows: Callable[[int], None],
) -> None:
    """Put the rows of a dump into tables of the same layout; what is in them goes."""
    tables = tables_of(connection)
    by_name = {one.name: one for one in dumped}
    for table in reversed(tables.values()):
        connection.execute(table.delete())
    for name, table in tables.items():
        readers = {column.name: _reader(column.type) for column in table.columns}
        rows = (
            {column: readers[column](value) for column, value in row.items()}
            for row in (dumped_rows(by_name[name], read) if name in by_name else ())
        )
        done = 0
        while some := list(islice(rows, INSERTED_TOGETHER)):
            _insert(connection, table, some)
            done += len(some)
            on_rows(len(some))
        if name in by_name and done != by_name[name].rows:
            raise SetupError(f"The backup has {done} rows of {name}, not {by_name[name].rows}.")
    count_on(connection, tables.values())


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    try:
        connection.execute(insert(table), rows)
    except (DataError, IntegrityError):
        raise SetupError(
            f"The database does not take the rows of {table.name} that the backup holds. Restore it"
            " to the kind of database it was made from."
        ) from None


def count_on(connection: Connection, tables: Iterable[Table]) -> None:
    """Have PostgreSQL number new rows after those that brought their numbers along."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        numbered = (
            connection.scalar(
                text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}
            )
            if "id" in table.columns
            else None
        )
        if numbered:
            last = f'SELECT setval(:sequence, coalesce(max(id), 0) + 1, false) FROM "{table.name}"'
            connection.execute(text(last), {"sequence": numbered})


def _read(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    streamed = {"stream_results": True, "yield_per": 5_000}
    with connection.execute(query, execution_options=streamed) as found:
        yield from found


def _packed(lines: list[str]) -> bytes:
    # No time in it: the same rows have the same hash.
    return gzip.compress("\n".join(lines).encode(), compresslevel=1, mtime=0)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """What makes of a value in a dump what a column of this kind takes."""
    for known, read in (
        (DateTime, datetime.fromisoformat),
        (Date, date.fromisoformat),
        (Time, time.fromisoformat),
        (Boolean, bool),
        (Float, float),
        (Numeric, lambda value: Decimal(str(value))),
    ):
        if isinstance(kind, known):
            return partial(_read_as, read)
    return partial(_read_as, lambda value: value)


def _read_as(read: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401  (any kind of value)
    return None if value is None else read(value)
