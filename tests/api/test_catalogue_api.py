"""The catalogue of products over HTTP: read, sorted, summed up, changed by hand and taken back."""

import csv
import io
import random
from collections import defaultdict
from decimal import Decimal

import pytest

from api_shop import Api
from shop import HEADER

PRODUCTS = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
SALES = HEADER + "1,p1,Pen,2,2024-01-05 10:00:00,10,c1,France\n2,old,Hat,1,2024-01-06,7,c2,\n"
FILE = PRODUCTS + (
    "p1,Biro,Desk,1.25,8,4.5,3\n"
    "p2,Mug,Kitchen,4,8,3,1\n"
    "p3,=SUM(1),Desk,0.5,20,5,9\n"
    "a/b,Lamp,Desk,30,20,0,0\n"
)


@pytest.fixture
def stocked(api: Api) -> Api:
    assert api.upload(SALES).status_code == 201
    assert api.upload(FILE).status_code == 201
    return api


def ask(api: Api, method: str, path: str, body: object = None, role: str = "editor"):
    return api.client.request(method, f"/api/products{path}", json=body, headers=api.as_(role))


def ids(api: Api, **asked: object) -> list[str]:
    return [one["product_id"] for one in api.get("/api/products", **asked)["products"]]


def test_products_of_files_and_of_sales_are_one_catalogue(stocked: Api) -> None:
    found = stocked.get("/api/products")
    assert found["total"] == 5
    assert {one["product_id"]: one for one in found["products"]}["p1"] == {
        "product_id": "p1",
        "product_name": "Biro",
        "category": "Desk",
        "price": 1.25,
        "quantity_sold": 8,
        "rating": 4.5,
        "review_count": 3,
        "revenue": 20.0,
        "units": 2.0,
        "orders": 1,
    }
    never_sold = stocked.get("/api/products/a/b")
    assert (never_sold["first_day"], never_sold["revenue_by_month"]) == (None, [])
    assert stocked.get("/api/products/old")["price"] is None


ASKED: tuple[tuple[dict, list[str]], ...] = (
    ({}, ["a/b", "old", "p1", "p2", "p3"]),
    ({"category": "Desk"}, ["a/b", "p1", "p3"]),
    ({"category": ["Kitchen", ""]}, ["old", "p2"]),
    ({"text": "bIr"}, ["p1"]),
    ({"text": "P"}, ["a/b", "p1", "p2", "p3"]),
    ({"text": "%"}, []),
    ({"order": "-product_id"}, ["p3", "p2", "p1", "old", "a/b"]),
    ({"order": "price"}, ["p3", "p1", "p2", "a/b", "old"]),
    ({"order": "-quantity_sold"}, ["a/b", "p3", "p1", "p2", "old"]),
    ({"order": "product_name"}, ["p3", "p1", "old", "a/b", "p2"]),
    ({"order": "-revenue", "category": "Desk"}, ["p1", "a/b", "p3"]),
    ({"order": "-rating", "text": "p"}, ["p3", "p1", "p2", "a/b"]),
)


def test_filtered_sorted_and_paged(stocked: Api) -> None:
    for asked, wanted in ASKED:
        assert ids(stocked, **asked) == wanted
        walked: list[str] = []
        after = ""
        while after is not None:
            page = stocked.get("/api/products", limit=2, after=after, **asked)
            assert page["total"] == len(wanted)
            walked += [one["product_id"] for one in page["products"]]
            after = page["next"]
        assert walked == wanted
        answer = stocked.client.get(
            "/api/products", params={**asked, "format": "csv"}, headers=stocked.as_("viewer")
        )
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["product_id"] for row in rows] == wanted
        assert all(row["product_name"] != "=SUM(1)" for row in rows)


def test_malformed_questions_are_422(stocked: Api) -> None:
    for question in ("order=colour", "order=price&after=nobody", "limit=0", "format=xml"):
        assert ask(stocked, "GET", f"?{question}").status_code == 422
    answer = ask(stocked, "GET", "?order=-prices")
    assert "Did you mean “price”?" in answer.json()["detail"]


def test_the_summary_of_categories(stocked: Api) -> None:
    """Ties of the top product go to the smaller id; what was only sold has no figures."""
    found = stocked.get("/api/products/summary")
    assert found["categories"] == [
        {
            "category": "Desk",
            "total_revenue": 620.0,
            "top_product": "Lamp",
            "top_product_quantity_sold": 20,
            "top_product_id": "a/b",
            "products": 3,
        },
        {
            "category": "Kitchen",
            "total_revenue": 32.0,
            "top_product": "Mug",
            "top_product_quantity_sold": 8,
            "top_product_id": "p2",
            "products": 1,
        },
        {
            "category": None,
            "total_revenue": 0.0,
            "top_product": None,
            "top_product_quantity_sold": None,
            "top_product_id": None,
            "products": 1,
        },
    ]
    answer = ask(stocked, "GET", "/summary?format=csv", role="viewer")
    assert answer.text.splitlines()[:2] == [
        "category,total_revenue,top_product,top_product_quantity_sold,top_product_id,products",
        "Desk,620.0,Lamp,20,a/b,3",
    ]


