"""What several servers of a shop tell one another: requests counted, questions to be stopped."""

import sqlalchemy as sa
from alembic import op

from tillsight.database import UtcDateTime

revision = "2026_11_30_servers"
down_revision = "2026_11_29_file_hashes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "request_counts",
        sa.Column("who", sa.String(80), primary_key=True),
        sa.Column("server", sa.String(64), primary_key=True),
        sa.Column("minute", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("requests", sa.Integer(), nullable=False),
    )
    op.create_table(
        "question_stops",
        sa.Column("user_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Take them back: nothing in them is older than some minutes."""
    op.drop_table("question_stops")
    op.drop_table("request_counts")
