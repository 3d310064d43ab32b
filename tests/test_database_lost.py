"""The way to a database is cut, in the middle of a commit too: told, nothing twice, healed."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
from sqlalchemy import Connection, event, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from api_shop import api_of
from kpi_api import give_circle, make, send
from purchases import purchase, somebody
from serving import serving
from shop import HEADER
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Person
from tillsight.accounts.users import add_user
from tillsight.database import MOST_TRIES, NO_ANSWER, Database, away
from tillsight.errors import LetGo
from tillsight.jobs import Lease
from tillsight.sales.journal import head
from tillsight.sales.models import JournalEntry, Purchase
from tillsight.sales.purchase_entering import Entered, Entering, enter_purchases
from tillsight.settings import Settings
from waits import until
from wires import wired

LINES = 100_000
QUESTION = "/api/metrics/query?measures=revenue"
HEAD = ("journal_head", 1)
JANUARY = {"period": "2024-01", "value": 5}
CHANGED = {"value": 6, "version": 1}


def buy(client: httpx2.Client, key: str) -> httpx2.Response:
    body = {"customer": "Ada", "country": "Peru", "date": "2024-05-01", "amount": 5}
    return client.post("/api/purchases", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_file_on_its_way_is_loaded_once_the_database_is_back(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(kind)("is_cut_while_it_loads")
    with wired(url) as (through, wire), serving(tmp_path, DATABASE_URL=through) as server:
        with server.client() as client, ThreadPoolExecutor() as threads:
            client.timeout = httpx2.Timeout(60)
            sent = threads.submit(load, client, "cut", LINES)
            until(lambda: "running" in states(client))
            wire.cut()
            refused = sent.result()
            wire.mend()
            until(lambda: states(client) == ["done"])
            wire.cut_at_commit_of(b"journal")  # it is loaded, and nobody hears of that
            unheard = load(client, "unheard", 1)
            until(lambda: states(client) == ["done", "done"])
            until(lambda: revenue(client) == 20.0 * (LINES + 1))
        until(lambda: [*(tmp_path / "incoming").iterdir()] == [])
        log = (tmp_path / "server.log").read_text()
    for one in (refused, unheard):
        assert (one.status_code, one.headers.get("Retry-After")) == (503, "5"), one.text
        assert one.json()["detail"].endswith("The file is here, and is loaded once it does.")
    assert "Traceback" not in log


def load(client: httpx2.Client, name: str, lines: int) -> httpx2.Response:
    row = "{}-{},p,Pen,2,2024-05-07 10:00:00,10,c,France\n"
    text = HEADER + "".join(row.format(name, number) for number in range(lines))
    return client.post("/api/imports", files={"file": (f"{name}.csv", text)})


def revenue(client: httpx2.Client) -> float:
    return client.get(QUESTION).json()["totals"]["revenue"]


def states(client: httpx2.Client) -> list[str]:
    """Of all imports; none while the database is away."""
    answer = client.get("/api/imports")
    return [one["state"] for one in answer.json()["imports"]] if answer.is_success else []


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_cut_connection_is_told_and_no_purchase_is_made_twice(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(kind)("is_cut")
    with wired(url) as (through, wire), serving(tmp_path, DATABASE_URL=through) as server:
        with server.client() as client:
            assert buy(client, "one").is_success
            wire.cut()
            refused = [buy(client, "two"), client.get(QUESTION), client.get("/api/kpis")]
            health = f"{server.url}/api/health"  # which tells for a second what it found
            assert until(lambda: httpx2.get(health).json()["database"] == "disconnected")
            wire.mend()
            assert until(lambda: client.get(QUESTION).is_success)
            wire.cut_at_commit_of(b"purchases")
            unknown = buy(client, "three")
            made = [buy(client, key).json()["id"] for key in ("three", "three", "two", "one")]
            assert revenue(client) == 15.0
        log = (tmp_path / "server.log").read_text()
    for one in (*refused, unknown):
        assert (one.status_code, one.headers.get("Retry-After")) == (503, "5"), one.text
        assert one.json()["code"] == "unavailable"
    assert made[0] == made[1]
    database = Database(url)
    with database.reading() as session:
        count = session.scalar(select(func.count()).select_from(Purchase))
    database.close()
    assert (count, len(set(made))) == (3, 3)
    assert "Traceback" not in log


def test_a_deadlock_is_told_as_something_to_try_again(tables: Database) -> None:
    """Each of two holds a row that the other wants: the database lets one of them go."""
    if tables.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time")
    until_then = datetime.now(UTC) + timedelta(days=1)
    with tables.writing() as session:
        session.add_all(Lease(name=one, holder="test", until=until_then) for one in ("a", "b"))
    both = threading.Barrier(2)
    refused: list[Exception] = []

    def change(first: str, second: str) -> None:
        try:
            with tables.writing() as session:
                session.execute(update(Lease).where(Lease.name == first).values(holder=second))
                both.wait()
                session.execute(update(Lease).where(Lease.name == second).values(holder=first))
        except NO_ANSWER as error:
            refused.append(error)

    at_once = [threading.Thread(target=change, args=pair) for pair in ("ab", "ba")]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()
    with tables.writing() as session:
        session.execute(text("DELETE FROM leases WHERE name IN ('a', 'b')"))
    [error] = refused
    told = away(error)
    assert isinstance(told, LetGo)
    assert (told.status, told.code, told.headers()["Retry-After"]) == (503, "let_go", "1")


Held = tuple[str, int]
"""A row that somebody has: its table and its number."""


class Opponents:
    """Others who have a row that a change is going to want, and want one that the change has by
    then: of the two the database lets go of the change.

    They take turns: each waits for the next try, which is seen by the statement that wants their
    row.
    """

    def __init__(
        self, database: Database, held: Held, wanted: Held, statement: str, count: int
    ) -> None:
        self._engine = database.engine
        self._held, self._wanted, self._statement = held, wanted, statement
        self._threads = [threading.Thread(target=self._meet, args=[n]) for n in range(count)]
        self._in_place = threading.Barrier(count + 1)
        self._first_has_it = threading.Event()
        self._tried = [threading.Event() for _ in self._threads]
        self._turns = iter(self._tried)
        self.tries = 0

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        self._in_place.wait()
        self._first_has_it.wait()
        until(lambda: self._waiting() == len(self._threads) - 1)
        event.listen(self._engine, "before_cursor_execute", self._see)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._see)
        for one in [*self._tried, *self._threads]:
            one.set() if isinstance(one, threading.Event) else one.join()

    def _waiting(self) -> int:
        if self._engine.dialect.name == "postgresql":
            return 0
        # What InnoDB itself tells of its locks is as old as who asks again and again is quick.
        waiting = (
            "SELECT count(*) FROM information_schema.processlist"
            " WHERE info LIKE 'SELECT id FROM % FOR UPDATE'"
        )
        with self._engine.connect() as connection:
            return connection.execute(text(waiting)).scalar_one()

    def _see(self, _connection, _cursor, statement: str, *_: object) -> None:
        if statement.startswith(self._statement):
            for one in self._tried[self.tries : self.tries + 1]:
                one.set()
            self.tries += 1

    def _meet(self, number: int) -> None:
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "postgresql":  # whoever waits for long looks for both
                connection.execute(text("SET deadlock_timeout = '60s'"))
            else:  # whoever changed less is let go of
                soon = datetime.now(UTC) + timedelta(days=1)
                rows = [{"name": f"{number}.{n}", "holder": "", "until": soon} for n in range(200)]
                connection.execute(insert(Lease), rows)
            self._in_place.wait()
            self._take(connection, *self._held)
            self._first_has_it.set()
            next(self._turns).wait()
            self._take(connection, *self._wanted)

    @staticmethod
    def _take(connection: Connection, table: str, row: int) -> None:
        connection.execute(text(f"SELECT id FROM {table} WHERE id = :id FOR UPDATE"), {"id": row})


Meets = tuple[Held, Held, str]
"""What opponents have, what they want, and how the statement begins that wants what they have."""


def buying(person: int) -> Meets:
    """Who enters a purchase has the journal's head, and wants the person."""
    return ("users", person), HEAD, "INSERT INTO purchases"


