"""What people say about open days: set, replaced, taken back, and refused where it cannot be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import delete

from kpi_room import somebody
from tillsight.accounts.audit import Wanted, entries
from tillsight.database import Database
from tillsight.errors import Conflict, InvalidInput, NotFound, SetupError
from tillsight.forecasting.corrections import (
    Kind,
    Stated,
    called,
    fingerprint,
    get_correction,
    list_corrections,
    read_corrections,
    remove_correction,
    set_correction,
)
from tillsight.forecasting.models import CalendarCorrection
from tillsight.forecasting.open_days import Corrections
from tillsight.forecasting.public_holidays import holiday_names, holidays_of

TODAY = date(2026, 11, 22)
CHRISTMAS_EVE = Stated(Kind.day, "2026-12-24", is_open=True)


@pytest.fixture
def database(tables: Database) -> Iterator[Database]:
    """A database of each kind, without corrections."""
    yield tables
    with tables.writing() as session:
        session.execute(delete(CalendarCorrection))


def state(database: Database, kind: Kind, key: str, is_open: bool, country: str = "CH") -> int:
    with database.writing() as session:
        return set_correction(session, None, Stated(kind, key, is_open), country, TODAY)


def read(database: Database) -> Corrections:
    with database.reading() as session:
        return read_corrections(session)


def test_corrections_are_set_replaced_and_taken_back(database: Database) -> None:
    editor = somebody(database, "editor")
    assert read(database) == Corrections()
    weekday = state(database, Kind.weekday, "7", is_open=True)
    state(database, Kind.holiday, "ascension day ", is_open=False)
    with database.writing() as session:
        first = set_correction(session, editor, CHRISTMAS_EVE, "", TODAY)
    assert read(database) == Corrections(
        {date(2026, 12, 24): True}, {7: True}, {"Ascension Day": False}
    )
    again = state(database, Kind.day, "2026-12-24", is_open=False)
    assert again == first
    assert read(database).days == {date(2026, 12, 24): False}
    with database.reading() as session:
        listed = list_corrections(session)
        shown = get_correction(session, first)
    assert [called(one.correction) for one in listed] == ["Sunday", "Ascension Day", "2026-12-24"]
    assert (shown.correction.is_open, shown.by) == (False, None)  # the terminal was the last
    with database.writing() as session:
        remove_correction(session, editor, first)
    with database.writing() as session:
        remove_correction(session, editor, weekday)
    assert read(database) == Corrections(holidays={"Ascension Day": False})
    with database.reading() as session:
        log = entries(session, Wanted(text="2026-12-24"), None, 3)
    changes = [(one.details["before"], one.details["now"], one.user_id) for one in log]
    assert changes == [
        ("closed", "as learnt", editor.id),
        ("open", "closed", None),
        ("as learnt", "open", editor.id),
    ]


def test_the_same_said_twice_is_said_once(database: Database) -> None:
    editor, other = somebody(database, "editor"), somebody(database, "editor")
    for person in (editor, other):
        with database.writing() as session:
            number = set_correction(session, person, CHRISTMAS_EVE, "CH", TODAY)
    with database.reading() as session:
        by = get_correction(session, number).by
    assert by is not None
    assert by.id == editor.id


def test_of_many_who_correct_the_same_at_once_one_stays(database: Database) -> None:
    def correct(number: int) -> bool:
        try:
            state(database, Kind.weekday, "3", is_open=number % 2 == 0)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert any(pool.map(correct, range(16)))
    with database.reading() as session:
        assert [one.correction.key for one in list_corrections(session)] == ["3"]


def test_what_is_not_there_cannot_be_taken_back(database: Database) -> None:
    number = state(database, Kind.weekday, "1", is_open=False)
    with database.writing() as session:
        remove_correction(session, None, number)
    with pytest.raises(NotFound), database.writing() as session:
        remove_correction(session, None, number)


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        (Kind.day, "2026-02-30", "is no day"),
        (Kind.day, "20261224", "is no day"),
        (Kind.day, "9999-12-31", "1900 to 9998"),
        (Kind.day, "", "is no day"),
        (Kind.weekday, "0", "1 .Monday. to 7 .Sunday."),
        (Kind.weekday, "8", "1 .Monday. to 7 .Sunday."),
        (Kind.weekday, "Monday", "1 .Monday. to 7 .Sunday."),
        (Kind.holiday, "Ascention Day", "Did you mean “Ascension Day”?"),
        (Kind.holiday, "Zzz", "Known: Ascension Day, Christmas Day"),
        (Kind.holiday, "x" * 300, "Known: "),
    ],
)
def test_what_cannot_be_corrected_is_refused(
    database: Database, kind: Kind, key: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        state(database, kind, key, is_open=True)
    assert len(refused.value.message) < 500
    assert read(database) == Corrections()


def test_a_shop_without_country_has_no_holidays(database: Database) -> None:
    with pytest.raises(InvalidInput, match="TILLSIGHT_COUNTRY"):
        state(database, Kind.holiday, "Christmas Day", is_open=True, country="")
    assert holidays_of("", [2026]) == {}


def test_holidays_are_known_by_their_english_names() -> None:
    swiss = holidays_of("CH", [2026, 2025, 2026])
    assert list(swiss) == sorted(swiss)
    assert swiss[date(2026, 8, 1)] == "National Day"
    assert (date(2024, 8, 1) in swiss, len(swiss)) == (False, 8)
    assert holidays_of("DE", [2008])[date(2008, 5, 1)] in {"Ascension Day", "Labor Day"}
    assert "Good Friday" in holiday_names("GB", [2026])


def test_parts_of_a_country_have_holidays_of_their_own() -> None:
    labour_day = date(2026, 5, 1)
    assert labour_day not in holidays_of("CH", [2026])
    assert labour_day in holidays_of("CH-ZH", [2026])
    assert set(holidays_of("CH", [2026])) < set(holidays_of("CH-ZH", [2026]))


@pytest.mark.parametrize("country", ["XX", "Switzerland", "C", "CH-XX", "XX-ZH"])
def test_a_country_nobody_knows_is_told(country: str) -> None:
    with pytest.raises(SetupError, match="TILLSIGHT_COUNTRY"):
        holidays_of(country, [2026])


def test_fingerprints_tell_corrections_apart() -> None:
    day = date(2026, 1, 1)
    some = [
        Corrections(),
        Corrections(days={day: True}),
        Corrections(days={day: False}),
        Corrections(weekdays={1: True}),
        Corrections(holidays={"New Year's Day": True}),
    ]
    assert len({fingerprint(one) for one in some}) == len(some)
    twice = [Corrections(weekdays={1: True, 2: False}), Corrections(weekdays={2: False, 1: True})]
    assert fingerprint(twice[0]) == fingerprint(twice[1])
