"""What Spark builds is what the warehouse lays out, and answers are the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update

from bench_cluster import cluster
from clusters import SMALL, see_to_java, spark
from meaning import TABLES, answers_of, labelled_text_of, text_of
from purchases import enter, purchase
from random_lines import Line, lines, people
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import Conflict, Unavailable
from tillsight.jobs import lease
from tillsight.metrics import drill
from tillsight.metrics.periods import Period
from tillsight.operating.health import looker
from tillsight.sales.choices import Overlap
from tillsight.sales.erasing import Erasing, erase
from tillsight.sales.models import JournalHead
from tillsight.sales.purchases import undo_purchase
from tillsight.sales.undo import redo, undo
from tillsight.warehouse.building import LEASE, LEASE_SPAN, Built, build
from tillsight.warehouse.built import BuiltWarehouse
from tillsight.warehouse.built_sets import BuiltSet
from tillsight.warehouse.spark import Spark

__all__ = ["spark"]

pytestmark = pytest.mark.long

EARLIER = [
    Line(order, "p1", 2, datetime(2024, month, 9, 9), Decimal(10), customer, "EIRE")
    for order, month, customer in (("A", 1, "c1"), ("B", 2, "c2"), ("F", 4, "c9"), ("G", 5, ""))
]
LOADED = f"{HEADER}1,p,Pen,2,2024-05-07,10,c1,\n"
PRODUCTS = "product_id,product_name,category,price\np1,Fountain pen,Pens,12.50\n"
# Labels are not kept, hashes are only DuckDB's. Of parts of a day either may be the first.
PARTS = """
    SELECT COLUMNS(lambda one: one NOT IN (
               'order_hash', 'split_order', 'last_seen', 'last_seen_here'
           )), split_order IS NULL
    FROM order_parts
