"""Imports as work in the background: watched, cancelled, left and taken up again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from shop import HEADER, Shop
from tillsight.accounts.audit import TERMINAL
from tillsight.errors import Cancelled, Conflict, InvalidInput, Unavailable
from tillsight.sales import journal, states, uploads
from tillsight.sales.choices import Choices, Locale
from tillsight.sales.import_list import get_import
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.models import Import, ImportState
from tillsight.sales.running import SMALL, TICK_SECONDS, Running
from tillsight.sales.states import Order
from tillsight.sales.uploads import Upload
from tillsight.sales.watch import Step, Watch
from waits import until

GOOD = HEADER + "1,p,Pen,2,2024-05-07,10,,\n"
PATIENCE = 60
LOCALE = Locale("UTC", "EUR")


@pytest.fixture
def make(shop: Shop) -> Iterator[Callable[..., Running]]:
    made = []

    def make(lay_out: Callable = lambda _show: None) -> Running:
        made.append(Running(shop.database, shop.folders, LOCALE, lay_out))
        return made[-1]

    yield make
    for running in made:
        running.stop()


def received(shop: Shop, text: str = GOOD) -> tuple[Upload, Loading]:
    """A file that came in, and the import that waits for it."""
    upload = uploads.new_upload(shop.folders.incoming)
    upload.file.write_text(text)
    order = Order(upload.token, len(text), Choices(), TERMINAL)
    number = states.begin(shop.database, "a.csv", None, order, ImportState.waiting)
    return upload, Loading(upload.file, "a.csv", None, import_id=number)


def large_text(order: str) -> str:
    row = f"{order},p,Pen,2,2024-05-07,10,customer of a large file,France\n"
    return HEADER + row * (SMALL // len(row) + 1000)


def told(shop: Shop, number: int) -> Import:
    with shop.database.reading() as session:
        return get_import(session, number)


def test_it_is_running_until_questions_see_it(shop: Shop, make) -> None:
    laid_out = Event()
    running = make(lambda _show: laid_out.wait(PATIENCE))
    upload, loading = received(shop)
    outcome = running.take(upload, loading)
    until(lambda: told(shop, 1).state is ImportState.done)
    assert told(shop, 1).shown_state == "running"
    assert not outcome.done()
    with pytest.raises(Conflict, match="loaded already"):
        running.cancel(1, 0)
    laid_out.set()
    assert outcome.result(PATIENCE).loaded.id == 1
    assert (told(shop, 1).shown_state, told(shop, 1).step) == ("done", None)
    assert list(shop.folders.incoming.iterdir()) == []


def test_small_files_do_not_wait_for_large_ones(shop: Shop, make) -> None:
    go_on = Event()
    running = make(lambda _show: go_on.wait(PATIENCE))
    outcomes = [running.take(*received(shop, large_text(order))) for order in "ab"]
    until(lambda: told(shop, 1).state is ImportState.done)
    small = running.take(*received(shop))
    until(lambda: told(shop, 3).state is ImportState.done)
    assert told(shop, 2).state is ImportState.waiting
    running.cancel(2, PATIENCE)  # it is not its turn yet
    assert told(shop, 2).state is ImportState.cancelled
    with pytest.raises(Cancelled):
        outcomes[1].result(0)
    go_on.set()
    assert small.result(PATIENCE).added
    assert outcomes[0].result(PATIENCE).added


@pytest.mark.parametrize("step", [Step.reading, Step.checking, Step.writing])
def test_cancelled_at_any_step_nothing_stays(shop: Shop, step: Step) -> None:
    def cancel(at: str, _done: int, _whole: int) -> None:
        if at == step:
            states.ask_to_cancel(shop.database, 1)
            watch.cancel()

    watch = Watch(cancel)
    path = shop.settings.home / "a.csv"
    path.write_text(GOOD)
    with pytest.raises(Cancelled):
        load(shop.database, shop.folders, LOCALE, Loading(path, path.name, None), watch)
    assert (told(shop, 1).state, told(shop, 1).rows) == (ImportState.cancelled, 0)
    folders = (shop.folders.batches, shop.folders.incoming)
    assert [path for folder in folders for path in folder.iterdir()] == []
    with shop.database.reading() as session:
        assert journal.head(session).version == 0


def test_a_cancel_that_comes_with_the_commit_wins_or_loses_wholly(shop: Shop) -> None:
    """Another server asked for it; this one has not noticed."""

    def cancel(at: str, _done: int, _whole: int) -> None:
        if at == Step.writing:
            states.ask_to_cancel(shop.database, 1)

    path = shop.settings.home / "a.csv"
    path.write_text(GOOD)
    with pytest.raises(Cancelled):
        load(shop.database, shop.folders, LOCALE, Loading(path, path.name, None), Watch(cancel))
    assert told(shop, 1).state is ImportState.cancelled
    assert list(shop.folders.batches.iterdir()) == []


def test_a_statement_under_way_is_interrupted(shop: Shop, make) -> None:
    running = make()
    outcome = running.take(*received(shop, large_text("a")))
    until(lambda: told(shop, 1).step == Step.checking or outcome.done())
    if not outcome.done():
        running.cancel(1, PATIENCE)
    assert (told(shop, 1).state is ImportState.cancelled) == (outcome.exception(0) is not None)


def test_a_server_that_stops_leaves_it_to_another(shop: Shop, make) -> None:
    first = make()
    outcomes = [first.take(*received(shop, large_text(order))) for order in "ab"]
    first.stop()
    errors = [one.exception(PATIENCE) for one in outcomes]
    assert all(error is None or isinstance(error, Unavailable) for error in errors)
    assert errors[1] is not None
    second = make()
    second.start()
    until(lambda: {told(shop, 1).state, told(shop, 2).state} == {ImportState.done})
    until(lambda: list(shop.folders.incoming.iterdir()) == [])
    assert shop.ask("lines").totals["lines"] == told(shop, 1).rows + told(shop, 2).rows


def test_what_goes_wrong_while_looking_ends_nothing(shop: Shop, make) -> None:
    incoming = shop.folders.incoming
    incoming.rmdir()
    incoming.write_text("where a folder should be")
    running = make()
    running.start()
    looking = running._tending
    assert looking is not None
    time.sleep(2 * TICK_SECONDS)
    assert looking.is_alive()
    incoming.unlink()
    upload, loading = received(shop)
    upload.leave()
    until(lambda: told(shop, loading.import_id).shown_state == "done")


def test_what_another_process_is_at_is_left_alone(shop: Shop, make) -> None:
    upload, loading = received(shop)
    running = make()
    running._take_up()
    assert told(shop, 1).state is ImportState.waiting
    upload.leave()  # as if its process had died
    running._take_up()
    until(lambda: told(shop, loading.import_id).shown_state == "done")


def test_a_file_that_is_gone_or_cut_off_says_so(shop: Shop, make) -> None:
    for spoil in (lambda path: path.unlink(), lambda path: path.write_text(GOOD[:-3])):
        upload, _loading = received(shop)
        spoil(upload.file)
        upload.leave()
    make()._take_up()
    for number in (1, 2):
        assert told(shop, number).state is ImportState.failed
        assert "Load it again" in (told(shop, number).error or "")
    assert list(shop.folders.incoming.iterdir()) == []


def test_progress_is_of_the_statement_under_way(tmp_path: Path) -> None:
    watch, seen = Watch(), []
    with duckdb.connect() as duck:
        watch(Step.checking, 0, 1000)
        watch.follow(duck)
        assert watch.progress().done == 0
        file = tmp_path / "numbers.csv"
        duck.execute(f"COPY (SELECT range AS n FROM range(3_000_000)) TO '{file}'")
        read = f"CREATE TABLE t AS SELECT md5(n) FROM read_csv('{file}', all_varchar = true)"
        work = Thread(target=duck.execute, args=[read])
        work.start()
        while work.is_alive():
            seen.append(watch.progress().done)
            time.sleep(0.01)
        watch.unfollow()
    assert all(0 <= done <= 1000 for done in seen)
    assert any(0 < done < 1000 for done in seen)


def test_an_import_that_ended_takes_no_answer(shop: Shop) -> None:
    upload, loading = received(shop)
    order = Order(upload.token, 0, Choices(), TERMINAL)
    states.end_by(shop.database, loading.import_id, InvalidInput("no"))
    assert states.begin_again(shop.database, loading.import_id, order)
    assert not states.begin_again(shop.database, loading.import_id, order)
    assert not states.begin_again(shop.database, 99, order)
    upload.end()
