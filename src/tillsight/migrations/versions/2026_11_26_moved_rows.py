"""What was moved from older products, so that moving again doubles nothing."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_moved_rows"
down_revision = "2026_11_25_forecasts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "moved_rows",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("older_id", sa.BigInteger(), nullable=False),
        sa.Column("our_id", sa.Integer(), nullable=False),
        sa.UniqueConstraint("source", "kind", "older_id"),
    )


def downgrade() -> None:
    """Take it back, with what it holds."""
    op.drop_table("moved_rows")
