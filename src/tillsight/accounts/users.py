"""People: who has an account."""

import re
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Role, User
from tillsight.accounts.names import normal_email, normal_login
from tillsight.accounts.passwords import check_new_password, hash_password
from tillsight.errors import Conflict


def add_user(session: Session, email: str, password: str, role: Role) -> User:
    """Make an active and verified account, as an operator does from the terminal.

    The username is the part of the address before the @, with a number where that is taken.

    Raises:
        InvalidInput: the address or the password cannot be used.
        Conflict: the address has an account already.
    """
    address = normal_email(email)
    check_new_password(password, address)
    if session.scalar(select(User.id).where(User.email == address)):
        raise Conflict(f"{address} has an account already.")
    user = User(
        email=address,
        username=free_username(session, address),
        password_hash=hash_password(password),
        role=role,
        is_active=True,
        is_verified=True,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    session.flush()
    return user


def find_user(session: Session, login: str) -> User | None:
    """The account with this e-mail or username, in any case."""
    name = normal_login(login)
    if name is None:
        return None
    found = session.scalars(select(User).where(or_(User.email == name, User.username == name)))
    # MariaDB finds look-alikes too: to its collation é is e.
    return next((user for user in found if name in {user.email, user.username}), None)


def list_users(session: Session) -> list[User]:
    """Everybody, by id."""
    return list(session.scalars(select(User).order_by(User.id)))


def name_of(session: Session, user_id: int | None) -> str | None:
    """What to call whoever has this id; None where nobody has it, or it was the terminal."""
    user = None if user_id is None else session.get(User, user_id)
    return user.name if user else None


def who_did(session: Session, user_id: int | None) -> str:
    """Who did something, as a sentence begins."""
    return name_of(session, user_id) or "Somebody"


def free_username(session: Session, email: str) -> str:
    """The part of an address before the @, with a number behind it where that is taken."""
    wanted = re.sub(r"[^a-z0-9._+'-]", "", email.split("@", maxsplit=1)[0]) or "user"
    taken = set(session.scalars(select(User.username).where(User.username.startswith(wanted))))
    candidates = (wanted, *(f"{wanted}{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in candidates if name not in taken)
