"""Values: one for a KPI and period, who enters them, and that each change is told, on databases of
every kind.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpi_room import Room, first_day, require_unbroken
from tillsight.accounts.circles import archive_circle, remove_member
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin
from tillsight.errors import Forbidden, InvalidInput, NotFound
from tillsight.kpis.changes import Cause, list_changes
from tillsight.kpis.changes import Wanted as WantedChanges
from tillsight.kpis.definitions import archive_kpi, change_kpi
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.value_list import Order, Wanted, get_value, list_values
from tillsight.kpis.values import (
    Changed,
    Computed,
    New,
    NotActive,
    ValueExists,
    Written,
    delete_value,
    enter_value,
    erase,
    find_value,
    write,
)
from tillsight.kpis.words import Activity, Periodicity, Range, Why
from tillsight.metrics.periods import Period


def story(room: Room, kpi_id: int) -> list[tuple]:
    """The log of a KPI, short."""
    return [
        (one.activity, one.before, one.after, one.comment, one.why, one.user_id)
        for one in room.log_of(kpi_id)
    ]


def delete(room: Room, value_id: int, version: int | None = None, role: str = "manager") -> None:
    with room.database.writing() as session:
        delete_value(session, room.people[role], value_id, version)


def test_a_value_is_entered_changed_commented_and_deleted(room: Room) -> None:
    kpi_id = room.kpi()
    value = room.enter(kpi_id, "2026-03", "12.5", " First\nlook ")
    assert room.change(value, "13", comment="Counted again") == 2
    assert room.change(value, comment="") == 3
    assert room.change(value, "13.0000", comment=" ") == 3  # as it is: nothing happened
    assert room.change(value, "0", version=3, role="manager") == 4
    delete(room, value, 4)
    editor, manager = room.people["editor"].id, room.people["manager"].id
    assert story(room, kpi_id) == [
        (Activity.created, None, Decimal("12.5"), "First\nlook", Why.typed, editor),
        (Activity.updated, Decimal("12.5"), 13, "Counted again", Why.typed, editor),
        (Activity.updated, 13, 13, "", Why.typed, editor),
        (Activity.updated, 13, 0, "", Why.typed, manager),
        (Activity.deleted, 0, None, "", Why.typed, manager),
    ]
    assert room.values_of(kpi_id) == {}
    again = room.enter(kpi_id, "2026-03", "-1")
    assert again != value  # or the log of the old one would be its own
    require_unbroken(room.log_of(kpi_id), room.values_of(kpi_id))
    assert room.values_of(kpi_id) == {date(2026, 3, 1): -1}


def test_who_entered_and_who_changed_a_value_is_kept(room: Room) -> None:
    value = room.enter(room.kpi(), "2026-03")
    with room.database.reading() as session:
        first = get_value(session, value)
    assert (first.creator.id, first.changer) == (room.people["editor"].id, None)
    assert (first.value.updated_at, first.value.version) == (None, 1)
    room.change(value, "2", role="admin")
    with room.database.reading() as session:
        then = get_value(session, value)
    assert (then.creator.id, then.changer.id) == (first.creator.id, room.people["admin"].id)
    assert then.value.created_at == first.value.created_at <= then.value.updated_at


def test_who_may_enter_change_and_delete(room: Room) -> None:
    kpi_id = room.kpi()
    value = room.enter(kpi_id, "2026-01")
    for role in ("viewer", "stranger", "other"):
        with pytest.raises(Forbidden):
            room.enter(kpi_id, "2026-02", role=role)
        with pytest.raises(Forbidden):
            room.change(value, "2", role=role)
    for role in ("viewer", "editor", "stranger", "other"):
        with pytest.raises(Forbidden):
            delete(room, value, role=role)
    assert len(room.log_of(kpi_id)) == 1
    room.enter(kpi_id, "2026-02", role="manager")
    delete(room, room.enter(kpi_id, "2026-03", role="admin"), role="admin")


def test_who_belongs_no_more_or_only_reads_now_enters_nothing(room: Room) -> None:
    kpi_id, editor, manager = room.kpi(), room.people["editor"], room.people["manager"]
    room.people["editor"] = replace(editor, role=Role.viewer)
    with pytest.raises(Forbidden, match="role editor"):
        room.enter(kpi_id, "2026-01")
    room.people["editor"] = editor
    with room.database.writing() as session:
        for one in (editor, manager):
            remove_member(session, manager, room.circle_id, one.id, Origin())
    for role in ("editor", "manager"):
        with pytest.raises(Forbidden, match="do not belong"):
            room.enter(kpi_id, "2026-01", role=role)


def test_there_is_one_value_for_a_kpi_and_period(room: Room) -> None:
    kpi_id, other = room.kpi(), room.kpi()
    value = room.enter(kpi_id, "2026-01", "5", "mine")
    room.enter(other, "2026-01")
    room.enter(kpi_id, "2025-01")
    with pytest.raises(ValueExists, match="2026-01 already: 5") as refused:
        room.enter(kpi_id, "2026-01", "6", role="manager")
    told = refused.value.details
    assert (told["value_id"], told["version"], told["value"]) == (value, 1, 5)
    assert (told["comment"], told["updated_by"]) == ("mine", room.people["editor"].id)


def test_a_change_needs_the_version_there_is(room: Room) -> None:
    kpi_id = room.kpi()
    value = room.enter(kpi_id, "2026-01", "1")
    room.change(value, "2", version=1, role="manager")
    with pytest.raises(Changed, match="it is 2 now") as refused:
        room.change(value, "3", version=1)
    manager = room.people["manager"]
    assert refused.value.code == "conflict"
    told = {name: refused.value.details[name] for name in ("version", "value", "updated_by_name")}
    assert told == {"version": 2, "value": 2, "updated_by_name": manager.name}
    with pytest.raises(Changed):
        room.change(value, comment="late", version=3)
    with pytest.raises(Changed):
        delete(room, value, 1)
    assert room.values_of(kpi_id) == {date(2026, 1, 1): 2}
    assert room.change(value, "3") == 3  # who has seen none writes over it
    delete(room, value)
    for late in (lambda: room.change(value, "4", version=3), lambda: delete(room, value)):
        with pytest.raises(NotFound):
            late()


GOOD_PERIODS = [
    ("daily", Written("2026-11-22"), "2026-11-22"),
    ("daily", Written("2024-02-29"), "2024-02-29"),
    ("weekly", Written("2026-W47"), "2026-11-16"),
    ("weekly", Written("2020-W53"), "2020-12-28"),
    ("monthly", Written("2026-11"), "2026-11-01"),
    ("monthly", Written(None, 2026, 2), "2026-02-01"),
    ("quarterly", Written("2026-Q4"), "2026-10-01"),
    ("quarterly", Written(None, 2026, 12), "2026-10-01"),
    ("quarterly", Written(None, 2026, 3), "2026-01-01"),
    ("yearly", Written("2026"), "2026-01-01"),
    ("yearly", Written(None, 2026, 12), "2026-01-01"),
    ("yearly", Written("1900"), "1900-01-01"),
]
BAD_PERIODS = [
    ("daily", Written("2026-11-23"), "has not begun"),
    ("weekly", Written("2026-W48"), "has not begun"),
    ("monthly", Written("2026-12"), "has not begun"),
    ("monthly", Written(None, 2027, 1), "has not begun"),
    ("quarterly", Written("2027-Q1"), "has not begun"),
    ("yearly", Written("2027"), "has not begun"),
    ("monthly", Written("2026-13"), "month such as"),
    ("monthly", Written("2026-Q1"), "month such as"),
    ("monthly", Written("2026-3"), "month such as"),
    ("monthly", Written("2026-03-01"), "month such as"),
    ("monthly", Written(""), "month such as"),
    ("monthly", Written(None, 2026, 13), "1 to 12"),
    ("monthly", Written(None, 2026, 0), "1 to 12"),
    ("daily", Written("2026-02-29"), "day such as"),
    ("daily", Written(None, 2026, 2), "give `period`"),
    ("weekly", Written("2026-W54"), "week such as"),
    ("weekly", Written(None, 2026, 2), "give `period`"),
    ("quarterly", Written("2026-Q5"), "quarter such as"),
    ("quarterly", Written(None, 2026, 2), "3 or 6 or 9 or 12"),
    ("yearly", Written("26"), "year such as"),
    ("yearly", Written("1899"), "1900"),
    ("yearly", Written(None, 2026, 1), "is 12"),
    ("monthly", Written(), "Say which period"),
    ("monthly", Written(None, 2026), "Say which period"),
    ("monthly", Written("2026-03", 2026, 3), "Say which period"),
]


def test_only_periods_of_the_kpi_that_have_begun_have_values(room: Room) -> None:
    kpis = {one: room.kpi(periodicity=one) for one in Periodicity}

    def enter(periodicity: str, written: Written) -> int:
        new = New(kpis[Periodicity(periodicity)], written, Decimal(1))
        with room.database.writing() as session:
            return enter_value(session, room.people["editor"], new, room.today).id

    for periodicity, written, message in BAD_PERIODS:
        with pytest.raises(InvalidInput, match=message):
            enter(periodicity, written)
    entered = {one: {} for one in kpis}
    for periodicity, written, start in GOOD_PERIODS:
        with room.database.writing() as session:
            known = find_value(session, kpis[Periodicity(periodicity)], date.fromisoformat(start))
        if known is None:
            enter(periodicity, written)
        else:  # written in another way before
            with pytest.raises(ValueExists):
                enter(periodicity, written)
        entered[Periodicity(periodicity)][date.fromisoformat(start)] = 1
    assert {one: room.values_of(kpi_id) for one, kpi_id in kpis.items()} == entered


def test_a_value_is_a_number_in_the_range_of_the_kpi(room: Room) -> None:
    share, above = room.kpi(unit="percentage"), room.kpi(bounds=Range(Decimal("-1.5"), None))
    free, below = room.kpi(), room.kpi(bounds=Range(None, Decimal(0)))
    wrong = [
        (share, "-0.0001", "from 0 to 100"),
        (share, "100.0001", "from 0 to 100"),
        (above, "-1.5001", "-1.5 at least"),
        (below, "0.0001", "0 at most"),
        (free, "0.00001", "four decimals"),
        (free, "NaN", "not a number"),
        (free, "-Infinity", "not a number"),
        (free, "100000000000000", "too large"),
        (free, "1E+400", "too large"),
    ]
    for kpi_id, value, message in wrong:
        with pytest.raises(InvalidInput, match=message):
            room.enter(kpi_id, "2026-01", value)
    good = {share: "100", above: "-1.5", below: "-0", free: "-99999999999999.9999"}
    for kpi_id, value in good.items():
        entered = room.enter(kpi_id, "2026-01", value)
        assert room.values_of(kpi_id) == {date(2026, 1, 1): Decimal(value)}
        for other, bad, message in wrong:
            if other == kpi_id:
                with pytest.raises(InvalidInput, match=message):
                    room.change(entered, bad)


def test_a_comment_has_its_limits(room: Room) -> None:
    kpi_id = room.kpi()
    long, printed = "é" * 2000, "Zeile\r\n\tzwei: ½ 🎉"
    value = room.enter(kpi_id, "2026-01", "1", long)
    room.change(value, comment=printed)
    for wrong in (long + "é", "a\x00b", "a\x1bb", "\ud800"):
        with pytest.raises(InvalidInput, match="The comment"):
            room.change(value, comment=wrong)
    with room.database.reading() as session:
        assert session.get_one(KpiValue, value).comment == printed


def test_what_is_not_in_use_takes_no_values(room: Room) -> None:
    manager = room.people["manager"]

    def put_away(kpi_id: int, **changes: Any) -> None:
        with room.database.writing() as session:
            change_kpi(session, manager, kpi_id, changes, Origin())

    inactive, archived, computed, of_archived = (room.kpi() for _ in range(4))
    values = {one: room.enter(one, "2026-01") for one in (inactive, archived, computed)}
    put_away(inactive, active=False)
    with room.database.writing() as session:
        archive_kpi(session, manager, archived, Origin())
    put_away(computed, measure="orders")
    circle = room.circle()
    put_away(of_archived, circle_id=circle)
    values[of_archived] = room.enter(of_archived, "2026-01")
    with room.database.writing() as session:
        archive_circle(session, manager, circle, Origin())
    for kpi_id, refusal, message in (
        (inactive, NotActive, "is not active"),
        (archived, NotActive, "is not active: it is in the archive"),
        (of_archived, NotActive, "is not active: its circle"),
        (computed, Computed, "counted from the sales"),
    ):
        for attempt in (
            lambda kpi_id=kpi_id: room.enter(kpi_id, "2026-02"),
            lambda kpi_id=kpi_id: room.change(values[kpi_id], "2"),
            lambda kpi_id=kpi_id: delete(room, values[kpi_id]),
        ):
            with pytest.raises(refusal, match=message):
                attempt()
        assert room.values_of(kpi_id) == {date(2026, 1, 1): 1}
    put_away(inactive, active=True)
    room.change(values[inactive], "2")


def test_what_nobody_did_and_what_came_with_a_file_is_logged_as_that(room: Room) -> None:
    kpi_id, march = room.kpi(), first_day("2026-03")
    with room.database.writing() as session:
        kpi = hold_one(session, kpi_id)
        write(session, kpi, march, Decimal(1), "", Cause(Why.recomputed))
        write(session, kpi, march, Decimal(2), "", Cause(Why.imported, None, 7))
        write(session, kpi, march, Decimal(2), "", Cause(Why.imported, None, 8))
        erase(session, kpi, march, Cause(Why.undone, room.people["editor"].id, 7))
        erase(session, kpi, march, Cause(Why.undone))
    assert [(one.why, one.import_id, one.user_id) for one in room.log_of(kpi_id)] == [
        (Why.recomputed, None, None),
        (Why.imported, 7, None),
        (Why.undone, 7, room.people["editor"].id),
    ]


def test_a_change_and_its_log_are_kept_together_or_not_at_all(room: Room) -> None:
    kpi_id = room.kpi()
    new = New(kpi_id, Written("2026-01"), Decimal(1))
    with room.database.writing() as session:
        enter_value(session, room.people["editor"], new, room.today)
        session.flush()
        session.rollback()
    assert (room.values_of(kpi_id), room.log_of(kpi_id)) == ({}, [])
    with room.database.reading() as session:
        assert session.get_one(Kpi, kpi_id).revision == 1


def test_lists_of_values_and_changes_go_by_period(room: Room) -> None:
    """Hand-made: what lies in which span, right across the turn of a year."""
    monthly, weekly = room.kpi(), room.kpi(periodicity=Periodicity.weekly)
    quarterly, yearly = (
        room.kpi(periodicity=one) for one in (Periodicity.quarterly, Periodicity.yearly)
    )
    for kpi_id, periods in (
        (monthly, ["2024-11", "2024-12", "2025-01", "2025-02"]),
        (weekly, ["2024-W52", "2025-W01", "2025-W05"]),
        (quarterly, ["2024-Q3", "2024-Q4", "2025-Q1"]),
        (yearly, ["2024", "2025"]),
    ):
        for period in periods:
            room.enter(kpi_id, period)
    spans = [
        ("2024-12-01", "2025-01-01", {"2024-12", "2024-W52", "2024-Q4", "2024"}),
        ("2025-01-01", "2025-02-01", {"2025-01", "2025-W01"}),
        ("2025-02-02", "2025-02-03", {"2025-W05"}),
        ("2025-02-28", "2025-03-01", {"2025-02"}),
        (None, "2024-12-01", {"2024-11", "2024-Q3"}),
        ("2025-02-01", None, {"2025-02", "2025-W05", "2025-Q1", "2025"}),
        ("2025-02-03", "2025-02-28", set()),
    ]
    for first, end, expected in spans:
        span = Period(*(one and date.fromisoformat(one) for one in (first, end)))
        with room.database.reading() as session:
            values = list_values(session, Wanted(room.circle_id, span=span), "", 50)
            changes = list_changes(session, WantedChanges(room.circle_id, span=span), None, 50)
        assert {one.period for one in values} == expected, (first, end)
        assert {one.period for one in changes} == expected, (first, end)


def test_pages_of_values_and_changes_hold_everything_once(room: Room) -> None:
    kpis = [room.kpi(), room.kpi()]
    for kpi_id in kpis:
        for month in (3, 1, 2):
            room.enter(kpi_id, f"2026-{month:02}")
    for limit in (1, 2, 5, 50):
        for order in Order:
            pages: list = []
            while not pages or len(pages) % limit == 0:
                with room.database.reading() as session:
                    wanted = Wanted(room.circle_id, order=order)
                    after = pages[-1].cursor if pages else ""
                    found = list_values(session, wanted, after, limit)
                if not found:
                    break
                pages += found
            starts = [one.value.period_start for one in pages]
            assert len({one.value.id for one in pages}) == len(pages) == 6
            assert starts == sorted(starts, reverse=order is Order.period_down)
        logged: list[int] = []
        while True:
            with room.database.reading() as session:
                wanted = WantedChanges(room.circle_id)
                found = list_changes(session, wanted, logged[-1] if logged else None, limit)
            if not found:
                break
            logged += [one.change.id for one in found]
        assert logged == sorted(logged, reverse=True)
        assert len(logged) == 6
    with room.database.reading() as session:
        assert len(list_values(session, Wanted(kpi_id=kpis[0]), "", 50)) == 3
        for bad in ("x", "2026-01-01", "2026-01-01_x", "_1"):
            with pytest.raises(InvalidInput, match="no place"):
                list_values(session, Wanted(), bad, 50)


def test_the_log_is_found_by_circle_kpi_person_and_value(room: Room) -> None:
    first, second = room.kpi(), room.kpi(circle_id=room.circle())
    value = room.enter(first, "2026-01", "1")
    room.change(value, "2", role="manager")
    room.enter(second, "2026-01", "3")
    editor, manager = room.people["editor"].id, room.people["manager"].id

    def found(**wanted: int) -> list[tuple]:
        with room.database.reading() as session:
            listed = list_changes(session, WantedChanges(**wanted), None, 50)
        return [(one.kpi.id, one.change.after, one.user.id, one.file) for one in listed]

    assert found(circle_id=room.circle_id) == [(first, 2, manager, None), (first, 1, editor, None)]
    assert found(kpi_id=second) == [(second, 3, editor, None)]
    assert found(person_id=editor) == [(second, 3, editor, None), (first, 1, editor, None)]
    assert found(value_id=value) == found(kpi_id=first)
    assert found(value_id=value, person_id=editor) == [(first, 1, editor, None)]
