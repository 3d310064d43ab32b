"""Rows of KPI values put in their place: the room of KPIs says which KPI and period each is for."""

from pathlib import Path
from typing import Any

import duckdb

from tillsight.errors import InvalidInput
from tillsight.sales.cautions import SHOWN, Found, rows_in_words
from tillsight.sales.csv_text import quoted
from tillsight.sales.kpi_files import FileValue, KpiRoom, Loader, Placed, Unplaced, ValueRow
from tillsight.sales.rows.kind import Check

MOST_ROWS = 100_000
NOT_HERE = "Files of KPI values are loaded on the page Imports, or with POST /api/imports."
TOO_MANY = f"A file of KPI values has {MOST_ROWS:,} rows at most. Load it in parts."
_PLACES = """
    CREATE OR REPLACE TEMP TABLE places AS
    SELECT unnest(?::BIGINT[]) AS place, unnest(?::INTEGER[]) AS new_problem,
           unnest(?::INTEGER[]) AS kpi_id, unnest(?::DATE[]) AS first_day,
           unnest(?::DATE[]) AS last_day, unnest(?::BOOLEAN[]) AS replaces
"""
_PLACED = """
    CREATE OR REPLACE TEMP TABLE staged AS
    SELECT staged.* REPLACE (
               coalesce(staged.problem, places.new_problem) AS problem,
               places.kpi_id AS kpi_id, places.first_day AS first_day,
               places.last_day AS last_day, coalesce(places.replaces, false) AS replaces)
    FROM staged LEFT JOIN places ON places.place = staged.rowid
    ORDER BY staged.rowid
"""


def place_rows(
    duck: duckdb.DuckDBPyConnection, room: KpiRoom | None, loader: Loader, checks: list[Check]
) -> list[Check]:
    """Give the good rows of the table `staged` their KPI and days, or a problem. Returns the checks
    with those that rows fail besides.

    Raises:
        InvalidInput: such files are not loaded here, or it has too many rows.
    """
    if room is None:
        raise InvalidInput(NOT_HERE)
    rows = duck.execute(
        """
        SELECT rowid, kpi, period, period_year, period_month, value, coalesce(comment, '')
        FROM staged WHERE problem IS NULL ORDER BY rowid
        """
    ).fetchall()
    if len(rows) > MOST_ROWS:
        raise InvalidInput(TOO_MANY)
    if not rows:
        return checks
    said = room.check(loader, [ValueRow(*cells) for _, *cells in rows])
    refused = list(dict.fromkeys(one for one in said if isinstance(one, Unplaced)))
    numbers = {one: len(checks) + place for place, one in enumerate(refused)}
    columns = zip(*(_columns(one, numbers) for one in said), strict=True)
    duck.execute(_PLACES, [[place for place, *_ in rows], *map(list, columns)])
    duck.execute(_PLACED)
    duck.execute("DROP TABLE places")
    return [*checks, *(Check(one.field, one.reason, "false") for one in refused)]


def _columns(said: Placed | Unplaced, numbers: dict[Unplaced, int]) -> tuple[Any, ...]:
    if isinstance(said, Unplaced):
        return numbers[said], None, None, None, False
    return None, said.kpi_id, said.first_day, said.last_day, said.replaces


def placed_cautions(duck: duckdb.DuckDBPyConnection) -> list[Found]:
    """How many good rows of the table `staged` take the place of other values."""
    [(count, first)] = duck.execute(
        f"""
        SELECT count(*), min(rowid + 1, {SHOWN}) FROM staged WHERE problem IS NULL AND replaces
        """
    ).fetchall()
    if not count:
        return []
    message = f"Periods that have another value now, which is replaced: {rows_in_words(count)}."
    return [Found("values_replaced", message, count, sorted(first))]


def values_in(batch: Path) -> list[FileValue]:
    """The values of a batch."""
    with duckdb.connect() as duck:
        rows = duck.execute(
            f"""
            SELECT kpi_id, first_day, value::DECIMAL(18, 4), coalesce(comment, '')
            FROM read_parquet({quoted(batch)}) ORDER BY line
            """
        ).fetchall()
    return [FileValue(*row) for row in rows]
