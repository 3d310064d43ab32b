"""Keeping the summaries up to date: only what new lines touch is computed again.

Runs inside the transaction that applies a journal entry. What a summary is stands in
`definitions.py`, in SQL that DuckDB and Spark share; here is what of it has to be computed.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from tillsight.sales.journal import Entry
from tillsight.warehouse import hidden_orders
from tillsight.warehouse.customer_links import relink_customers
from tillsight.warehouse.definitions import (
    SUMS,
    anonymous_sales,
    daily_sales,
    order_parts,
    parts_of_orders,
    product_labels,
    product_months,
    products_of_months,
)
from tillsight.warehouse.product_facts import set_products


def add_lines(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> None:
    """Add the lines of an import, and all they change; `folder` is that of the batches."""
    hidden_orders.take_effect(duck, entry, folder)
    lines = hidden_orders.lines_of(entry.import_id, entry.layout, folder / entry.batch)
    hidden = NOT_HIDDEN if hidden_orders.has_hidden(duck, entry.import_id) else ""
    duck.execute(f"CREATE TEMP VIEW batch AS SELECT * FROM ({lines}) {hidden}")
    if entry.hidden:
        exchange_lines(duck, HIDDEN_BY.format(import_id=entry.import_id))
    else:
        add_batch(duck, f"import_id = {entry.import_id}")
    duck.execute("DROP VIEW batch")


def remove_lines(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> None:
    """Take the lines of an import out, and all they changed; those that it hid come back."""
    hidden_orders.end_effect(duck, entry, folder)
    exchange_lines(duck, f"import_id = {entry.import_id}")
    duck.execute("DROP TABLE batch")


def add_batch(
    duck: duckdb.DuckDBPyConnection, added: str, passed: Callable[[], None] = lambda: None
) -> None:
    """Add the lines of the relation `batch`, and all they change; `added` is SQL that tells them
    from the lines that are there. `passed` is called after each stage of the work (`progress.py`).
    """
    duck.execute("INSERT INTO lines SELECT * EXCLUDE (order_id) FROM batch")
    passed()
    for statement in NOTHING_OLDER:
        duck.execute(statement)
    duck.execute(FRESH.format(added=added))
    duck.execute(FRESH_PARTS)
    if _has_rows(duck, "batch WHERE order_id IS NOT NULL"):  # a row without one is a new order
        duck.execute(SEEN_ORDERS)
    if _has_rows(duck, "seen_orders"):
        _take_out_seen_orders(duck, added, "SELECT * FROM older")
        duck.execute("DROP TABLE fresh_parts")
        duck.execute(FRESH_PARTS)
    passed()
    _book(duck, "fresh", "fresh_parts", ADDED)
    passed()
    relink_customers(duck)
    passed()
    for statement in ADD_LABELS:
        duck.execute(statement.format(added=added))
    set_products(duck)
    _drop_work(duck, "VIEW fresh")
    passed()


def exchange_lines(duck: duckdb.DuckDBPyConnection, gone: str) -> None:
    """Take out the lines for which `gone` is true, and add those of the relation `batch`.

    The orders of both are taken out whole; what is left of them is added anew, and the customers of
    these orders are linked anew.
    """
    for statement in (*NOTHING_OLDER, *NOTE_EXCHANGED):
        duck.execute(statement.format(gone=gone))
    _take_out_seen_orders(duck, gone, f"{COUNTED} WHERE {gone} UNION ALL SELECT * FROM older")
    duck.execute(f"DELETE FROM lines WHERE {gone}")
    duck.execute("INSERT INTO lines SELECT * EXCLUDE (order_id) FROM batch")
    duck.execute(FRESH_EXCHANGED)
    duck.execute(FRESH_PARTS)
    _book(duck, "fresh", "fresh_parts", ADDED)
    relink_customers(duck)
    for statement in LABEL_REMAINING:
        duck.execute(statement)
    set_products(duck)
    _fold_emptied_groups(duck)
    _drop_work(duck, "TABLE fresh", "TABLE removed_days")


def _drop_work(duck: duckdb.DuckDBPyConnection, *noted: str) -> None:
    for table in ("TABLE fresh_parts", "TABLE older", "TABLE older_parts", "TABLE seen_orders"):
        duck.execute(f"DROP {table}")
    for one in noted:
        duck.execute(f"DROP {one}")


def _fold_emptied_groups(duck: duckdb.DuckDBPyConnection) -> None:
    """Have groups that nothing is left of disappear, on the days the removed lines were on.

    A return of a fraction of a cent can be worth 0.0000: its group looks emptied, and is put back.
    """
    for table, day, keys in (
        ("daily_sales", "day", "country, channel"),
        ("product_months", "CAST(date_trunc('month', day) AS DATE)", "country, product_id"),
    ):
        touched = f"(SELECT {day} FROM removed_days)"
        duck.execute(
            f"""
            CREATE TEMP TABLE folded AS
            SELECT day, {keys}, {SUMS}, CAST(sum(whole_orders) AS BIGINT) AS whole_orders,
                   split_order
            FROM {table} WHERE day IN {touched}
            GROUP BY day, {keys}, split_order
            HAVING sum(lines) > 0 OR sum(returned) > 0
            UNION ALL
            SELECT DISTINCT {day}, {keys}, 0, 0, 0, 0, 0, CAST(NULL AS BIGINT) FROM sales
            WHERE kind = 'return' AND amount = 0 AND {day} IN {touched}
            """
        )
        duck.execute(f"DELETE FROM {table} WHERE day IN {touched}")
        duck.execute(f"INSERT INTO {table} SELECT * FROM folded")
        duck.execute("DROP TABLE folded")
    for statement in FOLD_ANONYMOUS:
        duck.execute(statement)


def _take_out_seen_orders(duck: duckdb.DuckDBPyConnection, changed: str, taken: str) -> None:
    """Orders with lines that come or go are taken out of the tables that add up, to be added whole.

    Their lines stay in `older`, but for those for which `changed` is true, and their parts in
    `older_parts`; `taken` is SQL for the lines that these parts are of.
    """
    stay = f"{SEEN} AND NOT ({changed})"
    if _has_rows(duck, f"lines WHERE {stay}"):  # mostly none do, and this reads two columns only
        duck.execute(f"CREATE OR REPLACE TEMP TABLE older AS {COUNTED} WHERE {stay}")
    duck.execute(OLDER_PARTS)
    duck.execute(f"CREATE TEMP VIEW taken AS {taken}")
    for table in ("daily_sales", "product_months"):
        duck.execute(f"DELETE FROM {table} WHERE split_order IN (SELECT line_number FROM taken)")
    _book(duck, "taken", "older_parts", TAKEN_OUT)
    duck.execute("DROP VIEW taken")


def _book(duck: duckdb.DuckDBPyConnection, lines: str, parts: str, columns: str) -> None:
    """Add lines and their parts to the tables that add up; `columns` is `ADDED` or `TAKEN_OUT`."""
    whole = "split_order IS NULL" if columns == TAKEN_OUT else "TRUE"
    duck.execute(f"CREATE TEMP TABLE days AS {daily_sales(parts)}")
    duck.execute(f"CREATE TEMP TABLE months AS {product_months(lines)}")
    duck.execute(f"INSERT INTO daily_sales SELECT {columns} FROM days WHERE {whole}")
    duck.execute(f"INSERT INTO product_months SELECT {columns} FROM months WHERE {whole}")
    duck.execute(f"INSERT INTO anonymous_sales SELECT {columns} FROM ({anonymous_sales(parts)})")
    duck.execute(
        f"CREATE TEMP TABLE sold AS SELECT {columns} FROM ({products_of_months('months')})"
    )
    for statement in UPDATE_PRODUCT_SALES:
        duck.execute(statement)
    for table in ("days", "months", "sold"):
        duck.execute(f"DROP TABLE {table}")


def _has_rows(duck: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(duck.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall())


COUNTED = """
    SELECT import_id, order_key, line_number, day, hour, country, channel, customer_id,
           customer_name, product_id, revenue, returned, units, lines
    FROM sales
