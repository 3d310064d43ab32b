"""An import that is undone was never there: nothing in the warehouse remembers it."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meaning import TABLES, answers_of, labelled_text_of, tables_of
from random_lines import Line, lines
from shop import HEADER, Shop, temporary_shop
from tillsight.sales import journal
from tillsight.sales.undo import redo, undo

pytestmark = pytest.mark.long

imports = st.lists(lines, min_size=1, max_size=3)


def load(shop: Shop, some: list[Line]) -> int:
    return shop.load_text(labelled_text_of(some)).loaded.id


def meaning(shop: Shop) -> tuple:
    return tables_of(shop), answers_of(shop)


def made_of(parts: list[list[Line]]) -> tuple:
    """What a new shop says into which only these were loaded."""
    with temporary_shop() as fresh:
        for part in parts:
            load(fresh, part)
        return meaning(fresh)


@given(lines=lines)
@hypothesis_settings(max_examples=8)
def test_import_and_undo_is_nothing_and_redo_is_the_import(lines: list[Line]) -> None:
    with temporary_shop() as shop:
        nothing = meaning(shop)
        number = load(shop, lines)
        loaded = meaning(shop)
        undo(shop.database, number, None)
        assert meaning(shop) == nothing
        redo(shop.database, number, None)
        assert meaning(shop) == loaded


@given(parts=imports, chance=st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=15)
def test_what_is_left_is_what_a_new_shop_makes_of_it(parts: list[list[Line]], chance) -> None:
    """Imports that share orders and customers go and come back in any order."""
    texts = [labelled_text_of(part) for part in parts]
    assume(len({*texts}) == len(texts))
    with temporary_shop() as shop:
        numbers = [load(shop, part) for part in parts]
        counting = dict(zip(numbers, parts, strict=True))
        for _ in range(3):
            number = chance.choice(numbers)
            if number in counting:
                undo(shop.database, number, None)
                del counting[number]
            else:
                redo(shop.database, number, None)
                counting[number] = parts[numbers.index(number)]
            if chance.random() < 0.5:  # else several entries are caught up with at once
                shop.warehouse.catch_up(wait=60)
        kept = meaning(shop)
        assert kept == made_of([*counting.values()])
        with shop.database.writing() as session:
            journal.order_rebuild(session)
        assert meaning(shop) == kept


@given(half=lines, other_half=lines)
@hypothesis_settings(max_examples=6)
def test_a_half_that_is_undone_leaves_the_other_half(
    half: list[Line], other_half: list[Line]
) -> None:
    assume(half != other_half)
    with temporary_shop() as shop:
        first = load(shop, half)
        load(shop, other_half)
        undo(shop.database, first, None)
        assert meaning(shop) == made_of([other_half])
        redo(shop.database, first, None)
        assert meaning(shop) == made_of([half + other_half])


def test_a_return_worth_nothing_keeps_its_group(shop: Shop) -> None:
    """Its amount is 0.0000, so the sums of its group cannot tell it from one that is empty."""
    tiny = f"{HEADER}1,p,Pen,-1,2024-05-07,0.00001,c1,Peru\n"
    shop.load_text(tiny)
    kept = meaning(shop)
    other = shop.load_text(f"{HEADER}2,p,Pen,5,2024-05-07,10,c1,Peru\n").loaded.id
    undo(shop.database, other, None)
    assert meaning(shop) == kept


def test_rows_without_an_order_go_with_their_import_alone(shop: Shop) -> None:
    """Each is an order of its own, named after its import, so that only answers can be compared."""
    header = "customer_name,country,purchase_date,amount\n"
    first = f"{header}Ada,Peru,2024-05-01,10\nBob,Peru,2024-05-02,7\n"
    other = f"{header}Ada,Peru,2024-05-03,10\nAda,EIRE,2024-05-01,-3\n"
    with temporary_shop() as fresh:
        fresh.load_text(other)
        wanted, counted = answers_of(fresh), tables_of(fresh)["customers"]
    number = shop.load_text(first).loaded.id
    shop.load_text(other)
    undo(shop.database, number, None)
    assert answers_of(shop) == wanted
    assert tables_of(shop)["customers"] == counted


def test_an_import_of_adjustments_alone_is_undone_too(shop: Shop) -> None:
    nothing = meaning(shop)
    number = shop.load_text(f"{HEADER}1,p,Pen,2,2024-05-07,0,c1,Peru\n").loaded.id
    assert meaning(shop) != nothing
    undo(shop.database, number, None)
    assert meaning(shop) == nothing


def test_customers_are_as_before_wherever_in_their_life_the_import_was(shop: Shop) -> None:
    """They bought before, in and after it, until it, in it alone, or only brought back in it."""
    january = (
        "1,p,Pen,1,2024-01-05,10,c1,Peru\n2,p,Pen,1,2024-01-06,10,c2,EIRE\n"
        "3,p,Pen,1,2024-01-07,10,c4,Peru\n"
    )
    february = (
        "4,p,Pen,1,2024-02-05,10,c1,EIRE\n5,p,Pen,1,2024-02-06,10,c2,Peru\n"
        "6,p,Pen,1,2024-02-07,10,c3,Peru\n7,p,Pen,-1,2024-02-07,10,c4,EIRE\n"
    )
    march = "8,p,Pen,1,2024-03-05,10,c1,Peru\n9,p,Pen,1,2024-03-06,10,c5,Peru\n"
    months = [january, february, march]
    numbers = [shop.load_text(HEADER + rows).loaded.id for rows in months]
    for gone, number in enumerate(numbers):
        undo(shop.database, number, None)
        with temporary_shop() as fresh:
            for kept in months[:gone] + months[gone + 1 :]:
                fresh.load_text(HEADER + kept)
            assert meaning(shop) == meaning(fresh)
        redo(shop.database, number, None)


def test_the_undo_of_a_large_import_leaves_what_a_new_shop_makes_of_the_others() -> None:
    """So many rows that the engine keeps them in several groups, and what it knows of each."""
    texts = {year: many_orders_of(year) for year in (2023, 2024)}
    with temporary_shop() as shop, temporary_shop() as fresh:
        first = shop.load_text(texts[2023]).loaded.id
        for one in (shop, fresh):
            one.load_text(texts[2024])
        both = told_briefly(shop)
        undo(shop.database, first, None)
        assert told_briefly(shop) == told_briefly(fresh)
        redo(shop.database, first, None)
        assert told_briefly(shop) == both


def many_orders_of(year: int) -> str:
    """130,000 orders of one line each, of 40,000 customers on all days of a year."""
    return HEADER + "".join(
        f"{year}-{one},p{one % 50},Pen,{one % 3 + 1},{date(year, 1, 1) + timedelta(one % 365)},2,"
        f"c{one * 7 % 40_009},{'Peru' if one % 4 else 'Chad'}\n"
        for one in range(130_000)
    )


def told_briefly(shop: Shop) -> dict[str, list]:
    """All tables, and the days that parts are linked to, each as a number of rows and a hash."""
    links = (
        "SELECT customer_id, country, day, min(last_seen), min(last_seen_here), count(*)"
        " FROM order_parts GROUP BY customer_id, country, day"
    )
    shop.warehouse.catch_up(wait=60)
    with shop.warehouse.snapshot() as at:
        return {
            name: at.rows(f"SELECT count(*), bit_xor(hash(one)) FROM ({select}) AS one")
            for name, select in {**TABLES, "links": links}.items()
        }
