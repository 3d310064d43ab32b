"""What customers files tell, and the attributes of customers that follow from it.

The facts of every file are kept side by side. A customer's gender and age are, each by itself,
those of the latest file that has one: an empty cell says nothing and overwrites nothing. Latest is
the file whose own journal entry is, so one taken back and brought again has its old place.
"""

from pathlib import Path

import duckdb

from tillsight.sales.journal import Entry
from tillsight.warehouse.definitions import attributes, customer_facts


def add_facts(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> None:
    """Add what an import's batch, a file in `folder`, tells of customers, at its own place."""
    facts_of_batch(duck, entry.import_id, entry.import_version, folder / entry.batch)
    duck.execute(TOUCHED, [entry.import_id])
    set_attributes(duck)


def facts_of_batch(
    duck: duckdb.DuckDBPyConnection, import_id: int, version: int, batch: Path
) -> None:
    """Add what a batch tells; customers keep the attributes they have."""
    duck.execute(ADD_FACTS, [import_id, version, str(batch)])


def forget_facts(duck: duckdb.DuckDBPyConnection, entry: Entry, _folder: Path) -> None:
    """Forget what an import told, so that customers are again what the other files say."""
    duck.execute(TOUCHED, [entry.import_id])
    duck.execute("DELETE FROM customer_facts WHERE import_id = ?", [entry.import_id])
    set_attributes(duck)


def set_attributes(duck: duckdb.DuckDBPyConnection) -> None:
    """Give the customers in the table `touched`, which goes, the attributes that facts tell."""
    duck.execute(SET_ATTRIBUTES)
    duck.execute("DROP TABLE touched")


ADD_FACTS = f"""
    INSERT INTO customer_facts
    {
    customer_facts('''(
        SELECT CAST(? AS BIGINT) AS import_id, CAST(? AS BIGINT) AS version, *
        FROM read_parquet(?)
    )''')
}
"""
TOUCHED = """
    CREATE TEMP TABLE touched AS SELECT customer_id FROM customer_facts WHERE import_id = ?
"""


def attributes_of(customers: str) -> str:
    """SQL for the attributes of the customers of a table, one row for each with a fact."""
    theirs = (
        f"SELECT * FROM customer_facts WHERE customer_id IN (SELECT customer_id FROM {customers})"
    )
    return attributes(f"({theirs})")


SET_ATTRIBUTES = f"""
    UPDATE customers SET gender = known.gender, age = known.age
    FROM (
        SELECT touched.customer_id, facts.gender, facts.age
        FROM touched LEFT JOIN ({attributes_of("touched")}) AS facts
             ON facts.customer_id = touched.customer_id
    ) AS known
    WHERE known.customer_id = customers.customer_id
      AND (customers.gender IS DISTINCT FROM known.gender
           OR customers.age IS DISTINCT FROM known.age)
"""
