"""Servers that answer from built summaries: where those lie, what is said while they are old."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from api_shop import api_of
from backups import verified
from buckets import Place, server_at
from built_here import LaidOut, answering_from_built, built, built_anew
from computed_kpis import reported, restated, team_of
from serving import tillsight
from shop import HEADER, Shop, in_memory
from tillsight.accounts.audit import TERMINAL
from tillsight.errors import Conflict, SetupError, Unavailable
from tillsight.jobs import Lease
from tillsight.kpis.models import KpiComputation
from tillsight.metrics.product_changes import Editor, change_product
from tillsight.operating.customer_export import export_customer, write_folder
from tillsight.operating.retention import Policy, purge
from tillsight.sales.choices import Overlap
from tillsight.sales.erasing import Erasing, erase
from tillsight.sales.models import EntryKind, JournalEntry
from tillsight.sales.undo import undo
from tillsight.settings import load_settings, require_fit
from tillsight.warehouse.ailments import HeldUp
from tillsight.warehouse.building import Given, Tell, build
from tillsight.warehouse.built import SummariesDamaged
from tillsight.warehouse.built_sets import BuiltSet
from tillsight.warehouse.opening import warehouse_of

LOADED = f"{HEADER}1,p,Pen,2,2024-05-07,10,c1,\n"
BUCKET = "s3://bucket/prefix"


@pytest.fixture
def homes() -> Iterator[Path]:
    folder = in_memory()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_servers_with_homes_of_their_own_answer_from_the_set_beside_their_journal(
    homes: Path,
) -> None:
    url = f"sqlite:///{homes / 'tillsight.db'}"
    place = Place(str(homes / "journal"))
    (homes / "journal").mkdir()
    with (
        server_at(homes / "one", place, url) as shop,
        answering_from_built(shop.settings) as at_one,
        answering_from_built(
            shop.settings.model_copy(update={"home": homes / "other"})
        ) as at_other,
    ):
        shop.load_text(LOADED)
        made = built(shop)
        assert (homes / "journal" / "summaries" / made.set.name).is_dir()
        assert not [*homes.glob("o*/summaries")]
        for each in (at_one, at_other):
            assert each.ask("revenue").totals == {"revenue": 20.0}
        shop.load_text(LOADED.replace("1,p", "2,p"))
        assert at_other.ask("revenue").totals == {"revenue": 20.0}
        built(shop)
        for each in (at_one, at_other):
            assert each.ask("revenue").totals == {"revenue": 40.0}
            with each.warehouse.snapshot() as at:
                assert at.rows("SELECT split_part(order_key, ':', 2) FROM lines ORDER BY 1") == [
                    ("1",),
                    ("2",),
                ]


@pytest.mark.parametrize("came_since", [0, 1])
def test_a_set_of_what_a_database_that_was_put_back_does_not_have_is_not_gone_on_with(
    shop: Shop, open_shop, tmp_path: Path, came_since: int
) -> None:
    """Where it was put back by other means than ours, and has other entries by the same numbers."""
    file, saved = shop.settings.home / "tillsight.db", tmp_path / "saved.db"
    shop.load_text(LOADED)
    copied(file, saved)
    shop.load_text(LOADED.replace("1,p", "2,p"))
    built(shop)
    with answering_from_built(shop.settings) as other:
        assert other.ask("revenue").totals == {"revenue": 40.0}
        copied(saved, file)
        for number in range(3, 4 + came_since):
            shop.load_text(LOADED.replace("1,p,Pen,2", f"{number},q,Ink,10"))
        with pytest.raises(Unavailable, match="no summaries of these sales yet"):
            other.ask("revenue")
        again = open_shop(shop.settings)
        assert built(again).is_new
        assert other.ask("revenue").totals == {"revenue": 120.0 + 100 * came_since}


def copied(source: Path, target: Path) -> None:
    """Have a database file say what another one does, whoever has it open."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


