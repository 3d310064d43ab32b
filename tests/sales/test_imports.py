"""Loading a file: all of it or nothing, and never the same content twice."""

import gzip
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from shop import HEADER, Shop
from tillsight.errors import BadRows, NotFound
from tillsight.sales import journal
from tillsight.sales.choices import Locale
from tillsight.sales.folders import ABANDONED_AFTER, rejects_file, remove_abandoned
from tillsight.sales.import_list import get_import, list_imports
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.models import ImportState, JournalEntry

LOCALE = Locale("UTC", "EUR")
GOOD = "1,p,Pen,2,2024-05-07,10,,\n"
BAD = "2,p,Pen,two,2024-05-07,10,,\n"


def files_of(shop: Shop) -> list[str]:
    folders = (shop.folders.batches, shop.folders.rejects, shop.folders.incoming)
    return [path.name for folder in folders for path in folder.iterdir()]


def test_an_import_is_a_batch_and_a_journal_entry(shop: Shop) -> None:
    outcome = shop.load_text(HEADER + GOOD)
    assert outcome.added
    with shop.database.reading() as session:
        [entry] = session.scalars(select(JournalEntry))
        assert journal.head(session).version == entry.version == outcome.version == 1
        assert entry.import_id == outcome.loaded.id
    assert files_of(shop) == [outcome.loaded.batch]


def test_the_same_content_adds_nothing_under_any_name_or_packing(
    shop: Shop, tmp_path: Path
) -> None:
    first = shop.load_text(HEADER + GOOD)
    packed = tmp_path / "other.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + GOOD).encode()))
    again = shop.load(packed)
    assert (again.added, again.loaded.id) == (False, first.loaded.id)
    assert shop.ask("lines").totals == {"lines": 1}
    assert files_of(shop) == [first.loaded.batch]


def test_two_at_once_with_the_same_content_are_one(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + GOOD * 2000)
    loading = Loading(path, path.name, None)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(
            pool.map(lambda _: load(shop.database, shop.folders, LOCALE, loading), range(4))
        )
    assert sorted(outcome.added for outcome in outcomes) == [False, False, False, True]
    assert len({outcome.loaded.id for outcome in outcomes}) == 1
    assert len(files_of(shop)) == 1


def test_versions_have_no_gaps_when_many_import_at_once(shop: Shop, tmp_path: Path) -> None:
    def load_one(number: int) -> int:
        path = tmp_path / f"{number}.csv"
        path.write_text(f"{HEADER}{number},p,Pen,1,2024-05-07,10,,\n")
        return load(shop.database, shop.folders, LOCALE, Loading(path, path.name, None)).version

    with ThreadPoolExecutor(6) as pool:
        versions = list(pool.map(load_one, range(12)))
    assert sorted(versions) == list(range(1, 13))
    assert shop.ask("orders").totals == {"orders": 12}


def test_a_bad_row_refuses_the_whole_file_and_leaves_nothing(shop: Shop) -> None:
    with pytest.raises(BadRows, match=r"1 of 2 rows .* line 3, column Quantity: “two”") as caught:
        shop.load_text(HEADER + GOOD + BAD)
    assert caught.value.details["bad_rows"] == 1
    assert caught.value.details["problems"] == [
        {"line": 3, "column": "Quantity", "value": "two", "reason": "is not a number"}
    ]
    assert files_of(shop) == []
    with shop.database.reading() as session:
        [tried] = list_imports(session, None, 9)
    assert (tried.state, tried.in_force, tried.rows) == (ImportState.failed, None, 0)
    assert json.loads(tried.error or "")["code"] == "bad_rows"


def test_bad_rows_are_skipped_when_asked_and_kept_with_reasons(shop: Shop) -> None:
    loaded = shop.load_text(HEADER + GOOD + BAD, skip_bad_rows=True).loaded
    assert (loaded.rows, loaded.rejected_rows) == (1, 1)
    with rejects_file(shop.folders, loaded) as file:
        text = file.read_text().splitlines()
    assert text[1] == "2,p,Pen,two,2024-05-07,10,,,3,Quantity: is not a number"
    assert shop.ask("revenue").totals == {"revenue": 20.0}


def test_nothing_is_loaded_when_no_row_is_good(shop: Shop) -> None:
    with pytest.raises(BadRows):
        shop.load_text(HEADER + BAD, skip_bad_rows=True)
    assert files_of(shop) == []


def test_without_rejects_there_is_no_rejects_file(shop: Shop) -> None:
    loaded = shop.load_text(HEADER + GOOD).loaded
    with pytest.raises(NotFound), rejects_file(shop.folders, loaded):
        pass


def test_a_file_name_is_never_a_path(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + GOOD)
    loading = Loading(path, "../../etc/passwd", None)
    loaded = load(shop.database, shop.folders, LOCALE, loading).loaded
    assert loaded.file_name == "passwd"
    assert (shop.folders.batches / loaded.batch).is_file()


def test_imports_are_listed_newest_first_by_page(shop: Shop) -> None:
    ids = [shop.load_text(HEADER + GOOD.replace("1,p", f"{n},p", 1)).loaded.id for n in range(5)]
    with shop.database.reading() as session:
        assert [one.id for one in list_imports(session, None, 2)] == ids[:-3:-1]
        assert [one.id for one in list_imports(session, ids[3], 9)] == ids[2::-1]
        with pytest.raises(NotFound, match="no import 99"):
            get_import(session, 99)


def test_only_old_files_without_an_entry_are_removed(shop: Shop) -> None:
    loaded = shop.load_text(HEADER + GOOD).loaded
    long_ago = time.time() - ABANDONED_AFTER - 60
    new, old = (shop.folders.batches / name for name in ("new.parquet", "old.parquet.tmp"))
    folder = shop.folders.incoming / "left-by-a-crash"
    folder.mkdir()
    for path in (new, old, folder / "upload", shop.folders.batches / loaded.batch):
        path.touch()
    for path in (old, folder, shop.folders.batches / loaded.batch):
        os.utime(path, (long_ago, long_ago))
    assert remove_abandoned(shop.database, shop.folders) == 2
    assert sorted(files_of(shop)) == sorted([loaded.batch, "new.parquet"])
