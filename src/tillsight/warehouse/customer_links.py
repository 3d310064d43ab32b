"""Keeping customers up to date: what each bought in all, and on which day the time before.

Parts of orders are linked: each tells the day of its customer's part before it. A change links anew
only the customers it touches, and of those only what comes after it.
"""

import duckdb

from tillsight.warehouse.customer_facts import attributes_of
from tillsight.warehouse.definitions import DOES_NOT_COUNT, NEVER, by_order


def relink_customers(duck: duckdb.DuckDBPyConnection) -> None:
    """Add the `fresh_parts` to the parts of orders in place of `older_parts`, link both to those
    their customers had before, and bring the customers up to date.

    Late customers are linked anew from some day on: a sale comes before their last known day, or an
    order of theirs was taken out.
    """
    for statement in (*KNOWN_CUSTOMERS, *CHAIN, *ADD_PARTS):
        duck.execute(statement)
    if duck.execute("SELECT 1 FROM late_customers LIMIT 1").fetchall():
        for statement in MEND_LINKS:
            duck.execute(statement)
    for statement in UPDATE_CUSTOMERS:
        duck.execute(statement)
    for table in WORK:
        duck.execute(f"DROP TABLE {table}")


WORK = ("touched_customers", "known", "known_here", "late_customers", "late_parts", "links")

# What is known of the customers whose parts change, with the place of their rows: finding them is
# most of the work where one line comes in. Each has a number, as texts take long to sort.
KNOWN_CUSTOMERS = (
    """
    CREATE TEMP TABLE touched_customers AS
    WITH days AS (
        SELECT customer_id, CASE WHEN lines > 0 THEN day END AS day, false AS is_late
        FROM fresh_parts WHERE customer_id IS NOT NULL
        UNION ALL
        SELECT customer_id, CASE WHEN lines > 0 THEN day END, true
        FROM older_parts WHERE customer_id IS NOT NULL
    )
    SELECT customer_id, min(day) AS day, bool_or(is_late) AS is_late FROM days GROUP BY customer_id
    """,
    """
    CREATE TEMP TABLE known AS
    SELECT customers.rowid AS place, touched_customers.rowid AS number, customers.*
    FROM customers JOIN touched_customers ON touched_customers.customer_id = customers.customer_id
    """,
    """
    CREATE TEMP TABLE known_here AS
    SELECT customer_countries.rowid AS place, touched_customers.rowid AS number,
           customer_countries.*
    FROM customer_countries
    JOIN touched_customers ON touched_customers.customer_id = customer_countries.customer_id
    """,
    # The day from which on each is linked anew; null where only what never counts is touched.
    """
    CREATE TEMP TABLE late_customers AS
    SELECT known.number, known.customer_id, touched_customers.day AS since
    FROM known JOIN touched_customers ON touched_customers.customer_id = known.customer_id
    WHERE is_late OR touched_customers.day < known.last_day
    """,
    "DELETE FROM order_parts WHERE rowid IN (SELECT place FROM older_parts)",
    # All that late customers still have; what lies before that day stays as it is.
    """
    CREATE TEMP TABLE late_parts AS
    SELECT order_parts.rowid AS place, number, order_parts.customer_id, customer_name, country, day,
           lines, last_seen, last_seen_here, first_day, coalesce(day < since, true) AS stays
    FROM order_parts JOIN late_customers ON late_customers.customer_id = order_parts.customer_id
    """,
)

# Each part is linked to the customer's part before it: among those linked now, else the last day
# known. Which of a day's parts comes first makes no difference.
CHAIN = (
    f"""
    CREATE TEMP TABLE links AS
    WITH chained AS (
        SELECT true AS is_fresh, fresh_parts.rowid AS place, touched_customers.rowid AS number,
               country, fresh_parts.day, CAST(NULL AS DATE) AS last_seen,
               CAST(NULL AS DATE) AS last_seen_here, CAST(NULL AS DATE) AS first_day
        FROM fresh_parts
        JOIN touched_customers ON touched_customers.customer_id = fresh_parts.customer_id
        WHERE lines > 0
        UNION ALL
        SELECT false, place, number, country, day, last_seen, last_seen_here, first_day
        FROM late_parts WHERE lines > 0 AND NOT stays
    ), still_known AS (
        SELECT number, first_day, last_day FROM known
        WHERE number NOT IN (SELECT number FROM late_customers)
        UNION ALL
        SELECT number, min(day), max(day) FROM late_parts WHERE lines > 0 AND stays GROUP BY number
    ), still_known_here AS (
        SELECT number, country, last_day FROM known_here
        WHERE number NOT IN (SELECT number FROM late_customers)
        UNION ALL
        SELECT number, country, max(day) FROM late_parts WHERE lines > 0 AND stays
        GROUP BY number, country
    ), counting AS (
        SELECT *,
               lag(day) OVER (PARTITION BY number ORDER BY day, place) AS part_before,
               first_value(day) OVER (PARTITION BY number ORDER BY day, place) AS first_part,
               lag(day) OVER (PARTITION BY number, country ORDER BY day, place) AS part_before_here
        FROM chained
    )
    SELECT is_fresh, place, counting.last_seen AS was_seen,
           counting.last_seen_here AS was_seen_here, counting.first_day AS was_first_day,
           coalesce(part_before, still_known.last_day, {NEVER}) AS last_seen,
           coalesce(part_before_here, still_known_here.last_day, {NEVER}) AS last_seen_here,
           coalesce(still_known.first_day, first_part) AS first_day
    FROM counting
    LEFT JOIN still_known ON still_known.number = counting.number
    LEFT JOIN still_known_here ON still_known_here.number = counting.number
         AND still_known_here.country IS NOT DISTINCT FROM counting.country
    """,
)

