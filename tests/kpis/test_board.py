"""The board: as many statements whatever the number of KPIs, and never a figure of before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import delete, event, insert, update

from tillsight.accounts.models import Circle, Role, User
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.errors import NotFound
from tillsight.kpis.board import Asked, KeptFigures, Key, KpiEntry, board, course
from tillsight.kpis.models import BEGINNING, Kpi, KpiRestatement, KpiTarget, KpiValue
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Status
from tillsight.metrics.periods import add_months

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 3, 31)
USUAL = {
    "circle_id": 1,
    "description": "",
    "periodicity": Periodicity.monthly,
    "unit": "chf",
    "initial_value": Decimal(0),
    "direction": Direction.increase,
    "aggregation": Aggregation.sum,
    "due_days": 10,
    "active": True,
    "filters": "{}",
    "revision": 1,
    "created_at": NOW,
}


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database of each kind with one circle."""
    opened = Database(url)
    opened.upgrade()
    with opened.writing() as session:
        session.add(Circle(id=1, name="Sales", name_key="sales", created_at=NOW))
    yield opened
    opened.close()


def add(database: Database, numbers: Sequence[int], months: int = 15, **given: object) -> None:
    """KPIs with a target of 1,200 and a value of 100 for each month up to March 2026."""
    starts = [add_months(date(2026, 3, 1), -back) for back in range(months)]
    with database.writing() as session:
        session.execute(
            insert(Kpi),
            [
                USUAL | {"id": one, "name": f"KPI {one}", "name_key": f"kpi {one:05}"} | given
                for one in numbers
            ],
        )
        session.execute(
            insert(KpiTarget),
            [
                {"kpi_id": one, "valid_from": BEGINNING, "value": Decimal(1200), "set_at": NOW}
                for one in numbers
            ],
        )
        rows = [
            {"kpi_id": one, "period_start": start, "value": Decimal(100)}
            | {"comment": "", "version": 1, "created_at": NOW}
            for one in numbers
            for start in starts
        ]
        if rows:
            session.execute(insert(KpiValue), rows)


def enter(database: Database, kpi_id: int, start: date, value: int) -> None:
    """Change a value as the room of values does: the revision grows with it."""
    with database.writing() as session:
        hold(session, kpi_id)
        session.execute(
            update(KpiValue)
            .where(KpiValue.kpi_id == kpi_id, KpiValue.period_start == start)
            .values(value=Decimal(value))
        )


def hold(session, kpi_id: int) -> None:
    session.execute(update(Kpi).where(Kpi.id == kpi_id).values(revision=Kpi.revision + 1))


def looked(database: Database, kept: KeptFigures, as_of: date = DAY) -> list[KpiEntry]:
    with database.reading() as session:
        return board(session, kept, Asked(), as_of)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def worked_out(before: list[KpiEntry], after: list[KpiEntry]) -> list[int]:
    """Numbers of the KPIs whose figures were worked out anew: those that are kept are the same
    objects.
    """
    known = {one.id: one.spark for one in before}
    return [one.id for one in after if one.spark is not known[one.id]]


def test_figures_are_the_same_on_every_database(database: Database) -> None:
    add(database, [1])
    enter(database, 1, date(2026, 2, 1), -25)
    with database.writing() as session:
        session.execute(
            insert(KpiTarget).values(
                kpi_id=1, valid_from=date(2026, 3, 1), value=Decimal("350.5"), set_at=NOW
            )
        )
        session.execute(
            insert(KpiRestatement),
            [
                {"at": NOW, "kpi_id": 1, "period_start": date(2026, 1, 1), "journal_version": 1}
                | {"cause": "import", "settled": settled}
                for settled in (None, "accepted")
            ],
        )
    [found] = looked(database, KeptFigures())
    assert (found.x, found.target_value, found.progress) == (175, 350.5, 49.9287)
    assert (found.pace, found.status) == (2.0249, Status.ahead)
    assert (found.circle, found.owner, found.computed, found.restated) == ("Sales", None, False, 1)
    assert (found.current.period, found.current.value) == ("2026-03", 100)
    assert [(one.period, one.value, one.target) for one in found.spark[-3:]] == [
        ("2026-01", 100, 1200),
        ("2026-02", -25, 1200),
        ("2026-03", 100, 350.5),
    ]
    assert len(found.spark) == 13
    assert found.outlook.history_periods == 15
    [past] = looked(database, KeptFigures(), date(2025, 2, 10))
    assert (past.x, past.current.period, past.target_value) == (200, "2025-02", 1200)
    with database.reading() as session:
        told = course(session, 1, DAY)
        assert [one.x for one in told.series[-3:]] == [100, 75, 175]
        assert {one.name for one in (told, found)} == {"KPI 1"}
        assert len(told.bands) == 9
        with pytest.raises(NotFound):
            course(session, 2, DAY)


