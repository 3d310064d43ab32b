"""What the tests of the room share."""

import pytest

from kpi_room import Room
from tillsight.database import Database


@pytest.fixture
def room(tables: Database) -> Room:
    """A circle of its own."""
    return Room.of(tables)
