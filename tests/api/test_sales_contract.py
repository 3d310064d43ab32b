"""The answers of the `sales-analytics` contract, to the field."""

import pytest

from api_shop import Api


def test_key_figures(sold: Api) -> None:
    assert sold.get("/api/analytics/kpis") == {
        "kpis": {
            "revenue": 50.0,
            "orders": 3,
            "customers": 2,
            "avg_order": 16.67,
            "transactions": 4,
            "products": 2,
            "countries": 2,
        },
        "requested_by": "viewer@example.com",
    }


def test_days_with_sales_only(sold: Api) -> None:
    assert sold.get("/api/revenue/daily-trend") == {
        "daily_revenue": [
            {"date": "2024-01-05", "revenue": 25.0},
            {"date": "2024-02-06", "revenue": 10.0},
            {"date": "2024-02-07", "revenue": 15.0},
        ],
        "count": 3,
        "requested_by": "viewer@example.com",
    }


def test_months_under_both_addresses(sold: Api) -> None:
    months = [
        {"month": "2024-01", "revenue": 25.0, "orders": 1},
        {"month": "2024-02", "revenue": 25.0, "orders": 2},
    ]
    who = {"requested_by": "viewer@example.com"}
    assert sold.get("/api/revenue/monthly") == {"monthly_revenue": months, "count": 2, **who}
    assert sold.get("/api/analytics/revenue/monthly") == {"monthly_revenue": months, **who}


def test_top_customers_are_known_ones(sold: Api) -> None:
    assert sold.get("/api/customers/top")["top_customers"] == [
        {
            "customer_id": "c1",
            "customer_name": None,
            "total_spent": 25.0,
            "orders": 1,
            "avg_transaction": 25.0,
        },
        {
            "customer_id": "c2",
            "customer_name": None,
            "total_spent": 10.0,
            "orders": 1,
            "avg_transaction": 10.0,
        },
    ]


def test_top_products(sold: Api) -> None:
    found = sold.get("/api/products/top", limit=1)
    assert found["top_products"] == [
        {"product": "Pen", "product_id": "p1", "revenue": 30.0, "units_sold": 3.0, "orders": 2}
    ]
    assert found["count"] == 1


def test_countries_with_unknown(sold: Api) -> None:
    assert sold.get("/api/geographic/revenue-by-country")["revenue_by_country"] == [
        {"country": "France", "revenue": 25.0},
        {"country": "Unknown", "revenue": 15.0},
        {"country": "EIRE", "revenue": 10.0},
    ]


def test_period_and_country_really_filter(sold: Api) -> None:
    figures = sold.get("/api/analytics/kpis", **{"from": "2024-02-01", "to": "2024-02-07"})["kpis"]
    assert (figures["revenue"], figures["orders"]) == (10.0, 1)
    assert sold.get("/api/analytics/kpis", country=["EIRE", ""])["kpis"]["revenue"] == 25.0
    months = sold.get("/api/revenue/monthly", country="France")["monthly_revenue"]
    assert [month["revenue"] for month in months] == [25.0, 0.0]
    assert sold.get("/api/customers/top", country="EIRE")["count"] == 1


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/revenue/daily-trend", "daily_revenue"),
        ("/api/revenue/monthly", "monthly_revenue"),
        ("/api/customers/top", "top_customers"),
        ("/api/products/top", "top_products"),
        ("/api/geographic/revenue-by-country", "revenue_by_country"),
    ],
)
def test_an_empty_store_answers_empty_lists(api: Api, path: str, key: str) -> None:
    assert api.get(path) == {key: [], "count": 0, "requested_by": "viewer@example.com"}


def test_an_empty_store_answers_zeros(api: Api) -> None:
    figures = api.get("/api/analytics/kpis")["kpis"]
    assert set(figures.values()) == {0}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "from=2024-02-30",
        "from=yesterday",
        "from=2024-02-01&to=2024-01-01",
    ],
)
def test_malformed_questions_are_422(sold: Api, query: str) -> None:
    answer = sold.client.get(f"/api/customers/top?{query}", headers=sold.as_("viewer"))
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_query_names_its_columns_and_windows(sold: Api) -> None:
    found = sold.get(
        "/api/metrics/query",
        measures="revenue,orders",
        by="country",
        compare="previous_period",
        order="-revenue",
        limit=1,
        **{"from": "2024-02-01", "to": "2024-03-01"},
    )
    assert found["rows"] == [{"country": None, "revenue": 15.0, "orders": 1}]
    assert found["totals"] == {"revenue": 25.0, "orders": 2}
    assert found["columns"][1] == {"name": "revenue", "label": "Revenue", "unit": "money"}
    assert found["comparison"]["this"] == {"start": "2024-02-01", "end": "2024-02-09"}
    assert found["comparison"]["before"] == {"start": "2024-01-24", "end": "2024-02-01"}
    assert found["data_version"] == 1
    assert (found["first_day"], found["last_day"]) == ("2024-01-05", "2024-02-08")


def test_the_catalogue_and_its_unknown_names(sold: Api) -> None:
    names = [one["name"] for one in sold.get("/api/metrics")["measures"]]
    assert {"revenue", "orders", "return_rate"} <= set(names)
    answer = sold.client.get("/api/metrics/query?measures=revenu", headers=sold.as_("viewer"))
    assert answer.status_code == 422
    assert "Did you mean “revenue”?" in answer.json()["detail"]
    answer = sold.client.get(
        "/api/metrics/query?measures=revenue&contry=France", headers=sold.as_("viewer")
    )
    assert "Did you mean “country”?" in answer.json()["detail"]
