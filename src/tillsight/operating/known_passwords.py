"""Passwords that others know: those of the demo, of samples, and the first that would be tried."""

import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Role, User
from tillsight.accounts.passwords import password_matches
from tillsight.database import Database
from tillsight.settings import LOOPBACK, Settings

DEMO_FILE = "demo.json"
"""File of the home folder in which the demo keeps the sign-ins it prints."""
DEMO_DOMAIN = "@tillsight.example"
SAMPLES = ("admin123", "password", "tillsight", "changeme", "change-me", "12345678", "secret")
"""Passwords of older products' first accounts, of samples and of habit."""


def known_to_others(settings: Settings, database: Database) -> list[str]:
    """What has a password that others know: accounts by their name, and the database.

    Of accounts those of the demo are tried with its passwords, and all active admins with the
    samples and their own names: some 0.1 s each.

    Raises:
        SQLAlchemyError: the database cannot be reached.
    """
    found = ["the database"] if _is_sample_of_database(database) else []
    if not _has_people(database):
        return found
    with database.reading() as session:
        people = [user for user in _people(session) if _is_known(settings, user)]
        return found + [user.email or user.username for user in people]


def _has_people(database: Database) -> bool:
    """Whether there is a table of them; asking a SQLite file that is not there would make it."""
    url = database.engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    return inspect(database.engine).has_table(User.__tablename__)


def _people(session: Session) -> Iterator[User]:
    """Active people that are tried, admins first."""
    yield from session.scalars(select(User).where(User.role == Role.admin, User.is_active))
    others = select(User).where(User.role != Role.admin, User.is_active)
    yield from session.scalars(others.where(User.email.like(f"%{DEMO_DOMAIN}")))


def _is_known(settings: Settings, user: User) -> bool:
    if not user.password_hash:
        return False
    own = [user.username, (user.email or "").partition("@")[0]]
    guesses = [*_of_the_demo(settings), *own]
    if user.role is Role.admin:
        guesses += [*SAMPLES, settings.shop_name]
    return any(password_matches(guess, user.password_hash) for guess in dict.fromkeys(guesses))


def _of_the_demo(settings: Settings) -> list[str]:
    """The passwords that the demo printed in this home folder, if there was one."""
    file = settings.home / DEMO_FILE
    if not file.exists():
        return []
    kept = json.loads(file.read_text(encoding="utf-8"))
    return [kept["password"], *kept["others"].values()]


def _is_sample_of_database(database: Database) -> bool:
    """Whether the password of its address is none, or one that is tried first.

    A database on this machine may know its people by other means than a password.
    """
    url = database.engine.url
    if url.get_backend_name() == "sqlite":
        return False
    password = str(url.password or "").lower()
    by_other_means = url.host in {None, "", *LOOPBACK} or {"passfile", "sslcert", "ssl_cert"} & {
        *url.query
    }
    if not password:
        return not by_other_means
    usual = {"postgres", "mysql", "mariadb", "root", "admin", *SAMPLES}
    return password in usual | {str(url.username).lower(), str(url.database).lower()}
