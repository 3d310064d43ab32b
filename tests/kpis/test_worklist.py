"""What people still have to enter: which periods, until when, and who."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update

from api_shop import Api
from promises import circle, day, kpi, person, value
from shop import Shop, temporary_shop
from tillsight.accounts.models import CircleMember, Role, User
from tillsight.kpis.spans import write_period
from tillsight.kpis.words import Periodicity
from tillsight.kpis.worklist import Worklist, worklist

ZURICH = ZoneInfo("Europe/Zurich")


def listed(shop: Shop, user_id: int, today: str, zone: ZoneInfo = ZURICH) -> Worklist:
    with shop.database.reading() as session:
        return worklist(session, user_id, day(today), zone)


def names(shop: Shop, user_id: int) -> list[str]:
    """The KPIs on somebody's list, each of which has one period due."""
    return [one.kpi for one in listed(shop, user_id, "2026-03-05").due]


@pytest.mark.parametrize(
    ("periodicity", "made", "today", "due", "under_way"),
    [
        ("monthly", "2026-01-15", "2026-03-05", ["2026-01", "2026-02"], "2026-03"),
        ("monthly", "2026-01-15", "2026-01-31", [], "2026-01"),
        ("quarterly", "2024-02-29", "2024-07-01", ["2024-Q1", "2024-Q2"], "2024-Q3"),
        ("quarterly", "2020-01-01", "2026-01-01", [f"2025-Q{n}" for n in range(1, 5)], "2026-Q1"),
        ("yearly", "2020-01-01", "2026-06-01", ["2025"], "2026"),
        ("yearly", "2026-01-01", "2026-12-31", [], "2026"),
        ("weekly", "2026-12-20", "2027-01-05", ["2026-W51", "2026-W52", "2026-W53"], "2027-W01"),
        ("daily", "2024-02-28", "2024-03-01", ["2024-02-28", "2024-02-29"], "2024-03-01"),
    ],
)
def test_periods_that_are_over_are_due_and_the_one_under_way_is_offered(
    shop: Shop, periodicity: str, made: str, today: str, due: list[str], under_way: str
) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        at = datetime.fromisoformat(made).replace(hour=12, tzinfo=ZURICH)
        kpi(session, sales, "Revenue", periodicity, created_at=at)
    found = listed(shop, ada, today)
    assert [one.period for one in found.due] == due
    assert [one.period for one in found.under_way] == [under_way]


@pytest.mark.parametrize(
    ("periodicity", "count", "first"),
    [
        ("daily", 31, "2026-02-28"),
        ("weekly", 13, "2026-W01"),
        ("monthly", 12, "2025-03"),
        ("quarterly", 4, "2025-Q1"),
        ("yearly", 1, "2025"),
    ],
)
def test_no_list_is_endless(shop: Shop, periodicity: str, count: int, first: str) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        kpi(session, sales, "Revenue", periodicity)
    found = listed(shop, ada, "2026-03-31").due
    assert (len(found), found[0].period) == (count, first)


def test_a_value_is_due_some_days_after_its_period_and_overdue_the_day_after(shop: Shop) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        february = datetime(2024, 2, 10, tzinfo=UTC)
        kpi(session, sales, "Revenue", created_at=february, due_days=10)
        kpi(session, sales, "At once", created_at=february, due_days=0)
    at_once, later = listed(shop, ada, "2024-03-10").due
    assert (at_once.due_on, at_once.days_late(day("2024-03-10"))) == (day("2024-02-29"), 10)
    assert later.due_on == day("2024-03-10")
    assert [later.days_late(day(one)) for one in ("2024-03-09", "2024-03-10")] == [0, 0]
    assert later.days_late(day("2024-03-11")) == 1


def test_a_kpi_begins_with_the_period_it_was_made_in_by_the_shops_clock(shop: Shop) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        last_of_january_in_utc = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
        kpi(session, sales, "Revenue", created_at=last_of_january_in_utc)
    assert [one.period for one in listed(shop, ada, "2026-03-01").due] == ["2026-02"]
    in_london = listed(shop, ada, "2026-03-01", ZoneInfo("Europe/London")).due
    assert [one.period for one in in_london] == ["2026-01", "2026-02"]


