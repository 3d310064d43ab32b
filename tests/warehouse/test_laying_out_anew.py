"""Laid out from nothing, many imports at once, it is what one entry after the other makes of it."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meaning import answers_of, labelled_text_of, tables_of, text_of
from purchases import enter, purchase
from random_lines import lines, people
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import Preparing
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales import journal
from tillsight.sales.choices import Overlap
from tillsight.sales.undo import redo, undo
from tillsight.warehouse import Warehouse, anew, progress, store
from tillsight.warehouse.progress import LaidOut, LayingOut
from tillsight.warehouse.writing import Writer

ONE = "1,p,Pen,2,2024-05-07,10,,\n"
PRODUCTS = "product_id,product_name,category,price\np1,Fountain pen,Pens,12.50\n"


@given(
    parts=st.lists(st.one_of(lines, people), min_size=2, max_size=5, unique_by=str),
    together=st.sampled_from([1, 30, anew.MOST_TOGETHER]),
    chance=st.randoms(use_true_random=False),
)
@hypothesis_settings(max_examples=6)
def test_all_at_once_is_one_after_the_other(parts: list, together: int, chance) -> None:
    """Files of every kind, orders that were replaced, imports that were undone, purchases."""
    with temporary_shop() as shop, pytest.MonkeyPatch.context() as patch:
        patch.setattr(anew, "MOST_TOGETHER", together)
        shop.warehouse.catch_up(wait=60)
        numbers = []
        for part in parts:
            text = text_of(part) if hasattr(part[0], "gender") else labelled_text_of(part)
            overlap = chance.choice([Overlap.add, Overlap.supersede])
            numbers.append(shop.load_text(text, overlap=overlap).loaded.id)
            enter(shop, purchase(customer="c1"))
            shop.warehouse.catch_up(wait=60)
        shop.load_text(PRODUCTS)
        gone = chance.choice(numbers)
        undo(shop.database, gone, None)
        shop.warehouse.catch_up(wait=60)
        if chance.random() < 0.5:
            redo(shop.database, gone, None)
        one_by_one = tables_of(shop), answers_of(shop)
        with shop.database.writing() as session:
            journal.order_rebuild(session)
        assert (tables_of(shop), answers_of(shop)) == one_by_one


def test_what_a_crash_left_of_it_is_not_gone_on_with(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "MOST_TOGETHER", 1)
    monkeypatch.setattr(Writer, "_note_whole", crash)
    shop.load_text(HEADER + ONE)
    shop.load_text(HEADER + ONE.replace("1,p", "2,p"))
    with pytest.raises(KeyboardInterrupt):
        shop.warehouse.catch_up(wait=60)
    assert shop.warehouse.is_preparing
    monkeypatch.undo()
    shop.warehouse.close()
    shop.warehouse = Warehouse(shop.settings.home, shop.database)
    assert shop.ask("revenue").totals == {"revenue": 40.0}
    assert len([*(shop.settings.home / "warehouse" / "1").glob("*.duckdb")]) == 1


def crash(_writer: Writer, _file: object, _version: int) -> None:
    raise KeyboardInterrupt


def test_who_asks_meanwhile_is_told_how_far_it_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, lay_out_step = threading.Event(), Writer._lay_out_step

    def lay_out_and_wait(writer: Writer, *arguments) -> None:
        lay_out_step(writer, *arguments)
        held.wait()

    monkeypatch.setattr(Writer, "_lay_out_step", lay_out_and_wait)
    monkeypatch.setattr(progress, "TAKES_LONG_FROM", 1)
    monkeypatch.setattr(store, "TOLD_AFTER", 0.5)
    monkeypatch.setattr(anew, "MOST_TOGETHER", 1)
    for order in "123":
        shop.load_text(HEADER + ONE.replace("1,p", f"{order},p"))
    told: list[tuple[int, int]] = []
    shop.warehouse.catch_up(0.2, lambda done, whole: told.append((done, whole)))
    try:
        deadline = time.monotonic() + 60
        while not (shop.warehouse.laying_out or LaidOut(0, 3, 0)).done:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with pytest.raises(Preparing, match="None of them is lost") as refused:
            answer(shop.warehouse, Question(("revenue",)))
    finally:
        held.set()
    assert refused.value.details["lines"] == 3
    assert refused.value.details["lines_done"] in {1, 2}
    assert 2 <= int(refused.value.headers()["Retry-After"]) <= 30
    assert shop.ask("revenue").totals == {"revenue": 60.0}
    assert shop.warehouse.laying_out is None
    assert told[-1] == (3, 3)


def test_the_time_left_is_told_once_there_is_something_to_tell_it_by() -> None:
    assert LaidOut(0, 1000, 5.0).seconds_left is None
    assert LaidOut(50, 1000, 5.0).seconds_left is None
    assert LaidOut(250, 1000, 5.0).seconds_left == 15
    assert LaidOut(0, 0, 1.0).percent == 0


def test_it_never_goes_backwards() -> None:
    at = LayingOut(100)
    assert at.now().done == 0
    with temporary_shop() as shop:
        engine = shop.warehouse._in_use.file.duck
        at.begin(engine, 100)
        seen = [at.now().done]
        for _ in range(6):
            at.passed()
            seen.append(at.now().done)
        at.end()
        seen.append(at.now().done)
    assert seen == sorted(seen)
    assert seen[-1] == 100
