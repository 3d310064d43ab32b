"""Gender, age and segment of customers over HTTP: loaded, listed, grouped by and filtered on."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from api_shop import SALES, Api, shared_api
from tillsight.metrics.catalogue import DIMENSIONS

WHO = {"requested_by": "viewer@example.com"}
CUSTOMERS = "customer_id,gender,age,city\nc1,F,34,Lyon\nc2,,70,Cork\nc9,m,20,Nowhere\n"


@pytest.fixture(scope="module")
def known() -> Iterator[Api]:
    """c1 is a woman of 34, c2 is 70; c9 has never bought. One sale has no customer."""
    with shared_api(SALES) as api:
        assert api.upload(CUSTOMERS, name="people.csv").status_code == 201
        yield api


def test_a_customers_file_is_an_import_without_revenue_and_period(known: Api) -> None:
    found = known.get("/api/imports")["imports"][0]
    assert {name: found[name] for name in ("file", "kind", "layout", "rows", "revenue")} == {
        "file": "people.csv",
        "kind": "customers",
        "layout": "customers",
        "rows": 3,
        "revenue": None,
    }
    assert found["period"] == {"first": None, "last": None}
    assert known.get("/api/imports/1")["revenue"] == 50.0


def test_the_last_customers_file_again_is_200(known: Api) -> None:
    answer = known.upload(CUSTOMERS)
    assert (answer.status_code, answer.json()["added"]) == (200, False)


def test_bad_ages_are_refused_with_line_column_and_reason(sold: Api) -> None:
    answer = sold.upload("customer_id,gender,age\nc1,f,34\nc2,f,old\n")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rows")
    assert answer.json()["problems"] == [
        {"line": 3, "column": "age", "value": "old", "reason": "is not a whole number"}
    ]


def test_customers_carry_gender_and_age(known: Api) -> None:
    listed = known.get("/api/customers")["customers"]
    assert [(one["customer_id"], one["gender"], one["age"]) for one in listed] == [
        ("c1", "female", 34),
        ("c2", None, 70),
    ]
    one = known.get("/api/customers/c1")
    assert (one["gender"], one["age"], one["segment"]) == ("female", 34, "Cannot lose them")
    assert known.get("/api/customers", id="c1") == one


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"gender": "female"}, ["c1"]),
        ({"gender": ""}, ["c2"]),
        ({"gender": ["female", ""]}, ["c1", "c2"]),
        ({"gender": "male"}, []),
        ({"age_from": 34}, ["c1", "c2"]),
        ({"age_from": 35}, ["c2"]),
        ({"age_to": 70}, ["c1", "c2"]),
        ({"age_from": 34, "age_to": 34}, ["c1"]),
        ({"age_to": 69, "segment": "New"}, []),
        ({"age_from": 60, "segment": "New", "country": "EIRE"}, ["c2"]),
        ({"gender": "female", "country": "EIRE"}, []),
        ({"age_from": 0, "limit": 1}, ["c1"]),
        ({"age_from": 0, "limit": 1, "after": "c1"}, ["c2"]),
    ],
)
def test_customers_by_gender_age_segment_and_country(
    known: Api, asked: Any, wanted: list[str]
) -> None:
    found = known.get("/api/customers", **asked)["customers"]
    assert [one["customer_id"] for one in found] == wanted


def test_genders_with_their_customers(known: Api) -> None:
    """Sales without a customer are no customers; who never bought is none either."""
    assert known.get("/api/customers/genders") == {
        "genders": [{"gender": "female", "customers": 1}, {"gender": None, "customers": 1}],
        **WHO,
    }


def test_genders_of_an_empty_store(api: Api) -> None:
    assert api.get("/api/customers/genders") == {"genders": [], **WHO}


@pytest.mark.parametrize(
    "question",
    [
        "customers?age_from=old",
        "customers?age_from=-1",
        "customers?age_to=151",
        "customers?age_from=40&age_to=30",
        "customers?segment=Champion",
        "customers/top?segment=Champion",
        "orders?age_band=old",
        "lines?hour=noon",
        "lines?month=2024-13",
        "orders?weekday=Monday",
        "metrics/query?measures=revenue&age_band=18",
        "metrics/explain?measure=revenue&from=2024-01-01&segment=x",
    ],
)
def test_malformed_questions_are_422(known: Api, question: str) -> None:
    answer = known.client.get(f"/api/{question}", headers=known.as_("viewer"))
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_query_groups_by_all_three(known: Api) -> None:
    """The sale without a customer is in the unknown group of each."""
    by = "gender,age_band,segment"
    found = known.get("/api/metrics/query", measures="revenue,customers", by=by)
    assert found["rows"] == [
        {"gender": "female", "age_band": "25–34", "segment": "Cannot lose them"}
        | {"revenue": 25.0, "customers": 1},
        {"gender": None, "age_band": "65+", "segment": "New", "revenue": 10.0, "customers": 1},
        {"gender": None, "age_band": None, "segment": None, "revenue": 15.0, "customers": 0},
    ]


def test_age_bands_and_segments_stand_in_their_own_order(sold: Api) -> None:
    """By alphabet “under 18” would come last; gaps of time are filled in the same order."""
    sold.upload("customer_id,gender,age\nc1,,70\nc2,,7\n")
    for by in ("age_band", "month,age_band", "age_band,month"):
        rows = sold.get("/api/metrics/query", measures="revenue", by=by)["rows"]
        bands = list(dict.fromkeys(row["age_band"] for row in rows))
        assert bands == ["under 18", "65+", None]
    rows = sold.get("/api/metrics/query", measures="revenue", by="segment")["rows"]
    assert [row["segment"] for row in rows] == ["New", "Cannot lose them", None]
    rows = sold.get("/api/metrics/query", measures="revenue", by="age_band", order="-age_band")
    assert [row["age_band"] for row in rows["rows"]] == ["65+", "under 18", None]


def test_csv_and_explanation_know_them(known: Api) -> None:
    asked = {"measures": "revenue", "by": "gender", "age_band": "25-34", "format": "csv"}
    answer = known.client.get("/api/metrics/query", params=asked, headers=known.as_("viewer"))
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["gender", "revenue"],
        ["female", "25.00"],
    ]
    found = known.get(
        "/api/metrics/explain",
        measure="revenue",
        by="age_band",
        segment=["New", "Cannot lose them"],
        **{"from": "2024-01-01", "to": "2024-02-01"},
    )
    assert {one["age_band"]: one["change"] for one in found["groups"]} == {"25–34": 25.0}


@pytest.mark.parametrize(
    ("path", "read", "wanted"),
    [
        ("/api/analytics/kpis", lambda it: it["kpis"]["revenue"], 25.0),
        ("/api/revenue/monthly", lambda it: it["monthly_revenue"][0]["revenue"], 25.0),
        (
            "/api/customers/top",
            lambda it: [one["customer_id"] for one in it["top_customers"]],
            ["c1"],
        ),
        ("/api/customers/segments", lambda it: it["segments"][0]["customers"], 1),
        ("/api/products/top", lambda it: len(it["top_products"]), 2),
        ("/api/products/affinity", lambda it: len(it["pairs"]), 1),
        ("/api/geographic/revenue-by-country", lambda it: it["count"], 1),
    ],
)
def test_contract_endpoints_take_them_as_filters(known: Api, path: str, read: Any, wanted: Any):
    for asked in ({"gender": "female"}, {"age_band": "25–34"}, {"segment": "Cannot lose them"}):
        more = {"min_orders": 1} if path.endswith("affinity") else {}
        assert read(known.get(path, **asked, **more)) == wanted


@pytest.mark.parametrize("name", [one.name for one in DIMENSIONS])
def test_what_is_behind_a_number_of_any_dimension(known: Api, name: str) -> None:
    """Every group's orders and lines sum to it, and the groups to the whole."""
    rows = known.get("/api/metrics/query", measures="revenue,lines,returns", by=name)["rows"]
    assert sum(row["revenue"] for row in rows) == 50.0
    for row in rows:
        value = "" if row[name] is None else row[name]
        orders = known.get("/api/orders", **{name: value})["orders"]
        lines = known.get("/api/lines", **{name: value})["lines"]
        assert sum(one["revenue"] for one in orders) == row["revenue"]
        assert sum(one["returned"] for one in orders) == row["returns"]
        assert len([one for one in lines if one["kind"] == "sale"]) == row["lines"]
        assert (
            known.get("/api/analytics/kpis", **{name: value})["kpis"]["revenue"] == row["revenue"]
        )


@pytest.mark.parametrize(
    ("order", "wanted"), [("1", ["1"]), (["1", "C4"], ["C4", "1"]), ("9", []), ("", [])]
)
def test_one_order_and_its_lines(known: Api, order: Any, wanted: list[str]) -> None:
    found = known.get("/api/orders", order=order)["orders"]
    assert [one["order_id"] for one in found] == wanted
    lines = known.get("/api/lines", order=order)["lines"]
    assert {one["order_id"] for one in lines} == set(wanted)


def test_order_ids_may_hold_colons_and_rows_without_one_have_none(api: Api) -> None:
    text = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\na:b,p,1,2024-01-01,1\n"
    api.upload(text + "b,p,1,2024-01-01,2\n")
    api.upload("customer_name,country,purchase_date,amount\nAnn,France,2024-01-05,3\n")
    for order, revenue in (("a:b", 1.0), ("b", 2.0)):
        [found] = api.get("/api/orders", order=order)["orders"]
        assert (found["order_id"], found["revenue"]) == (order, revenue)
    assert api.get("/api/orders", order="1")["orders"] == []
