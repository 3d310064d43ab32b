"""Dated notes: who writes, changes and deletes them, and which days are left out of forecasts."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import delete

from kpi_room import somebody
from tillsight.accounts.audit import Wanted, entries
from tillsight.accounts.sessions import Person
from tillsight.database import Database
from tillsight.errors import Forbidden, InvalidInput, NotFound
from tillsight.metrics.models import DatedNote
from tillsight.metrics.notes import (
    Edit,
    New,
    NoteChanged,
    change_note,
    create_note,
    delete_note,
    get_note,
    list_notes,
    may_change,
    not_ordinary_notes,
)
from tillsight.metrics.periods import Period

DAY = date(2024, 5, 1)


@pytest.fixture
def database(tables: Database) -> Iterator[Database]:
    """A database of each kind, without notes."""
    yield tables
    with tables.writing() as session:
        session.execute(delete(DatedNote))


def write(database: Database, person: Person | None, **given: object) -> int:
    new = {"start": DAY, "end": None, "text": "Street fair"} | given
    with database.writing() as session:
        return create_note(session, person, New(**new))  # type: ignore[arg-type]


def found(database: Database, span: Period | None = None, after: str = "", limit: int = 9):
    with database.reading() as session:
        return [one.note.text for one in list_notes(session, span or Period(), after, limit)]


def test_a_note_is_written_changed_and_deleted(database: Database) -> None:
    editor, manager = somebody(database, "editor"), somebody(database, "manager")
    number = write(database, editor, end=date(2024, 5, 4), text="  Closed:\nthe floor \n")
    with database.reading() as session:
        shown = get_note(session, number)
    assert (shown.start, shown.end, shown.note.version) == (DAY, date(2024, 5, 4), 1)
    assert shown.note.text == "Closed:\nthe floor"
    assert (shown.creator and shown.creator.id, shown.changer) == (editor.id, None)
    edit = Edit(end=date(2024, 5, 3), is_ordinary=False, version=1)
    with database.writing() as session:
        change_note(session, manager, number, edit)
    with database.reading() as session:
        shown = get_note(session, number)
        assert [one.last_day for one in not_ordinary_notes(session)] == [date(2024, 5, 2)]
    assert (shown.note.version, shown.changer and shown.changer.id) == (2, manager.id)
    assert shown.note.text == "Closed:\nthe floor"
    with database.writing() as session:
        delete_note(session, editor, number, 2)
    with database.reading() as session:
        with pytest.raises(NotFound):
            get_note(session, number)
        assert not_ordinary_notes(session) == []
        log = entries(session, Wanted(text=f"note {number}: "), None, 9)
    actions = ["note_deleted", "note_changed", "note_written"]
    assert [one.action for one in log] == actions
    assert [one.user_id for one in log] == [editor.id, manager.id, editor.id]
    assert log[1].details["before"]["to"] == "2024-05-04"
    assert log[1].details["now"]["ordinary"] is False


def test_of_two_who_change_a_note_the_second_is_told(database: Database) -> None:
    editor, manager = somebody(database, "editor"), somebody(database, "manager")
    number = write(database, editor)
    for text in ("First", "First"):  # the same again changes nothing
        with database.writing() as session:
            change_note(session, manager, number, Edit(text=text))
    for late in (Edit(text="Late", version=1), Edit(version=3)):
        with pytest.raises(NoteChanged) as told, database.writing() as session:
            change_note(session, editor, number, late)
        assert told.value.details["version"] == 2
        assert told.value.details["text"] == "First"
        assert told.value.details["updated_by_name"] == manager.name
    with pytest.raises(NoteChanged), database.writing() as session:
        delete_note(session, editor, number, 1)
    assert found(database) == ["First"]


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", False), ("editor", False), ("manager", True), ("admin", True)]
)
def test_others_notes_are_for_managers_and_admins(database: Database, role: str, may: bool) -> None:
    number, other = write(database, somebody(database, "editor")), somebody(database, role)
    with database.reading() as session:
        assert may_change(other, get_note(session, number).note) is may
    if may:
        with database.writing() as session:
            delete_note(session, other, number)
        return
    with pytest.raises(Forbidden), database.writing() as session:
        change_note(session, other, number, Edit(text="Mine"))
    with pytest.raises(Forbidden), database.writing() as session:
        delete_note(session, other, number)
    assert found(database) == ["Street fair"]


def test_lists_hold_the_notes_that_touch_the_days_asked_for(database: Database) -> None:
    for text, start, days in (("a", 1, 1), ("b", 3, 5), ("c", 5, 1), ("d", 5, 1), ("e", 9, 1)):
        first = date(2024, 5, start)
        write(database, None, start=first, end=first + timedelta(days=days), text=text)
    assert found(database) == ["e", "d", "c", "b", "a"]
    assert found(database, Period(date(2024, 5, 7), date(2024, 5, 9))) == ["b"]
    assert found(database, Period(date(2024, 5, 8))) == ["e"]
    assert found(database, Period(None, date(2024, 5, 3))) == ["a"]
    assert found(database, Period(date(2024, 5, 2), date(2024, 5, 3))) == []
    with database.reading() as session:
        pages, after = [], ""
        while page := list_notes(session, Period(), after, 2):
            pages += [one.note.text for one in page]
            after = page[-1].cursor
    assert pages == ["e", "d", "c", "b", "a"]
    for wrong in ("x", "2024-05-01", "2024-05-01_x", "_1"):
        with pytest.raises(InvalidInput, match="no place in this list"):
            found(database, after=wrong)


def test_days_not_ordinary_come_in_their_order_and_may_overlap(database: Database) -> None:
    write(database, None, start=date(2024, 6, 1), is_ordinary=False)
    write(database, None, start=date(2024, 5, 1), end=date(2024, 7, 1), is_ordinary=False)
    write(database, None, start=date(2024, 5, 3), is_ordinary=True)
    with database.reading() as session:
        found = [(one.first_day, one.last_day) for one in not_ordinary_notes(session)]
    assert found == [
        (date(2024, 5, 1), date(2024, 6, 30)),
        (date(2024, 6, 1), date(2024, 6, 1)),
    ]


def test_a_note_that_moves_keeps_its_one_day_or_its_end(database: Database) -> None:
    one, more = write(database, None), write(database, None, end=date(2024, 5, 9))
    manager = somebody(database, "manager")
    for number in (one, more):
        with database.writing() as session:
            change_note(session, manager, number, Edit(start=date(2024, 5, 3)))
    with database.reading() as session:
        moved = [get_note(session, number) for number in (one, more)]
    assert [(note.start, note.end) for note in moved] == [
        (date(2024, 5, 3), date(2024, 5, 4)),
        (date(2024, 5, 3), date(2024, 5, 9)),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " \n"}, "1 to 2,000 characters"),
        ({"text": "x" * 2001}, "1 to 2,000 characters"),
        ({"text": "a\x07b"}, "cannot be shown"),
        ({"end": DAY}, "before it has a day"),
        ({"end": date(2024, 4, 1)}, "before it has a day"),
        ({"end": date.min}, "before it has a day"),
        ({"start": date(1899, 12, 31)}, "the years 1900 to 9998"),
        ({"start": date.max}, "the years 1900 to 9998"),
        ({"end": DAY + timedelta(days=1099)}, "1,098 days at most"),
    ],
)
def test_what_is_no_note_is_refused(
    database: Database, given: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        write(database, None, **given)
    assert found(database) == []


def test_the_longest_note_is_kept(database: Database) -> None:
    write(database, None, text="é" * 2000, end=DAY + timedelta(days=1098))
    assert found(database) == ["é" * 2000]
