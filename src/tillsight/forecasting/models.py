"""Tables of forecasting: corrections of the calendar, and forecasts that were given."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tillsight.accounts.models import User
from tillsight.database import Base, UtcDateTime, text_enum
from tillsight.forecasting.words import Grain, Method, Model


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

    `question` identifies measure, grain, filters and model. `as_of` is the last day it knew of,
    `first_day` to `last_day` what it is about; `steps` is JSON (`given.Steps`), and `scale` what
    MASE divides by. `steps_scored` of its steps have come, and were compared with `actuals` (JSON,
    `scoring.Actuals`) of the data version `scored_version`; `seen` is a fingerprint of those. Until
    then `forecast_total` is that of all steps, from then on that of the steps compared.
    """

    __tablename__ = "given_forecasts"
    __table_args__ = (
        UniqueConstraint("question", "horizon", "as_of"),
        Index("ix_given_forecasts_first_day", "first_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(String(64))
    measure: Mapped[str] = mapped_column(String(50))
    grain: Mapped[Grain] = mapped_column(text_enum(Grain))
    filters: Mapped[str] = mapped_column(Text)
    model: Mapped[Model] = mapped_column(text_enum(Model))
    method: Mapped[Method] = mapped_column(text_enum(Method))
    horizon: Mapped[int]
    journal: Mapped[str] = mapped_column(String(36))
    data_version: Mapped[int] = mapped_column(BigInteger)
    as_of: Mapped[date]
    first_day: Mapped[date]
    last_day: Mapped[date]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    steps: Mapped[str] = mapped_column(Text)
    scale: Mapped[float | None] = mapped_column(Double)
    steps_scored: Mapped[int] = mapped_column(default=0)
    scored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scored_version: Mapped[int | None] = mapped_column(BigInteger)
    seen: Mapped[str | None] = mapped_column(String(64))
    actuals: Mapped[str | None] = mapped_column(Text)
    forecast_total: Mapped[float] = mapped_column(Double)
    actual_total: Mapped[float | None] = mapped_column(Double)
    wape: Mapped[float | None] = mapped_column(Double)
    naive_wape: Mapped[float | None] = mapped_column(Double)
    mase: Mapped[float | None] = mapped_column(Double)
    coverage: Mapped[float | None] = mapped_column(Double)
