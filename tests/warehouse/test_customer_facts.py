"""Attributes of customers follow from the files that tell them: the latest wins, field by field."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from random_lines import CUSTOMERS_HEADER, Person, people
from shop import HEADER, Shop, temporary_shop
from tillsight.sales.undo import redo, undo
from tillsight.warehouse import Warehouse

SALES = HEADER + "".join(f"{n},p,Pen,1,2024-05-07,10,c{n},\n" for n in (1, 2, 3))


def load(shop: Shop, *rows: str) -> int:
    """Load a customers file; returns the number of the import."""
    return shop.load_text(CUSTOMERS_HEADER + "\n".join(rows) + "\n").loaded.id


def known(shop: Shop) -> dict[str, tuple]:
    shop.warehouse.catch_up(wait=60)
    with shop.warehouse.snapshot() as at:
        rows = at.rows("SELECT customer_id, gender, age FROM customers")
    return {customer: (gender, age) for customer, gender, age in rows if gender or age is not None}


def forget(shop: Shop, import_id: int) -> None:
    undo(shop.database, import_id, None)


@pytest.fixture
def sold(shop: Shop) -> Shop:
    shop.load_text(SALES)
    return shop


def test_the_latest_file_wins_field_by_field(sold: Shop) -> None:
    load(sold, "c1,f,30", "c2,m,40")
    assert known(sold) == {"c1": ("female", 30), "c2": ("male", 40)}
    load(sold, "c1,m,", "c2,,41", "c3,,9")
    assert known(sold) == {"c1": ("male", 30), "c2": ("male", 41), "c3": (None, 9)}


def test_within_a_file_the_last_word_counts(sold: Shop) -> None:
    load(sold, "c1,f,30", "c1,m,", "c1,,31")
    assert known(sold) == {"c1": ("male", 31)}


def test_facts_may_come_before_sales_and_of_people_who_never_buy(shop: Shop) -> None:
    load(shop, "c1,f,30", "nobody,m,50")
    assert known(shop) == {}
    shop.load_text(SALES)
    assert known(shop) == {"c1": ("female", 30)}
    shop.load_text(HEADER + "9,p,Pen,1,2024-01-01,10,c1,\n")  # earlier than what is known of c1
    assert known(shop) == {"c1": ("female", 30)}
    assert shop.ask("customers", by=["gender"], order="gender").rows == [
        {"gender": "female", "customers": 1},
        {"gender": None, "customers": 2},
    ]


def test_a_then_b_then_a_is_a(sold: Shop) -> None:
    one, other = ("c1,f,30", "c2,m,"), ("c1,m,31", "c2,,50")
    load(sold, *one)
    load(sold, *other)
    load(sold, *one)
    assert known(sold) == {"c1": ("female", 30), "c2": ("male", 50)}


def test_forgetting_a_file_brings_back_what_the_others_say(sold: Shop) -> None:
    first = load(sold, "c1,f,30", "c2,m,40")
    second = load(sold, "c1,m,", "c3,f,50")
    forget(sold, second)
    assert known(sold) == {"c1": ("female", 30), "c2": ("male", 40)}
    forget(sold, first)
    assert known(sold) == {}


def told(files: Sequence[Sequence[Person]]) -> dict[str, tuple]:
    """What the files say, the latest last, of those who have bought."""
    found: dict[str, tuple] = {}
    for file in files:
        for one in file:
            gender, age = found.get(one.customer, (None, None))
            age = age if one.age is None else one.age
            found[one.customer] = (one.gender or gender, age)
    return {
        one: what for one, what in found.items() if one != "never bought" and what != (None, None)
    }


@given(
    files=st.lists(people, min_size=1, max_size=4),
    forgotten=st.integers(0, 3),
    sales_come=st.integers(0, 4),
)
@hypothesis_settings(max_examples=30)
def test_any_files_in_any_order(files: list[list[Person]], forgotten: int, sales_come: int) -> None:
    """Wherever the sales come among them, and also when one of them is forgotten."""
    with temporary_shop() as shop:
        ids, loaded = [], []
        for place, file in enumerate(files):
            if place == sales_come:
                shop.load_text(SALES)
            outcome = shop.load_text(CUSTOMERS_HEADER + "".join(one.csv() for one in file))
            if outcome.added:
                ids.append(outcome.loaded.id)
                loaded.append(file)
            shop.warehouse.catch_up(wait=60)
        shop.load_text(SALES)
        assert known(shop) == told(loaded)
        if forgotten < len(ids):
            forget(shop, ids[forgotten])
            assert known(shop) == told(loaded[:forgotten] + loaded[forgotten + 1 :])


def test_a_redone_file_has_its_old_place(sold: Shop) -> None:
    first = load(sold, "c1,f,30", "c2,m,40")
    forget(sold, first)
    load(sold, "c1,m,")
    redo(sold.database, first, None)
    assert known(sold) == {"c1": ("male", 30), "c2": ("male", 40)}
    sold.warehouse.close()
    for file in (sold.settings.home / "warehouse" / "1").glob("*.duckdb"):
        file.unlink()
    sold.warehouse = Warehouse(sold.settings.home, sold.database)
    assert known(sold) == {"c1": ("male", 30), "c2": ("male", 40)}


def test_an_undone_file_loaded_after_another_is_a_new_one(sold: Shop) -> None:
    """Redone it would stay hidden behind the other; without another it is redone."""
    first = load(sold, "c1,f,30")
    forget(sold, first)
    assert load(sold, "c1,f,30") == first
    load(sold, "c1,m,31")
    forget(sold, first)
    again = load(sold, "c1,f,30")
    assert again != first
    assert known(sold) == {"c1": ("female", 30)}
    redo(sold.database, first, None)
    forget(sold, again)
    assert known(sold) == {"c1": ("male", 31)}
    redo(sold.database, again, None)
    assert known(sold) == {"c1": ("female", 30)}
