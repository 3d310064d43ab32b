"""The real data set over HTTP: every figure of the golden file that the endpoints cover."""

import json
from pathlib import Path
from typing import Any

import pytest

from api_shop import Api


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "data" / "online_retail.golden.json").read_text("utf-8"))


def test_key_figures(real: Api, golden: dict) -> None:
    figures = real.get("/api/analytics/kpis")["kpis"]
    assert figures == {
        "revenue": golden["revenue"],
        "orders": golden["orders"],
        "customers": golden["customers"],
        "avg_order": golden["average_order_value"],
        "transactions": golden["sale_lines"],
        "products": golden["products"],
        "countries": golden["countries"],
    }


def test_days_and_months(real: Api, golden: dict) -> None:
    days = real.get("/api/revenue/daily-trend")
    assert days["count"] == golden["days"]
    first = {day["date"]: day["revenue"] for day in days["daily_revenue"][:5]}
    assert first == golden["first_days"]
    months = real.get("/api/revenue/monthly")["monthly_revenue"]
    wanted = [{name: row[name] for name in months[0]} for row in golden["monthly"]]
    assert months == wanted


def test_tops(real: Api, golden: dict) -> None:
    customers = real.get("/api/customers/top")["top_customers"]
    names = ("customer_id", "total_spent", "orders")
    assert [{name: row[name] for name in names} for row in customers] == golden["top_customers"]
    products = real.get("/api/products/top")["top_products"]
    named = [
        {
            "product_id": row["product_id"],
            "revenue": row["revenue"],
            "units": row["units_sold"],
            "orders": row["orders"],
        }
        for row in products
    ]
    assert named == golden["products_top"]
    countries = real.get("/api/geographic/revenue-by-country")["revenue_by_country"]
    assert countries == [
        {"country": row["country"], "revenue": row["revenue"]}
        for row in golden["countries_top"][:10]
    ]


def test_a_country_and_a_period_filter(real: Api, golden: dict) -> None:
    summer = {"country": "Germany", "from": "2011-05-01", "to": "2011-08-01"}
    figures = real.get("/api/analytics/kpis", **summer)["kpis"]
    wanted = golden["germany_2011_05_07"]
    assert {name: figures[name] for name in ("revenue", "orders", "customers")} == {
        name: wanted[name] for name in ("revenue", "orders", "customers")
    }
