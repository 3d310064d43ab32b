"""A warehouse file that got damaged is made anew; sales that are not as they were are told."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from disks import filled, small_disk
from shop import HEADER, Shop, temporary_shop
from tillsight.database import Database
from tillsight.errors import NoSpace, TillsightError, Unavailable
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales.undo import redo, undo
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse, slot
from tillsight.warehouse.ailments import AGAIN_AFTER, HeldUp

LINES = 20_000
PATIENCE = 30  # seconds


def text(lines: int = LINES, since: int = 0) -> str:
    """Orders of random products for 20 each, which take room in a file."""
    row = "{},{},Pen,2,2024-05-07 10:00:00,10,c{},France\n"
    named = os.urandom(6 * lines).hex(" ", 6).split()
    return HEADER + "".join(row.format(since + n, name, n) for n, name in enumerate(named))


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a shop with sales that are laid out."""
    with temporary_shop() as shop:
        shop.load_text(text())
        assert shop.ask("revenue").totals["revenue"] == 20.0 * LINES
        shop.warehouse.close()
        home = tmp_path_factory.mktemp("filled") / "home"
        shutil.copytree(shop.settings.home, home)
    return home


@pytest.fixture
def laid_out(filled_home: Path, shop: Shop) -> Shop:
    """A shop with sales that are laid out, and nobody who has its warehouse open."""
    shop.warehouse.close()
    shutil.rmtree(shop.settings.home)
    shutil.copytree(filled_home, shop.settings.home)
    shop.database = Database(shop.settings.resolved_database_url)
    return shop


def file_of(shop: Shop) -> Path:
    [path] = (shop.settings.home / "warehouse" / "1").glob("*.duckdb")
    return path


def opened(shop: Shop) -> None:
    shop.warehouse = Warehouse(shop.settings.home, shop.database)


def revenue(shop: Shop) -> float:
    return answer(shop.warehouse, Question(("revenue",), by=("product",))).totals["revenue"]


def healed(shop: Shop) -> float:
    """The revenue once all is laid out; until then it is refused, and never told wrongly."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(Unavailable):
            shop.warehouse.catch_up(wait=PATIENCE)
            return revenue(shop)
        time.sleep(0.05)
    raise AssertionError("it did not heal")


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flipped(at: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[at] ^= 0xFF
        path.write_bytes(content)

    return flip


def zeroed(path: Path) -> None:
    """All but its beginning, in place, as a disk that forgets does."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(300_000)
        file.write(bytes(size - 300_000))