class HeldUpMeanwhile(LaidOut):
    """A build whose right to build runs out while it is held up: another one comes and ends."""

    def __init__(self, shop: Shop, when: str) -> None:
        super().__init__(shop.warehouse)
        self._shop = shop
        self._when = when

    def build(self, given: Given, out: Path, tell: Tell) -> None:
        """As any other, but for what comes in between at the start, in the middle or at the end."""

        def told(table: str) -> None:
            tell(table)
            if self._when == "middle" and len([*out.iterdir()]) == 5:
                self._be_overtaken()
                (out / table).parent.mkdir(exist_ok=True)  # as Spark does

        if self._when == "start":
            self._be_overtaken()
        super().build(given, out, told)
        if self._when == "end":
            self._be_overtaken()

    def _be_overtaken(self) -> None:
        self._when = ""
        with self._shop.database.writing() as session:
            session.execute(delete(Lease))
        self._shop.load_text(LOADED.replace("1,p", "2,p"))
        assert built(self._shop).is_new


@pytest.mark.parametrize("when", ["start", "middle", "end"])
def test_a_build_that_another_has_overtaken_does_not_count(shop: Shop, when: str) -> None:
    shop.load_text(LOADED)
    with pytest.raises(Conflict, match="another one took its place"):
        build(shop.database, shop.folders, HeldUpMeanwhile(shop, when), lambda _step: None)
    with answering_from_built(shop.settings) as other:
        assert other.ask("revenue").totals == {"revenue": 40.0}
        assert other.ask("orders", by=("hour",)).totals == {"orders": 2}
        assert not built(shop).is_new


def test_verify_says_how_far_summaries_are_behind(shop: Shop) -> None:
    shop.load_text(LOADED)
    with answering_from_built(shop.settings) as other:
        assert "there are none yet" in told_by_verify(other)
        built(shop)
        assert told_by_verify(other) == ""
        for number in (2, 3):
            shop.load_text(LOADED.replace("1,p", f"{number},p"))
        said = told_by_verify(other)
        assert "2 entries of the journal came since they were built" in said
        assert "tillsight summaries build" in said
        built(shop)
        assert told_by_verify(other) == ""


def told_by_verify(shop: Shop) -> str:
    """What is said of the warehouse of a home that is whole."""
    report = verified(shop)
    assert report.problems == []
    return " ".join(one for one in report.notes if "compared" in one)


def test_a_product_that_is_changed_twice_before_a_build_waits_for_it(shop: Shop) -> None:
    shop.load_text(LOADED)
    built(shop)
    with answering_from_built(shop.settings) as other:
        editor = Editor(other.database, other.folders, other.warehouse, None, TERMINAL)
        assert change_product(editor, "p", {"price": Decimal(1)})
        batches = sorted(other.folders.batches.iterdir())
        with pytest.raises(Unavailable, match="tillsight summaries build"):
            change_product(editor, "p", {"category": "Gifts"})
        assert sorted(other.folders.batches.iterdir()) == batches
        built(shop)
        assert change_product(editor, "p", {"category": "Gifts"})
        built(shop)
        with other.warehouse.snapshot() as at:
            facts = at.rows("SELECT category, price FROM product_facts ORDER BY version DESC")
            assert facts[0] == ("Gifts", Decimal(1))


def test_summaries_are_built_only_beside_a_journal_in_a_folder(shop: Shop, tmp_path: Path) -> None:
    by_spark = load_settings(home=tmp_path, journal=BUCKET, summaries="spark")
    for refuse in (require_fit, lambda given: warehouse_of(given, shop.database)):
        with pytest.raises(SetupError, match="TILLSIGHT_JOURNAL names a bucket"):
            refuse(by_spark)
    require_fit(load_settings(home=tmp_path, journal=BUCKET))
    for command, given in (
        (("serve", "--port", "0"), {"SUMMARIES": "spark"}),
        (("summaries", "build", "--spark", "local[1]"), {}),
    ):
        home = tmp_path / command[0]
        home.mkdir()
        refused = tillsight(home, *command, JOURNAL=BUCKET, **given)
        assert refused.returncode == 1
        assert "TILLSIGHT_JOURNAL names a bucket" in " ".join(refused.stderr.split())
        assert [*home.iterdir()] == []


