"""The audit log: who did what, from where, and when. Entries are only ever added.

An entry is written in the transaction of what it tells of, so that neither is there without the
other. What was refused leaves nothing else behind, so its entry has a transaction of its own.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, insert, or_, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import AuditEntry, User
from tillsight.accounts.sessions import Origin, Person
from tillsight.accounts.users import find_user
from tillsight.database import Base, Database
from tillsight.errors import TillsightError

_table = Base.metadata.tables[AuditEntry.__tablename__]
_SECRET = re.compile(r"password|token|secret|hash|cookie|authorization|api_key", re.IGNORECASE)


class Action(StrEnum):
    """What can be done that is worth remembering."""

    sign_in = "sign_in"
    sign_in_failed = "sign_in_failed"
    signed_out = "signed_out"
    session_ended = "session_ended"
    registered = "registered"
    email_verified = "email_verified"
    password_changed = "password_changed"  # noqa: S105
    password_reset = "password_reset"  # noqa: S105
    profile_changed = "profile_changed"
    user_added = "user_added"
    user_invited = "user_invited"
    user_verified = "user_verified"
    user_deactivated = "user_deactivated"
    user_reactivated = "user_reactivated"
    role_changed = "role_changed"
    identity_linked = "identity_linked"
    key_created = "key_created"
    key_revoked = "key_revoked"
    key_used = "key_used"
    circle_created = "circle_created"
    circle_renamed = "circle_renamed"
    circle_archived = "circle_archived"
    circle_restored = "circle_restored"
    member_added = "member_added"
    member_removed = "member_removed"
    imported = "import"
    undone = "undo"
    redone = "redo"
    purchase_entered = "purchase"
    purchase_undone = "purchase_undo"
    purchase_redone = "purchase_redo"
    exported = "export"
    customer_exported = "customer_export"
    customer_erased = "customer_erase"
    purged = "purge"
    import_profile_saved = "import_profile_saved"
    import_profile_deleted = "import_profile_deleted"
    kpi_created = "kpi_created"
    kpi_changed = "kpi_changed"
    kpi_archived = "kpi_archived"
    kpi_restored = "kpi_restored"
    kpi_deleted = "kpi_deleted"
    target_set = "target_set"
    note_written = "note_written"
    note_changed = "note_changed"
    note_deleted = "note_deleted"
    view_saved = "view_saved"
    view_changed = "view_changed"
    view_deleted = "view_deleted"
    calendar_corrected = "calendar_corrected"
    calendar_correction_removed = "calendar_correction_removed"
    migrated = "migrate"
    restored = "restore"


TERMINAL = Origin()


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for, from `start` and before `end`; `text` is any part of them."""

    user_id: int | None = None
    action: Action | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing that was done."""

    id: int
    at: datetime
    action: str
    user_id: int | None
    actor: str
    subject: str
    details: Mapping[str, Any]
    address: str | None
    request_id: str | None


def record(
    session: Session,
    action: Action,
    person: Person | User | None,
    subject: str = "",
    details: Mapping[str, object] | None = None,
    origin: Origin = TERMINAL,
) -> None:
    """Add an entry; it is there once the session commits. Values of secret fields are left out."""
    session.add(AuditEntry(**row(action, person, subject, details, origin)))


def record_all(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add many entries, made by `row`, at once: a fraction of what adding each would cost."""
    if rows:
        session.connection().execute(insert(_table), rows)


def row(
    action: Action,
    person: Person | User | None,
    subject: str = "",
    details: Mapping[str, object] | None = None,
    origin: Origin = TERMINAL,
) -> dict[str, Any]:
    """An entry as a row of its table. Values of secret fields are left out."""
    kept = {name: "…" if _SECRET.search(name) else value for name, value in (details or {}).items()}
    return {
        "at": datetime.now(UTC),
        "action": action,
        "user_id": person.id if person else None,
        "actor": _name(person, "terminal" if origin.address is None else "stranger"),
        "subject": subject[:254],
        "details": json.dumps(kept, ensure_ascii=False, default=str),
        "address": origin.address,
        "request_id": origin.request_id,
    }


@contextmanager
def failed_sign_ins_recorded(database: Database, login: str, origin: Origin) -> Iterator[None]:
    """Around a sign-in: a refusal is recorded, apart from what it rolls back, and goes on.

    What was typed is kept only where it is an account's name: it may as well be a password.
    """
    try:
        yield
    except TillsightError as error:
        with database.writing() as session:
            user = find_user(session, login)
            record(
                session,
                Action.sign_in_failed,
                None,
                _name(user, "unknown account"),
                {"reason": error.message},
                origin,
            )
        raise


def entries(session: Session, wanted: Wanted, before: int | None, limit: int) -> list[Entry]:
    """The entries asked for, newest first; `before` is the id to go on from."""
    query = _matching(wanted).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [_entry(found) for found in session.scalars(query)]


def all_entries(database: Database, wanted: Wanted) -> Iterator[list[Entry]]:
    """All entries asked for, newest first, in parts that fit in memory."""
    return database.in_parts(
        lambda session, before, limit: entries(session, wanted, before, limit), lambda one: one.id
    )


def _matching(wanted: Wanted) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if wanted.user_id is not None:
        query = query.where(AuditEntry.user_id == wanted.user_id)
    if wanted.action is not None:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.start is not None:
        query = query.where(AuditEntry.at >= wanted.start)
    if wanted.end is not None:
        query = query.where(AuditEntry.at < wanted.end)
    if wanted.text:
        columns = (
            AuditEntry.actor,
            AuditEntry.subject,
            AuditEntry.details,
            AuditEntry.address,
            AuditEntry.request_id,
        )
        query = query.where(
            or_(*(column.icontains(wanted.text, autoescape=True) for column in columns))
        )
    return query


def _entry(found: AuditEntry) -> Entry:
    return Entry(
        found.id,
        found.at,
        found.action,
        found.user_id,
        found.actor,
        found.subject,
        json.loads(found.details),
        found.address,
        found.request_id,
    )


def _name(person: Person | User | None, otherwise: str) -> str:
    return (person.email or person.username) if person else otherwise
