"""Storing purchases together, in one transaction.

To each of them it goes as it went for them alone: neither a used key nor a purchase the database
refuses is felt by the others.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, tuple_
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts import audit
from tillsight.accounts.audit import TERMINAL, Action
from tillsight.accounts.sessions import Origin, Person
from tillsight.database import Base, Database
from tillsight.errors import InvalidInput
from tillsight.sales import journal
from tillsight.sales.models import (
    EntryKind,
    IdempotencyKey,
    JournalEntry,
    Purchase,
    PurchaseLine,
)
from tillsight.sales.purchase_checks import Checked
from tillsight.sales.purchases import SOURCE

Row = dict[str, Any]

# Purchases come in by the hundred a second: rows of tables cost a fraction of what objects do.
_purchases = Base.metadata.tables[Purchase.__tablename__]
_lines = Base.metadata.tables[PurchaseLine.__tablename__]
_journal = Base.metadata.tables[JournalEntry.__tablename__]
_keys = Base.metadata.tables[IdempotencyKey.__tablename__]


class KeyReused(InvalidInput):
    """An idempotency key that came with another purchase before."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came with another purchase before. Take a new key for a new"
            " purchase."
        )


@dataclass(frozen=True, eq=False)
class Entering:
    """A purchase that somebody enters; nobody known, where an older contract lets strangers in.

    The same `key` of the same person makes the same purchase once.
    """

    purchase: Checked
    person: Person | None
    origin: Origin = TERMINAL
    key: str | None = None
    source: str = SOURCE

    @cached_property
    def place(self) -> "Place | None":
        """By what its key is remembered; strangers have none."""
        if self.key is None or self.person is None:
            return None
        return self.person.id, _hash(self.key)

    @cached_property
    def request_hash(self) -> str:
        """The same for purchases that say the same."""
        one = self.purchase
        items = [(item.product, item.quantity, item.unit_price) for item in one.items]
        said = [one.customer, one.country, one.day, one.time, one.amount, items]
        return _hash(json.dumps(said, default=str))


@dataclass(frozen=True)
class Entered:
    """A purchase that is stored, and the journal's version that brought it; `replayed` is set where
    it had been stored under the same key before.
    """

    purchase_id: int
    version: int
    created_at: datetime
    replayed: bool = False


Outcome = Entered | Exception


def enter_purchases(database: Database, entering: Sequence[Entering]) -> list[Outcome]:
    """Store purchases in one transaction; what became of each.

    One that the database refuses is left out, and the others are stored without it. A commit that
    fails is nobody's success. One that the database lets go of is done again.

    Raises:
        SQLAlchemyError: the database cannot be written to; nothing was stored.
    """
    try:
        return _entered(database, entering)
    except (DataError, IntegrityError) as error:
        if len(entering) == 1:
            return [error]
    return [outcome for one in entering for outcome in enter_purchases(database, [one])]


def forget_keys(database: Database, before: datetime) -> int:
    """Delete idempotency keys that were first used before then; how many there were."""
    with database.writing() as session:
        old = session.connection().execute(
            delete(IdempotencyKey).where(IdempotencyKey.created_at < before)
        )
        return old.rowcount


Place = tuple[int, str]
"""Whose key, and its hash."""
Used = Mapping[Place, tuple[str, Entered]]
"""What every key was used for: the hash of the purchase, and what came of it."""


def _entered(database: Database, entering: Sequence[Entering]) -> list[Outcome]:
    def enter(session: Session) -> tuple[Used, dict[Entering, Entered]]:
        # First of all the head: behind its lock nobody else can be entering with the same key.
        journal.lock_head(session)
        used = _used(session, {one.place for one in entering if one.place})
        new = _new(entering, used)
        return used, dict(zip(new, _store(session, new), strict=True))

    used, stored = database.changing(enter)
    first = {one.place: (one.request_hash, made) for one, made in stored.items() if one.place}
    return [stored.get(one) or _as_before(one, {**used, **first}) for one in entering]