def cut(file: Path) -> None:
    """Leave half of a file."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite(file: Path) -> None:
    """Have a file say nonsense everywhere but at both ends, by which it is known as Parquet."""
    content = file.read_bytes()
    file.write_bytes(content[:4] + b"\xff" * (len(content) - 12) + content[-8:])


def file_of(shop: Shop, made: BuiltSet, table: str) -> Path:
    """The one file of a table of a set."""
    [name] = made.tables[table]
    return shop.folders.summaries / name


@pytest.mark.parametrize("damage", [Path.unlink, cut, overwrite])
def test_a_damaged_file_is_told_and_a_build_anew_heals_it(shop: Shop, damage) -> None:
    """Where it is read as it lies, by the question that needs it; where it is copied, by all that
    come after a start.
    """
    shop.load_text(LOADED)
    made = built(shop).set
    with answering_from_built(shop.settings) as open_before:
        assert open_before.ask("revenue").totals == {"revenue": 20.0}
        damage(file_of(shop, made, "order_parts"))
        with pytest.raises(SummariesDamaged, match="--anew"):
            open_before.ask("orders", by=("hour",))
        damage(file_of(shop, made, "daily_sales"))
        assert open_before.ask("revenue").totals == {"revenue": 20.0}
        with answering_from_built(shop.settings) as started_after:
            with pytest.raises(SummariesDamaged, match="--anew"):
                started_after.ask("revenue")
            assert started_after.warehouse.catch_up(wait=0) == 0
            with api_of(started_after) as api:
                path = "/api/metrics/query?measures=revenue"
                refused = api.client.get(path, headers=api.as_("viewer"))
            assert (refused.status_code, refused.json()["code"]) == (503, "summaries_damaged")
            assert refused.json()["detail"].endswith("--spark MASTER --anew")
            assert problems_told(started_after) == [
                f"The file “{name}” of the summaries is missing or damaged. Run:"
                " tillsight summaries build --spark MASTER --anew"
                for table in ("daily_sales", "order_parts")
                for name in made.tables[table]
            ]
            anew = built_anew(shop)
            assert (anew.is_new, anew.set.version) == (True, made.version)
            for each in (open_before, started_after):
                assert each.ask("orders", by=("hour",)).totals == {"orders": 1}
            assert problems_told(started_after) == []


def longer(file: Path) -> None:
    """Have something stand at the end of a file that is no part of it."""
    with file.open("ab") as more:
        more.write(b"more")


@pytest.mark.parametrize("damage", [cut, longer])
def test_a_file_that_is_not_as_long_as_it_was_is_told_at_a_start_and_heals(
    shop: Shop, damage
) -> None:
    """Whoever needs it: a build computes everything anew, without being asked."""
    shop.load_text(LOADED)
    damage(file_of(shop, built(shop).set, "order_parts"))
    with answering_from_built(shop.settings) as other:
        with pytest.raises(SummariesDamaged, match="--anew"):
            other.ask("revenue")
        assert built(shop).is_new
        assert other.ask("revenue").totals == {"revenue": 20.0}


def test_a_page_that_was_never_written_is_told_although_nothing_names_the_file(shop: Shop) -> None:
    """Where its description of itself is whole, the engine says neither what is wrong nor of
    which file.
    """
    shop.load_text(LOADED)
    file = file_of(shop, built(shop).set, "order_parts")
    with answering_from_built(shop.settings) as other:
        assert other.ask("revenue").totals == {"revenue": 20.0}
        content = file.read_bytes()
        file.write_bytes(content[:4] + b"\xff" * 40 + content[44:])
        for _ in range(2):
            with pytest.raises(SummariesDamaged, match="--anew"), other.warehouse.snapshot() as at:
                at.rows("SELECT max(COLUMNS(*)) FROM order_parts")


def test_a_folder_that_was_away_for_a_while_is_read_again(shop: Shop) -> None:
    """A shared folder that is not mounted looks empty."""
    shop.load_text(LOADED)
    built(shop)
    summaries = shop.folders.summaries
    away = summaries.with_name("away")
    with answering_from_built(shop.settings) as other:
        assert other.ask("orders", by=("hour",)).totals == {"orders": 1}
        for stands_there in (Path.mkdir, Path.touch):
            summaries.rename(away)
            stands_there(summaries)
            assert other.ask("revenue").totals == {"revenue": 20.0}
            with pytest.raises(SummariesDamaged):
                other.ask("new_customers", by=("country",))
            summaries.rmdir() if summaries.is_dir() else summaries.unlink()
            away.rename(summaries)
            assert other.ask("orders", by=("hour",)).totals == {"orders": 1}
        with answering_from_built(shop.settings) as started_after:
            assert started_after.ask("revenue").totals == {"revenue": 20.0}


def test_what_ails_its_own_file_is_over_with_the_next_question(shop: Shop) -> None:
    shop.load_text(LOADED)
    built(shop)
    with answering_from_built(shop.settings) as other:
        assert other.ask("revenue").totals == {"revenue": 20.0}
        with (
            pytest.raises(Unavailable, match="copy of the sales"),
            other.warehouse.snapshot() as at,
        ):
            at.rows("SELECT error('Could not read from file')")
        assert other.ask("revenue").totals == {"revenue": 20.0}
        assert len([*(other.settings.home / "warehouse").glob("*/built-*.duckdb")]) == 1


def test_a_damaged_file_of_the_sales_is_told_by_its_import(shop: Shop) -> None:
    """Where single lines are asked for, and at a start: then by every question."""
    shop.load_text(LOADED)
    built(shop)
    [batch] = shop.folders.batches.iterdir()
    batch.chmod(0o600)
    told = "import 1 is missing or damaged"
    with answering_from_built(shop.settings) as open_before:
        assert open_before.ask("revenue").totals == {"revenue": 20.0}
        cut(batch)
        assert open_before.ask("revenue").totals == {"revenue": 20.0}
        with pytest.raises(HeldUp, match=told), open_before.warehouse.snapshot() as at:
            at.rows("SELECT sum(amount) FROM lines")
        with (
            answering_from_built(shop.settings) as started_after,
            pytest.raises(HeldUp, match=told),
        ):
            started_after.ask("revenue")


def test_computed_kpis_follow_what_is_built_once_and_then_wait(shop: Shop) -> None:
    shop.load_text(LOADED)
    built(shop)
    with answering_from_built(shop.settings) as other:
        team = team_of(other)
        kpi_id = team.kpi()
        team.follow()
        assert reported(other, kpi_id) == {"2024-05": 20}
        shop.load_text(LOADED.replace("1,p", "2,p"))
        team.follow()
        before = followed(other, kpi_id)
        assert before[0] == 1
        team.follow()
        assert followed(other, kpi_id) == before, "nothing is computed that was already"
        team.follow("2024-06-16")
        assert followed(other, kpi_id)[0] == 1
        assert followed(other, kpi_id) != before, "another day may begin a period"
        with pytest.raises(Unavailable, match="changed since"), other.warehouse.snapshot(2):
            pass
        built(shop)
        team.follow("2024-06-16")
        assert reported(other, kpi_id) == {"2024-05": 20}
        assert restated(other, kpi_id) == {"2024-05": 40}
        assert followed(other, kpi_id)[0] == 2


def test_a_customer_is_told_what_is_held_before_anything_is_built(
    shop: Shop, tmp_path: Path
) -> None:
    shop.load_text(LOADED)
    with answering_from_built(shop.settings) as other:
        where = (other.database, other.warehouse, other.folders)
        held = export_customer(*where, "c1", date(2024, 6, 1))
        assert (held["profile"], held["lifetime"]) == (None, None)
        assert "left out" in held["left_out"]
        assert [one["amount"] for one in held["lines"]] == [Decimal(20)]
        write_folder(held, tmp_path / "held")
        assert held["left_out"] in (tmp_path / "held" / "customer.csv").read_text()
        built(shop)
        held = export_customer(*where, "c1", date(2024, 6, 1))
        assert (held["profile"]["revenue"], held["left_out"]) == (20.0, None)


def followed(shop: Shop, kpi_id: int) -> tuple[int, datetime]:
    """Up to which entry of the journal a KPI followed, and when that was noted."""
    with shop.database.reading() as session:
        found = session.get_one(KpiComputation, kpi_id)
        return found.version, found.at


REPLACED = """t_dat,customer_id,article_id,price,sales_channel_id
2024-05-07,c1,p,10,1
2024-05-08,c2,p,5,1
"""
REPLACING = """t_dat,customer_id,article_id,price,sales_channel_id
2024-05-07,c1,p,12,1
2024-05-09,c2,q,3,1
"""


def erased(shop: Shop) -> None:
    """Erase a customer: the files of the sales are others then, and replaced orders with them."""
    erase(shop.database, shop.folders, Erasing({"c1": None}, lambda *_: None))


def undone_and_purged(shop: Shop) -> None:
    """Undo an import, and remove its file some days later."""
    undo(shop.database, 2, None)
    with shop.database.writing() as session:
        long_ago = datetime.now(UTC) - timedelta(days=9)
        is_undo = JournalEntry.kind == EntryKind.undo
        session.execute(update(JournalEntry).where(is_undo).values(at=long_ago))
    assert purge(shop.database, shop.folders, Policy(1, 0)).imports == 1


@pytest.mark.parametrize("change", [erased, undone_and_purged])
def test_lines_are_refused_where_they_would_not_add_up_to_the_totals(shop: Shop, change) -> None:
    """As the files of which the summaries were made are not there any more."""
    shop.load_text(REPLACED)
    shop.load_text(REPLACING, overlap=Overlap.supersede)
    built(shop)
    with answering_from_built(shop.settings) as open_before:
        assert lines_and_totals(open_before) == (Decimal(20), Decimal(20))
        change(shop)
        with answering_from_built(shop.settings) as started_after:
            for each in (open_before, started_after):
                assert each.ask("revenue").totals == {"revenue": 20.0}
                with pytest.raises(Unavailable, match="single lines cannot be shown"):
                    lines_and_totals(each)
        built(shop)
        lines, totals = lines_and_totals(open_before)
        assert lines == totals


def lines_and_totals(shop: Shop) -> tuple[Decimal, Decimal]:
    """The revenue of all lines, and that of the days."""
    with shop.warehouse.snapshot() as at:
        [(lines,)] = at.rows("SELECT sum(amount) FROM lines WHERE kind = 'sale'")
        [(totals,)] = at.rows("SELECT sum(revenue) FROM daily_sales")
    return lines, totals


def test_what_is_not_whole_is_built_again_without_being_asked(shop: Shop) -> None:
    """A file that is gone is seen by the next build, and so is a damaged list of the files."""
    shop.load_text(LOADED)
    made = built(shop).set
    assert not built(shop).is_new
    assert built_anew(shop).is_new
    file_of(shop, built(shop).set, "customers").unlink()
    assert built(shop).is_new
    assert not built(shop).is_new
    (shop.folders.summaries / "current.json").write_text("{")
    with answering_from_built(shop.settings) as other:
        with pytest.raises(Unavailable, match="tillsight summaries build"):
            other.ask("revenue")
        assert built(shop).set.version == made.version
        assert other.ask("revenue").totals == {"revenue": 20.0}


def problems_told(shop: Shop) -> list[str]:
    """What `tillsight verify` says is wrong with a shop that answers from summaries."""
    return verified(shop).problems
