"""Files of KPI values as the room of KPIs sees them: what is checked, written and taken back."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, event, select, update

from kpi_room import somebody
from tillsight.accounts.models import Circle, CircleMember, Role
from tillsight.database import Database
from tillsight.errors import Conflict, Forbidden
from tillsight.kpis.changes import Cause
from tillsight.kpis.models import BEGINNING, Kpi, KpiChange, KpiTarget, KpiValue
from tillsight.kpis.value_files import kpi_room
from tillsight.kpis.values import erase, write
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Why, usual_range
from tillsight.sales.kpi_files import (
    TERMINAL,
    FileValue,
    KpiRoom,
    Loader,
    Placed,
    Unplaced,
    ValueRow,
)
from tillsight.sales.layouts import Field
from tillsight.sales.models import Import

TODAY = date(2026, 8, 15)
NOW = datetime(2026, 8, 15, tzinfo=UTC)


BY_HAND = "made by hand"
FIRST = 1_000_000
"""Added to the numbers of imports that are made here: those of other tests come from 1 on."""
CLEARED = (KpiChange, KpiValue, KpiTarget, Kpi, CircleMember, Circle)


class Files:
    """Two circles and no KPIs yet, and the room's functions on a database that tests share."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.room: KpiRoom = kpi_room(database, lambda: TODAY)
        with database.writing() as session:
            for table in CLEARED:
                session.execute(delete(table))
            session.execute(delete(Import).where(Import.layout == BY_HAND))
        self.people = {role: somebody(database, role).id for role in Role}
        with database.writing() as session:
            made = [
                Circle(name=name, name_key=name.casefold(), created_at=NOW)
                for name in ("Sales", "Finance")
            ]
            session.add_all(made)
            session.flush()
            self.ours, self.theirs = (one.id for one in made)
            for role in (Role.editor, Role.viewer, Role.manager):
                session.add(CircleMember(circle_id=self.ours, user_id=self.people[role]))

    def kpi(self, name: str, periodicity: str = "monthly", unit: str = "chf", **more) -> int:
        """Add a KPI of the first circle."""
        bounds = usual_range(unit)
        kpi = Kpi(
            **{"circle_id": self.ours, "active": True, "measure": None, **more},
            name=name,
            name_key=name.casefold(),
            description="",
            periodicity=Periodicity(periodicity),
            unit=unit,
            minimum=bounds.minimum,
            maximum=bounds.maximum,
            initial_value=Decimal(0),
            direction=Direction.increase,
            aggregation=Aggregation.sum,
            due_days=10,
            filters="{}",
            revision=1,
            created_at=NOW,
        )
        with self.database.writing() as session:
            session.add(kpi)
            session.flush()
            target = {"valid_from": BEGINNING, "value": Decimal(1), "set_at": NOW}
            session.add(KpiTarget(kpi_id=kpi.id, **target))
            return kpi.id

    def check(self, *rows: ValueRow, by: Loader = TERMINAL) -> list[Placed | Unplaced]:
        """What the room says of rows."""
        return self.room.check(by, rows)

    def load(self, import_id: int, *values: FileValue, by: Loader = TERMINAL) -> None:
        """Write values as an import that counts from now on."""
        import_id += FIRST
        with self.database.writing() as session:
            self.room.lock(session, {one.kpi_id for one in values})
            loaded = session.get(Import, import_id)
            if loaded is None:
                session.add(as_import(import_id))
            else:
                loaded.in_force = str(import_id)
            self.room.enter(session, by, import_id, values)

    def undo(self, import_id: int, by: Loader = TERMINAL) -> list[str]:
        """Take an import back."""
        import_id += FIRST
        with self.database.writing() as session:
            self.room.lock(session, self.room.touched(import_id))
            session.execute(update(Import).where(Import.id == import_id).values(in_force=None))
            return self.room.take_back(session, by, import_id)

    def type(self, kpi_id: int, start: date, value: int | None) -> None:
        """Have somebody write, or delete, a value by hand."""
        with self.database.writing() as session:
            kpi, cause = session.get_one(Kpi, kpi_id), Cause(Why.typed)
            if value is None:
                erase(session, kpi, start, cause)
            else:
                write(session, kpi, start, Decimal(value), "", cause)

    def values(self) -> dict[tuple[int, date], Decimal]:
        """All values there are."""
        with self.database.reading() as session:
            return {(one.kpi_id, one.period_start): one.value for one in all_of(session, KpiValue)}

    def log(self) -> list[KpiChange]:
        """All changes in order."""
        with self.database.reading() as session:
            return all_of(session, KpiChange)


