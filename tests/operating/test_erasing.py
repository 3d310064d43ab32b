"""Erasing a customer: nothing names them any more, and no number is another."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import func, select

from backups import verified
from erased import BAD, HM, NAME, NAMED, PEOPLE, UNDONE, WHO, buy, figures, fill, rebuilt, written
from meaning import tables_of, text_of
from purchases import enter, purchase
from random_lines import lines, people
from shop import Shop, temporary_shop
from tillsight.accounts.models import AuditEntry
from tillsight.errors import Conflict, FileMissing, NotFound, Unavailable
from tillsight.forecasting.given import question_of
from tillsight.forecasting.models import GivenForecast
from tillsight.kpis.models import Kpi
from tillsight.metrics.customers import one_customer
from tillsight.metrics.models import DatedNote, SavedView
from tillsight.operating.customer_data import apply_erasures, erase_customer
from tillsight.sales.choices import Locale, Overlap
from tillsight.sales.erasing import Done
from tillsight.sales.erasures import KEY_FILE, PSEUDONYM, all_erased
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.models import DroppedFile, JournalEntry, Purchase
from tillsight.sales.purchase_entering import KeyReused
from tillsight.sales.undo import redo, undo
from tillsight.sales.uploads import About, new_upload
from tillsight.sales.watch import Watch
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse


def erase(shop: Shop, customer: str = WHO) -> Done:
    return erase_customer(shop.database, shop.folders, customer, None)


@given(
    files=st.lists(st.one_of(lines, people), min_size=1, max_size=3),
    undone=st.sets(st.integers(1, 3)),
    overlaps=st.lists(st.sampled_from([*Overlap][1:]), min_size=3, max_size=3),
)
@examples(max_examples=6)
def test_every_total_and_every_distinct_count_stays(files, undone, overlaps) -> None:
    with temporary_shop() as shop:
        loaded = {
            shop.load_text(text_of(some), overlap=overlap).loaded.id
            for some, overlap in zip(files, overlaps, strict=False)
        }
        taken_back = sorted(loaded & undone)
        for one in taken_back:
            undo(shop.database, one, None)
        before = figures(shop)
        if "'c1'" not in written(shop):
            with pytest.raises(NotFound):
                erase(shop, "c1")
            return
        erase(shop, "c1")
        assert figures(shop) == before
        assert tables_of(shop) == rebuilt(shop)
        assert "'c1'" not in written(shop)
        for one in taken_back:
            with suppress(Conflict):  # the same rows were loaded again meanwhile
                redo(shop.database, one, None)
        assert tables_of(shop) == rebuilt(shop)


@pytest.fixture
def full(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    """A shop that knows the customer from everywhere, on each kind of database."""
    shop = open_shop(settings.model_copy(update={"database_url": url}))
    fill(shop)
    return shop


def test_nothing_names_them_and_everything_goes_on(full: Shop) -> None:
    before = figures(full)
    second = Warehouse(full.settings.home, full.database)  # as of another server
    assert one_customer(full.warehouse, WHO).customer.orders == 3
    assert WHO in written(full)
    second.catch_up(60)
    done = erase(full)
    kept = written(full)
    assert WHO not in kept
    assert NAME not in kept
    assert figures(full) == before
    with pytest.raises(NotFound):
        one_customer(full.warehouse, WHO)
    other = Shop(full.settings, full.database, second)
    assert tables_of(other) == tables_of(full) == rebuilt(full)
    second.close()
    assert (done.imports, done.purchases) == (6, 1)
    with full.database.reading() as session:
        last = session.scalars(select(JournalEntry).order_by(JournalEntry.version)).all()[-1]
        assert (last.version, last.kind, last.import_id) == (done.version, "erase", None)
        [who] = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer_erase"))
        assert (who.actor, who.subject) == ("terminal", "customer")
        [bought] = session.scalars(select(Purchase.customer))
        note, question = (
            session.scalar(select(DatedNote.text)),
            session.scalar(select(SavedView.question)),
        )
        assert session.scalar(select(func.count()).select_from(DroppedFile)) == 0
        filters = session.scalar(select(Kpi.filters))
        given = session.scalars(select(GivenForecast)).one()
        asked = question_of(given.measure, given.grain, given.filters, given.model)
    assert bought.startswith(PSEUDONYM)
    assert json.loads(filters) == {"customer": [bought, "other"]}
    assert (given.question, bought in given.filters) == (asked, True)
    assert note == f"{bought} rang, {bought} wrote"
    assert json.loads(question)["customer"] == [bought, "other"]
    assert isinstance(buy(full, 1, "key"), KeyReused)  # and makes no second purchase
    for text in (HM, PEOPLE):
        assert full.load_text(text).added is False
    assert full.load_text(UNDONE).redone
    assert figures(full)[0][1]["customers"] == before[0][1]["customers"]
    undo(full.database, 2, None)
    assert tables_of(full) == rebuilt(full)
    redo(full.database, 2, None)
    assert tables_of(full) == rebuilt(full)
    with pytest.raises(NotFound, match="was erased on"):
        erase(full)


def test_rejected_rows_of_theirs_keep_where_they_were_and_why(shop: Shop) -> None:
    shop.load_text(BAD, skip_bad_rows=True)
    erase(shop)
    [rejects] = shop.folders.rejects.iterdir()
    header, theirs, others = rejects.read_text().splitlines()
    assert theirs.split(",")[6].startswith(PSEUDONYM)
    assert [cell for cell in theirs.split(",") if cell][1:] == ["2", "Quantity: is not a number"]
    assert others == "2,p,Pen,three,2024-06-07,10,other,,3,Quantity: is not a number"
    assert header.endswith("Country,line,reason")


def test_files_that_name_them_again_do_not_bring_them_back(shop: Shop) -> None:
    fill(shop)
    erase(shop)
    orders, customers = shop.ask("orders", "customers").totals.values()
    more = shop.load_text(f"{HM}2024-07-01,{WHO},p1,3,1\n", overlap=Overlap.skip)
    assert (more.loaded.rows, more.loaded.skipped_rows) == (1, 3)
    shop.load_text(BAD.replace("2024", "2023"), skip_bad_rows=True)
    shop.load_text(f"customer_id,gender,age\n{WHO},male,35\n")
    assert WHO not in written(shop)
    assert shop.ask("orders", "customers").totals == {
        "orders": orders + 1,
        "customers": customers + 1,  # nobody can tell who that was
    }
    replacing = shop.load_text(HM.replace(",10,1", ",11,1"), overlap=Overlap.supersede)
    assert replacing.added
    assert shop.ask("orders").totals == {"orders": orders + 1}
    assert tables_of(shop) == rebuilt(shop)


class ErasingWatch(Watch):
    """Has them erased at the last moment before a file is committed, once."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop
        self._before = len([*shop.folders.batches.iterdir()])

    def go_on(self) -> None:
        super().go_on()
        if self._shop and len([*self._shop.folders.batches.iterdir()]) > self._before:
            shop, self._shop = self._shop, None
            erase(shop)


