"""A shop as the tests use it: loaded and asked through the rooms themselves."""

import atexit
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
        return Folders.of(self.settings)

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


def in_memory() -> Path:
    """A new folder, in memory where there is some with room: a disk makes every commit wait."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    folder = Path(tempfile.mkdtemp(dir=memory if roomy else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def empty_home() -> Path:
    """The home of an empty shop, to be copied where many are needed."""
    home = in_memory()
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    database.upgrade()
    Warehouse(home, database).close()
    database.close()
    return home


@contextmanager
def opened(settings: Settings) -> Iterator[Shop]:
    """The shop of a home, for a while."""
    database = Database(settings.resolved_database_url)
    warehouse = Warehouse(settings.home, database, folders=Folders.of(settings))
    try:
        yield Shop(settings, database, warehouse)
    finally:
        warehouse.close()
        database.close()


@contextmanager
def temporary_shop() -> Iterator[Shop]:
    """A new shop for each example of a property; hypothesis does not renew fixtures.

    Its home is nobody's before: DuckDB would go on with a file that is still open somewhere.
    """
    home = Path(tempfile.mkdtemp(dir=_examples()))
    shutil.copytree(empty_home(), home, dirs_exist_ok=True)
    try:
        with opened(_usual().model_copy(update={"home": home})) as shop:
            yield shop
    finally:
        shutil.rmtree(home)


@cache
def _examples() -> Path:
    return in_memory()


@cache
def _usual() -> Settings:
    return load_settings()
