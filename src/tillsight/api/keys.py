"""API keys of the person asking."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from tillsight.accounts.audit import Action, record
from tillsight.accounts.keys import list_keys, make_key, revoke_key
from tillsight.accounts.models import ApiKey, Role
from tillsight.api.auth import Message
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep, SettingsDep

router = APIRouter(prefix="/api/users/me/keys", tags=["API keys"])


class NewKey(BaseModel):
    """What to call a key, and what it may do: no more than you."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    role: Role = Role.viewer


class Key(BaseModel):
    """An API key; `prefix` is how it begins, `last_used_at` within 5 minutes."""

    id: int
    name: str
    role: Role
    prefix: str
    created_at: datetime
    last_used_at: datetime | None


class Keys(BaseModel):
    """Somebody's keys."""

    keys: list[Key]


class MadeKey(Key):
    """A new key with its text, which is told only now."""

    key: str


@router.get("")
def my_keys(person: PersonDep, database: DatabaseDep) -> Keys:
    """Your keys that work, oldest first."""
    person.own_session()
    with database.reading() as session:
        return Keys(keys=[_shown(key) for key in list_keys(session, person.id)])


@router.post("", status_code=201)
def add_key(
    body: NewKey,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> MadeKey:
    """Make a key. Send it as `Authorization: Bearer …` or `X-API-Key: …`; it is shown only once."""
    person.own_session()
    with database.writing() as session:
        key, text = make_key(session, settings, person.id, person.role, body.name, body.role)
        record(session, Action.key_created, person, key.name, {"role": key.role}, origin)
        return MadeKey(**_shown(key).model_dump(), key=text)


@router.delete("/{key_id}")
def remove_key(key_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Message:
    """Revoke one of your keys; it is worth nothing from now on."""
    person.own_session()
    with database.writing() as session:
        revoke_key(session, person.id, key_id)
        record(session, Action.key_revoked, person, f"key {key_id}", None, origin)
    return Message(message="The key was revoked.")


def _shown(key: ApiKey) -> Key:
    return Key(
        id=key.id,
        name=key.name,
        role=key.role,
        prefix=key.prefix,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
    )
