"""Restoring over a shop, processes that are killed meanwhile, and what is damaged on purpose."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from backups import backed_up, put, quiet, restored, verified
from purchases import enter, purchase
from serving import environment, tillsight
from shop import HEADER, Shop, in_memory, opened
from tillsight.database import Database
from tillsight.errors import Conflict, NotFound, SetupError
from tillsight.operating.backup import keep_latest, last_backup
from tillsight.operating.customer_data import erase_customer
from tillsight.operating.restoring import BEFORE, named_files, put_back_files, what_is_there
from tillsight.operating.stores import Damaged, reading_from, writing_to
from tillsight.operating.verifying import verify_backups
from tillsight.settings import Settings, load_settings

ONE = f"{HEADER}1,p,Pen,2,2024-05-07,10,Ada,Peru\n2,p,Pen,1,2024-06-07,10,Bob,EIRE\n"
OTHER = f"{HEADER}3,q,Cup,4,2024-07-07,2.5,Ada,Peru\n4,q,Cup,-1,2024-07-09,2.5,Ada,Peru\n"
BAD = f"{HEADER}5,q,Cup,4,2024-07-07,2.5,Ada,Peru\n6,q,Cup,1,someday,2.5,Ada,Peru\n"

KILLED = """
import os, signal, sys
from pathlib import Path
from tillsight.database import Database
from tillsight.logs import configure_logging
from tillsight.operating.backup import make_backup
from tillsight.operating.restoring import choose, restore
from tillsight.operating.stores import reading_from
from tillsight.settings import LogLevel, load_settings

what, place, at, last = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
settings = load_settings()
configure_logging(LogLevel.error)
database = Database(settings.resolved_database_url)
told = 0

def show(step, done, whole):
    global told
    told += step == at
    if told == last:
        os.kill(os.getpid(), signal.SIGKILL)

if what == "backup":
    make_backup(settings, database, place, show)
else:
    with reading_from(place) as kept:
        restore(settings, database, kept, choose(kept, None), show)
"""


def killed(settings: Settings, what: str, place: Path, step: str, times: int = 1) -> None:
    """Run it in a process that is killed when it tells of a step so many times."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, what, str(place), step, str(times)],
        env=environment(settings.home, DATABASE_URL=settings.database_url),
        cwd=settings.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture
def folder() -> Path:
    return in_memory()


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """A shop with sales, rejected rows and purchases."""
    shop.load_text(ONE)
    shop.load_text(BAD, skip_bad_rows=True)
    enter(shop, purchase(), purchase("-4"))
    return shop


@pytest.fixture
def loaded(url: str, folder: Path, open_shop: Callable[[Settings], Shop]) -> Shop:
    """A shop with sales on the database of the test, its home in `folder`."""
    shop = open_shop(load_settings(home=folder / "home", database_url=url))
    shop.load_text(ONE)
    return shop


def problems_of(place: Path, name: str | None = None) -> list[list[str]]:
    return [one.problems for one in verify_backups(place, name, quiet).values()]


def contents(place: Path) -> dict[str, int]:
    """The files of a folder of backups, and when each was written."""
    return {one.name: one.stat().st_mtime_ns for one in place.glob("files/*/*")}


def test_only_what_is_new_is_copied(sold: Shop, folder: Path) -> None:
    place = folder / "backups"
    first = backed_up(sold, place)
    there = contents(place)
    again = backed_up(sold, place)
    assert (again.new_bytes, contents(place)) == (0, there)
    sold.load_text(OTHER)
    more = backed_up(sold, place)
    assert first.manifest.digests() & more.manifest.digests()
    assert there.items() < contents(place).items()
    [new] = {*more.manifest.files} - {*again.manifest.files}
    assert new.size < more.new_bytes < first.new_bytes + new.size
    assert problems_of(place) == [[], [], []]
    last = last_backup(sold.settings.home)
    assert last
    assert (last.name, last.at, last.to) == (more.manifest.name, more.manifest.made_at, str(place))


def test_old_backups_go_with_what_only_they_needed(sold: Shop, folder: Path) -> None:
    place = folder / "backups"
    backed_up(sold, place)
    sold.load_text(OTHER)
    kept = backed_up(sold, place).manifest
    assert keep_latest(place, 1) == 1
    assert contents(place).keys() == kept.digests()
    assert problems_of(place) == [[]]


