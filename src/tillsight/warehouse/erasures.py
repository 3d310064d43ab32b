"""Customers who got other ids in the files of imports, and get them here.

Files and purchases already say who is meant now: what differs from them is exchanged. Nothing here
knows who was erased. It is done before any later entry is applied, so that the old and the new id
never stand side by side.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from tillsight.sales.erasing import ImportFiles
from tillsight.sales.erasures import ORDER, PSEUDONYM
from tillsight.sales.layouts import FileKind
from tillsight.sales.rows.kind import text
from tillsight.warehouse.customer_facts import facts_of_batch, set_attributes
from tillsight.warehouse.hidden_orders import lines_of
from tillsight.warehouse.summaries import exchange_lines


def follow_erasures(
    duck: duckdb.DuckDBPyConnection,
    files: Sequence[ImportFiles],
    purchases: Mapping[int, str],
    folder: Path,
) -> None:
    """Have lines, facts and hidden orders say what the files in `folder` say; `purchases` are those
    with a pseudonym. Once more does no harm.
    """
    _follow_facts(duck, files, folder)
    duck.execute(NOTHING_RENAMED)
    of_sales = {one.id: one for one in files if one.kind == FileKind.sales}
    in_force = duck.execute("SELECT import_id, batch FROM imports_in_force").fetchall()
    for import_id, batch in in_force:
        one = of_sales.get(import_id)
        if one is None:
            continue
        if one.batch != batch:
            lines = lines_of(one.id, one.layout, folder / one.batch)
            duck.execute(RENAMED_LINES.format(lines=lines, import_id=one.id))
            duck.execute(
                "UPDATE imports_in_force SET batch = ? WHERE import_id = ?", [one.batch, one.id]
            )
        _follow_hidden(duck, one, folder)
    if purchases:
        duck.execute(RENAMED_PURCHASES, [list(purchases), list(purchases.values())])
    if duck.execute("SELECT 1 FROM batch LIMIT 1").fetchall():
        exchange_lines(duck, "(import_id, line) IN (SELECT import_id, line FROM batch)")
    duck.execute("DROP TABLE batch")


def read_by(
    duck: duckdb.DuckDBPyConnection, files: Sequence[ImportFiles], folder: Path
) -> list[Path]:
    """The files that `follow_erasures` reads."""
    query = "SELECT import_id, batch FROM imports_in_force"
    in_force = dict(duck.execute(query).fetchall())
    names = [one.batch for one in files if one.kind == FileKind.customers]
    names += [one.batch for one in files if in_force.get(one.id) not in {None, one.batch}]
    names += [one.hidden for one in files if one.id in in_force and one.hidden]
    return [folder / name for name in names]


def _follow_facts(
    duck: duckdb.DuckDBPyConnection, files: Sequence[ImportFiles], folder: Path
) -> None:
    known = dict(
        duck.execute("SELECT import_id, min(version) FROM customer_facts GROUP BY ALL").fetchall()
    )
    for one in files:
        if one.kind != FileKind.customers or one.id not in known:
            continue
        batch = folder / one.batch
        if duck.execute(OTHER_FACTS.format(batch=text(str(batch))), [one.id]).fetchall():
            duck.execute(f"CREATE TEMP TABLE touched AS {FACTS_OF}", [one.id])
            duck.execute("DELETE FROM customer_facts WHERE import_id = ?", [one.id])
            facts_of_batch(duck, one.id, known[one.id], batch)
            duck.execute(f"INSERT INTO touched {FACTS_OF}", [one.id])
            set_attributes(duck)


def _follow_hidden(duck: duckdb.DuckDBPyConnection, one: ImportFiles, folder: Path) -> None:
    if one.hidden is None:
        return
    hidden = text(str(folder / one.hidden))
    renamed = f"SELECT 1 FROM read_parquet({hidden}) WHERE starts_with(order_id, '{ORDER}') LIMIT 1"
    if duck.execute(renamed).fetchall():
        duck.execute("DELETE FROM hidden_orders WHERE hidden_by = ?", [one.id])
        duck.execute(
            f"INSERT INTO hidden_orders SELECT ?, import_id, order_id FROM read_parquet({hidden})",
            [one.id],
        )


FACTS_OF = "SELECT DISTINCT customer_id FROM customer_facts WHERE import_id = ?"
OTHER_FACTS = """
    SELECT 1 FROM customer_facts
    WHERE import_id = ? AND customer_id NOT IN (SELECT customer_id FROM read_parquet({batch}))
    LIMIT 1
"""
# Spelled out: what is put later into a table made empty from a query is taken for nulls.
NOTHING_RENAMED = """
    CREATE TEMP TABLE batch (
        import_id BIGINT, line BIGINT, kind VARCHAR, order_key VARCHAR, time TIMESTAMP,
        hour TINYINT, product_id VARCHAR, product_name VARCHAR, category VARCHAR,
        customer_id VARCHAR, customer_name VARCHAR, country VARCHAR, channel VARCHAR,
        quantity DECIMAL(18, 4), price DECIMAL(18, 8), amount DECIMAL(18, 4), order_id VARCHAR
    )
"""
# Few lines have a pseudonym, so that the others are not even compared.
RENAMED_LINES = f"""
    INSERT INTO batch
    SELECT now.* FROM ({{lines}}) AS now
    JOIN (SELECT line, customer_id FROM lines WHERE import_id = {{import_id}}) AS before
         ON before.line = now.line
    WHERE starts_with(now.customer_id, '{PSEUDONYM}')
      AND before.customer_id IS DISTINCT FROM now.customer_id
"""
RENAMED_PURCHASES = """
    INSERT INTO batch
    SELECT lines.* REPLACE (now.customer AS customer_id, now.customer AS customer_name),
           CAST(NULL AS VARCHAR)
    FROM lines
    JOIN (SELECT unnest(?::BIGINT[]) AS purchase_id, unnest(?::VARCHAR[]) AS customer) AS now
         ON lines.import_id = -now.purchase_id
    WHERE lines.customer_id IS DISTINCT FROM now.customer
"""