"""
COMPARED = {
    **{name: select for name, select in TABLES.items() if name != "product_labels"},
    "order_parts": PARTS,
    "seen": "SELECT customer_id, day, last_seen FROM order_parts",
    "seen_here": "SELECT customer_id, country, day, last_seen_here FROM order_parts",
    "customer_facts": "SELECT * FROM customer_facts",
    "product_facts": "SELECT * FROM product_facts",
}


def built(shop: Shop, spark: Spark) -> Built:
    """Have Spark build the summaries of a shop."""
    return build(shop.database, shop.folders, spark, lambda _step: None)


@contextmanager
def asked_of_spark(shop: Shop) -> Iterator[Shop]:
    """The same shop, answering from what Spark built."""
    warehouse = BuiltWarehouse(shop.settings.home, shop.database)
    try:
        yield Shop(shop.settings, shop.database, warehouse)
    finally:
        warehouse.close()


def tables_of(shop: Shop) -> dict[str, list]:
    shop.warehouse.catch_up(wait=60)
    with shop.warehouse.snapshot() as at:
        return {name: sorted(at.rows(select), key=str) for name, select in COMPARED.items()}


@given(
    parts=st.lists(st.one_of(lines, people), min_size=3, max_size=4, unique_by=str),
    chance=st.randoms(use_true_random=False),
)
@hypothesis_settings(max_examples=2)
def test_both_give_the_same(spark: Spark, parts: list, chance) -> None:
    """Files of every kind, orders that were replaced, imports that are undone and come back,
    purchases that come and go: built in steps, and from nothing.
    """
    with temporary_shop() as shop, asked_of_spark(shop) as other:
        shop.load_text(labelled_text_of(EARLIER))
        built(shop, spark)
        counting, undone = [], []
        for part in parts:
            text = text_of(part) if hasattr(part[0], "gender") else labelled_text_of(part)
            overlap = chance.choice([Overlap.add, Overlap.supersede])
            counting.append(shop.load_text(text, overlap=overlap).loaded.id)
            [entered] = enter(shop, purchase(customer="c1"))
            if chance.random() > 0.6:
                undo_purchase(shop.database, entered.purchase_id, None)
            if undone and chance.random() > 0.4:
                redo(shop.database, undone[0], None)
                counting.append(undone.pop(0))
            elif chance.random() > 0.4:
                undone.append(counting.pop(chance.randrange(len(counting))))
                undo(shop.database, undone[-1], None)
            if chance.random() > 0.6:
                built(shop, spark)
                assert tables_of(other) == tables_of(shop)
        shop.load_text(PRODUCTS)
        built(shop, spark)
        wanted = tables_of(shop), answers_of(shop)
        assert (tables_of(other), answers_of(other)) == wanted
        assert other.warehouse.version == shop.warehouse.version
        shutil.rmtree(shop.folders.summaries)
        built(shop, spark)
        assert (tables_of(other), answers_of(other)) == wanted


def test_what_news_do_not_touch_stays_where_it_lies(shop: Shop, spark: Spark) -> None:
    """A new order writes its month and its customer again, one that comes late also the months in
    which somebody now bought before. The other files are the earlier ones.
    """
    shop.load_text(labelled_text_of(EARLIER))
    first = built(shop, spark).set
    content = content_of(shop, first)

    shop.load_text(f"{HEADER}Z,p1,Pen,1,2024-05-20,10,c9,\n")
    second = built(shop, spark).set
    assert written_in(second, "order_parts") == {"month=2024-05-01"}
    assert written_in(second, "product_months") == {"month=2024-05-01"}
    assert written_in(second, "daily_sales") == {"month=2024-05-01"}
    assert len(written_in(second, "customers")) == 1
    assert len(first.tables["customers"]) == 3
    assert sum(not one.startswith(second.name) for one in second.tables["order_parts"]) == 3

    shop.load_text(f"{HEADER}Y,p1,Pen,1,2024-01-02,10,c9,\n")
    third = built(shop, spark).set
    months = {"month=2024-01-01", "month=2024-04-01", "month=2024-05-01"}
    assert written_in(third, "order_parts") == months
    assert written_in(third, "daily_sales") == {"month=2024-01-01"}
    with asked_of_spark(shop) as other:
        assert tables_of(other) == tables_of(shop)
    now = content_of(shop, third)
    stayed = first.files.keys() & third.files.keys()
    assert {one: now[one] for one in stayed} == {one: content[one] for one in stayed}
    folder = shop.folders.summaries
    assert {str(one.relative_to(folder)) for one in folder.rglob("*.parquet")} == (
        second.files.keys() | third.files.keys()
    )


def test_sales_are_shown_with_the_next_build(shop: Shop, spark: Spark) -> None:
    """A build without news does nothing, one that is killed leaves nothing that counts, and what an
    erasure let go of does not stay in the set before. Of a restored journal nothing is built.
    """
    shop.load_text(LOADED)
    with asked_of_spark(shop) as other:
        with pytest.raises(Unavailable, match="tillsight summaries build"):
            other.ask("revenue")
        assert other.warehouse.is_preparing
        assert built(shop, spark).is_new
        assert other.ask("revenue").totals == {"revenue": 20.0}
        assert not built(shop, spark).is_new

        shop.load_text(LOADED.replace("1,p", "2,p"))
        late = other.ask("revenue")
        assert (late.totals, late.data_version) == ({"revenue": 20.0}, 1)
        assert looker(shop.database, other.warehouse, shop.folders)().journal == "behind"
        with pytest.raises(KeyboardInterrupt):
            build(shop.database, shop.folders, spark, crash_at("products"))
        assert other.ask("revenue").data_version == 1
        assert len(sets_of(shop)) == 2
        built(shop, spark)
        assert other.ask("revenue").totals == {"revenue": 40.0}
        assert lines_of(other).lines[0].order_id == "2"
        assert len(sets_of(shop)) == 2

        erase(shop.database, shop.folders, Erasing({"c1": None}, lambda *_: None))
        with pytest.raises(Unavailable, match="summaries were built"):
            lines_of(other)
        built(shop, spark)
        assert {one.customer_id for one in lines_of(other).lines} != {"c1"}
        assert len(sets_of(shop)) == 1

        with shop.database.writing() as session:
            session.execute(update(JournalHead).values(journal="restored"))
        with pytest.raises(Unavailable, match="no summaries of these sales"):
            other.ask("revenue")


def test_one_build_at_a_time(shop: Shop, spark: Spark) -> None:
    assert lease(shop.database, LEASE, LEASE_SPAN, "another process")
    with pytest.raises(Conflict, match="being built already"):
        built(shop, spark)
    assert sets_of(shop) == []


def test_the_real_data_set_is_answered_alike(retailer: Shop, spark: Spark) -> None:
    built(retailer, spark)
    wanted = answers_of(retailer)
    with asked_of_spark(retailer) as other:
        assert answers_of(other) == wanted


def test_a_cluster_builds_by_command(shop: Shop, tmp_path: Path) -> None:
    """A real master and two workers; what they build is what the warehouse lays out, also where
    there is nothing new and all that was built is damaged.
    """
    see_to_java()
    for number in range(3):
        shop.load_text(LOADED.replace("1,p", f"{number},p{number}"))
    wanted = tables_of(shop), answers_of(shop)
    with cluster(tmp_path) as found:
        small = [f"{name}={value}" for name, value in SMALL.items()]
        small.append("spark.executor.memory=512m")
        command = ["summaries", "build", "--spark", found.url]
        command += [part for one in small for part in ("--conf", one)]
        done = run_command(command, shop)
        assert (done.returncode, done.stdout) == (0, "Built: 3 lines, data version 3.\n"), done
        assert len(found.told()["completedapps"]) == 1
    for one in shop.folders.summaries.rglob("*.parquet"):
        one.write_bytes(b"damaged")
    here = ["local[1]" if part == found.url else part for part in command]
    done = run_command([*here, "--anew"], shop)
    assert (done.returncode, done.stdout) == (0, "Built: 3 lines, data version 3.\n"), done
    with asked_of_spark(shop) as other:
        assert (tables_of(other), answers_of(other)) == wanted


def test_a_master_that_is_not_there_is_told(shop: Shop) -> None:
    see_to_java()
    done = run_command(["summaries", "build", "--spark", "nonsense"], shop)
    assert done.returncode == 1
    assert "Spark could not build the summaries" in done.stderr
    assert "Traceback" not in done.stderr
    wrong = run_command(["summaries", "build", "--spark", "local[1]", "--conf", "nonsense"], shop)
    assert "write NAME=VALUE" in wrong.stderr


def run_command(arguments: list[str], shop: Shop) -> subprocess.CompletedProcess:
    environment = {**os.environ, "TILLSIGHT_HOME": str(shop.settings.home)}
    return subprocess.run(
        [sys.executable, "-m", "tillsight", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def content_of(shop: Shop, found: BuiltSet) -> dict[str, bytes]:
    """Every file of a set."""
    return {one: (shop.folders.summaries / one).read_bytes() for one in found.files}


def written_in(found: BuiltSet, table: str) -> set[str]:
    """The divisions of a table that a set wrote itself."""
    return {Path(one).parent.name for one in found.tables[table] if one.startswith(found.name)}


def crash_at(table: str):
    def tell(step: str) -> None:
        if step == table:
            raise KeyboardInterrupt

    return tell


def sets_of(shop: Shop) -> list[Path]:
    return [one for one in shop.folders.summaries.glob("*") if one.is_dir()]


def lines_of(shop: Shop):
    return drill.lines(shop.warehouse, drill.Drill(Period(), {}, "", 10))
