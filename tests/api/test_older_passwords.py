"""Passwords that older products hashed with bcrypt: they open every door, and are hashed anew."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import bcrypt
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api_shop import Api
from newcomers import login, post
from older_products import hashed
from shop import temporary_shop
from tillsight.accounts import sessions
from tillsight.accounts.models import Role, SessionKind, User
from tillsight.accounts.passwords import password_matches
from tillsight.accounts.sessions import sign_in
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper
from tillsight.settings import load_settings

ALL = "hm-kpis, kpi-circles, product-catalog"
PASSWORD = "пароль and $alt"


@pytest.fixture(scope="module")
def doors() -> Iterator[Api]:
    """A shop with every contract switched on; each test has somebody of its own."""
    with temporary_shop() as shop:
        settings = load_settings(home=shop.settings.home, compat=ALL)
        door = Doorkeeper(
            create_api(settings, shop.database, shop.warehouse), settings, shop.database
        )
        yield Api(shop, TestClient(door, raise_server_exceptions=False))


def moved(api: Api, password_hash: str, **facts: object) -> str:
    """The username of somebody who came over from an older product."""
    name = f"p{uuid4().hex}"
    usual = {"role": Role.viewer, "is_active": True, "is_verified": True}
    with api.shop.database.writing() as session:
        session.add(
            User(
                email=f"{name}@example.com",
                username=name,
                password_hash=password_hash,
                created_at=datetime.now(UTC),
                **(usual | facts),
            )
        )
    return name


def kept(api: Api, name: str) -> str:
    with api.shop.database.reading() as session:
        return session.scalars(select(User.password_hash).where(User.username == name)).one()


def change(api: Api, name: str, **values: object) -> None:
    with api.shop.database.writing() as session:
        session.execute(update(User).where(User.username == name).values(**values))


def by_page(api: Api, name: str, password: str) -> Any:
    api.client.cookies.clear()  # another browser
    form = {"login": name, "password": password}
    return api.client.post("/signin", data=form, follow_redirects=False)


def by_hm_kpis(api: Api, name: str, password: str) -> Any:
    return post(api, "/compat/hm-kpis/users/login", {"username": name, "password": password})


def by_product_catalog(api: Api, name: str, password: str) -> Any:
    body = {"username": name, "password": password}
    return post(api, "/compat/product-catalog/login", body)


def by_kpi_circles(api: Api, name: str, password: str) -> Any:
    body = {"email": f"{name}@example.com", "password": password}
    return post(api, "/compat/kpi-circles/login", body)


@pytest.mark.parametrize(
    ("sign_in_by", "opened", "shut"),
    [
        (by_page, 303, 401),
        (login, 200, 401),
        (by_hm_kpis, 200, 401),
        (by_product_catalog, 200, 401),
        (by_kpi_circles, 200, 404),
    ],
    ids=["dashboard", "api", "hm-kpis", "product-catalog", "kpi-circles"],
)
def test_every_door_takes_it_and_keeps_it_as_argon2(
    doors: Api, sign_in_by: Callable[[Api, str, str], Any], opened: int, shut: int
) -> None:
    before = hashed(PASSWORD)
    name = moved(doors, before)
    assert sign_in_by(doors, name, "another one").status_code == shut
    assert kept(doors, name) == before, "only the right password is hashed anew"
    assert sign_in_by(doors, name, PASSWORD).status_code == opened
    renewed = kept(doors, name)
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in_by(doors, name, PASSWORD).status_code == opened
    assert kept(doors, name) == renewed, "it is hashed anew once"
    assert sign_in_by(doors, name, "another one").status_code == shut


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_hashes_of_every_maker_are_read(prefix: str) -> None:
    assert password_matches(PASSWORD, hashed(PASSWORD, prefix))
    assert not password_matches("another one", hashed(PASSWORD, prefix))


def test_of_a_long_password_bcrypt_saw_72_bytes_and_argon2_sees_all(doors: Api) -> None:
    longer = "ж" * 60  # 120 bytes
    name = moved(doors, hashed(longer))
    assert login(doors, name, longer).status_code == 200
    assert kept(doors, name).startswith("$argon2id$")
    assert login(doors, name, longer).status_code == 200
    assert login(doors, name, longer + "!").status_code == 401


GOOD = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()


@pytest.mark.parametrize(
    "broken",
    [
        "$2b$04$",
        GOOD[:-1],
        GOOD + "x",
        GOOD + "\n",
        GOOD.replace("$2b$", "$2x$"),
        GOOD.replace("$04$", "$31$"),  # hours of work
        GOOD.replace("$04$", "$99$"),
        GOOD.replace("$04$", "$03$"),
        GOOD[:7] + "z" * 53,
        GOOD[:7] + "+" * 53,
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$!!!!",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        PASSWORD,
        "",
    ],
)
def test_a_broken_hash_fits_no_password(broken: str) -> None:
    assert password_matches(PASSWORD, GOOD)
    assert not password_matches(PASSWORD, broken)
    assert not password_matches("", broken)


@pytest.mark.parametrize("given", ["", "a\0b", "\ud800 half a character", "x" * 1000])
def test_odd_passwords_are_wrong_ones(doors: Api, given: str) -> None:
    name = moved(doors, hashed(PASSWORD))
    with doors.shop.database.writing() as session, pytest.raises(sessions.NotSignedIn):
        sign_in(session, name, given, SessionKind.api)
    assert not password_matches(given, kept(doors, name))


def test_who_signs_in_twice_at_once_is_let_in_twice(
    doors: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = moved(doors, hashed(PASSWORD))
    hash_one, signed_in = sessions.hash_password, []

    def meanwhile(password: str) -> str:
        """Another sign-in comes between the check of the password and the lock."""
        monkeypatch.setattr(sessions, "hash_password", hash_one)
        signed_in.append(login(doors, name, password).status_code)
        return hash_one(password)

    monkeypatch.setattr(sessions, "hash_password", meanwhile)
    signed_in.append(login(doors, name, PASSWORD).status_code)
    assert signed_in == [200, 200]
    assert kept(doors, name).startswith("$argon2id$")


def test_a_password_changed_in_that_moment_is_the_one_that_counts(
    doors: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = moved(doors, hashed(PASSWORD))
    hash_one = sessions.hash_password

    def meanwhile(password: str) -> str:
        change(doors, name, password_hash=hash_one("a new password"))
        return hash_one(password)

    monkeypatch.setattr(sessions, "hash_password", meanwhile)
    assert login(doors, name, PASSWORD).status_code == 401
    assert login(doors, name, "a new password").status_code == 200


def test_whoever_may_not_enter_is_told_so_as_before(doors: Api) -> None:
    name = moved(doors, hashed(PASSWORD), is_verified=False)
    assert login(doors, name, PASSWORD).status_code == 403
    change(doors, name, is_active=False)
    assert login(doors, name, PASSWORD).status_code == 400
    assert login(doors, name, "another one").status_code == 401


def test_it_confirms_a_change_of_the_password(doors: Api) -> None:
    name = moved(doors, hashed(PASSWORD))
    token = login(doors, name, PASSWORD).json()["access_token"]
    change(doors, name, password_hash=hashed(PASSWORD))  # as if they had signed in elsewhere
    body = {"current_password": PASSWORD, "new_password": "another long one"}
    me = {"Authorization": f"Bearer {token}"}
    assert doors.client.post("/api/users/me/password", json=body, headers=me).is_success
    assert kept(doors, name).startswith("$argon2id$")
