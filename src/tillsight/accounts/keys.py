"""API keys: for programs, with a role that is never above their owner's.

Kept as an HMAC-SHA256 with a key derived from the server's secret: fast, for it is computed with
every request (Argon2 would cost 60 ms each), and keyed, so that a stolen table can neither be
searched for a known key nor have one put into it. A new secret makes all keys worthless.
"""

import hmac
import secrets
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.models import ApiKey, Role
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound
from tillsight.settings import Settings

KEY_PREFIX = "tsk_"
SHOWN = 10  # characters that a list shows to tell keys apart; 36 random bits of 256
MOST_KEYS = 50


def key_hash(settings: Settings, key: str) -> str:
    """How the key is kept."""
    derived = hmac.digest(settings.signing_key.encode(), b"tillsight api keys", "sha256")
    return hmac.new(derived, key.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def make_key(
    session: Session, settings: Settings, user_id: int, owner: Role, name: str, role: Role
) -> tuple[ApiKey, str]:
    """A new key and its text, which is told once; `owner` is the owner's role.

    Raises:
        InvalidInput: the name is empty, too long or not printable.
        Forbidden: the role is above the owner's.
        Conflict: there are too many keys already.
    """
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise InvalidInput("A key needs a name of 1 to 100 printable characters.")
    if not owner.includes(role):
        raise Forbidden(f"A key cannot have the role {role}; yours is {owner}.")
    of_owner = (ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    if (session.scalar(select(func.count()).where(*of_owner)) or 0) >= MOST_KEYS:
        raise Conflict(f"You have {MOST_KEYS} keys. Revoke one that is not used any more.")
    text = KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        key_hash=key_hash(settings, text),
        prefix=text[:SHOWN],
        user_id=user_id,
        name=name,
        role=role,
        created_at=datetime.now(UTC),
    )
    session.add(key)
    session.flush()
    return key, text


def list_keys(session: Session, user_id: int) -> list[ApiKey]:
    """Somebody's keys that work, oldest first."""
    mine = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return list(session.scalars(mine.order_by(ApiKey.id)))


def revoke_key(session: Session, user_id: int, key_id: int) -> None:
    """Make one of somebody's keys worthless.

    Raises:
        NotFound: they have no such key.
    """
    mine = (ApiKey.id == key_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    revoke = update(ApiKey).where(*mine).values(revoked_at=datetime.now(UTC))
    if not session.connection().execute(revoke).rowcount:
        raise NotFound(f"You have no key {key_id}.")
