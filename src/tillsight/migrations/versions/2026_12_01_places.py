"""Whether the files of the sales are kept in a place of their own, not in a home folder."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_places"
down_revision = "2026_11_30_servers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a server whose settings name a place notes that when it starts."""
    has_place: sa.Column[bool] = sa.Column(
        "has_place", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("journal_head", has_place)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("journal_head", "has_place")
