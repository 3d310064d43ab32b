"""In which language people are spoken to."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_languages"
down_revision = "2026_11_27_saved_views"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has chosen."""
    op.add_column("users", sa.Column("language", sa.String(20)))


def downgrade() -> None:
    """Take it back, with what was chosen."""
    op.drop_column("users", "language")
