"""What products files and edits tell, and the table of products that follows from it and the sales.

The facts of every import are kept side by side; of a product the whole row of the latest one
counts. Latest is the import whose own journal entry is, so one taken back and brought again has its
old place. What the row leaves open, name or category, is taken from the sales: the name used most
often, and the category of the latest sale that has one.
"""

from pathlib import Path

import duckdb

from tillsight.sales.journal import Entry
from tillsight.warehouse.definitions import product_facts, products


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


ADD_FACTS = f"""
    INSERT INTO product_facts
    {
    product_facts('''(
        SELECT CAST(? AS BIGINT) AS import_id, CAST(? AS BIGINT) AS version, *
        FROM read_parquet(?)
    )''')
}
"""
TOUCHED = """
    CREATE TEMP TABLE touched_products AS
    SELECT DISTINCT product_id FROM product_facts WHERE import_id = ?
"""
_TOUCHED = "(SELECT * FROM {} WHERE product_id IN (SELECT product_id FROM touched_products))"
SET_PRODUCTS = (
    "DELETE FROM products WHERE product_id IN (SELECT product_id FROM touched_products)",
    "CREATE TEMP TABLE labels AS " + _TOUCHED.format("product_labels"),
    f"INSERT INTO products {products('labels', _TOUCHED.format('product_facts'))}",
    "DROP TABLE labels",
    "DROP TABLE touched_products",
)
