"""What is valid in a file and still worth a look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

SHOWN: Final = 5
FEWEST_MONTHS: Final = 6
NEIGHBOURS: Final = 3
"""Months on each side that one is compared with."""
FAR: Final = 5
MOST_ROWS_FOR_DUPLICATES: Final = 5_000_000


@dataclass(frozen=True)
class Caution:
    """Something suspicious in `count` rows, 0 if it is about the file as a whole; `lines` are up to
    five of them in the file.
    """

    code: str
    message: str
    count: int
    lines: Sequence[int]


@dataclass(frozen=True)
class Found:
    """The same with the numbers of the rows, counted from 1."""

    code: str
    message: str
    count: int
    records: Sequence[int]


def rows_in_words(count: int) -> str:
    """So many rows."""
    return "1 row" if count == 1 else f"{count:,} rows"


def cautions(duck: duckdb.DuckDBPyConnection, timezone: str) -> list[Found]:
    """What is suspicious in the good rows of the table `staged`, which holds sales."""
    today = datetime.now(UTC).astimezone(ZoneInfo(timezone)).date()
    return [*_single_rows(duck, today), *_duplicates(duck), *_odd_months(duck)]


def product_cautions(duck: duckdb.DuckDBPyConnection) -> list[Found]:
    """What is suspicious in the good rows of the table `staged`, which holds products."""
    values = "product_name, category, price, quantity_sold, rating, review_count"
    tests = {
        "repeated_products": (
            "overwritten",
            "Not the last on their product, and otherwise than it, which counts: {rows}.",
        ),
        "rounded": ("rounded", "With more than four decimals, which are rounded: {rows}."),
    }
    rows = f"""
        SELECT rounded, record, told IS DISTINCT FROM last_value(told) OVER (
                   PARTITION BY product_id ORDER BY record
                   ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
               ) AS overwritten
        FROM (
            SELECT product_id, rounded, rowid + 1 AS record, hash({values}) AS told
            FROM staged WHERE problem IS NULL
        )
    """
    return _met(duck, rows, tests)


def _single_rows(duck: duckdb.DuckDBPyConnection, today: date) -> list[Found]:
    tests = {
        "future_dates": (f"time >= DATE '{today}' + 1", "Dated after today, {today}: {rows}."),
        "negative_prices": (
            "price < 0",
            "With a price below 0, so that they count as adjustments: {rows}.",
        ),
        "rounded": (
            "rounded",
            "With an amount of more than four decimals, which is rounded: {rows}.",
        ),
    }
    rows = "SELECT *, rowid + 1 AS record FROM staged WHERE problem IS NULL"
    return _met(duck, rows, tests, today=today)


def _met(
    duck: duckdb.DuckDBPyConnection,
    rows: str,
    tests: Mapping[str, tuple[str, str]],
    **named: object,
) -> list[Found]:
    """What there is of rows with a `record` that meet a test: SQL, and how it is told."""
    counted = ", ".join(
        f"count(*) FILTER ({test}), min(record, {SHOWN}) FILTER ({test})"
        for test, _words in tests.values()
    )
    [row] = duck.execute(f"SELECT {counted} FROM ({rows})").fetchall()
    found = zip(tests.items(), row[::2], row[1::2], strict=True)
    return [
        Found(code, words.format(rows=rows_in_words(count), **named), count, sorted(records))
        for (code, (_test, words)), count, records in found
        if count
    ]


def _duplicates(duck: duckdb.DuckDBPyConnection) -> list[Found]:
    [[rows]] = duck.execute("SELECT count(*) FROM staged").fetchall()
    if rows > MOST_ROWS_FOR_DUPLICATES:  # a sixth of the whole check
        return []
    # To hash all columns costs twice as much, and few rows have a twin by these already.
    key = "hash(order_id, product_id, customer_id, time)"
    [[count, records]] = duck.execute(
        f"""
        WITH keys AS (
            SELECT {key} AS key FROM staged WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
        ), alike AS (
            SELECT count(*) AS n, max(rowid + 1) AS latest
            FROM staged WHERE problem IS NULL AND {key} IN (SELECT key FROM keys)
            GROUP BY order_id, time, product_id, product_name, category, customer_id,
                     customer_name, country, channel, quantity, price, amount
            HAVING count(*) > 1
        )
        SELECT coalesce(sum(n - 1), 0)::BIGINT, min(latest, {SHOWN}) FROM alike
        """
    ).fetchall()
    if not count:
        return []
    message = (
        f"Exactly like another row of the file, and counted all the same: {rows_in_words(count)}."
    )
    return [Found("duplicate_rows", message, count, sorted(records))]


def _odd_months(duck: duckdb.DuckDBPyConnection) -> list[Found]:
    """Whole months whose revenue is far from that of the months around them."""
    rows = duck.execute(
        """
        SELECT date_trunc('month', time)::DATE AS month,
               coalesce(sum(amount) FILTER (kind = 'sale'), 0)::DOUBLE, count(*), min(rowid + 1),
               min(time)::DATE, max(time)::DATE
        FROM staged WHERE problem IS NULL GROUP BY 1 ORDER BY 1
        """
    ).fetchall()
    # The file may begin and end within a month.
    months = rows[1:-1]
    if len(months) < FEWEST_MONTHS:
        return []
    odd = []
    for place, (month, revenue, count, first, *_) in enumerate(months):
        around = months[max(0, place - NEIGHBOURS) : place] + months[place + 1 :][:NEIGHBOURS]
        usual = median(one[1] for one in around)
        if usual > 0 and (revenue > FAR * usual or revenue < usual / FAR):
            odd.append((month, count, first))
    if not odd:
        return []
    names = ", ".join(f"{month:%B %Y}" for month, _, _ in odd[:SHOWN])
    message = (
        f"Revenue is more than {FAR} times, or less than a fifth, of that of the months around: "
        f"{names}."
    )
    lines = [first for _, _, first in odd[:SHOWN]]
    return [Found("odd_months", message, sum(count for _, count, _ in odd), lines)]
