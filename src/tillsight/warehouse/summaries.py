"""Keeping the summaries up to date: only what new lines touch is computed again.

Runs inside the transaction that applies a journal entry. The statements keep to the SQL that
DuckDB and Spark share, but for the temporary tables around them.
"""

from pathlib import Path

import duckdb

from tillsight.sales.journal import Entry

NEVER, DOES_NOT_COUNT = "DATE '0001-01-01'", "DATE '9999-12-31'"

SUMS = (
    "sum(revenue) AS revenue, sum(returned) AS returned, sum(units) AS units,"
    " CAST(sum(lines) AS BIGINT) AS lines"
)


def add_lines(duck: duckdb.DuckDBPyConnection, entry: Entry, batch: Path) -> None:
    """Add the lines of an import's batch file, and all they change."""
    duck.execute(_batch_view(entry, batch))
    _find_orders_seen_before(duck)
    if _has_rows(duck, "seen_orders"):
        _take_out_seen_orders(duck)
    duck.execute("INSERT INTO lines SELECT * FROM batch")
    duck.execute(f"CREATE TEMP TABLE fresh AS {FRESH} WHERE import_id = ?", [entry.import_id])
    if _has_rows(duck, "seen_orders"):
        duck.execute(
            f"INSERT INTO fresh {FRESH} WHERE import_id <> ? AND {SEEN}", [entry.import_id]
        )
    duck.execute(FRESH_PARTS)
    duck.execute(LATE_CUSTOMERS)
    if _has_rows(duck, "late_customers") or _has_rows(duck, "seen_orders"):
        duck.execute(MOVE_LATE_PARTS)
        duck.execute(DELETE_LATE_PARTS)
    duck.execute(ADD_PARTS)
    duck.execute(ADD_DAILY_SALES)
    duck.execute(ADD_PRODUCT_MONTHS)
    for statement in (*ADD_CUSTOMERS, *ADD_PRODUCTS):
        duck.execute(statement)
    for table in ("fresh", "fresh_parts", "late_customers", "seen_orders"):
        duck.execute(f"DROP TABLE {table}")
    duck.execute("DROP VIEW batch")


def _batch_view(entry: Entry, batch: Path) -> str:
    """The batch with the columns of `lines`; a view takes no parameters, so values are quoted."""
    source = entry.layout.replace("'", "''")
    file = str(batch).replace("'", "''")
    return f"""
        CREATE TEMP VIEW batch AS
        SELECT CAST({entry.import_id} AS BIGINT) AS import_id, line, kind,
               coalesce('{source}:' || order_id, '#{entry.import_id}:' || line) AS order_key,
               time, CAST(hour AS TINYINT) AS hour, product_id, product_name, category, customer_id,
               customer_name, country, channel, quantity, price, amount
        FROM read_parquet('{file}')
    """


def _find_orders_seen_before(duck: duckdb.DuckDBPyConnection) -> None:
    duck.execute(
        """
        CREATE TEMP TABLE seen_orders AS
        SELECT DISTINCT order_key FROM order_parts
        WHERE order_key IN (SELECT order_key FROM batch WHERE kind <> 'adjustment')
        """
    )


def _take_out_seen_orders(duck: duckdb.DuckDBPyConnection) -> None:
    """Orders that go on in this batch are taken out of the summaries and added anew, whole."""
    duck.execute(f"CREATE TEMP TABLE fresh AS {FRESH} WHERE {SEEN}")
    for table, statement in (
        ("daily_sales", ADD_DAILY_SALES),
        ("product_months", ADD_PRODUCT_MONTHS),
    ):
        duck.execute(
            f"""
            DELETE FROM {table} WHERE split_order IN (SELECT line_number FROM fresh)
            """
        )
        select = statement.partition(table)[2]
        duck.execute(
            f"""
            INSERT INTO {table} SELECT * REPLACE (
                -revenue AS revenue, -returned AS returned, -units AS units, -lines AS lines,
                -whole_orders AS whole_orders
            ) FROM ({select}) WHERE split_order IS NULL
            """
        )
    duck.execute("DROP TABLE fresh")


