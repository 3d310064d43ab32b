"""Homes of earlier releases open, and one of a later release is left as it is."""

import hashlib
import json
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from sqlalchemy import (
    Column,
    Connection,
    Enum,
    MetaData,
    Table,
    insert,
    inspect,
    select,
    text,
)

import make_home
from api_shop import SALES
from backups import opened
from serving import tillsight as run
from shop import HEADER, Shop
from tillsight import __version__
from tillsight.database import UNFINISHED, Base, Database, revisions
from tillsight.operating.stores import reading_from
from tillsight.settings import Settings, load_settings
from tillsight.warehouse import Warehouse, slot

OLDEST_FIRST = revisions()[::-1]
KEPT_HOMES = sorted(make_home.HOMES.glob("*.tar.gz"))


SOMETHING: dict[type, object] = {
    bool: True,
    int: 1,
    float: 1.5,
    dict: {},
    Decimal: Decimal("1.5"),
    datetime: datetime(2024, 2, 29, 23, 59, 59),
    date: date(2024, 2, 29),
    time: time(9, 30),
}
AS_TEXT: dict[type, str] = {Decimal: "1.5000", dict: "{}"}
"""What some databases keep as text, by what it means."""
GONE = {("users", "full_name")}
"""Columns that a later revision took away."""
ON_EACH = [
    ("sqlite", *OLDEST_FIRST),
    ("postgres", OLDEST_FIRST[0], OLDEST_FIRST[len(OLDEST_FIRST) // 2]),
    ("mariadb", OLDEST_FIRST[0], OLDEST_FIRST[len(OLDEST_FIRST) // 2]),
]
"""All revisions on SQLite; on servers, where a step takes longer, a few."""


def row_for(table: Table) -> dict[str, object]:
    """A row that a table of any revision can hold; what the words are today's tables say."""
    today = Base.metadata.tables.get(table.name)
    return {
        column.name: _value(column, None if today is None else today.columns.get(column.name))
        for column in table.columns
    }


def _value(column: Column[Any], today: Column[Any] | None) -> object:
    if column.foreign_keys:
        return 1
    if today is not None and isinstance(today.type, Enum):
        return str(next(iter(today.type.enum_class)))
    kind = column.type.python_type
    if kind is str and today is not None and today.type.python_type in AS_TEXT:
        return AS_TEXT[today.type.python_type]
    if kind is str:
        return f"{column.name} 1"[: getattr(column.type, "length", None)]
    return SOMETHING[kind]


def contents(connection: Connection) -> dict[str, list[dict[str, object]]]:
    found = MetaData()
    found.reflect(connection)
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in found.sorted_tables
        if table.name not in {"alembic_version", UNFINISHED.name}
    }


def picked(rows: list[dict[str, object]], columns: set[str]) -> list[dict[str, object]]:
    return [{column: row[column] for column in columns} for row in rows]


def fill(connection: Connection) -> None:
    """A row for every table of the revision a database has."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name not in {"alembic_version", "journal_head", UNFINISHED.name}:
            connection.execute(insert(table).values(row_for(table)))


@pytest.mark.parametrize(
    ("url", "revision"),
    [(kind, revision) for kind, *some in ON_EACH for revision in some],
    indirect=["url"],
)
def test_rows_of_every_earlier_state_are_kept(url: str, revision: str) -> None:
    database = Database(url)
    before: dict[str, list[dict[str, object]]] = {}

    def filled(connection: Connection) -> None:
        fill(connection)
        before.update(contents(connection))

    database.rebuild(revision, filled, lambda _session: None)
    assert database.revision() == OLDEST_FIRST[-1]
    assert database.drift() == []
    with database.engine.connect() as connection:
        after = contents(connection)
    assert len(before) > 2
    for name, rows in before.items():
        gone = {column for table, column in GONE if table == name}
        columns = rows[0].keys() - gone
        assert picked(after[name], columns) == picked(rows, columns), name
    database.close()


@pytest.mark.parametrize("url", ["sqlite", "postgres", "mariadb"], indirect=True)
def test_the_steps_of_an_upgrade_are_told(url: str, tmp_path: Path) -> None:
    def upgraded() -> list[list[str]]:
        done = run(tmp_path, "db", "upgrade", DATABASE_URL=url, LOG_FORMAT="json")
        assert f"revision {OLDEST_FIRST[-1]}" in done.stdout
        said = [json.loads(line) for line in done.stderr.splitlines()]
        return [[*map(one.get, ("event", "steps", "step", "of", "revision"))] for one in said]

    assert upgraded() == []  # of a database that is made there is nothing to tell
    with closing(Database(url)) as database:
        database.downgrade(OLDEST_FIRST[-3])
    assert upgraded() == [
        ["changing the tables", 2, None, None, OLDEST_FIRST[-3]],
        ["tables changed", None, 1, 2, OLDEST_FIRST[-2]],
        ["tables changed", None, 2, 2, OLDEST_FIRST[-1]],
    ]


def answers(shop: Shop) -> dict[str, Any]:
    return make_home.answers(shop.database, shop.warehouse)


@pytest.mark.parametrize("revision", OLDEST_FIRST[:-1])
def test_a_home_of_an_earlier_state_opens_and_says_the_same(revision: str, shop: Shop) -> None:
    """Its tables as they were then, and a warehouse of an older layout."""
    shop.load_text(SALES)
    before = answers(shop)["sales"]
    shop.warehouse.close()
    shop.database.downgrade(revision)
    shop.database.close()
    change_layout(shop.settings, slot.LAYOUT - 1)
    shop.database = Database(shop.settings.resolved_database_url)
    shop.database.upgrade()
    shop.warehouse = Warehouse(shop.settings.home, shop.database)
    assert shop.warehouse.is_preparing
    assert answers(shop)["sales"] == before
    assert before[0]["totals"]["revenue"] > 0


def change_layout(settings: Settings, layout: int) -> Path:
    [file] = (settings.home / "warehouse" / "1").glob("*.duckdb")
    with duckdb.connect(str(file)) as duck:
        duck.execute("UPDATE state SET layout = ?", [layout])
        duck.execute("DELETE FROM lines")  # what an older release laid out is not taken for ours
    return file


def test_this_release_has_kept_a_home() -> None:
    """Each release adds its own: make home."""
    assert f"{__version__}.tar.gz" in [one.name for one in KEPT_HOMES]


@pytest.mark.parametrize("archive", KEPT_HOMES, ids=lambda one: one.name)
def test_a_home_of_every_release_opens(archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as kept:
        assert not [one for one in kept.getnames() if one.endswith(".key")]  # no secrets
        kept.extractall(tmp_path, filter="data")
    told = json.loads((tmp_path / make_home.ANSWERS).read_text(encoding="utf-8"))
    with make_home.opened(tmp_path) as (database, warehouse):
        assert make_home.answers(database, warehouse) == told
        assert database.drift() == []
    checked = run(tmp_path, "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def state_of(home: Path) -> dict[str, str]:
    """What every file of a home holds, but for locks, and a secret that is made where none is."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and path.name not in {"lock", "secret.key"}
        and not path.name.endswith(("-wal", "-shm"))
    }


def test_a_database_of_a_newer_release_is_left_as_it_is_and_its_backup_brings_it_back(
    shop: Shop, tmp_path: Path
) -> None:
    shop.load_text(SALES)
    told = answers(shop)["sales"]
    shop.warehouse.close()
    home, kept = shop.settings.home, tmp_path / "kept"
    assert run(home, "backup", str(kept)).returncode == 0
    with shop.database.writing() as session:
        session.execute(text("CREATE TABLE flying_cars (id INTEGER REFERENCES users (id))"))
        session.execute(text("UPDATE alembic_version SET version_num = '2031_flying_cars'"))
    shop.database.close()
    before = state_of(home)
    for command in (["serve", "--port", "0"], ["check"], ["warehouse", "rebuild"]):
        refused = run(home, *command)
        said = " ".join((refused.stdout + refused.stderr).split())
        assert refused.returncode == 1, said
        if command != ["check"]:
            assert "newer Tillsight" in said
            assert "restore the backup" in said
    assert state_of(home) == before
    put = run(home, "restore", str(kept), "--replace")
    assert put.returncode == 0, put.stdout + put.stderr
    with opened(shop.settings) as again:
        assert answers(again)["sales"] == told
        assert "flying_cars" not in inspect(again.database.engine).get_table_names()


@pytest.fixture(params=["postgres", "mariadb"])
def made(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes empty databases on a server."""
    found: Callable[[str], str] = request.getfixturevalue(request.param)
    return found


def rows_and_revision(url: str) -> tuple[dict[str, list[dict[str, object]]], str | None]:
    with closing(Database(url)) as database, database.engine.connect() as connection:
        return contents(connection), database.revision()


def test_the_way_back_from_a_newer_release_on_a_database_server(
    made: Callable[[str], str], tmp_path: Path
) -> None:
    """As docs/operating.md has it: the newer database stays, an empty one takes its place."""
    home, kept = tmp_path / "home", tmp_path / "kept"
    newer, empty = (made(f"{name}{uuid4().hex[:10]}") for name in ("newer", "empty"))
    settings = load_settings(home=home, database_url=newer)
    with closing(Database(newer)) as database:
        database.upgrade()
    with opened(settings) as shop:
        shop.load_text(SALES)
        told = answers(shop)["sales"]
    assert run(home, "backup", str(kept), DATABASE_URL=newer).returncode == 0
    with reading_from(kept) as there:
        [name] = there.names()
    with closing(Database(newer)) as database, database.writing() as session:
        session.execute(text("CREATE TABLE flying_cars (id INTEGER)"))
        session.execute(text("INSERT INTO flying_cars VALUES (1)"))
        session.execute(text("UPDATE alembic_version SET version_num = '2031_flying_cars'"))
    change_layout(settings, slot.LAYOUT + 1)
    before = state_of(home), rows_and_revision(newer)
    restore = ["restore", str(kept), "--backup", name, "--replace"]
    for command in (
        ["serve", "--port", "0"],
        ["verify"],
        ["db", "downgrade", "base", "--yes"],
        restore,
    ):
        refused = run(home, *command, DATABASE_URL=newer)
        said = " ".join((refused.stdout + refused.stderr).split())
        assert refused.returncode == 1, said
        assert "newer Tillsight" in said, said
        assert (state_of(home), rows_and_revision(newer)) == before, command

    put = run(home, *restore, DATABASE_URL=empty)
    assert put.returncode == 0, put.stdout + put.stderr
    checked = run(home, "verify", DATABASE_URL=empty)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with opened(load_settings(home=home, database_url=empty)) as again:
        assert answers(again)["sales"] == told
        assert again.database.drift() == []
    assert rows_and_revision(newer) == before[1]


def test_a_warehouse_of_a_newer_release_is_left_as_it_is(shop: Shop) -> None:
    shop.load_text(HEADER + "1,p,Pen,2,2024-05-07,10,,\n")
    shop.ask("revenue")
    shop.warehouse.close()
    shop.database.close()
    change_layout(shop.settings, slot.LAYOUT + 1)
    before = state_of(shop.settings.home)
    refused = run(shop.settings.home, "query", "revenue")
    said = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode == 1, said
    assert f"newer Tillsight (layout {slot.LAYOUT + 1}; this one knows {slot.LAYOUT})" in said
    assert state_of(shop.settings.home) == before
    with closing(Database(shop.settings.resolved_database_url)) as database:
        with pytest.raises(Exception, match="Start the newer release again"):
            Warehouse(shop.settings.home, database)
        change_layout(shop.settings, slot.LAYOUT)  # the newer one starts: nobody holds its slot
        Warehouse(shop.settings.home, database).close()
