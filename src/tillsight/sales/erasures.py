"""Which customers were erased: told by keyed hashes, so that they are known when they come again.

The key is one of its own, where the files of the journal are kept, so that all servers have the
same. The server's secret is changed when somebody may have
seen it, and with it every erasure would be forgotten without a word; this key opens no door, so it
never has to change. It is not in the database: whoever has that alone cannot try names on it.

The pseudonym a customer got is kept nowhere beside the hash. So nobody can tell it from the id, and
each time a file brings the customer again they get another one.
"""

import hmac
import os
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import FileMissing, JournalAway
from tillsight.sales import journal
from tillsight.sales.journal_files import JournalFiles
from tillsight.sales.models import Erasure

KEY_FILE = "erasures.key"
PSEUDONYM = "erased-"
"""What the pseudonyms begin with; random letters follow."""
KEY_BYTES = 32
ORDER = "erased/"
"""What the ids of orders begin with that told who bought."""

Mark = tuple[int, datetime | None]
"""Tells one state of the list of erasures from another."""


@dataclass(frozen=True)
class Key:
    """What customers are hashed with."""

    secret: bytes

    @cached_property
    def check(self) -> str:
        """Tells this key from others, and nothing of it."""
        return self._digest("check", "")[:16]

    def customer(self, customer_id: str) -> str:
        """By what an erased customer is known."""
        return self._digest("customer", customer_id)

    def order(self, order_id: str) -> str:
        """What takes the place of an order's id made from the customer's: the same each time, so
        that an order that is loaded again is still known.
        """
        return ORDER + self._digest("order", order_id)[:32]

    def _digest(self, what: str, about: str) -> str:
        # As bytes of any text: a file may hold halves of surrogate pairs.
        said = f"{what} {about}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.secret, said, "sha256").hex()


@dataclass(frozen=True)
class Erased:
    """A row of the list, as it is handed from one database to another."""

    customer_hash: str
    key_check: str
    erased_at: datetime


@dataclass(frozen=True)
class Standing:
    """The list as it stood at `mark`, for looking customers up."""

    mark: Mark
    key: Key | None
    hashes: frozenset[str]

    def among(self, customers: Iterable[str]) -> list[str]:
        """Those of these customers who were erased."""
        if self.key is None or not self.hashes:
            return []
        return [one for one in customers if self.key.customer(one) in self.hashes]


def pseudonyms_for(customers: Collection[str]) -> dict[str, str]:
    """A new random pseudonym for each."""
    return {one: PSEUDONYM + secrets.token_hex(8) for one in customers}


def kept_key(kept: JournalFiles) -> Key | None:
    """The key of this journal's place, if it has one.

    Raises:
        FileMissing: it is damaged.
    """
    # Not a copy: this name may come to mean another key, out of a backup, and of a server that was
    # killed while it made one a key may be left that is nobody's.
    with kept.fresh(kept.root / KEY_FILE) as file:
        if file is None:
            return None
        written = file.read_bytes().strip()
    try:
        secret = bytes.fromhex(written.decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise FileMissing(
            "The file erasures.key is damaged, so nobody can tell who was erased, and nothing was"
            " changed. Have the operator put it back from a backup."
        )
    return Key(secret)


def count_untold(database: Database, kept: JournalFiles) -> int:
    """How many erased customers would not be known if they came again, for the lack of their key.

    Raises:
        FileMissing: there is a key, and it is damaged.
    """
    key = kept_key(kept)
    untold = select(func.count(Erasure.id))
    with database.reading() as session:
        return session.scalar(untold.where(Erasure.key_check != key.check) if key else untold) or 0


def key_of(database: Database, kept: JournalFiles) -> Key:
    """The key of this journal's place, made when it is first needed; it is kept then."""
    if found := kept_key(kept):
        return found
    with database.writing() as session:
        journal.lock_head(session)  # of two who make one at once, the first counts
        return kept_key(kept) or _made(kept)


def _made(kept: JournalFiles) -> Key:
    made = kept.root / f"{KEY_FILE}.{secrets.token_hex(8)}"
    with kept.reading():
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        made.replace(kept.root / KEY_FILE)
        kept.keep(kept.root / KEY_FILE)
    key = kept_key(kept)
    if key is None:
        raise JournalAway
    return key


def standing(session: Session, kept: JournalFiles) -> Standing:
    """The list as it is now; customers erased with a key that is gone cannot be told."""
    mark = mark_of(session)
    key = kept_key(kept) if mark[0] else None
    if key is None:
        return Standing(mark, None, frozenset())
    mine = select(Erasure.customer_hash).where(Erasure.key_check == key.check)
    return Standing(mark, key, frozenset(session.scalars(mine)))


def mark_of(session: Session) -> Mark:
    """What changes with every erasure."""
    count, last = session.execute(select(func.count(Erasure.id), func.max(Erasure.erased_at))).one()
    return count, last


def all_erased(session: Session) -> list[Erased]:
    """The list, to be handed on: to a database that is restored."""
    rows = session.scalars(select(Erasure).order_by(Erasure.id))
    return [Erased(one.customer_hash, one.key_check, one.erased_at) for one in rows]


def add_erased(session: Session, more: Iterable[Erased]) -> None:
    """Take over a list; of a customer who is in both the later day counts."""
    known = {one.customer_hash: one for one in session.scalars(select(Erasure))}
    for one in more:
        row = known.get(one.customer_hash)
        if row is None:
            row = known[one.customer_hash] = Erasure(**vars(one))
            session.add(row)
        row.erased_at = max(row.erased_at, one.erased_at)


def note_erased(session: Session, key: Key, customers: Iterable[str]) -> None:
    """Write down that customers are erased from now on."""
    now = datetime.now(UTC)
    add_erased(session, [Erased(key.customer(one), key.check, now) for one in customers])


def erased_at(database: Database, key: Key, customer_id: str) -> datetime | None:
    """When a customer was erased, if they were."""
    with database.reading() as session:
        return session.scalar(
            select(Erasure.erased_at).where(Erasure.customer_hash == key.customer(customer_id))
        )
