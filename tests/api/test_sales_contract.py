"""The answers of the `sales-analytics` contract, to the field."""

import pytest

from api_shop import Api
from shop import HEADER


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


SPENT = HEADER + (
    "1,p,,1,2024-01-05,5000,edge,France\n"
    "2,p,,1,2024-01-05,5000.01,vip,France\n"
    "3,p,,2,2024-01-05,0.05,low,EIRE\n"
    "4,p,,1,2024-02-05,499.90,low,EIRE\n"
    "5,p,,1,2024-02-05,500.01,medium,EIRE\n"
    "6,p,,-1,2024-02-05,9000,brought back,EIRE\n"
    "7,p,,1,2024-02-05,9000,,EIRE\n"
)


def test_value_segments_are_cut_strictly_above_their_amounts(api: Api) -> None:
    """Who spent 5000 is no VIP, who spent 500 is low; no sale or no id is in no segment."""
    assert api.upload(SPENT).status_code == 201
    assert api.get("/api/customers/segments") == {
        "segments": [
            {"segment": "VIP (>$5K)", "customers": 1},
            {"segment": "High Value ($2K-$5K)", "customers": 1},
            {"segment": "Medium Value ($500-$2K)", "customers": 1},
            {"segment": "Low Value (<$500)", "customers": 1},
        ],
        "total_segments": 4,
        "requested_by": "viewer@example.com",
    }
    in_january = api.get("/api/customers/segments", to="2024-02-01", country="EIRE")
    assert in_january["segments"] == [{"segment": "Low Value (<$500)", "customers": 1}]


def test_lifetime_value_by_segment(api: Api) -> None:
    assert api.upload(SPENT + "8,p,,1,2024-03-05,1,vip 2,France\n").status_code == 201
    assert api.upload(HEADER + "9,p,,1,2024-03-05,6000,vip 2,France\n").status_code == 201
    found = api.get("/api/customers/lifetime-value")
    assert found["requested_by"] == "viewer@example.com"
    assert found["lifetime_value"] == [
        {
            "segment": "VIP",
            "customer_count": 2,
            "avg_clv": 5500.5,  # 11001.01 / 2, half to even
            "avg_orders": 1.5,
            "avg_order_value": 3667.0,  # 11001.01 / 3 orders
        },
        {
            "segment": "High Value",
            "customer_count": 1,
            "avg_clv": 5000.0,
            "avg_orders": 1.0,
            "avg_order_value": 5000.0,
        },
        {
            "segment": "Medium Value",
            "customer_count": 1,
            "avg_clv": 500.01,
            "avg_orders": 1.0,
            "avg_order_value": 500.01,
        },
        {
            "segment": "Low Value",
            "customer_count": 1,
            "avg_clv": 500.0,
            "avg_orders": 2.0,
            "avg_order_value": 250.0,
        },
    ]


def test_country_performance(sold: Api) -> None:
    found = sold.get("/api/geographic/country-performance")
    assert found["count"] == 3
    assert found["country_performance"][:2] == [
        {
            "country": "France",
            "orders": 1,
            "customers": 1,
            "revenue": 25.0,
            "avg_transaction": 25.0,
            "units_sold": 3.0,
        },
        {
            "country": "Unknown",
            "orders": 1,
            "customers": 0,
            "revenue": 15.0,
            "avg_transaction": 15.0,
            "units_sold": 3.0,
        },
    ]


def test_growth_in_percent_and_none_after_an_empty_month(api: Api) -> None:
    months = ("2024-01-05,3", "2024-02-05,4", "2024-04-05,2")
    rows = [f"{number},p,,1,{sale},c,\n" for number, sale in enumerate(months)]
    assert api.upload(HEADER + "".join(rows)).status_code == 201
    found = api.get("/api/revenue/growth")
    assert (found["count"], found["requested_by"]) == (4, "viewer@example.com")
    assert [tuple(row.values()) for row in found["monthly_growth"]] == [
        ("2024-01", 3.0, None, None),
        ("2024-02", 4.0, 3.0, 33.33),
        ("2024-03", 0.0, 4.0, -100.0),
        ("2024-04", 2.0, 0.0, None),
    ]
    assert list(found["monthly_growth"][0]) == [
        "month",
        "revenue",
        "prev_month_revenue",
        "growth_rate",
    ]


def test_hours_with_sales(sold: Api) -> None:
    assert sold.get("/api/revenue/by-hour", to="2024-02-07") == {
        "sales_by_hour": [
            {"hour": 9, "revenue": 10.0, "transactions": 1},
            {"hour": 10, "revenue": 20.0, "transactions": 1},
            {"hour": 11, "revenue": 5.0, "transactions": 1},
        ],
        "count": 3,
        "requested_by": "viewer@example.com",
    }


def test_sales_known_by_date_alone_have_no_hour(api: Api) -> None:
    assert api.upload(SPENT).status_code == 201
    assert api.get("/api/revenue/by-hour")["sales_by_hour"] == []


def test_days_of_the_week_begin_with_sunday(api: Api) -> None:
    rows = "1,p,,1,2024-01-07,1,c,\n2,p,,1,2024-01-08,2,c,\n3,p,,1,2024-01-06,3,c,\n"
    assert api.upload(HEADER + rows).status_code == 201
    assert api.get("/api/revenue/by-day-of-week") == {
        "sales_by_day": [
            {"day_name": "Sunday", "day_num": 0, "revenue": 1.0, "orders": 1},
            {"day_name": "Monday", "day_num": 1, "revenue": 2.0, "orders": 1},
            {"day_name": "Saturday", "day_num": 6, "revenue": 3.0, "orders": 1},
        ],
        "count": 3,
        "requested_by": "viewer@example.com",
    }


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
        ("/api/revenue/growth", "monthly_growth"),
        ("/api/revenue/by-hour", "sales_by_hour"),
        ("/api/revenue/by-day-of-week", "sales_by_day"),
        ("/api/geographic/country-performance", "country_performance"),
        ("/api/customers/top", "top_customers"),
        ("/api/products/top", "top_products"),
        ("/api/geographic/revenue-by-country", "revenue_by_country"),
    ],
)
def test_an_empty_store_answers_empty_lists(api: Api, path: str, key: str) -> None:
    assert api.get(path) == {key: [], "count": 0, "requested_by": "viewer@example.com"}


def test_an_empty_store_has_no_segments(api: Api) -> None:
    who = {"requested_by": "viewer@example.com"}
    assert api.get("/api/customers/segments") == {"segments": [], "total_segments": 0, **who}
    assert api.get("/api/customers/lifetime-value") == {"lifetime_value": [], **who}


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


def test_an_answer_can_be_computed_anew(sold: Api) -> None:
    path, asked = "/api/metrics/query", {"measures": "revenue", "by": "country"}
    headers = {**sold.as_("viewer"), "Cache-Control": "no-cache"}
    anew = sold.client.get(path, params=asked, headers=headers)
    assert anew.json() == sold.get(path, **asked)