def test_what_has_a_value_is_done_and_zero_is_a_value(shop: Shop) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        revenue = kpi(session, sales, "Revenue", created_at=datetime(2025, 11, 1, tzinfo=UTC))
        value(session, revenue, "2025-12", "0")
        value(session, revenue, "2026-03", "5")
    found = listed(shop, ada, "2026-03-05")
    assert [one.period for one in found.due] == ["2025-11", "2026-01", "2026-02"]
    assert found.under_way == []


def test_the_list_is_by_due_day_then_circle_then_name(shop: Shop) -> None:
    with shop.database.writing() as session:
        store, sales = circle(session, "store"), circle(session, "Sales")
        ada = person(session, "ada", Role.editor, store, sales)
        new = datetime(2026, 1, 5, tzinfo=UTC)
        kpi(session, store, "b", created_at=new)
        kpi(session, store, "A", created_at=new)
        kpi(session, sales, "z", created_at=new)
        kpi(session, sales, "soon", created_at=new, due_days=1)
    found = [
        (one.due_on.isoformat(), one.circle, one.kpi) for one in listed(shop, ada, "2026-02-01").due
    ]
    assert found == [
        ("2026-02-01", "Sales", "soon"),
        ("2026-02-10", "Sales", "z"),
        ("2026-02-10", "store", "A"),
        ("2026-02-10", "store", "b"),
    ]


def test_what_nobody_enters_is_on_no_list(shop: Shop) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        old = circle(session, "Old", archived_at=datetime.now(UTC))
        ada = person(session, "ada", Role.admin, sales, old)
        new = {"created_at": datetime(2026, 2, 1, tzinfo=UTC)}
        kpi(session, sales, "inactive", active=False, **new)
        kpi(session, sales, "archived", archived_at=datetime.now(UTC), **new)
        kpi(session, sales, "computed", measure="net_revenue", **new)
        kpi(session, old, "of an old circle", **new)
        kpi(session, circle(session, "Others"), "of others", **new)
        kpi(session, sales, "typed", **new)
    assert names(shop, ada) == ["typed"]


def test_values_are_entered_by_members_from_the_role_editor_on(shop: Shop) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        kpi(session, sales, "Revenue", created_at=datetime(2026, 2, 1, tzinfo=UTC))
        people = {role: person(session, role, role, sales) for role in Role}
        stranger = person(session, "stranger", Role.admin)
    assert {role: names(shop, number) for role, number in people.items()} == {
        Role.viewer: [],
        Role.editor: ["Revenue"],
        Role.manager: ["Revenue"],
        Role.admin: ["Revenue"],
    }
    assert names(shop, stranger) == []


@pytest.mark.parametrize("gone", ["inactive", "unverified", "viewer", "left", None])
def test_a_kpi_with_an_owner_is_theirs_as_long_as_they_can_enter_it(
    shop: Shop, gone: str | None
) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        bob = person(session, "bob", Role.manager, sales)
        kpi(session, sales, "Hers", owner_id=ada, created_at=datetime(2026, 2, 1, tzinfo=UTC))
        if gone == "left":
            session.delete(session.get_one(CircleMember, (sales, ada)))
        elif gone is not None:
            how = {"inactive": {"is_active": False}, "unverified": {"is_verified": False}}
            change = how.get(gone, {"role": Role.viewer})
            session.execute(update(User).where(User.id == ada).values(**change))
    assert names(shop, bob) == (["Hers"] if gone else [])
    assert names(shop, ada) == ([] if gone else ["Hers"])


