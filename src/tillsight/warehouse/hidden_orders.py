"""Which imports count now, and which of their orders do not, because another import replaced them.

A line counts if its import is in force and no import in force hides its order there. So an import
that is undone gives back the orders it hid, unless yet another one hides them too.
"""

from pathlib import Path

import duckdb

from tillsight.sales.journal import Entry
from tillsight.sales.models import EntryKind
from tillsight.sales.rows.kind import text
from tillsight.warehouse.definitions import LINE


def take_effect(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> None:
    """An import counts from now on, and hides what it replaced; `folder` is that of the batches."""
    duck.execute(
        "INSERT INTO imports_in_force VALUES (?, ?, ?)",
        [entry.import_id, entry.layout, entry.batch],
    )
    if entry.hidden:
        duck.execute(
            "INSERT INTO hidden_orders SELECT ?, import_id, order_id FROM read_parquet(?)",
            [entry.import_id, str(folder / entry.hidden)],
        )


def end_effect(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> None:
    """An import counts no more; the lines that it hid and nobody else does are in `batch` then."""
    duck.execute("DELETE FROM imports_in_force WHERE import_id = ?", [entry.import_id])
    duck.execute(FREED, [entry.import_id, entry.import_id])
    duck.execute("DELETE FROM hidden_orders WHERE hidden_by = ?", [entry.import_id])
    freed = ["SELECT *, order_key AS order_id FROM lines WHERE false"]
    for import_id, source, name in duck.execute(HOLDERS).fetchall():
        lines = lines_of(import_id, source, folder / name)
        ids = f"SELECT order_id FROM freed WHERE import_id = {int(import_id)}"
        freed.append(f"SELECT * FROM ({lines}) WHERE order_id IN ({ids})")
    duck.execute(f"CREATE TEMP TABLE batch AS {' UNION ALL '.join(freed)}")
    duck.execute("DROP TABLE freed")


def read_by(duck: duckdb.DuckDBPyConnection, entry: Entry, folder: Path) -> list[Path]:
    """The files that are read when an import comes or goes: its own, or, when it gives back orders
    that it hid, those of the imports that hold them.
    """
    if entry.kind is not EntryKind.undo:
        return entry.paths(folder)
    return [folder / name for (name,) in duck.execute(MAY_HOLD, [entry.import_id]).fetchall()]


def has_hidden(duck: duckdb.DuckDBPyConnection, import_id: int) -> bool:
    """Whether orders of an import are hidden by others now."""
    found = "SELECT 1 FROM hidden_orders WHERE import_id = ? LIMIT 1"
    return bool(duck.execute(found, [import_id]).fetchall())


def lines_of(import_id: int, source: str, batch: Path) -> str:
    """SQL for the lines of a batch file, as the warehouse keeps them, with their `order_id`.

    Values are quoted: a view takes no parameters.
    """
    return f"""
        SELECT {LINE}, order_id
        FROM (
            SELECT CAST({int(import_id)} AS BIGINT) AS import_id, {text(source)} AS source, *
            FROM read_parquet({text(str(batch))})
        )
    """


FREED = """
    CREATE TEMP TABLE freed AS
    SELECT import_id, order_id FROM hidden_orders WHERE hidden_by = ?
    EXCEPT
    SELECT import_id, order_id FROM hidden_orders WHERE hidden_by <> ?
"""
MAY_HOLD = """
    SELECT batch FROM imports_in_force
    WHERE import_id IN (SELECT import_id FROM hidden_orders WHERE hidden_by = ?)
"""
HOLDERS = """
    SELECT import_id, source, batch FROM imports_in_force
    WHERE import_id IN (SELECT import_id FROM freed) ORDER BY import_id
"""
