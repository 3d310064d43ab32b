"""What a KPI may be, who says so, and what becomes of one, on databases of every kind."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select

from kpi_room import Room
from tillsight.accounts.audit import Action, Wanted, entries
from tillsight.accounts.circles import archive_circle
from tillsight.accounts.sessions import Origin
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound
from tillsight.kpis.definitions import (
    NameTaken,
    archive_kpi,
    change_kpi,
    create_kpi,
    delete_kpi,
    restore_kpi,
)
from tillsight.kpis.listing import Order, get_kpi, list_kpis, rights_of
from tillsight.kpis.listing import Wanted as Listed
from tillsight.kpis.models import Kpi, KpiTarget
from tillsight.kpis.terms import Definition, definition_of
from tillsight.kpis.values import delete_value
from tillsight.kpis.words import (
    UNITS,
    Aggregation,
    Direction,
    Periodicity,
    Range,
    usual_aggregation,
)


def change(room: Room, kpi_id: int, role: str = "manager", **changes: Any) -> None:
    with room.database.writing() as session:
        change_kpi(session, room.people[role], kpi_id, changes, Origin())


def stored(room: Room, kpi_id: int) -> Definition:
    with room.database.reading() as session:
        return definition_of(session.get_one(Kpi, kpi_id))


def audited(room: Room, kpi_id: int) -> list[tuple[str, dict]]:
    """What the audit log says of a KPI, newest first."""
    with room.database.reading() as session:
        found = entries(session, Wanted(text=f"KPI {kpi_id}: "), None, 50)
    return [(one.action, dict(one.details)) for one in found]


def test_what_is_not_said_is_as_usual(room: Room) -> None:
    money, share = room.kpi(unit="chf"), room.kpi(unit="percentage")
    last = [unit for unit in UNITS if usual_aggregation(unit) is Aggregation.last]
    assert last == ["percentage", "score"]
    told = stored(room, money)
    assert told == room.definition(
        name=told.name,
        unit="chf",
        initial_value=Decimal(0),
        active=True,
        direction=Direction.increase,
        aggregation=Aggregation.sum,
        bounds=Range(),
        due_days=10,
    )
    assert stored(room, share).aggregation is Aggregation.last
    assert stored(room, share).bounds == Range(Decimal(0), Decimal(100))


def test_everything_that_is_said_is_kept(room: Room) -> None:
    said = room.definition(
        periodicity=Periodicity.weekly,
        unit="score",
        initial_value=Decimal("-1.2345"),
        active=False,
        direction=Direction.stay_below,
        aggregation=Aggregation.average,
        bounds=Range(Decimal("-99999999999999.9999"), Decimal("99999999999999.9999")),
        description="Two lines,\nand an é",
        owner_id=room.people["editor"].id,
        due_days=366,
        measure="net_revenue",
        filters={"country": ["", "Peru"], "segment": ["Champions"], "channel": []},
    )
    with room.database.writing() as session:
        made = create_kpi(session, room.people["manager"], said, Decimal("-0.5"), Origin())
    kept = {"country": ["", "Peru"], "segment": ["Champions"]}
    assert stored(room, made) == replace(said, filters=kept)


WRONG = [
    ({"name": "  "}, "1 to 150"),
    ({"name": "x" * 151}, "1 to 150"),
    ({"name": "a\x00b"}, "control"),
    ({"name": "a\ud800b"}, "control"),
    ({"unit": "CHF"}, "Did you mean “chf”"),
    ({"unit": "francs"}, "no unit"),
    ({"due_days": -1}, "0 to 366"),
    ({"due_days": 367}, "0 to 366"),
    ({"initial_value": Decimal("0.00001")}, "four decimals"),
    ({"initial_value": Decimal("NaN")}, "not a number"),
    ({"initial_value": Decimal("Infinity")}, "not a number"),
    ({"initial_value": Decimal("1E+300")}, "too large"),
    ({"bounds": Range(Decimal(2), Decimal(1))}, "minimum 2 is above the maximum 1"),
    ({"description": "x" * 2001}, "2,000"),
    ({"description": "a\x00b"}, "cannot be shown"),
    ({"measure": "net_revenu"}, "Did you mean “net_revenue”"),
    ({"measure": "revenue", "filters": {"contry": ["x"]}}, "Did you mean “country”"),
    ({"measure": "revenue", "filters": {"segment": ["Champion"]}}, "Champions"),
    ({"measure": "revenue", "filters": {"hour": ["24"]}}, "0 to 23"),
    ({"measure": "revenue", "filters": {"month": ["2026-05"]}}, "not filtered by month"),
    ({"measure": "revenue", "filters": {"country": ["x" * 201]}}, "200 characters"),
    ({"filters": {"country": ["Peru"]}}, "need a measure"),
    ({"owner_id": 10**6}, "does not belong"),
]


def test_what_no_kpi_can_be_is_refused(room: Room) -> None:
    kpi_id = room.kpi()
    before = stored(room, kpi_id)
    for wrong, message in WRONG:
        with pytest.raises(InvalidInput, match=message):
            room.kpi(**wrong)
        with pytest.raises(InvalidInput, match=message):
            change(room, kpi_id, **wrong)
    assert stored(room, kpi_id) == before


def test_a_target_is_a_number_like_any_other(room: Room) -> None:
    for target in ("0.00001", "NaN", "100000000000000"):
        with pytest.raises(InvalidInput, match="The target"):
            room.kpi(target)


def test_a_name_is_there_once_in_any_case(room: Room) -> None:
    name = f"Straße {room.circle_id}"
    kept, other = room.kpi(name=f"  {name.replace(' ', '   ')} "), room.kpi()
    assert stored(room, kept).name == name
    for again in (name, name.upper(), name.casefold()):
        with pytest.raises(NameTaken, match="already"):
            room.kpi(name=again, circle_id=room.circle())
        with pytest.raises(NameTaken):
            change(room, other, name=again)
    change(room, kept, name=name.upper())
    assert room.kpi(name=name.replace("ß", "s"))


def test_who_may_define(room: Room) -> None:
    kpi_id = room.kpi()
    for role in ("viewer", "editor", "stranger", "other"):
        with pytest.raises(Forbidden):
            room.kpi(role=role)
        with pytest.raises(Forbidden):
            change(room, kpi_id, role, name="Mine")
        for done in (archive_kpi, restore_kpi, delete_kpi):
            with pytest.raises(Forbidden), room.database.writing() as session:
                done(session, room.people[role], kpi_id, Origin())
    assert room.kpi(role="admin")
    change(room, kpi_id, "admin", description="Seen")
    assert stored(room, kpi_id).description == "Seen"
    with pytest.raises(NotFound):
        room.kpi(circle_id=10**6)
    with pytest.raises(NotFound):
        change(room, 10**6, name="None")


def test_rights_are_told_as_they_are_enforced(room: Room) -> None:
    expected = {
        "viewer": (False, False),
        "editor": (False, True),
        "stranger": (False, False),
        "manager": (True, True),
        "other": (False, False),
        "admin": (True, True),
    }
    with room.database.reading() as session:
        for role, (may_define, may_enter) in expected.items():
            rights = rights_of(session, room.people[role])
            assert rights.may_define(room.circle_id) is may_define, role
            assert rights.may_enter(room.circle_id) is may_enter, role


def test_the_periodicity_stays_once_there_are_values(room: Room) -> None:
    kpi_id = room.kpi()
    change(room, kpi_id, periodicity=Periodicity.quarterly)
    value = room.enter(kpi_id, "2026-Q1")
    with pytest.raises(Conflict, match="stays quarterly"):
        change(room, kpi_id, periodicity=Periodicity.monthly)
    change(room, kpi_id, periodicity=Periodicity.quarterly, unit="eur")
    with room.database.writing() as session:
        delete_value(session, room.people["manager"], value)
    change(room, kpi_id, periodicity=Periodicity.monthly)
    assert stored(room, kpi_id).periodicity is Periodicity.monthly


def test_what_is_usual_follows_the_unit_and_values_stay(room: Room) -> None:
    kpi_id = room.kpi(unit="chf")
    room.enter(kpi_id, "2026-01", "250")
    change(room, kpi_id, unit="percentage")
    share = stored(room, kpi_id)
    assert (share.aggregation, share.bounds) == (Aggregation.last, Range(Decimal(0), Decimal(100)))
    assert list(room.values_of(kpi_id).values()) == [250]
    change(room, kpi_id, maximum=Decimal(50))
    assert stored(room, kpi_id).bounds == Range(Decimal(0), Decimal(50))
    change(room, kpi_id, unit="score", aggregation=Aggregation.average)
    assert stored(room, kpi_id).bounds == Range(Decimal(0), Decimal(50))
    change(room, kpi_id, unit="chf", minimum=None)
    told = stored(room, kpi_id)
    assert (told.aggregation, told.bounds) == (Aggregation.average, Range(None, Decimal(50)))


def test_an_owner_belongs_to_the_circle(room: Room) -> None:
    editor, manager = room.people["editor"].id, room.people["manager"].id
    kpi_id = room.kpi(owner_id=editor)
    with pytest.raises(InvalidInput, match="does not belong"):
        change(room, kpi_id, owner_id=room.people["stranger"].id)
    elsewhere = room.circle()
    change(room, kpi_id, circle_id=elsewhere, owner_id=manager)
    change(room, kpi_id, owner_id=None)
    with room.database.reading() as session:
        shown = get_kpi(session, kpi_id, room.today)
    assert (shown.circle.id, shown.owner) == (elsewhere, None)


def test_a_kpi_moves_only_between_circles_one_leads(room: Room) -> None:
    theirs = Room.of(room.database)
    kpi_id = room.kpi()
    with pytest.raises(Forbidden):
        change(room, kpi_id, circle_id=theirs.circle_id)
    with pytest.raises(Forbidden):
        change(theirs, kpi_id, circle_id=theirs.circle_id)
    change(room, kpi_id, "admin", circle_id=theirs.circle_id)
    assert stored(room, kpi_id).circle_id == theirs.circle_id


def test_an_archived_circle_gets_no_kpis(room: Room) -> None:
    put_away, kpi_id = room.circle(), room.kpi()
    with room.database.writing() as session:
        archive_circle(session, room.people["manager"], put_away, Origin())
    with pytest.raises(Conflict, match="archive"):
        room.kpi(circle_id=put_away)
    with pytest.raises(Conflict, match="archive"):
        change(room, kpi_id, circle_id=put_away)


def test_only_a_kpi_that_never_had_a_value_is_deleted(room: Room) -> None:
    manager, never, had = room.people["manager"], room.kpi(), room.kpi()
    value = room.enter(had, "2026-01")
    for _ in range(2):
        with pytest.raises(Conflict, match="Archive"), room.database.writing() as session:
            delete_kpi(session, manager, had, Origin())
        if room.values_of(had):
            with room.database.writing() as session:
                delete_value(session, manager, value)
    with room.database.writing() as session:
        delete_kpi(session, manager, never, Origin())
    with room.database.reading() as session:
        assert session.get(Kpi, never) is None
        assert not session.scalars(select(KpiTarget).where(KpiTarget.kpi_id == never)).all()
    with pytest.raises(NotFound), room.database.writing() as session:
        delete_kpi(session, manager, never, Origin())


def test_the_audit_log_tells_of_everything_that_changed(room: Room) -> None:
    manager, kpi_id = room.people["manager"], room.kpi("7.50", name=f"Told {room.circle_id}")
    change(room, kpi_id, initial_value=Decimal(5), maximum=Decimal(9), name="  ".join("XY"))
    change(room, kpi_id, initial_value=Decimal(5))  # as it is
    for done in (archive_kpi, archive_kpi, restore_kpi, restore_kpi, delete_kpi):
        with room.database.writing() as session:
            done(session, manager, kpi_id, Origin())
    assert audited(room, kpi_id) == [
        (Action.kpi_deleted, {}),
        (Action.kpi_restored, {}),
        (Action.kpi_archived, {}),
        (
            Action.kpi_changed,
            {
                "before": {
                    "name": f"Told {room.circle_id}",
                    "initial_value": "0",
                    "bounds": [None, None],
                },
                "after": {"name": "X Y", "initial_value": "5", "bounds": [None, "9"]},
            },
        ),
        (Action.kpi_created, {"circle_id": room.circle_id, "target": "7.5"}),
    ]


def test_every_change_makes_another_revision(room: Room) -> None:
    kpi_id, seen = room.kpi(), []

    def note() -> None:
        with room.database.reading() as session:
            seen.append(session.get_one(Kpi, kpi_id).revision)

    note()
    change(room, kpi_id, description="More")
    note()
    value = room.enter(kpi_id, "2026-01")
    note()
    room.change(value, "2")
    note()
    with pytest.raises(Forbidden):
        room.change(value, "3", role="stranger")
    note()
    assert seen == [1, 2, 3, 4, 4]


def test_lists_find_sort_and_turn_pages(room: Room) -> None:
    second = room.circle()
    mark = f"m{room.circle_id}m"
    made = [
        room.kpi(name=f"B {mark} 100%", unit="chf"),
        room.kpi(name=f"a {mark}", periodicity=Periodicity.yearly, circle_id=second),
        room.kpi(name=f"C {mark}", active=False),
        room.kpi(name=f"Ä {mark}", description=f"Éclairs {mark}"),
    ]
    with room.database.writing() as session:
        archive_kpi(session, room.people["manager"], made[3], Origin())

    def found(limit: int = 50, **wanted: Any) -> list[int]:
        listed: list[int] = []
        while True:
            with room.database.reading() as session:
                asked = Listed(**{"search": mark, **wanted})
                after = listed[-1] if listed else None
                page = list_kpis(session, asked, room.today, after, limit)
            listed += [one.kpi.id for one in page]
            if len(page) < limit:
                return listed

    by_name = [made[1], made[0], made[2], made[3]]
    for limit in (1, 2, 50):
        assert found(limit) == by_name
        assert found(limit, order=Order.name_down) == by_name[::-1]
        assert found(limit, order=Order.created_at) == made
        assert found(limit, order=Order.created_at_down) == made[::-1]
        assert found(limit, order=Order.circle_down) == found(limit, order=Order.circle)[::-1]
    by_circle = found(order=Order.circle)
    assert by_circle in ([made[1], made[0], made[2], made[3]], [made[0], made[2], made[3], made[1]])
    assert found(circle_id=second) == [made[1]]
    assert found(active=False) == [made[2]]
    assert found(archived=True) == [made[3]]
    assert found(archived=False, active=True) == [made[1], made[0]]
    assert found(periodicity=Periodicity.yearly) == [made[1]]
    assert found(search=f"b  {mark}".upper()) == [made[0]]
    assert found(search=f"éclairs {mark}"[1:]) == [made[3]]
    assert found(search=f"{mark} 100%") == [made[0]]
    assert found(search=f"{mark}_100") == []
    with room.database.reading() as session, pytest.raises(InvalidInput, match="no place"):
        list_kpis(session, Listed(), room.today, 10**6, 1)


def test_filters_are_kept_as_json(room: Room) -> None:
    kpi_id = room.kpi(measure="orders", filters={"product": ['"', "’", "\\"]})
    with room.database.reading() as session:
        assert json.loads(session.get_one(Kpi, kpi_id).filters) == {"product": ['"', "\\", "’"]}
    change(room, kpi_id, measure=None, filters={})
    assert stored(room, kpi_id).filters == {}


def test_a_list_takes_as_many_queries_for_many_kpis_as_for_one(room: Room) -> None:
    asked: list[str] = []

    def count(*told: Any) -> None:
        asked.append(told[2])

    def queries() -> int:
        asked.clear()
        with room.database.reading() as session:
            wanted = Listed(circle_id=room.circle_id)
            list_kpis(session, wanted, room.today, None, 500)
            rights_of(session, room.people["editor"])
        return len(asked)

    room.kpi()
    event.listen(room.database.engine, "before_cursor_execute", count)
    try:
        one = queries()
        for _ in range(20):
            room.kpi()
        assert queries() == one <= 5
    finally:
        event.remove(room.database.engine, "before_cursor_execute", count)
