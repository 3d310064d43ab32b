"""The warehouse follows the journal, and can be thrown away at any time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import delete, update

from bench_meanwhile import meanwhile
from purchases import enter, purchase
from shop import HEADER, Shop
from tillsight.errors import Unavailable
from tillsight.sales import journal
from tillsight.sales.models import Import, JournalEntry, JournalHead
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse, folding_in, store
from waits import until

ONE = "1,p,Pen,2,2024-05-07,10,,\n"
OTHER = "2,p,Pen,1,2024-05-08,5,,\n"
THIRD = "3,p,Pen,1,2024-05-09,5,,\n"


def lines_in(warehouse: Warehouse) -> int:
    warehouse.catch_up(wait=30)
    with warehouse.snapshot() as at:
        [(count,)] = at.rows("SELECT count(*) FROM lines")
    return int(count)


def reopened(shop: Shop) -> Warehouse:
    shop.warehouse.close()
    shop.warehouse = Warehouse(shop.settings.home, shop.database)
    return shop.warehouse


def file_of(shop: Shop) -> Path:
    [path] = (shop.settings.home / "warehouse" / "1").glob("*.duckdb")
    return path


def log_bytes(shop: Shop) -> int:
    """The size of the write-ahead log, which is not always there."""
    try:
        return file_of(shop).with_suffix(".duckdb.wal").stat().st_size
    except FileNotFoundError:
        return 0


def test_it_goes_on_where_it_stopped(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    assert lines_in(shop.warehouse) == 1
    shop.warehouse.close()
    shop.load_text(HEADER + OTHER)
    shop.warehouse = Warehouse(shop.settings.home, shop.database)
    assert lines_in(shop.warehouse) == 2


def test_it_is_rebuilt_when_its_file_is_gone_or_spoilt(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    assert lines_in(shop.warehouse) == 1
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"not a warehouse" * 1000)):
        shop.warehouse.close()
        spoil(file_of(shop))
        shop.warehouse = Warehouse(shop.settings.home, shop.database)
        assert lines_in(shop.warehouse) == 1


@pytest.mark.parametrize(
    "state",
    ["journal = 'another'", "version = 99", "layout = 0"],
    ids=["journal", "ahead", "layout"],
)
def test_it_is_rebuilt_when_it_is_not_of_this_journal_version_or_layout(
    shop: Shop, state: str
) -> None:
    shop.load_text(HEADER + ONE)
    assert lines_in(shop.warehouse) == 1
    shop.warehouse.close()
    with duckdb.connect(str(file_of(shop))) as duck:
        duck.execute(f"UPDATE state SET {state}")
        duck.execute("INSERT INTO lines SELECT * FROM lines")
    shop.warehouse = Warehouse(shop.settings.home, shop.database)
    assert lines_in(shop.warehouse) == 1


def put_back(shop: Shop) -> None:
    """Have the database be as it was after the first import, as a restore by other means does."""
    with shop.database.writing() as session:
        session.execute(delete(JournalEntry).where(JournalEntry.version > 1))
        session.execute(delete(Import).where(Import.id > 1))
        session.execute(update(JournalHead).values(version=1))


def test_it_is_rebuilt_while_it_is_open_when_the_journal_was_put_back(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    shop.load_text(HEADER + OTHER)
    assert lines_in(shop.warehouse) == 2
    put_back(shop)
    assert lines_in(shop.warehouse) == 1
    shop.load_text(HEADER + OTHER + THIRD)
    assert lines_in(shop.warehouse) == 3
    assert lines_in(reopened(shop)) == 3


def test_it_is_rebuilt_when_the_journal_was_put_back_and_went_on_elsewhere(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    shop.load_text(HEADER + OTHER)
    assert lines_in(shop.warehouse) == 2
    shop.warehouse.close()
    put_back(shop)
    shop.load_text(HEADER + OTHER + THIRD)  # as far as before, by the same name
    shop.warehouse = Warehouse(shop.settings.home, shop.database)
    assert lines_in(shop.warehouse) == 3


def test_it_follows_a_journal_of_another_name_while_it_is_open(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    assert lines_in(shop.warehouse) == 1
    before = file_of(shop)
    with shop.database.writing() as session:
        session.execute(update(JournalHead).values(journal="another"))
    assert lines_in(shop.warehouse) == 1
    assert file_of(shop) != before


def test_a_rebuild_fills_a_new_file_and_swaps(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    assert lines_in(shop.warehouse) == 1
    before = file_of(shop)
    with shop.database.writing() as session:
        journal.order_rebuild(session)
    assert lines_in(shop.warehouse) == 1
    assert file_of(shop) != before
    assert lines_in(reopened(shop)) == 1


def test_a_question_under_way_keeps_its_version_through_a_rebuild(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    shop.warehouse.catch_up(wait=30)
    with shop.warehouse.snapshot() as at:
        shop.load_text(HEADER + OTHER)
        with shop.database.writing() as session:
            journal.order_rebuild(session)
        assert shop.warehouse.catch_up(wait=30) == 2
        assert at.rows("SELECT count(*) FROM lines") == [(1,)]
        assert at.version == 1
    assert lines_in(shop.warehouse) == 2


def test_two_processes_take_two_slots_and_agree(
    shop: Shop, settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    other = open_shop(settings)
    shop.load_text(HEADER + ONE)
    other.load_text(HEADER + OTHER)
    assert lines_in(shop.warehouse) == lines_in(other.warehouse) == 2
    assert {path.name for path in (settings.home / "warehouse").iterdir()} == {"1", "2"}


def test_a_version_that_does_not_exist_yet_is_not_answered(shop: Shop) -> None:
    with pytest.raises(Unavailable, match="Try again"), shop.warehouse.snapshot(min_version=5):
        pass


def test_questions_are_answered_while_it_catches_up(shop: Shop) -> None:
    rows = "".join(f"{n},p,Pen,1,2024-05-07,10,,\n" for n in range(20_000))
    shop.load_text(HEADER + rows)
    shop.warehouse.catch_up(wait=30)

    def ask(over: threading.Event) -> None:
        while not over.is_set():
            with shop.warehouse.snapshot() as at:
                [(count,)] = at.rows("SELECT count(*) FROM lines")
                assert count == 20_000 + 5_000 * (at.version - 1)

    with meanwhile(ask, ask, ask):
        for part in range(4):
            more = "".join(f"x{part}-{n},p,Pen,1,2024-05-07,10,,\n" for n in range(5_000))
            shop.load_text(HEADER + more)
        shop.warehouse.catch_up(wait=30)
    assert lines_in(shop.warehouse) == 40_000


def test_the_first_sales_are_waited_for(shop: Shop) -> None:
    busy = threading.Event()
    shop.warehouse._worker.submit(busy.wait)
    shop.load_text(HEADER + ONE)
    threading.Timer(3 * store.CATCH_UP_WAIT, busy.set).start()
    with shop.warehouse.snapshot() as at:
        assert at.rows("SELECT count(*) FROM lines") == [(1,)]


def test_a_warehouse_without_the_first_sales_does_not_say_that_there_are_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FIRST_WAIT", 0.1)
    busy = threading.Event()
    shop.warehouse._worker.submit(busy.wait)
    shop.load_text(HEADER + ONE)
    with pytest.raises(Unavailable, match="laid out"), shop.warehouse.snapshot():
        pass
    busy.set()


def test_it_reads_nothing_but_the_batches(shop: Shop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with shop.warehouse.snapshot() as at, pytest.raises(duckdb.Error):
        at.rows(f"SELECT * FROM read_csv('{secret}')")


def test_the_journal_s_identity_is_part_of_it(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    assert lines_in(shop.warehouse) == 1
    with shop.database.writing() as session:
        session.execute(update(JournalHead).values(journal="restored"))
    assert lines_in(reopened(shop)) == 1


def test_a_question_that_takes_too_long_is_stopped_and_the_next_is_answered(shop: Shop) -> None:
    shop.warehouse.close()
    shop.warehouse = Warehouse(shop.settings.home, shop.database, question_seconds=0.2)
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range > b.range"
    with (
        pytest.raises(Unavailable, match="took too long"),
        shop.warehouse.snapshot() as at,
    ):
        at.rows(endless)
    assert lines_in(shop.warehouse) == 0


def test_questions_under_way_are_refused_when_the_server_ends(shop: Shop) -> None:
    shop.load_text(HEADER + ONE)
    shop.warehouse.catch_up(wait=30)
    with ThreadPoolExecutor(1) as pool, shop.warehouse.snapshot() as at:
        asked = pool.submit(
            at.rows, "SELECT count(*) FROM range(10_000_000_000) n(i) WHERE i % 7 = 3"
        )
        while not asked.done():
            shop.warehouse.stop_questions()
        with pytest.raises(Unavailable, match="server is being stopped"):
            asked.result()
    with pytest.raises(Unavailable, match="Try again"), shop.warehouse.snapshot() as at:
        at.rows("SELECT 1")


def test_sales_that_are_being_laid_out_are_left_to_the_next(shop: Shop) -> None:
    rows = "".join(f"{n},p{n},Pen,2,2024-05-07,10,c{n},\n" for n in range(100_000))
    shop.load_text(HEADER + ONE)
    shop.warehouse.catch_up(wait=30)
    shop.load_text(HEADER + rows)
    shop.warehouse.catch_up(wait=0)
    shop.warehouse.close()
    assert shop.warehouse.version == 1
    assert lines_in(reopened(shop)) == 100_001


def test_an_answer_is_kept_until_the_data_change(shop: Shop) -> None:
    """Asked twice it is computed once; after an import it is computed anew."""
    computed = []

    def compute() -> int:
        computed.append(1)
        return len(computed)

    def ask() -> int:
        shop.warehouse.catch_up(wait=30)
        with shop.warehouse.snapshot() as at:
            return at.once("question", compute)

    assert [ask(), ask()] == [1, 1]
    shop.load_text(HEADER + ONE)
    assert [ask(), ask()] == [2, 2]


Begin = Callable[..., None]


@pytest.fixture
def begin_log(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Begins a log, which is folded in after so many seconds, however short it is."""

    def begin(**seconds: float) -> None:
        for when, many in seconds.items():
            monkeypatch.setattr(folding_in, f"FOLD_IN_{when.upper()}", many)
        monkeypatch.setattr(folding_in, "FOLD_IN_ABOVE", 0)
        shop.load_text(HEADER + ONE)
        assert lines_in(shop.warehouse) == 1

    return begin


