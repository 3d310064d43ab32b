"""The operational database on real SQLite, PostgreSQL and MariaDB."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import (
    Column,
    Connection,
    Enum,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

import tillsight.forecasting.models
import tillsight.kpis.models
import tillsight.metrics.models
import tillsight.migrating.models  # noqa: F401  (their tables count)
from mail_server import mail_server
from purchases import purchase, somebody
from shop import HEADER, Shop
from test_jobs import claims_once
from test_mail import account_life
from tillsight import jobs
from tillsight.accounts import letters, links
from tillsight.accounts.audit import (
    Action,
    Wanted,
    entries,
    failed_sign_ins_recorded,
)
from tillsight.accounts.circles import (
    add_member,
    create_circle,
    list_circles,
    remove_member,
)
from tillsight.accounts.identities import _link, sign_in_with
from tillsight.accounts.keys import make_key, revoke_key
from tillsight.accounts.models import Purpose, RefreshToken, Role, SessionKind, User
from tillsight.accounts.people import change_person
from tillsight.accounts.profile import change_password, change_profile
from tillsight.accounts.refresh import GRACE, issue_refresh_token, renew
from tillsight.accounts.registration import (
    Newcomer,
    Taken,
    accept_invite,
    check_newcomer,
    invite,
    prepare_password,
    register,
    verify_email,
)
from tillsight.accounts.sessions import (
    Origin,
    Person,
    access_token,
    identify,
    note_seen,
    sign_in,
)
from tillsight.accounts.signed_in import list_sessions
from tillsight.accounts.users import add_user, find_user
from tillsight.database import Base, Database, Money, Pool, UtcDateTime, _alembic_config, revisions
from tillsight.errors import Conflict, NotSignedIn, SetupError, TooManyAttempts
from tillsight.metrics.saved_views import New as NewView
from tillsight.metrics.saved_views import delete_view, list_views, pin_views, save_view
from tillsight.sales.choices import Choices, Locale, Mapping, Overlap
from tillsight.sales.imports import load
from tillsight.sales.layouts import DateOrder, Field, FileKind
from tillsight.sales.loading import Loading
from tillsight.sales.profiles import NewProfile, all_profiles, delete_profile, save_profile
from tillsight.sales.purchase_entering import Entering, forget_keys
from tillsight.sales.purchase_queue import PurchaseQueue
from tillsight.sales.purchases import Wanted as WantedPurchases
from tillsight.sales.purchases import list_purchases, redo_purchase, undo_purchase
from tillsight.sales.undo import redo, undo
from tillsight.settings import Mail, Registration, Settings

PASSWORD = "a long enough password"


@pytest.fixture(params=["postgres", "mariadb"])
def server_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind that is a server."""
    return request.getfixturevalue(request.param)(f"t{uuid4().hex[:12]}")


@pytest.fixture
def shop_on(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    return open_shop(settings.model_copy(update={"database_url": url}))


def test_migrations_make_what_the_models_say_and_can_be_undone(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.upgrade()
    made = inspect(database.engine)
    for name, table in Base.metadata.tables.items():
        assert {one["name"] for one in made.get_columns(name)} == set(table.columns.keys())
    with database.engine.connect() as connection:
        command.downgrade(_alembic_config(connection), "base")
        connection.commit()
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.upgrade()
    database.close()


def test_models_and_migrations_do_not_drift(url: str) -> None:
    database = Database(url)
    database.upgrade()
    with database.engine.connect() as connection:
        command.check(_alembic_config(connection))
    database.close()


def value_of(column: Column[Any], number: int) -> object:
    """Something this column can hold."""
    if column.foreign_keys:
        return 1
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class))
    if isinstance(column.type, UtcDateTime):
        return datetime(2024, 2, 29, 23, 59, 59, 123456, UTC)
    if isinstance(column.type, Money):
        return Decimal("1.2345")
    kinds = {
        bool: True,
        int: number,
        float: 1.5,
        date: date(2024, 2, 29),
        time_of_day: time_of_day(9, 30),
    }
    return kinds.get(column.type.python_type, f"{column.name[:8]} {number}")


def filled(database: Database) -> dict[str, list[dict[str, object]]]:
    """Put a row into every table; gives what each table holds."""
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            if table.name != "journal_head":
                row = {column.name: value_of(column, 1) for column in table.columns}
                session.execute(insert(table).values(row))
    return rows_of(database, set(Base.metadata.tables))