def all_of(session, table) -> list:
    return list(session.scalars(select(table).order_by(table.id)))


def as_import(import_id: int) -> Import:
    return Import(
        id=import_id,
        kind="kpi_values",
        layout=BY_HAND,
        file_name="values.csv",
        content_hash=str(import_id),
        in_force=str(import_id),
        rows=1,
        rejected_rows=0,
        revenue=Decimal(0),
        batch="",
        batch_bytes=0,
        created_at=NOW,
    )


def row(kpi: str, period: str | None, value: str = "5", comment: str = "", **parts) -> ValueRow:
    return ValueRow(kpi, period, parts.get("year"), parts.get("month"), Decimal(value), comment)


@pytest.fixture
def files(tables: Database) -> Files:
    return Files(tables)


# What is checked


def test_rows_find_their_kpi_and_period_however_they_are_written(files: Files) -> None:
    month, quarter, year, week, day = (
        files.kpi(f"By {one}", one) for one in ("monthly", "quarterly", "yearly", "weekly", "daily")
    )
    named = files.kpi("7")
    cases = [
        (row("By monthly", "2026-03"), month, date(2026, 3, 1), date(2026, 3, 31)),
        (row("  by   MONTHLY ", "2026-04-01"), month, date(2026, 4, 1), date(2026, 4, 30)),
        (row(f"{month}", "2026-05-01 00:00:00"), month, date(2026, 5, 1), date(2026, 5, 31)),
        (row(f"{month}.0", None, year="2026.0", month="6.0"), month, date(2026, 6, 1), None),
        (row("By quarterly", "2026-Q1"), quarter, date(2026, 1, 1), date(2026, 3, 31)),
        (row("By quarterly", None, year="2026", month="6"), quarter, date(2026, 4, 1), None),
        (row("By yearly", "2025.0"), year, date(2025, 1, 1), date(2025, 12, 31)),
        (row("By yearly", "2026"), year, date(2026, 1, 1), None),
        (row("By yearly", None, year="2024", month="12"), year, date(2024, 1, 1), None),
        (row("By weekly", "2026-W12"), week, date(2026, 3, 16), date(2026, 3, 22)),
        (row("By daily", "2026-08-15"), day, TODAY, TODAY),
        (row("By daily", "2026-08-14 00:00:00"), day, date(2026, 8, 14), date(2026, 8, 14)),
        (row("7", "2026-03"), named, date(2026, 3, 1), date(2026, 3, 31)),
    ]
    said = files.check(*(one for one, *_ in cases))
    for (asked, kpi_id, first, last), found in zip(cases, said, strict=True):
        assert isinstance(found, Placed), (asked, found)
        assert (found.kpi_id, found.first_day, found.replaces) == (kpi_id, first, False)
        assert last in (None, found.last_day)


def test_rows_are_refused_with_field_and_reason(files: Files) -> None:
    number = str(files.kpi("Turnover"))
    files.kpi("Share", unit="percentage")
    files.kpi("Quarter", "quarterly")
    files.kpi("Day", "daily")
    files.kpi("Off", active=False)
    files.kpi("Counted", measure="net_revenue")
    files.kpi("Away", archived_at=NOW)
    cases = [
        (row("Turnovr", "2026-03"), Field.kpi, "(did you mean “Turnover”?)"),
        (row("Nothing like it", "2026-03"), Field.kpi, "is the name or number of no KPI"),
        (row("999999", "2026-03"), Field.kpi, "is the name or number of no KPI"),
        (row("Off", "2026-03"), Field.kpi, "is not active"),
        (row("Away", "2026-03"), Field.kpi, "is in the archive"),
        (row("Counted", "2026-03"), Field.kpi, "is counted from the sales (net_revenue)"),
        (row("Turnover", "2026-09"), Field.period, "has not begun"),
        (row("Turnover", "2026-13"), Field.period, "is not a month such as 2026-03"),
        (row("Turnover", "2026-03-05"), Field.period, "is not a month such as 2026-03"),
        (row("Turnover", "2026-Q1"), Field.period, "is not a month such as 2026-03"),
        (row("Quarter", "2026-03"), Field.period, "is not a quarter such as 2026-Q1"),
        (row("Quarter", None, year="2026", month="5"), Field.period_month, "3 or 6 or 9 or 12"),
        (row("Turnover", None, year="2026", month="13"), Field.period_month, "1 to 12"),
        (row("Turnover", None, year="x", month="3"), Field.period_year, "is not a year"),
        (row("Turnover", None, year="1", month="3"), Field.period_year, "1900 to 9998"),
        (row("Turnover", None, year="2026", month="x"), Field.period_month, "is not a month"),
        (row("Turnover", None, year="2026", month="9"), Field.period_month, "has not begun"),
        (row("Day", None, year="2026", month="3"), Field.period_month, "named period"),
        (row("Share", "2026-03", "101"), Field.value, "is not from 0 to 100"),
        (row("Turnover", "2026-03", "1.00001"), Field.value, "more than four decimals"),
        (row("Turnover", "2026-03", "1e15"), Field.value, "is too large"),
        (row("Turnover", "2026-03", comment="x" * 2001), Field.comment, "2,000 characters"),
        (row("Turnover", "2026-03", comment="a\x07"), Field.comment, "cannot be shown"),
    ]
    said = files.check(*(one for one, *_ in cases))
    for (asked, field, reason), found in zip(cases, said, strict=True):
        assert isinstance(found, Unplaced), asked
        assert found.field is field, (asked, found)
        assert reason in found.reason, (asked, found)
    twice = files.check(
        row("Turnover", "2026-03"), row(number, "2026-03-01"), row(number, "2026-04")
    )
    assert [isinstance(one, Placed) for one in twice] == [True, False, True]


