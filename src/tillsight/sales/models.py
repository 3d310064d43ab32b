"""Tables of the journal and of the imports it speaks of."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tillsight.accounts.models import User
from tillsight.database import Base, Money, UtcDateTime, text_enum


class EntryKind(StrEnum):
    """What a journal entry does to the sales."""

    imported = "import"
    undo = "undo"
    redo = "redo"


class JournalHead(Base):
    """The one row whose lock puts the commits of all servers in version order.

    `warehouse_epoch` counts the orders to rebuild: a warehouse of another epoch is made anew.
    """

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    journal: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(BigInteger)
    warehouse_epoch: Mapped[int]


class JournalEntry(Base):
    """One change of the sales: what, to which import, who, when.

    Several entries may speak of one import: it was loaded, then undone, then redone.
    """

    __tablename__ = "journal"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind] = mapped_column(text_enum(EntryKind))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Import(Base):
    """One file that was loaded. `in_force` is its content hash while it counts, so that the
    unique constraint, not a race, decides who was first with a content. It is empty while the
    import is undone. Only sales have a revenue, a first and a last day; other kinds have 0 and
    nothing.
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
    rejects: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    creator: Mapped[User | None] = relationship(lazy="joined")

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back and does not count now."""
        return self.in_force is None
