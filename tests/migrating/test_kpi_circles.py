"""Moving from kpi-circles: real databases of it, read, moved, and moved again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, func, insert, make_url, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from starlette.testclient import TestClient

from api_shop import PASSWORD, Api
from older_circles import (
    GRACE,
    REVENUE,
    SALES,
    YEAR,
    at,
    change_logs,
    fill,
    kpi_values,
    user_circle,
    users,
)
from serving import tillsight
from shop import Shop
from tillsight.accounts.audit import TERMINAL, Action, Wanted, entries
from tillsight.accounts.circles import create_circle, remove_member
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Person
from tillsight.accounts.users import add_user, find_user
from tillsight.api.app import create_api
from tillsight.database import Base, Database
from tillsight.demo_kpis import person_of
from tillsight.errors import Conflict, SetupError
from tillsight.jobs import Job
from tillsight.kpis.definitions import create_kpi
from tillsight.kpis.models import Kpi
from tillsight.kpis.terms import Definition
from tillsight.kpis.values import Edit, New, Written, change_value, delete_value, enter_value
from tillsight.kpis.words import Periodicity
from tillsight.migrating.kpi_circles import BUSY, SCHEMA, move
from tillsight.migrating.moving import Outcome, rehearsing
from tillsight.migrating.older import CHUNK, REFUSES, Schema, older_database
from tillsight.server import Doorkeeper
from tillsight.settings import Settings, load_settings
from tillsight.warehouse import Warehouse

NUMBERS = Schema("till", {"numbers": ("id", "name"), "pairs": ("one", "other")}, {"pairs": 2})
WAYS = [("postgres", "sqlite"), ("mariadb", "postgres")]
FIRST = {
    "People": (7, 4, 1, [5, 8]),
    "Circles": (3, 1, 1, [3]),
    "Members of circles": (6, 4, 0, ["person 1, circle 3", "person 5, circle 1"]),
    "KPIs": (7, 3, 1, [15, 16, 17]),
    "KPI values": (15, 4, 1, [103, 104, 105, 106, 107, 109, 110, 112, 114, 115]),
    "Change log": (10, 4, 0, [4, 6, 7, 8, 9, 10]),
}
AGAIN = {
    "People": (8, 1, 5, [5, 8]),
    "Circles": (3, 0, 2, [3]),
    "Members of circles": (7, 1, 4, ["person 1, circle 3", "person 5, circle 1"]),
    "KPIs": (7, 0, 4, [15, 16, 17]),
    "KPI values": (16, 1, 4, [101, 103, 104, 105, 106, 107, 109, 110, 112, 114, 115]),
    "Change log": (12, 1, 4, [4, 6, 7, 8, 9, 10, 12]),
}


@dataclass
class Move:
    """The older database, as its operator has its address, and the shop that people move to."""

    address: str
    older: Engine
    api: Api

    @property
    def shop(self) -> Shop:
        return self.api.shop

    def move(self) -> Outcome:
        with older_database(self.address, SCHEMA) as older:
            database = self.shop.database
            return move(self.shop.settings, database, database.writing, older, "kpi-circles")

    def rehearse(self) -> Outcome:
        with older_database(self.address, SCHEMA) as older:
            database = self.shop.database
            opening = partial(rehearsing, database)
            return move(self.shop.settings, database, opening, older, "kpi-circles")

    def admin(self) -> Person:
        self.api.as_("admin")
        with self.shop.database.reading() as session:
            found = find_user(session, "admin@example.com")
            assert found is not None
            return person_of(found)

    def rows(self) -> dict[str, int]:
        """How many rows each of our tables has."""
        with self.shop.database.reading() as session:
            return {
                name: session.scalar(select(func.count()).select_from(table)) or 0
                for name, table in Base.metadata.tables.items()
            }


def older_on(make: Callable[[str], str]) -> tuple[str, Engine]:
    """A filled older database: its address as that product has it, and an engine."""
    url = make(f"o{uuid4().hex[:12]}")
    engine = create_engine(url)
    fill(engine)
    return url.replace("+psycopg", "").replace("+pymysql", "+mysqlconnector"), engine


def shop_with(settings: Settings) -> Iterator[Api]:
    database = Database(settings.resolved_database_url)
    database.upgrade()
    warehouse = Warehouse(settings.home, database)
    app = Doorkeeper(create_api(settings, database, warehouse), settings, database)
    with TestClient(app) as client:
        yield Api(Shop(settings, database, warehouse), client)
    warehouse.close()
    database.close()


@pytest.fixture(params=WAYS, ids=" to ".join)
def moving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Move]:
    """Before the first move; some of what is to be moved is in the shop already."""
    there, here = request.param
    address, engine = older_on(request.getfixturevalue(there))
    url = "" if here == "sqlite" else request.getfixturevalue(here)(f"n{uuid4().hex[:12]}")
    settings = load_settings(home=tmp_path, compat="kpi-circles", database_url=url)
    for api in shop_with(settings):
        made = Move(address, engine, api)
        _fill_shop(made)
        yield made
    engine.dispose()


def _fill_shop(made: Move) -> None:
    boss, database = made.admin(), made.shop.database
    with database.writing() as session:
        add_user(session, "vera@example.com", PASSWORD, Role.viewer)
        circle = create_circle(session, boss, "Marketing", TERMINAL)
        visitors = Definition("visitors", circle, Periodicity.monthly, "amount")
        kpi = create_kpi(session, boss, visitors, Decimal(5), TERMINAL)
    for month, value in ((1, 10), (2, 21)):
        with database.writing() as session:
            new = New(kpi, Written(year=YEAR, month=month), Decimal(value))
            enter_value(session, boss, new, date(YEAR + 1, 1, 1))


def told(outcome: Outcome) -> dict[str, tuple[int, int, int, list[int | str]]]:
    return {
        one.what: (one.found, one.added, one.there, sorted(row.older_id for row in one.left_out))
        for one in outcome.counts
    }


def test_everything_is_moved_once_and_read_through_every_door(moving: Move) -> None:
    before = moving.rows()
    assert told(moving.rehearse()) == FIRST
    assert moving.rows() == before
    outcome = moving.move()
    assert told(outcome) == FIRST
    _reasons(outcome)
    _people(moving, outcome)
    _kpis_and_values(moving)
    _through_the_contract(moving, outcome)
    _once_more(moving)


def _reasons(outcome: Outcome) -> None:
    reasons = {row.older_id: row.reason for one in outcome.counts for row in one.left_out}
    assert reasons[5] == "“nobody” is not an e-mail address such as name@example.com."
    assert reasons[16] == (
        "There is another KPI “Revenue” here, which was moved from there too. Rename one of them."
    )
    assert reasons[17] == "“EUR” is no unit; known are chf, percentage, %, amount, score."
    said = [reasons[number] for number in (103, 104, 105, 106, 107, 109, 110, 112, 114, 115)]
    months = "its month is any of 1 to 12"
    years, quarters = "and its year 1900 to 9998.", "its month is 3 or 6 or 9 or 12"
    assert said == [
        f"Year {YEAR}, month 13 is no period of a monthly KPI: {months}, {years}",
        "Its period has no year or no month.",
        "The value is not a number.",
        "Value 102 is of the same KPI and period.",
        "9000-01 has not begun. Enter its value once it has.",
        f"Year {YEAR}, month 2 is no period of a quarterly KPI: {quarters}, {years}",
        "120 is no value of “Share”: it has to be from 0 to 100.",
        "Its KPI 15 was not moved, or was deleted here.",
        "Another value is here for its KPI and period: 21. That one stays.",
        "Its KPI 9999 was not moved, or was deleted here.",
    ]


def _people(moving: Move, outcome: Outcome) -> None:
    found = {one["email"]: one for one in moving.api.get("/api/users", "admin")["users"]}
    fields = ("username", "full_name", "role", "is_active", "is_verified")
    assert {email: tuple(one[name] for name in fields) for email, one in found.items()} == {
        "admin@example.com": ("admin", None, "admin", True, True),
        "vera@example.com": ("vera", None, "viewer", True, True),
        "grace@example.com": ("ghopper", "Grace Hopper", "manager", True, False),
        "edda@example.com": ("edda", "Edda Maria Lind", "editor", True, False),
        "ida@example.com": ("ida", "Ida Off", "editor", False, False),
        "uma@example.com": ("uma", "Uma", "editor", True, False),
    }
    invited = ["grace@example.com", "edda@example.com", "uma@example.com"]
    assert [one.name for one in outcome.invitations] == invited
    assert outcome.invited == len(invited)
    circles = moving.api.get("/api/circles")["circles"]
    assert {one["name"]: sorted(who["name"] for who in one["members"]) for one in circles} == {
        "Marketing": ["Ida Off", "admin", "vera"],
        "Sales": ["Edda Maria Lind", "Grace Hopper"],
    }
    with moving.shop.database.reading() as session:
        [told] = entries(session, Wanted(action=Action.migrated), None, 10)
    assert (told.actor, told.subject) == ("terminal", "kpi-circles")
    assert told.details["added"] == (
        "People 4, Circles 1, Members of circles 4, KPIs 3, KPI values 4, Change log 4"
    )


def _kpis_and_values(moving: Move) -> None:
    found = {one["name"]: one for one in moving.api.get("/api/kpis")["kpis"]}
    fields = ("periodicity", "unit", "aggregation", "direction", "initial_value", "target_value")
    assert {name: tuple(one[field] for field in fields) for name, one in found.items()} == {
        "Mood": ("quarterly", "score", "last", "increase", 0, 9),
        "Revenue": ("monthly", "chf", "sum", "increase", 10.5, 1200.25),
        "Share": ("yearly", "percentage", "last", "increase", 5, 33.3333),
        "visitors": ("monthly", "amount", "sum", "increase", 0, 5),
    }
    assert {name: one["active"] for name, one in found.items()} == {
        "Mood": False,
        "Revenue": True,
        "Share": True,
        "visitors": True,
    }
    with moving.shop.database.reading() as session:
        began = dict(session.execute(select(Kpi.name, Kpi.created_at)).all())
    assert began["Share"] == at(6, month=1).replace(tzinfo=UTC)
    values = moving.api.get("/api/kpi-values", kpi=found["Share"]["id"])["values"]
    assert [(one["period"], one["value"], one["updated_by_name"]) for one in values] == [
        (str(YEAR - 2), 12.5, "Edda Maria Lind")
    ]
    log = moving.api.get("/api/kpi-changes")["changes"]
    kept = [
        (one["kpi"], one["activity"], one["before"], one["after"], one["user"], one["why"])
        for one in log
        if one["why"] == "moved"
    ]
    assert kept == [
        ("Share", "updated", None, 12.5, "Edda Maria Lind", "moved"),
        ("Mood", "created", None, 7.5, None, "moved"),
        ("Revenue", "updated", None, 0.3, "Edda Maria Lind", "moved"),
        ("Revenue", "created", None, 250, "Edda Maria Lind", "moved"),
        ("Revenue", "created", None, None, "Grace Hopper", "moved"),
        ("Share", "created", None, None, "vera", "moved"),
    ]


def _through_the_contract(moving: Move, outcome: Outcome) -> None:
    client, base = moving.api.client, "/compat/kpi-circles"
    link = next(one.address for one in outcome.invitations if one.name.startswith("grace"))
    body = {"token": link.partition("token=")[2], "password": PASSWORD}
    assert client.post("/api/auth/accept-invite", json=body).status_code == 200
    login = {"email": "grace@example.com", "password": PASSWORD}
    signed_in = client.post(f"{base}/login", json=login).json()
    assert signed_in["user"]["is_gatekeeper"]
    assert signed_in["user"]["display_name"] == "Grace Hopper"
    assert signed_in["user"]["user_login_name"] == "ghopper"
    grace = {"Authorization": f"Bearer {signed_in['access_token']}"}

    def get(path: str, **parameters: Any) -> Any:
        return client.get(base + path, params=parameters, headers=grace).json()

    revenue = next(one for one in get("/kpis")["kpi_list"] if one["name"] == "Revenue")
    assert (revenue["periodicity"], revenue["unit"], revenue["target_value"]) == (
        "Monthly",
        "CHF",
        1200.25,
    )
    values = get("/kpi_values", circle_id=revenue["circle_id"], period="last_year")["KPI_Values"]
    moment = [format_datetime(at(day).replace(tzinfo=UTC), usegmt=True) for day in (1, 2, 3)]
    told = [
        (one["period_month"], one["value"], one["created_at"], one["updated_at"])
        for one in values
        if one["kpi_id"] == revenue["id"]
    ]
    assert told == [(1, 0.3, moment[0], moment[2]), (2, 250, moment[1], None)]
    asked = {"from_year": YEAR, "from_month": 2, "to_year": YEAR, "to_month": 3}
    log = get("/kpi_values/change_log", circle_id=revenue["circle_id"], **asked)["change_log"]
    assert [(one["value"], one["username"], one["activity"]) for one in log] == [
        (7.5, None, "Created"),
        (0.3, "Edda Maria Lind", "Updated"),
        (250, "Edda Maria Lind", "Created"),
        (None, "Grace Hopper", "Created"),
    ]
    new = {"kpi_id": revenue["id"], "period_year": YEAR, "period_month": 12, "value": 7}
    added = client.post(f"{base}/kpi_values/add", json=new, headers=grace)
    assert added.status_code == 201, added.text


def _once_more(moving: Move) -> None:
    """Both sides went on: what is new there comes, what was done here stays."""
    boss, database = moving.admin(), moving.shop.database
    ids = {one["period"]: one["id"] for one in values_of(moving, "Revenue")}
    [mood] = values_of(moving, "Mood")
    circle = next(
        one for one in moving.api.get("/api/circles")["circles"] if one["name"] == "Sales"
    )
    edda = next(one["id"] for one in circle["members"] if one["name"].startswith("Edda"))
    with database.writing() as session:
        change_value(session, boss, ids[f"{YEAR}-02"], Edit(Decimal(300)))
    with database.writing() as session:
        session.execute(update(Kpi).where(Kpi.name == "Mood").values(active=True))
    with database.writing() as session:
        delete_value(session, boss, mood["id"])
    with database.writing() as session:
        remove_member(session, boss, circle["id"], edda, TERMINAL)
    with moving.older.begin() as older:
        nele = dict(zip(users.columns.keys(), NELE, strict=True))
        older.execute(insert(users).values(nele))
        older.execute(insert(user_circle).values(user_id=7, circle_id=SALES))
        value = {"kpi_id": REVENUE, "period_year": YEAR, "period_month": 4, "value": 400}
        by = {"created_by_user_id": 7, "created_at": at(1, month=5)}
        older.execute(insert(kpi_values).values(id=120, **value, **by))
        entered = {"user_id": 7, "registered_at": at(1, month=5), "activity": "Created"}
        older.execute(insert(change_logs).values(id=11, kpi_value_id=120, **entered))
        for changed, new in ((101, 5), (102, 260)):
            row = update(kpi_values).where(kpi_values.c.id == changed)
            older.execute(row.values(value=new))
        log = {"user_id": GRACE, "registered_at": at(2, month=5), "activity": "Updated"}
        older.execute(insert(change_logs).values(id=12, kpi_value_id=101, **log))
    outcome = moving.move()
    assert told(outcome) == AGAIN
    assert [one.name for one in outcome.invitations] == ["nele@example.com"]
    assert {one["period"]: one["value"] for one in values_of(moving, "Revenue")} == {
        f"{YEAR}-01": 0.3,
        f"{YEAR}-02": 300,
        f"{YEAR}-04": 400,
        f"{YEAR}-12": 7,
    }
    assert values_of(moving, "Mood") == []
    circles = moving.api.get("/api/circles")["circles"]
    members = next(one["members"] for one in circles if one["name"] == "Sales")
    assert sorted(one["name"] for one in members) == ["Grace Hopper", "Nele"]
    before = moving.rows()
    third = told(moving.move())
    assert {added for _, added, _, _ in third.values()} == {0}
    after = moving.rows()
    assert after.pop("audit_log") == before.pop("audit_log") + 1
    assert after == before


NELE = (7, "Nele", None, "Nele", "nele@example.com", "nele", True, False)


def values_of(moving: Move, name: str) -> list[dict[str, Any]]:
    kpis = moving.api.get("/api/kpis")["kpis"]
    kpi = next(one["id"] for one in kpis if one["name"] == name)
    found: list[dict[str, Any]] = moving.api.get("/api/kpi-values", kpi=kpi)["values"]
    return found


def test_of_two_who_move_at_once_one_does(
    postgres: Callable[[str], str], mariadb: Callable[[str], str], tmp_path: Path
) -> None:
    address, engine = older_on(mariadb)
    settings = load_settings(home=tmp_path, database_url=postgres(f"n{uuid4().hex[:12]}"))

    def move_all(made: Move) -> str:
        try:
            return made.move().source
        except Conflict as refusal:
            return refusal.message

    for api in shop_with(settings):
        made = Move(address, engine, api)
        with ThreadPoolExecutor(2) as pool:
            ended = set(pool.map(move_all, [made, made]))
        assert ended - {BUSY} == {"kpi-circles"}
        assert {added for _, added, _, _ in told(made.move()).values()} == {0}
        assert (made.rows()["users"], made.rows()["kpi_values"]) == (5, 6)
    engine.dispose()


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def filled(request: pytest.FixtureRequest) -> Iterator[tuple[str, Engine]]:
    """An older database that no test changes, but for what it does not look at."""
    address, engine = older_on(request.getfixturevalue(request.param))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (id INT PRIMARY KEY, name VARCHAR(20))"))
        connection.execute(
            text("CREATE TABLE pairs (one INT, other INT, PRIMARY KEY (one, other))")
        )
        rows = [{"id": number, "name": f"ä {number}"} for number in range(CHUNK + 2, 0, -1)]
        connection.execute(text("INSERT INTO numbers VALUES (:id, :name)"), rows)
        connection.execute(text("INSERT INTO pairs VALUES (2, 1), (1, 2), (1, 10)"))
    yield address, engine
    engine.dispose()


def test_an_operator_moves_from_the_terminal(
    postgres: Callable[[str], str], tmp_path: Path
) -> None:
    address, engine = older_on(postgres)
    engine.dispose()
    command = ("migrate", "from-kpi-circles")
    url = make_url(address).set(username="ada", password="pass-word")
    refused = tillsight(tmp_path, *command, url.render_as_string(hide_password=False))
    assert (refused.returncode, " ".join(refused.stderr.split())) == (1, f"Error: {REFUSES}")
    assert not (tmp_path / "tillsight.db").exists()
    rehearsed = tillsight(tmp_path, *command, "--dry-run", said=address)
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "nothing was changed (kpi-circles)" in rehearsed.stdout
    assert "token=" not in rehearsed.stdout
    moved = tillsight(tmp_path, *command, address, "--left-out", "left.csv", MAIL="console")
    assert moved.returncode == 0, moved.stderr
    lines = [" ".join(line.split()) for line in moved.stdout.splitlines()]
    assert "│ People │ 7 │ 5 │ 0 │ 2 │" in lines
    assert "4 people are sent an invitation by the running server." in lines
    assert "token=" not in moved.stdout
    left = (tmp_path / "left.csv").read_text(encoding="utf-8").splitlines()
    assert "KPI values,104,Its period has no year or no month." in left
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    with database.reading() as session:
        kinds = session.scalars(select(Job.kind)).all()
    database.close()
    assert kinds == ["mail.invite"] * 4


def test_all_rows_are_read_by_their_key_as_of_one_moment(filled: tuple[str, Engine]) -> None:
    address, engine = filled
    with older_database(address, NUMBERS) as older:
        rows = older.rows("numbers")
        first = next(rows)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO numbers VALUES (9999, 'late')"))
            connection.execute(text("UPDATE numbers SET name = 'late' WHERE id > 2000"))
        assert [tuple(one) for one in older.rows("pairs")] == [(1, 2), (1, 10), (2, 1)]
        found = [tuple(first), *map(tuple, rows)]
    assert found == [(number, f"ä {number}") for number in range(1, CHUNK + 3)]


def test_nothing_can_be_written_to_the_older_database(filled: tuple[str, Engine]) -> None:
    address, engine = filled
    with older_database(address, NUMBERS) as older, pytest.raises(SQLAlchemyError):
        older._connection.execute(text("DELETE FROM pairs"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pairs")) == 3


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"users": ("id",), "gone": ("id",)}, "not a database of till: there is no table “gone”"),
        ({"users": ("id", "gone")}, "its table “users” has no column “gone”"),
    ],
)
def test_a_database_of_another_product_is_told(
    filled: tuple[str, Engine], tables: dict[str, tuple[str, ...]], said: str
) -> None:
    with (
        pytest.raises(SetupError, match=said),
        older_database(filled[0], Schema("till", tables, {})),
    ):
        pass


def test_a_server_that_refuses_is_told_without_the_address(filled: tuple[str, Engine]) -> None:
    url = make_url(filled[0])
    strangers = [url.set(database="no_such"), url.set(username="ada", password="pass-word")]
    for one in strangers:
        address = one.render_as_string(hide_password=False)
        with pytest.raises(SetupError) as refused, older_database(address, SCHEMA):
            pass
        assert refused.value.message == REFUSES
