"""Taking imports back and bringing them in again: who wins, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from shop import HEADER, Shop
from tillsight.errors import BadRows, Conflict, NotFound
from tillsight.sales.choices import Locale, Overlap
from tillsight.sales.import_list import get_import
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.models import Import, JournalEntry
from tillsight.sales.undo import redo, undo

GOOD = f"{HEADER}1,p,Pen,2,2024-05-07,10,,\n"
BAD = f"{GOOD}2,p,Pen,two,2024-05-07,10,,\n"


def entries(shop: Shop) -> list[tuple[int, str, int | None]]:
    with shop.database.reading() as session:
        found = session.scalars(select(JournalEntry).order_by(JournalEntry.version))
        return [(one.version, str(one.kind), one.import_id) for one in found]


def is_undone(shop: Shop, import_id: int) -> bool:
    with shop.database.reading() as session:
        return get_import(session, import_id).is_undone


def test_undo_and_redo_are_entries_that_name_the_import(shop: Shop) -> None:
    loaded = shop.load_text(GOOD).loaded
    assert undo(shop.database, loaded.id, None) == 2
    assert is_undone(shop, loaded.id)
    assert shop.ask("revenue").totals == {"revenue": 0}
    assert (shop.folders.batches / loaded.batch).is_file()
    assert redo(shop.database, loaded.id, None) == 3
    assert not is_undone(shop, loaded.id)
    assert shop.ask("revenue").totals == {"revenue": 20.0}
    assert entries(shop) == [(1, "import", 1), (2, "undo", 1), (3, "redo", 1)]


def test_what_cannot_be_undone_or_redone_is_refused_and_changes_nothing(shop: Shop) -> None:
    number = shop.load_text(GOOD).loaded.id
    with pytest.raises(Conflict, match="Import 1 is not undone, so there is nothing to redo"):
        redo(shop.database, number, None)
    undo(shop.database, number, None)
    with pytest.raises(Conflict, match="Import 1 is undone already"):
        undo(shop.database, number, None)
    for change in (undo, redo):
        with pytest.raises(NotFound, match="no import 99"):
            change(shop.database, 99, None)
    assert len(entries(shop)) == 2


def test_an_undone_file_that_comes_again_is_redone(shop: Shop) -> None:
    first = shop.load_text(GOOD)
    undo(shop.database, first.loaded.id, None)
    again = shop.load_text(GOOD)
    assert (again.added, again.redone, again.loaded.id) == (True, True, first.loaded.id)
    assert shop.load_text(GOOD).added is False
    assert shop.ask("revenue").totals == {"revenue": 20.0}
    assert [kind for _, kind, _ in entries(shop)] == ["import", "undo", "redo"]


def test_bad_rows_of_an_undone_file_are_still_not_passed_over(shop: Shop) -> None:
    number = shop.load_text(BAD, skip_bad_rows=True).loaded.id
    undo(shop.database, number, None)
    with pytest.raises(BadRows):
        shop.load_text(BAD)
    assert is_undone(shop, number)
    assert shop.load_text(BAD, skip_bad_rows=True).redone


def test_no_redo_while_the_content_counts_under_another_import(shop: Shop) -> None:
    """A part of a file was loaded, and taken back; then the whole file was."""
    whole = f"{GOOD}2,p,Pen,1,2024-05-07,5,,\n"
    shop.load_text(GOOD)
    part = shop.load_text(whole, overlap=Overlap.skip).loaded
    assert (part.id, part.rows) == (2, 1)
    undo(shop.database, 2, None)
    undo(shop.database, 1, None)
    assert shop.load_text(whole).loaded.id == 3
    with pytest.raises(Conflict, match="loaded again as import 3, and would count twice"):
        redo(shop.database, 2, None)
    assert shop.ask("revenue").totals == {"revenue": 25.0}
    undo(shop.database, 3, None)
    redo(shop.database, 2, None)
    assert shop.ask("revenue").totals == {"revenue": 5.0}


@pytest.mark.parametrize("change", [undo, redo])
def test_of_many_at_once_exactly_one_wins(shop: Shop, change) -> None:
    number = shop.load_text(GOOD).loaded.id
    if change is redo:
        undo(shop.database, number, None)

    def attempt(_: int) -> bool:
        try:
            change(shop.database, number, None)
        except Conflict:
            return False
        return True

    before = len(entries(shop))
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    assert len(entries(shop)) == before + 1


def test_the_same_undone_file_sent_twice_at_once_counts_once(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "same.csv"
    path.write_text(GOOD)
    undo(shop.database, shop.load(path).loaded.id, None)
    loading = Loading(path, path.name, None)
    with ThreadPoolExecutor(4) as pool:
        outcomes = [
            *pool.map(
                lambda _: load(shop.database, shop.folders, Locale("UTC", "EUR"), loading), range(4)
            )
        ]
    assert sorted(one.added for one in outcomes) == [False, False, False, True]
    assert shop.ask("revenue").totals == {"revenue": 20.0}
    with shop.database.reading() as session:
        assert len([*session.scalars(select(Import))]) == 1