def a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "inside").write_text("")


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": halved,
    "a bit of its head": flipped(20),
    "zeros within": zeroed,
    "a folder": a_folder,
    "a folder for its log": lambda path: a_folder(path.with_name(f"{path.name}.wal")),
    "a log of something else": lambda path: path.with_name(f"{path.name}.wal").write_bytes(
        os.urandom(5000)
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_made_anew_from_the_next_start(
    laid_out: Shop, damage: Callable[[Path], None]
) -> None:
    damage(file_of(laid_out))
    opened(laid_out)
    assert healed(laid_out) == 20.0 * LINES


@pytest.mark.parametrize("damage", [halved, zeroed], ids=["cut", "zeros"])
def test_a_file_that_gets_damaged_while_it_is_open_is_made_anew_beside(
    laid_out: Shop, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    shop = laid_out
    opened(shop)  # has read nothing of it yet but its head
    damaged = file_of(shop)
    damage(damaged)
    with pytest.raises(Unavailable, match="is made anew; nothing is lost") as refused:
        revenue(shop)
    assert refused.value.headers() == {"Retry-After": str(AGAIN_AFTER)}
    assert shop.warehouse.is_preparing
    assert healed(shop) == 20.0 * LINES
    assert not shop.warehouse.is_preparing
    assert file_of(shop) != damaged
    assert "the file says what was never written" in capsys.readouterr().err


def test_an_engine_that_has_stopped_is_started_again(
    settings: Settings, open_shop: Callable[[Settings], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops for good where the disk gets full while it folds its log in."""
    monkeypatch.setattr(slot, "LONGEST_LOG", "1 KB")
    with small_disk(settings.home / "warehouse", megabytes=16) as disk:
        shop = open_shop(settings)
        shop.load_text(text(5000))
        assert shop.ask("revenue").totals["revenue"] == 100_000.0
        stopped = False
        for kilobytes in range(100, 2000, 100):
            with filled(disk, but=kilobytes * 1024):
                shop.load_text(text(5000, since=kilobytes * 10_000))
                with pytest.raises(TillsightError) as told:
                    shop.warehouse.catch_up(wait=PATIENCE)
                assert isinstance(told.value, NoSpace)
                stopped = stopped or shop.warehouse.is_preparing
            loaded = kilobytes // 100 + 1
            shop.warehouse.catch_up(wait=PATIENCE)
            assert healed(shop) == 100_000.0 * loaded
            if stopped:
                break
        assert stopped, "the engine went on"
        shop.warehouse.close()
        shop.warehouse = Warehouse(settings.home, shop.database)
        assert healed(shop) == 100_000.0 * loaded
        shop.warehouse.close()


def test_what_is_laid_out_is_answered_while_the_disk_is_full(
    settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    with small_disk(settings.home / "warehouse", megabytes=16) as disk:
        shop = open_shop(settings)
        shop.load_text(text(5000))
        assert shop.ask("revenue").totals["revenue"] == 100_000.0
        with filled(disk, but=0):
            shop.load_text(text(5000, since=1_000_000))
            with pytest.raises(NoSpace, match="disk is full"):
                shop.warehouse.catch_up(wait=PATIENCE)
            assert revenue(shop) == 100_000.0
        assert shop.ask("revenue").totals["revenue"] == 200_000.0
        shop.warehouse.close()


def test_a_question_that_finds_no_room_to_sort_is_refused_alone(
    settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    sorts = "SELECT count(DISTINCT hash(i)) FROM range({}) n(i)"
    with small_disk(settings.home / "warehouse", megabytes=16):
        shop = open_shop(settings)
        shop.warehouse.close()
        shop.warehouse = Warehouse(settings.home, shop.database, memory_mb=60)
        shop.load_text(text(100))
        with shop.warehouse.snapshot(wait=PATIENCE) as at:
            assert at.rows(sorts.format(1000)) == [(1000,)]
        with (
            pytest.raises(NoSpace, match="this question could not be answered"),
            shop.warehouse.snapshot() as at,
        ):
            at.rows(sorts.format(20_000_000))
        assert revenue(shop) == 2000.0
        shop.warehouse.close()


def test_too_little_memory_is_told_as_that_and_harms_nothing(shop: Shop) -> None:
    shop.load_text(text(100))
    settings = shop.settings
    shop.warehouse.close()
    shop.warehouse = Warehouse(settings.home, shop.database, memory_mb=30)
    kept = "SELECT length(list(hash(i)::VARCHAR)) FROM range({}) n(i)"
    with (
        pytest.raises(Unavailable, match="TILLSIGHT_WAREHOUSE_MEMORY"),
        shop.warehouse.snapshot(wait=PATIENCE) as at,
    ):
        at.rows(kept.format(5_000_000))
    assert revenue(shop) == 2000.0


def test_sales_that_do_not_fit_into_memory_while_they_are_laid_out_wait_for_more(
    settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    shop = open_shop(settings)
    shop.warehouse.close()
    shop.load_text(text(50_000))
    shop.warehouse = Warehouse(settings.home, shop.database, memory_mb=4)
    with pytest.raises(Unavailable, match="TILLSIGHT_WAREHOUSE_MEMORY"):
        shop.warehouse.catch_up(wait=PATIENCE)
    shop.warehouse.close()
    shop.warehouse = Warehouse(settings.home, shop.database)
    assert revenue(shop) == 1_000_000.0
    shop.warehouse.close()


def lost(path: Path) -> None:
    path.unlink()


def other_rows(path: Path) -> None:
    """A batch that can be read, and is not the one that was written."""
    size = path.stat().st_size
    with duckdb.connect() as duck:
        rows = f"SELECT * REPLACE (CAST(amount + 1 AS DECIMAL(18, 4)) AS amount) FROM '{path}'"
        duck.execute(f"COPY ({rows}) TO '{path}.new' (FORMAT parquet)")
    changed = Path(f"{path}.new").read_bytes()
    Path(f"{path}.new").unlink()
    path.write_bytes(changed[:size].ljust(size, b"\0") if len(changed) != size else changed)


@pytest.mark.parametrize("damage", [lost, halved, flipped(50), other_rows, a_folder])
def test_sales_that_are_not_as_they_were_are_told_until_they_are_put_back(
    shop: Shop, damage: Callable[[Path], None]
) -> None:
    shop.load_text(text(2000))
    batch = shop.folders.batches / shop.load_text(text(2000, since=10_000)).loaded.batch
    assert shop.ask("revenue").totals["revenue"] == 80_000.0
    kept = batch.read_bytes()
    damage(batch)
    assert revenue(shop) == 80_000.0, "what is laid out does not need it"
    shop.warehouse.close()
    file_of(shop).unlink()
    opened(shop)
    with pytest.raises(HeldUp, match="import 2 is missing or damaged"):
        shop.warehouse.catch_up(wait=PATIENCE)
    with pytest.raises(HeldUp, match="tillsight restore BACKUP --files"):
        revenue(shop)
    if batch.is_dir():
        (batch / "inside").unlink()
        batch.rmdir()
    batch.write_bytes(kept)
    assert healed(shop) == 80_000.0


def test_an_import_whose_file_is_lost_can_be_undone_and_holds_up_nothing_then(shop: Shop) -> None:
    shop.load_text(text(2000))
    loaded = shop.load_text(text(2000, since=10_000)).loaded
    shop.ask("revenue")
    batch = shop.folders.batches / loaded.batch
    kept = batch.read_bytes()
    batch.unlink()
    undo(shop.database, loaded.id, None)
    assert healed(shop) == 40_000.0, "taken out without its file"
    shop.warehouse.close()
    file_of(shop).unlink()
    opened(shop)
    assert healed(shop) == 40_000.0, "passed over"
    redo(shop.database, loaded.id, None)
    with pytest.raises(HeldUp, match=f"import {loaded.id} "):
        revenue(shop)
    batch.write_bytes(kept)
    assert healed(shop) == 80_000.0
