"""KPIs: definitions, targets, values, their log, restatements and mails."""

import sqlalchemy as sa
from alembic import op

from tillsight.database import Money, UtcDateTime

revision = "2026_11_24_kpis"
down_revision = "2026_11_23_imports"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "kpi_mails",
    "kpi_mail_choices",
    "kpi_computations",
    "kpi_restatements",
    "kpi_changes",
    "kpi_values",
    "kpi_targets",
    "kpis",
)


def upgrade() -> None:
    """Add the tables."""
    _create_kpis()
    _create_values()
    _create_log()
    _create_mails()


def downgrade() -> None:
    """Take them back, with what they hold; files of KPI values are imports no more."""
    for table in NEW_TABLES:
        op.drop_table(table)


def _of_a_kpi() -> "sa.Column[int]":
    key = sa.ForeignKey("kpis.id", ondelete="CASCADE")
    return sa.Column("kpi_id", sa.Integer(), key, nullable=False)


def _by(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), sa.ForeignKey("users.id"))


def _create_kpis() -> None:
    op.create_table(
        "kpis",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "circle_id", sa.Integer(), sa.ForeignKey("circles.id"), nullable=False, index=True
        ),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("name_key", sa.String(450), nullable=False, unique=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("periodicity", sa.String(20), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("minimum", Money()),
        sa.Column("maximum", Money()),
        sa.Column("initial_value", Money(), nullable=False),
        sa.Column("direction", sa.String(20), nullable=False),
        sa.Column("aggregation", sa.String(20), nullable=False),
        _by("owner_id"),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("archived_at", UtcDateTime()),
        sa.Column("measure", sa.String(50)),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _by("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "kpi_targets",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_a_kpi(),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("value", Money(), nullable=False),
        _by("set_by"),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("kpi_id", "valid_from"),
    )


def _create_values() -> None:
    op.create_table(
        "kpi_values",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_a_kpi(),
        sa.Column("period_start", sa.Date(), nullable=False, index=True),
        sa.Column("value", Money(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("restated", Money()),
        sa.Column("restated_at", UtcDateTime()),
        _by("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _by("updated_by"),
        sa.Column("updated_at", UtcDateTime()),
        sa.UniqueConstraint("kpi_id", "period_start"),
        sqlite_autoincrement=True,
    )


def _create_log() -> None:
    op.create_table(
        "kpi_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False, index=True),
        _of_a_kpi(),
        sa.Column("value_id", sa.Integer(), nullable=False, index=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("activity", sa.String(20), nullable=False),
        sa.Column("before", Money()),
        sa.Column("after", Money()),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), index=True),
        sa.Column("import_id", sa.Integer()),
        sa.Index("ix_kpi_changes_kpi_id_period_start", "kpi_id", "period_start"),
    )
    op.create_table(
        "kpi_restatements",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        _of_a_kpi(),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("reported", Money()),
        sa.Column("restated", Money()),
        sa.Column("journal_version", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("import_id", sa.Integer()),
        sa.Column("settled", sa.String(20)),
        sa.Column("settled_at", UtcDateTime()),
        _by("settled_by"),
        sa.Index("ix_kpi_restatements_kpi_id_period_start", "kpi_id", "period_start"),
    )
    op.create_table(
        "kpi_computations",
        sa.Column(
            "kpi_id", sa.Integer(), sa.ForeignKey("kpis.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("journal", sa.String(36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(50), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("periodicity", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("error", sa.Text()),
    )


def _create_mails() -> None:
    op.create_table(
        "kpi_mail_choices",
        sa.Column(
            "user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "kpi_mails",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("about", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False, index=True),
        sa.UniqueConstraint("user_id", "about"),
    )
