"""Tables of the journal and of the imports it speaks of."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tillsight.accounts.models import User
from tillsight.database import Base, Money, UtcDateTime, text_enum


class EntryKind(StrEnum):
    """What a journal entry does to the sales."""

    imported = "import"
    undo = "undo"
    redo = "redo"
    purchase = "purchase"
    purchase_undo = "purchase_undo"
    erase = "erase"


class ImportState(StrEnum):
    """How far an import is. Only one that is done stands in the journal and ever counted;
    `known` means that its content is that of another import, `same_as`.
    """

    done = "done"
    waiting = "waiting"
    running = "running"
    known = "known"
    failed = "failed"
    cancelled = "cancelled"


class JournalHead(Base):
    """The one row whose lock puts the commits of all servers in version order.

    `warehouse_epoch` counts the orders to rebuild: a warehouse of another epoch is made anew.
    `has_place` says that the files are kept where servers find the journal's name in a file
    `journal.json`, and nowhere else.
    """

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    journal: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(BigInteger)
    warehouse_epoch: Mapped[int]
    has_place: Mapped[bool] = mapped_column(default=False, server_default=false())


class JournalEntry(Base):
    """One change of the sales: what, to which import or purchase, who, when.

    Several entries may speak of one import: it was loaded, then undone, then redone. An erasure
    speaks of none: every import with the customer has other files from then on.
    """

    __tablename__ = "journal"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind] = mapped_column(text_enum(EntryKind))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    purchase_id: Mapped[int | None] = mapped_column(index=True)


class Import(Base):
    """One file that was loaded, or is on its way. `in_force` is its content hash while it counts,
    so that the unique constraint, not a race, decides who was first with a content. It is empty
    while the import is undone. Only sales have a revenue, other kinds have 0; only sales and values
    of KPIs have a first and a last day. Until it is done, what is not known yet is empty or 0.

    `progress` of `progress_whole` (0: not known) is done of the `step` under way; `seen_at` is when
    whoever is at it last said so. `options`, `warnings` and `error` are JSON. `overlap` says what
    became of orders that earlier imports hold; `hidden` is a file in the folder of batches: the
    pairs (import_id, order_id) that do not count while this import does. `batch_hash` and
    `hidden_hash` are SHA-256 of the two files as they were written; empty until a server has noted
    those of an older release. Of one that is undone for good the files are gone since `purged_at`,
    and `batch` is empty.
    """

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    layout: Mapped[str] = mapped_column(String(50))
    file_name: Mapped[str] = mapped_column(String(255))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    in_force: Mapped[str | None] = mapped_column(String(64), unique=True)
    rows: Mapped[int] = mapped_column(BigInteger)
    rejected_rows: Mapped[int] = mapped_column(BigInteger)
    revenue: Mapped[Decimal] = mapped_column(Money)
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    batch: Mapped[str] = mapped_column(String(100))
    batch_bytes: Mapped[int] = mapped_column(BigInteger)
    batch_hash: Mapped[str | None] = mapped_column(String(64))
    rejects: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    state: Mapped[ImportState] = mapped_column(
        text_enum(ImportState), default=ImportState.done, server_default="done"
    )
    step: Mapped[str | None] = mapped_column(String(40))
    progress: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    progress_whole: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    same_as: Mapped[int | None]
    options: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[str | None] = mapped_column(Text)
    is_copy: Mapped[bool] = mapped_column(default=False, server_default=false())
    overlap: Mapped[str | None] = mapped_column(String(10))
    skipped_rows: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    hidden: Mapped[str | None] = mapped_column(String(100))
    hidden_hash: Mapped[str | None] = mapped_column(String(64))
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    creator: Mapped[User | None] = relationship(lazy="joined")

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back and does not count now."""
        return self.state is ImportState.done and self.in_force is None

    @property
    def shown_state(self) -> str:
        """The state in a word: one that was undone is `undone`, and one that questions do not see
        yet is `running`.
        """
        if self.is_undone:
            return "undone"
        return "running" if self.state is ImportState.done and self.step else self.state


class ImportProfile(Base):
    """A mapping that somebody saved under a name: files with the same header are read by it.

    `mapping` is JSON; `header_hash` is of the normal names of all columns, in order.
    """

    __tablename__ = "import_profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(300), unique=True)
    header_hash: Mapped[str] = mapped_column(String(64), index=True)
    mapping: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))


class Purchase(Base):
    """One purchase that was entered by itself, in shop time; `time` is empty where only the day is
    known. `source` is where it was entered: our own API, or an older contract's.
    """

    __tablename__ = "purchases"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(String(200))
    country: Mapped[str | None] = mapped_column(String(100))
    day: Mapped[date] = mapped_column(index=True)
    time: Mapped[time | None]
    amount: Mapped[Decimal] = mapped_column(Money)
    source: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PurchaseLine(Base):
    """One product of a purchase; a purchase without lines is an amount alone."""

    __tablename__ = "purchase_lines"

    purchase_id: Mapped[int] = mapped_column(
        ForeignKey("purchases.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(Money)
    unit_price: Mapped[Decimal] = mapped_column(Money)


class IdempotencyKey(Base):
    """A key that a client gave a request with, so that sending it again does nothing again."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchases.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Erasure(Base):
    """That a customer was erased; who that was cannot be read from it.

    `customer_hash` is a keyed hash of the id, `key_check` tells with which key it was made. What
    was entered by hand since `erased_at` is new, and stays.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key_check: Mapped[str] = mapped_column(String(16))
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DroppedFile(Base):
    """A file that no import names any more and that has to go: written in the transaction that let
    go of it, so that a crash after it leaves nothing behind. `path` is below the journal's place.
    """

    __tablename__ = "dropped_files"

    path: Mapped[str] = mapped_column(String(150), primary_key=True)
    dropped_at: Mapped[datetime] = mapped_column(UtcDateTime)
