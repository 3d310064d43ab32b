"""What docs/schema.md tells whoever reads the store with tools of their own."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from purchases import enter, purchase
from shop import HEADER, Shop
from tillsight import warehouse
from tillsight.database import Base
from tillsight.sales.choices import Overlap
from tillsight.sales.purchases import undo_purchase
from tillsight.sales.rows import customers, kpi_values, products, sales
from tillsight.sales.undo import undo

PAGE = (Path(__file__).parent.parent / "docs" / "schema.md").read_text(encoding="utf-8")
BATCHES = {
    "sales": sales.COLUMNS,
    "customers": customers.COLUMNS,
    "products": products.COLUMNS,
    "kpi_values": kpi_values.COLUMNS,
}


def test_every_table_of_the_operational_database_is_described_and_drawn() -> None:
    described = dict(re.findall(r"^### (\w+)\n\n(.*)", PAGE, re.MULTILINE))
    drawn = re.findall(r"^    (\w+) \{$", PAGE, re.MULTILINE)
    references = re.findall(r'^    (\w+) \S+ (\w+) : "', PAGE, re.MULTILINE)

    assert described.keys() == {*drawn} == Base.metadata.tables.keys()
    assert [name for name, row in described.items() if not row or row.startswith("|")] == []
    assert sorted(references) == sorted(
        {
            (key.column.table.name, table.name)
            for table in Base.metadata.tables.values()
            for key in table.foreign_keys
        }
    )


@pytest.mark.parametrize("kind", BATCHES)
def test_the_columns_of_batches(kind: str) -> None:
    row = re.search(rf"^\| `{kind}` \| (.*) \|$", PAGE, re.MULTILINE)

    assert row is not None
    assert re.findall(r"`(\w+)`", row[1]) == [one.strip() for one in BATCHES[kind].split(",")]


def test_every_table_of_the_warehouse() -> None:
    statements = Path(str(warehouse.__file__)).with_name("tables.sql").read_text(encoding="utf-8")
    duck = duckdb.connect()
    duck.execute(statements)
    tables = {name for (name,) in duck.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    section = PAGE.partition("## The warehouse")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == tables | {"sales"}


def test_the_example_finds_what_the_product_finds(shop: Shop) -> None:
    """An order that was replaced, an import that was undone, returns, and single purchases."""
    shop.load_text(HEADER + _line("1", "2024-01-30", 3) + _line("2", "2024-01-31", 5))
    shop.load_text(
        HEADER + _line("1", "2024-01-30", 2) + _line("3", "2024-02-01", -1),
        overlap=Overlap.supersede,
    )
    undone = shop.load_text(HEADER + _line("4", "2024-02-02", 100))
    undo(shop.database, undone.loaded.id, None)
    _, gone = enter(shop, purchase(None, [("Pen", "2", "0.5"), ("Cup", "-1", "9")]), purchase("70"))
    undo_purchase(shop.database, gone.purchase_id, None)
    example = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    names: dict[str, Any] = {}

    exec(example.replace('home = "data"', f"home = {str(shop.settings.home)!r}"), names)

    asked = shop.ask("revenue", by=("month",))
    expected = [(date(2024, 1, 1), Decimal(7)), (date(2024, 5, 1), Decimal(1))]
    assert names["months"].fetchall() == expected
    assert [row["revenue"] for row in asked.rows if row["revenue"]] == [7, 1]


def _line(order: str, day: str, quantity: int) -> str:
    return f"{order},A,Pen,{quantity},{day} 10:00,1.00,7,Chile\n"
