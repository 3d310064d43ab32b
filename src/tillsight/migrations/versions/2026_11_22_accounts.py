"""Names in two fields; refresh tokens, links, keys, circles, audit, throttling, jobs."""

import sqlalchemy as sa
from alembic import op

from tillsight.database import UtcDateTime

revision = "2026_11_22_accounts"
down_revision = "2026_11_21_first_tables"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "refresh_tokens",
    "one_time_tokens",
    "api_keys",
    "oidc_identities",
    "circle_members",
    "circles",
    "audit_log",
    "attempts",
    "jobs",
    "leases",
)


def upgrade() -> None:
    """Add what this revision brings.

    Columns are added and dropped in place: SQLite would otherwise make the table anew, and dropping
    the old one would take the rows that refer to it along.
    """
    op.add_column("users", sa.Column("first_name", sa.String(200)))
    op.add_column("users", sa.Column("last_name", sa.String(200)))
    _split_names()
    op.drop_column("users", "full_name")
    op.add_column("user_sessions", sa.Column("last_seen_at", UtcDateTime()))
    op.add_column("user_sessions", sa.Column("address", sa.String(45)))
    op.add_column("user_sessions", sa.Column("user_agent", sa.String(200)))
    _create_tokens()
    _create_circles()
    _create_records()


def downgrade() -> None:
    """Take it back."""
    for table in NEW_TABLES:
        op.drop_table(table)
    for column in ("user_agent", "address", "last_seen_at"):
        op.drop_column("user_sessions", column)
    op.add_column("users", sa.Column("full_name", sa.String(200)))
    _join_names()
    op.drop_column("users", "last_name")
    op.drop_column("users", "first_name")


def _users() -> sa.TableClause:
    names = ("id", "full_name", "first_name", "last_name")
    return sa.table("users", *(sa.column(name) for name in names))


def _split_names() -> None:
    """The last word is the last name; a single word is a first name."""
    users, bind = _users(), op.get_bind()
    rows = bind.execute(sa.select(users.c.id, users.c.full_name).where(users.c.full_name != ""))
    for user_id, full_name in rows.all():
        first, _, last = full_name.strip().rpartition(" ")
        values = {"first_name": first or last, "last_name": last if first else None}
        bind.execute(sa.update(users).where(users.c.id == user_id).values(**values))


def _join_names() -> None:
    users, bind = _users(), op.get_bind()
    rows = bind.execute(sa.select(users.c.id, users.c.first_name, users.c.last_name))
    for user_id, *names in rows.all():
        joined = " ".join(filter(None, names))[:200] or None
        bind.execute(sa.update(users).where(users.c.id == user_id).values(full_name=joined))


def _owner(nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(
        "user_id",
        sa.Integer(),
        sa.ForeignKey("users.id", ondelete="CASCADE"),
        nullable=nullable,
        index=True,
    )


def _create_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column(
            "session_id",
            sa.Integer(),
            sa.ForeignKey("user_sessions.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("spent_at", UtcDateTime()),
    )
    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        _owner(nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("prefix", sa.String(16), nullable=False),
        _owner(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
    )
    op.create_table(
        "oidc_identities",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        _owner(),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("issuer", "subject"),
    )


def _create_circles() -> None:
    op.create_table(
        "circles",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("name_key", sa.String(450), nullable=False, unique=True),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("archived_at", UtcDateTime()),
    )
    op.create_table(
        "circle_members",
        sa.Column(
            "circle_id",
            sa.Integer(),
            sa.ForeignKey("circles.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "user_id",
            sa.Integer(),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
    )


def _create_records() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False, index=True),
        sa.Column("action", sa.String(50), nullable=False, index=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), index=True),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(254), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("address", sa.String(45)),
        sa.Column("request_id", sa.String(32)),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False, index=True),
    )
    op.create_index("ix_attempts_key_hash_at", "attempts", ["key_hash", "at"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False, index=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", UtcDateTime()),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("failed_at", UtcDateTime()),
        sa.Column("error", sa.String(500)),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
    )