def test_a_content_that_got_damaged_in_the_backup_is_copied_again(sold: Shop, folder: Path) -> None:
    place = folder / "backups"
    manifest = backed_up(sold, place).manifest
    batch = manifest.files[0]
    stored = place / "files" / batch.digest[:2] / batch.digest
    stored.write_bytes(b"x" * batch.size)
    [[told]] = problems_of(place)
    assert told == (
        f"Import 1 (sales.csv): sales/{batch.name} is damaged (file {batch.digest[:12]})."
    )
    with pytest.raises(Damaged), restored(place, folder / "new"):
        pass
    backed_up(sold, place)
    assert problems_of(place) == [[], []]


def test_no_backup_is_made_of_a_home_that_is_not_whole(sold: Shop, folder: Path) -> None:
    place = folder / "backups"
    name = backed_up(sold, place).manifest.files[0].name
    batch = sold.settings.home / "sales" / name
    size = batch.stat().st_size
    batch.unlink()
    with pytest.raises(SetupError, match=f"not whole: sales/{name} is missing"):
        backed_up(sold, place)
    batch.write_bytes(b"something else")
    with pytest.raises(SetupError, match=f"sales/{name} is not as it was"):
        backed_up(sold, place)
    assert verified(sold).problems == [
        f"Import 1 (sales.csv): sales/{name} {told}."
        for told in (
            "is not as it was when it was loaded and backed up",
            f"has 14 bytes, and the journal says {size:,}",
            "is damaged and cannot be read",
        )
    ]
    with reading_from(place) as kept:
        where = sold.folders.kept
        assert put_back_files(where, named_files(sold.database), kept, quiet).keys() == {name}
    assert verified(sold).problems == []
    backed_up(sold, place)


def test_two_backups_at_once_to_one_place_are_refused(sold: Shop, folder: Path) -> None:
    place = folder / "backups"
    with writing_to(place), pytest.raises(Conflict, match="Another backup is being made"):
        backed_up(sold, place)


def test_what_is_no_backup_is_told(sold: Shop, folder: Path) -> None:
    (folder / "no.tar").write_bytes(b"no tar" * 1000)
    with pytest.raises(Damaged, match="is no backup, or is damaged"):
        problems_of(folder / "no.tar")
    with pytest.raises(NotFound, match="There is no backup at"):
        problems_of(sold.settings.home)
    with pytest.raises(SetupError, match="holds something else than backups"):
        backed_up(sold, sold.settings.home)
    backed_up(sold, folder / "one.tar")
    with pytest.raises(Conflict, match="is there already"):
        backed_up(sold, folder / "one.tar")
    with pytest.raises(NotFound, match="no such backup here; there are: 20"):
        put(folder / "one.tar", sold.settings, sold.database, "another")
    place = folder / "backups"
    with writing_to(place), pytest.raises(NotFound, match="No backup was ever finished here"):
        put(place, sold.settings, sold.database)
    backed_up(sold, place)
    [manifest] = (place / "backups").iterdir()
    manifest.write_text(manifest.read_text().replace('"rows": 2', '"rows": 3'))
    assert problems_of(place) == [["The list of what a backup holds was changed or is damaged."]]
    with pytest.raises(SetupError, match=r"Take another backup than 20.*: --backup NAME"):
        put(place, sold.settings, sold.database)
    backed_up(sold, place)  # goes on all the same
    with reading_from(place) as kept:
        assert put_back_files(sold.folders.kept, named_files(sold.database), kept, quiet) == {}


def test_secrets_are_not_in_a_backup_and_the_logo_is(sold: Shop, folder: Path) -> None:
    logo = folder / "mark.svg"
    logo.write_text("<svg/>")
    secret = "a very secret word of more than 32 letters"
    given = {
        "shop_name": "Ada's",
        "cors_origins": ["https://a.example", "https://b.example"],
        "oidc_roles": {"staff": "editor"},
        "max_upload": 5_000_000,
        "public_docs": False,
    }
    sold.settings = load_settings(
        home=sold.settings.home, secret_key=secret, logo=logo, smtp_password=secret, **given
    )
    backed_up(sold, folder / "backups")
    manifest = next((folder / "backups/backups").iterdir()).read_text()
    assert secret not in manifest
    with restored(folder / "backups", folder / "new") as shop:
        home = shop.settings.home
        lines = (home / "restored-settings.env").read_text().splitlines()
    assert (home / "logo.svg").read_text() == "<svg/>"
    assert f"TILLSIGHT_LOGO={home / 'logo.svg'}" in lines
    assert "# TILLSIGHT_SECRET_KEY was set; secrets are not in a backup." in lines
    (home / ".env").write_text("\n".join(lines))
    read = load_settings(_env_file=home / ".env")
    assert {name: getattr(read, name) for name in given} == given


