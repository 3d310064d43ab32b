"""Dated notes: what happened on a day or over days. Charts show them, forecasts leave out the days
that were not ordinary.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from unicodedata import category

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Origin, Person
from tillsight.accounts.users import name_of, who_did
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound
from tillsight.metrics.models import DatedNote
from tillsight.metrics.paging import no_cursor
from tillsight.metrics.periods import DAY, Period

LONGEST_TEXT = 2000
MOST_DAYS = 3 * 366
FIRST_YEAR, LAST_YEAR = 1900, 9998
_SPACED = frozenset("\t\n\r")


class NoteChanged(Conflict):
    """Somebody else changed the note since it was read; `details` tell what it is now."""


@dataclass(frozen=True)
class New:
    """A note to write about the days from `start` up to, and without, `end`; one day without it."""

    start: date
    end: date | None
    text: str
    is_ordinary: bool = True


@dataclass(frozen=True)
class Edit:
    """What to change of a note, None stays; `version` is the one that was seen, if any."""

    start: date | None = None
    end: date | None = None
    text: str | None = None
    is_ordinary: bool | None = None
    version: int | None = None


@dataclass(frozen=True)
class Shown:
    """A note with who wrote it, and changed it last."""

    note: DatedNote
    creator: User | None
    changer: User | None

    @property
    def start(self) -> date:
        """Its first day."""
        return self.note.first_day

    @property
    def end(self) -> date:
        """The day after its last day."""
        return self.note.last_day + DAY

    @property
    def cursor(self) -> str:
        """Its place in a list."""
        return f"{self.note.first_day}_{self.note.id}"


def not_ordinary_notes(session: Session) -> list[DatedNote]:
    """The notes whose days were not ordinary, by their first day; the days may overlap."""
    query = select(DatedNote).where(DatedNote.is_ordinary.is_(False))
    return list(session.scalars(query.order_by(DatedNote.first_day, DatedNote.id)))


def list_notes(session: Session, span: Period, after: str, limit: int) -> list[Shown]:
    """Notes about a day of the span, those of the newest days first.

    `after` is the `cursor` of the one to go on from.

    Raises:
        InvalidInput: `after` is no place in the list.
    """
    query = _query()
    if span.start is not None:
        query = query.where(DatedNote.last_day >= span.start)
    if span.end is not None:
        query = query.where(DatedNote.first_day < span.end)
    if after:
        day, number = _read_cursor(after)
        same_day = and_(DatedNote.first_day == day, DatedNote.id < number)
        query = query.where(or_(DatedNote.first_day < day, same_day))
    query = query.order_by(DatedNote.first_day.desc(), DatedNote.id.desc()).limit(limit)
    return [Shown(*one) for one in session.execute(query)]


def get_note(session: Session, note_id: int) -> Shown:
    """One note.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.execute(_query().where(DatedNote.id == note_id)).first()
    if found is None:
        raise _no_note(note_id)
    return Shown(*found)


def create_note(
    session: Session, person: Person | None, new: New, origin: Origin = TERMINAL
) -> int:
    """Write a note; gives its number. The terminal has no person.

    Raises:
        InvalidInput: there are no such days, or too many of them, or the text cannot be one.
    """
    row = DatedNote(version=1, created_at=datetime.now(UTC))
    row.created_by = None if person is None else person.id
    row.first_day, row.last_day = _checked_days(new.start, new.end)
    row.text, row.is_ordinary = _checked_text(new.text), new.is_ordinary
    session.add(row)
    session.flush()
    record(session, Action.note_written, person, called(row), _told(row), origin)
    return row.id


def change_note(
    session: Session, person: Person, note_id: int, edit: Edit, origin: Origin = TERMINAL
) -> None:
    """Change a note; first thing in a transaction.

    A note of one day that begins on another day, without a new end, is about that one day; else the
    end stays.

    Raises:
        NotFound: there is none of this number.
        Forbidden: somebody else wrote it, and the person is no manager.
        NoteChanged: it is of another version by now.
        InvalidInput: as `create_note`.
    """
    row = _held(session, person, note_id, edit.version)
    before = _told(row)
    start, end = edit.start or row.first_day, edit.end
    if end is None and row.first_day != row.last_day:
        end = row.last_day + DAY
    row.first_day, row.last_day = _checked_days(start, end)
    row.text = row.text if edit.text is None else _checked_text(edit.text)
    row.is_ordinary = row.is_ordinary if edit.is_ordinary is None else edit.is_ordinary
    if _told(row) == before:
        return
    row.version += 1
    row.updated_by, row.updated_at = person.id, datetime.now(UTC)
    session.flush()
    details = {"before": before, "now": _told(row)}
    record(session, Action.note_changed, person, called(row), details, origin)


