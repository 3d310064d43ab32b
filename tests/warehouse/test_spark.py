"""What Spark builds is what the warehouse lays out, and answers are the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
from random_lines import lines, people
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import Conflict, Unavailable
from tillsight.jobs import lease
from tillsight.metrics import drill
from tillsight.metrics.periods import Period
from tillsight.operating.health import looker
from tillsight.sales.choices import Overlap
from tillsight.sales.erasing import Erasing, erase
from tillsight.sales.models import JournalHead
from tillsight.sales.undo import undo
from tillsight.warehouse.building import LEASE, LEASE_SPAN, Built, build
from tillsight.warehouse.built import BuiltWarehouse
from tillsight.warehouse.spark import Spark

__all__ = ["spark"]

pytestmark = pytest.mark.long

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
    parts=st.lists(st.one_of(lines, people), min_size=3, max_size=5, unique_by=str),
    chance=st.randoms(use_true_random=False),
)
@hypothesis_settings(max_examples=2)
def test_both_give_the_same(spark: Spark, parts: list, chance) -> None:
    """Files of every kind, orders that were replaced, an import that was undone, purchases."""
    with temporary_shop() as shop:
        numbers = []
        for part in parts:
            text = text_of(part) if hasattr(part[0], "gender") else labelled_text_of(part)
            overlap = chance.choice([Overlap.add, Overlap.supersede])
            numbers.append(shop.load_text(text, overlap=overlap).loaded.id)
            enter(shop, purchase(customer="c1"))
        shop.load_text(PRODUCTS)
        undo(shop.database, chance.choice(numbers), None)
        built(shop, spark)
        wanted = tables_of(shop), answers_of(shop)
        with asked_of_spark(shop) as other:
            assert (tables_of(other), answers_of(other)) == wanted
            assert other.warehouse.version == shop.warehouse.version


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
    """A real master and two workers; what they build is what the warehouse lays out."""
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


def crash_at(table: str):
    def tell(step: str) -> None:
        if step == table:
            raise KeyboardInterrupt

    return tell


def sets_of(shop: Shop) -> list[Path]:
    return [one for one in shop.folders.summaries.glob("*") if one.is_dir()]


def lines_of(shop: Shop):
    return drill.lines(shop.warehouse, drill.Drill(Period(), {}, "", 10))