def rows_of(database: Database, names: set[str]) -> dict[str, list[dict[str, object]]]:
    with database.reading() as session:
        return {
            name: [dict(row) for row in session.execute(select(table)).mappings()]
            for name, table in Base.metadata.tables.items()
            if name in names
        }


def test_rows_of_every_table_survive_as_far_as_their_tables_do(url: str) -> None:
    """Up, down one by one and up again, with data; then all the way down and up."""
    database = Database(url)
    database.upgrade()
    before = filled(database)
    assert all(len(rows) == 1 for rows in before.values())
    lasting = columns_of(database)
    for revision in revisions()[1:]:
        database.downgrade(revision)
        there = columns_of(database)
        lasting = {name: lasting[name] & there[name] for name in lasting.keys() & there.keys()}
        assert {"id", "email"} <= lasting["users"]
        database.upgrade()
        assert database.revision() == revisions()[0]
        after = rows_of(database, {*lasting})
        for name in lasting.keys() - {"alembic_version", "user_sessions"}:
            assert only(lasting[name], after[name]) == only(lasting[name], before[name])
    database.downgrade("base")
    assert columns_of(database).keys() == {"alembic_version"}
    database.upgrade()
    filled(database)
    database.close()


def columns_of(database: Database) -> dict[str, set[str]]:
    """The names of the columns of every table there is."""
    found = inspect(database.engine)
    return {
        name: {str(one["name"]) for one in found.get_columns(name)}
        for name in found.get_table_names()
    }


def only(columns: set[str], rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: row[name] for name in columns} for row in rows]


def test_a_revision_nobody_knows_is_told(url: str) -> None:
    database = Database(url)
    database.upgrade()
    with pytest.raises(SetupError, match="newer Tillsight"):
        database.downgrade("2031_01_01_flying_cars")
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '2031_flying_cars'"))
    with pytest.raises(SetupError, match="newer Tillsight"):
        database.upgrade()
    database.close()


def test_tables_changed_by_hand_are_told(url: str) -> None:
    database = Database(url)
    database.upgrade()
    assert database.drift() == []
    with database.writing() as session:
        session.execute(text("ALTER TABLE circles ADD COLUMN motto VARCHAR(20)"))
        session.execute(text("DROP TABLE attempts"))
    told = " / ".join(database.drift())
    assert "remove_column circles motto" in told
    assert "add_table attempts" in told
    database.close()


def test_letters_that_look_alike_are_not_the_same(shop_on: Shop) -> None:
    """MySQL would find ada where ádá is asked for, and take only one of them."""
    with shop_on.database.writing() as session:
        for name in ("ada", "\u00e1d\u00e1", "\u0430da", "a\u0131da", "\U0001f600"):
            session.add(
                User(
                    username=name,
                    password_hash="",
                    role=Role.viewer,
                    is_active=True,
                    is_verified=True,
                    created_at=datetime.now(UTC),
                )
            )
    with shop_on.database.reading() as session:
        assert find_user(session, "\u00e1da") is None
        found = find_user(session, "\u00c1D\u00c1")
    assert found is not None
    assert found.username == "\u00e1d\u00e1"


def test_connections_are_bounded_and_made_anew(server_url: str) -> None:
    database = Database(server_url, Pool(2, 1))
    with database.engine.connect() as one, database.engine.connect():
        assert database.engine.pool.checkedout() == 2
        first = connection_id(one)
        database.engine.pool._timeout = 0.1
        with pytest.raises(PoolTimeout), database.engine.connect():
            pass
    time.sleep(1.5)
    with database.engine.connect() as again:
        assert connection_id(again) != first
    database.close()


def connection_id(connection: Connection) -> int:
    ask = "pg_backend_pid()" if connection.dialect.name == "postgresql" else "connection_id()"
    return int(connection.scalar(text(f"SELECT {ask}")))


def test_a_connection_the_server_ended_is_not_noticed(server_url: str) -> None:
    database, other = Database(server_url), Database(server_url)
    database.upgrade()
    with database.reading() as session:
        number = connection_id(session.connection())
    end = {"postgresql": "SELECT pg_terminate_backend(:n)"}.get(other.engine.dialect.name)
    with other.engine.connect() as connection:
        connection.execute(
            text(end) if end else text(f"KILL {number}"), {"n": number} if end else {}
        )
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0
    database.close()
    other.close()


