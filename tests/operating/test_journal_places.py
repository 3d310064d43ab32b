"""Several servers with homes of their own, and one place for the files of the sales."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from api_shop import api_of
from backups import backed_up, put, quiet, restored, verified
from buckets import Place, place, server_at
from erased import BAD, HM, NAME, WHO, figures, fill, rebuilt, written
from meaning import answers_of, tables_of
from serving import tillsight
from shop import HEADER, Shop, in_memory
from tillsight import data_version
from tillsight.accounts.sessions import Origin
from tillsight.errors import JournalAway, OrdersLoadedBefore, SetupError
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.operating.customer_data import erase_customer
from tillsight.operating.moving import copy_files
from tillsight.operating.restoring import named_files, put_back_files
from tillsight.operating.retention import Policy, purge
from tillsight.operating.stores import reading_from
from tillsight.operating.verifying import verify_home
from tillsight.sales import states, uploads
from tillsight.sales.choices import Choices, Locale, Overlap
from tillsight.sales.erasures import KEY_FILE, key_of
from tillsight.sales.folders import Folders, remove_abandoned
from tillsight.sales.journal_files import MARK, reason
from tillsight.sales.journal_place import require_place
from tillsight.sales.models import Import, ImportState, JournalEntry
from tillsight.sales.running import Running
from tillsight.sales.states import Order
from tillsight.sales.undo import redo, undo
from tillsight.settings import load_settings
from tillsight.warehouse import Warehouse
from tillsight.warehouse.ailments import HeldUp
from waits import until

__all__ = ["place"]

pytestmark = pytest.mark.long

SALE = f"{HEADER}1,p1,Pen,2,2024-06-07 10:00:00,10,c1,France\n"


@pytest.fixture
def url(postgres: Callable[[str], str]) -> str:
    """An empty database that several servers share."""
    return postgres(f"p{uuid4().hex[:12]}")


@pytest.fixture
def homes() -> Iterator[Path]:
    """A folder for homes, in memory."""
    folder = in_memory()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def one(homes: Path, place: Place, url: str) -> Iterator[Shop]:
    with server_at(homes / "one", place, url) as shop:
        yield shop


@pytest.fixture
def other(one: Shop, homes: Path, place: Place, url: str) -> Iterator[Shop]:
    """The same shop as another server has it."""
    assert one.settings.journal == place.journal
    with server_at(homes / "other", place, url) as shop:
        yield shop


def names_in(shop: Shop, folder: Path) -> set[str]:
    """The files that the place of a shop has."""
    return {seen.path.name for seen in shop.folders.kept.listed(folder)}


def test_what_one_server_does_the_others_answer(
    one: Shop, other: Shop, homes: Path, place: Place, url: str, shop: Shop
) -> None:
    changed = []
    for each in (one, shop):  # the second is a shop by itself, for comparison
        fill(each)
        with each.database.reading() as session:
            last = session.scalar(select(func.max(Import.id)).where(Import.hidden.is_not(None)))
        changed.append(last)
        assert answers_of(each)[0] is not None
    assert changed[0] == changed[1]
    assert tables_of(other) == tables_of(one) == tables_of(shop)
    undo(one.database, changed[0], None)
    undo(shop.database, changed[0], None)
    assert tables_of(other) == tables_of(one) == tables_of(shop)
    redo(other.database, changed[0], None)
    redo(shop.database, changed[0], None)
    assert tables_of(one) == tables_of(other) == tables_of(shop)
    with server_at(homes / "third", place, url) as fresh:
        assert tables_of(fresh) == tables_of(shop)
    assert not any((homes / "one" / folder).exists() for folder in ("sales", "rejects"))


def test_orders_that_another_server_loaded_are_found(one: Shop, other: Shop) -> None:
    assert one.load_text(SALE).added
    assert not other.load_text(SALE).added
    twice = SALE.replace(",2,2024", ",3,2024")
    with pytest.raises(OrdersLoadedBefore, match="1 orders of this file"):
        other.load_text(twice, overlap=Overlap.ask)
    assert other.load_text(twice, overlap=Overlap.supersede).loaded.hidden
    assert one.ask("units").rows == other.ask("units").rows == [{"units": 3}]


def test_rejected_rows_come_from_every_server(one: Shop, other: Shop) -> None:
    loaded = one.load_text(BAD, skip_bad_rows=True).loaded
    with api_of(other) as api:
        answer = api.client.get(f"/api/imports/{loaded.id}/rejects", headers=api.as_("admin"))
    assert answer.status_code == 200
    assert WHO in answer.text


def test_an_erased_customer_is_in_no_copy_of_any_server(one: Shop, other: Shop) -> None:
    fill(one)
    before = figures(one)
    assert figures(other) == before
    erase_customer(one.database, one.folders, WHO, None)
    for shop in (one, other):
        assert figures(shop) == before
        assert tables_of(shop) == rebuilt(shop)
        kept = shop.folders.kept
        for folder in (shop.folders.batches, shop.folders.rejects):
            kept_there = [seen.path for seen in kept.listed(folder)]
            with kept.reading(kept_there):
                copies = [file.name for file in folder.iterdir()]
            assert sorted(copies) == sorted(file.name for file in kept_there)
    # Who comes again is known by each server: the key of erasures is where the sales are.
    assert other.load_text(HM.replace("2024-05-01", "2024-09-01")).added
    with other.database.reading() as session:
        last = session.scalars(select(Import).order_by(Import.id.desc())).first()
    batch = other.folders.batches / last.batch
    with other.folders.kept.reading([batch]):
        assert WHO.encode() not in batch.read_bytes()
        assert NAME.encode() not in batch.read_bytes()


def test_a_server_that_was_off_during_an_erasure_keeps_no_copy_of_before(
    homes: Path, bucket: Place, url: str
) -> None:
    off = homes / "off"
    with server_at(homes / "one", bucket, url) as one:
        fill(one)
        with server_at(off, bucket, url) as shop:
            assert figures(shop) == figures(one)
        copied = {file.name for file in off.glob("cache/sales/*")}
        erase_customer(one.database, one.folders, WHO, None)
        named = names_in(one, one.folders.batches)
        assert copied - named
        shutil.rmtree(off / "warehouse")
        with server_at(off, bucket, url) as shop:
            assert figures(shop) == figures(one)
        assert {file.name for file in off.glob("cache/sales/*")} <= named
        # A server that was killed before it could let go of them does so within the hour.
        left = off / "cache" / "sales" / (copied - named).pop()
        left.write_bytes(WHO.encode())
        with server_at(off, bucket, url) as shop, at_work(shop):
            until(lambda: not left.exists())


def test_all_servers_have_the_key_that_the_place_has(homes: Path, bucket: Place, url: str) -> None:
    with (
        server_at(homes / "one", bucket, url) as one,
        server_at(homes / "other", bucket, url) as other,
    ):
        kept = one.folders.kept
        # As a kill leaves it that comes when the key has its name and the bucket has no key yet.
        (kept.root / KEY_FILE).write_text("ab" * 32)
        first = key_of(one.database, kept)
        assert first.secret.hex() != "ab" * 32
        assert key_of(other.database, other.folders.kept) == first
        with kept.reading():
            (kept.root / KEY_FILE).write_text("cd" * 32)
            kept.keep(kept.root / KEY_FILE)  # as a restore puts one back
        assert key_of(other.database, other.folders.kept).secret.hex() == "cd" * 32


def test_what_is_purged_is_gone_for_all(one: Shop, other: Shop) -> None:
    loaded = one.load_text(SALE).loaded
    undo(one.database, loaded.id, None)
    stays = one.load_text(SALE.replace("1,p1", "2,p1")).loaded
    with one.database.writing() as session:
        session.execute(update(JournalEntry).values(at=datetime.now(UTC) - timedelta(days=40)))
    purge(other.database, other.folders, Policy(undone_days=30, audit_days=0))
    assert names_in(one, one.folders.batches) == {stays.batch}
    assert tables_of(one) == tables_of(other) == rebuilt(one)


def test_files_without_an_entry_go_after_a_day(one: Shop, monkeypatch) -> None:
    loaded = one.load_text(SALE).loaded
    left = one.folders.batches / "left.parquet"
    with one.folders.kept.reading():
        left.write_bytes(b"nobody's")
        one.folders.kept.keep(left)
    remove_abandoned(one.database, one.folders)
    assert names_in(one, one.folders.batches) == {loaded.batch, left.name}
    monkeypatch.setattr("tillsight.sales.folders.ABANDONED_AFTER", -60)
    remove_abandoned(one.database, one.folders)
    assert names_in(one, one.folders.batches) == {loaded.batch}


def test_a_backup_goes_from_a_place_to_another_and_back(
    one: Shop, other: Shop, homes: Path, tmp_path: Path
) -> None:
    fill(one)
    told = tables_of(one)
    assert backed_up(one, tmp_path / "backups").new_bytes
    assert verified(one).problems == []
    again = backed_up(other, tmp_path / "backups")
    assert again.manifest.missing == []
    with restored(tmp_path / "backups", homes / "alone") as alone:
        assert tables_of(alone) == told
    one.warehouse.close()
    other.warehouse.close()
    with one.database.reading() as session:
        lost = session.scalars(select(Import.batch).where(Import.batch != "")).first()
    one.folders.kept.remove(one.folders.batches / lost)
    assert [f"sales/{lost}" in text for text in verified_alone(one)] == [True]
    put(tmp_path / "backups", one.settings, one.database)
    assert verified_alone(one) == []


def verified_alone(shop: Shop) -> list[str]:
    """What is wrong with a shop whose warehouse is not open."""

    def warehouse() -> AbstractContextManager[Warehouse]:
        return closing(Warehouse(shop.settings.home, shop.database, folders=shop.folders))

    return verify_home(shop.settings, shop.database, warehouse, quiet).problems


def test_a_bucket_that_is_away_holds_up_what_needs_it_and_heals(
    homes: Path, bucket: Place, url: str
) -> None:
    with (
        server_at(homes / "one", bucket, url) as one,
        server_at(homes / "other", bucket, url) as other,
    ):
        one.load_text(SALE)
        assert other.ask("units").rows == [{"units": 2}]
        more = SALE.replace("1,p1", "2,p1")
        bucket.wire.cut()
        with pytest.raises(JournalAway):
            one.load_text(more)
        assert one.ask("units").rows == [{"units": 2}]
        with api_of(one) as api:
            answer = api.upload(more)
            assert (answer.status_code, answer.json()["code"]) == (503, "journal_away")
        bucket.wire.mend()
        assert len(names_in(one, one.folders.batches)) == 1
        assert one.load_text(more).added
        bucket.wire.cut()
        with other.warehouse.snapshot() as at:  # what is at hand is answered still
            assert at.rows("SELECT sum(quantity) FROM lines") == [(2,)]
        assert not other.folders.kept.answers()
        bucket.wire.mend()
        assert other.ask("units").rows == [{"units": 4}]


def test_copies_take_no_more_room_than_they_may(homes: Path, bucket: Place, url: str) -> None:
    with server_at(homes / "one", bucket, url, journal_cache=1) as shop:
        fill(shop)
        told = tables_of(shop)
        assert rebuilt(shop) == told
        assert [*shop.folders.batches.iterdir()] == []


def damage_copies(shop: Shop) -> list[Path]:
    """Make what a server copied of a bucket differ from it: every other one is only shorter."""
    copies = sorted(shop.settings.home.glob("cache/*/*"))
    for file in copies[::2]:
        file.write_bytes(file.read_bytes()[:-9])
    for file in copies[1::2]:
        content = file.read_bytes()
        file.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    return copies


def test_damaged_copies_are_fetched_again(
    homes: Path, bucket: Place, url: str, tmp_path: Path
) -> None:
    with server_at(homes / "one", bucket, url) as shop:
        fill(shop)
        told = tables_of(shop)
        assert damage_copies(shop)
        assert rebuilt(shop) == told
        damage_copies(shop)
        assert backed_up(shop, tmp_path / "backups").manifest.missing == []
        with restored(tmp_path / "backups", homes / "alone") as alone:
            assert tables_of(alone) == told
        copies = damage_copies(shop)
        kept = shop.folders.kept
        with reading_from(tmp_path / "backups") as place:
            assert put_back_files(kept, named_files(shop.database), place, quiet) == {}
        assert copies
        for copy in copies:
            with kept.fresh(copy) as there:
                assert copy.read_bytes() == there.read_bytes()
        damage_copies(shop)
        erase_customer(shop.database, shop.folders, WHO, None)
        assert WHO not in written(shop)


def test_what_is_damaged_in_the_bucket_is_told(homes: Path, bucket: Place, url: str) -> None:
    with server_at(homes / "one", bucket, url) as shop:
        loaded = shop.load_text(SALE).loaded
        batch = shop.folders.batches / loaded.batch
        with shop.folders.kept.reading():
            batch.write_bytes(b"damaged")
            shop.folders.kept.keep(batch)
        with pytest.raises(HeldUp, match=f"import {loaded.id} is missing or damaged"):
            rebuilt(shop)
        shop.folders.kept.remove(batch)
        with pytest.raises(HeldUp, match=f"import {loaded.id} is missing or damaged"):
            rebuilt(shop)


def test_a_place_is_refused_that_is_not_this_shops(
    homes: Path, place: Place, url: str, postgres: Callable[[str], str]
) -> None:
    with server_at(homes / "one", place, url) as shop:
        shop.load_text(SALE)
    second = postgres(f"p{uuid4().hex[:12]}")
    with (
        pytest.raises(SetupError, match="another shop keeps its sales there"),
        server_at(homes / "second", place, second),
    ):
        pass


def test_files_are_copied_to_a_new_place_before_it_is_used(
    homes: Path, place: Place, tmp_path: Path
) -> None:
    """By the command, which goes on where it was cut short, and back again to a home."""
    home, url = homes / "one", f"sqlite:///{tmp_path / 'shop.db'}"
    with server_at(home, Place(""), url) as shop:
        fill(shop)
        erase_customer(shop.database, shop.folders, WHO, None)
        told = tables_of(shop)
        old = shop.folders.kept.root
        whole = content_below(old)
    refused_at(home, place, url, "files of the sales of this shop cannot be found there")
    with pytest.raises(KeyboardInterrupt), server_at(home, Place(""), url) as shop:
        copy_files(shop.database, shop.folders, Folders(home, place.journal), cut_short_at(2))
    refused_at(home, place, url, "not all copied there yet. Run again: tillsight journal copy")
    done = copied(home, url, "", place.journal)
    assert f"Copied: {len(whole) - 2} files; 2 were there already." in done
    assert content_below(old) == whole
    with server_at(home, Place(""), url) as shop:  # a server that still runs where they were
        shop.load_text(SALE)
        told = tables_of(shop)
        whole = content_below(old)
    refused_at(home, place, url, "files of the sales of this shop cannot be found there")
    assert "Copied: 1 files;" in copied(home, url, "", place.journal)
    with server_at(homes / "other", place, url) as shop:
        assert tables_of(shop) == told
        assert rebuilt(shop) == told
        assert verified(shop).problems == []
        with pytest.raises(SetupError, match="keeps its sales there already"):
            copy_files(shop.database, Folders(home), shop.folders, quiet)
    back = homes / "back"
    back.mkdir()
    assert f"Copied: {len(whole)} files; 0 were" in copied(home, url, place.journal, str(back))
    assert {name: one for name, one in content_below(back).items() if name != MARK} == whole
    with server_at(back, Place(""), url) as shop:
        assert rebuilt(shop) == told


def test_a_process_that_was_not_told_the_place_is_refused(
    homes: Path, place: Place, url: str, tmp_path: Path
) -> None:
    home = homes / "one"
    with server_at(home, Place(""), url):
        pass  # nothing was kept elsewhere yet
    with server_at(home, place, url) as shop:
        refused_at(home, Place(""), url, "TILLSIGHT_JOURNAL is not set")
        shop.load_text(SALE)
        file = tmp_path / "more.csv"
        file.write_text(SALE.replace("1,p1", "2,p1"))
        said = tillsight(home, "import", str(file), DATABASE_URL=url)
        assert said.returncode != 0
        assert "TILLSIGHT_JOURNAL is not set" in " ".join(said.stderr.split())
        assert "TILLSIGHT_JOURNAL is not set" in " ".join(checked(home, url).split())
        assert not (home / "sales").exists() or [*(home / "sales").iterdir()] == []
        backed_up(shop, tmp_path / "backups")
        for command in (["backup"], ["restore", "--files"]):
            said = tillsight(home, *command, str(tmp_path / "backups"), DATABASE_URL=url)
            assert said.returncode == 1
            assert "TILLSIGHT_JOURNAL is not set" in " ".join(said.stderr.split())
        said = tillsight(home, "verify", DATABASE_URL=url)
        assert "TILLSIGHT_JOURNAL is not set" in " ".join(said.stderr.split())
        assert not (home / "sales").exists() or [*(home / "sales").iterdir()] == []
        told = tables_of(shop)
    with restored(tmp_path / "backups", homes / "alone") as alone:
        require_place(alone.database, alone.folders)
        assert tables_of(alone) == told
    copied(home, url, place.journal, str(home))
    with server_at(home, Place(""), url) as shop:
        assert rebuilt(shop) == told
        assert shop.load_text(SALE.replace("1,p1", "2,p1")).added


def checked(home: Path, url: str) -> str:
    """What `tillsight check` says of a home with which no place is named."""
    return tillsight(home, "check", DATABASE_URL=url).stdout


def test_nothing_is_copied_of_what_is_not_whole(homes: Path, tmp_path: Path, url: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    with server_at(homes / "one", Place(""), url) as shop:
        number = shop.load_text(SALE).loaded.id
        [batch] = shop.folders.batches.iterdir()
        content = batch.read_bytes()
        for damage in (lambda: batch.write_bytes(content[::-1]), batch.unlink):
            batch.write_bytes(content)
            damage()
            with pytest.raises(SetupError, match=f"import {number} is missing or damaged"):
                copy_files(shop.database, shop.folders, Folders(homes, str(target)), quiet)
            assert [*target.rglob("*.parquet")] == []
        undo(shop.database, number, None)
        found = copy_files(shop.database, shop.folders, Folders(homes, str(target)), quiet)
        assert (found.copied, found.before, found.missing) == (0, 0, 1)


def refused_at(home: Path, place: Place, url: str, told: str) -> None:
    """No server starts with this place."""
    with pytest.raises(SetupError, match=told), server_at(home, place, url):
        pass


def copied(home: Path, url: str, journal: str, place: str) -> str:
    """What the command says that copies from one place to another."""
    done = tillsight(home, "journal", "copy", place, DATABASE_URL=url, JOURNAL=journal)
    assert done.returncode == 0, done.stderr
    return done.stdout


def content_below(root: Path) -> dict[str, bytes]:
    """The files of the sales in a folder, and the key, by their names."""
    files = [*root.glob("sales/*"), *root.glob("rejects/*"), *root.glob("erasures.key")]
    return {str(one.relative_to(root)): one.read_bytes() for one in files}


def cut_short_at(number: int) -> Callable[[str, int, int], None]:
    """Ends the process, as Ctrl+C does, before so many files and one more are copied."""

    def show(_step: str, done: int, _whole: int) -> None:
        if done == number:
            raise KeyboardInterrupt

    return show


@pytest.mark.parametrize(
    ("journal", "told"),
    [
        ("s3://nobody-made-this/x?endpoint_override={endpoint}&scheme=http", "no such bucket"),
        ("s3://x/y?endpoint_override=127.0.0.1:9&scheme=http", "nothing answers there"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_told_at_the_start(
    homes: Path, tmp_path: Path, bucket: Place, journal: str, told: str
) -> None:
    journal = journal.format(endpoint=f"127.0.0.1:{bucket.wire.port}")
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with (
        pytest.raises(SetupError, match=told),
        server_at(homes / "one", Place(journal), url),
    ):
        pass


def test_a_shared_folder_that_is_not_mounted_takes_nothing(
    homes: Path, tmp_path: Path, url: str
) -> None:
    mounted = tmp_path / "mounted"
    with (
        pytest.raises(SetupError, match="a folder that is not there"),
        server_at(homes / "one", Place(str(mounted)), url),
    ):
        pass
    mounted.mkdir()
    with server_at(homes / "one", Place(str(mounted)), url) as shop:
        shop.load_text(SALE)
        mounted.rename(tmp_path / "away")
        mounted.mkdir()  # what is seen of it while nothing is mounted there
        assert not shop.folders.kept.answers()
        with pytest.raises(JournalAway):
            shop.load_text(SALE.replace("1,p1", "2,p1"))
        assert [*mounted.rglob("*.parquet")] == []
        shutil.rmtree(mounted)
        (tmp_path / "away").rename(mounted)
        assert shop.load_text(SALE.replace("1,p1", "2,p1")).added
        assert (mounted / MARK).is_file()


def test_who_has_seen_newer_sales_is_not_answered_without_them_while_their_place_is_away(
    homes: Path, tmp_path: Path, url: str
) -> None:
    place = Place(str(tmp_path / "mounted"))
    (tmp_path / "mounted").mkdir()
    with (
        server_at(homes / "one", place, url) as one,
        server_at(homes / "other", place, url) as other,
    ):
        one.load_text(SALE)
        assert other.ask("units").rows == [{"units": 2}]
        newer = one.load_text(SALE.replace("1,p1", "2,p1")).version
        (tmp_path / "mounted").rename(tmp_path / "away")
        units = Question(("units",))
        assert answer(other.warehouse, units).totals == {"units": 2}
        seen = data_version.Exchange([data_version.Token(other.warehouse.journal, newer)])
        given = data_version.exchange.set(seen)
        try:
            with pytest.raises(JournalAway):
                answer(other.warehouse, units)
            (tmp_path / "away").rename(tmp_path / "mounted")
            assert answer(other.warehouse, units).totals == {"units": 4}
        finally:
            data_version.exchange.reset(given)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("AWS Error ACCESS_DENIED during PutObject operation: Access Denied.", "refuses the key"),
        ("AWS Error INVALID_ACCESS_KEY_ID during HeadBucket operation", "refuses the key"),
        ("AWS Error NO_SUCH_BUCKET during CreateMultipartUpload operation", "no such bucket"),
        ("AWS Error NETWORK_CONNECTION during HeadObject: curlCode: 7", "nothing answers"),
        ("AWS Error UNKNOWN (HTTP status 301) during HeadBucket operation", "another region"),
        ("AWS Error SLOW_DOWN during PutObject operation", "it failed"),
    ],
)
def test_what_a_bucket_says_is_told_in_words(said: str, means: str) -> None:
    assert means in reason(OSError(said))


@pytest.mark.parametrize(
    "journal",
    ["s3://key:secret@bucket/x", "gs://bucket/x", "s3:///x", "s3://bucket/x?endpoint=there"],
)
def test_a_place_that_cannot_be_is_refused(journal: str) -> None:
    with pytest.raises(SetupError, match="TILLSIGHT_JOURNAL") as refused:
        load_settings(journal=journal)
    assert "secret@" not in str(refused.value)


def left(shop: Shop, text: str) -> int:
    """An import that waits in the home of a shop's server, which was killed; its id."""
    upload = uploads.new_upload(shop.folders.incoming)
    upload.file.write_text(text)
    size, home = upload.file.stat().st_size, uploads.id_of(shop.settings.home)
    order = Order(upload.token, size, Choices(), Origin("terminal"), home=home)
    number = states.begin(shop.database, "a.csv", None, order, ImportState.waiting)
    upload.leave()
    return number


@contextmanager
def at_work(shop: Shop) -> Iterator[Running]:
    """A server of the shop that takes up what was left."""
    running = Running(shop.database, shop.folders, Locale("UTC", "EUR"), lambda _show: None)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def state_of(shop: Shop, number: int) -> ImportState:
    with shop.database.reading() as session:
        return session.get_one(Import, number).state


def test_a_server_leaves_the_uploads_of_another_home_alone(one: Shop, other: Shop) -> None:
    theirs = left(one, SALE)
    ours = left(other, SALE.replace("1,p1", "2,p1"))
    with at_work(other) as running:
        until(lambda: state_of(other, ours) is ImportState.done)
        assert state_of(other, theirs) is ImportState.waiting  # it was looked at before
        with at_work(one):
            until(lambda: state_of(one, theirs) is ImportState.done)
        assert other.ask("units").rows == [{"units": 4}]
        never = left(one, SALE.replace("1,p1", "3,p1"))  # its server does not come back
        running.cancel(never, patience=0)
        assert state_of(other, never) is ImportState.cancelled
    with at_work(one):
        last = left(one, SALE.replace("1,p1", "4,p1"))
        until(lambda: state_of(one, last) is ImportState.done)
    assert state_of(one, never) is ImportState.cancelled
