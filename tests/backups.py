"""Backups as the tests make them and bring them back, through the room itself."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from shop import Shop, opened
from tillsight.database import Database
from tillsight.operating.backup import Made, make_backup
from tillsight.operating.restoring import Restored, choose, restore, what_is_there
from tillsight.operating.stores import reading_from
from tillsight.operating.verifying import Report, verify_home
from tillsight.settings import Settings, load_settings


def quiet(step: str, done: int, whole: int) -> None:
    """Takes what is told of the progress, which has to make sense."""
    assert step
    assert 0 <= done <= whole


def backed_up(shop: Shop, place: Path) -> Made:
    """Back up a shop."""
    return make_backup(shop.settings, shop.database, place, quiet)


def verified(shop: Shop) -> Report:
    """What is found wrong with a home."""
    return verify_home(shop.settings, shop.database, lambda: nullcontext(shop.warehouse), quiet)


def put(place: Path, settings: Settings, database: Database, name: str | None = None) -> Restored:
    """Restore a backup there, whatever is there."""
    with reading_from(place) as kept:
        return restore(settings, database, kept, choose(kept, name), quiet)


@contextmanager
def restored(place: Path, home: Path, url: str = "", name: str | None = None) -> Iterator[Shop]:
    """The shop of a backup in an empty home and database."""
    settings = load_settings(home=home, database_url=url)
    database = Database(settings.resolved_database_url)
    assert what_is_there(settings, database) == []
    put(place, settings, database, name)
    database.close()
    with opened(settings) as shop:
        yield shop
