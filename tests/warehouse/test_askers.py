"""A question goes on only for as long as somebody waits for it."""

import threading

import pytest

from bench_meanwhile import meanwhile
from shop import HEADER, Shop
from tillsight.errors import Cancelled
from tillsight.warehouse.askers import Asker, asker

ENDLESS = "SELECT count(*) FROM range(1000000000) AS one, range(1000000000) AS other"


def test_a_question_is_interrupted_when_its_asker_leaves_and_nothing_else_is(shop: Shop) -> None:
    shop.load_text(HEADER + "1,p,Pen,2,2024-05-07 10:00:00,10,c1,France\n")
    one, under_way = Asker(), threading.Event()

    def leave_again(over: threading.Event) -> None:
        under_way.wait()
        while not over.wait(0.05):
            one.leave()

    before = asker.set(one)
    try:
        with meanwhile(leave_again), shop.warehouse.snapshot() as at:
            under_way.set()
            with pytest.raises(Cancelled):
                at.rows(ENDLESS)
            with pytest.raises(Cancelled):
                at.rows("SELECT 1")
    finally:
        asker.reset(before)
    assert shop.ask("revenue").totals == {"revenue": 20.0}


def test_who_has_left_interrupts_nothing_that_was_done_before() -> None:
    called: list[str] = []
    one = Asker()
    with one.waiting(lambda: called.append("first")):
        pass
    one.leave()
    assert called == []
    with pytest.raises(Cancelled), one.waiting(lambda: called.append("second")):
        pass
    assert called == []