def test_who_may_load_which_values(files: Files) -> None:
    files.kpi("Ours")
    files.kpi("Theirs", circle_id=files.theirs)
    people = files.people
    wanted = {
        Loader(): [True, True],
        Loader(people[Role.admin]): [True, True],
        Loader(people[Role.admin], Role.editor): [False, False],
        Loader(people[Role.manager]): [True, False],
        Loader(people[Role.editor]): [True, False],
        Loader(people[Role.editor], Role.admin): [True, False],
        Loader(people[Role.viewer]): [False, False],
    }
    for loader, may in wanted.items():
        said = files.check(row("Ours", "2026-03"), row("Theirs", "2026-03"), by=loader)
        assert [isinstance(one, Placed) for one in said] == may, loader
    [_, refused] = said
    assert refused == Unplaced(Field.kpi, "is of the circle “Finance”, which you do not belong to")


def test_what_a_row_would_replace_is_told(files: Files) -> None:
    kpi_id = files.kpi("Turnover")
    files.type(kpi_id, date(2026, 3, 1), 5)
    said = files.check(
        row("Turnover", "2026-03", "5"), row("Turnover", "2026-04"), row("Turnover", "2026-05")
    )
    assert [one.replaces for one in said] == [False, False, False]
    assert files.check(row("Turnover", "2026-03", "6"))[0].replaces


# What is written, and taken back


MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def value(kpi_id: int, start: date, number: int, comment: str = "") -> FileValue:
    return FileValue(kpi_id, start, Decimal(number), comment)


def test_an_import_writes_and_its_undo_gives_back_what_was(files: Files) -> None:
    kpi_id, editor = files.kpi("Turnover"), files.people[Role.editor]
    with files.database.writing() as session:
        kpi = session.get_one(Kpi, kpi_id)
        write(session, kpi, MARCH, Decimal(1), "as told by Ada", Cause(Why.typed, editor))
    by = Loader(editor)
    files.load(1, value(kpi_id, MARCH, 2), value(kpi_id, APRIL, 3, "new"), by=by)
    assert files.values() == {(kpi_id, MARCH): 2, (kpi_id, APRIL): 3}
    assert files.undo(1, by) == []
    assert files.values() == {(kpi_id, MARCH): 1}
    told = [
        (one.why, one.activity, one.before, one.after, one.comment, one.import_id, one.user_id)
        for one in files.log()
    ]
    assert told == [
        ("typed", "created", None, 1, "as told by Ada", None, editor),
        ("import", "updated", 1, 2, "as told by Ada", FIRST + 1, editor),
        ("import", "created", None, 3, "new", FIRST + 1, editor),
        ("undo", "updated", 2, 1, "as told by Ada", FIRST + 1, editor),
        ("undo", "deleted", 3, None, "new", FIRST + 1, editor),
    ]
    with files.database.reading() as session:
        [kept] = all_of(session, KpiValue)
    assert (kept.version, kept.created_by, kept.comment) == (3, editor, "as told by Ada")


def test_what_was_changed_since_stays_and_is_told(files: Files) -> None:
    kpi_id = files.kpi("Turnover")
    files.load(1, value(kpi_id, MARCH, 2), value(kpi_id, APRIL, 3))
    files.type(kpi_id, MARCH, 9)
    assert files.undo(1) == ["“Turnover” 2026-03"]
    assert files.values() == {(kpi_id, MARCH): 9}
    files.load(1, value(kpi_id, MARCH, 2), value(kpi_id, APRIL, 3))
    assert files.values() == {(kpi_id, MARCH): 2, (kpi_id, APRIL): 3}
    assert files.undo(1) == []
    assert files.values() == {(kpi_id, MARCH): 9}