def delete_note(
    session: Session,
    person: Person | None,
    note_id: int,
    version: int | None = None,
    origin: Origin = TERMINAL,
) -> None:
    """Delete a note; first thing in a transaction. Raises as `change_note`."""
    row = _held(session, person, note_id, version)
    record(session, Action.note_deleted, person, called(row), _told(row), origin)
    session.delete(row)
    session.flush()


def may_change(person: Person, note: DatedNote) -> bool:
    """Whether the person may change and delete the note: who wrote it, managers and admins."""
    wrote_it = note.created_by == person.id and person.role.includes(Role.editor)
    return wrote_it or person.role.includes(Role.manager)


def called(row: DatedNote) -> str:
    """How the audit log names a note."""
    return f"note {row.id}: {_days(row)}"


def _held(session: Session, person: Person | None, note_id: int, seen: int | None) -> DatedNote:
    """The note, locked for the rest of the transaction."""
    row = session.get(DatedNote, note_id, with_for_update=True)
    if row is None:
        raise _no_note(note_id)
    if person is not None and not may_change(person, row):
        raise Forbidden(
            "Somebody else wrote this note. It is changed and deleted by them, by managers and by"
            " admins."
        )
    if seen is not None and seen != row.version:
        raise _changed(session, row)
    return row


def _changed(session: Session, row: DatedNote) -> NoteChanged:
    return NoteChanged(
        f"{who_did(session, row.updated_by)} changed this note since you read it. Look at it, and"
        " change it again if that is still needed.",
        version=row.version,
        **_told(row),
        updated_by=row.updated_by,
        updated_by_name=name_of(session, row.updated_by),
        updated_at=row.updated_at,
    )


def _told(row: DatedNote) -> dict[str, object]:
    """What a note says, by the names the API has for it."""
    return {
        "from": row.first_day.isoformat(),
        "to": (row.last_day + DAY).isoformat(),
        "text": row.text,
        "ordinary": row.is_ordinary,
    }


def _days(row: DatedNote) -> str:
    if row.first_day == row.last_day:
        return f"{row.first_day}"
    return f"{row.first_day} to {row.last_day}"


def _checked_days(start: date, end: date | None) -> tuple[date, date]:
    """The first and the last day."""
    if end is not None and end <= start:
        raise InvalidInput(
            f"The note ends ({end}) before it has a day: `to` is the day after its last day."
        )
    last = start if end is None else end - DAY
    if start.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise InvalidInput(f"A note is about days of the years {FIRST_YEAR} to {LAST_YEAR}.")
    if (last - start).days >= MOST_DAYS:
        raise InvalidInput(f"A note is about {MOST_DAYS:,} days at most.")
    return start, last


def _checked_text(text: str) -> str:
    trimmed = text.strip()
    if not trimmed or len(trimmed) > LONGEST_TEXT:
        raise InvalidInput(f"The text of a note has 1 to {LONGEST_TEXT:,} characters.")
    if any(category(sign) in {"Cc", "Cs"} and sign not in _SPACED for sign in trimmed):
        raise InvalidInput("The text holds characters that cannot be shown. Type it again.")
    return trimmed


def _query() -> Select[DatedNote, User, User]:
    creator, changer = aliased(User), aliased(User)
    return (
        select(DatedNote, creator, changer)
        .outerjoin(creator, creator.id == DatedNote.created_by)
        .outerjoin(changer, changer.id == DatedNote.updated_by)
    )


def _read_cursor(text: str) -> tuple[date, int]:
    day, _, number = text.partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        raise no_cursor(text) from None


def _no_note(note_id: int) -> NotFound:
    return NotFound(f"There is no note {note_id}.")
