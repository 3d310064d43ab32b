"""Files of sales that can be read, and do not say what was loaded: told, and nothing follows."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select, text

from backups import backed_up, quiet, verified
from shop import HEADER, Shop, in_memory
from tillsight.errors import SetupError, Unavailable
from tillsight.operating.customer_data import erase_customer
from tillsight.operating.customer_export import export_customer
from tillsight.operating.restoring import named_files, put_back_files
from tillsight.operating.stores import reading_from
from tillsight.sales import journal
from tillsight.sales.choices import Overlap
from tillsight.sales.file_hashes import note_hashes, trust
from tillsight.sales.folders import file_digest
from tillsight.sales.models import Import
from tillsight.settings import Settings

ROW = "{},p,Pen,2,2024-05-07,10,{},Peru\n"
ONE = HEADER + ROW.format(1, "Ada") + ROW.format(2, "Bob")
OTHER = HEADER + ROW.format(2, "Bob") + ROW.format(3, "Ada")
CHANGED = "is not as it was when it was loaded"


@pytest.fixture
def sold(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    """Two imports, of which the second takes an order out of the first."""
    shop = open_shop(settings.model_copy(update={"database_url": url}))
    shop.load_text(ONE)
    shop.load_text(OTHER, overlap=Overlap.supersede)
    return shop


def imports(shop: Shop) -> list[Import]:
    with shop.database.reading() as session:
        return [*session.scalars(select(Import).order_by(Import.id)).unique()]


def change(file: Path) -> None:
    """Have other bytes stand in a batch, which can be read as before and names somebody else."""
    written = file.read_bytes()
    file.write_bytes(written.replace(b"Bob", b"Rob"))
    with duckdb.connect() as duck:
        names = f"SELECT DISTINCT customer_id FROM read_parquet('{file}') ORDER BY ALL"
        assert duck.execute(names).fetchall() == [("Ada",), ("Rob",)]


def lay_out_anew(shop: Shop) -> None:
    with shop.database.writing() as session:
        journal.order_rebuild(session)


def test_a_file_in_which_other_sales_stand_is_found_without_a_backup(sold: Shop) -> None:
    file = sold.folders.batches / imports(sold)[0].batch
    kept = shutil.copyfile(file, in_memory() / "kept")
    assert verified(sold).problems == []
    change(file)
    told = f"sales/{file.name} {CHANGED}"
    assert verified(sold).problems == [f"Import 1 (sales.csv): {told}."]
    with pytest.raises(SetupError, match=f"not whole: {told}"):
        backed_up(sold, in_memory() / "backups")
    for customer in ("Rob", "Bob"):  # who stands there now, and who stands in what comes back
        with pytest.raises(Unavailable, match="import 1 is not as it was when it was loaded"):
            erase_customer(sold.database, sold.folders, customer, None)
    lay_out_anew(sold)
    with pytest.raises(Unavailable, match="import 1 is missing or damaged"):
        sold.ask("units")
    with pytest.raises(Unavailable, match="nobody can tell what it holds about this customer"):
        export_customer(sold.database, sold.warehouse, sold.folders, "Bob", date(2024, 6, 1))
    file.write_bytes(bytes(file.stat().st_size))  # cannot be read at all
    with pytest.raises(Unavailable, match="import 1 is not as it was when it was loaded"):
        erase_customer(sold.database, sold.folders, "Bob", None)
    shutil.copyfile(kept, file)
    assert sold.ask("units").totals == {"units": 6}
    assert verified(sold).problems == []


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_what_an_erasure_writes_is_known_by_its_own_hash(sold: Shop) -> None:
    before = {name for one in imports(sold) for name in (one.batch, one.hidden)}
    erase_customer(sold.database, sold.folders, "Ada", None)
    for one in imports(sold):
        assert one.batch not in before
        assert one.batch_hash == file_digest(sold.folders.batches / one.batch)
        assert (one.hidden is None) is (one.hidden_hash is None)
    assert verified(sold).problems == []


@pytest.mark.parametrize("url", ["mariadb"], indirect=True)
def test_hashes_of_an_older_release_are_noted_where_files_are_right(sold: Shop) -> None:
    loaded = imports(sold)
    with sold.database.writing() as session:
        session.execute(text("UPDATE imports SET batch_hash = NULL, hidden_hash = NULL"))
    assert "of an older release" in verified(sold).notes[0]
    file = sold.folders.batches / loaded[0].batch
    kept = shutil.copyfile(file, in_memory() / "kept")
    file.write_bytes(bytes(file.stat().st_size))
    note_hashes(sold.database, sold.folders)
    assert [one.batch_hash for one in imports(sold)] == [None, loaded[1].batch_hash]
    assert imports(sold)[1].hidden_hash == loaded[1].hidden_hash != None  # noqa: E711
    shutil.copyfile(kept, file)
    note_hashes(sold.database, sold.folders)
    assert imports(sold)[0].batch_hash == loaded[0].batch_hash


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_what_a_backup_puts_back_is_right_whatever_was_noted(sold: Shop) -> None:
    place = in_memory() / "backups"
    backed_up(sold, place)
    with sold.database.writing() as session:
        session.execute(text("UPDATE imports SET batch_hash = NULL"))
    change(sold.folders.batches / imports(sold)[0].batch)
    note_hashes(sold.database, sold.folders)  # of a file that had changed before it was upgraded
    assert ["backed up" in one for one in verified(sold).problems] == [True]
    with reading_from(place) as kept:
        where, named = sold.folders.kept, named_files(sold.database)
        trust(sold.database, put_back_files(where, named, kept, quiet))
    assert verified(sold).problems == []
