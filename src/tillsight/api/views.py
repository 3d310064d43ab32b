"""Saved views: questions under a name, shared or private, and those pinned to one's Overview."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tillsight.accounts.sessions import Person
from tillsight.api.auth import Message
from tillsight.api.deps import LARGEST_ID, DatabaseDep, Id, IdInBody, OriginDep, PersonDep
from tillsight.api.described import DIMENSION_NAMES, MEASURE_NAMES
from tillsight.database import Database
from tillsight.metrics import saved_views
from tillsight.metrics.catalogue import DIMENSIONS
from tillsight.metrics.saved_views import (
    CHOSEN,
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_PINS,
    MOST_VALUES,
    Edit,
    New,
    Shown,
    may_change,
)

router = APIRouter(tags=["Saved views"])

VIEWS, PINNED = "/api/views", "/api/pinned-views"

# Not only spaces, and no control characters; the room says so in words.
_PRINTED = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
Name = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NAME, json_schema_extra={"pattern": _PRINTED}),
]
_VALUES = {
    "type": "array",
    "maxItems": MOST_VALUES,
    "items": {"type": "string", "maxLength": LONGEST_VALUE},
}
_BY = {"type": "string", "pattern": DIMENSION_NAMES["pattern"].replace("(day|", "(time|day|")}
Question = Annotated[
    dict[str, list[str]],
    Field(
        json_schema_extra={
            "properties": {
                "measures": {
                    "type": "array",
                    "items": {"type": "string", **MEASURE_NAMES},
                    "minItems": 1,
                    "maxItems": 1,
                },
                "by": {"type": "array", "items": _BY, "maxItems": 1},
                **dict.fromkeys((*CHOSEN, *(one.name for one in DIMENSIONS)), _VALUES),
            },
            "required": ["measures"],
            "additionalProperties": False,
        }
    ),
]


class NewView(BaseModel):
    """A view to save: the address parameters of the page Explore, each with its values."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    question: Question
    shared: StrictBool = False


class ViewChange(BaseModel):
    """What to change; what is left out stays. `version` is the one of the view you saw."""

    model_config = ConfigDict(extra="forbid")

    version: IdInBody
    name: Name | None = None
    question: Question | None = None
    shared: StrictBool | None = None


class View(BaseModel):
    """A view; `pinned` is its place on your Overview, from 1 on, `gone` what it asks for that there
    is not any more.
    """

    id: int
    name: str
    question: dict[str, list[str]]
    shared: bool
    version: int
    created_by: int
    created_by_name: str | None
    created_at: datetime
    updated_at: datetime | None
    may_change: bool
    pinned: int | None
    gone: list[str]


class Views(BaseModel):
    """Your own views and those that are shared, by name."""

    views: list[View]


class Pins(BaseModel):
    """The views on your Overview, in their order."""

    model_config = ConfigDict(extra="forbid")

    views: Annotated[
        list[IdInBody], Field(max_length=MOST_PINS, json_schema_extra={"uniqueItems": True})
    ]


@router.get(VIEWS)
def all_views(person: PersonDep, database: DatabaseDep) -> Views:
    """Your own views and those that are shared, by name."""
    with database.reading() as session:
        found = saved_views.list_views(session, person)
        return Views(views=[_entry(one, person) for one in found])


@router.post(VIEWS, status_code=201)
def save(person: PersonDep, database: DatabaseDep, origin: OriginDep, new: NewView) -> View:
    """Save a question under a name: for yourself, or from editors on `shared` with everybody."""
    view = New(new.name, new.question, new.shared)
    with database.writing() as session:
        view_id = saved_views.save_view(session, person, view, origin)
    return _told(database, view_id, person)


@router.get(PINNED)
def pins(person: PersonDep, database: DatabaseDep) -> Views:
    """The views on your Overview, in their order."""
    with database.reading() as session:
        found = [one for one in saved_views.list_views(session, person) if one.place is not None]
        ordered = sorted(found, key=lambda one: one.place or 0)
        return Views(views=[_entry(one, person) for one in ordered])


@router.put(PINNED)
def pin(person: PersonDep, database: DatabaseDep, wanted: Pins) -> Views:
    """Have exactly these views on your Overview, in this order; none takes all of them away."""
    with database.writing() as session:
        saved_views.pin_views(session, person, wanted.views)
    return pins(person, database)


@router.get(f"{VIEWS}/{{view_id}}")
def one_view(view_id: Id, person: PersonDep, database: DatabaseDep) -> View:
    """One view: your own, or a shared one."""
    return _told(database, view_id, person)


@router.patch(f"{VIEWS}/{{view_id}}")
def change(
    view_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep, wanted: ViewChange
) -> View:
    """Rename, replace or share a view; of shared ones managers and admins may, too.

    `version` is the one you saw. Where somebody else changed it since, the answer is 409 with what
    the view is now.
    """
    edit = Edit(wanted.version, wanted.name, wanted.question, wanted.shared)
    with database.writing() as session:
        saved_views.change_view(session, person, view_id, edit, origin)
    return _told(database, view_id, person)


@router.delete(f"{VIEWS}/{{view_id}}")
def delete(
    view_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    version: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only if it is of this version.")
    ] = None,
) -> Message:
    """Delete a view, and take it from every Overview."""
    with database.writing() as session:
        saved_views.delete_view(session, person, view_id, version, origin)
    return Message(message="The view was deleted.")


def _told(database: Database, view_id: int, person: Person) -> View:
    with database.reading() as session:
        return _entry(saved_views.get_view(session, person, view_id), person)


def _entry(found: Shown, person: Person) -> View:
    view = found.view
    return View(
        id=view.id,
        name=view.name,
        question=found.question,
        shared=view.is_shared,
        version=view.version,
        created_by=view.created_by,
        created_by_name=found.owner.name if found.owner else None,
        created_at=view.created_at,
        updated_at=view.updated_at,
        may_change=may_change(person, view),
        pinned=found.place,
        gone=found.gone,
    )
