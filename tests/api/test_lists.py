"""Lists over HTTP: customers, products, and the orders and lines behind a number."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from api_shop import SALES, Api, shared_api
from shop import HEADER

WHO = {"requested_by": "viewer@example.com"}
UNTOLD = dict.fromkeys(("category", "price", "quantity_sold", "rating", "review_count"))

AWKWARD = HEADER + (
    "10,a/b,Slash,1,2024-03-01 10:00:00,1,top,France\n"
    "11,top,Top,2,2024-03-01 10:00:00,1,x/y,EIRE\n"
    "12,p/1,Third,3,2024-03-01 10:00:00,0.125,x/y/,France\n"
    "12,p/1,Third,-3,2024-03-01 10:00:00,0.125,x/y/,France\n"
    "13,top,Top,1,2024-03-02,2,x/y,\n"
    "14,top,Top,1,2024-05-02 09:30:00,2,x/y,Spain\n"
    "15,adj,Fee,1,2024-05-02 09:30:00,-7,x/y,Spain\n"
)


def walk(api: Api, path: str, key: str, limit: int, **asked: Any) -> list[Any]:
    """All pages of a list, one after the other."""
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = api.get(path, limit=limit, **asked, **after)
        assert page["count"] == len(page[key]) <= limit
        found += page[key]
        if page["next"] is None:
            return found
        assert page["count"] == limit
        after = {"after": page["next"]}


@pytest.fixture(scope="module")
def sold() -> Iterator[Api]:
    """A shop with a few sales, which nobody changes here."""
    with shared_api(SALES) as api:
        yield api


@pytest.fixture(scope="module")
def awkward() -> Iterator[Api]:
    """Ids with slashes, ids that are names of routes, and many lines at the same time."""
    with shared_api(AWKWARD) as api:
        yield api


@pytest.fixture(scope="module")
def twice() -> Iterator[Api]:
    """The same lines from another file, too."""
    with shared_api(AWKWARD) as api:
        again = AWKWARD.replace("Slash", "Stroke")
        assert api.upload(again, query="?overlap=add").status_code == 201
        yield api


def test_customers_by_id(sold: Api) -> None:
    """c1 brought something back in February: no sale, and no last day."""
    c1 = {
        "customer_id": "c1",
        "customer_name": None,
        "first_day": "2024-01-05",
        "last_day": "2024-01-05",
        "orders": 1,
        "revenue": 25.0,
        "gender": None,
        "age": None,
        "segment": "Cannot lose them",
        "code": "113",
    }
    found = sold.get("/api/customers", limit=1)
    assert found == {"customers": [c1], "count": 1, "next": "c1", "data_version": 1, **WHO}
    rest = sold.get("/api/customers", after="c1")
    assert [one["customer_id"] for one in rest["customers"]] == ["c2"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"segment": "New"}, ["c2"]),
        ({"segment": ["New", "Cannot lose them"]}, ["c1", "c2"]),
        ({"segment": "Lost"}, []),
        ({"country": "France"}, ["c1"]),
        ({"country": ["France", "EIRE"]}, ["c1", "c2"]),
        ({"country": ""}, []),
        ({"country": "France", "segment": "New"}, []),
    ],
)
def test_customers_of_segments_and_countries(sold: Api, asked: Any, wanted: list[str]) -> None:
    found = sold.get("/api/customers", **asked)["customers"]
    assert [one["customer_id"] for one in found] == wanted


def test_customers_who_bought_in_no_known_country(awkward: Api) -> None:
    found = awkward.get("/api/customers", country="")["customers"]
    assert [one["customer_id"] for one in found] == ["x/y"]


def test_one_customer(awkward: Api) -> None:
    """Sales over three months, the middle one empty; the fee is no sale."""
    found = awkward.get("/api/customers/x/y")
    assert found == awkward.get("/api/customers", id="x/y")
    del found["segment"], found["code"]
    assert found == {
        "customer_id": "x/y",
        "customer_name": None,
        "first_day": "2024-03-01",
        "last_day": "2024-05-02",
        "orders": 3,
        "revenue": 6.0,
        "gender": None,
        "age": None,
        "average_order_value": 2.0,
        "countries": ["Spain", None, "EIRE"],
        "favourite_category": None,
        "top_products": [
            {
                "product_id": "top",
                "product_name": "Top",
                "category": None,
                "revenue": 6.0,
                "units": 4.0,
                "orders": 3,
            }
        ],
        "revenue_by_month": [
            {"month": "2024-03", "revenue": 4.0, "orders": 2},
            {"month": "2024-04", "revenue": 0.0, "orders": 0},
            {"month": "2024-05", "revenue": 2.0, "orders": 1},
        ],
        "lifetime": None,
        "data_version": 1,
        **WHO,
    }


def test_one_product(awkward: Api) -> None:
    """Its id is the name of a route, so only ?id= reaches it; unknown is no country."""
    assert "top_products" in awkward.get("/api/products/top")
    assert awkward.get("/api/products", id="top") == {
        "product_id": "top",
        "product_name": "Top",
        **UNTOLD,
        "revenue": 6.0,
        "units": 4.0,
        "orders": 3,
        "deleted": False,
        "first_day": "2024-03-01",
        "last_day": "2024-05-02",
        "top_countries": [
            {"country": "EIRE", "revenue": 2.0, "units": 2.0, "orders": 1},
            {"country": "Spain", "revenue": 2.0, "units": 1.0, "orders": 1},
        ],
        "revenue_by_month": [
            {"month": "2024-03", "revenue": 4.0, "orders": 2},
            {"month": "2024-04", "revenue": 0.0, "orders": 0},
            {"month": "2024-05", "revenue": 2.0, "orders": 1},
        ],
        "data_version": 1,
        **WHO,
    }


def test_ids_with_slashes_and_names_of_routes(awkward: Api) -> None:
    assert "top_customers" in awkward.get("/api/customers/top")
    assert awkward.get("/api/customers", id="top")["revenue"] == 1.0
    assert awkward.get("/api/customers/x%2Fy")["revenue"] == 6.0
    assert awkward.get("/api/customers/x/y/")["customer_id"] == "x/y/"
    assert awkward.get("/api/products/a/b")["product_name"] == "Slash"
    assert awkward.get("/api/products/p%2F1")["revenue"] == 0.38


def test_categories_of_a_customer_and_of_products(api: Api) -> None:
    """A product has the category of its latest sale; cups brought c1 most, over two products."""
    text = HEADER.replace("\n", ",Category\n") + (
        "1,p1,Pen,1,2024-01-05 10:00:00,10,c1,France,Cups\n"
        "2,p1,Pen,1,2024-01-06 10:00:00,10,c2,France,Pens\n"
        "3,p2,Cup,1,2024-01-05 10:00:00,6,c1,France,Cups\n"
        "3,p3,Mug,1,2024-01-05 10:00:00,6,c1,France,Cups\n"
        "3,p4,Bag,1,2024-01-05 10:00:00,50,c1,France,\n"
    )
    assert api.upload(text).status_code == 201
    one = api.get("/api/customers/c1")
    assert one["favourite_category"] == "Cups"
    assert [product["product_id"] for product in one["top_products"]] == ["p4", "p1", "p2", "p3"]
    for asked, wanted in [("Cups", ["p2", "p3"]), ("Pens", ["p1"]), ("", ["p4"])]:
        found = api.get("/api/products", category=asked)["products"]
        assert [product["product_id"] for product in found] == wanted
        lines = api.get("/api/lines", category=asked)["lines"]
        assert {line["product_id"] for line in lines} == set(wanted)
    orders = api.get("/api/orders", category=["Pens", "Cups"])["orders"]
    assert [(one["order_id"], one["revenue"]) for one in orders] == [
        ("2", 10.0),
        ("3", 12.0),
        ("1", 10.0),
    ]


def test_products_by_id(sold: Api) -> None:
    """Returns take nothing away from what was sold; both products were in one order."""
    pen, cup = (
        {"product_id": "p1", "product_name": "Pen", "revenue": 30.0, "units": 3.0, "orders": 2},
        {"product_id": "p2", "product_name": "Cup", "revenue": 20.0, "units": 4.0, "orders": 2},
    )
    found = sold.get("/api/products")
    assert found == {
        "products": [pen | UNTOLD, cup | UNTOLD],
        "count": 2,
        "total": 2,
        "next": None,
        "data_version": 1,
        **WHO,
    }
    assert sold.get("/api/products", limit=1)["next"] == "p1"
    assert sold.get("/api/products", after="p1")["products"] == found["products"][1:]
    assert sold.get("/api/products", category="")["count"] == 2
    assert sold.get("/api/products", category=["Pens", "Cups"])["count"] == 0


def test_what_was_never_sold_is_not_found_in_words(awkward: Api) -> None:
    """The fee stands in the lines and is no product with a sale."""
    for path, said in [
        ("/api/customers/c9", "customer “c9” with a sale"),
        ("/api/customers?id=", "customer “” with a sale"),
        ("/api/customers/", "customer “” with a sale"),
        ("/api/products/adj", "product “adj”"),
        ("/api/products?id=x/y", "product “x/y”"),
    ]:
        answer = awkward.client.get(path, headers=awkward.as_("viewer"))
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith(f"There is no {said}.")


def test_lists_of_an_empty_store(api: Api) -> None:
    for path, key in [
        ("/api/customers", "customers"),
        ("/api/products", "products"),
        ("/api/orders", "orders"),
        ("/api/lines", "lines"),
    ]:
        nothing = {key: [], "count": 0, "next": None, "data_version": 0, **WHO}
        assert api.get(path) == nothing | ({"total": 0} if key == "products" else {})
    answer = api.client.get("/api/customers/c1", headers=api.as_("viewer"))
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        "customers?segment=Champion",
        "customers?limit=0",
        "customers?limit=1001",
        "products?limit=x",
        "orders?limit=1001",
        "orders?after=x",
        "orders?after=2024-01-05T10:00:00",
        "orders?after=2024-01-05T10:00:00Z_1",
        "orders?from=2024-02-01&to=2024-01-01",
        "orders?from=yesterday",
        "lines?after=2024-01-05T10:00:00_1",
        "lines?after=2024-01-05T10:00:00_1_x",
        "lines?after=2024-01-05T10:00:00_1_" + "9" * 30,
        "lines?kind=gift",
        "lines?limit=0",
    ],
)
def test_malformed_questions_are_422(sold: Api, question: str) -> None:
    answer = sold.client.get(f"/api/{question}", headers=sold.as_("viewer"))
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_an_unknown_segment_is_refused_with_the_nearest(sold: Api) -> None:
    answer = sold.client.get("/api/customers?segment=Champion", headers=sold.as_("viewer"))
    assert "Did you mean “Champions”?" in answer.json()["detail"]


def test_orders_newest_first(sold: Api) -> None:
    """The first order is the return, which has no sale lines; the last has two lines."""
    found = sold.get("/api/orders")
    assert [one["order_id"] for one in found["orders"]] == ["C4", "3", "2", "1"]
    assert [one["returned"] for one in found["orders"]] == [10.0, 0.0, 0.0, 0.0]
    assert found["orders"][-1] == {
        "key": "online-retail:1",
        "source": "online-retail",
        "order_id": "1",
        "time": "2024-01-05T10:00:00",
        "customer_id": "c1",
        "customer_name": None,
        "country": "France",
        "channel": None,
        "lines": 2,
        "units": 3.0,
        "revenue": 25.0,
        "returned": 0.0,
    }
    assert (found["count"], found["next"], found["data_version"]) == (4, None, 1)


def test_lines_newest_first(sold: Api) -> None:
    found = sold.get("/api/lines")
    assert [one["order_id"] for one in found["lines"]] == ["C4", "3", "2", "1", "1"]
    assert found["lines"][0] == {
        "import_id": 1,
        "purchase_id": None,
        "line": found["lines"][0]["line"],
        "kind": "return",
        "source": "online-retail",
        "order_id": "C4",
        "time": "2024-02-08T09:00:00",
        "product_id": "p1",
        "product_name": "Pen",
        "category": None,
        "customer_id": "c1",
        "customer_name": None,
        "country": "France",
        "channel": None,
        "quantity": -1.0,
        "price": 10.0,
        "amount": -10.0,
    }


@pytest.mark.parametrize(
    ("asked", "orders", "lines"),
    [
        ({"from": "2024-02-06", "to": "2024-02-08"}, ["3", "2"], 2),
        ({"country": "EIRE"}, ["2"], 1),
        ({"country": ["EIRE", "France"]}, ["C4", "2", "1"], 4),
        ({"country": ""}, ["3"], 1),
        ({"customer": "c1"}, ["C4", "1"], 3),
        ({"customer": ""}, ["3"], 1),
        ({"product": "p2"}, ["3", "1"], 2),
        ({"product": "p2", "customer": "c1"}, ["1"], 1),
        ({"category": ""}, ["C4", "3", "2", "1"], 5),
        ({"category": "Pens"}, [], 0),
        ({"channel": ""}, ["C4", "3", "2", "1"], 5),
        ({"channel": "Web"}, [], 0),
    ],
)
def test_filters_of_orders_and_lines(
    sold: Api, asked: dict[str, Any], orders: list[str], lines: int
) -> None:
    found = sold.get("/api/orders", **asked)["orders"]
    assert [one["order_id"] for one in found] == orders
    assert sold.get("/api/lines", **asked)["count"] == lines


def test_orders_count_with_the_lines_asked_for(sold: Api) -> None:
    """The cup of order 1 was sold an hour after its pen."""
    first = sold.get("/api/orders", product="p2")["orders"][-1]
    assert (first["time"], first["lines"], first["revenue"]) == ("2024-01-05T11:00:00", 1, 5.0)


@pytest.mark.parametrize(
    "asked",
    [{}, {"country": ["EIRE", ""]}, {"product": "top"}, {"category": ""}, {"customer": "x/y"}],
)
def test_pages_sum_to_the_number_they_are_behind(awkward: Api, asked: dict[str, Any]) -> None:
    named = "revenue,returns,lines,units"
    number = awkward.get("/api/metrics/query", measures=named, **asked)["totals"]
    orders = walk(awkward, "/api/orders", "orders", 2, **asked)
    lines = walk(awkward, "/api/lines", "lines", 2, kind="sale", **asked)
    assert {
        "revenue": sum(one["revenue"] for one in orders),
        "returns": sum(one["returned"] for one in orders),
        "lines": sum(one["lines"] for one in orders),
        "units": sum(one["units"] for one in orders),
    } == number
    assert (len(lines), sum(one["amount"] for one in lines)) == (number["lines"], number["revenue"])


def test_adjustments_only_when_asked_for(awkward: Api) -> None:
    assert awkward.get("/api/lines")["count"] == 6
    found = awkward.get("/api/lines", kind="adjustment")["lines"]
    assert [(one["product_id"], one["amount"]) for one in found] == [("adj", -7.0)]
    assert awkward.get("/api/lines", kind=["sale", "return", "adjustment"])["count"] == 7
    third = awkward.get("/api/lines", product="p/1", kind="sale")["lines"]
    assert [(one["quantity"], one["price"], one["amount"]) for one in third] == [(3, 0.125, 0.38)]


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize(
    ("path", "key", "asked"),
    [
        ("/api/customers", "customers", {}),
        ("/api/customers", "customers", {"country": ["France", "EIRE"]}),
        ("/api/products", "products", {}),
        ("/api/orders", "orders", {}),
        ("/api/orders", "orders", {"product": ["top", "a/b", "p/1"]}),
        ("/api/lines", "lines", {}),
        ("/api/lines", "lines", {"from": "2024-03-01", "to": "2024-03-02"}),
    ],
)
def test_pages_hold_everything_once(
    twice: Api, path: str, key: str, asked: dict[str, Any], limit: int
) -> None:
    """Lines and orders at the same time among them."""
    whole = twice.get(path, **asked)
    assert whole["next"] is None
    assert walk(twice, path, key, limit, **asked) == whole[key]
    assert whole["count"] == len({str(one) for one in whole[key]}) > 2


def test_rows_without_an_order_id_are_orders_of_their_own(api: Api) -> None:
    text = "customer_name,country,purchase_date,amount\n"
    text += "Ann,France,2024-01-05,3\nBo,EIRE,2024-01-05,4\n"
    assert api.upload(text).status_code == 201
    found = walk(api, "/api/orders", "orders", 1)
    assert [(one["source"], one["order_id"], one["revenue"]) for one in found] == [
        (None, None, 4.0),
        (None, None, 3.0),
    ]
    assert [one["amount"] for one in walk(api, "/api/lines", "lines", 1)] == [4.0, 3.0]
    [line] = api.get("/api/lines", key=found[1]["key"])["lines"]
    assert (line["customer_name"], line["amount"]) == ("Ann", 3.0)


@pytest.mark.parametrize("asked", [{}, {"country": ""}, {"category": "", "hour": ["10", "9"]}])
@pytest.mark.parametrize("name", ["orders", "lines"])
def test_all_orders_and_lines_can_be_taken_home(
    awkward: Api, name: str, asked: dict[str, Any]
) -> None:
    listed = walk(awkward, f"/api/{name}", name, 1000, **asked)
    given = {"params": {**asked, "format": "csv"}, "headers": awkward.as_("viewer")}
    answer = awkward.client.get(f"/api/{name}", **given)
    assert f'filename="{name}.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    sums = ("revenue", "returned") if name == "orders" else ("amount", "quantity")
    for sum_of in sums:
        assert [float(row[sum_of]) for row in rows] == [one[sum_of] for one in listed]
    assert [row["order_id"] or None for row in rows] == [one["order_id"] for one in listed]
    assert len(rows) == len(listed) > 0
    log = awkward.get("/api/audit", "admin", action="export")["entries"][0]
    assert (log["actor"], log["subject"]) == ("viewer@example.com", name)


@pytest.mark.parametrize("query", ["weekday=8", "hour=x", "format=pdf"])
@pytest.mark.parametrize("name", ["orders", "lines"])
def test_a_download_that_cannot_be_is_refused_first(sold: Api, name: str, query: str) -> None:
    asked = query if query.startswith("format") else f"format=xlsx&{query}"
    answer = sold.client.get(f"/api/{name}?{asked}", headers=sold.as_("viewer"))
    assert answer.status_code == 422
