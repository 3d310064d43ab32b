"""An invented shop of any size, written straight as batches and entered into a home's journal.

Parsing as much CSV would take longer than everything measured on it. The same DuckDB makes the same
shop every time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from tillsight.database import Database
from tillsight.sales import journal
from tillsight.sales.folders import Folders
from tillsight.sales.layouts import ONLINE_RETAIL
from tillsight.sales.models import EntryKind, Import
from tillsight.sales.rows.sales import COLUMNS

LINES_A_BATCH = 5_000_000
ORDERS_A_LINE = 0.3
CUSTOMERS_A_LINE = 0.045
LINES_A_PRODUCT = 100
MOST_PRODUCTS = 100_000
COUNTRIES = 38
FIRST_DAY = date(2022, 1, 1)
DAYS = 4 * 365

LARGEST_COUNTRY = "Country 0"

# Hashes of two values are alike for the same number; hashed once more, they are not.
MACROS = """
    CREATE MACRO draw(number, what) AS hash(hash(number, what));
    CREATE MACRO chance(number, what) AS (draw(number, what) >> 11) / pow(2, 53);
"""
"""Chance that depends on nothing but its arguments: a whole number, a fraction below 1."""


@dataclass(frozen=True)
class Batch:
    """A Parquet file in the format of `sales/staging.py`, and what its lines add up to."""

    path: Path
    rows: int
    revenue: Decimal
    first_day: date
    last_day: date


def write_batches(folder: Path, lines: int) -> list[Batch]:
    """Write a shop of about that many lines; files that are there already are taken as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(MACROS)
        return [
            _written(duck, folder / f"{lines}-{first}.parquet", lines, first, end)
            for first, end in _order_ranges(lines)
        ]


def write_next_days(folder: Path, lines: int, more: int) -> Batch:
    """Write about `more` lines of the days after those of a shop of `lines`."""
    first, orders = round(lines * ORDERS_A_LINE), round(more * ORDERS_A_LINE)
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(MACROS)
        path = folder / f"{lines}-and-{more}.parquet"
        return _written(duck, path, lines, first, first + orders)


def write_csv(path: Path, lines: int, first: int, end: int) -> None:
    """Write the lines from about `first` to `end` of a shop of `lines` as an Online Retail file."""
    orders = [round(one * ORDERS_A_LINE) for one in (first, end)]
    temporary = path.with_suffix(".tmp")
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(MACROS)
        duck.execute(
            f"""
            COPY (
                SELECT order_id AS InvoiceNo, product_id AS StockCode, product_name AS Description,
                       quantity::BIGINT AS Quantity,
                       strftime(time, '%Y-%m-%d %H:%M:%S') AS InvoiceDate,
                       price::DECIMAL(18, 2) AS UnitPrice, customer_id AS CustomerID,
                       country AS Country
                FROM ({_lines_sql(lines, *orders)})
            ) TO '{temporary}' (FORMAT csv, HEADER)
            """
        )
    temporary.replace(path)


def enter_in_journal(home: Path, database: Database, batches: list[Batch]) -> int:
    """Make the batches imports of the home; returns the journal's version with all of them."""
    folder = Folders(home).batches
    version = 0
    with database.writing() as session:
        for batch in batches:
            (folder / batch.path.name).hardlink_to(batch.path)
            loaded = _import_of(batch)
            session.add(loaded)
            session.flush()
            version = journal.append(session, EntryKind.imported, loaded.id, None)
    return version


def _order_ranges(lines: int) -> Iterator[tuple[int, int]]:
    orders, step = round(lines * ORDERS_A_LINE), round(LINES_A_BATCH * ORDERS_A_LINE)
    for first in range(0, orders, step):
        yield first, min(first + step, orders)


def _written(
    duck: duckdb.DuckDBPyConnection, path: Path, lines: int, first: int, end: int
) -> Batch:
    if not path.exists():
        temporary = path.with_suffix(".tmp")
        select = _lines_sql(lines, first, end)
        duck.execute(f"COPY ({select}) TO '{temporary}' (FORMAT parquet, COMPRESSION zstd)")
        temporary.replace(path)
    [totals] = duck.execute(
        """
        SELECT count(*), sum(amount) FILTER (kind = 'sale'), min(time)::DATE, max(time)::DATE
        FROM read_parquet(?)
        """,
        [str(path)],
    ).fetchall()
    return Batch(path, *totals)


