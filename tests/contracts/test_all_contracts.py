"""All contracts at once: who may change what in them, and their descriptions."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from contracts.people import Account, account, key_of
from serving import Server

CATALOG = "/compat/product-catalog/upload"
PURCHASE = "/compat/customer-purchases/purchase/"
PURCHASES = "/compat/customer-purchases/purchase/bulk/"
CIRCLES = "/compat/kpi-circles"
PRODUCTS = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
BOUGHT = "customer_name,country,purchase_date,amount\n"
UNVERIFIED = "Email not verified. Please check your email for verification link."
PAST = datetime.now(UTC).year - 1

ENVELOPES = {
    "customer-purchases": "detail",
    "hm-kpis": "message",
    "kpi-circles": "msg",
    "product-catalog": "msg",
}
"""Under which key each contract tells strangers that they are unknown."""

Ask = Callable[[dict[str, str]], httpx2.Response]


@pytest.fixture(scope="module")
def http(old: Server) -> Iterator[httpx2.Client]:
    """A stranger."""
    with httpx2.Client(base_url=old.url) as client:
        yield client


@pytest.fixture(scope="module")
def viewer(old: Server, owner: httpx2.Client) -> Account:
    return account(old, owner, "viewer")


@pytest.fixture(scope="module")
def editor(old: Server, owner: httpx2.Client) -> Account:
    return account(old, owner, "editor", role="editor")


@pytest.fixture(scope="module")
def kpi_id(owner: httpx2.Client, viewer: Account, editor: Account) -> int:
    """A KPI of a circle that both belong to, with a value that is number 1."""
    circle = owner.post("/api/circles", json={"name": "Sales"}).json()["id"]
    for one in (viewer, editor):
        owner.put(f"/api/circles/{circle}/members/{one.id}").raise_for_status()
    kpi = {"name": "Orders", "circle_id": circle, "periodicity": "monthly", "unit": "amount"}
    made = owner.post("/api/kpis", json={**kpi, "target_value": 9}).json()["id"]
    first = {"period": f"{PAST}-12", "value": 1}
    assert owner.post(f"/api/kpis/{made}/values", json=first).json()["id"] == 1
    return int(made)


@pytest.fixture(scope="module")
def changing(http: httpx2.Client, kpi_id: int) -> dict[str, tuple[Ask, str]]:
    """Every route by which a contract lets any user change something, and its envelope."""

    def upload(headers: dict[str, str]) -> httpx2.Response:
        files = {"file": ("p.csv", f"{PRODUCTS}p{next(numbers)},Pen,Office,1.5,3,4,2\n")}
        return http.post(CATALOG, files=files, headers=headers)

    def buy(headers: dict[str, str]) -> httpx2.Response:
        body = {"customer_name": "Ada", "country": "EIRE", "purchase_date": "2024-05-01"}
        return http.post(PURCHASE, json={**body, "amount": 5}, headers=headers)

    def buy_more(headers: dict[str, str]) -> httpx2.Response:
        text = f"{BOUGHT}Bob,EIRE,2024-05-02,{next(numbers)}\n"
        files = {"file": ("b.csv", text, "text/csv")}
        return http.post(PURCHASES, files=files, headers=headers)

    def add_value(headers: dict[str, str]) -> httpx2.Response:
        year, month = divmod(next(periods), 12)
        body = {"kpi_id": kpi_id, "period_year": year, "period_month": month + 1, "value": 1}
        return http.post(f"{CIRCLES}/kpi_values/add", json=body, headers=headers)

    def edit_value(headers: dict[str, str]) -> httpx2.Response:
        address = f"{CIRCLES}/kpi_values/1/edit"
        return http.put(address, json={"value": next(numbers)}, headers=headers)

    numbers, periods = iter(range(1, 1000)), iter(range(12 * 2015, 12 * PAST))
    return {
        "upload": (upload, "msg"),
        "purchase": (buy, "detail"),
        "purchases": (buy_more, "detail"),
        "add a value": (add_value, "message"),
        "edit a value": (edit_value, "message"),
    }


ROUTES = ["upload", "purchase", "purchases", "add a value", "edit a value"]


@pytest.mark.parametrize("route", ROUTES)
def test_any_user_may_and_a_key_as_far_as_its_role(
    http: httpx2.Client,
    owner: httpx2.Client,
    viewer: Account,
    editor: Account,
    changing: dict[str, tuple[Ask, str]],
    route: str,
) -> None:
    ask, envelope = changing[route]
    admin = {"Authorization": owner.headers["Authorization"]}
    by_key = {"admin's": dict(admin), "editor's": editor.headers, "viewer's": viewer.headers}
    for headers in (viewer.headers, editor.headers, admin, key_of(http, editor.headers, "editor")):
        answer = ask(dict(headers))
        assert answer.status_code in {200, 201}, answer.text
    for whose, headers in by_key.items():
        answer = ask(key_of(http, headers, "viewer"))
        refusal = {envelope: "This needs the role editor; yours is viewer. Ask an admin."}
        assert (answer.status_code, answer.json()) == (403, refusal), whose


@pytest.mark.parametrize(
    ("route", "stranger", "inactive", "unverified"),
    [
        (
            "upload",
            (401, {"msg": "Missing or invalid token"}),
            (400, {"msg": "Inactive user"}),
            (403, {"msg": UNVERIFIED}),
        ),
        *[
            (
                route,
                (401, {"detail": "Not authenticated"}),
                (400, {"detail": "Inactive user"}),
                (403, {"detail": UNVERIFIED}),
            )
            for route in ("purchase", "purchases")
        ],
        *[
            (
                route,
                (401, {"msg": "Missing Authorization Header"}),
                (403, {"message": "User is not active. Unauthorized Access"}),
                (403, {"message": UNVERIFIED}),
            )
            for route in ("add a value", "edit a value")
        ],
    ],
)
def test_who_is_nobody_here_or_no_more_may_not(
    old: Server,
    owner: httpx2.Client,
    changing: dict[str, tuple[Ask, str]],
    route: str,
    stranger: object,
    inactive: object,
    unverified: object,
) -> None:
    ask, _ = changing[route]
    name = route.replace(" ", "-")
    gone = account(old, owner, f"gone-{name}", role="admin", is_active=False)
    unknown = account(old, owner, f"unknown-{name}", role="admin", is_verified=False)
    for headers, refusal in (
        ({}, stranger),
        (gone.headers, inactive),
        (unknown.headers, unverified),
    ):
        answer = ask(headers)
        assert (answer.status_code, answer.json()) == refusal
        assert answer.headers["content-type"] == "application/json"


def test_membership_holds_in_circles_whatever_the_role(
    old: Server, owner: httpx2.Client, changing: dict[str, tuple[Ask, str]]
) -> None:
    refusal = {"message": "You do not belong to the circle “Sales”."}
    for role in ("viewer", "editor", "manager"):
        other = account(old, owner, f"other-{role}", role=role)
        for route in ("add a value", "edit a value"):
            answer = changing[route][0](other.headers)
            assert (answer.status_code, answer.json()) == (403, refusal)


def test_elsewhere_a_viewer_only_reads(
    http: httpx2.Client, owner: httpx2.Client, viewer: Account, kpi_id: int
) -> None:
    circle = owner.get(f"/api/kpis/{kpi_id}").json()["circle_id"]
    kpi = {"circle_id": circle, "name": "Mine", "periodicity": "monthly", "unit": "chf"}
    value = {"kpi_id": kpi_id, "period": f"{PAST}-05", "value": 1}
    purchase = {"customer": "Ada", "date": "2024-05-01", "amount": 1}
    for method, path, content in (
        ("POST", "/api/imports", {"files": {"file": ("p.csv", f"{PRODUCTS}p,P,O,1,3,4,2\n")}}),
        ("POST", "/api/purchases", {"json": purchase}),
        ("POST", "/api/products", {"json": {"product_id": "x", "product_name": "X"}}),
        ("POST", f"/api/kpis/{kpi_id}/values", {"json": value}),
        ("PATCH", "/api/kpi-values/1", {"json": {"value": 1}}),
        ("POST", f"{CIRCLES}/circles", {"json": {"name": "Mine"}}),
        ("POST", f"{CIRCLES}/kpis/add", {"json": {**kpi, "target_value": 1}}),
        ("GET", "/compat/hm-kpis/users", {}),
    ):
        answer = http.request(method, path, headers=viewer.headers, **content)
        assert answer.status_code == 403, path


def test_a_viewer_adds_nothing_but_products_by_a_file_of_products(
    http: httpx2.Client, owner: httpx2.Client, viewer: Account
) -> None:
    """Other columns are ignored, also where the file could be read as one of sales."""
    sales = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    text = f"{sales},{PRODUCTS}1,s1,Pen,1,2024-01-05,10,c1,France,both,Pen,Office,1.5,3,4,2\n"
    files = {"file": ("both.csv", text)}
    answer = http.post(CATALOG, files=files, headers=viewer.headers)
    assert (answer.status_code, answer.json()) == (200, {"msg": "Data uploaded successfully"})
    assert owner.get("/api/products/both").json()["price"] == 1.5
    assert owner.get("/api/lines", params={"product": "s1"}).json()["lines"] == []
    [latest, *_] = owner.get("/api/imports").json()["imports"]
    assert latest["kind"] == "products"


def test_other_columns_of_a_file_of_purchases_are_not_read(
    http: httpx2.Client, owner: httpx2.Client, viewer: Account
) -> None:
    sales = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID"
    text = f"{sales},{BOUGHT}1,s2,Pen,1,2024-01-05,10,c1,Cleo,Chile,2024-05-03,7.5\n"
    files = {"file": ("both.csv", text, "text/csv")}
    answer = http.post(PURCHASES, files=files, headers=viewer.headers)
    assert (answer.status_code, answer.json()) == (200, {"added": 1})
    listed = "/compat/customer-purchases/purchases/?country=chile"
    cleo = {"customer_name": "Cleo", "country": "Chile", "purchase_date": "2024-05-03"}
    assert http.get(listed, headers=viewer.headers).json() == [{**cleo, "amount": 7.5}]
    assert owner.get("/api/lines", params={"product": "s2"}).json()["lines"] == []


# What describes them


@pytest.mark.parametrize("contract", ENVELOPES)
def test_each_contract_has_a_description_and_a_page_of_its_own(
    http: httpx2.Client, contract: str
) -> None:
    base = f"/compat/{contract}"
    described = http.get(f"{base}/openapi.json")
    assert described.headers["content-type"] == "application/json"
    body = described.json()
    assert contract in body["info"]["title"]
    assert body["servers"] == [{"url": base}]
    assert body["paths"]
    assert not any(path.startswith("/api/v1") for path in body["paths"])
    page = http.get(f"{base}/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"{base}/openapi.json" in page.text
    assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page.text) == []
    files = re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page.text)
    assert len(files) >= 2
    for file in files:
        assert http.get(file).status_code == 200
    root = http.get(f"{base}/", follow_redirects=True)
    assert (root.status_code, root.text) == (200, page.text)


@pytest.mark.parametrize("contract", ENVELOPES)
def test_a_description_tells_what_asks_for_a_token(http: httpx2.Client, contract: str) -> None:
    """Its page sends none to other routes."""
    base = f"/compat/{contract}"
    told, found = set(), set()
    for path, methods in http.get(f"{base}/openapi.json").json()["paths"].items():
        for method, described in methods.items():
            answer = http.request(method, base + re.sub("{.*?}", "1", path))
            found |= {(method, path)} if answer.status_code == 401 else set()
            told |= {(method, path)} if described["security"] else set()
            assert ("422" in described["responses"]) <= (contract == "customer-purchases")
    assert found == told
    assert found


def test_contracts_are_no_part_of_our_own_description(http: httpx2.Client) -> None:
    described = http.get("/api/openapi.json").json()
    assert not [path for path in described["paths"] if "compat" in path]


@pytest.mark.parametrize("contract", ENVELOPES)
def test_strangers_are_told_in_the_envelope_of_each_contract(
    http: httpx2.Client, contract: str
) -> None:
    answer = http.get(f"/compat/{contract}/nothing")
    assert (answer.status_code, list(answer.json())) == (401, [ENVELOPES[contract]])
