"""People, passwords and sessions."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from shop import Shop
from tillsight.accounts.models import Role, SessionKind, User, UserSession
from tillsight.accounts.names import normal_email
from tillsight.accounts.sessions import (
    Inactive,
    Person,
    SignIn,
    access_token,
    end_session,
    identify,
    sign_in,
)
from tillsight.accounts.users import add_user
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotSignedIn

EMAIL, PASSWORD = "ada@example.com", "correct horse"


def add(shop: Shop, email: str = EMAIL, role: Role = Role.viewer) -> None:
    with shop.database.writing() as session:
        add_user(session, email, PASSWORD, role)


def signed_in(shop: Shop, kind: SessionKind = SessionKind.api) -> tuple[str, str, int]:
    """Session token, access token and id of a new session."""
    with shop.database.writing() as session:
        opened: SignIn = sign_in(session, EMAIL, PASSWORD, kind)
        return opened.token, access_token(shop.settings, opened), opened.session_id


def who(shop: Shop, token: str) -> Person | None:
    with shop.database.reading() as session:
        return identify(shop.settings, session, token)


def change(shop: Shop, **values: object) -> None:
    with shop.database.writing() as session:
        session.execute(update(User).values(**values))


def test_both_tokens_speak_for_the_person(shop: Shop) -> None:
    add(shop, role=Role.editor)
    session_token, access, session_id = signed_in(shop)
    for token in (session_token, access):
        person = who(shop, token)
        assert person is not None
        assert (person.email, person.username, person.role) == (EMAIL, "ada", Role.editor)
        assert person.session_id == session_id
        assert person.last_login_at is not None


@pytest.mark.parametrize("login", ["ada@example.com", "ADA@Example.COM", " ada ", "Ada"])
def test_email_or_username_in_any_case(shop: Shop, login: str) -> None:
    add(shop)
    with shop.database.writing() as session:
        assert sign_in(session, login, PASSWORD, SessionKind.browser).user.email == EMAIL


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (EMAIL, "wrong password"),
        (EMAIL, ""),
        (EMAIL, "x" * 100_000),
        ("nobody@example.com", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("", ""),
    ],
)
def test_wrong_credentials_are_refused_alike(shop: Shop, login: str, password: str) -> None:
    add(shop)
    with (
        shop.database.writing() as session,
        pytest.raises(NotSignedIn, match=r"^Incorrect email or password$"),
    ):
        sign_in(session, login, password, SessionKind.api)


def test_inactive_and_unverified_are_told_only_after_the_right_password(shop: Shop) -> None:
    add(shop)
    for values, refusal in (({"is_verified": False}, Forbidden), ({"is_active": False}, Inactive)):
        change(shop, **values)
        with shop.database.writing() as session:
            with pytest.raises(refusal):
                sign_in(session, EMAIL, PASSWORD, SessionKind.api)
            with pytest.raises(NotSignedIn):
                sign_in(session, EMAIL, "wrong password", SessionKind.api)


def test_a_deactivated_person_is_seen_as_such_at_once(shop: Shop) -> None:
    add(shop)
    token, _, _ = signed_in(shop)
    change(shop, is_active=False)
    person = who(shop, token)
    assert person is not None
    assert not person.is_active


def test_both_tokens_die_with_the_session(shop: Shop) -> None:
    add(shop)
    session_token, access, session_id = signed_in(shop)
    other, _, _ = signed_in(shop)
    with shop.database.writing() as session:
        end_session(session, session_id)
    assert who(shop, session_token) is None
    assert who(shop, access) is None
    assert who(shop, other) is not None


def test_a_session_ends_by_itself(shop: Shop) -> None:
    add(shop)
    token, access, _ = signed_in(shop)
    with shop.database.writing() as session:
        session.execute(update(UserSession).values(expires_at=datetime.now(UTC)))
    assert who(shop, token) is None
    assert who(shop, access) is None


def test_spoilt_and_foreign_tokens_speak_for_nobody(shop: Shop) -> None:
    add(shop)
    session_token, access, _ = signed_in(shop)
    key, now = shop.settings.signing_key, datetime.now(UTC)
    good = jwt.decode(access, options={"verify_signature": False})
    typ = {"typ": "at+jwt"}

    def made(**claims: object) -> str:
        return jwt.encode(good | claims, key, "HS256", headers=typ)

    def without(claim: str) -> str:
        kept = {name: value for name, value in good.items() if name != claim}
        return jwt.encode(kept, key, "HS256", headers=typ)

    head, body, signature = access.split(".")
    tokens = {
        "expired": made(exp=now - timedelta(seconds=1)),
        "other key": jwt.encode(good, "another key of enough characters", "HS256", headers=typ),
        "no signature": jwt.encode(good, None, "none", headers=typ),
        "signature cut off": f"{head}.{body}.",
        "other method": jwt.encode(good, key * 2, "HS512", headers=typ),
        "wrong type": jwt.encode(good, key, "HS256"),
        "refresh type": jwt.encode(good, key, "HS256", headers={"typ": "refresh+jwt"}),
        "other audience": made(aud="another service"),
        "other issuer": made(iss="https://evil.example"),
        "session as text": made(sid="1 OR 1=1"),
        "session of nobody": made(sid=4711),
        "not yet": made(nbf=now + timedelta(minutes=1)),
        "from the future": made(iat=now + timedelta(minutes=1)),
        "truncated": access[:-4],
        "two bodies": f"{head}.{body}.{body}.{signature}",
        "garbage": "a.b.c",
        "half a session": session_token[:-1],
        "not even ASCII": "ä.ö.ü",
        "empty": "",
        **{f"no {claim}": without(claim) for claim in good},
    }
    assert {name for name, token in tokens.items() if who(shop, token)} == set()
    assert who(shop, made()) is not None


def test_no_secret_is_stored_in_the_clear(shop: Shop) -> None:
    add(shop)
    token, access, _ = signed_in(shop)
    stored = shop.database.engine.raw_connection()
    dump = "\n".join(stored.iterdump())  # type: ignore[attr-defined]
    stored.close()
    assert not [secret for secret in (PASSWORD, token, access) if secret in dump]
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in dump


def test_an_address_has_one_account_and_a_username_of_its_own(shop: Shop) -> None:
    add(shop)
    add(shop, "ada@other.example")
    with shop.database.writing() as session:
        with pytest.raises(Conflict, match="has an account already"):
            add_user(session, "ADA@example.com", PASSWORD, Role.viewer)
        names = session.scalars(select(User.username).order_by(User.id)).all()
    assert names == ["ada", "ada2"]


@pytest.mark.parametrize("password", ["", "short", "x" * 129])
def test_passwords_have_limits(shop: Shop, password: str) -> None:
    with shop.database.writing() as session, pytest.raises(InvalidInput, match="8 to 128"):
        add_user(session, EMAIL, password, Role.viewer)


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@x.org", "a b@x.org", "a@x..org", "a" * 300 + "@x.org"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidInput, match="not an e-mail address"):
        normal_email(email)


@given(st.text(max_size=40))
def test_an_address_that_is_taken_is_kept_in_lower_case(text: str) -> None:
    try:
        email = normal_email(text)
    except InvalidInput:
        return
    assert email == email.strip().lower()
    assert email.count("@") == 1


def test_each_role_includes_the_ones_before_it() -> None:
    roles = list(Role)
    assert [[one.includes(other) for other in roles] for one in roles] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]
