"""Customers who were erased, files that have to go, and imports whose files are gone."""

import sqlalchemy as sa
from alembic import op

from tillsight.database import UtcDateTime

revision = "2026_11_28_erasures"
down_revision = "2026_11_27_languages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the column."""
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("key_check", sa.String(16), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "dropped_files",
        sa.Column("path", sa.String(150), primary_key=True),
        sa.Column("dropped_at", UtcDateTime(), nullable=False),
    )
    op.add_column("imports", sa.Column("purged_at", UtcDateTime()))


def downgrade() -> None:
    """Take them back; the older program knows no entries of erasures, and needs none."""
    op.execute("DELETE FROM journal WHERE kind = 'erase'")
    op.drop_column("imports", "purged_at")
    op.drop_table("dropped_files")
    op.drop_table("erasures")
