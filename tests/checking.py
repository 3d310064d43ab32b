"""Checking the text of a file, as an import does."""

from pathlib import Path

import duckdb

from tillsight.sales.choices import Choices, Locale
from tillsight.sales.opening import Rules
from tillsight.sales.staging import staged
from tillsight.sales.unpack import unpack


def check(
    folder: Path, content: str | bytes, timezone: str = "UTC", currency: str = "EUR", **choices
):
    """Totals, problems and the rows of the batch, as dicts."""
    rules = Rules(Locale(timezone, currency), Choices(**choices))
    source = folder / "upload"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    with staged(unpack(source, folder).path, rules, folder) as checked:
        batch = folder / "batch.parquet"
        checked.write_batch(batch)
        with duckdb.connect() as duck:
            names = [row[0] for row in duck.execute(f"DESCRIBE FROM '{batch}'").fetchall()]
            stored = duck.execute(f"SELECT * FROM '{batch}'").fetchall()
        rows = [dict(zip(names, row, strict=True)) for row in stored]
        return checked.totals(), checked.problems(100)[0], rows
