"""Databases of older products, really opened, and only read."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from serving import free_port
from tillsight.errors import SetupError
from tillsight.migrating.older import CHUNK, NO_ADDRESS, NO_ANSWER, REFUSES, Schema, older_database

PAIRS = Schema("till", {"sales": ("id", "name"), "pairs": ("one", "other")}, {"pairs": 2})
PAIRS_COUNT = 3


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def address(request: pytest.FixtureRequest) -> str:
    """The older database, as its operator has its address: with another driver, or none."""
    made: Callable[[str], str] = request.getfixturevalue(request.param)
    url = made(f"o{uuid4().hex[:12]}")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sales (id INT PRIMARY KEY, name VARCHAR(20), x INT)"))
        connection.execute(
            text("CREATE TABLE pairs (one INT, other INT, PRIMARY KEY (one, other))")
        )
        rows = [{"id": number, "name": f"ä {number}"} for number in range(CHUNK + 2, 0, -1)]
        connection.execute(text("INSERT INTO sales VALUES (:id, :name, 1)"), rows)
        connection.execute(text("INSERT INTO pairs VALUES (2, 1), (1, 2), (1, 10)"))
    engine.dispose()
    return url.replace("+psycopg", "").replace("+pymysql", "+mysqlconnector")


@pytest.fixture
def writer(address: str) -> Iterator[Engine]:
    """Somebody who works in the older product meanwhile."""
    driver = {"postgresql": "psycopg", "mysql": "pymysql"}[make_url(address).get_backend_name()]
    url = make_url(address)
    engine = create_engine(url.set(drivername=f"{url.get_backend_name()}+{driver}"))
    yield engine
    engine.dispose()


def test_all_rows_are_read_by_their_key_as_of_one_moment(address: str, writer: Engine) -> None:
    with older_database(address, PAIRS) as older:
        rows = older.rows("sales")
        first = next(rows)
        with writer.begin() as connection:
            connection.execute(text("INSERT INTO sales VALUES (9999, 'late', 1)"))
            connection.execute(text("UPDATE sales SET name = 'late' WHERE id > 2000"))
        assert [tuple(one) for one in older.rows("pairs")] == [(1, 2), (1, 10), (2, 1)]
        found = [tuple(first), *map(tuple, rows)]
    assert found == [(number, f"ä {number}") for number in range(1, CHUNK + 3)]


def test_nothing_can_be_written(address: str, writer: Engine) -> None:
    with older_database(address, PAIRS) as older, pytest.raises(SQLAlchemyError):
        older._connection.execute(text("DELETE FROM pairs"))
    with writer.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pairs")) == PAIRS_COUNT


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"sales": ("id",), "gone": ("id",)}, "not a database of till: there is no table “gone”"),
        ({"sales": ("id", "gone")}, "its table “sales” has no column “gone”"),
    ],
)
def test_a_database_of_another_product_is_told(
    address: str, tables: dict[str, tuple[str, ...]], said: str
) -> None:
    with (
        pytest.raises(SetupError, match=said),
        older_database(address, Schema("till", tables, {})),
    ):
        pass


def refused(address: str) -> str:
    """What is said of an address; never a part of it."""
    with pytest.raises(SetupError) as told, older_database(address, PAIRS):
        pass
    assert told.value.__cause__ is None
    assert "secret" not in told.value.message
    return told.value.message


def test_a_server_that_refuses_is_told_without_the_address(address: str) -> None:
    url = make_url(address)
    strangers = [
        url.set(database="no_secret"),
        url.set(username="secret", password="secret"),
    ]
    for one in strangers:
        assert refused(one.render_as_string(hide_password=False)) == REFUSES


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_server_that_is_not_there_is_told_without_the_address(kind: str) -> None:
    for host in (f"127.0.0.1:{free_port()}", "secret.invalid"):
        assert refused(f"{kind}://me:secret@{host}/secret") == NO_ANSWER
    assert refused(f"{kind}://me:secret@127.0.0.1/secret?secret=secret") == NO_ANSWER


@pytest.mark.parametrize(
    "text",
    ["", "secret", "sqlite:///secret.db", "mysql://me:secret@host:secret/name", "mysql://secret"],
)
def test_what_is_no_address_is_told(text: str) -> None:
    assert refused(text) == NO_ADDRESS
