"""Who is asking, looked up for many requests at once."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from shop import Shop
from tillsight.accounts.look_ups import LOOK_UPS_AT_ONCE, MOST_TOGETHER, LookUps
from tillsight.accounts.models import Role, SessionKind
from tillsight.accounts.sessions import end_session, sign_in
from tillsight.accounts.users import add_user

PASSWORD = "a long enough password"


@pytest.fixture
def look_ups(shop: Shop) -> LookUps:
    return LookUps(shop.settings, shop.database)


@pytest.fixture
def gate(shop: Shop) -> Iterator[threading.Event]:
    """No look-up begins before it is set."""
    opened = threading.Event()

    def wait(_connection: object) -> None:
        opened.wait(30)

    event.listen(shop.database.engine, "begin", wait)
    yield opened
    opened.set()
    event.remove(shop.database.engine, "begin", wait)


def signed_in(shop: Shop, email: str = "ada@example.com") -> tuple[str, int]:
    """Token and number of a new session."""
    with shop.database.writing() as session:
        add_user(session, email, PASSWORD, Role.editor)
    with shop.database.writing() as session:
        opened = sign_in(session, email, PASSWORD, SessionKind.browser)
    return opened.token, opened.session_id


def test_everybody_is_told_who_they_are_themselves(shop: Shop, look_ups: LookUps) -> None:
    tokens = {f"p{number}@example.com": "" for number in range(3)}
    for email in tokens:
        tokens[email] = signed_in(shop, email)[0]
    asked = [(email, look_ups.person(tokens[email])) for email in [*tokens] * MOST_TOGETHER]
    assert [person.result(30).email for _, person in asked] == [email for email, _ in asked]
    assert look_ups.person("nobody's").result(30) is None


def test_a_session_that_ends_while_requests_wait_lets_none_of_them_in(
    shop: Shop, look_ups: LookUps, gate: threading.Event
) -> None:
    token, number = signed_in(shop)
    begun: list[object] = []
    event.listen(shop.database.engine, "begin", begun.append)
    before = [look_ups.person(f"unknown {number}") for number in range(LOOK_UPS_AT_ONCE)]
    waiting = [look_ups.person(token) for _ in range(50)]
    with shop.database.writing() as session:
        end_session(session, number)
    gate.set()
    assert {one.result(30) for one in [*before, *waiting]} == {None}
    assert len(begun) <= LOOK_UPS_AT_ONCE + 1


def test_a_database_that_fails_is_told_to_all_who_wait_and_to_nobody_after(
    shop: Shop, look_ups: LookUps, gate: threading.Event
) -> None:
    token, _ = signed_in(shop)

    def fail(_connection: object) -> None:
        raise OperationalError("BEGIN", {}, Exception("disk I/O error"))

    event.listen(shop.database.engine, "begin", fail)
    waiting = [look_ups.person(one) for one in [token, "unknown"] * 10]
    waiting[3].cancel()
    gate.set()
    told = [one.exception(30) for one in waiting if not one.cancelled()]
    assert {type(error) for error in told} == {OperationalError}
    event.remove(shop.database.engine, "begin", fail)
    found = look_ups.person(token).result(30)
    assert found is not None
    assert found.email == "ada@example.com"
