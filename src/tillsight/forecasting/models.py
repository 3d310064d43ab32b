"""Tables of forecasting: corrections of the calendar, and forecasts that were given."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tillsight.accounts.models import User
from tillsight.database import Base, UtcDateTime


class CalendarCorrection(Base):
    """What somebody said about open days, in place of what was learnt.

    `kind` is day, weekday or holiday; `key` the day as 2026-12-24, the weekday as 1 Monday to 7
    Sunday, or the name of the holiday.
    """

    __tablename__ = "calendar_corrections"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200))
    is_open: Mapped[bool]
    set_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GivenForecast(Base):
    """A forecast as it was told, and how it did once its days had come.

    `question` identifies measure, grain, filters and model; `filters`, `steps` and `scores` are
    JSON. `as_of` is the last day it knew of, `first_day` to `last_day` what it is about.
    """

    __tablename__ = "given_forecasts"
    __table_args__ = (
        UniqueConstraint("question", "horizon", "journal", "data_version"),
        Index("ix_given_forecasts_due", "scored_at", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(String(64))
    measure: Mapped[str] = mapped_column(String(50))
    grain: Mapped[str] = mapped_column(String(20))
    filters: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20))
    horizon: Mapped[int]
    journal: Mapped[str] = mapped_column(String(36))
    data_version: Mapped[int] = mapped_column(BigInteger)
    as_of: Mapped[date]
    first_day: Mapped[date]
    last_day: Mapped[date]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    steps: Mapped[str] = mapped_column(Text)
    scored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scored_version: Mapped[int | None] = mapped_column(BigInteger)
    scores: Mapped[str | None] = mapped_column(Text)
