"""What the routes of the `sales-analytics` contract tell beyond it, and rare sales."""

from api_shop import Api
from shop import HEADER

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


def test_sales_known_by_date_alone_have_no_hour(api: Api) -> None:
    assert api.upload(SPENT).status_code == 201
    assert api.get("/api/revenue/by-hour")["sales_by_hour"] == []


def test_period_and_country_really_filter(sold: Api) -> None:
    figures = sold.get("/api/analytics/kpis", **{"from": "2024-02-01", "to": "2024-02-07"})["kpis"]
    assert (figures["revenue"], figures["orders"]) == (10.0, 1)
    assert sold.get("/api/analytics/kpis", country=["EIRE", ""])["kpis"]["revenue"] == 25.0
    months = sold.get("/api/revenue/monthly", country="France")["monthly_revenue"]
    assert [month["revenue"] for month in months] == [25.0, 0.0]
    assert sold.get("/api/customers/top", country="EIRE")["count"] == 1


def test_periods_that_are_none_are_422(sold: Api) -> None:
    for query in ("from=2024-02-30", "from=yesterday", "from=2024-02-01&to=2024-01-01"):
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
