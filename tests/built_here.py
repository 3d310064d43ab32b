"""Sets of summaries as Spark would build them, written without a Java, and shops that answer from
them.

What Spark computes is what a warehouse lays out (`warehouse/test_spark.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shop import Shop, opened
from tillsight.settings import Settings, Summaries
from tillsight.warehouse import Warehouse
from tillsight.warehouse.building import (
    TABLES,
    Built,
    Change,
    Given,
    KeptFiles,
    Tell,
    build,
    build_anew,
)
from tillsight.warehouse.opening import warehouse_of


class LaidOut:
    """Writes what the warehouse of a shop has laid out."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def build(self, given: Given, out: Path, tell: Tell) -> None:
        """Write the tables; those of purchases are written already."""
        assert all((given.folder / one.batch).exists() for one in given.imports)
        self._warehouse.catch_up(wait=60)
        with self._warehouse.snapshot() as at:
            for table in {*TABLES} - {"purchases"}:
                tell(table)
                (out / table).mkdir()
                at.rows(f"COPY {table} TO '{out / table / '0.parquet'}' (FORMAT parquet)")

    def renew(self, given: Given, _change: Change, out: Path, tell: Tell) -> KeptFiles:
        """Write all tables anew; nothing of the set before is kept."""
        self.build(given, out, tell)
        return {}


def built(shop: Shop) -> Built:
    """Build the summaries of a shop that lays its sales out itself."""
    return build(shop.database, shop.folders, LaidOut(shop.warehouse), lambda _step: None)


def built_anew(shop: Shop) -> Built:
    """The same, from nothing."""
    return build_anew(shop.database, shop.folders, LaidOut(shop.warehouse), lambda _step: None)


@contextmanager
def answering_from_built(settings: Settings) -> Iterator[Shop]:
    """The shop of a home, as a server with TILLSIGHT_SUMMARIES=spark has it."""
    given = settings.model_copy(update={"summaries": Summaries.spark})
    with opened(settings) as shop:
        warehouse = warehouse_of(given, shop.database)
        try:
            yield Shop(given, shop.database, warehouse)
        finally:
            warehouse.close()
