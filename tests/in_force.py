"""What counts by the journal: its imports in force and their files alone, in plain Python."""

from dataclasses import dataclass
from decimal import Decimal

import duckdb
from sqlalchemy import select

from tillsight.database import Database
from tillsight.sales.folders import Folders
from tillsight.sales.models import Import


@dataclass(frozen=True)
class Row:
    """A row of a batch that counts."""

    kind: str
    order_id: str
    time: object
    product_id: str
    product_name: str
    category: str
    customer_id: str
    country: str
    channel: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


COLUMNS = ", ".join(Row.__dataclass_fields__)


def rows_in_force(database: Database, folders: Folders) -> list[Row]:
    """The rows of the imports in force whose orders no import in force hides, import by import."""
    with database.reading() as session:
        query = select(Import).where(Import.in_force.is_not(None)).order_by(Import.id)
        every = [*session.scalars(query).unique()]
    with duckdb.connect() as duck:
        hidden = {
            pair
            for one in every
            if one.hidden
            for pair in duck.read_parquet(str(folders.batches / one.hidden)).fetchall()
        }
        return [
            row
            for one in every
            for row in _rows(duck, folders, one)
            if (one.id, row.order_id) not in hidden
        ]


def _rows(duck: duckdb.DuckDBPyConnection, folders: Folders, one: Import) -> list[Row]:
    batch = duck.read_parquet(str(folders.batches / one.batch))
    return [Row(*cells) for cells in batch.project(COLUMNS).fetchall()]


def figures_of(rows: list[Row]) -> dict[str, float]:
    """Key figures of the rows, by their definitions."""
    sales = [row for row in rows if row.kind == "sale"]
    return {
        "revenue": float(round(sum((row.amount for row in sales), Decimal(0)), 2)),
        "lines": len(sales),
        **{
            name: len({getattr(row, column) for row in sales} - {None})
            for name, column in (
                ("orders", "order_id"),
                ("customers", "customer_id"),
                ("products", "product_id"),
                ("countries", "country"),
            )
        },
    }