def test_servers_that_start_together_do_not_collide(url: str) -> None:
    script = "import sys; from tillsight.database import Database; Database(sys.argv[1]).upgrade()"
    starting = [
        subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in starting:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
    database = Database(url)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM journal_head")).scalar() == 1
    database.close()


def test_all_steps_of_an_upgrade_are_one_transaction_on_sqlite(tmp_path: Path) -> None:
    """The transaction is the lock there: a commit in between lets another server in."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    commits = []
    event.listen(database.engine, "commit", commits.append)
    database.upgrade()
    assert len(commits) == 1
    database.close()


def test_a_person_signs_in(shop_on: Shop) -> None:
    with shop_on.database.writing() as session:
        add_user(session, "ada@example.com", PASSWORD, Role.editor)
    with shop_on.database.writing() as session:
        opened = sign_in(session, "ada", PASSWORD, SessionKind.api)
        token = access_token(shop_on.settings, opened)
    with shop_on.database.reading() as session:
        person = identify(shop_on.settings, session, token)
    assert person is not None
    assert person.role is Role.editor


def test_circles_and_the_audit_log(shop_on: Shop) -> None:
    origin = Origin("192.0.2.1", "abc")
    with shop_on.database.writing() as session:
        user = add_user(session, "ada@example.com", PASSWORD, Role.manager).id
        opened = sign_in(session, "ada", PASSWORD, SessionKind.api)
        token, other = opened.token, add_user(session, "bob@example.com", PASSWORD, Role.viewer).id
    with shop_on.database.reading() as session:
        person = identify(shop_on.settings, session, token)
    with shop_on.database.writing() as session:
        number = create_circle(session, person, "Straße", origin)
        add_member(session, person, number, other, origin)
    for name in ("STRASSE", "straße"):
        with pytest.raises(Conflict), shop_on.database.writing() as session:
            create_circle(session, person, name, origin)
    with shop_on.database.writing() as session:
        create_circle(session, person, "ß" * 150, origin)
        remove_member(session, person, number, other, origin)
    with (
        pytest.raises(NotSignedIn),
        failed_sign_ins_recorded(shop_on.database, "ADA", origin),
        shop_on.database.writing() as session,
    ):
        sign_in(session, "ADA", "wrong password", SessionKind.api)
    with shop_on.database.reading() as session:
        assert [one.name for one in list_circles(session)] == ["ß" * 150, "Straße"]
        found = entries(session, Wanted(), None, 10)
        assert [one.action for one in found] == [
            "sign_in_failed",
            "member_removed",
            "circle_created",
            "member_added",
            "circle_created",
        ]
        assert {one.user_id for one in found[1:]} == {user}
        assert found[1].details == {"member": "bob@example.com", "member_id": other}
        assert len(entries(session, Wanted(text="BOB@"), None, 10)) == 2
        assert len(entries(session, Wanted(text="%"), None, 10)) == 0
        assert entries(session, Wanted(end=found[0].at), None, 10)[0].id == found[1].id
        assert entries(session, Wanted(action=Action.member_added), None, 1)[0].id == found[3].id


def test_renewals_at_once_all_get_a_token_and_a_late_one_ends_the_session(shop_on: Shop) -> None:
    with shop_on.database.writing() as session:
        add_user(session, "ada@example.com", PASSWORD, Role.editor)
    with shop_on.database.writing() as session:
        opened = sign_in(session, "ada", PASSWORD, SessionKind.api)
        access = access_token(shop_on.settings, opened)
        token = issue_refresh_token(session, opened.session_id)
    ready = Barrier(4)

    def renewed(wait: Callable[[], object]) -> bool:
        wait()
        try:
            with shop_on.database.writing() as session:
                return bool(renew(session, token).token)
        except NotSignedIn:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(renewed, [ready.wait] * 4)) == [True] * 4
    with shop_on.database.writing() as session:
        spent = update(RefreshToken).where(RefreshToken.spent_at.is_not(None))
        session.execute(spent.values(spent_at=datetime.now(UTC) - 2 * GRACE))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(renewed, [ready.wait] * 4)) == [False] * 4
    with shop_on.database.reading() as session:
        assert identify(shop_on.settings, session, access) is None


def test_guesses_are_counted_for_all_servers(shop_on: Shop) -> None:
    with shop_on.database.writing() as session:
        add_user(session, "ada@example.com", PASSWORD, Role.editor)

    def guess(login: str, address: str, password: str = "wrong") -> str:
        try:
            with shop_on.database.writing() as session:
                sign_in(session, login, password, SessionKind.api, Origin(address))
        except (NotSignedIn, TooManyAttempts) as error:
            return error.code
        return "in"

    assert {guess("ada", "192.0.2.1") for _ in range(10)} == {"not_signed_in"}
    assert guess("ADA", "192.0.2.1", PASSWORD) == "too_many_attempts"
    assert guess("ada", "192.0.2.2", PASSWORD) == "in"
    assert guess("adà", "192.0.2.2", PASSWORD) == "not_signed_in", "a look-alike is somebody else"


def test_two_admins_cannot_remove_each_other(shop_on: Shop) -> None:
    with shop_on.database.writing() as session:
        admins = [
            add_user(session, f"{name}@example.com", PASSWORD, Role.admin).id for name in "ab"
        ]
    ready = Barrier(2)

    def demote(user_id: int) -> bool:
        ready.wait()
        try:
            with shop_on.database.writing() as session:
                change_person(session, user_id, {"role": Role.viewer})
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, admins)) == [False, True]


def test_keys_sessions_and_profiles_work(shop_on: Shop) -> None:
    settings, database = shop_on.settings, shop_on.database
    with database.writing() as session:
        add_user(session, "ada@example.com", PASSWORD, Role.editor)
        add_user(session, "bob@example.com", PASSWORD, Role.admin)
    with database.writing() as session:
        here = sign_in(session, "ada", PASSWORD, SessionKind.browser)
        user_id, here_id, here_token = here.user.id, here.session_id, here.token
    with database.writing() as session:
        there = sign_in(session, "ada", PASSWORD, SessionKind.api).token
    with database.writing() as session:
        key, text = make_key(session, settings, user_id, Role.editor, "till", Role.viewer)
        key_id = key.id

    def who(token: str) -> Person | None:
        with database.reading() as session:
            return identify(settings, session, token)

    with database.writing() as session:
        note_seen(session, who(text))
        note_seen(session, who(here_token))
        assert list_sessions(session, user_id)[0].id == here_id
    assert who(text).role is Role.viewer
    assert not who(text).is_long_unseen
    with database.writing() as session:
        change_password(session, user_id, here_id, PASSWORD, "another long password")
    assert who(here_token) is not None
    assert who(there) is None
    with database.writing() as session:
        assert change_profile(session, user_id, {"email": "a@example.com"}, "another long password")
    with pytest.raises(Conflict), database.writing() as session:
        change_profile(session, user_id, {"username": "bob"}, None)
    with database.writing() as session:
        revoke_key(session, user_id, key_id)
    assert who(text) is None


def test_jobs_and_leases_go_to_one(shop_on: Shop) -> None:
    claims_once(shop_on)


def test_an_account_by_registration_link_and_invitation(shop_on: Shop) -> None:
    settings = shop_on.settings.model_copy(
        update={"registration": Registration.open, "mail": Mail.console}
    )
    given = Newcomer(PASSWORD, "Ada@Example.com", "ada", "Ada", "Love")
    checked = check_newcomer(settings, given)

    def registered(_number: int) -> bool:
        try:
            with shop_on.database.writing() as session:
                register(session, settings, checked)
        except Taken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(registered, range(4))) == 1
    with shop_on.database.writing() as session:
        token = links.issue(session, Purpose.verify, 1)

    def verified(_number: int) -> bool:
        try:
            with shop_on.database.writing() as session:
                verify_email(session, token)
        except links.BadLink:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(verified, range(4))) == 1
    handlers = letters.handlers(settings, shop_on.database)
    assert jobs.run_due(shop_on.database, handlers)  # verified by now: nothing to send
    assert not jobs.run_due(shop_on.database, handlers)
    with shop_on.database.writing() as session:
        sign_in(session, "ADA@example.com", PASSWORD, SessionKind.api)
        invited = invite(session, settings, "bob@example.com", Role.editor)
        token = links.issue(session, Purpose.invite, invited.id)
    bob = Newcomer("another long password", username="ada")
    with shop_on.database.reading() as session:
        taken = prepare_password(session, settings, Purpose.invite, token, bob)
    with pytest.raises(Taken, match="Username"), shop_on.database.writing() as session:
        accept_invite(session, token, taken)
    bob = replace(bob, username="bobby")
    with shop_on.database.reading() as session:
        checked = prepare_password(session, settings, Purpose.invite, token, bob)
    with shop_on.database.writing() as session:
        accept_invite(session, token, checked)
    with shop_on.database.writing() as session:
        opened = sign_in(session, "bobby", bob.password, SessionKind.api)
        assert opened.user.role is Role.editor


def test_who_comes_by_single_sign_on_in_two_tabs_gets_one_account(shop_on: Shop) -> None:
    claims = {
        "iss": "https://login.example.com",
        "sub": "ada-1",
        "email": "ada@example.com",
        "email_verified": True,
    }

    def come(_tab: int) -> int:
        return sign_in_with(shop_on.database, shop_on.settings, claims, Origin()).session_id

    with ThreadPoolExecutor(4) as pool:
        sessions = list(pool.map(come, range(4)))
    assert len(set(sessions)) == 4
    with shop_on.database.writing() as session:
        user = session.scalars(select(User)).one()
        # A tab that saw no link a moment ago finds the one that another has made since.
        assert _link(session, shop_on.settings, claims, user.email, Origin()) is user


def test_imports_at_once_get_versions_in_order(shop_on: Shop, tmp_path: Path) -> None:
    def load_one(number: int) -> int:
        path = tmp_path / f"{number}.csv"
        path.write_text(f"{HEADER}{number},p,Pen,1,2024-05-07,0.1,,\n")
        return load(
            shop_on.database, shop_on.folders, Locale("UTC", "EUR"), Loading(path, "a", None)
        ).version

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(load_one, range(8))) == list(range(1, 9))
    assert shop_on.ask("revenue", "orders").totals == {"revenue": 0.8, "orders": 8}


def test_purchases_at_once_are_made_once_for_each_key(shop_on: Shop) -> None:
    """By two servers, each with a queue of its own, with the same keys and with others' keys."""
    with shop_on.database.writing() as session:
        person = somebody(add_user(session, "ada@example.com", PASSWORD, Role.editor).id)
    servers = [PurchaseQueue(shop_on.database, lambda _versions: None) for _ in range(2)]

    def enter(number: int) -> tuple[int, int]:
        items = [("Pen", "2", "1.25")]
        one = Entering(purchase(None, items), person, key=f"key {number % 6}")
        return number % 6, servers[number % 2].add(one).result(60).purchase_id

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(enter, [number // 2 for number in range(48)]))
    for one in servers:
        one.close()
    assert len(made) == len(dict(made)) == 6
    assert shop_on.ask("revenue", "orders").totals == {"revenue": 15.0, "orders": 6}
    [gone, *_] = sorted(dict(made).values())

    def undone(_attempt: int) -> bool:
        try:
            undo_purchase(shop_on.database, gone, None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(undone, range(4))) == [False, False, False, True]
    assert shop_on.ask("revenue", "orders").totals == {"revenue": 12.5, "orders": 5}
    redo_purchase(shop_on.database, gone, person)
    assert forget_keys(shop_on.database, datetime.now(UTC)) == 6
    with shop_on.database.reading() as session:
        found = list_purchases(session, WantedPurchases(), None, 2)
        assert [one.items[0].unit_price for one in found] == [Decimal("1.25")] * 2


def test_undo_and_redo_at_once_happen_once_each(shop_on: Shop) -> None:
    one = f"{HEADER}1,p,Pen,1,2024-05-07,10,c1,\n"
    number = shop_on.load_text(one).loaded.id
    shop_on.load_text(f"{HEADER}1,p,Pen,1,2024-05-08,5,c1,\n")

    def happened(change: Callable[..., int]) -> bool:
        try:
            change(shop_on.database, number, None)
        except Conflict:
            return False
        return True

    for change, revenue in ((undo, 5.0), (redo, 15.0), (undo, 5.0)):
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(happened, [change] * 4)) == [False, False, False, True]
        assert shop_on.ask("revenue", "orders").totals == {"revenue": revenue, "orders": 1}
    assert shop_on.load_text(one).redone
    assert shop_on.ask("revenue").totals == {"revenue": 15.0}


def test_what_is_loaded_while_its_twin_is_undone_stands_in_the_way_of_a_redo(shop_on: Shop) -> None:
    part = f"{HEADER}1,p,Pen,1,2024-05-07,10,,\n"
    whole = f"{part}2,p,Pen,1,2024-05-07,5,,\n"
    first = shop_on.load_text(part).loaded.id
    second = shop_on.load_text(whole, overlap=Overlap.skip).loaded.id
    undo(shop_on.database, second, None)
    undo(shop_on.database, first, None)
    third = shop_on.load_text(whole).loaded.id
    with pytest.raises(Conflict, match=f"loaded again as import {third}"):
        redo(shop_on.database, second, None)
    assert shop_on.ask("revenue").totals == {"revenue": 15.0}


def test_of_many_with_the_same_orders_at_once_each_finds_the_others(
    shop_on: Shop, tmp_path: Path
) -> None:
    def load_one(number: int) -> int:
        path = tmp_path / f"{number}.csv"
        rows = (f"{order},p,Pen,1,2024-05-07,1,,\n" for order in ("1", "2", f"own {number}"))
        path.write_text(HEADER + "".join(rows))
        loading = Loading(path, path.name, None, Choices(overlap=Overlap.skip))
        return load(shop_on.database, shop_on.folders, Locale("UTC", "EUR"), loading).loaded.rows

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(load_one, range(4))) == [1, 1, 1, 3]
    assert shop_on.ask("orders", "lines").totals == {"orders": 6, "lines": 6}


def test_amounts_and_moments_come_back_exactly(shop_on: Shop) -> None:
    loaded = shop_on.load_text(f"{HEADER}1,p,Pen,3,2024-05-07,33333333.3333,,\n").loaded
    with shop_on.database.reading() as session:
        stored = session.get(type(loaded), loaded.id)
    assert stored is not None
    assert str(stored.revenue) == "99999999.9999"
    assert stored.created_at == loaded.created_at


def test_profiles_are_kept_and_their_names_are_unique(shop_on: Shop) -> None:
    columns = {"Wann": Field.time, "Euro": Field.amount}
    with shop_on.database.writing() as session:
        user_id = add_user(session, "saver@example.com", PASSWORD, Role.editor).id
    header = ["Wann", "Euro", *(f"Spalte {n} — größer" for n in range(500))]
    new = NewProfile("Kasse Süd", header, Mapping(FileKind.sales, columns), DateOrder.day_first)
    with shop_on.database.writing() as session:
        saved = save_profile(session, new, user_id, Origin())
    assert all_profiles(shop_on.database) == [saved]
    assert (saved.mapping.columns, saved.date_order) == (columns, DateOrder.day_first)
    with pytest.raises(Conflict), shop_on.database.writing() as session:
        save_profile(session, replace(new, name="KASSE süd"), user_id, Origin())
    with shop_on.database.writing() as session:
        delete_profile(session, saved.id, user_id, Origin())
    assert all_profiles(shop_on.database) == []


def test_views_are_saved_shared_and_pinned_in_order(shop_on: Shop) -> None:
    settings, database = shop_on.settings, shop_on.database
    asked = {"measures": ["revenue"], "by": ["country"], "days": ["90d"], "country": ["Größe & Co"]}
    people = []
    for name in ("ada", "bob"):
        with database.writing() as session:
            add_user(session, f"{name}@example.com", PASSWORD, Role.editor)
        with database.writing() as session:
            token = sign_in(session, name, PASSWORD, SessionKind.browser).token
        with database.reading() as session:
            people.append(identify(settings, session, token))
    ada, bob = people
    with database.writing() as session:
        ids = [
            save_view(session, ada, NewView(name, asked, is_shared=True), Origin())
            for name in ("Länder", "Other")
        ]
    with database.writing() as session:
        save_view(session, bob, NewView("LÄNDER", asked), Origin())  # their own, of that name
    with pytest.raises(Conflict), database.writing() as session:
        save_view(session, ada, NewView("länder", asked), Origin())
    with database.writing() as session:
        pin_views(session, bob, ids[::-1])
    with database.reading() as session:
        seen = list_views(session, bob)
        assert [one.question for one in seen] == [asked] * 3
        pinned = sorted((one.place, one.view.id) for one in seen if one.place)
        assert pinned == [(1, ids[1]), (2, ids[0])]
        assert len(list_views(session, ada)) == 2
    with database.writing() as session:
        delete_view(session, ada, ids[1], None, Origin())
    with database.reading() as session:
        assert [one.view.id for one in list_views(session, bob) if one.place] == [ids[0]]


def test_the_life_of_an_account_by_mail(server_url: str, tmp_path: Path) -> None:
    with mail_server() as inbox:
        account_life(tmp_path, inbox, DATABASE_URL=server_url)
