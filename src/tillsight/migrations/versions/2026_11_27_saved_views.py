"""Questions about the sales that were saved under a name, and whose Overview shows them."""

import sqlalchemy as sa
from alembic import op

from tillsight.database import UtcDateTime

revision = "2026_11_27_saved_views"
down_revision = "2026_11_26_moved_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("name_key", sa.String(450), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("updated_at", UtcDateTime()),
        sa.UniqueConstraint("created_by", "name_key"),
    )
    op.create_table(
        "pinned_views",
        _key("user_id", "users.id"),
        _key("view_id", "saved_views.id", index=True),
        sa.Column("place", sa.Integer(), nullable=False),
    )


def _key(name: str, of: str, *, index: bool = False) -> "sa.Column[int]":
    there = sa.ForeignKey(of, ondelete="CASCADE")
    return sa.Column(name, sa.Integer(), there, primary_key=True, index=index, autoincrement=False)


def downgrade() -> None:
    """Take them back, with what they hold."""
    op.drop_table("pinned_views")
    op.drop_table("saved_views")
