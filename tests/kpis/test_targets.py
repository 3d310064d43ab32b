"""Targets that change from a day on, on databases of every kind."""

from datetime import date
from decimal import Decimal

import pytest

from kpi_room import Room, first_day
from tillsight.accounts.audit import Action, Wanted, entries
from tillsight.accounts.sessions import Origin
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound
from tillsight.kpis.definitions import Target, delete_target, set_target
from tillsight.kpis.listing import get_kpi
from tillsight.kpis.models import BEGINNING, KpiTarget
from tillsight.kpis.spans import end_of
from tillsight.kpis.targets import target_on, targets_of
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import DAY


def aim(room: Room, kpi_id: int, value: str, first: str | None = None, role="manager") -> None:
    """Set a target from now, from a day, or (`always`) for all periods."""
    for_all = first == "always"
    since = None if for_all or first is None else date.fromisoformat(first)
    target = Target(Decimal(value), since, for_all)
    with room.database.writing() as session:
        set_target(session, room.people[role], kpi_id, target, room.today, Origin())


def history(room: Room, kpi_id: int) -> list[tuple[str, int]]:
    with room.database.reading() as session:
        found = targets_of(session, [kpi_id])[kpi_id]
    return [
        ("always" if one.valid_from == BEGINNING else str(one.valid_from), one.value)
        for one in found
    ]


def of_period(room: Room, kpi_id: int, text: str, periodicity=Periodicity.monthly) -> Decimal:
    """The target of a period: the one in force on its last day."""
    with room.database.reading() as session:
        found = targets_of(session, [kpi_id])[kpi_id]
    return target_on(found, end_of(periodicity, first_day(text, periodicity)) - DAY)


def test_without_earlier_values_the_only_target_is_corrected(room: Room) -> None:
    kpi_id = room.kpi("100")
    aim(room, kpi_id, "110")
    room.enter(kpi_id, "2026-11")  # the period it is
    aim(room, kpi_id, "120")
    assert history(room, kpi_id) == [("always", 120)]


def test_with_earlier_values_it_changes_from_the_current_period_on(room: Room) -> None:
    kpi_id = room.kpi("100")
    room.enter(kpi_id, "2026-10")
    aim(room, kpi_id, "110")
    aim(room, kpi_id, "120")
    aim(room, kpi_id, "120")
    assert history(room, kpi_id) == [("always", 100), ("2026-11-01", 120)]
    assert of_period(room, kpi_id, "2026-10") == 100
    assert of_period(room, kpi_id, "2026-11") == of_period(room, kpi_id, "2030-01") == 120
    with room.database.reading() as session:
        assert get_kpi(session, kpi_id, room.today).target == 120
        assert get_kpi(session, kpi_id, date(2026, 10, 31)).target == 100


@pytest.mark.parametrize(
    ("periodicity", "before", "begins"),
    [
        ("daily", "2026-11-21", "2026-11-22"),
        ("weekly", "2026-W46", "2026-11-16"),
        ("monthly", "2026-10", "2026-11-01"),
        ("quarterly", "2026-Q3", "2026-10-01"),
        ("yearly", "2025", "2026-01-01"),
    ],
)
def test_the_current_period_is_that_of_the_kpi(
    room: Room, periodicity: str, before: str, begins: str
) -> None:
    kpi_id = room.kpi(periodicity=Periodicity(periodicity))
    room.enter(kpi_id, before)
    aim(room, kpi_id, "7")
    assert history(room, kpi_id) == [("always", 100), (begins, 7)]


def test_a_target_of_a_day_holds_until_the_next_one(room: Room) -> None:
    kpi_id = room.kpi("100")
    aim(room, kpi_id, "50", "2027-01-01")
    aim(room, kpi_id, "70", "2026-02-28")
    aim(room, kpi_id, "80", "2026-02-28")
    assert history(room, kpi_id) == [("always", 100), ("2026-02-28", 80), ("2027-01-01", 50)]
    # February ends on that day, so it has the new one; December 2026 ends before the last one.
    assert of_period(room, kpi_id, "2026-01") == 100
    assert of_period(room, kpi_id, "2026-02") == 80
    assert of_period(room, kpi_id, "2026-12") == 80
    assert of_period(room, kpi_id, "2027-01") == 50
    assert of_period(room, kpi_id, "2026", Periodicity.yearly) == 80
    aim(room, kpi_id, "90")  # now: a month without one of its own; what comes stays
    assert history(room, kpi_id)[1:] == [("2026-02-28", 80), ("2026-11-01", 90), ("2027-01-01", 50)]
    aim(room, kpi_id, "5", "always")
    assert history(room, kpi_id) == [("always", 5)]


def test_a_target_that_began_in_the_current_period_is_replaced_by_now(room: Room) -> None:
    kpi_id = room.kpi("100")
    aim(room, kpi_id, "110", "2026-11-10")
    aim(room, kpi_id, "120")
    assert history(room, kpi_id) == [("always", 100), ("2026-11-10", 120)]
    assert of_period(room, kpi_id, "2026-11") == 120


def test_a_target_is_taken_out_but_the_first_stays(room: Room) -> None:
    kpi_id, other, manager = room.kpi("100"), room.kpi(), room.people["manager"]
    aim(room, kpi_id, "110", "2026-05-01")
    with room.database.reading() as session:
        first, second = targets_of(session, [kpi_id])[kpi_id]

    def take_out(target: KpiTarget, of: int = kpi_id, person=manager) -> None:
        with room.database.writing() as session:
            delete_target(session, person, of, target.id, Origin())

    with pytest.raises(Conflict, match="stays"):
        take_out(first)
    with pytest.raises(NotFound):
        take_out(second, other)
    with pytest.raises(Forbidden):
        take_out(second, person=room.people["editor"])
    take_out(second)
    with pytest.raises(NotFound):
        take_out(second)
    assert history(room, kpi_id) == [("always", 100)]


def test_who_may_not_define_sets_no_targets(room: Room) -> None:
    kpi_id = room.kpi()
    for role in ("viewer", "editor", "stranger", "other"):
        with pytest.raises(Forbidden):
            aim(room, kpi_id, "1", role=role)
    assert history(room, kpi_id) == [("always", 100)]


def test_a_day_without_periods_is_refused(room: Room) -> None:
    kpi_id = room.kpi()
    for first in ("1899-12-31", "9999-01-01"):
        with pytest.raises(InvalidInput, match="1900 to 9998"):
            aim(room, kpi_id, "1", first)
    aim(room, kpi_id, "1", "1900-01-01")
    assert history(room, kpi_id) == [("always", 1)]


def test_the_audit_log_tells_of_targets(room: Room) -> None:
    kpi_id = room.kpi("100")
    aim(room, kpi_id, "101.5")
    aim(room, kpi_id, "101.50")  # as it is
    aim(room, kpi_id, "2", "2026-05-01")
    aim(room, kpi_id, "-3", "always")
    with room.database.reading() as session:
        found = entries(session, Wanted(action=Action.target_set, text=f"KPI {kpi_id}: "), None, 9)
    assert [dict(one.details) for one in found] == [
        {"target": "-3", "from": "always"},
        {"target": "2", "from": "2026-05-01"},
        {"target": "101.5", "from": "now"},
    ]
