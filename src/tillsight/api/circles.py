"""Circles and who belongs to them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from tillsight.accounts import circles
from tillsight.accounts.circles import LONGEST_NAME
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep
from tillsight.database import Database

router = APIRouter(prefix="/api/circles", tags=["Circles"])

# Not only spaces, and no control characters; the room says so in words.
_PRINTED = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NAME),
    Field(json_schema_extra={"pattern": _PRINTED}),
]


class Member(BaseModel):
    """Somebody in a circle, by the name to call them."""

    id: int
    name: str


class Circle(BaseModel):
    """A circle and who belongs to it."""

    id: int
    name: str
    archived: bool
    created_by: int | None
    created_at: datetime
    members: list[Member]


class Circles(BaseModel):
    """All circles by name, archived ones too."""

    circles: list[Circle]


class Names(BaseModel):
    """Who may be made a member of a circle."""

    people: list[Member]


class NewCircle(BaseModel):
    """What a new circle is called."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class CircleChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    archived: StrictBool | None = None


@router.get("")
def all_circles(_person: PersonDep, database: DatabaseDep) -> Circles:
    """All circles by name, with their members."""
    with database.reading() as session:
        found = circles.list_circles(session)
    return Circles.model_validate({"circles": found}, from_attributes=True)


@router.post("", status_code=201)
def create(person: PersonDep, database: DatabaseDep, origin: OriginDep, new: NewCircle) -> Circle:
    """Make a circle; you belong to it. 409 where there is one of this name, in any case."""
    with database.writing() as session:
        circle_id = circles.create_circle(session, person, new.name, origin)
    return _told(database, circle_id)


@router.get("/people")
def people(_manager: PersonDep, database: DatabaseDep) -> Names:
    """Everybody with an account that is switched on, by name: who may be made a member."""
    with database.reading() as session:
        found = circles.list_names(session)
    return Names.model_validate({"people": found}, from_attributes=True)


@router.get("/{circle_id}")
def one_circle(circle_id: Id, _person: PersonDep, database: DatabaseDep) -> Circle:
    """One circle with its members."""
    return _told(database, circle_id)


@router.patch("/{circle_id}")
def change(
    circle_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    wanted: CircleChange,
) -> Circle:
    """Rename a circle, put it into the archive, or take it out again.

    For managers who belong to it or made it, and admins.
    """
    with database.writing() as session:
        circles.require_lead(session, person, circle_id)
        if wanted.name is not None:
            circles.rename_circle(session, person, circle_id, wanted.name, origin)
        if wanted.archived is True:
            circles.archive_circle(session, person, circle_id, origin)
        elif wanted.archived is False:
            circles.restore_circle(session, person, circle_id, origin)
    return _told(database, circle_id)


@router.put("/{circle_id}/members/{user_id}")
def add_member(
    circle_id: Id, user_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> Circle:
    """Have somebody belong to a circle; for managers who belong to it or made it, and admins."""
    with database.writing() as session:
        circles.add_member(session, person, circle_id, user_id, origin)
    return _told(database, circle_id)


@router.delete("/{circle_id}/members/{user_id}")
def remove_member(
    circle_id: Id, user_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> Circle:
    """Have somebody belong to a circle no more; for those who may add members."""
    with database.writing() as session:
        circles.remove_member(session, person, circle_id, user_id, origin)
    return _told(database, circle_id)


def _told(database: Database, circle_id: int) -> Circle:
    with database.reading() as session:
        return Circle.model_validate(circles.get_circle(session, circle_id), from_attributes=True)