def _new(entering: Sequence[Entering], used: Used) -> list[Entering]:
    """Those that have to be stored: of several with one key the first, and none with a used one."""
    by_key = {one.place: one for one in reversed(entering) if one.place}
    return [
        one
        for one in entering
        if one.place is None or (one.place not in used and by_key[one.place] is one)
    ]


def _as_before(one: Entering, used: Used) -> Outcome:
    """The answer to somebody whose key was used already."""
    if one.place is None:
        raise AssertionError  # without a key everything is stored
    request_hash, made = used[one.place]
    return replace(made, replayed=True) if request_hash == one.request_hash else KeyReused()


def _used(session: Session, places: Collection[Place]) -> Used:
    if not places:
        return {}
    version = (
        select(func.min(JournalEntry.version))
        .where(JournalEntry.purchase_id == IdempotencyKey.purchase_id)
        .scalar_subquery()
    )
    found = session.execute(
        select(
            IdempotencyKey.user_id,
            IdempotencyKey.key_hash,
            IdempotencyKey.request_hash,
            Purchase.id,
            version,
            Purchase.created_at,
        )
        .join(Purchase, Purchase.id == IdempotencyKey.purchase_id)
        .where(tuple_(IdempotencyKey.user_id, IdempotencyKey.key_hash).in_(places))
    )
    return {(user, key): (request, Entered(*made)) for user, key, request, *made in found}


def _store(session: Session, new: Sequence[Entering]) -> list[Entered]:
    if not new:
        return []
    now = datetime.now(UTC)
    connection = session.connection()
    ids = _insert_purchases(connection, [_row(one, now) for one in new])
    versions = journal.next_versions(session, len(new))
    made = [Entered(*known, now) for known in zip(ids, versions, strict=True)]
    both = list(zip(new, made, strict=True))
    _insert(connection, _lines, [row for one in both for row in _line_rows(*one)])
    _insert(connection, _journal, [_journal_row(*one) for one in both])
    _insert(connection, _keys, [_key_row(*one) for one in both if one[0].place])
    audit.record_all(session, [_audit_row(*one) for one in both])
    return made


def _insert_purchases(connection: Connection, rows: Sequence[Row]) -> list[int]:
    """The numbers they got, in order."""
    if connection.dialect.insert_executemany_returning_sort_by_parameter_order:
        numbered = insert(_purchases).returning(_purchases.c.id, sort_by_parameter_order=True)
        return list(connection.execute(numbered, rows).scalars())
    # MySQL tells the number of one row at a time.
    done = [connection.execute(insert(_purchases), row) for row in rows]
    return [one.inserted_primary_key[0] for one in done if one.inserted_primary_key]


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _row(one: Entering, now: datetime) -> Row:
    return {
        "customer": one.purchase.customer,
        "country": one.purchase.country,
        "day": one.purchase.day,
        "time": one.purchase.time,
        "amount": one.purchase.amount,
        "source": one.source,
        "created_at": now,
        "created_by": one.person and one.person.id,
    }


def _line_rows(one: Entering, made: Entered) -> list[Row]:
    return [
        {
            "purchase_id": made.purchase_id,
            "line": number,
            "product": item.product,
            "quantity": item.quantity,
            "unit_price": item.unit_price,
        }
        for number, item in enumerate(one.purchase.items, 1)
    ]


def _journal_row(one: Entering, made: Entered) -> Row:
    return {
        "version": made.version,
        "kind": EntryKind.purchase,
        "purchase_id": made.purchase_id,
        "user_id": one.person and one.person.id,
        "at": made.created_at,
    }


def _audit_row(one: Entering, made: Entered) -> Row:
    details = {"amount": str(one.purchase.amount), "version": made.version}
    subject = f"purchase {made.purchase_id}"
    return audit.row(Action.purchase_entered, one.person, subject, details, one.origin)


def _key_row(one: Entering, made: Entered) -> Row:
    user_id, key_hash = one.place or (None, None)
    return {
        "user_id": user_id,
        "key_hash": key_hash,
        "request_hash": one.request_hash,
        "purchase_id": made.purchase_id,
        "created_at": made.created_at,
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