@contextmanager
def statements(shop: Shop) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(shop.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(shop.database.engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_grow_with_the_kpis(shop: Shop) -> None:
    counts = []
    for number in range(3):
        with shop.database.writing() as session:
            here = circle(session, f"Circle {number}")
            ada = person(session, f"ada{number}", Role.editor, here)
            for more in range(number * 20):
                value(session, kpi(session, here, f"{number} {more}"), "2026-01")
        with statements(shop) as seen:
            found = listed(shop, ada, "2026-03-05").due
        assert len(found) == number * 20 * 11
        counts.append(len(seen))
    assert counts == [3, 3, 3]


FIRST = {
    "daily": lambda at: at,
    "weekly": lambda at: at - timedelta(days=at.isocalendar().weekday - 1),
    "monthly": lambda at: date(at.year, at.month, 1),
    "quarterly": lambda at: date(at.year, (1, 1, 1, 4, 4, 4, 7, 7, 7, 10, 10, 10)[at.month - 1], 1),
    "yearly": lambda at: date(at.year, 1, 1),
}


def recomputed(
    periodicity: str, made: date, today: date, due_days: int, entered: set[date]
) -> list[tuple[date, date]]:
    """First day and due day of what is over and empty, found by going through the days."""
    try:
        year_ago = today.replace(year=today.year - 1)
    except ValueError:
        year_ago = date(today.year - 1, 2, 28)
    first = FIRST[periodicity]
    oldest = first(max(made, year_ago))
    days = [oldest + timedelta(days=n) for n in range((today - oldest).days)]
    last_days = {first(one): one for one in days if first(one) != first(today)}
    most = 31 if periodicity == "daily" else 13
    return [
        (start, last + timedelta(days=due_days))
        for start, last in sorted(last_days.items())[-most:]
        if start not in entered
    ]


@pytest.fixture(scope="module")
def any_shop() -> Iterator[Shop]:
    with temporary_shop() as shop:
        yield shop


@given(
    periodicity=st.sampled_from(sorted(FIRST)),
    today=st.dates(date(2023, 1, 1), date(2029, 1, 10)),
    age=st.integers(0, 800),
    due_days=st.integers(0, 366),
    entered=st.sets(st.integers(0, 400), max_size=8),
)
def test_the_list_is_what_going_through_the_days_finds(
    any_shop: Shop, periodicity: str, today: date, age: int, due_days: int, entered: set[int]
) -> None:
    made = today - timedelta(days=age)
    starts = {FIRST[periodicity](today - timedelta(days=one)) for one in entered}
    with any_shop.database.reading() as session:  # whose rows are thrown away
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales)
        at = datetime(made.year, made.month, made.day, 12, tzinfo=ZURICH)
        one = kpi(session, sales, "K", periodicity, created_at=at, due_days=due_days)
        for start in starts:
            value(session, one, write_period(Periodicity(periodicity), start))
        found = [(one.start, one.due_on) for one in worklist(session, ada, today, ZURICH).due]
    assert found == recomputed(periodicity, made, today, due_days, starts)


def test_everybody_sees_their_own_list_over_the_api(api: Api) -> None:
    today = datetime.now(UTC).date()  # the shop's clock is UTC
    last_day = today.replace(day=1) - timedelta(days=1)
    api.as_("editor")
    with api.shop.database.writing() as session:
        sales = circle(session, "Sales")
        session.add(CircleMember(circle_id=sales, user_id=1))
        created = datetime(last_day.year, last_day.month, 1, 12, tzinfo=UTC)
        kpi(session, sales, "Revenue", unit="chf", created_at=created, due_days=0)
    listed = api.get("/api/kpis/worklist", "editor")
    assert listed["overdue"] == 1
    [due], [under_way] = listed["due"], listed["under_way"]
    assert due == {
        "kpi_id": 1,
        "kpi": "Revenue",
        "circle_id": sales,
        "circle": "Sales",
        "periodicity": "monthly",
        "unit": "chf",
        "minimum": None,
        "maximum": None,
        "period": f"{last_day:%Y-%m}",
        "due_on": f"{last_day}",
        "overdue": True,
        "days_late": today.day,
    }
    assert (under_way["period"], under_way["overdue"]) == (f"{today:%Y-%m}", False)
    assert api.get("/api/kpis/worklist", "viewer") == {"due": [], "under_way": [], "overdue": 0}