@pytest.mark.parametrize(
    "closing", [{"active": False}, {"archived_at": NOW}, {"measure": "net_revenue"}]
)
def test_values_that_nobody_may_write_stay_at_an_undo(files: Files, closing: dict) -> None:
    kpi_id = files.kpi("Turnover")
    files.load(1, value(kpi_id, MARCH, 2))
    with files.database.writing() as session:
        session.execute(update(Kpi).values(**closing))
    assert files.undo(1) == ["“Turnover” 2026-03"]
    assert files.values() == {(kpi_id, MARCH): 2}
    with pytest.raises(Conflict, match="Turnover"):
        files.load(1, value(kpi_id, MARCH, 3))
    assert files.values() == {(kpi_id, MARCH): 2}


def test_only_who_belongs_to_the_circle_takes_back(files: Files) -> None:
    kpi_id, editor = files.kpi("Turnover"), files.people[Role.editor]
    files.load(1, value(kpi_id, MARCH, 2), by=Loader(editor))
    with files.database.writing() as session:
        session.delete(session.get_one(CircleMember, (files.ours, editor)))
    with pytest.raises(Forbidden, match="Sales"):
        files.undo(1, Loader(editor))
    assert files.values() == {(kpi_id, MARCH): 2}
    assert files.undo(1, Loader(files.people[Role.admin])) == []


def test_what_changed_after_the_check_is_found_before_anything_is_written(files: Files) -> None:
    kpi_id = files.kpi("Share", unit="percentage")
    with pytest.raises(Conflict):
        files.load(1, value(kpi_id, APRIL, 5), value(kpi_id, MARCH, 101))
    with files.database.writing() as session:
        session.execute(update(Kpi).values(periodicity=Periodicity.yearly))
    with pytest.raises(Conflict):
        files.load(1, value(kpi_id, MARCH, 5))
    with pytest.raises(Conflict):
        files.load(1, value(99, MARCH, 5))
    assert files.values() == {}
    assert files.log() == []


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_the_last_act_that_counts_gives_the_value(files: Files, seed: int) -> None:
    """Against all acts played again: those of imports that are undone now are left out."""
    dice = random.Random(seed)
    kpis = [files.kpi("A"), files.kpi("B")]
    places = [(kpi_id, start) for kpi_id in kpis for start in (MARCH, APRIL)]
    acts: list[tuple[int | None, dict[tuple[int, date], int | None]]] = []
    contents: dict[int, dict[tuple[int, date], int]] = {}
    counting: set[int] = set()
    for _ in range(40):
        choice = dice.choice(["type", "load", "undo", "redo"])
        if choice == "type":
            place, number = dice.choice(places), dice.choice([None, 1, 2, 3])
            if files.values().get(place) != number:  # what changes nothing is no act
                files.type(*place, number)
                acts.append((None, {place: number}))
        elif choice == "load":
            some = dice.sample(places, dice.randint(1, 4))
            contents[len(contents) + 1] = {place: dice.randint(1, 3) for place in some}
            counting.add(len(contents))
            acts.append((len(contents), dict(contents[len(contents)])))
            files.load(
                len(contents), *(value(*one, n) for one, n in contents[len(contents)].items())
            )
        elif choice == "undo" and counting:
            gone = dice.choice(sorted(counting))
            counting.discard(gone)
            files.undo(gone)
        elif choice == "redo" and contents.keys() - counting:
            back = dice.choice(sorted(contents.keys() - counting))
            acts = [one for one in acts if one[0] != back]
            acts.append((back, dict(contents[back])))
            counting.add(back)
            files.load(back, *(value(*one, number) for one, number in contents[back].items()))
        played: dict[tuple[int, date], int | None] = {}
        for act, said in acts:
            if act is None or act in counting:
                played |= said
        assert files.values() == {one: n for one, n in played.items() if n is not None}


def test_many_values_are_written_in_few_statements(files: Files) -> None:
    kpis = [files.kpi(f"K{number}") for number in range(10)]
    starts = [date(2016 + month // 12, month % 12 + 1, 1) for month in range(120)]
    values = [value(kpi_id, start, 1) for kpi_id in kpis for start in starts]
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        statements.append(statement)

    event.listen(files.database.engine, "before_cursor_execute", note)
    files.load(1, *values)
    event.remove(files.database.engine, "before_cursor_execute", note)
    assert len(statements) < 60
    assert len(files.values()) == 1200
    assert files.undo(1) == []
    assert files.values() == {}