"""
# Tables are made with all their rows, or with their columns spelled out: what is put later into one
# that was made empty from a query, in the same transaction, the engine takes for nulls.
NOTHING_OLDER = (
    "CREATE TEMP TABLE seen_orders (order_key VARCHAR, order_hash UBIGINT)",
    f"CREATE TEMP TABLE older AS {COUNTED} LIMIT 0",
    "CREATE TEMP TABLE older_parts AS SELECT rowid AS place, * FROM order_parts LIMIT 0",
)
# Orders of the fresh parts that were there before.
SEEN_ORDERS = """
    INSERT INTO seen_orders
    SELECT DISTINCT order_key, order_hash FROM order_parts
    WHERE order_hash IN (SELECT order_hash FROM fresh_parts)
      AND order_key IN (SELECT order_key FROM fresh_parts)
"""
SEEN = "order_key IN (SELECT order_key FROM seen_orders)"

# With their places in the table: to delete by these costs least.
OLDER_PARTS = f"""
    CREATE OR REPLACE TEMP TABLE older_parts AS SELECT rowid AS place, * FROM order_parts
    WHERE order_hash IN (SELECT order_hash FROM seen_orders) AND {SEEN}
"""

# Lines to add: the batch's, and the older ones of orders that go on in it.
FRESH = f"""
    CREATE TEMP VIEW fresh AS
    {COUNTED} WHERE {{added}}
    UNION ALL
    SELECT * FROM older
