"""The real data set: every figure that pandas computed from it, independently of Tillsight."""

import csv
import gzip
import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shop import Shop
from tillsight.metrics.cohorts import cohorts
from tillsight.metrics.periods import Period
from tillsight.metrics.value_segments import value_segments

COUNTS = ("orders", "customers", "products", "countries", "units")
TOTALS = ("revenue", "returns", "net_revenue", *COUNTS, "average_order_value")


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict:
    return json.loads((shared / "data" / "online_retail.golden.json").read_text("utf-8"))


def test_totals(retailer: Shop, golden: dict) -> None:
    totals = retailer.ask(*TOTALS, "lines").totals
    assert totals == {name: golden[name] for name in TOTALS} | {"lines": golden["sale_lines"]}


def test_months(retailer: Shop, golden: dict) -> None:
    found = retailer.ask("revenue", "orders", "customers", by=["month"]).rows
    wanted = [{key: row[key] for key in found[0]} for row in golden["monthly"]]
    assert found == wanted


def test_days(retailer: Shop, golden: dict) -> None:
    found = retailer.ask("revenue", "lines", by=["day"]).rows
    sold = {row["day"]: row["revenue"] for row in found if row["lines"]}
    assert len(sold) == golden["days"]
    assert dict(list(sold.items())[:5]) == golden["first_days"]


def test_hours(retailer: Shop, golden: dict) -> None:
    found = retailer.ask("revenue", by=["hour"]).rows
    assert {str(row["hour"]): row["revenue"] for row in found} == golden["by_hour"]


def test_weekdays(retailer: Shop, golden: dict) -> None:
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    found = retailer.ask("revenue", "orders", by=["weekday"]).rows
    weekdays = {names[row["weekday"] - 1]: [row["revenue"], row["orders"]] for row in found}
    assert weekdays == golden["by_weekday"]


@pytest.mark.parametrize(
    ("dimension", "key", "measures"),
    [
        ("country", "countries_top", ("revenue", "orders", "units", "customers")),
        ("product", "products_top", ("revenue", "units", "orders")),
        ("customer", "top_customers", ("revenue", "orders")),
    ],
)
def test_tops(retailer: Shop, golden: dict, dimension: str, key: str, measures: tuple) -> None:
    wanted = [list(row.values()) for row in golden[key]]
    found = retailer.ask(*measures, by=[dimension], order="-revenue", limit=len(wanted) + 1).rows
    known = [row for row in found if row[dimension] is not None][: len(wanted)]
    assert [[row[dimension], *(row[name] for name in measures)] for row in known] == wanted


def test_germany_in_summer(retailer: Shop, golden: dict) -> None:
    found = retailer.ask(
        "revenue",
        "orders",
        "customers",
        "units",
        filters={"country": ["Germany"]},
        period=Period(date(2011, 5, 1), date(2011, 8, 1)),
    )
    assert found.totals == golden["germany_2011_05_07"]


def test_value_segments(retailer: Shop, golden: dict) -> None:
    found = value_segments(retailer.warehouse, Period(), {})
    names = [one.segment.name.split()[0].lower() for one in found]
    assert dict(zip(names, (one.customers for one in found), strict=True)) == golden["segments"]


def test_the_first_cohort(retailer: Shop, golden: dict) -> None:
    """The data end on 9 December 2011, so only the last month is not over."""
    rows = [one for one in cohorts(retailer.warehouse).rows if one.cohort == "2010-12"]
    assert {str(one.month): one.customers for one in rows} == golden["cohort_2010_12"]
    assert [one.complete for one in rows] == [True] * 12 + [False]
    assert (rows[0].retention, rows[1].retention) == (1.0, 0.366102)  # 324 / 885


@pytest.mark.parametrize("by", [["country"], ["hour"], ["day"], ["country", "hour"]])
def test_an_invoice_over_two_hours_and_a_customer_with_two_countries(
    retailer: Shop, shared: Path, by: list[str]
) -> None:
    """Orders and customers count in every group they touch: no group may lose one to another."""
    orders, customers = defaultdict(set), defaultdict(set)
    revenue: dict[tuple, Decimal] = defaultdict(Decimal)
    with gzip.open(shared / "data" / "online_retail.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
            if quantity <= 0 or price <= 0:
                continue
            day, time = row["InvoiceDate"].split(" ")
            values = {"country": row["Country"], "hour": int(time[:2]), "day": day}
            group = tuple(values[name] for name in by)
            orders[group].add(row["InvoiceNo"])
            revenue[group] += quantity * price
            if row["CustomerID"]:
                customers[group].add(row["CustomerID"])
    found = retailer.ask("revenue", "orders", "customers", "lines", by=by).rows
    assert {
        tuple(row[name] for name in by): (row["revenue"], row["orders"], row["customers"])
        for row in found
        if row["lines"]
    } == {
        group: (float(round(revenue[group], 2)), len(orders[group]), len(customers[group]))
        for group in orders
    }
    assert sum(map(len, orders.values())) >= retailer.ask("orders").totals["orders"]
