"""What the tests of the room share: its tables in a database of each kind, built once."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from kpi_room import Room
from tillsight.database import Database


@pytest.fixture(scope="session", params=["sqlite", "postgres", "mariadb"])
def tables(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database of each kind with all tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('kpis') / 'kpis.db'}"
    else:
        url = request.getfixturevalue(request.param)(f"k{uuid4().hex[:12]}")
    database = Database(url)
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def room(tables: Database) -> Room:
    """A circle of its own."""
    return Room.of(tables)
