"""Refresh tokens: each is good for one renewal; a session's tokens are one family.

A spent token that comes again was stolen, or its renewal was: the session ends, whoever asked. The
exception is a short grace, for two tabs (or a retry) that renew with the same token at once.
"""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.models import RefreshToken, User, UserSession
from tillsight.accounts.sessions import NOT_VERIFIED, Inactive, SignIn, end_session, token_hash
from tillsight.errors import Forbidden, NotSignedIn
from tillsight.logs import log

GRACE = timedelta(seconds=10)
NOT_VALID = "Could not validate credentials"


def issue_refresh_token(session: Session, session_id: int) -> str:
    """The next token of a session."""
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    session.add(RefreshToken(token_hash=token_hash(token), session_id=session_id, issued_at=now))
    session.flush()
    return token


def renew(session: Session, token: str) -> SignIn:
    """Spend a refresh token for the next one, which is the `token`. The session ends when it did.

    The first thing in a database session.

    Raises:
        NotSignedIn: unknown, of a session that ended, or spent before, which ends the session.
        Inactive, Forbidden: the account is off or unverified.
    """
    given = RefreshToken.token_hash == token_hash(token)
    session_id = session.scalar(select(RefreshToken.session_id).where(given))
    session.rollback()
    # Whoever renews a session holds its row first, so that renewals at once take turns.
    of = session.scalar(select(UserSession).where(UserSession.id == session_id).with_for_update())
    spending = session.scalar(select(RefreshToken).where(given))
    if of is None or spending is None:
        raise NotSignedIn(NOT_VALID)
    now = datetime.now(UTC)
    if spending.spent_at is not None and now - spending.spent_at > GRACE:
        _end_family(session, of)
        raise NotSignedIn(NOT_VALID)
    user = session.get_one(User, of.user_id)
    if of.expires_at <= now or (of.ended_at and user.is_active):
        raise NotSignedIn(NOT_VALID)
    if not user.is_active:
        raise Inactive("Inactive user")
    if not user.is_verified:
        raise Forbidden(NOT_VERIFIED)
    spending.spent_at = spending.spent_at or now
    return SignIn(user, of.id, issue_refresh_token(session, of.id))


def _end_family(session: Session, of: UserSession) -> None:
    if of.ended_at is None:
        log.warning("a spent refresh token came again; the session was ended", session=of.id)
    end_session(session, of.id)
    session.commit()  # before the refusal undoes it
