"""What products files and edits tell, and the table of products that follows from it and the sales.

The facts of every import are kept side by side; of a product the whole row of the latest one
counts. Latest is the import whose own journal entry is, so one taken back and brought again has its
old place. What the row leaves open, name or category, is taken from the sales: the name used most
often, and the category of the latest sale that has one.
"""

from pathlib import Path

import duckdb

from tillsight.sales.journal import Entry


def add_facts(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> None:
    """Add what an import's batch, a file in `folder`, tells of products, at its own place."""
    batch = str(folder / entry.batch)
    duck.execute(ADD_FACTS, [entry.import_id, entry.import_version, batch])
    duck.execute(TOUCHED, [entry.import_id])
    set_products(duck)


def forget_facts(duck: duckdb.DuckDBPyConnection, entry: Entry, _folder: Path) -> None:
    """Forget what an import told, so that products are again what the other files say."""
    duck.execute(TOUCHED, [entry.import_id])
    duck.execute("DELETE FROM product_facts WHERE import_id = ?", [entry.import_id])
    set_products(duck)


def set_products(duck: duckdb.DuckDBPyConnection) -> None:
    """Make the rows of `touched_products` anew from labels and facts, and drop that table."""
    for statement in SET_PRODUCTS:
        duck.execute(statement)


# A file may name a product twice: its last row counts.
ADD_FACTS = """
    INSERT INTO product_facts
    SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), * EXCLUDE (line, place)
    FROM (
        SELECT line, product_id, product_name, category, price, quantity_sold, rating, review_count,
               deleted,
               row_number() OVER (PARTITION BY product_id ORDER BY line DESC) AS place
        FROM read_parquet(?)
    )
    WHERE place = 1
"""
TOUCHED = """
    CREATE TEMP TABLE touched_products AS
    SELECT DISTINCT product_id FROM product_facts WHERE import_id = ?
"""
SET_PRODUCTS = (
    "DELETE FROM products WHERE product_id IN (SELECT product_id FROM touched_products)",
    """
    INSERT INTO products
    WITH labels AS (
        SELECT * FROM product_labels
        WHERE product_id IN (SELECT product_id FROM touched_products)
    ), names AS (
        SELECT product_id, product_name, row_number() OVER (
                   PARTITION BY product_id ORDER BY sum(uses) DESC, product_name
               ) AS place
        FROM labels WHERE product_name IS NOT NULL GROUP BY product_id, product_name
    ), categories AS (
        SELECT product_id, category, row_number() OVER (
                   PARTITION BY product_id ORDER BY max(last_used) DESC, category
               ) AS place
        FROM labels WHERE category IS NOT NULL GROUP BY product_id, category
    ), all_facts AS (
        SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY version DESC) AS place
        FROM product_facts WHERE product_id IN (SELECT product_id FROM touched_products)
    ), facts AS (
        SELECT * FROM all_facts WHERE place = 1
    ), ids AS (
        SELECT product_id FROM labels
        UNION
        SELECT product_id FROM facts
    )
    SELECT ids.product_id, coalesce(facts.product_name, names.product_name),
           coalesce(facts.category, categories.category), facts.price, facts.quantity_sold,
           facts.rating, facts.review_count, coalesce(facts.deleted, false)
    FROM ids
    LEFT JOIN facts ON facts.product_id = ids.product_id
    LEFT JOIN names ON names.product_id = ids.product_id AND names.place = 1
    LEFT JOIN categories ON categories.product_id = ids.product_id AND categories.place = 1
    """,
    "DROP TABLE touched_products",
)