def test_the_log_is_folded_in_once_no_sales_come(shop: Shop, begin_log: Begin) -> None:
    begin_log(after=0.2)
    until(lambda: not log_bytes(shop))
    shop.load_text(HEADER + OTHER)
    assert lines_in(shop.warehouse) == 2


def test_the_log_is_folded_in_although_sales_keep_coming(shop: Shop, begin_log: Begin) -> None:
    begin_log(after=3600, within=0.5)
    sizes = [log_bytes(shop)]

    def has_shrunk() -> bool:
        enter(shop, purchase("3", customer=f"c{len(sizes)}"))
        assert lines_in(shop.warehouse) == 1 + len(sizes)
        sizes.append(log_bytes(shop))
        return sizes[-1] < sizes[-2]

    until(has_shrunk)


def test_the_log_is_folded_in_once_questions_let_it(shop: Shop, begin_log: Begin) -> None:
    begin_log(after=3600, again_after=0.1)
    with shop.warehouse.snapshot() as at:
        assert at.rows("SELECT count(*) FROM lines") == [(1,)]
        enter(shop, purchase("3"))
        assert shop.warehouse.catch_up(wait=30) == 2
        shop.warehouse._folding_in.fold_in()
        assert log_bytes(shop)  # the question holds it up
    until(lambda: not log_bytes(shop))