# Over a shop


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_what_was_there_is_kept_and_can_be_brought_back(loaded: Shop, folder: Path) -> None:
    shop, settings = loaded, loaded.settings
    backed_up(shop, folder / "one.tar")
    shop.load_text(OTHER)
    shop.warehouse.catch_up(wait=60)
    shop.warehouse.close()
    assert what_is_there(settings, shop.database) == ["files in sales", "rows in the database"]
    done = put(folder / "one.tar", settings, shop.database)
    assert done.before == settings.home / BEFORE
    with opened(settings) as again:
        assert again.ask("units").totals == {"units": 3}
        assert verified(again).problems == []
        again.load_text(OTHER)  # as many entries as there were, and another journal
        assert again.ask("units").totals == {"units": 7}
    put(done.before, settings, shop.database)
    with opened(settings) as again:
        assert again.ask("units").totals == {"units": 7}
        assert verified(again).problems == []


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_who_was_erased_is_erased_in_what_an_older_backup_brings_back(
    loaded: Shop, folder: Path
) -> None:
    shop, settings = loaded, loaded.settings
    older = backed_up(shop, folder / "kept").manifest.name
    erase_customer(shop.database, shop.folders, "Ada", None)
    backed_up(shop, folder / "kept")
    shop.warehouse.close()
    done = put(folder / "kept", settings, shop.database, older)
    assert (done.erased.customers, done.erased.without_key) == (1, 0)
    with opened(settings) as again:
        names = {row["customer"] for row in again.ask("units", by=("customer",)).rows}
        assert "Bob" in names
        assert "Ada" not in names
        assert again.ask("units", "customers").totals == {"units": 3, "customers": 2}
        assert verified(again).problems == []
    with restored(folder / "kept", folder / "elsewhere", name=older) as again:
        assert b"Ada" not in b"".join(one.read_bytes() for one in again.folders.batches.iterdir())
        assert again.ask("units", "customers").totals == {"units": 3, "customers": 2}


def test_a_home_at_which_somebody_works_is_not_replaced(sold: Shop, folder: Path) -> None:
    backed_up(sold, folder / "one.tar")
    with pytest.raises(Conflict, match="is at work on this home"):
        put(folder / "one.tar", sold.settings, sold.database)
    assert verified(sold).problems == []


def test_a_database_that_cannot_be_read_is_set_aside(sold: Shop, folder: Path) -> None:
    backed_up(sold, folder / "one.tar")
    sold.warehouse.close()
    sold.database.close()
    file = sold.settings.home / "tillsight.db"
    file.write_bytes(b"no database at all" * 1000)
    for log in ("-wal", "-shm"):
        file.with_name(file.name + log).unlink(missing_ok=True)
    broken = Database(sold.settings.resolved_database_url)
    assert "a database that cannot be read" in what_is_there(sold.settings, broken)
    put(folder / "one.tar", sold.settings, broken)
    with opened(sold.settings) as again:
        assert verified(again).problems == []
    [kept] = (sold.settings.home / BEFORE).glob("unreadable-*/tillsight.db")
    assert kept.read_bytes().startswith(b"no database")


# Killed


def test_a_backup_that_is_killed_leaves_earlier_ones_whole(sold: Shop, folder: Path) -> None:
    place, tar = folder / "backups", folder / "one.tar"
    backed_up(sold, place)
    sold.load_text(OTHER)
    for step, to in (("Database: journal", place), ("Files", tar)):
        killed(sold.settings, "backup", to, step, times=2 if step == "Files" else 1)
        assert problems_of(place) == [[]]
        assert not tar.exists()
    backed_up(sold, place)
    backed_up(sold, tar)
    assert problems_of(place) == [[], []]
    assert not list(place.glob("files/*/*.tmp"))
    assert [one.name for one in folder.glob("one*")] == ["one.tar"]


