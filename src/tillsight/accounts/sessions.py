"""Sign-in, and who stands behind a request.

A browser carries an opaque session token in a cookie. An API client carries a short-lived access
token (JWT) that names its session, so that both die when the session ends.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

import jwt
from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from tillsight.accounts import throttle
from tillsight.accounts.keys import KEY_PREFIX, key_hash
from tillsight.accounts.models import ApiKey, Language, Role, SessionKind, User, UserSession
from tillsight.accounts.passwords import hash_password, is_outdated, password_matches
from tillsight.accounts.users import find_user
from tillsight.errors import Forbidden, InvalidInput, NotSignedIn, TillsightError
from tillsight.settings import Settings

LIFETIME = {SessionKind.browser: timedelta(days=14), SessionKind.api: timedelta(days=30)}
KEPT_AFTER_END = timedelta(days=30)
DROP_EVERY, DROPPED_AT_ONCE = 100, 1000
SEEN_EVERY = timedelta(minutes=5)
ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105  (RFC 9068: says that this is an access token and nothing else)
ISSUER, AUDIENCE = "tillsight", "tillsight-api"
CLAIMS = ["exp", "nbf", "iat", "iss", "aud", "jti", "sub", "sid"]
WRONG_CREDENTIALS = "Incorrect email or password"
NOT_VERIFIED = "Email not verified. Please check your email for verification link."


class Inactive(InvalidInput):
    """The right password of an account that was switched off."""

    status = 400
    code = "inactive"


class LacksRole(Forbidden):
    """Known, but of a lower role than `needed`."""

    def __init__(self, needed: Role, own: Role) -> None:
        super().__init__(f"This needs the role {needed}; yours is {own}. Ask an admin.")
        self.needed = needed


class TokenTrouble(StrEnum):
    """Why an access token speaks for nobody."""

    unreadable = "unreadable"
    forged = "forged"
    expired = "expired"
    ended = "ended"


class Origin(NamedTuple):
    """Where a request came from, and the id that its answer and the server's log carry."""

    address: str | None = None
    request_id: str | None = None
    user_agent: str | None = None


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
    session_id: int | None
    key_id: int | None = None
    seen_at: datetime | None = None
    language: Language | None = None

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
            LacksRole: naming the role that is needed.
        """
        if not self.role.includes(role):
            raise LacksRole(role, self.role)

    def own_session(self) -> int:
        """The session of the request, for what a key alone may not do.

        Raises:
            Forbidden: the request came with an API key.
        """
        if self.session_id is None:
            raise Forbidden("An API key cannot do this. Sign in with your password.")
        return self.session_id

    @property
    def may_enter(self) -> bool:
        """Whether the account is on and its address verified."""
        return self.is_active and self.is_verified

    @property
    def is_long_unseen(self) -> bool:
        """Whether it is time to write down again that the session or key is in use."""
        return self.seen_at is None or datetime.now(UTC) - self.seen_at > SEEN_EVERY


class SignIn(NamedTuple):
    """A session just opened or renewed; its token is told once and kept nowhere."""

    user: User
    session_id: int
    token: str


def sign_in(
    session: Session,
    login: str,
    password: str,
    kind: SessionKind,
    origin: Origin = Origin(),  # noqa: B008  (immutable)
) -> SignIn:
    """Check the password and open a session: the first thing to do in a database session.

    Between the steps the transaction is given back, so that nobody waits while a password is
    hashed.

    Raises:
        NotSignedIn: no such account, or another password; the answer does not tell which.
        TooManyAttempts: too many failures lately.
        Inactive, Forbidden: the password was right, but the account is off or unverified.
    """
    noted = throttle.attempt(session, "sign-in", login, origin.address)
    user = _holder(session, login, password)
    throttle.forgive(session, noted)
    try:
        return open_session(session, user, kind, origin)
    except TillsightError:
        session.commit()
        raise


def _holder(session: Session, login: str, password: str) -> User:
    """Whose password it is, their row locked; an outdated hash of it is made anew.

    Raises:
        NotSignedIn: there is no such account, or it has another password.
    """
    while True:
        user = find_user(session, login)
        user_id, password_hash = (user.id, user.password_hash) if user else (None, "")
        session.rollback()
        if not password_matches(password, password_hash):
            raise NotSignedIn(WRONG_CREDENTIALS)
        renewed = hash_password(password) if is_outdated(password_hash) else password_hash
        user = session.get(User, user_id, populate_existing=True, with_for_update=True)
        if user is None:
            raise NotSignedIn(WRONG_CREDENTIALS)
        if user.password_hash == password_hash:
            user.password_hash = renewed
            return user
        session.rollback()  # changed, or made anew by another sign-in, in this very moment


def open_session(session: Session, user: User, kind: SessionKind, origin: Origin) -> SignIn:
    """Open a session for somebody whose identity was proven.

    Raises:
        Inactive, Forbidden: the account is off or unverified.
    """
    if not user.is_active:
        raise Inactive("Inactive user account")
    if not user.is_verified:
        raise Forbidden(NOT_VERIFIED)
    now = datetime.now(UTC)
    user.last_login_at = now
    token = secrets.token_urlsafe(32)
    opened = UserSession(
        token_hash=token_hash(token),
        kind=kind,
        user_id=user.id,
        created_at=now,
        expires_at=now + LIFETIME[kind],
        last_seen_at=now,
        address=(origin.address or "")[:45] or None,
        user_agent=(origin.user_agent or "")[:200] or None,
    )
    session.add(opened)
    session.flush()
    if opened.id % DROP_EVERY == 0:
        drop_old_sessions(session)
    return SignIn(user, opened.id, token)


def drop_old_sessions(session: Session) -> None:
    """Forget sessions, and their refresh tokens, that would have ended long ago."""
    old = select(UserSession.id).where(UserSession.expires_at < datetime.now(UTC) - KEPT_AFTER_END)
    numbers = session.scalars(old.limit(DROPPED_AT_ONCE)).all()
    session.execute(delete(UserSession).where(UserSession.id.in_(numbers)))


def access_token(
    settings: Settings, opened: SignIn, minutes: int | None = None, **more: str
) -> str:
    """A JWT that speaks for the session for a while; `sub` is the e-mail, else the username.

    `more` are claims that a contract wants besides, or instead: the session and its end stay. It
    lives as long as the settings say, or the `minutes` that a contract promised.
    """
    now = datetime.now(UTC)
    claims = {
        "sub": opened.user.email or opened.user.username,
        **more,
        "sid": opened.session_id,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=minutes or settings.access_token_minutes),
        "jti": uuid4().hex,
    }
    return jwt.encode(claims, settings.signing_key, ALGORITHM, headers={"typ": TOKEN_TYPE})


# This runs with every request, hence tables instead of classes, and statements made once.
_users, _sessions, _keys = User.__table__, UserSession.__table__, ApiKey.__table__
_PERSON = (
    _users.c.id,
    _users.c.email,
    _users.c.username,
    _users.c.first_name,
    _users.c.last_name,
    _users.c.role,
    _users.c.is_active,
    _users.c.is_verified,
    _users.c.created_at,
    _users.c.last_login_at,
    _users.c.language,
)
_BY_SESSION = (
    select(*_PERSON, _sessions.c.id, _sessions.c.last_seen_at, _sessions.c.ended_at)
    .select_from(_sessions.join(_users, _users.c.id == _sessions.c.user_id))
    .where(_sessions.c.expires_at > bindparam("now"))
)
_BY_ID = _BY_SESSION.where(_sessions.c.id == bindparam("id"))
_BY_SECRET = _BY_SESSION.where(_sessions.c.token_hash == bindparam("secret"))
_BY_KEY = (
    select(*_PERSON, _keys.c.id, _keys.c.last_used_at, _keys.c.role)
    .select_from(_keys.join(_users, _users.c.id == _keys.c.user_id))
    .where(_keys.c.key_hash == bindparam("key"), _keys.c.revoked_at.is_(None))
)


def identify(settings: Settings, session: Session, token: str) -> Person | None:
    """Who a session token, access token or API key speaks for; nobody if it is spent or unknown.

    Of somebody who was deactivated it still says who they are, so that they can be told.
    """
    if token.startswith(KEY_PREFIX):
        return _identify_key(session, key_hash(settings, token))
    now = datetime.now(UTC)
    if token.count(".") == 2:
        session_id = _session_of(settings, token)
        if session_id is None:
            return None
        found = session.connection().execute(_BY_ID, {"id": session_id, "now": now})
    else:
        found = session.connection().execute(_BY_SECRET, {"secret": token_hash(token), "now": now})
    row = found.one_or_none()
    if row is None:
        return None
    *known, language, session_id, seen_at, ended_at = row
    person = Person(*(*known, session_id, None, seen_at, language))
    return None if ended_at and person.is_active else person


def _identify_key(session: Session, key: str) -> Person | None:
    row = session.connection().execute(_BY_KEY, {"key": key}).one_or_none()
    if row is None:
        return None
    *known, language, key_id, used_at, role = row
    person = Person(*(*known, None, key_id, used_at, language))
    return person if role.includes(person.role) else replace(person, role=role)


def note_seen(session: Session, person: Person) -> None:
    """Write down that the person's session or key is in use now."""
    now = datetime.now(UTC)
    if person.key_id is not None:
        session.execute(update(ApiKey).where(ApiKey.id == person.key_id).values(last_used_at=now))
    else:
        known = UserSession.id == person.session_id
        session.execute(update(UserSession).where(known).values(last_seen_at=now))


