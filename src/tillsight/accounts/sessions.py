"""Sign-in, and who stands behind a request.

A browser carries an opaque session token in a cookie. An API client carries a short-lived access
token (JWT) that names its session, so that both die when the session ends.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tillsight.accounts.models import Role, SessionKind, User, UserSession
from tillsight.accounts.passwords import password_matches
from tillsight.accounts.users import find_user
from tillsight.errors import Forbidden, InvalidInput, NotSignedIn
from tillsight.settings import Settings

LIFETIME = {SessionKind.browser: timedelta(days=14), SessionKind.api: timedelta(days=1)}
ALGORITHM = "HS256"
WRONG_CREDENTIALS = "Incorrect email or password"
NOT_VERIFIED = "Email not verified. Please check your email for verification link."


class Inactive(InvalidInput):
    """The right password of an account that was switched off."""

    status = 400
    code = "inactive"


@dataclass(frozen=True)
class Person:
    """Whoever stands behind a request, as of this moment."""

    id: int
    email: str | None
    username: str
    first_name: str | None
    last_name: str | None
    role: Role
    is_active: bool
    is_verified: bool
    created_at: datetime
    last_login_at: datetime | None
    session_id: int

    @property
    def full_name(self) -> str | None:
        """First and last name, as far as they are known."""
        return " ".join(filter(None, [self.first_name, self.last_name])) or None

    @property
    def name(self) -> str:
        """What to call them."""
        return self.full_name or self.username

    @property
    def login(self) -> str:
        """E-mail, else username: `requested_by` of the answers."""
        return self.email or self.username

    def require(self, role: Role) -> None:
        """Refuse unless the person has `role` or more.

        Raises:
            Forbidden: naming the role that is needed.
        """
        if not self.role.includes(role):
            raise Forbidden(f"This needs the role {role}; yours is {self.role}. Ask an admin.")


class SignIn(NamedTuple):
    """A session just opened; its token is told once and kept nowhere."""

    user: User
    session_id: int
    token: str


def sign_in(session: Session, login: str, password: str, kind: SessionKind) -> SignIn:
    """Check the password and open a session.

    Raises:
        NotSignedIn: no such account, or another password; the answer does not tell which.
        Inactive, Forbidden: the password was right, but the account is off or unverified.
    """
    user = find_user(session, login)
    if not password_matches(password, user.password_hash if user else None) or user is None:
        raise NotSignedIn(WRONG_CREDENTIALS)
    if not user.is_active:
        raise Inactive("Inactive user account")
    if not user.is_verified:
        raise Forbidden(NOT_VERIFIED)
    return open_session(session, user, kind)


def open_session(session: Session, user: User, kind: SessionKind) -> SignIn:
    """Open a session of somebody who has just shown who they are."""
    now = datetime.now(UTC)
    user.last_login_at = now
    token = secrets.token_urlsafe(32)
    opened = UserSession(
        token_hash=_hash(token),
        kind=kind,
        user_id=user.id,
        created_at=now,
        expires_at=now + LIFETIME[kind],
    )
    session.add(opened)
    session.flush()
    return SignIn(user, opened.id, token)


def access_token(settings: Settings, opened: SignIn) -> str:
    """A JWT that speaks for the session for a while; `sub` is the e-mail, else the username."""
    now = datetime.now(UTC)
    claims = {
        "sub": opened.user.email or opened.user.username,
        "sid": opened.session_id,
        "iat": now,
        "exp": now + timedelta(minutes=settings.access_token_minutes),
    }
    return jwt.encode(claims, settings.signing_key, ALGORITHM)


def identify(settings: Settings, session: Session, token: str) -> Person | None:
    """Who a session token or an access token speaks for now; nobody if it is spent or unknown."""
    if token.count(".") == 2:
        session_id = _session_of(settings, token)
        known = UserSession.id == session_id
    else:
        known = UserSession.token_hash == _hash(token)
    row = (
        session.execute(
            select(
                User.id,
                User.email,
                User.username,
                User.first_name,
                User.last_name,
                User.role,
                User.is_active,
                User.is_verified,
                User.created_at,
                User.last_login_at,
                UserSession.id.label("session_id"),
            )
            .join(User, User.id == UserSession.user_id)
            .where(
                known, UserSession.ended_at.is_(None), UserSession.expires_at > datetime.now(UTC)
            )
        )
        .mappings()
        .one_or_none()
    )
    return Person(**row) if row else None


def end_session(session: Session, session_id: int) -> None:
    """Sign out: its cookie and its access tokens are worth nothing from now on."""
    session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        .values(ended_at=datetime.now(UTC))
    )


def _session_of(settings: Settings, token: str) -> int | None:
    try:
        claims = jwt.decode(
            token,
            settings.signing_key,
            [ALGORITHM],
            options={"require": ["exp", "sub", "sid"]},
        )
    except jwt.InvalidTokenError:
        return None
    return claims["sid"] if isinstance(claims["sid"], int) else None


def _hash(token: str) -> str:
    # The token is 256 random bits, so a plain fast hash is enough: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
