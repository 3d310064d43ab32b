"""Following the journal: at once, once, again after whatever went wrong."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from computed_kpis import (
    Team,
    changes_of,
    kept,
    reported,
    require_unbroken_logs,
    restated,
    restatements_of,
    team_of,
)
from mail_server import wait_for
from purchases import enter, purchase
from serving import serving
from shop import HEADER, Shop
from tillsight import jobs
from tillsight.accounts.circles import archive_circle, restore_circle
from tillsight.accounts.sessions import Origin
from tillsight.kpis import follower as follower_module
from tillsight.kpis.changes import Cause
from tillsight.kpis.follower import LEASE, PURCHASES_EVERY, Follower, due_kpis
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiComputation
from tillsight.kpis.values import write
from tillsight.kpis.words import Periodicity, Settled, Why
from tillsight.sales import journal
from tillsight.sales.models import JournalHead
from tillsight.sales.undo import undo
from tillsight.settings import Settings

TODAY = date(2024, 6, 15)
LATE = f"{HEADER}late,p,Pen,1,2024-02-05,1,c,Peru\n"


def sales(months: range = range(1, 7)) -> str:
    return HEADER + "".join(
        f"{month},p,Pen,1,2024-{month:02}-10,{100 * month},c,Peru\n" for month in months
    )


def computation(shop: Shop, kpi_id: int) -> KpiComputation | None:
    with shop.database.reading() as session:
        return session.get(KpiComputation, kpi_id)


def is_due(shop: Shop, today: date = TODAY) -> list[int]:
    with shop.database.reading() as session:
        return [one.kpi_id for one in due_kpis(session, journal.head(session), today)]


@pytest.fixture
def team(shop: Shop) -> Team:
    shop.load_text(sales())
    return team_of(shop)


def test_a_kpi_is_filled_once_it_is_made_and_then_nothing_is_due(team: Team) -> None:
    kpi_id = team.kpi()
    assert is_due(team.shop) == [kpi_id]
    team.follow()
    assert reported(team.shop, kpi_id)["2024-06"] == 600
    assert is_due(team.shop) == []
    noted = computation(team.shop, kpi_id)
    assert (noted.version, noted.day, noted.error) == (1, TODAY, None)
    assert all(one.user_id is one.import_id is None for one in changes_of(team.shop, kpi_id))


def test_where_nothing_changes_the_kpi_is_left_alone(team: Team) -> None:
    kpi_id = team.kpi(filters={"country": ["EIRE"]})
    team.follow()
    with team.shop.database.reading() as session:
        before = session.get_one(Kpi, kpi_id).revision
    team.shop.load_text(LATE)
    team.follow()
    with team.shop.database.reading() as session:
        assert session.get_one(Kpi, kpi_id).revision == before
    assert computation(team.shop, kpi_id).version == 2
    assert is_due(team.shop) == []


def test_periods_begin_as_days_go_by(team: Team) -> None:
    kpi_id = team.kpi(periodicity=Periodicity.daily)
    team.follow("2024-01-31")
    assert max(kept(team.shop, kpi_id)) == date(2024, 1, 31)
    team.follow("2024-02-02")
    assert max(kept(team.shop, kpi_id)) == date(2024, 2, 2)
    assert restatements_of(team.shop, kpi_id) == []


def test_what_is_not_in_use_is_followed_once_it_is_again(team: Team) -> None:
    shop, kpi_id = team.shop, team.kpi()
    team.follow()
    team.change(kpi_id, active=False)
    shop.load_text(LATE)
    team.follow()
    assert restated(shop, kpi_id) == {}
    team.change(kpi_id, active=True)
    with shop.database.writing() as session:
        archive_circle(session, team.person, team.circle_id, Origin())
    team.follow()
    assert restated(shop, kpi_id) == {}
    with shop.database.writing() as session:
        restore_circle(session, team.person, team.circle_id, Origin())
    team.follow()
    assert restated(shop, kpi_id) == {"2024-02": 201}


def test_single_purchases_are_followed_from_time_to_time_and_imports_at_once(team: Team) -> None:
    shop, kpi_id = team.shop, team.kpi()
    team.follow()
    enter(shop, purchase("1", when="2024-06-12"))
    team.follow()
    assert reported(shop, kpi_id)["2024-06"] == 601, "the first at once"
    enter(shop, purchase("2", when="2024-06-12"))
    team.follow()
    assert reported(shop, kpi_id)["2024-06"] == 601
    other = team.kpi(name="made meanwhile")
    team.follow()
    assert reported(shop, other)["2024-06"] == 603
    assert reported(shop, kpi_id)["2024-06"] == 601
    team.follower._purchases_at -= PURCHASES_EVERY
    team.follow()
    assert reported(shop, kpi_id)["2024-06"] == 603
    enter(shop, purchase("3", when="2024-06-12"))
    shop.load_text(LATE)
    team.follow()
    assert (reported(shop, kpi_id)["2024-06"], restated(shop, kpi_id)) == (606, {"2024-02": 201})


def test_it_is_left_to_whoever_holds_the_lease(team: Team) -> None:
    kpi_id = team.kpi()
    assert jobs.lease(team.shop.database, LEASE, timedelta(hours=1), "another server")
    team.follow()
    assert kept(team.shop, kpi_id) == {}
    assert jobs.lease(team.shop.database, LEASE, timedelta(seconds=-1), "another server")
    team.follow()
    assert len(kept(team.shop, kpi_id)) == 6


def test_a_server_that_died_halfway_is_followed_by_another(team: Team) -> None:
    """A KPI of many days is written in parts."""
    shop = team.shop
    shop.load_text(f"{HEADER}old,p,Pen,1,2023-01-01,1,c,Peru\n")
    shop.warehouse.catch_up(wait=60)
    kpi_id = team.kpi(periodicity=Periodicity.daily)
    with shop.database.reading() as session:
        head = journal.head(session)
        [due] = due_kpis(session, head, TODAY)
    computed = team.follower._computed(due, head, TODAY)
    first = sorted(computed.values)[: follower_module.TOGETHER]
    assert follower_module._write(shop.database, computed, first)
    assert len(kept(shop, kpi_id)) == follower_module.TOGETHER
    assert computation(shop, kpi_id) is None
    shop.load_text(f"{HEADER}new,p,Pen,1,2023-01-02,5,c,Peru\n")
    team.follow()
    assert len(kept(shop, kpi_id)) == len(changes_of(shop, kpi_id)) == 527
    # Nobody knows what the first part was before: it is the definition that was not done with.
    assert [one.cause for one in restatements_of(shop, kpi_id)] == ["definition"]
    require_unbroken_logs(shop, kpi_id)


def test_one_that_cannot_be_computed_tells_why_and_stops_no_other(team: Team) -> None:
    shop, gone, other = team.shop, team.kpi(), team.kpi(name="other")
    team.follow()
    with shop.database.writing() as session:
        session.execute(update(Kpi).where(Kpi.id == gone).values(measure="net_turnover"))
    shop.load_text(LATE)
    team.follow()
    assert "There is no measure “net_turnover”" in computation(shop, gone).error
    assert restated(shop, other) == {"2024-02": 201}
    assert len(kept(shop, gone)) == 6, "the values of before stay"
    assert is_due(shop) == [], "it is not tried again until something changes"
    team.change(gone, measure="net_revenue")
    team.follow()
    assert computation(shop, gone).error is None
    assert restated(shop, gone) == {"2024-02": 201}


@pytest.mark.parametrize("change", [{"journal": str(uuid4())}, {"version": 99}])
def test_another_journal_or_one_that_is_behind_is_followed_anew(
    team: Team, change: dict[str, object]
) -> None:
    shop, kpi_id = team.shop, team.kpi()
    team.follow()
    with shop.database.writing() as session:
        session.execute(update(KpiComputation).values(**change))
    assert is_due(shop) == [kpi_id]
    team.follow()
    with shop.database.reading() as session:
        head = session.scalars(select(JournalHead)).one()
    noted = computation(shop, kpi_id)
    assert (noted.journal, noted.version) == (head.journal, 1)
    assert len(changes_of(shop, kpi_id)) == 6


def test_what_was_typed_before_stays_where_the_sales_say_nothing(team: Team) -> None:
    shop, kpi_id = team.shop, team.kpi(measure=None)
    kpi = {"2023-12": 7, "2024-01": 90, "2024-06": 5}
    with shop.database.writing() as session:
        held = hold_one(session, kpi_id)
        for month, value in kpi.items():
            write_typed(session, held, month, value, team.person.id)
    team.change(kpi_id, measure="net_revenue")
    team.follow()
    assert reported(shop, kpi_id)["2023-12"] == 7
    assert (reported(shop, kpi_id)["2024-01"], reported(shop, kpi_id)["2024-06"]) == (90, 600)
    assert restated(shop, kpi_id) == {"2024-01": 100}
    team.accept(kpi_id)
    undo(shop.database, 1, None)
    team.follow()
    assert restated(shop, kpi_id) == dict.fromkeys(
        ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]
    )
    assert reported(shop, kpi_id)["2023-12"] == 7
    require_unbroken_logs(shop, kpi_id)


def write_typed(session, kpi: Kpi, month: str, value: int, person_id: int) -> None:
    start = date.fromisoformat(f"{month}-01")
    write(session, kpi, start, Decimal(value), "", Cause(Why.typed, person_id))


def test_a_warehouse_that_is_behind_only_delays_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "LAID_OUT_WITHIN", 0.05)
    shop, kpi_id = team.shop, team.kpi()
    shop.warehouse.catch_up(wait=60)
    with shop.database.writing() as session:
        journal.next_versions(session, 1)  # an entry that is still to come
    team.follower.follow(TODAY)
    assert kept(shop, kpi_id) == {}
    assert is_due(shop) == [kpi_id]
    shop.load_text(LATE)
    team.follow()
    assert reported(shop, kpi_id)["2024-02"] == 201


def test_the_thread_goes_on_once_the_database_is_back(team: Team) -> None:
    shop, kpi_id = team.shop, team.kpi()
    shop.warehouse.catch_up(wait=60)
    rename(shop, "kpi_computations", "away")
    following = Follower(shop.database, shop.warehouse, "UTC", 0.05)
    following.start()
    time.sleep(0.3)
    assert following._thread.is_alive()
    rename(shop, "away", "kpi_computations")
    wait_for(lambda: len(kept(shop, kpi_id)) == 6)
    following.stop()
    assert not following._thread.is_alive()


def rename(shop: Shop, before: str, after: str) -> None:
    with shop.database.writing() as session:
        session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


def test_two_servers_write_once(
    url: str, settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    settings = settings.model_copy(update={"database_url": url})
    here, there = open_shop(settings), open_shop(settings)
    team = team_of(here)
    kpi_id = team.kpi()
    followers = [Follower(one.database, one.warehouse, "UTC") for one in (here, there)]

    def follow_both() -> None:
        ready = Barrier(2)

        def follow(one: Follower) -> None:
            ready.wait()
            one.follow(TODAY)

        for one in (here, there):
            one.warehouse.catch_up(wait=60)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(follow, followers))

    here.load_text(sales())
    follow_both()
    assert reported(here, kpi_id) == {f"2024-0{month}": 100 * month for month in range(1, 7)}
    assert len(changes_of(here, kpi_id)) == 6
    late = there.load_text(LATE).loaded.id
    follow_both()
    follow_both()
    [one] = restatements_of(here, kpi_id)
    assert (one.reported, one.restated, one.import_id, one.settled) == (200, 201, late, None)
    undo(here.database, late, None)
    follow_both()
    assert [one.settled for one in restatements_of(here, kpi_id)] == [Settled.taken_back] * 2
    here.load_text(f"{HEADER}other,p,Pen,1,2024-03-05,0.0001,c,Peru\n")
    here.load_text(f"{HEADER}more,p,Pen,1,2024-04-05,3,c,Peru\n")
    follow_both()
    team.accept(kpi_id)
    assert (reported(here, kpi_id)["2024-04"], restated(here, kpi_id)) == (403, {})
    require_unbroken_logs(here, kpi_id)
    assert is_due(here) == []


def test_a_server_follows_by_itself(tmp_path) -> None:
    """Load, look; a late import, look; undo it, look: the log tells all of it."""
    last_year = datetime.now(UTC).year - 1
    with serving(tmp_path / "home") as server, server.client() as client:

        def upload(order: int, amount: int) -> int:
            rows = f"{HEADER}{order},p,Pen,1,{last_year}-03-{order:02},{amount},c,Peru\n"
            return client.post("/api/imports", files={"file": ("a.csv", rows)}).json()["id"]

        def value() -> dict:
            found = client.get("/api/kpis/1/values").json()["values"]
            return found[0] if found else {"value": None, "restated": None}

        upload(1, 100)
        assert client.post("/api/circles", json={"name": "Sales"}).status_code == 201
        kpi = {"name": "Turnover", "circle_id": 1, "periodicity": "monthly", "unit": "chf"}
        kpi |= {"target_value": 1, "measure": "net_revenue", "filters": {"country": ["Peru"]}}
        assert client.post("/api/kpis", json=kpi).status_code == 201
        wait_for(lambda: value()["value"] == 100, 60)
        late = upload(2, 30)
        wait_for(lambda: value()["restated"] == 130, 60)
        assert client.delete(f"/api/imports/{late}").is_success
        wait_for(lambda: value()["restated"] is None, 60)
        told = client.get("/api/kpis/1/restatements").json()["restatements"]
        assert [(one["cause"], one["restated"], one["settled"]) for one in told] == [
            ("undo", 100, "taken_back"),
            ("import", 130, "taken_back"),
        ]
        assert {one["import_id"] for one in told} == {late}
        [change] = client.get("/api/kpi-changes").json()["changes"]
        assert (change["after"], change["why"]) == (100, "recomputed")
