"""A process is killed while it erases: everybody is named as before, or nobody names them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import eraser
from erased import NAME, WHO, figures, fill, written
from serving import environment
from shop import Shop
from tillsight.database import Database
from tillsight.sales.erasing import files_of_imports
from tillsight.sales.folders import Folders, remove_abandoned
from tillsight.settings import Settings

STEPS = 26
"""More than an erasure has."""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
def test_whatever_kills_it_nothing_is_done_or_everything(
    settings: Settings, open_shop, tmp_path: Path
) -> None:
    shop = open_shop(settings)
    fill(shop)
    before = figures(shop)
    shop.warehouse.close()
    shop.database.close()
    shutil.rmtree(settings.home / "warehouse")
    homes = [settings.home.parent / f"{settings.home.name}-{one}" for one in range(STEPS)]
    for home in homes:
        shutil.copytree(settings.home, home)
    try:
        ends = subprocess.run(
            [sys.executable, eraser.__file__, *map(str, homes)],
            env=environment(tmp_path) | {"PYTHONPATH": str(Path(eraser.__file__).parent)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        killed = [home for home, end in zip(homes, ends, strict=True) if end == "killed"]
        assert set(ends) == {"killed", "0"}
        assert len(killed) > 15
        done = [is_done(settings.model_copy(update={"home": home})) for home in killed]
        assert done == sorted(done)  # there is one moment from which on it is
        assert set(done) == {False, True}
        first = done.index(True)
        for home in (killed[first - 1], killed[first]):
            again = open_shop(settings.model_copy(update={"home": home}))
            assert figures(again) == before
    finally:
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)


def is_done(settings: Settings) -> bool:
    """Whether nothing names them, once a server has started again; else everything does."""
    database = Database(settings.resolved_database_url)
    remove_abandoned(database, Folders(settings.home))
    with database.reading() as session:
        names_files = all(
            (settings.home / "sales" / one.batch).exists() for one in files_of_imports(session)
        )
    kept = written(Shop(settings, database, None))
    database.close()
    assert names_files
    assert (WHO in kept) is (NAME in kept)
    return WHO not in kept
