"""Tables of people and their sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tillsight.database import Base, UtcDateTime, text_enum


class Role(StrEnum):
    """What a person may do; each role includes the ones before it."""

    viewer = "viewer"
    editor = "editor"
    manager = "manager"
    admin = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether someone of this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class SessionKind(StrEnum):
    """How a session is carried: a browser's cookie, or access tokens of an API client."""

    browser = "browser"
    api = "api"


class User(Base):
    """A person with an account; e-mail and username are kept in lower case, for they are ids."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)
    full_name: Mapped[str | None] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    is_active: Mapped[bool]
    is_verified: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UserSession(Base):
    """One sign-in. Only the hash of its secret is kept, so the table cannot be used to sign in."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[SessionKind] = mapped_column(text_enum(SessionKind))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
