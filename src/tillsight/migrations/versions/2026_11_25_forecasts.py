"""Forecasts: corrections of the calendar, forecasts that were given, and dated notes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tillsight.database import UtcDateTime

revision = "2026_11_25_forecasts"
down_revision = "2026_11_24_kpis"
branch_labels = None
depends_on = None

NEW_TABLES = ("given_forecasts", "calendar_corrections", "dated_notes")


def upgrade() -> None:
    """Add the tables."""
    _create_notes()
    _create_calendar()
    _create_forecasts()


def downgrade() -> None:
    """Take them back, with what they hold."""
    for table in NEW_TABLES:
        op.drop_table(table)


def _by(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), sa.ForeignKey("users.id"))


def _create_notes() -> None:
    op.create_table(
        "dated_notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_ordinary", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _by("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _by("updated_by"),
        sa.Column("updated_at", UtcDateTime()),
        sa.Index("ix_dated_notes_days", "first_day", "last_day"),
    )


def _create_calendar() -> None:
    op.create_table(
        "calendar_corrections",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        _by("set_by"),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("kind", "key"),
    )


def _create_forecasts() -> None:
    op.create_table(
        "given_forecasts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("measure", sa.String(50), nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("model", sa.String(20), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("journal", sa.String(36), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("scale", sa.Double()),
        *_scores(),
        sa.UniqueConstraint("question", "horizon", "as_of"),
        sa.Index("ix_given_forecasts_first_day", "first_day"),
    )


def _scores() -> "list[sa.Column[Any]]":
    return [
        sa.Column("steps_scored", sa.Integer(), nullable=False),
        sa.Column("scored_at", UtcDateTime()),
        sa.Column("scored_version", sa.BigInteger()),
        sa.Column("seen", sa.String(64)),
        sa.Column("actuals", sa.Text()),
        sa.Column("forecast_total", sa.Double(), nullable=False),
        sa.Column("actual_total", sa.Double()),
        sa.Column("wape", sa.Double()),
        sa.Column("naive_wape", sa.Double()),
        sa.Column("mase", sa.Double()),
        sa.Column("coverage", sa.Double()),
    ]
