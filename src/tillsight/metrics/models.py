"""Tables of the metrics room."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tillsight.accounts.models import User
from tillsight.database import Base, UtcDateTime


class DatedNote(Base):
    """What somebody wrote about the days from `first_day` to `last_day`; charts show it.

    Days that were not `is_ordinary` (a one-off order, a closure) are left out of forecasts.
    """

    __tablename__ = "dated_notes"
    __table_args__ = (Index("ix_dated_notes_days", "first_day", "last_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    is_ordinary: Mapped[bool]
    version: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SavedView(Base):
    """A question about the sales under a name: what was asked, never what was answered.

    `question` is JSON: lists of texts by the parameters of the page Explore. Whoever saved it is
    the owner; names of one owner differ (`name_key` as of circles).
    """

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("created_by", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(150))
    name_key: Mapped[str] = mapped_column(String(450))
    question: Mapped[str] = mapped_column(Text)
    is_shared: Mapped[bool]
    version: Mapped[int]
    created_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PinnedView(Base):
    """A view on somebody's Overview, in the order of `place`."""

    __tablename__ = "pinned_views"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    view_id: Mapped[int] = mapped_column(
        ForeignKey(SavedView.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    place: Mapped[int]
