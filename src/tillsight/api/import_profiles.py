"""Saved mappings of files that no layout fits."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Described

from tillsight.api.auth import Message
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep
from tillsight.sales.choices import DecimalMark, Mapping
from tillsight.sales.layouts import DateOrder, Field, FileKind
from tillsight.sales.profiles import (
    LONGEST_NAME,
    NewProfile,
    Profile,
    delete_profile,
    list_profiles,
    save_profile,
)
from tillsight.sales.recognise import mapped

router = APIRouter(prefix="/api/imports/profiles", tags=["Imports"])

MOST_COLUMNS = 1000

ColumnName = Annotated[str, StringConstraints(max_length=500)]


class ProfileToSave(BaseModel):
    """A mapping under a name. `header` has the names of all columns of the file in their order: a
    file with this header is read by the profile. `columns` says which of them holds which field.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Described(min_length=1, max_length=LONGEST_NAME)
    kind: FileKind
    header: list[ColumnName] = Described(min_length=1, max_length=MOST_COLUMNS)
    columns: dict[ColumnName, Field] = Described(min_length=1, max_length=MOST_COLUMNS)
    date_order: DateOrder | None = None
    decimal: DecimalMark | None = None


class SavedProfile(ProfileToSave):
    """A profile; its name is the source of the order ids of its files."""

    id: int
    created_at: datetime
    created_by: str | None


class Profiles(BaseModel):
    """All profiles, by name."""

    profiles: list[SavedProfile]


@router.get("")
def profiles(_person: PersonDep, database: DatabaseDep) -> Profiles:
    """The saved mappings, by name."""
    with database.reading() as session:
        return Profiles(profiles=[_shown(one) for one in list_profiles(session)])


@router.post("", status_code=201)
def add_profile(
    body: ProfileToSave, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> SavedProfile:
    """Save a mapping: files with the same header are read by it from now on.

    409 when there is a profile of this name, in any case.
    """
    mapping = Mapping(body.kind, body.columns)
    mapped(body.header, mapping)
    new = NewProfile(body.name, body.header, mapping, body.date_order, body.decimal)
    with database.writing() as session:
        return _shown(save_profile(session, new, person.id, origin))


@router.delete("/{profile_id}")
def remove_profile(
    profile_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Forget a profile. What was loaded with it stays."""
    with database.writing() as session:
        delete_profile(session, profile_id, person.id, origin)
    return Message(message="The profile was deleted.")


def _shown(profile: Profile) -> SavedProfile:
    return SavedProfile(
        id=profile.id,
        name=profile.name,
        kind=profile.mapping.kind,
        header=list(profile.header),
        columns=dict(profile.mapping.columns),
        date_order=profile.date_order,
        decimal=profile.decimal,
        created_at=profile.created_at,
        created_by=profile.created_by,
    )