def _lines_sql(lines: int, first: int, end: int) -> str:
    """The orders from `first` up to `end`, in order of their days.

    Trade doubles over the years. Of 1000 lines 15 are returns and 3 adjustments. One order in 200
    takes until the next hour, some of these until the next day. Some customers buy abroad at times.
    """
    orders = round(lines * ORDERS_A_LINE)
    customers = max(round(lines * CUSTOMERS_A_LINE), 1)
    products = min(max(lines // LINES_A_PRODUCT, 1), MOST_PRODUCTS)
    return f"""
        WITH orders AS (
            SELECT range AS number,
                   DATE '{FIRST_DAY}'
                   + floor({DAYS} * (sqrt(1 + 3 * (number + 0.5) / {orders}) - 1))::INTEGER AS day,
                   CASE WHEN number % 1000 = 0 THEN 23 * 3600 + 1800
                        ELSE 8 * 3600 + floor(chance(number, 'time') * 12 * 3600) END AS second,
                   CASE WHEN chance(number, 'known') < 0.84
                        THEN floor(pow(chance(number, 'customer'), 1.6) * {customers})::BIGINT
                   END AS customer,
                   coalesce(customer, -number) AS buyer,
                   CASE WHEN chance(buyer, 'travels') < 0.02 AND chance(number, 'abroad') < 0.3
                        THEN 1
                        ELSE floor(pow(chance(buyer, 'country'), 4) * {COUNTRIES})::BIGINT
                   END AS country,
                   1 + draw(number, 'lines') % 5
                   + CASE WHEN draw(number, 'large') % 12 = 0 THEN 4 ELSE 0 END AS size
            FROM range({first}, {end})
        ), numbered AS (
            SELECT *, unnest(range(size::BIGINT)) AS place, number * 16 + place AS line_number
            FROM orders
        ), drawn AS (
            SELECT *,
                   floor(pow(chance(line_number, 'product'), 3) * {products})::BIGINT AS product,
                   draw(line_number, 'kind') % 1000 AS lot,
                   day::TIMESTAMP + to_seconds(second)
                   + CASE WHEN number % 200 = 0 THEN to_minutes(30 * place)
                          ELSE INTERVAL 0 SECOND END AS time,
                   CASE WHEN lot < 15 THEN 'return' WHEN lot < 18 THEN 'adjustment' ELSE 'sale'
                   END AS kind,
                   (1 + draw(line_number, 'quantity') % 6)::BIGINT
                   * CASE kind WHEN 'return' THEN -1 ELSE 1 END AS pieces,
                   CASE kind WHEN 'adjustment' THEN 0 ELSE 100 + draw(product, 'price') % 9000
                   END::BIGINT AS cents
            FROM numbered
        ), typed AS (
            SELECT row_number() OVER () AS line, kind,
                   (500000 + number)::VARCHAR AS order_id, time, hour(time) AS hour,
                   'P' || product AS product_id,
                   'Product ' || product
                   || CASE WHEN chance(line_number, 'name') < 0.02 THEN ' (new)' ELSE '' END
                   AS product_name,
                   'Category ' || product % 25 AS category,
                   'C' || customer AS customer_id, NULL::VARCHAR AS customer_name,
                   'Country ' || country AS country,
                   CASE draw(number, 'channel') % 3
                   WHEN 0 THEN 'Shop' WHEN 1 THEN 'Web' ELSE 'Marketplace' END AS channel,
                   pieces::DECIMAL(18, 4) AS quantity, (cents * 0.01)::DECIMAL(18, 8) AS price,
                   (pieces * cents * 0.01)::DECIMAL(18, 4) AS amount
            FROM drawn
        )
        SELECT line, {COLUMNS} FROM typed
    """


def _import_of(batch: Batch) -> Import:
    content_hash = hashlib.sha256(batch.path.name.encode()).hexdigest()
    return Import(
        kind=ONLINE_RETAIL.kind,
        layout=ONLINE_RETAIL.name,
        file_name=batch.path.name,
        content_hash=content_hash,
        in_force=content_hash,
        rows=batch.rows,
        rejected_rows=0,
        revenue=batch.revenue,
        first_day=batch.first_day,
        last_day=batch.last_day,
        batch=batch.path.name,
        batch_bytes=batch.path.stat().st_size,
        created_at=datetime.now(UTC),
    )
