"""Imports under way, overlap, profiles of files; purchases one by one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tillsight.database import Money, UtcDateTime

revision = "2026_11_23_imports"
down_revision = "2026_11_22_accounts"
branch_labels = None
depends_on = None

NEW_TABLES = ("idempotency_keys", "purchase_lines", "purchases", "import_profiles")


def _new_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("state", sa.String(20), nullable=False, server_default="done"),
        sa.Column("step", sa.String(40)),
        sa.Column("progress", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("progress_whole", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("seen_at", UtcDateTime()),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("error", sa.Text()),
        sa.Column("same_as", sa.Integer()),
        sa.Column("options", sa.Text()),
        sa.Column("warnings", sa.Text()),
        sa.Column("is_copy", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("overlap", sa.String(10)),
        sa.Column("skipped_rows", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("hidden", sa.String(100)),
    ]


def upgrade() -> None:
    """Add what this revision brings, in place: see the revision before."""
    for column in _new_columns():
        op.add_column("imports", column)
    op.add_column("journal", sa.Column("purchase_id", sa.Integer()))
    op.create_index("ix_journal_purchase_id", "journal", ["purchase_id"])
    op.create_table(
        "import_profiles",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(300), nullable=False, unique=True),
        sa.Column("header_hash", sa.String(64), nullable=False, index=True),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("users.id")),
    )
    _create_purchases()


def downgrade() -> None:
    """Take it back, with the purchases and the imports that were never done."""
    op.execute("DELETE FROM journal WHERE kind IN ('purchase', 'purchase_undo')")
    op.execute("DELETE FROM imports WHERE state <> 'done'")
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_index("ix_journal_purchase_id", "journal")
    op.drop_column("journal", "purchase_id")
    for column in reversed(_new_columns()):
        op.drop_column("imports", column.name)


def _create_purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer", sa.String(200), nullable=False),
        sa.Column("country", sa.String(100)),
        sa.Column("day", sa.Date(), nullable=False, index=True),
        sa.Column("time", sa.Time()),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("undone_at", UtcDateTime()),
    )
    op.create_table(
        "purchase_lines",
        sa.Column(
            "purchase_id",
            sa.Integer(),
            sa.ForeignKey("purchases.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("product", sa.String(200), nullable=False),
        sa.Column("quantity", Money(), nullable=False),
        sa.Column("unit_price", Money(), nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("purchase_id", sa.Integer(), sa.ForeignKey("purchases.id"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False, index=True),
    )