def test_the_summary_against_plain_python(api: Api) -> None:
    draw = random.Random(7)
    rows = [
        (f"p{n:03}", f"Name {n}", f"C{draw.randrange(6)}", draw.randrange(9999), draw.randrange(9))
        for n in range(300)
    ]
    text = "".join(
        f"{one},{name},{category},{cents / 100:.2f},{units},4,1\n"
        for one, name, category, cents, units in rows
    )
    api.upload(PRODUCTS + text)
    groups = defaultdict(list)
    for row in rows:
        groups[row[2]].append(row)
    wanted = [
        (
            category,
            float(sum(Decimal(cents) / 100 * units for *_, cents, units in some)),
            min(some, key=lambda row: (-row[4], row[0]))[0],
            len(some),
        )
        for category, some in groups.items()
    ]
    found = api.get("/api/products/summary")["categories"]
    keys = ("category", "total_revenue", "top_product_id", "products")
    assert [tuple(one[key] for key in keys) for one in found] == sorted(
        wanted, key=lambda one: (-one[1], one[0])
    )


def test_an_empty_catalogue(api: Api) -> None:
    assert api.get("/api/products/summary")["categories"] == []
    assert api.get("/api/products", order="-price")["products"] == []


def test_an_edit_is_read_back_listed_and_taken_back(stocked: Api) -> None:
    answer = ask(stocked, "PATCH", "/p1", {"price": 2.5, "category": " Gifts ", "rating": None})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["product"]["price"], told["product"]["category"]) == (2.5, "Gifts")
    assert (told["product"]["rating"], told["product"]["quantity_sold"]) == (None, 8)
    entry = stocked.get(f"/api/imports/{told['import_id']}")
    assert (entry["file"], entry["kind"], entry["created_by"]) == (
        "Edit of p1",
        "products",
        "editor",
    )
    assert ids(stocked, category="Gifts") == ["p1"]
    assert ask(stocked, "PATCH", "/p1", {"price": 2.5}).json()["import_id"] is None
    undone = stocked.client.delete(
        f"/api/imports/{told['import_id']}", headers=stocked.as_("editor")
    )
    assert undone.status_code == 200
    assert stocked.get("/api/products/p1")["price"] == 1.25


def test_a_deletion_and_what_brings_the_product_back(stocked: Api) -> None:
    answer = ask(stocked, "DELETE", "/p1")
    assert (answer.status_code, answer.json()["product"]) == (200, None)
    assert "p1" not in ids(stocked)
    sold = stocked.get("/api/products/p1")
    assert (sold["deleted"], sold["revenue"]) == (True, 20.0)
    for method in ("DELETE", "PATCH"):
        assert ask(stocked, method, "/p1", {"price": 1}).status_code == 404
    assert ask(stocked, "DELETE", "/a%2Fb").status_code == 200
    assert ask(stocked, "GET", "/a/b").status_code == 404
    # The same file is new again, for the deletions came after it.
    assert stocked.upload(FILE).status_code == 201
    assert ids(stocked) == ["a/b", "old", "p1", "p2", "p3"]
    stocked.client.delete(
        f"/api/imports/{stocked.get('/api/imports')['imports'][0]['id']}",
        headers=stocked.as_("editor"),
    )
    assert ids(stocked) == ["old", "p2", "p3"]


def test_a_new_product(stocked: Api) -> None:
    new = {"product_id": "summary", "product_name": "Report", "price": 9.9999}
    answer = ask(stocked, "POST", "", new)
    assert (answer.status_code, answer.json()["product"]["price"]) == (201, 9.9999)
    again = ask(stocked, "POST", "", new)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert ask(stocked, "PATCH", "/summary", {"review_count": 3}).status_code == 200
    assert stocked.get("/api/products", id="summary")["review_count"] == 3


NO_CHANGES: tuple[object, ...] = (
    {},
    {"price": -1},
    {"price": "1"},
    {"price": True},
    {"price": 0.00001},
    {"price": 1e300},
    {"rating": 5.1},
    {"rating": -0.1},
    {"quantity_sold": 1.5},
    {"quantity_sold": -1},
    {"quantity_sold": 10**15},
    {"quantity_sold": "7"},
    {"review_count": True},
    {"product_name": " "},
    {"product_name": "a\x00b"},
    {"product_name": "x" * 301},
    {"category": ""},
    {"product_id": "p9"},
    {"deleted": True},
    [],
    None,
)


def test_what_is_no_change_changes_nothing(stocked: Api) -> None:
    before = stocked.get("/api/products")
    for body in NO_CHANGES:
        answer = ask(stocked, "PATCH", "/p1", body)
        assert answer.status_code == 422, answer.text
    assert stocked.get("/api/products") == before


def test_viewers_only_read(stocked: Api) -> None:
    for method, path, body in (
        ("POST", "", {"product_id": "x", "product_name": "X"}),
        ("PATCH", "/p1", {"price": 1}),
        ("DELETE", "/p1", None),
    ):
        assert ask(stocked, method, path, body, role="viewer").status_code == 403
