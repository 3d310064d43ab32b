"""People: who has an account."""

import re
import unicodedata
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Role, User
from tillsight.accounts.passwords import check_new_password, hash_password
from tillsight.errors import Conflict, InvalidInput

# What a mail server would take, loosely: the proof that an address works is a mail that arrives.
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)*")


def normal_email(text: str) -> str:
    """The address in the form it is kept in.

    Raises:
        InvalidInput: it is no e-mail address.
    """
    email = as_id(text)
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidInput(f"“{text[:80]}” is not an e-mail address such as name@example.com.")
    return email


def add_user(session: Session, email: str, password: str, role: Role) -> User:
    """Make an active and verified account, as an operator does from the terminal.

    The username is the part of the address before the @, with a number where that is taken.

    Raises:
        InvalidInput: the address or the password cannot be used.
        Conflict: the address has an account already.
    """
    address = normal_email(email)
    check_new_password(password)
    if session.scalar(select(User.id).where(User.email == address)):
        raise Conflict(f"{address} has an account already.")
    user = User(
        email=address,
        username=free_username(session, address.split("@")[0]),
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
    name = as_id(login)
    return session.scalar(select(User).where(or_(User.email == name, User.username == name)))


def as_id(text: str) -> str:
    """An address or username as it is kept: case and forms of the same letter do not count."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def free_username(session: Session, wanted: str) -> str:
    """`wanted`, with a number where that is taken."""
    taken = set(session.scalars(select(User.username).where(User.username.startswith(wanted))))
    candidates = (wanted, *(f"{wanted}{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in candidates if name not in taken)
