"""Several processes change the same sales at once, while another one answers questions."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from in_force import figures_of, rows_in_force
from shop import HEADER, Shop
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales import journal
from tillsight.settings import Settings
from worker import working

FILES = 3


@pytest.fixture
def shop_on(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    return open_shop(settings.model_copy(update={"database_url": url}))


def write_file(folder: Path, process: int, number: int) -> Path:
    """Orders that the other process has too, in other rows, and orders of its own."""
    shared = range(number * 20, number * 20 + 40)
    own = range(1000 * (process + 1) + number * 50, 1000 * (process + 1) + number * 50 + 50)
    file = folder / f"{process}-{number}.csv"
    rows = (
        f"{order},p{order % 7},Pen,{1 + process},2024-0{1 + order % 9}-07,10,c{order % 30},Peru\n"
        for order in (*shared, *own)
    )
    file.write_text(HEADER + "".join(rows))
    return file


@pytest.mark.parametrize(
    ("url", "overlap"), [("sqlite", "replace"), ("postgres", "skip")], indirect=["url"]
)
def test_two_import_at_once_while_a_third_answers(
    shop_on: Shop, url: str, overlap: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        workers = [stack.enter_context(working(shop_on.settings.home, url)) for _ in range(2)]
        told: list[tuple[int, float]] = []
        for number in range(FILES):
            for process, worker in enumerate(workers):
                worker.ask("load", write_file(tmp_path, process, number), overlap)
            told += [telling(shop_on) for _ in range(3)]
            assert [worker.answer() for worker in workers] == [True, True]
        assert [worker.do("undo", 3) for worker in workers] == [True, False]
        assert [worker.do("redo", 3) for worker in workers] == [True, False]
    assert told == sorted(told)  # nothing is ever taken back: revenue grows with the version
    rows = rows_in_force(shop_on.database, shop_on.folders)
    every = {row.order_id for row in rows}
    assert len(every) == (FILES + 1) * 20 + 2 * FILES * 50
    assert len(rows) == len(every)  # no order twice
    figures = figures_of(rows)
    assert shop_on.ask(*figures).totals == figures
    with shop_on.database.writing() as session:
        assert journal.head(session).version == 2 * FILES + 2
        journal.order_rebuild(session)
    assert shop_on.ask(*figures).totals == figures


def telling(shop: Shop) -> tuple[int, float]:
    """A version, and the orders at it."""
    told = answer(shop.warehouse, Question(("orders",)))
    return told.data_version, told.totals["orders"]
