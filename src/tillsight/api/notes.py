"""Dated notes: what happened on a day or over days, shown by charts and known to forecasts."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tillsight.accounts.models import User
from tillsight.accounts.sessions import Person
from tillsight.api.auth import Message
from tillsight.api.deps import (
    LARGEST_ID,
    DatabaseDep,
    Day,
    Id,
    IdInBody,
    OriginDep,
    PeriodDep,
    PersonDep,
)
from tillsight.database import Database
from tillsight.metrics import notes
from tillsight.metrics.notes import LONGEST_TEXT, Edit, New, Shown, get_note, list_notes, may_change
from tillsight.metrics.paging import cut

router = APIRouter(prefix="/api/notes", tags=["Notes"])

# Not only spaces, and no control characters but tabs and ends of lines; the room says so in words.
_SHOWN = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*"
_PRINTED = rf"^{_SHOWN}[^\s\x00-\x1f\x7f-\x9f]{_SHOWN}$"
Text = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_TEXT, json_schema_extra={"pattern": _PRINTED}),
]


class NewNote(BaseModel):
    """A note about the days from `from` up to, and without, `to`; one day without it.

    Days that were not `ordinary` (a one-off order, a closure) are left out of forecasts.
    """

    model_config = ConfigDict(extra="forbid")

    start: Day = Field(alias="from")
    end: Day | None = Field(None, alias="to")
    text: Text
    ordinary: StrictBool = True


class NoteChange(BaseModel):
    """What to change; what is left out stays. `version` is the one of the note you saw."""

    model_config = ConfigDict(extra="forbid")

    version: IdInBody
    start: Day | None = Field(None, alias="from")
    end: Day | None = Field(None, alias="to")
    text: Text | None = None
    ordinary: StrictBool | None = None


class Note(BaseModel):
    """A note about the days from `from` up to, and without, `to`."""

    id: int
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    text: str
    ordinary: bool
    version: int
    created_by: int | None
    created_by_name: str | None
    created_at: datetime
    updated_by: int | None
    updated_by_name: str | None
    updated_at: datetime | None
    may_change: bool


class Notes(BaseModel):
    """One page of notes; `next` is the `after` of the next page."""

    notes: list[Note]
    next: str | None


@router.get("")
def all_notes(
    person: PersonDep,
    database: DatabaseDep,
    span: PeriodDep,
    after: Annotated[str, Query(max_length=40, description="Go on after this place: `next`.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Notes:
    """Notes about a day of the period, those of the newest days first."""
    with database.reading() as session:
        found, following = cut(
            list_notes(session, span, after, limit + 1), limit, lambda one: one.cursor
        )
    return Notes(notes=[_entry(one, person) for one in found], next=following)


@router.post("", status_code=201)
def write(person: PersonDep, database: DatabaseDep, origin: OriginDep, new: NewNote) -> Note:
    """Write a note."""
    note = New(new.start, new.end, new.text, new.ordinary)
    with database.writing() as session:
        note_id = notes.create_note(session, person, note, origin)
    return _told(database, note_id, person)


@router.patch("/{note_id}")
def change(
    note_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep, wanted: NoteChange
) -> Note:
    """Change a note; for who wrote it, managers and admins.

    `version` is the one you saw. Where somebody else changed it since, the answer is 409 with the
    `version` and what the note says now, and by whom. A note of one day whose `from` alone changes
    stays one of one day.
    """
    edit = Edit(wanted.start, wanted.end, wanted.text, wanted.ordinary, wanted.version)
    with database.writing() as session:
        notes.change_note(session, person, note_id, edit, origin)
    return _told(database, note_id, person)


@router.delete("/{note_id}")
def delete(
    note_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    version: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only if it is of this version.")
    ] = None,
) -> Message:
    """Delete a note; for who wrote it, managers and admins."""
    with database.writing() as session:
        notes.delete_note(session, person, note_id, version, origin)
    return Message(message="The note was deleted.")


def _told(database: Database, note_id: int, person: Person) -> Note:
    with database.reading() as session:
        return _entry(get_note(session, note_id), person)


def _entry(found: Shown, person: Person) -> Note:
    note = found.note
    return Note(
        id=note.id,
        start=found.start,
        end=found.end,
        text=note.text,
        ordinary=note.is_ordinary,
        version=note.version,
        created_by=note.created_by,
        created_by_name=_name(found.creator),
        created_at=note.created_at,
        updated_by=note.updated_by,
        updated_by_name=_name(found.changer),
        updated_at=note.updated_at,
        may_change=may_change(person, note),
    )


def _name(user: User | None) -> str | None:
    return None if user is None else user.name
