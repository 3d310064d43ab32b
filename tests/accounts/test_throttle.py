"""Brakes on guessing, and what they must not do: lock somebody out, or tell who has an account."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import func, select, update

from shop import Shop
from tillsight.accounts import throttle
from tillsight.accounts.models import Attempt, RequestCount, Role, SessionKind, User
from tillsight.accounts.pace import Pace
from tillsight.accounts.sessions import Inactive, Origin, sign_in
from tillsight.accounts.shared_pace import SharedPace
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.errors import NotSignedIn, TooManyAttempts

EMAIL, PASSWORD = "ada@example.com", "correct horse"
HERE, THERE = Origin("192.0.2.1"), Origin("192.0.2.2")


@pytest.fixture
def ada(shop: Shop) -> Shop:
    with shop.database.writing() as session:
        add_user(session, EMAIL, PASSWORD, Role.viewer)
    return shop


def guess(shop: Shop, login: str = EMAIL, origin: Origin = HERE, password: str = "wrong") -> str:
    """What a try to sign in comes to."""
    try:
        with shop.database.writing() as session:
            sign_in(session, login, password, SessionKind.api, origin)
    except (NotSignedIn, TooManyAttempts, Inactive) as error:
        return error.code
    return "in"


def tries(shop: Shop) -> int:
    with shop.database.reading() as session:
        return session.scalar(select(func.count(Attempt.id))) or 0


def test_ten_failures_close_the_door_to_this_address_only(ada: Shop) -> None:
    assert [guess(ada) for _ in range(11)] == ["not_signed_in"] * 10 + ["too_many_attempts"]
    assert guess(ada, password=PASSWORD) == "too_many_attempts"
    assert guess(ada, " ADA@example.com ") == "too_many_attempts"
    assert guess(ada, origin=THERE, password=PASSWORD) == "in", "a stranger locks nobody out"
    assert guess(ada, "bob@example.com") == "not_signed_in", "another account, same address"


def test_an_unknown_account_is_counted_alike(ada: Shop) -> None:
    unknown = [guess(ada, "nobody@example.com", THERE) for _ in range(11)]
    assert unknown == [guess(ada) for _ in range(11)]


def test_the_door_opens_again_after_the_window(ada: Shop) -> None:
    for _ in range(10):
        guess(ada)
    with ada.database.writing() as session:
        with pytest.raises(TooManyAttempts) as refused:
            throttle.check(session, "sign-in", EMAIL, HERE.address)
        assert 295 <= refused.value.details["retry_after"] <= 300
        session.execute(update(Attempt).values(at=datetime.now(UTC) - throttle.WINDOW))
    assert guess(ada, password=PASSWORD) == "in"


def test_a_clock_that_was_ahead_locks_nobody_out(ada: Shop) -> None:
    for _ in range(10):
        guess(ada)
    assert guess(ada) == "too_many_attempts"
    with ada.database.writing() as session:
        session.execute(update(Attempt).values(at=datetime.now(UTC) + timedelta(days=3650)))
    assert guess(ada, password=PASSWORD) == "in"
    for _ in range(9):
        guess(ada)
    assert guess(ada) == "not_signed_in"
    assert guess(ada) == "too_many_attempts", "the door is not left open either"


def test_a_hundred_failures_close_the_door_to_an_address_whatever_the_account(ada: Shop) -> None:
    with ada.database.writing() as session:
        for number in range(throttle.PER_ADDRESS):
            throttle.attempt(session, "sign-in", f"p{number}@example.com", HERE.address)
    assert guess(ada, password=PASSWORD) == "too_many_attempts"
    assert guess(ada, origin=THERE, password=PASSWORD) == "in"


def test_what_goes_well_does_not_count(ada: Shop) -> None:
    assert [guess(ada, password=PASSWORD) for _ in range(15)] == ["in"] * 15
    assert tries(ada) == 0
    with ada.database.writing() as session:
        session.execute(update(User).values(is_active=False))
    assert [guess(ada, password=PASSWORD) for _ in range(12)] == ["inactive"] * 12
    assert tries(ada) == 0


def test_guesses_at_once_do_not_slip_through(ada: Shop) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: guess(ada), range(24)))
    assert answers.count("not_signed_in") == 10


def test_one_thing_tried_too_often_does_not_stop_another(ada: Shop) -> None:
    with ada.database.writing() as session:
        for _ in range(10):
            throttle.attempt(session, "forgot", EMAIL, HERE.address)
        with pytest.raises(TooManyAttempts):
            throttle.attempt(session, "forgot", EMAIL, HERE.address)
    assert guess(ada, password=PASSWORD) == "in"


def test_a_counted_try_outlives_the_refusal_and_nothing_else_does(ada: Shop) -> None:
    def refuse() -> None:
        with ada.database.writing() as session:
            throttle.attempt(session, "confirm", "x", HERE.address)
            session.execute(update(User).values(first_name="never"))
            raise NotSignedIn("no")

    with pytest.raises(NotSignedIn):
        refuse()
    assert tries(ada) == 2
    with ada.database.reading() as session:
        assert session.scalars(select(User.first_name)).one() is None


def test_an_ipv6_customer_is_one_address(ada: Shop) -> None:
    for number in range(10):
        guess(ada, origin=Origin(f"2001:db8::{number:x}"))
    assert guess(ada, origin=Origin("2001:db8::ffff:1")) == "too_many_attempts"
    assert guess(ada, origin=Origin("2001:db8:0:1::1")) == "not_signed_in"
    assert throttle.network_of("::ffff:192.0.2.1") == throttle.network_of("192.0.2.1")


def test_old_tries_are_dropped(ada: Shop) -> None:
    guess(ada)
    with ada.database.writing() as session:
        session.execute(update(Attempt).values(at=datetime.now(UTC) - timedelta(days=1)))
        for number in range(throttle.PURGE_EVERY):
            throttle.attempt(session, "forgot", f"{number}", None)
        oldest = session.scalars(select(func.min(Attempt.at))).one()
    assert oldest > datetime.now(UTC) - timedelta(minutes=1)


def test_no_address_and_no_name_is_kept_in_the_clear(ada: Shop) -> None:
    guess(ada)
    with ada.database.reading() as session:
        kept = session.scalars(select(Attempt.key_hash)).all()
    assert [len(key) for key in kept] == [64, 64]


def test_the_time_of_a_refusal_does_not_tell_whether_there_is_an_account(ada: Shop) -> None:
    guess(ada, "warm@example.com", Origin("198.51.100.1"))

    def seconds(login: str, number: int) -> float:
        start = time.perf_counter()
        guess(ada, login, Origin(f"198.51.100.{number}"))
        return time.perf_counter() - start

    pairs = [(seconds(EMAIL, n), seconds("nobody@example.com", n)) for n in range(2, 17)]
    known, unknown = (median(column) for column in zip(*pairs, strict=True))
    assert 0.6 < known / unknown < 1.6, "the hash is most of it; without a decoy it is ten times"


def test_a_person_has_a_pace() -> None:
    pace = Pace(per_minute=3)
    assert [pace.seconds_to_wait("1", now=100.0) for _ in range(4)] == [0, 0, 0, 20]
    assert pace.seconds_to_wait("2", now=100.0) == 0, "somebody else has their own"
    assert [pace.seconds_to_wait("1", now=121.0) for _ in range(2)] == [0, 59]
    assert pace.seconds_to_wait("1", now=400.0) == 0
    assert pace._counts.keys() == {"1"}, "who is gone is forgotten"


def test_the_pace_looks_back_a_whole_minute() -> None:
    pace = Pace(per_minute=60)
    assert all(pace.seconds_to_wait("1", now=59.0) == 0 for _ in range(60))
    allowed = sum(pace.seconds_to_wait("1", now=61.0) == 0 for _ in range(60))
    assert allowed <= 2, "a new minute on the clock is no new minute for them"


def test_without_a_limit_everybody_goes_on() -> None:
    pace = Pace(per_minute=0)
    assert {pace.seconds_to_wait("1", now=1.0) for _ in range(10_000)} == {0}


def test_servers_tell_one_another_who_asks_much(tables: Database) -> None:
    """Of 100 a minute 90 at one and 10 at the other is all; of the minute before a part counts."""
    at = 60 * 1000.0
    paces = [Pace(per_minute=100), Pace(per_minute=100)]
    servers = [
        SharedPace(tables, {"person ": one}, server=name)
        for one, name in zip(paces, ("a", "b"), strict=True)
    ]
    for _ in range(90):
        assert not paces[0].seconds_to_wait("7", at + 10)
    assert not paces[0].seconds_to_wait("8", at + 10)  # too little to be told of
    for _ in range(2):  # told again, it is the same
        for server in servers:
            server.exchange(at + 11)
    for _ in range(10):
        assert not paces[1].seconds_to_wait("7", at + 12)
    assert paces[1].seconds_to_wait("7", at + 12) == 48
    assert not paces[1].seconds_to_wait("8", at + 12)
    for server in (servers[1], servers[0]):
        server.exchange(at + 13)
    assert paces[0].seconds_to_wait("7", at + 14) == 46
    assert not paces[0].seconds_to_wait("7", at + 70)  # 100 x 50/60 of the minute before
    assert not paces[1].seconds_to_wait("7", at + 200)
    servers[0].exchange(at + 60 * 20)
    with tables.reading() as session:
        assert session.scalars(select(RequestCount.server)).all() == []
