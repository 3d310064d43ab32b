"""Tables of KPIs: what they are, their targets and values, and what was ever done to a value."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tillsight.accounts.models import Circle, User
from tillsight.database import Base, Money, UtcDateTime, text_enum
from tillsight.kpis.words import (
    Activity,
    Aggregation,
    Direction,
    Periodicity,
    Reason,
    Settled,
    Why,
)

BEGINNING = date(1900, 1, 1)
"""From when the first target of a KPI holds: before every period there can be."""


class Kpi(Base):
    """A promise of a circle. `unit` is a code of `words.UNITS`.

    A computed one names a `measure` of the catalogue; `filters` is JSON of {dimension: [values]}.
    `revision` grows with every change of the KPI, its targets or values, in the transaction that
    makes it: whoever changes anything holds this row, so changes of one KPI come one after another,
    and what was worked out from a revision stays right for it.
    """

    __tablename__ = "kpis"

    id: Mapped[int] = mapped_column(primary_key=True)
    circle_id: Mapped[int] = mapped_column(ForeignKey(Circle.id), index=True)
    name: Mapped[str] = mapped_column(String(150))
    name_key: Mapped[str] = mapped_column(String(450), unique=True)
    description: Mapped[str] = mapped_column(Text)
    periodicity: Mapped[Periodicity] = mapped_column(text_enum(Periodicity))
    unit: Mapped[str] = mapped_column(String(20))
    minimum: Mapped[Decimal | None] = mapped_column(Money)
    maximum: Mapped[Decimal | None] = mapped_column(Money)
    initial_value: Mapped[Decimal] = mapped_column(Money)
    direction: Mapped[Direction] = mapped_column(text_enum(Direction))
    aggregation: Mapped[Aggregation] = mapped_column(text_enum(Aggregation))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    due_days: Mapped[int]
    active: Mapped[bool]
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    measure: Mapped[str | None] = mapped_column(String(50))
    filters: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KpiTarget(Base):
    """The target of a KPI for the periods that end on `valid_from` or later, until the next one."""

    __tablename__ = "kpi_targets"
    __table_args__ = (UniqueConstraint("kpi_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey(Kpi.id, ondelete="CASCADE"))
    valid_from: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Money)
    set_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KpiValue(Base):
    """The value of one period, known by its first day; there is no row where there is no value.

    `version` grows with every change: who changes it says which one they saw. Where the sales of a
    closed period changed, `value` stays what was reported and `restated` is what it would be now;
    since `restated_at`. If that is set and `restated` is empty, there would be no value any more.
    """

    __tablename__ = "kpi_values"
    __table_args__ = (
        UniqueConstraint("kpi_id", "period_start"),
        Index("ix_kpi_values_period_start", "period_start"),
        {"sqlite_autoincrement": True},  # or the log would tell of a value by another one's number
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey(Kpi.id, ondelete="CASCADE"))
    period_start: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Money)
    comment: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    restated: Mapped[Decimal | None] = mapped_column(Money)
    restated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KpiChange(Base):
    """One change of a value, only ever added. `value_id` outlives the value.

    `before` is empty where it was created, `after` where it was deleted. `user_id` is empty where
    nobody did it: the sales changed. `import_id` is the import that brought it, or caused it. What
    is `moved` comes from an older product's log, which had no values: `before`, `after` and
    `user_id` are empty where they are not known.
    """

    __tablename__ = "kpi_changes"
    __table_args__ = (Index("ix_kpi_changes_kpi_id_period_start", "kpi_id", "period_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey(Kpi.id, ondelete="CASCADE"))
    value_id: Mapped[int] = mapped_column(index=True)
    period_start: Mapped[date]
    activity: Mapped[Activity] = mapped_column(text_enum(Activity))
    before: Mapped[Decimal | None] = mapped_column(Money)
    after: Mapped[Decimal | None] = mapped_column(Money)
    comment: Mapped[str] = mapped_column(Text)
    why: Mapped[Why] = mapped_column(text_enum(Why))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    import_id: Mapped[int | None]


class KpiRestatement(Base):
    """That the sales of a closed period changed, only ever added: what was reported, what it would
    be now (empty: nothing), and the journal's version, with its import where it was one, that made
    the difference.

    It is open until it is settled: a manager accepts it, or a later change takes its place or takes
    it back. A value has one open at most. That a change was taken back is a row of its own.
    """

    __tablename__ = "kpi_restatements"
    __table_args__ = (Index("ix_kpi_restatements_kpi_id_period_start", "kpi_id", "period_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kpi_id: Mapped[int] = mapped_column(ForeignKey(Kpi.id, ondelete="CASCADE"))
    period_start: Mapped[date]
    reported: Mapped[Decimal | None] = mapped_column(Money)
    restated: Mapped[Decimal | None] = mapped_column(Money)
    journal_version: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[Reason] = mapped_column(text_enum(Reason))
    import_id: Mapped[int | None]
    settled: Mapped[Settled | None] = mapped_column(text_enum(Settled))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))


class KpiComputation(Base):
    """How far the values of a computed KPI follow the sales: which journal up to which version, by
    which definition, and on which day in shop time, for periods begin as days go by.

    `error` says in words why it was not computed; the values are then those of before.
    """

    __tablename__ = "kpi_computations"

    kpi_id: Mapped[int] = mapped_column(ForeignKey(Kpi.id, ondelete="CASCADE"), primary_key=True)
    journal: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date]
    measure: Mapped[str] = mapped_column(String(50))
    filters: Mapped[str] = mapped_column(Text)
    periodicity: Mapped[Periodicity] = mapped_column(text_enum(Periodicity))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)


class KpiMailChoice(Base):
    """Which mails about KPIs somebody wants; who never chose gets both."""

    __tablename__ = "kpi_mail_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    reminders: Mapped[bool]
    digest: Mapped[bool]


class KpiMail(Base):
    """That a mail was put on its way, so that it is sent once; `about` names what it tells of."""

    __tablename__ = "kpi_mails"
    __table_args__ = (UniqueConstraint("user_id", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    about: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
