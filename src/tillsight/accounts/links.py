"""Links that let somebody do one thing once: verify, reset, accept an invitation, set up.

The secret in a link is 256 random bits; the table holds its hash only, and no mail that waits to be
sent holds it either: it is made when the mail goes out.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.models import OneTimeToken, Purpose, User
from tillsight.errors import TillsightError
from tillsight.settings import Settings

LIFETIME = {
    Purpose.verify: timedelta(hours=24),
    Purpose.reset: timedelta(hours=1),
    Purpose.invite: timedelta(days=7),
    Purpose.setup: timedelta(hours=24),
}
PAGE = {
    Purpose.verify: "/verify",
    Purpose.reset: "/reset",
    Purpose.invite: "/reset",
    Purpose.setup: "/setup",
}
WHAT = {
    Purpose.verify: "verification token",
    Purpose.reset: "reset token",
    Purpose.invite: "invitation",
    Purpose.setup: "setup link",
}


class BadLink(TillsightError):
    """The link was used, is too old, or never was one; which of these is not told."""

    status = 400
    code = "bad_link"

    def __init__(self, purpose: Purpose) -> None:
        super().__init__(f"Invalid or expired {WHAT[purpose]}")


def issue(session: Session, purpose: Purpose, user_id: int | None) -> str:
    """A new secret, told here and never again; the person's expired ones are removed."""
    now = datetime.now(UTC)
    session.execute(
        delete(OneTimeToken).where(_of(user_id), OneTimeToken.expires_at < now - timedelta(days=1))
    )
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeToken(
            token_hash=_hash(token),
            purpose=purpose,
            user_id=user_id,
            created_at=now,
            expires_at=now + LIFETIME[purpose],
        )
    )
    session.flush()
    return token


def address_of(settings: Settings, purpose: Purpose, token: str) -> str:
    """The page to open, as it stands in a mail."""
    return f"{settings.public_url}{PAGE[purpose]}?token={token}"


def holder(session: Session, purpose: Purpose, token: str) -> User:
    """Whose link this is, without using it.

    Raises:
        BadLink: it cannot be used (any more).
    """
    found = session.scalar(
        select(User)
        .join(OneTimeToken, OneTimeToken.user_id == User.id)
        .where(*_usable(purpose, token), User.is_active)
    )
    if found is None:
        raise BadLink(purpose)
    return found


def is_usable(session: Session, purpose: Purpose, token: str) -> bool:
    """Whether the link would still work."""
    found = select(OneTimeToken.id).where(*_usable(purpose, token))
    return session.scalar(found) is not None


def use(session: Session, purpose: Purpose, token: str) -> User | None:
    """Use the link up, and with it the person's others of the same purpose.

    Of two who use it at once one succeeds: the update of its row decides. Nobody stands behind a
    setup link.

    Raises:
        BadLink: it cannot be used (any more).
    """
    now = datetime.now(UTC)
    used = session.execute(
        update(OneTimeToken)
        .where(*_usable(purpose, token))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if not used.rowcount:  # type: ignore[attr-defined]  # of an UPDATE it is there
        raise BadLink(purpose)
    user_id = session.scalar(
        select(OneTimeToken.user_id).where(OneTimeToken.token_hash == _hash(token))
    )
    session.execute(
        update(OneTimeToken)
        .where(_of(user_id), OneTimeToken.purpose == purpose, OneTimeToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    user = session.get(User, user_id) if user_id is not None else None
    if user is not None and not user.is_active:
        raise BadLink(purpose)
    return user


def withdraw(session: Session, purpose: Purpose, user_id: int) -> None:
    """Have somebody's unused links of this kind open nothing any more."""
    theirs = (OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose)
    unused = update(OneTimeToken).where(*theirs, OneTimeToken.used_at.is_(None))
    session.execute(unused.values(used_at=datetime.now(UTC)))


def _usable(purpose: Purpose, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeToken.token_hash == _hash(token),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > datetime.now(UTC),
    )


def _of(user_id: int | None) -> ColumnElement[bool]:
    column = OneTimeToken.user_id
    return column.is_(None) if user_id is None else column == user_id


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