"""

# The same where lines went: what is left of the orders that were taken out, and what came.
FRESH_EXCHANGED = f"""
    CREATE TEMP TABLE fresh AS
    SELECT * FROM older
    UNION ALL
    {COUNTED} WHERE (import_id, line) IN (SELECT import_id, line FROM batch)
"""

FRESH_PARTS = f"""
    CREATE TEMP TABLE fresh_parts AS {order_parts(f"({parts_of_orders('fresh')})")}
"""

ADDED = "*"
TAKEN_OUT = """* REPLACE (
    -revenue AS revenue, -returned AS returned, -units AS units, -lines AS lines,
    -whole_orders AS whole_orders
)"""


UPDATE_PRODUCT_SALES = (
    """
    INSERT INTO sold
    SELECT product_sales.* FROM product_sales
    SEMI JOIN sold ON sold.product_id IS NOT DISTINCT FROM product_sales.product_id
    """,
    """
    DELETE FROM product_sales USING sold
    WHERE sold.product_id IS NOT DISTINCT FROM product_sales.product_id
    """,
    f"""
    INSERT INTO product_sales
    SELECT product_id, {SUMS}, CAST(sum(whole_orders) AS BIGINT) FROM sold
    GROUP BY product_id HAVING sum(lines) > 0 OR sum(returned) > 0
    """,
)

ADD_LABELS = (
    f"INSERT INTO product_labels {product_labels('(SELECT * FROM lines WHERE {added})')}",
    """
    CREATE TEMP TABLE touched_products AS
    SELECT DISTINCT product_id FROM product_labels WHERE {added}
    """,
)

# Of the batch, what no import in force hides.
NOT_HIDDEN = """
    WHERE order_id IS NULL OR (import_id, order_id) NOT IN (
        SELECT import_id, order_id FROM hidden_orders
    )
"""
# Lines whose orders an import hides.
HIDDEN_BY = """
    (import_id, order_key) IN (
        SELECT import_id, source || ':' || order_id
        FROM hidden_orders JOIN imports_in_force USING (import_id)
        WHERE hidden_by = {import_id}
    )
"""
# What lines that go, and those that come, touch: orders, days and products.
NOTE_EXCHANGED = (
    """
    INSERT INTO seen_orders
    SELECT order_key, hash(order_key) FROM sales WHERE {gone}
    UNION
    SELECT order_key, hash(order_key) FROM batch
    """,
    "CREATE TEMP TABLE removed_days AS SELECT DISTINCT day FROM sales WHERE {gone}",
    """
    CREATE TEMP TABLE touched_labels AS
    SELECT import_id, product_id FROM lines
    WHERE {gone} AND kind = 'sale' AND product_id IS NOT NULL
    UNION
    SELECT import_id, product_id FROM batch WHERE kind = 'sale' AND product_id IS NOT NULL
    """,
    "CREATE TEMP TABLE touched_products AS SELECT DISTINCT product_id FROM touched_labels",
)

# Labels cannot be subtracted (the last use may have been among them), so those of the imports that
# lose or gain lines are read again.
TOUCHED_LABELS = "(import_id, product_id) IN (SELECT import_id, product_id FROM touched_labels)"
REMAINING = f"""(
    SELECT * FROM lines WHERE {TOUCHED_LABELS}
    AND import_id IN (SELECT import_id FROM touched_labels)
)"""
LABEL_REMAINING = (
    f"DELETE FROM product_labels WHERE {TOUCHED_LABELS}",
    f"INSERT INTO product_labels {product_labels(REMAINING)}",
    "DROP TABLE touched_labels",
)

FOLD_ANONYMOUS = (
    f"""
    CREATE TEMP TABLE folded AS
    SELECT {SUMS}, CAST(sum(whole_orders) AS BIGINT) AS whole_orders FROM anonymous_sales
    WHERE EXISTS (SELECT 1 FROM order_parts WHERE customer_id IS NULL)
    HAVING count(*) > 0
    """,
    "DELETE FROM anonymous_sales",
    "INSERT INTO anonymous_sales SELECT * FROM folded",
    "DROP TABLE folded",
)