def test_a_file_on_its_way_while_they_are_erased_does_not_bring_them_back(
    shop: Shop, tmp_path: Path
) -> None:
    shop.load_text(HM)
    file = tmp_path / "late.csv"
    file.write_text(UNDONE)
    watch = ErasingWatch(shop)
    loading = Loading(file, file.name, None)
    load(shop.database, shop.folders, Locale("UTC", "EUR"), loading, watch)
    assert watch._shop is None
    assert WHO not in written(shop)
    assert shop.ask("orders", "customers").totals == {"orders": 3, "customers": 3}


def test_a_restored_backup_forgets_them_again(settings: Settings, open_shop, tmp_path) -> None:
    shop = open_shop(settings)
    fill(shop)
    shop.warehouse.close()
    shop.database.close()
    backup = tmp_path / "backup"
    shutil.copytree(settings.home, backup)
    shop = Shop(settings, shop.database, Warehouse(settings.home, shop.database))
    erase(shop)
    later = enter(shop, purchase(customer=WHO))  # they came back
    before = figures(shop)
    with shop.database.reading() as session:
        erased = all_erased(session)
    shutil.copyfile(settings.home / KEY_FILE, backup / KEY_FILE)
    shop.warehouse.close()
    shop.database.close()

    restored = open_shop(settings.model_copy(update={"home": backup}))
    applied = apply_erasures(restored.database, restored.folders, erased)
    assert (applied.customers, applied.without_key) == (1, 0)
    assert WHO not in written(restored)
    enter(restored, purchase(customer=WHO))
    assert figures(restored) == before
    assert later
    again = apply_erasures(restored.database, restored.folders)
    assert (again.customers, again.version) == (0, None)
    (backup / KEY_FILE).unlink()
    assert apply_erasures(restored.database, restored.folders).without_key == 1


def test_a_lost_or_damaged_key_is_told(shop: Shop) -> None:
    shop.load_text(HM)
    erase(shop)
    assert "erased" not in " ".join(verified(shop).notes)
    key = shop.settings.home / KEY_FILE
    whole = key.read_text()
    for damaged in (whole[:-7], "", "\0" * len(whole)):
        key.write_text(damaged)
        refused = "erasures.key is damaged, so nobody can tell who was erased"
        with pytest.raises(FileMissing, match=refused):
            shop.load_text(NAMED)
        with pytest.raises(FileMissing, match=refused):
            erase(shop)
        assert refused in " ".join(verified(shop).problems)
    key.unlink()
    assert "1 erased customers would not be known" in " ".join(verified(shop).notes)
    key.write_text(whole)
    shop.load_text(NAMED)
    assert NAME not in written(shop)


def test_nothing_is_erased_while_a_file_is_missing(shop: Shop) -> None:
    shop.load_text(HM)
    [batch] = shop.folders.batches.iterdir()
    batch.rename(batch.with_suffix(".away"))
    with pytest.raises(Unavailable, match="A file of import 1 is missing"):
        erase(shop)
    batch.with_suffix(".away").rename(batch)
    assert erase(shop).imports == 1


def test_kept_uploads_go_as_nobody_can_tell_whom_they_name(shop: Shop) -> None:
    shop.load_text(HM)
    upload = new_upload(shop.folders.incoming)
    upload.file.write_text(HM)
    upload.keep(About(None, "hm.csv"))
    upload.leave()
    erase(shop)
    assert [*shop.folders.incoming.iterdir()] == []
