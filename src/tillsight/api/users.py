"""People: yourself, and for admins everybody."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from tillsight.accounts import letters
from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Language, Purpose, Role, User
from tillsight.accounts.people import change_person, list_people, one_person
from tillsight.accounts.profile import change_password, change_profile
from tillsight.accounts.sessions import Person
from tillsight.api.auth import Message
from tillsight.api.deps import (
    LARGEST_ID,
    DatabaseDep,
    Id,
    OriginDep,
    PersonDep,
    SettingsDep,
)
from tillsight.settings import Mail

router = APIRouter(prefix="/api/users", tags=["Users"])

VERIFY_NEXT = (
    "Your new address has to be verified before you can go on: by the link in the mail, or by an"
    " admin where this server sends no mail."
)


class Me(BaseModel):
    """Somebody with an account."""

    id: int
    email: str | None
    username: str
    full_name: str | None
    first_name: str | None
    last_name: str | None
    role: Role
    is_active: bool
    is_verified: bool
    is_superuser: bool
    created_at: datetime
    last_login: datetime | None
    language: Language | None


class ChangedMe(Me):
    """You after the change; `note` says what is left to do."""

    note: str | None


class People(BaseModel):
    """Accounts by id; the list goes on with `after` = `next`."""

    users: list[Me]
    next: int | None


MAY_GO = frozenset({"first_name", "last_name", "language"})


class _Changes(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    first_name: str | None = Field(None, max_length=200)
    last_name: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _only_some_may_go(self) -> Self:
        gone = {name for name in self.model_fields_set if getattr(self, name) is None}
        if gone - MAY_GO:
            raise ValueError("only first_name, last_name and language may be null")
        return self


class ProfileChanges(_Changes):
    """A new `email` takes the `current_password`, and has to be verified."""

    username: str | None = Field(None, max_length=150)
    email: str | None = Field(None, max_length=254)
    current_password: str | None = Field(None, max_length=1000)
    language: Language | None = None


class PersonChanges(_Changes):
    """What an admin may change of somebody."""

    role: Role | None = None
    is_active: StrictBool | None = None
    is_verified: StrictBool | None = None


class NewPassword(BaseModel):
    """The password as it is and as it shall be."""

    model_config = ConfigDict(extra="forbid")

    current_password: str = Field(max_length=1000)
    new_password: str = Field(max_length=1000)


@router.get("/me")
async def me(person: PersonDep) -> Me:
    """Who you are, as this service sees you."""
    return _shown(person)  # known since the request came in: nothing to wait for, no thread


@router.patch("/me")
def change_me(
    body: ProfileChanges,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> ChangedMe:
    """Change your names, username, e-mail address or language; only what is sent changes."""
    person.own_session()
    changes = body.model_dump(exclude_unset=True, exclude={"current_password"})
    with database.writing() as session:
        to_verify = change_profile(session, person.id, changes, body.current_password)
        record(session, Action.profile_changed, person, "", {"fields": [*changes]}, origin)
        if to_verify and settings.mail is not Mail.off:
            letters.write_if_known(session, Purpose.verify, str(changes["email"]))
        shown = _shown(one_person(session, person.id))
    return ChangedMe(**shown.model_dump(), note=VERIFY_NEXT if to_verify else None)


@router.post("/me/password")
def change_my_password(
    body: NewPassword,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> Message:
    """Change your password; your other sessions end."""
    session_id = person.own_session()
    names = (settings.shop_name, person.email, person.username)
    with database.writing() as session:
        change_password(
            session, person.id, session_id, body.current_password, body.new_password, *names
        )
        record(session, Action.password_changed, person, "", None, origin)
    return Message(message="The password was changed. Other sessions were ended.")


@router.get("")
def people(
    _admin: PersonDep,
    database: DatabaseDep,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID, description="Id to go on after.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Accounts on a page.")] = 100,
) -> People:
    """Everybody with an account, by id."""
    with database.reading() as session:
        found = [_shown(user) for user in list_people(session, after, limit + 1)]
    shown = found[:limit]
    return People(users=shown, next=shown[-1].id if len(found) > limit else None)


@router.get("/{user_id}")
def person_by_id(user_id: Id, _admin: PersonDep, database: DatabaseDep) -> Me:
    """One account."""
    with database.reading() as session:
        return _shown(one_person(session, user_id))


@router.patch("/{user_id}")
def change_account(
    user_id: Id, body: PersonChanges, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> Me:
    """Change somebody's role or names, switch the account off or on, or verify its address."""
    changes = body.model_dump(exclude_unset=True)
    with database.writing() as session:
        return _shown(change_person(session, user_id, changes, person, origin))


def _shown(person: Person | User) -> Me:
    return Me(
        id=person.id,
        email=person.email,
        username=person.username,
        full_name=person.full_name,
        first_name=person.first_name,
        last_name=person.last_name,
        role=person.role,
        is_active=person.is_active,
        is_verified=person.is_verified,
        is_superuser=person.role is Role.admin,
        created_at=person.created_at,
        last_login=person.last_login_at,
        language=person.language,
    )