# What is no sale, or nobody's, has no link.
ADD_PARTS = (
    f"""
    INSERT INTO order_parts
    SELECT fresh_parts.*, coalesce(links.last_seen, {DOES_NOT_COUNT}),
           coalesce(links.last_seen_here, {DOES_NOT_COUNT}), links.first_day
    FROM fresh_parts LEFT JOIN links ON links.is_fresh AND links.place = fresh_parts.rowid
    ORDER BY day
    """,
)


def _mended(column: str, was: str) -> str:
    return f"""
        UPDATE order_parts SET {column} = changed.{column}
        FROM (
            SELECT place, {column} FROM links WHERE NOT is_fresh AND {column} <> {was}
        ) AS changed
        WHERE changed.place = order_parts.rowid
    """


# Few of the parts that were there get another part before them.
MEND_LINKS = (
    _mended("last_seen", "was_seen"),
    _mended("last_seen_here", "was_seen_here"),
    _mended("first_day", "was_first_day"),
)


# Amounts and orders are what they were, less the older parts, and the fresh ones. Of late customers
# names and days come from all the parts they have.
UPDATE_CUSTOMERS = (
    "DELETE FROM customers WHERE rowid IN (SELECT place FROM known)",
    f"""
    INSERT INTO customers
    WITH added AS (
        SELECT customer_id, revenue, returned, units, lines, whole_orders FROM known
        UNION ALL
        {by_order("fresh_parts")}
        UNION ALL
        SELECT customer_id, -revenue, -returned, -units, -lines, -whole_orders
        FROM ({by_order("older_parts")})
    ), sums AS (
        SELECT customer_id, sum(revenue) AS revenue, sum(returned) AS returned,
               sum(units) AS units, CAST(sum(lines) AS BIGINT) AS lines,
               CAST(sum(whole_orders) AS BIGINT) AS whole_orders
        FROM added GROUP BY customer_id
    ), seen AS (
        SELECT customer_id, customer_name, first_day, last_day FROM known
        WHERE number NOT IN (SELECT number FROM late_customers)
        UNION ALL
        SELECT customer_id, customer_name, CASE WHEN lines > 0 THEN day END,
               CASE WHEN lines > 0 THEN day END
        FROM fresh_parts WHERE customer_id IS NOT NULL
        UNION ALL
        SELECT customer_id, customer_name, CASE WHEN lines > 0 THEN day END,
               CASE WHEN lines > 0 THEN day END
        FROM late_parts
    ), known_by AS (
        SELECT customer_id, max(customer_name) AS customer_name, min(first_day) AS first_day,
               max(last_day) AS last_day
        FROM seen GROUP BY customer_id
    ), new_customers AS (
        SELECT customer_id FROM touched_customers
        WHERE customer_id NOT IN (SELECT customer_id FROM known)
    ), attributes AS (
        SELECT customer_id, gender, age FROM known
        UNION ALL
        {attributes_of("new_customers")}
    )
    SELECT known_by.customer_id, customer_name, first_day, last_day, revenue, returned, units,
           lines, whole_orders, gender, age
    FROM known_by JOIN sums ON sums.customer_id = known_by.customer_id
    LEFT JOIN attributes ON attributes.customer_id = known_by.customer_id
    """,
    "DELETE FROM customer_countries WHERE rowid IN (SELECT place FROM known_here)",
    """
    INSERT INTO customer_countries
    WITH figures AS (
        SELECT customer_id, country, day AS last_day FROM fresh_parts
        WHERE customer_id IS NOT NULL AND lines > 0
        UNION ALL
        SELECT customer_id, country, last_day FROM known_here
        WHERE number NOT IN (SELECT number FROM late_customers)
        UNION ALL
        SELECT customer_id, country, day FROM late_parts WHERE lines > 0
    )
    SELECT customer_id, country, max(last_day) FROM figures GROUP BY customer_id, country
    """,
)