def test_as_many_statements_for_one_kpi_as_for_many(database: Database) -> None:
    def count(kept: KeptFigures) -> int:
        with statements(database) as sent:
            looked(database, kept)
        return len([one for one in sent if one.lstrip().upper().startswith("SELECT")])

    add(database, [1], months=7)
    kept = KeptFigures()
    cold, warm = count(kept), count(kept)
    assert (cold, warm) == (5, 2)
    add(database, range(2, 201), months=7)
    enter(database, 1, date(2026, 3, 1), 7)
    many = KeptFigures()
    assert (count(many), count(many)) == (cold, warm)
    enter(database, 77, date(2026, 3, 1), 7)
    assert count(many) == cold
    add(database, range(201, 600), months=1)  # more than are read by their numbers
    assert (count(KeptFigures()), len(looked(database, KeptFigures()))) == (cold, 599)


@pytest.fixture
def lite(settings, open_shop) -> Database:
    """A database where the kind does not matter."""
    settings.home.mkdir(exist_ok=True)
    database = open_shop(settings).database
    with database.writing() as session:
        session.add(Circle(id=1, name="Sales", name_key="sales", created_at=NOW))
    return database


def test_an_edit_works_out_one_kpi_anew_on_every_server(lite: Database) -> None:
    add(lite, range(1, 31))
    servers = [KeptFigures(), KeptFigures()]  # two of them on one database
    before = [looked(lite, kept) for kept in servers]
    enter(lite, 8, date(2026, 3, 1), 500)
    for kept, earlier in zip(servers, before, strict=True):
        now = looked(lite, kept)
        assert worked_out(earlier, now) == [8]
        assert {one.id: one.x for one in now} == dict.fromkeys(range(1, 31), 300) | {8: 700}
        # and what is kept is what would be worked out from nothing
        assert now == looked(lite, KeptFigures())
        assert len(worked_out(now, looked(lite, kept, date(2026, 2, 28)))) == 30
        assert worked_out(now, looked(lite, kept)) == []


def test_a_new_kpi_with_the_number_of_a_deleted_one_is_another(lite: Database) -> None:
    kept = KeptFigures()
    add(lite, [1])
    assert looked(lite, kept)[0].x == 300
    with lite.writing() as session:
        session.execute(delete(Kpi))
    assert looked(lite, kept) == []
    add(lite, [1], months=2, created_at=NOW.replace(hour=1))
    assert looked(lite, kept)[0].x == 200


def test_a_kpi_that_goes_while_the_board_is_read_is_left_out(lite: Database) -> None:
    """Databases may show a later state to the second statement than to the first."""
    add(lite, [1, 2])
    with lite.writing() as session:
        session.execute(delete(KpiTarget).where(KpiTarget.kpi_id == 1))
    assert [one.id for one in looked(lite, KeptFigures())] == [2]


def test_what_is_kept_is_bounded_and_the_least_asked_for_goes(lite: Database) -> None:
    add(lite, [1])
    [entry] = looked(lite, KeptFigures())
    kept = KeptFigures(most=3)
    keys = [Key(DAY, number, NOW, 1, "Sales", None, 0) for number in range(5)]
    kept.keep(dict.fromkeys(keys[:3], entry))
    assert [*kept.find([keys[0]])] == [keys[0]]
    kept.keep({keys[3]: entry})
    assert [*kept.find(keys)] == [keys[0], keys[2], keys[3]]
    kept.keep(dict.fromkeys(keys, entry))
    assert len(kept.find(keys)) == 3


def test_names_of_others_and_restatements_are_told_as_they_are_now(lite: Database) -> None:
    kept = KeptFigures()
    with lite.writing() as session:
        owner = add_user(session, "ada@example.com", "a long enough password", Role.editor).id
    add(lite, [1], owner_id=owner)
    [before] = looked(lite, kept)
    assert (before.circle, before.owner, before.restated) == ("Sales", "ada", 0)
    with lite.writing() as session:
        session.execute(update(Circle).values(name="Shop"))
        session.execute(update(User).values(first_name="Ada"))
        restated = {"at": NOW, "kpi_id": 1, "period_start": DAY.replace(day=1)}
        restated |= {"journal_version": 1, "cause": "import"}
        session.execute(insert(KpiRestatement).values(restated))
    [now] = looked(lite, kept)
    assert now == replace(before, circle="Shop", owner="Ada", restated=1)


def test_many_who_ask_at_once_have_it_worked_out_once(lite: Database) -> None:
    add(lite, range(1, 41))
    kept, together, found = KeptFigures(), Barrier(6), []

    def ask() -> None:
        together.wait()
        found.append(looked(lite, kept))

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [worked_out(found[0], one) for one in found] == [[]] * 6
