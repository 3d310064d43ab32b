"""What the tests share: a shop built by the migrations, loaded by the real import."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi.dependencies import models as dependencies
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings

from api_shop import SALES, Api, api_of
from buckets import bucket, s3_server
from databases import database_certificate, mariadb, postgres, tables, url
from parts import missing
from shop import Shop, empty_home, in_memory
from tillsight.database import Database
from tillsight.logs import configure_logging
from tillsight.settings import LogLevel, Settings, load_settings
from tillsight.warehouse import Warehouse

__all__ = [
    "bucket",
    "database_certificate",
    "mariadb",
    "postgres",
    "s3_server",
    "tables",
    "url",
]

# Examples open a shop each, so that shrinking a failure to its smallest form would take minutes.
# CI repeats the same examples: what lands must not depend on luck. Everybody else searches on.
hypothesis_settings.register_profile(
    "tillsight",
    deadline=None,
    max_examples=40,
    phases=set(Phase) - {Phase.shrink},
    derandomize=bool(os.environ.get("CI")),
)
hypothesis_settings.load_profile("tillsight")
configure_logging(LogLevel.error)


@pytest.fixture(autouse=True)
def forgotten_apps() -> Iterator[None]:
    """Have FastAPI forget the endpoints of the last app, and with them the app.

    It remembers thousands of them; Python's garbage collector would look through the apps of a
    thousand tests again and again.
    """
    yield
    for one in vars(dependencies).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an empty home, whatever the environment or a .env file say."""
    for name in [name for name in os.environ if name.startswith("TILLSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    home = _homes() / tmp_path.name
    yield _usual().model_copy(update={"home": home})
    shutil.rmtree(home, ignore_errors=True)


@cache
def _homes() -> Path:
    return in_memory()


@cache
def _usual() -> Settings:
    return load_settings()  # takes 20 ms: read once, in an environment that says nothing


@pytest.fixture
def open_shop() -> Iterator[Callable[[Settings], Shop]]:
    """Opens shops, and closes them after the test."""
    opened: list[Shop] = []

    def open_one(settings: Settings) -> Shop:
        database = Database(settings.resolved_database_url)
        if settings.database_url:
            database.upgrade()
        elif not (settings.home / "tillsight.db").exists():
            shutil.copytree(empty_home(), settings.home, dirs_exist_ok=True)
        opened.append(Shop(settings, database, Warehouse(settings.home, database)))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.warehouse.close()
        shop.database.close()


@pytest.fixture
def shop(settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    """An empty shop on SQLite."""
    return open_shop(settings)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real data set; a user's machine does not have it, CI does."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        missing("the real data set is not on this machine (../shared)")
    return folder


@pytest.fixture(scope="session")
def retailer(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with the real data set; tests only read it."""
    settings = load_settings(home=tmp_path_factory.mktemp("retailer"))
    database = Database(settings.resolved_database_url)
    database.upgrade()
    shop = Shop(settings, database, Warehouse(settings.home, database))
    shop.load(shared / "data" / "online_retail.csv.gz")
    shop.warehouse.catch_up(wait=60)
    yield shop
    shop.warehouse.close()
    database.close()


@pytest.fixture
def api(shop: Shop) -> Iterator[Api]:
    """The API of an empty shop."""
    with api_of(shop) as api:
        yield api


@pytest.fixture
def sold(api: Api) -> Api:
    """The API of a shop with a few sales."""
    assert api.upload(SALES).status_code == 201
    return api


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest files begin first: the last one to begin is alone on a processor.

    By itself xdist begins with those of many tests; the longest ones have few.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Have the garbage collector pass over what stays: modules, and the tests themselves."""
    gc.collect()
    gc.freeze()
