"""Refresh tokens: one renewal each, and what becomes of a session whose token comes twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from shop import Shop
from tillsight.accounts.models import RefreshToken, Role, SessionKind, User, UserSession
from tillsight.accounts.refresh import GRACE, issue_refresh_token, renew
from tillsight.accounts.sessions import (
    Inactive,
    access_token,
    drop_old_sessions,
    end_session,
    identify,
    sign_in,
)
from tillsight.accounts.users import add_user
from tillsight.errors import Forbidden, NotSignedIn

EMAIL, PASSWORD = "ada@example.com", "correct horse"


def first_token(shop: Shop) -> tuple[str, str]:
    """Refresh token and access token of a new session."""
    with shop.database.writing() as session:
        if not session.scalar(select(User.id)):
            add_user(session, EMAIL, PASSWORD, Role.viewer)
    with shop.database.writing() as session:
        opened = sign_in(session, EMAIL, PASSWORD, SessionKind.api)
        access = access_token(shop.settings, opened)
        return issue_refresh_token(session, opened.session_id), access


def renewed(shop: Shop, token: str) -> str:
    with shop.database.writing() as session:
        return renew(session, token).token


def is_signed_in(shop: Shop, access: str) -> bool:
    with shop.database.reading() as session:
        return identify(shop.settings, session, access) is not None


def change(shop: Shop, statement) -> None:
    with shop.database.writing() as session:
        session.execute(statement)


def pass_grace(shop: Shop) -> None:
    """Have all spent tokens been spent before the grace."""
    before = datetime.now(UTC) - GRACE - timedelta(seconds=1)
    spent = update(RefreshToken).where(RefreshToken.spent_at.is_not(None))
    change(shop, spent.values(spent_at=before))


def test_tokens_follow_each_other(shop: Shop) -> None:
    token, access = first_token(shop)
    seen = {token}
    for _ in range(3):
        token = renewed(shop, token)
        assert token not in seen
        seen.add(token)
        pass_grace(shop)
    assert is_signed_in(shop, access)


def test_a_spent_token_that_comes_again_ends_the_session(shop: Shop) -> None:
    stolen, access = first_token(shop)
    _, other = first_token(shop)
    newest = renewed(shop, stolen)
    pass_grace(shop)
    with pytest.raises(NotSignedIn, match=r"^Could not validate credentials$"):
        renewed(shop, stolen)
    assert not is_signed_in(shop, access)
    with pytest.raises(NotSignedIn):
        renewed(shop, newest)
    assert is_signed_in(shop, other), "another session of the same person is another family"


def test_within_the_grace_both_tabs_go_on(shop: Shop) -> None:
    token, access = first_token(shop)
    one, other = renewed(shop, token), renewed(shop, token)
    assert one != other
    assert renewed(shop, one)
    assert renewed(shop, other)
    assert is_signed_in(shop, access)


def test_renewing_at_once_gives_everybody_a_token_of_their_own(shop: Shop) -> None:
    token, access = first_token(shop)
    ready = Barrier(6)

    def race(_: int) -> str:
        ready.wait(timeout=10)
        return renewed(shop, token)

    with ThreadPoolExecutor(6) as pool:
        tokens = set(pool.map(race, range(6)))
    assert len(tokens) == 6
    assert is_signed_in(shop, access)


def test_of_many_thieves_at_once_none_gets_in(shop: Shop) -> None:
    stolen, access = first_token(shop)
    renewed(shop, stolen)
    pass_grace(shop)
    with shop.database.reading() as session:
        tokens = session.scalar(select(func.count(RefreshToken.id)))

    def steal(_: int) -> bool:
        with pytest.raises(NotSignedIn):
            renewed(shop, stolen)
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(steal, range(6)))
    assert not is_signed_in(shop, access)
    with shop.database.reading() as session:
        assert session.scalar(select(func.count(RefreshToken.id))) == tokens


@pytest.mark.parametrize("token", ["", "x", "ä", "a.b.c", "tsk_x", "\ud800", "x" * 200])
def test_unknown_tokens_renew_nothing(shop: Shop, token: str) -> None:
    first_token(shop)
    with pytest.raises(NotSignedIn):
        renewed(shop, token)


def test_an_access_token_or_a_session_secret_is_no_refresh_token(shop: Shop) -> None:
    _, access = first_token(shop)
    with shop.database.writing() as session:
        secret = sign_in(session, EMAIL, PASSWORD, SessionKind.browser).token
    for token in (access, secret):
        with pytest.raises(NotSignedIn):
            renewed(shop, token)


def test_and_a_refresh_token_opens_nothing_itself(shop: Shop) -> None:
    token, _ = first_token(shop)
    assert not is_signed_in(shop, token)


def test_a_session_that_ended_is_not_renewed(shop: Shop) -> None:
    token, _ = first_token(shop)
    with shop.database.writing() as session:
        end_session(session, session.scalars(select(UserSession.id)).one())
    with pytest.raises(NotSignedIn):
        renewed(shop, token)


def test_a_session_ends_when_its_time_is_over_however_often_it_is_renewed(shop: Shop) -> None:
    token, _ = first_token(shop)
    ends = select(UserSession.expires_at)
    with shop.database.reading() as session:
        before = session.scalars(ends).one()
        assert before - datetime.now(UTC) <= timedelta(days=30)
    token = renewed(shop, token)
    with shop.database.reading() as session:
        assert session.scalars(ends).one() == before
    change(shop, update(UserSession).values(expires_at=datetime.now(UTC)))
    with pytest.raises(NotSignedIn):
        renewed(shop, token)


def test_sessions_of_long_ago_are_forgotten_with_their_tokens(shop: Shop) -> None:
    _, access = first_token(shop)
    with shop.database.reading() as session:
        kept = session.scalars(select(UserSession.id)).one()
    first_token(shop)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    change(shop, update(UserSession).where(UserSession.id != kept).values(expires_at=long_ago))
    with shop.database.writing() as session:
        drop_old_sessions(session)
        assert session.scalars(select(UserSession.id)).all() == [kept]
        assert session.scalars(select(RefreshToken.session_id)).all() == [kept]
    assert is_signed_in(shop, access)


def test_inactive_and_unverified_people_renew_nothing(shop: Shop) -> None:
    token, _ = first_token(shop)
    change(shop, update(User).values(is_verified=False))
    with pytest.raises(Forbidden, match="not verified"):
        renewed(shop, token)
    change(shop, update(User).values(is_verified=True, is_active=False))
    with pytest.raises(Inactive, match=r"^Inactive user$"):
        renewed(shop, token)
    change(shop, update(User).values(is_active=True))
    assert renewed(shop, token), "a refusal did not spend the token"
