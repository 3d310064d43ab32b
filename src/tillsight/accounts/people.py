"""People as an admin sees them: who there is, what they may do, and whether they may come in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Origin, Person, end_sessions
from tillsight.errors import Conflict, InvalidInput, NotFound

LONGEST_NAME = 200  # characters


def list_people(session: Session, after: int, limit: int) -> list[User]:
    """Accounts by id, from the one after `after` on."""
    return list(session.scalars(select(User).where(User.id > after).order_by(User.id).limit(limit)))


def one_person(session: Session, user_id: int) -> User:
    """An account.

    Raises:
        NotFound: there is none of this id.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}.")
    return user


def person_to_change(session: Session, user_id: int) -> User:
    """An account that nobody else changes until this transaction ends.

    Raises:
        NotFound: there is none of this id.
    """
    session.get(User, user_id, populate_existing=True, with_for_update=True)
    return one_person(session, user_id)


def change_person(
    session: Session,
    user_id: int,
    changes: Mapping[str, Any],
    by: Person | None = None,
    origin: Origin = TERMINAL,
) -> User:
    """Change `role`, `is_active`, `is_verified`, `first_name` or `last_name`, and record it.

    Who is deactivated is signed out everywhere, and their keys rest until they are reactivated.

    Raises:
        NotFound: there is no such account.
        Conflict: nobody could manage people any more.
        InvalidInput: a name cannot be used.
    """
    keep_an_admin(session, user_id, changes)
    user = person_to_change(session, user_id)
    before = {name: getattr(user, name) for name in changes}
    for name, value in changes.items():
        setattr(user, name, clean_name(value) if name in {"first_name", "last_name"} else value)
    if not user.is_active:
        end_sessions(session, user_id)
    session.flush()
    for name, old in before.items():
        if getattr(user, name) != old:
            _record_change(session, user, name, old, by, origin)
    return user


def _record_change(
    session: Session, user: User, name: str, old: object, by: Person | None, origin: Origin
) -> None:
    new = getattr(user, name)
    action = {
        ("role", new): Action.role_changed,
        ("is_active", True): Action.user_reactivated,
        ("is_active", False): Action.user_deactivated,
        ("is_verified", True): Action.user_verified,
    }.get((name, new), Action.profile_changed)
    details = {} if isinstance(new, bool) else {"field": name, "before": old, "after": new}
    record(session, action, by, user.email or user.username, details, origin)


def keep_an_admin(session: Session, user_id: int, changes: Mapping[str, Any]) -> None:
    """Refuse changes after which no admin could sign in; two admins cannot remove each other.

    Raises:
        Conflict: this is the last one.
    """
    stays = (
        changes.get("role", Role.admin) is Role.admin
        and changes.get("is_active", True)
        and changes.get("is_verified", True)
    )
    if stays:
        return
    usable = (User.role == Role.admin, User.is_active.is_(True), User.is_verified.is_(True))
    # Locked, so that of two such changes at once the second sees the first.
    admins = session.scalars(select(User.id).where(*usable).order_by(User.id).with_for_update())
    if set(admins) == {user_id}:
        raise Conflict("This is the last active admin. Make somebody else an admin first.")


def clean_name(text: str | None) -> str | None:
    """A first or last name as it is kept; nothing if it is empty.

    Raises:
        InvalidInput: it is too long, or holds control characters.
    """
    name = " ".join((text or "").split(" ")).strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"A name has at most {LONGEST_NAME} printable characters.")
    return name or None