@pytest.mark.parametrize("url", ["sqlite", "postgres", "mariadb"], indirect=True)
def test_a_restore_that_is_killed_leaves_the_one_shop_or_the_other(
    loaded: Shop, folder: Path, url: str
) -> None:
    shop, settings = loaded, loaded.settings
    backed_up(shop, folder / "one.tar")
    shop.load_text(OTHER)
    shop.warehouse.close()
    shop.database.close()
    if url.startswith("sqlite"):
        killed(settings, "restore", folder / "one.tar", "Files", times=3)  # two were kept before
    killed(settings, "restore", folder / "one.tar", "Database", times=2)
    if url.startswith("mysql"):
        with pytest.raises(SetupError, match=r"did not end.* --replace"):
            shop.database.upgrade()
    else:
        with opened(settings) as again:
            assert again.ask("units").totals == {"units": 7}
    put(folder / "one.tar", settings, shop.database)
    with opened(settings) as again:
        assert again.ask("units").totals == {"units": 3}
        assert verified(again).problems == []


# What is wrong is told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE imports SET rows = 9 WHERE id = 1", "has rows 2, and the journal says 9"),
        ("UPDATE imports SET revenue = '7' WHERE id = 1", "has revenue 30.0000, and the journal"),
        ("UPDATE imports SET first_day = '2020-01-01' WHERE id = 1", "first day 2024-05-07"),
        ("UPDATE imports SET batch_bytes = 5 WHERE id = 1", "and the journal says 5"),
        ("UPDATE imports SET rejects = 'gone.csv' WHERE id = 2", "rejects/gone.csv is missing"),
        ("UPDATE imports SET in_force = NULL WHERE id = 1", "differ on whether it counts"),
        ("DELETE FROM journal WHERE version = 3", "lacks 1 of its 4 entries, such as 3"),
        ("UPDATE purchases SET undone_at = created_at WHERE id = 1", "differ on whether it counts"),
        ("UPDATE journal SET purchase_id = 9 WHERE version = 3", "purchase 9, which is not there"),
        ("UPDATE purchases SET amount = '1' WHERE id = 1", "of kind sale, the files"),
    ],
)
def test_what_differs_is_told(sold: Shop, change: str, told: str) -> None:
    assert verified(sold).problems == []
    with sold.database.writing() as session:
        session.execute(text(change))
    assert any(told in one for one in verified(sold).problems), verified(sold).problems


def test_a_warehouse_that_is_not_what_the_files_are_is_told(sold: Shop) -> None:
    sold.warehouse.catch_up(wait=60)
    with sold.warehouse._in_use.file.duck.cursor() as cursor:
        cursor.execute("DELETE FROM lines WHERE import_id = 1 AND line = 2")
        cursor.execute("UPDATE daily_sales SET revenue = revenue + 1 WHERE day = '2024-06-07'")
    found = verified(sold).problems
    assert [one.split(". Run")[0].split(" and ")[0] for one in found] == [
        "The warehouse has 3 lines worth 42.5000 of kind sale, the files 4 lines worth 52.5000",
        "The warehouse's days add up to revenue 53.5000, returns 4.0000",
    ]


# In the terminal


def test_a_shop_is_backed_up_checked_and_brought_back_in_the_terminal(tmp_path: Path) -> None:
    home, new = tmp_path / "home", tmp_path / "new"
    home.mkdir()
    new.mkdir()
    (home / "sales.csv").write_text(ONE)
    tillsight(home, "import", "sales.csv")
    assert "There is no backup at" in tillsight(home, "verify", "../backups").stderr
    made = tillsight(home, "backup", "../backups", "--keep", "3")
    assert "1 imports, 0 purchases" in made.stdout, made.stderr
    refused = tillsight(home, "restore", "../backups")
    assert (refused.returncode, "There is a shop already" in refused.stderr) == (1, True)
    done = tillsight(new, "restore", "../backups")
    assert done.returncode == 0, done.stderr
    whole = tillsight(new, "verify")
    assert "This home is whole: journal version 1, 1 imports, 2 rows" in " ".join(
        whole.stdout.split()
    )
    next((new / "sales").iterdir()).unlink()
    wrong = tillsight(new, "verify")
    assert wrong.returncode == 1
    assert re.search(r"Import 1 \(sales.csv\):\s+sales/\w+.parquet is missing", wrong.stderr)
    assert "Files put back: 1." in tillsight(new, "restore", "../backups", "--files").stdout
    assert tillsight(new, "verify").returncode == 0
    occupied = tillsight(home, "backup", ".")
    assert "holds something else than backups" in " ".join(occupied.stderr.split())