LETS_GO = pytest.mark.parametrize(("kind", "count"), [("mariadb", 2), ("postgres", 1)])


@LETS_GO
def test_a_purchase_that_is_let_go_of_is_stored_all_the_same(
    kind: str, count: int, request: pytest.FixtureRequest
) -> None:
    with shop_and_buyer(request.getfixturevalue(kind)("lets_go")) as (database, person):
        with Opponents(database, *buying(person.id), count) as others:
            [made] = enter_purchases(database, [Entering(purchase(), person, key="once")])
        assert isinstance(made, Entered)
        assert (others.tries, made.version, made.replayed) == (count + 1, 1, False)
        assert stored(database) == 1


@LETS_GO
def test_imports_and_values_that_are_let_go_of_are_changed_all_the_same(
    kind: str, count: int, request: pytest.FixtureRequest, settings: Settings, open_shop
) -> None:
    """Undone and redone, entered, changed and deleted: each is done once, and answered as that."""
    url = request.getfixturevalue(kind)("lets_go_of_all")
    shop = open_shop(settings.model_copy(update={"database_url": url}))
    with api_of(shop) as api:
        number = api.upload(HEADER + "1,p,Pen,2,2024-05-07,10,,\n", "admin").json()["id"]
        kpi = make(api, circle_id=give_circle(api)).json()["id"]
        manager = api.get("/api/users/me", "manager")["id"]
        of_import = (HEAD, ("imports", number), "UPDATE journal_head")
        of_kpi = (("users", manager), ("kpis", kpi))

        def sent(method: str, path: str, role: str, body: object, meets: Meets) -> Any:
            with Opponents(shop.database, *meets, count) as others:
                answer = send(api, method, path, role, body)
            assert answer.is_success, answer.text
            assert others.tries == count + 1
            return answer.json()

        sent("DELETE", f"imports/{number}", "admin", None, of_import)
        sent("POST", f"imports/{number}/redo", "admin", None, of_import)
        enters = (*of_kpi, "INSERT INTO kpi_values")
        value = sent("POST", f"kpis/{kpi}/values", "manager", JANUARY, enters)["id"]
        changes = (*of_kpi, "UPDATE kpi_values")
        sent("PATCH", f"kpi-values/{value}", "manager", CHANGED, changes)
        deletes = (*of_kpi, "INSERT INTO kpi_changes")
        sent("DELETE", f"kpi-values/{value}", "manager", None, deletes)
        assert api.client.get(QUESTION, headers=api.as_("viewer")).json()["totals"]["revenue"] == 20
        with shop.database.reading() as session:
            kinds = session.scalars(select(JournalEntry.kind).order_by(JournalEntry.version)).all()
        assert kinds == ["import", "undo", "redo"]
        log = api.get("/api/kpi-changes")["changes"]
        assert [(one["before"], one["after"]) for one in log] == [(6, None), (5, 6), (None, 5)]