def _has_rows(duck: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(duck.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall())


# Lines to add: the batch's, and the older ones of orders that go on in it.
FRESH = """
    SELECT order_key, line_number, day, hour, country, channel, customer_id, customer_name,
           product_id, revenue, returned, units, lines
    FROM sales
"""
SEEN = "order_key IN (SELECT order_key FROM seen_orders)"

# Their parts, with the parts of the same orders counted: an order with one part is whole. A part
# without a sale (a return) is no part of the order's count.
FRESH_PARTS = f"""
    CREATE TEMP TABLE fresh_parts AS
    WITH parts AS (
        SELECT order_key, day, hour, country, channel, customer_id,
               max(customer_name) AS customer_name, {SUMS}, min(line_number) AS first_line
        FROM fresh
        GROUP BY order_key, day, hour, country, channel, customer_id
    ), counted AS (
        SELECT *, sum(CASE WHEN lines > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY order_key) AS parts,
               min(first_line) OVER (PARTITION BY order_key) AS order_number
        FROM parts
    )
    SELECT order_key, day, hour, country, channel, customer_id, customer_name, revenue, returned,
           units, lines,
           CASE WHEN lines > 0 AND parts = 1 THEN 1 ELSE 0 END AS whole_orders,
           CASE WHEN lines > 0 AND parts > 1 THEN order_number END AS split_order
    FROM counted
"""

# Customers whose chain of parts has to be linked anew: a sale comes before their last known day,
# or an order of theirs was taken out.
LATE_CUSTOMERS = """
    CREATE TEMP TABLE late_customers AS
    SELECT customers.customer_id
    FROM customers
    JOIN (
        SELECT customer_id, min(day) AS day FROM fresh_parts WHERE lines > 0 GROUP BY customer_id
    ) AS fresh_days ON fresh_days.customer_id = customers.customer_id
    WHERE fresh_days.day < customers.last_day
    UNION
    SELECT customer_id FROM order_parts
    WHERE order_key IN (SELECT order_key FROM seen_orders) AND customer_id IS NOT NULL
"""
DELETE_LATE_PARTS = """
    DELETE FROM order_parts
    WHERE customer_id IN (SELECT customer_id FROM late_customers)
       OR order_key IN (SELECT order_key FROM seen_orders)
"""
MOVE_LATE_PARTS = """
    INSERT INTO fresh_parts
    SELECT order_key, day, hour, country, channel, customer_id, customer_name, revenue, returned,
           units, lines, whole_orders, split_order
    FROM order_parts
    WHERE customer_id IN (SELECT customer_id FROM late_customers)
      AND order_key NOT IN (SELECT order_key FROM seen_orders)
"""

# Each part is linked to the customer's part before it: in the batch, else the last known day.
ADD_PARTS = f"""
    INSERT INTO order_parts
    WITH known AS (
        SELECT customer_id, first_day, last_day FROM customers
        WHERE customer_id NOT IN (SELECT customer_id FROM late_customers)
    ), known_here AS (
        SELECT customer_id, country, last_day FROM customer_countries
        WHERE customer_id NOT IN (SELECT customer_id FROM late_customers)
    ), counting AS (
        SELECT *,
               lag(day) OVER (
                   PARTITION BY customer_id ORDER BY day, hour, order_key, country, channel
               ) AS part_before,
               lag(day) OVER (
                   PARTITION BY customer_id, country ORDER BY day, hour, order_key, channel
               ) AS part_before_here,
               min(day) OVER (PARTITION BY customer_id) AS first_part
        FROM fresh_parts
        WHERE lines > 0 AND customer_id IS NOT NULL
    )
    SELECT order_key, day, hour, counting.country, channel, counting.customer_id, customer_name,
           revenue, returned, units, lines, whole_orders, split_order,
           coalesce(part_before, known.last_day, {NEVER}),
           coalesce(part_before_here, known_here.last_day, {NEVER}),
           coalesce(known.first_day, first_part)
    FROM counting
    LEFT JOIN known ON known.customer_id = counting.customer_id
    LEFT JOIN known_here ON known_here.customer_id = counting.customer_id
         AND known_here.country IS NOT DISTINCT FROM counting.country
    UNION ALL
    SELECT order_key, day, hour, country, channel, customer_id, customer_name, revenue, returned,
           units, lines, whole_orders, split_order, {DOES_NOT_COUNT}, {DOES_NOT_COUNT}, NULL
    FROM fresh_parts
    WHERE lines = 0 OR customer_id IS NULL
    ORDER BY day
"""


def _spread_over(table: str, day: str, keys: list[str], counted_per: list[str]) -> str:
    """Adds the fresh lines to a table by day and `keys`; an order counts once per `counted_per`.

    Almost all orders lie in one row, so finding the few that do not is cheaper than numbering all.
    """
    group = ", ".join(counted_per)
    same = " AND ".join(f"split.{one} IS NOT DISTINCT FROM by_order.{one}" for one in counted_per)
    columns = ", ".join(f"by_order.{one}" for one in ["day", *keys])
    return f"""
        INSERT INTO {table}
        WITH by_order AS (
            SELECT order_key, {day} AS day, {", ".join(keys)}, {SUMS},
                   min(line_number) AS first_line
            FROM fresh
            GROUP BY ALL
        ), split AS (
            SELECT {group}, min(first_line) AS order_number
            FROM by_order
            WHERE lines > 0
            GROUP BY {group}
            HAVING count(*) > 1
        )
        SELECT {columns}, {SUMS},
               CAST(sum(CASE WHEN lines > 0 AND order_number IS NULL THEN 1 ELSE 0 END) AS BIGINT)
                   AS whole_orders,
               CASE WHEN lines > 0 THEN order_number END AS split_order
        FROM by_order LEFT JOIN split ON {same}
        GROUP BY ALL
    """


ADD_DAILY_SALES = _spread_over("daily_sales", "day", ["country", "channel"], ["order_key"])
ADD_PRODUCT_MONTHS = _spread_over(
    "product_months",
    "CAST(date_trunc('month', day) AS DATE)",
    ["country", "product_id"],
    ["order_key", "product_id"],
)

# Customers of the batch: late ones from all their parts, the others from what is known of them
# and the fresh parts.
ADD_CUSTOMERS = (
    f"""
    CREATE TEMP TABLE fresh_customers AS
    WITH orders AS (
        SELECT customer_id, order_key, max(customer_name) AS customer_name, {SUMS},
               min(CASE WHEN lines > 0 THEN day END) AS first_day,
               max(CASE WHEN lines > 0 THEN day END) AS last_day
        FROM fresh_parts WHERE customer_id IS NOT NULL
        GROUP BY customer_id, order_key
    )
    SELECT customer_id, max(customer_name) AS customer_name, min(first_day) AS first_day,
           max(last_day) AS last_day, {SUMS},
           CAST(sum(CASE WHEN lines > 0 THEN 1 ELSE 0 END) AS BIGINT) AS whole_orders
    FROM orders GROUP BY customer_id
    UNION ALL
    SELECT customer_id, customer_name, first_day, last_day, revenue, returned, units, lines,
           whole_orders
    FROM customers
    WHERE customer_id IN (SELECT customer_id FROM fresh_parts)
      AND customer_id NOT IN (SELECT customer_id FROM late_customers)
    """,
    "DELETE FROM customers WHERE customer_id IN (SELECT customer_id FROM fresh_customers)",
    f"""
    INSERT INTO customers
    SELECT customer_id, max(customer_name), min(first_day), max(last_day), {SUMS},
           CAST(sum(whole_orders) AS BIGINT)
    FROM fresh_customers GROUP BY customer_id
    """,
    "DROP TABLE fresh_customers",
    """
    CREATE TEMP TABLE fresh_countries AS
    SELECT customer_id, country, max(day) AS last_day FROM fresh_parts
    WHERE customer_id IS NOT NULL AND lines > 0 GROUP BY customer_id, country
    UNION ALL
    SELECT customer_id, country, last_day FROM customer_countries
    WHERE customer_id IN (SELECT customer_id FROM fresh_parts)
      AND customer_id NOT IN (SELECT customer_id FROM late_customers)
    """,
    "DELETE FROM customer_countries WHERE customer_id IN (SELECT customer_id FROM fresh_countries)",
    """
    INSERT INTO customer_countries
    SELECT customer_id, country, max(last_day) FROM fresh_countries GROUP BY customer_id, country
    """,
    "DROP TABLE fresh_countries",
)

ADD_PRODUCTS = (
    """
    INSERT INTO product_labels
    SELECT product_id, product_name, category, count(*), max(time) FROM batch
    WHERE kind = 'sale' AND product_id IS NOT NULL
    GROUP BY product_id, product_name, category
    """,
    "DELETE FROM products WHERE product_id IN (SELECT product_id FROM batch)",
    """
    INSERT INTO products
    WITH touched AS (
        SELECT * FROM product_labels WHERE product_id IN (SELECT product_id FROM batch)
    ), names AS (
        SELECT product_id, product_name, row_number() OVER (
                   PARTITION BY product_id ORDER BY sum(uses) DESC, product_name
               ) AS place
        FROM touched WHERE product_name IS NOT NULL GROUP BY product_id, product_name
    ), categories AS (
        SELECT product_id, category, row_number() OVER (
                   PARTITION BY product_id ORDER BY max(last_used) DESC, category
               ) AS place
        FROM touched WHERE category IS NOT NULL GROUP BY product_id, category
    )
    SELECT ids.product_id, names.product_name, categories.category
    FROM (SELECT DISTINCT product_id FROM touched) AS ids
    LEFT JOIN names ON names.product_id = ids.product_id AND names.place = 1
    LEFT JOIN categories ON categories.product_id = ids.product_id AND categories.place = 1
    """,
)
