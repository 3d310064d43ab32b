"""Which entry of the journal is told as the cause of another value."""

from datetime import date

import pytest

from tillsight.kpis.causes import Causes, Told
from tillsight.kpis.words import Periodicity, Reason
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind
from tillsight.sales.moves import Move

OTHERWISE = Told(Reason.definition, 99)


def sales(
    version: int, first: str, last: str, kind: EntryKind = EntryKind.imported, number: int = 0
) -> Move:
    days = date.fromisoformat(first), date.fromisoformat(last)
    return Move(version, kind, number or version, "sales", *days)


def purchase(version: int, day: str) -> Move:
    when = date.fromisoformat(day)
    return Move(version, EntryKind.purchase, None, None, when, when)


def facts(version: int, file_kind: str) -> Move:
    return Move(version, EntryKind.imported, version, file_kind, None, None)


def told(moves: list[Move], start: str, *filters: str) -> Told:
    newest_first = sorted(moves, key=lambda move: -move.version)
    causes = Causes.among(newest_first, Periodicity.monthly, filters, OTHERWISE)
    return causes.of(date.fromisoformat(start))


def test_it_is_the_newest_entry_with_sales_of_the_period() -> None:
    moves = [
        sales(1, "2024-01-01", "2024-03-31"),
        sales(2, "2024-02-29", "2024-02-29", EntryKind.undo, 7),
        sales(3, "2024-03-01", "2024-05-31"),
        purchase(4, "2024-04-30"),
    ]
    assert told(moves, "2024-01-01") == Told(Reason.imported, 1, 1)
    assert told(moves, "2024-02-01") == Told(Reason.undo, 2, 7)
    assert told(moves, "2024-03-01") == Told(Reason.imported, 3, 3)
    assert told(moves, "2024-04-01") == Told(Reason.purchase, 4, None)
    assert told(moves, "2024-05-01") == Told(Reason.imported, 3, 3)


def test_where_none_has_its_days_it_is_the_newest_of_all() -> None:
    moves = [sales(1, "2024-01-01", "2024-01-31"), purchase(2, "2024-02-01")]
    assert told(moves, "2024-06-01") == Told(Reason.purchase, 2)
    assert told([], "2024-06-01") == OTHERWISE


def test_files_of_customers_and_products_count_where_a_filter_asks_for_what_they_tell() -> None:
    moves = [sales(1, "2024-01-01", "2024-01-31"), facts(2, "customers"), facts(3, "products")]
    moves.append(facts(4, "something else"))
    assert told(moves, "2024-01-01", "country") == Told(Reason.imported, 1, 1)
    assert told(moves, "2024-01-01", "gender") == Told(Reason.imported, 2, 2)
    assert told(moves, "2024-06-01", "age_band") == Told(Reason.imported, 2, 2)
    assert told(moves, "2024-01-01", "category") == Told(Reason.imported, 3, 3)


@pytest.mark.parametrize("kind", EntryKind)
def test_every_kind_of_entry_is_a_cause(kind: EntryKind) -> None:
    moves = [sales(1, "2024-01-01", "2024-01-31", kind)]
    assert told(moves, "2024-01-01", "gender").reason == kind.value


def test_an_erasure_changes_only_what_asks_for_gender_or_age() -> None:
    erased = Move(2, EntryKind.erase, None, FileKind.customers, None, None)
    moves = [sales(1, "2024-01-01", "2024-01-31"), erased]
    assert told(moves, "2024-01-01", "customer") == Told(Reason.imported, 1, 1)
    assert told(moves, "2024-06-01", "age_band") == Told(Reason.erase, 2)