def test_a_purchase_that_is_let_go_of_time_after_time_is_told(
    mariadb: Callable[[str], str],
) -> None:
    with shop_and_buyer(mariadb("lets_go_for_good")) as (database, person):
        with (
            Opponents(database, *buying(person.id), MOST_TRIES) as others,
            pytest.raises(OperationalError) as refused,
        ):
            enter_purchases(database, [Entering(purchase(), person)])
        assert isinstance(away(refused.value), LetGo)
        assert others.tries == MOST_TRIES
        assert stored(database) == 0


@contextmanager
def shop_and_buyer(url: str) -> Iterator[tuple[Database, Person]]:
    """A new shop, and somebody with an account there."""
    with closing(Database(url)) as database:
        database.upgrade()
        with database.writing() as session:
            number = add_user(session, "ada@example.com", "a long enough password", Role.editor).id
        yield database, somebody(number)


def stored(database: Database) -> int:
    """How many purchases there are, each with its entry of the journal."""
    with database.reading() as session:
        entries = session.scalar(select(func.count()).select_from(JournalEntry))
        assert entries == head(session).version
        return session.scalar(select(func.count()).select_from(Purchase)) or 0


def test_a_database_whose_disk_is_full_is_told_as_that() -> None:
    class Full(Exception):
        sqlstate = "53100"

    said = 'could not extend file "base/1/2": No space left on device'
    told = away(OperationalError("INSERT", {}, Full(said)))
    assert (told.status, told.code) == (507, "no_space")