def end_session(session: Session, session_id: int) -> None:
    """Sign out: its cookie and its tokens are worth nothing from now on."""
    _end(session, UserSession.id == session_id)


def end_sessions(session: Session, user_id: int, but: int | None = None) -> None:
    """Sign somebody out everywhere; the session `but` goes on."""
    _end(session, UserSession.user_id == user_id, UserSession.id != (but or 0))


def _end(session: Session, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(UserSession)
        .where(*which, UserSession.ended_at.is_(None))
        .values(ended_at=datetime.now(UTC))
    )


def token_hash(token: str) -> str:
    """How a secret of ours is kept: of 256 random bits there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def token_trouble(settings: Settings, token: str) -> TokenTrouble:
    """Why `identify` knows nobody for what was sent as an access token."""
    try:
        _decoded(settings, token)
    except jwt.ExpiredSignatureError:
        return TokenTrouble.expired
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        return TokenTrouble.forged
    except jwt.InvalidTokenError:
        return TokenTrouble.unreadable
    return TokenTrouble.ended


def _session_of(settings: Settings, token: str) -> int | None:
    try:
        decoded = _decoded(settings, token)
    except jwt.InvalidTokenError:
        return None
    session_id = decoded["payload"]["sid"]
    is_ours = decoded["header"].get("typ") == TOKEN_TYPE and isinstance(session_id, int)
    return session_id if is_ours else None


def _decoded(settings: Settings, token: str) -> dict[str, Any]:
    return jwt.decode_complete(
        token,
        settings.signing_key,
        [ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"require": CLAIMS},
    )
