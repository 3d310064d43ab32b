"""Orders that were loaded before: asked about, skipped, replaced or added to."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from shop import HEADER, Shop
from tillsight.errors import OrdersLoadedBefore
from tillsight.sales.choices import Choices, Locale, Overlap
from tillsight.sales.import_list import get_import
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.models import Import, JournalEntry
from tillsight.sales.undo import redo, undo

LOCALE = Locale("UTC", "EUR")


def rows(*orders: str, price: int = 10) -> str:
    """A file with one row of each order."""
    return HEADER + "".join(f"{one},p,Pen,1,2024-05-07,{price},c{one},Peru\n" for one in orders)


def revenue(shop: Shop) -> float:
    return shop.ask("revenue").totals["revenue"]


def files_in(shop: Shop) -> int:
    return len([*shop.folders.batches.iterdir()])


def test_orders_loaded_before_are_asked_about_and_nothing_is_loaded(shop: Shop) -> None:
    shop.load_text(rows("1", "2"))
    shop.load_text(rows("3", price=7))
    with pytest.raises(OrdersLoadedBefore, match="3 orders of this file") as caught:
        shop.load_text(rows("3", "4", "2", "1"), overlap=Overlap.ask)
    assert (caught.value.status, caught.value.code) == (409, "overlap")
    assert caught.value.details == {
        "orders": 3,
        "rows": 3,
        "imports": [
            {"id": 1, "file": "sales.csv", "orders": 2},
            {"id": 2, "file": "sales.csv", "orders": 1},
        ],
        "options": ["skip", "replace", "add"],
    }
    assert revenue(shop) == 27
    assert files_in(shop) == 2


def test_a_file_without_orders_loaded_before_is_not_asked_about(shop: Shop) -> None:
    shop.load_text(rows("1", "2"))
    assert shop.load_text(rows("3"), overlap=Overlap.ask).added
    undo(shop.database, 1, None)
    assert shop.load_text(rows("1", "4"), overlap=Overlap.ask).added
    assert shop.ask("orders").totals == {"orders": 3}


def test_the_same_number_in_another_source_is_another_order(shop: Shop) -> None:
    shop.load_text(rows("1"))
    with shop.database.writing() as session:
        get_import(session, 1).layout = "another-shop"
    assert shop.load_text(rows("1", "2"), overlap=Overlap.ask).added


def test_skip_loads_the_new_orders_only(shop: Shop) -> None:
    shop.load_text(rows("1", "2"))
    loaded = shop.load_text(rows("2", "2", "3", price=5), overlap=Overlap.skip).loaded
    assert (loaded.rows, loaded.skipped_rows, loaded.overlap) == (1, 2, "skip")
    assert (float(loaded.revenue), loaded.hidden) == (5, None)
    assert revenue(shop) == 25
    assert shop.load_text(rows("2", "2", "3", price=5)).added is False  # known by its content


def test_skip_of_a_file_without_anything_new_adds_nothing(shop: Shop) -> None:
    shop.load_text(rows("1", "2"))
    outcome = shop.load_text(rows("1", price=9), overlap=Overlap.skip)
    assert (outcome.added, outcome.loaded.id, outcome.version) == (False, 1, 1)
    assert (revenue(shop), files_in(shop)) == (20, 1)


def test_replace_takes_the_place_of_whole_orders_until_it_is_undone(shop: Shop) -> None:
    shop.load_text(rows("1", "1", "2"))
    loaded = shop.load_text(rows("1", "3", price=4), overlap=Overlap.supersede).loaded
    assert (loaded.rows, loaded.overlap, loaded.skipped_rows) == (2, "replace", 0)
    assert (shop.folders.batches / loaded.hidden).is_file()
    assert revenue(shop) == 10 + 4 + 4
    undo(shop.database, loaded.id, None)
    assert revenue(shop) == 30
    redo(shop.database, loaded.id, None)
    assert revenue(shop) == 18
    undo(shop.database, 1, None)
    assert revenue(shop) == 8
    redo(shop.database, 1, None)
    assert revenue(shop) == 18


def test_an_order_that_was_replaced_twice_comes_back_from_the_one_before(shop: Shop) -> None:
    shop.load_text(rows("1", price=1))
    second = shop.load_text(rows("1", price=10), overlap=Overlap.supersede).loaded.id
    third = shop.load_text(rows("1", price=100), overlap=Overlap.supersede).loaded.id
    assert revenue(shop) == 100
    undo(shop.database, second, None)  # the first is hidden by the third as well
    assert revenue(shop) == 100
    undo(shop.database, third, None)
    assert revenue(shop) == 1
    redo(shop.database, second, None)
    assert revenue(shop) == 10


def test_only_the_import_where_an_order_counts_is_named(shop: Shop) -> None:
    shop.load_text(rows("1", price=1))
    shop.load_text(rows("1", price=10), overlap=Overlap.supersede)
    with pytest.raises(OrdersLoadedBefore) as caught:
        shop.load_text(rows("1", price=100), overlap=Overlap.ask)
    assert [one["id"] for one in caught.value.details["imports"]] == [2]


def test_a_copy_adds_what_is_loaded_once_more_and_is_an_import_like_others(shop: Shop) -> None:
    text = rows("1", "2")
    assert not shop.load_text(text, copy=True, overlap=Overlap.ask).loaded.is_copy
    again = shop.load_text(text, copy=True, overlap=Overlap.ask)
    assert (again.added, again.loaded.is_copy, again.loaded.id) == (True, True, 2)
    assert shop.ask("revenue", "orders").totals == {"revenue": 40.0, "orders": 2}
    undo(shop.database, 1, None)
    assert shop.load_text(text, overlap=Overlap.ask).loaded.id == 2  # it counts there
    undo(shop.database, 2, None)
    redo(shop.database, 2, None)
    redo(shop.database, 1, None)
    assert revenue(shop) == 40
    assert shop.load_text(text).added is False
    assert shop.load_text(text, copy=True).loaded.id == 3


def test_copies_at_once_are_all_added(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "same.csv"
    path.write_text(rows("1"))
    loading = Loading(path, path.name, None, Choices(copy=True))
    with ThreadPoolExecutor(4) as pool:
        every = [*pool.map(lambda _: load(shop.database, shop.folders, LOCALE, loading), range(4))]
    assert sorted(one.loaded.is_copy for one in every) == [False, True, True, True]
    assert revenue(shop) == 40


def test_an_undone_file_whose_orders_came_otherwise_is_asked_about(shop: Shop) -> None:
    text = rows("1", "2")
    undo(shop.database, shop.load_text(text).loaded.id, None)
    shop.load_text(rows("2", "3"))
    with pytest.raises(OrdersLoadedBefore):
        shop.load_text(text, overlap=Overlap.ask)
    skipped = shop.load_text(text, overlap=Overlap.skip)
    assert (skipped.redone, skipped.loaded.id, skipped.loaded.rows) == (False, 4, 1)
    assert revenue(shop) == 30


def test_an_undone_part_of_a_file_is_not_redone_for_the_whole(shop: Shop) -> None:
    first = shop.load_text(rows("1")).loaded.id
    part = shop.load_text(rows("1", "2"), overlap=Overlap.skip).loaded.id
    undo(shop.database, part, None)
    undo(shop.database, first, None)
    whole = shop.load_text(rows("1", "2"), overlap=Overlap.ask)
    assert (whole.added, whole.redone, whole.loaded.rows) == (True, False, 2)
    assert revenue(shop) == 20


@pytest.mark.parametrize("decided", [Overlap.ask, Overlap.skip, Overlap.supersede])
def test_of_two_at_once_with_the_same_orders_one_finds_the_other(
    shop: Shop, tmp_path: Path, decided: Overlap
) -> None:
    def load_one(number: int) -> bool:
        path = tmp_path / f"{number}.csv"
        path.write_text(rows("1", "2", f"own {number}", price=10 + number))
        loading = Loading(path, path.name, None, Choices(overlap=decided))
        try:
            return load(shop.database, shop.folders, LOCALE, loading).added
        except OrdersLoadedBefore:
            return False

    with ThreadPoolExecutor(4) as pool:
        added = [*pool.map(load_one, range(4))]
    assert sum(added) == (1 if decided is Overlap.ask else 4)
    answer = shop.ask("orders", "lines").totals
    assert answer == {"orders": 2 + sum(added), "lines": 2 + sum(added)}


def test_rows_without_orders_that_are_alike_are_pointed_out(shop: Shop) -> None:
    header = "customer_name,country,purchase_date,amount\n"
    first = shop.load_text(f"{header}Ada,Peru,2024-05-01,10\n", overlap=Overlap.ask).loaded
    assert first.warnings is None
    again = f"{header}Ada,EIRE,2024-05-01,10\nAda,Peru,2024-05-01,11\nBob,Peru,2024-05-01,10\n"
    [warning] = json.loads(shop.load_text(again, overlap=Overlap.ask).loaded.warnings)
    assert (warning["code"], warning["count"]) == ("similar_rows", 1)
    assert revenue(shop) == 41


def test_a_customers_file_has_no_orders_to_ask_about(shop: Shop) -> None:
    text = "customer_id,gender,age\nc1,f,30\n"
    assert shop.load_text(text, overlap=Overlap.ask).added
    assert shop.load_text(text, overlap=Overlap.ask).added is False
    assert shop.load_text(text, copy=True).loaded.is_copy
    with shop.database.reading() as session:
        assert len([*session.scalars(select(JournalEntry))]) == 2
        assert len([*session.scalars(select(Import))]) == 2
