"""The grid: all of its cells are taken, or none and each bad one is named."""

from datetime import date
from decimal import Decimal

import pytest

from kpi_room import Room, require_unbroken
from tillsight.errors import Conflict, Forbidden, InvalidInput, TillsightError
from tillsight.kpis.grid import Cell, enter_grid
from tillsight.kpis.words import Periodicity


def send(room: Room, *cells: Cell, role: str = "editor") -> list[Decimal]:
    """The values that the cells have after it."""
    with room.database.writing() as session:
        found = enter_grid(session, room.people[role], cells, room.today)
        return [one.value for one in found]


def one(kpi_id: int, period: str, value: str | None, version: int | None = None, **more) -> Cell:
    return Cell(kpi_id, period, None if value is None else Decimal(value), version=version, **more)


def refused(room: Room, kind: type[TillsightError], *cells: Cell, role: str = "editor") -> list:
    """Index and code of each cell that was refused."""
    with pytest.raises(kind) as refusal:
        send(room, *cells, role=role)
    assert type(refusal.value) is kind
    assert f"of {len(cells)} cells" in refusal.value.message
    named = refusal.value.details["cells"]
    assert all(cell["reason"] and cell["period"] == cells[cell["index"]].period for cell in named)
    return [(cell["index"], cell["code"]) for cell in named]


def test_new_and_changed_cells_are_taken_and_empty_ones_left(room: Room) -> None:
    monthly, yearly = room.kpi(), room.kpi(periodicity=Periodicity.yearly)
    room.enter(monthly, "2026-01", "1", "kept")
    room.enter(monthly, "2026-02", "2")
    taken = send(
        room,
        one(yearly, "2026", "9", comment="whole"),
        one(monthly, "2026-01", "10", 1),
        one(monthly, "2026-02", None),
        one(monthly, "2026-03", "0"),
        one(monthly, "2026-04", None, 7),
    )
    assert taken == [9, 10, 0]
    assert room.values_of(monthly) == {
        date(2026, 1, 1): 10,
        date(2026, 2, 1): 2,
        date(2026, 3, 1): 0,
    }
    log = room.log_of(monthly)
    require_unbroken(log, room.values_of(monthly))
    assert [(entry.after, entry.comment) for entry in log][2:] == [(10, "kept"), (0, "")]
    assert send(room, one(monthly, "2026-01", "10", 2), one(monthly, "2026-05", None)) == [10]
    assert send(room) == []
    assert len(room.log_of(monthly)) == len(log)


def test_one_bad_cell_stops_them_all_and_is_named(room: Room) -> None:
    kpi_id, share = room.kpi(), room.kpi(unit="percentage")
    room.enter(kpi_id, "2026-01", "1")
    good = one(kpi_id, "2026-02", "2")
    assert refused(
        room,
        InvalidInput,
        good,
        one(share, "2026-01", "101"),
        one(kpi_id, "2026-13", "1"),
        one(kpi_id, "2026-12", "1"),
        one(10**6, "2026-01", "1"),
        one(kpi_id, "2026-01", "5"),
        one(kpi_id, "2026-02", "3"),
        one(kpi_id, "2026-03", "1.00001"),
    ) == [
        (1, "invalid_input"),
        (2, "invalid_input"),
        (3, "invalid_input"),
        (4, "not_found"),
        (5, "value_exists"),
        (6, "invalid_input"),
        (7, "invalid_input"),
    ]
    assert refused(room, Conflict, good, one(kpi_id, "2026-01", "5")) == [(1, "value_exists")]
    assert refused(room, Conflict, one(kpi_id, "2026-01", "5", 2), good) == [(0, "conflict")]
    assert refused(room, Conflict, one(kpi_id, "2026-03", "5", 1), good) == [(0, "conflict")]
    assert room.values_of(kpi_id) == {date(2026, 1, 1): 1}
    assert len(room.log_of(kpi_id)) == 1


def test_cells_of_somebody_elses_circle_are_refused(room: Room) -> None:
    theirs = Room.of(room.database)
    own, foreign, off = room.kpi(), theirs.kpi(), room.kpi(active=False)
    cells = (one(own, "2026-01", "1"), one(foreign, "2026-01", "1"), one(off, "2026-01", "1"))
    assert refused(room, Forbidden, *cells) == [(1, "forbidden"), (2, "not_active")]
    assert refused(room, Forbidden, *cells, role="viewer")[0] == (0, "forbidden")
    assert refused(room, Conflict, *cells, role="admin") == [(2, "not_active")]
    assert room.values_of(own) == {}
    assert send(room, *cells[:2], role="admin") == [1, 1]
