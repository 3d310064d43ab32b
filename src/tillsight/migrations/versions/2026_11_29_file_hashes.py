"""What the files of an import were when they were written."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_file_hashes"
down_revision = "2026_11_28_erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a server that starts notes the hashes of files that are there already."""
    op.add_column("imports", sa.Column("batch_hash", sa.String(64)))
    op.add_column("imports", sa.Column("hidden_hash", sa.String(64)))


def downgrade() -> None:
    """Take them back."""
    op.drop_column("imports", "hidden_hash")
    op.drop_column("imports", "batch_hash")
