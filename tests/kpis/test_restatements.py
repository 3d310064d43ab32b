"""What becomes of reported values when the sales of their periods change."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from computed_kpis import (
    Team,
    by_definition,
    changes_of,
    kept,
    reported,
    require_unbroken_logs,
    restated,
    restatements_of,
    team_of,
)
from meaning import text_of
from purchases import enter, purchase, somebody
from random_lines import FIRST, Line, lines
from shop import HEADER, Shop, temporary_shop
from tillsight.accounts.models import Role
from tillsight.errors import Conflict, Forbidden, NotFound
from tillsight.kpis.restatements import NothingRestated, accept
from tillsight.kpis.values import NotActive
from tillsight.kpis.words import Activity, Periodicity, Reason, Settled, Why
from tillsight.sales.choices import Overlap
from tillsight.sales.purchases import undo_purchase
from tillsight.sales.undo import redo, undo

YEAR = HEADER + "".join(
    f"{month},p,Pen,1,2024-{month:02}-10,{100 * month},c,Peru\n" for month in range(1, 7)
)


def sale(order: str, day: str, amount: int) -> str:
    return f"{HEADER}{order},p,Pen,1,{day},{amount},c,Peru\n"


@pytest.fixture
def team(shop: Shop) -> Team:
    return team_of(shop)


@pytest.fixture
def told(team: Team) -> int:
    """A KPI of the net revenue by month, whose first six months of 2024 are known in June."""
    team.shop.load_text(YEAR)
    kpi_id = team.kpi()
    team.follow()
    return kpi_id


def story(shop: Shop, kpi_id: int) -> list[tuple]:
    """The restatements of a KPI in words."""
    return [
        (
            f"{one.period_start:%Y-%m}",
            one.reported and float(one.reported),
            one.restated and float(one.restated),
            one.cause,
            one.import_id,
            one.settled,
        )
        for one in restatements_of(shop, kpi_id)
    ]


def test_a_closed_month_a_late_import_and_its_undo(team: Team, told: int) -> None:
    shop = team.shop
    assert reported(shop, told) == {f"2024-0{month}": 100 * month for month in range(1, 7)}
    late = shop.load_text(sale("late", "2024-03-31", 50)).loaded.id
    team.follow()
    assert reported(shop, told)["2024-03"] == 300, "what was reported stays"
    assert restated(shop, told) == {"2024-03": 350}
    assert story(shop, told) == [("2024-03", 300, 350, Reason.imported, late, None)]
    undo(shop.database, late, None)
    team.follow()
    assert restated(shop, told) == {}
    assert story(shop, told) == [
        ("2024-03", 300, 350, Reason.imported, late, Settled.taken_back),
        ("2024-03", 300, 300, Reason.undo, late, Settled.taken_back),
    ]
    redo(shop.database, late, None)
    team.follow()
    assert story(shop, told)[2:] == [("2024-03", 300, 350, Reason.redo, late, None)]
    assert restatements_of(shop, told)[2].journal_version == 4
    require_unbroken_logs(shop, told)


def test_an_open_month_follows_in_place_and_the_log_names_the_import(team: Team, told: int) -> None:
    shop = team.shop
    more = shop.load_text(sale("more", "2024-06-14", 50)).loaded.id
    team.follow()
    assert reported(shop, told)["2024-06"] == 650
    assert story(shop, told) == []
    last = changes_of(shop, told)[-1]
    assert (last.before, last.after, last.why) == (600, 650, Why.recomputed)
    assert (last.import_id, last.user_id, last.activity) == (more, None, Activity.updated)
    assert kept(shop, told)[date(2024, 6, 1)].version == 2


def test_a_later_change_takes_the_place_of_the_one_before(team: Team, told: int) -> None:
    shop = team.shop
    first = shop.load_text(sale("a", "2024-02-05", 1)).loaded.id
    team.follow()
    second = shop.load_text(sale("b", "2024-02-06", 2)).loaded.id
    team.follow()
    assert restated(shop, told) == {"2024-02": 203}
    assert story(shop, told) == [
        ("2024-02", 200, 201, Reason.imported, first, Settled.replaced),
        ("2024-02", 200, 203, Reason.imported, second, None),
    ]
    undo(shop.database, second, None)
    undo(shop.database, first, None)
    team.follow()
    assert story(shop, told)[1:] == [
        ("2024-02", 200, 203, Reason.imported, second, Settled.taken_back),
        ("2024-02", 200, 200, Reason.undo, first, Settled.taken_back),
    ]


def test_a_value_whose_sales_are_all_undone_is_restated_to_nothing(team: Team) -> None:
    shop = team.shop
    shop.load_text(sale("first", "2024-01-10", 10))
    gone = shop.load_text(sale("later", "2024-03-10", 30)).loaded.id
    kpi_id = team.kpi()
    team.follow()
    undo(shop.database, gone, None)
    team.follow()
    assert reported(shop, kpi_id) == {"2024-01": 10, "2024-02": 0, "2024-03": 30}
    assert restated(shop, kpi_id) == {"2024-02": None, "2024-03": None}
    assert story(shop, kpi_id)[1] == ("2024-03", 30, None, Reason.undo, gone, None)
    team.accept(kpi_id, "2024-03")
    assert reported(shop, kpi_id) == {"2024-01": 10, "2024-02": 0}
    last = changes_of(shop, kpi_id)[-1]
    assert (last.activity, last.before, last.after) == (Activity.deleted, 30, None)
    redo(shop.database, gone, None)
    team.follow()
    assert reported(shop, kpi_id) == {"2024-01": 10, "2024-02": 0, "2024-03": 30}
    assert restated(shop, kpi_id) == {}
    require_unbroken_logs(shop, kpi_id)


def test_an_open_period_whose_sales_are_gone_has_no_value(team: Team) -> None:
    shop = team.shop
    gone = shop.load_text(sale("now", "2024-06-10", 30)).loaded.id
    kpi_id = team.kpi()
    team.follow()
    undo(shop.database, gone, None)
    team.follow()
    assert reported(shop, kpi_id) == {}
    assert [one.activity for one in changes_of(shop, kpi_id)] == ["created", "deleted"]
    assert story(shop, kpi_id) == []


def test_a_period_that_is_over_by_now_is_closed(team: Team, told: int) -> None:
    shop = team.shop
    more = shop.load_text(sale("more", "2024-06-30", 50)).loaded.id
    team.follow("2024-07-01")
    assert story(shop, told) == [("2024-06", 600, 650, Reason.imported, more, None)]


def test_the_first_value_of_a_closed_period_is_created(team: Team, told: int) -> None:
    shop = team.shop
    earlier = shop.load_text(sale("early", "2023-11-05", 5)).loaded.id
    team.follow()
    assert reported(shop, told)["2023-11"] == 5
    assert reported(shop, told)["2023-12"] == 0
    assert story(shop, told) == []
    assert changes_of(shop, told)[-1].import_id == earlier


def test_a_purchase_is_a_cause_without_an_import(team: Team, told: int) -> None:
    shop = team.shop
    [entered] = enter(shop, purchase("7", when="2024-05-31"))
    team.follow()
    assert story(shop, told) == [("2024-05", 500, 507, Reason.purchase, None, None)]
    undo_purchase(shop.database, entered.purchase_id, None)
    team.follower._purchases_at = -60
    team.follow()
    assert story(shop, told)[1][3:] == (Reason.purchase_undo, None, Settled.taken_back)


def test_orders_that_take_the_place_of_others_change_their_months_too(
    team: Team, told: int
) -> None:
    """Order 2 was of February; it is said again, as one of April."""
    shop = team.shop
    file = shop.load_text(sale("2", "2024-04-20", 40), overlap=Overlap.supersede).loaded.id
    team.follow()
    assert restated(shop, told) == {"2024-02": 0, "2024-04": 440}
    assert {(one[0], one[4]) for one in story(shop, told)} == {("2024-02", file), ("2024-04", file)}


def test_accepting_makes_it_the_reported_value(team: Team, told: int) -> None:
    shop = team.shop
    late = shop.load_text(sale("a", "2024-02-05", 1)).loaded.id
    team.follow()
    other = shop.load_text(sale("b", "2024-03-05", 2)).loaded.id
    team.follow()
    team.accept(told, "2024-02")
    assert (reported(shop, told)["2024-02"], restated(shop, told)) == (201, {"2024-03": 302})
    last = changes_of(shop, told)[-1]
    assert (last.before, last.after, last.why) == (200, 201, Why.accepted)
    assert (last.user_id, last.import_id) == (team.person.id, late)
    assert kept(shop, told)[date(2024, 2, 1)].version == 2
    settled = restatements_of(shop, told)[0]
    assert (settled.settled, settled.settled_by) == (Settled.accepted, team.person.id)
    team.accept(told)
    assert (reported(shop, told)["2024-03"], restated(shop, told)) == (302, {})
    assert changes_of(shop, told)[-1].import_id == other
    team.follow()
    undo(shop.database, late, None)
    team.follow()
    assert story(shop, told)[-1] == ("2024-02", 201, 200, Reason.undo, late, None)
    require_unbroken_logs(shop, told)


def test_what_cannot_be_accepted_is_refused(team: Team, told: int) -> None:
    shop = team.shop
    with pytest.raises(NothingRestated, match="2024-02"):
        team.accept(told, "2024-02")
    with pytest.raises(NothingRestated):
        team.accept(told)
    shop.load_text(sale("a", "2024-02-05", 1))
    team.follow()
    seen = restatements_of(shop, told)[-1].id
    shop.load_text(sale("b", "2024-02-06", 1))
    team.follow()
    with pytest.raises(Conflict, match="changed again since you looked"):
        team.accept(told, newest=seen)
    with pytest.raises(NotFound):
        team.accept(told + 1)
    for stranger in (Role.editor, Role.manager):
        with pytest.raises(Forbidden), shop.database.writing() as session:
            accept(session, somebody(0, stranger), told)
    team.change(told, active=False)
    with pytest.raises(NotActive):
        team.accept(told)
    assert restated(shop, told) == {"2024-02": 202}
    team.change(told, active=True)
    team.accept(told, newest=seen + 1)
    assert restated(shop, told) == {}


def test_another_definition_is_a_cause_of_its_own(team: Team, told: int) -> None:
    shop = team.shop
    team.change(told, filters={"country": ["EIRE"]})
    team.follow()
    assert restated(shop, told) == {f"2024-0{month}": 0 for month in range(1, 6)}
    assert reported(shop, told)["2024-06"] == 0, "the month that goes on follows in place"
    assert {one[3] for one in story(shop, told)} == {Reason.definition}
    team.change(told, filters={})
    team.follow()
    assert restated(shop, told) == {}
    assert {one[5] for one in story(shop, told)} == {Settled.taken_back}
    require_unbroken_logs(shop, told)


def test_a_kpi_that_is_not_computed_any_more_keeps_what_was_reported(team: Team, told: int) -> None:
    shop = team.shop
    shop.load_text(sale("a", "2024-02-05", 1))
    team.follow()
    team.change(told, measure=None, filters={})
    team.follow()
    assert (reported(shop, told)["2024-02"], restated(shop, told)) == (200, {})
    assert story(shop, told)[0][5] is Settled.dropped
    shop.load_text(sale("b", "2024-06-05", 1))
    team.follow()
    assert reported(shop, told)["2024-06"] == 600


Step = tuple[str, object]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("load"), lines),
        st.tuples(st.sampled_from(["turn", "turn", "days", "accept"]), st.integers(0, 9)),
    ),
    min_size=2,
    max_size=6,
)
BOUND = [
    ("net_revenue", Periodicity.monthly, {}),
    ("orders", Periodicity.daily, {"country": ["EIRE"]}),
    ("average_order_value", Periodicity.weekly, {}),
    ("new_customers", Periodicity.weekly, {"customer": ["c1", "c2"]}),
    ("return_rate", Periodicity.quarterly, {}),
]


@hypothesis_settings(max_examples=5)
@given(steps, st.lists(lines, min_size=1, max_size=1))
def test_values_follow_whatever_happens(steps: list[Step], first: list[list[Line]]) -> None:
    """Imports, undos and redos in any order, while days go by and managers accept."""
    with temporary_shop() as shop:
        team = team_of(shop)
        numbers = [team.kpi(*one[:2], filters=one[2]) for one in BOUND]
        loaded: dict[int, list[Line]] = {}
        counting: set[int] = set()
        texts: set[str] = set()
        today = FIRST + timedelta(days=15)
        for what, how in [("load", first[0]), *steps]:
            if what == "load" and text_of(how) not in texts:
                texts.add(text_of(how))
                number = shop.load_text(text_of(how)).loaded.id
                loaded[number] = how
                counting.add(number)
            elif what == "turn":
                number = [*loaded][how % len(loaded)]
                (undo if number in counting else redo)(shop.database, number, None)
                counting ^= {number}
            elif what == "days":
                today += timedelta(days=how)
            elif what == "accept":
                kpi_id = numbers[how % len(numbers)]
                before = {start: row.restated for start, row in kept(shop, kpi_id).items()}
                try:
                    team.accept(kpi_id)
                except NothingRestated:
                    assert set(before.values()) <= {None}
            closed = {
                number: closed_values(shop, number, place, today)
                for place, number in enumerate(numbers)
            }
            team.follow(today)
            sold = [line for number in sorted(counting) for line in loaded[number]]
            for place, number in enumerate(numbers):
                require_followed(shop, number, place, sold, today)
                require_unbroken_logs(shop, number)
                if what != "accept":
                    values = {start: row.value for start, row in kept(shop, number).items()}
                    assert closed[number].items() <= values.items(), "reported values stay"


def closed_values(shop: Shop, kpi_id: int, place: int, today: date) -> dict:
    lengths = {Periodicity.daily: 1, Periodicity.weekly: 7, Periodicity.monthly: 31}
    days = lengths.get(BOUND[place][1], 92)
    return {
        start: row.value
        for start, row in kept(shop, kpi_id).items()
        if start + timedelta(days=days) <= today
    }


def require_followed(shop: Shop, kpi_id: int, place: int, sold: list[Line], today: date) -> None:
    measure, periodicity, filters = BOUND[place]
    wanted = by_definition(sold, measure, periodicity, filters)
    now = {
        start: row.value if row.restated_at is None else row.restated
        for start, row in kept(shop, kpi_id).items()
    }
    assert {start: value for start, value in now.items() if value is not None} == {
        start: value for start, value in wanted.items() if start <= today
    }
