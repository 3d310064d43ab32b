"""A shop as the tests use it: loaded and asked through the rooms themselves."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tillsight.database import Database
from tillsight.metrics.query import Answer, answer
from tillsight.metrics.question import Question
from tillsight.sales.choices import Choices, Locale, Overlap
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading, Outcome
from tillsight.settings import Settings, load_settings
from tillsight.warehouse import Warehouse

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


@dataclass
class Shop:
    """A home folder with its database and warehouse."""

    settings: Settings
    database: Database
    warehouse: Warehouse

    @property
    def folders(self) -> Folders:
        return Folders(self.settings.home)

    def load(self, path: Path, **choices) -> Outcome:
        """Load a file as `tillsight import` does; orders that go on are added to, unless chosen."""
        decided = Choices(**{"overlap": Overlap.add, **choices})
        loading = Loading(path, path.name, None, decided)
        locale = Locale(self.settings.timezone, self.settings.currency)
        return load(self.database, self.folders, locale, loading)

    def load_text(self, text: str, **choices) -> Outcome:
        """Load the text of a CSV file."""
        path = self.settings.home / "sales.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return self.load(path, **choices)

    def ask(self, *measures: str, **question) -> Answer:
        """Ask, from everything loaded so far."""
        self.warehouse.catch_up(wait=60)
        return answer(self.warehouse, Question(measures, **question))


@cache
def migrated_database() -> Path:
    """An empty SQLite database built by the migrations, to be copied where many are needed."""
    path = Path(tempfile.mkdtemp()) / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@contextmanager
def temporary_shop() -> Iterator[Shop]:
    """A new shop for each example of a property; hypothesis does not renew fixtures."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(home=Path(folder))
        shutil.copy(migrated_database(), settings.home / "tillsight.db")
        database = Database(settings.resolved_database_url)
        warehouse = Warehouse(settings.home, database)
        try:
            yield Shop(settings, database, warehouse)
        finally:
            warehouse.close()
            database.close()
