"""Stands where accounts/registration.py will."""

import re
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Role, User
from tillsight.accounts.passwords import check_new_password, hash_password
from tillsight.errors import Conflict, Forbidden, InvalidInput
from tillsight.settings import Settings


def register_username(settings: Settings, session: Session, username: str, password: str) -> User:
    if settings.registration != "open":
        raise Forbidden("Registration is not open (TILLSIGHT_REGISTRATION).")
    name = username.strip().lower()
    if not re.fullmatch(r"[^@\s\x00-\x1f]{1,150}", name):
        raise InvalidInput("A username has 1 to 150 characters, no spaces and no @.")
    check_new_password(password)
    if session.scalar(select(User.id).where(User.username == name)):
        raise Conflict("taken")
    user = User(
        username=name,
        password_hash=hash_password(password),
        role=Role.viewer,
        is_active=True,
        is_verified=True,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    session.flush()
    return user
