"""The contract customer-purchases, row by row of its table."""

import json
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from api_shop import SALES, Api
from newcomers import with_settings
from random_lines import Line, lines
from shop import HEADER, temporary_shop
from tillsight.metrics.order_totals import clients, order_totals
from tillsight.sales.choices import DecimalMark

BASE = "/compat/customer-purchases"
FOUR = "customer_name,country,purchase_date,amount\n"
ADA = {"customer_name": "Ada", "country": "Peru", "purchase_date": "2024-05-01", "amount": 12.5}
COLUMNS = {
    "detail": "Invalid CSV format. Required columns:"
    " {'customer_name', 'country', 'purchase_date', 'amount'}"
}


@pytest.fixture
def old(api: Api) -> Api:
    """A client of the older product, whose tokens are those of our API."""
    return with_settings(api, compat="customer-purchases")


@pytest.fixture
def anonymous(api: Api) -> Api:
    """The same, as the older product was: open to everybody."""
    return with_settings(api, compat="customer-purchases", compat_anonymous="customer-purchases")


def post(api: Api, body: object, role: str = "editor"):
    return api.client.post(f"{BASE}/purchase/", json=body, headers=api.as_(role))


def bulk(api: Api, content: bytes | str, kind: str = "text/csv", name: str = "purchases.csv"):
    files = {"file": (name, content, kind)}
    return api.client.post(f"{BASE}/purchase/bulk/", files=files, headers=api.as_("editor"))


def test_one_purchase_is_echoed_and_seen_by_all_doors(old: Api) -> None:
    extra = {**ADA, "customer_name": " Ada ", "amount": "12.5", "note": "is ignored"}
    answer = post(old, extra)
    assert (answer.status_code, answer.json()) == (200, ADA)
    assert old.get(f"{BASE}/purchases/") == [ADA]
    assert old.get("/api/analytics/kpis")["kpis"]["revenue"] == 12.5
    [ours] = old.get("/api/purchases")["purchases"]
    assert (ours["customer"], ours["created_by"]) == ("Ada", "editor")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"amount": "much"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 1e300}, "amount"),
        ({"purchase_date": "2024-02-30"}, "purchase_date"),
        ({"purchase_date": "01/02/2024"}, "purchase_date"),
        ({"purchase_date": "2999-01-01"}, "purchase_date"),
        ({"customer_name": " "}, "customer_name"),
        ({"customer_name": 5}, "customer_name"),
    ],
)
def test_a_bad_field_is_named_in_the_usual_way(old: Api, wrong: dict, where: str) -> None:
    answer = post(old, {**ADA, **wrong})
    assert answer.status_code == 422
    [problem] = answer.json()["detail"]
    assert problem["loc"] == ["body", where]
    assert problem.keys() >= {"type", "loc", "msg", "input"}
    assert old.get(f"{BASE}/purchases/") == []


def test_what_is_missing_is_named(old: Api) -> None:
    found = post(old, {}).json()["detail"]
    assert [(one["type"], one["loc"]) for one in found] == [
        ("missing", ["body", name]) for name in ADA
    ]


def test_amounts_that_were_computed_lose_their_last_digits(old: Api) -> None:
    assert post(old, {**ADA, "amount": 0.1 + 0.2}).json()["amount"] == 0.3
    assert post(old, {**ADA, "amount": -4}).json()["amount"] == -4.0  # a return
    assert [one["amount"] for one in old.get(f"{BASE}/purchases/")] == [0.3, -4.0]


def test_a_file_is_added_once(old: Api) -> None:
    text = f"{FOUR}Ada,Peru,2024-05-02,5\nBob,EIRE,2024-05-01,7.25\n"
    assert bulk(old, text).json() == {"added": 2}
    again = bulk(old, text, "application/vnd.ms-excel")
    assert (again.status_code, again.json()) == (200, {"added": 0})
    assert [one["customer_name"] for one in old.get(f"{BASE}/purchases/")] == ["Bob", "Ada"]
    [listed] = old.get("/api/imports", role="editor")["imports"]
    assert (listed["file"], listed["rows"], listed["may_undo"]) == ("purchases.csv", 2, True)


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{FOUR}Zoë,Peru,2024-05-02,5\n".encode(),
        f"{FOUR}Zoë,Peru,2024-05-02,5\n".encode("cp1252"),
        f"note,{FOUR}x,Zoë,Peru,2024-05-02,5.000\n".encode(),
        f"{FOUR}Zoë,Peru,2024-05-02,5\n".replace(",", ";").encode(),
    ],
)
def test_files_as_people_have_them(old: Api, content: bytes) -> None:
    assert bulk(old, content).json() == {"added": 1}
    [row] = old.get(f"{BASE}/purchases/")
    assert row == {**ADA, "customer_name": "Zoë", "purchase_date": "2024-05-02", "amount": 5.0}


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        (f"{FOUR}Ada,Peru,2024-05-02,5\n", "text/plain", {
            "detail": "Invalid file format. Only CSV files are allowed"
        }),
        ("customer_name,country,amount\nAda,Peru,5\n", "text/csv", COLUMNS),
        (SALES, "text/csv", COLUMNS),
        ("\n", "text/csv", {"detail": "The file is empty."}),
        ("", "text/csv", {"detail": "The file is empty."}),
        (FOUR, "text/csv", {"detail": "The file has a header and no rows."}),
        (f"{FOUR}Ada,Peru,2024-05-02,5\nBob,Peru,2024-05-02,much\n", "text/csv", {
            "detail": "Error processing row: {'line': 3, 'amount': 'much'}. Invalid data format:"
            " amount is not a number"
        }),
        (f"{FOUR}Ada,Peru,yesterday,5\n", "text/csv", {
            "detail": "Error processing row: {'line': 2, 'purchase_date': 'yesterday'}. Invalid"
            " data format: purchase_date is not a date that could be read"
        }),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_adds_nothing(
    old: Api, content: str, kind: str, body: dict
) -> None:
    answer = bulk(old, content, kind)
    assert (answer.status_code, answer.json()) == (400, body)
    assert old.get(f"{BASE}/purchases/") == []


def test_no_file_is_422(old: Api) -> None:
    for sent in ({}, {"data": {"file": "text"}}, {"files": {"other": ("a.csv", FOUR, "text/csv")}}):
        headers = old.as_("editor")
        answer = old.client.post(f"{BASE}/purchase/bulk/", headers=headers, **sent)
        assert answer.status_code == 422
        [problem] = answer.json()["detail"]
        assert (problem["type"], problem["loc"]) == ("missing", ["body", "file"])


def test_the_list_goes_by_date_and_filters(old: Api) -> None:
    rows = "Ada,Peru,2024-05-03,1\nBob,EIRE,2024-05-01,2\nEve,Peru,2024-05-02,3\n"
    bulk(old, f"{FOUR}{rows}")
    post(old, {**ADA, "purchase_date": "2024-05-02", "amount": 4})

    def amounts(**asked: str) -> list[float]:
        return [one["amount"] for one in old.get(f"{BASE}/purchases/", **asked)]

    assert amounts() == [2.0, 3.0, 4.0, 1.0]
    assert amounts(country="pERU") == [3.0, 4.0, 1.0]
    assert amounts(start_date="2024-05-02", end_date="2024-05-02") == [3.0, 4.0]
    assert amounts(start_date="2024-05-02") == [3.0, 4.0, 1.0]
    assert amounts(end_date="2024-05-01") == [2.0]
    assert amounts(start_date="2024-05-03", end_date="2024-05-01") == []
    assert amounts(country="") == [2.0, 3.0, 4.0, 1.0]
    headers = old.as_("viewer")
    bad = old.client.get(f"{BASE}/purchases/?start_date=2024-13-01", headers=headers)
    assert (bad.status_code, bad.json()["detail"][0]["loc"]) == (422, ["query", "start_date"])


def test_orders_of_any_file_are_one_row_each(old: Api) -> None:
    old.upload(SALES)
    found = old.get(f"{BASE}/purchases/")
    assert [(one["customer_name"], one["country"], one["amount"]) for one in found] == [
        ("c1", "France", 25.0),
        ("c2", "EIRE", 10.0),
        ("", "", 15.0),
        ("c1", "France", -10.0),
    ]
    assert old.get(f"{BASE}/kpis/") == {
        "mean_per_client": 12.5,
        "clients_per_country": {"EIRE": 1, "France": 1},
    }


def test_the_two_kpis(old: Api) -> None:
    empty = {"mean_per_client": 0, "clients_per_country": {}}
    assert old.get(f"{BASE}/kpis/") == empty
    rows = ("Ada,Peru,2024-05-03,10", "Bob,EIRE,2024-05-01,0.01", "Eve,EIRE,2024-05-02,0.01")
    bulk(old, FOUR + "\n".join(rows))
    found = old.get(f"{BASE}/kpis/")
    assert found["mean_per_client"] == float(Decimal("10.02") / 3)
    assert found["clients_per_country"] == {"EIRE": 2, "Peru": 1}


def test_paths_without_their_slash_are_redirected(old: Api) -> None:
    for method, path in (
        ("POST", "/purchase"),
        ("POST", "/purchase/bulk"),
        ("GET", "/purchases"),
        ("GET", "/kpis"),
    ):
        answer = old.client.request(
            method, f"{BASE}{path}", headers=old.as_("editor"), follow_redirects=False
        )
        assert answer.status_code == 307
        assert answer.headers["location"].endswith(f"{BASE}{path}/")


def test_it_asks_for_a_token_in_its_own_shape(old: Api) -> None:
    none = old.client.get(f"{BASE}/purchases/")
    assert (none.status_code, none.json()) == (401, {"detail": "Not authenticated"})
    wrong = old.client.get(f"{BASE}/kpis/", headers={"Authorization": "Bearer x"})
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Could not validate credentials"})
    missing = old.client.get(f"{BASE}/orders/", headers=old.as_("viewer"))
    assert (missing.status_code, missing.json().keys()) == (404, {"detail"})


def test_strangers_may_do_all_of_it_where_the_operator_says_so(anonymous: Api) -> None:
    client = anonymous.client
    assert client.post(f"{BASE}/purchase/", json=ADA).json() == ADA
    files = {"file": ("a.csv", f"{FOUR}Bob,EIRE,2024-05-02,7.5\n", "text/csv")}
    assert client.post(f"{BASE}/purchase/bulk/", files=files).json() == {"added": 1}
    assert [one["amount"] for one in client.get(f"{BASE}/purchases/").json()] == [12.5, 7.5]
    assert client.get(f"{BASE}/kpis/").json()["mean_per_client"] == 10.0
    # Whoever shows a token is who it says, and a wrong one is not nobody's.
    wrong = client.get(f"{BASE}/kpis/", headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 401
    assert client.get("/api/purchases").status_code == 401
    entries = anonymous.get("/api/audit", role="admin")["entries"]
    told = [(one["actor"], one["action"]) for one in entries if one["action"] != "sign_in"]
    assert told == [("stranger", "import"), ("stranger", "purchase")]
    [one] = anonymous.get("/api/purchases", role="admin")["purchases"]
    assert (one["created_by"], one["may_undo"]) == (None, True)


def test_it_describes_itself(old: Api) -> None:
    described = old.client.get(f"{BASE}/openapi.json").json()
    assert described["paths"].keys() == {
        *("/purchase/", "/purchase/bulk/"),
        *("/purchases/", "/kpis/", "/forecast/"),
    }
    assert "swagger" in old.client.get(f"{BASE}/docs").text.lower()


@given(some=lines)
@hypothesis_settings(max_examples=10)
def test_rows_and_figures_are_what_plain_python_makes_of_them(some: list[Line]) -> None:
    """The rows sum to revenue less returns; mean and clients follow from what the rows are of."""
    with temporary_shop() as shop:
        text = HEADER + "".join(line.csv() for line in some)
        shop.load_text(text, decimal=DecimalMark.point)
        shop.warehouse.catch_up(wait=60)
        rows = [row for part in order_totals(shop.warehouse) for row in part]
        found = clients(shop.warehouse)
    orders = defaultdict(list)
    for line in some:
        if line.quantity and line.price > 0:
            orders[line.order].append(line)
    wanted = []
    spent, names, places = Decimal(0), set(), defaultdict(set)
    for order, parts in orders.items():
        first = min(parts, key=lambda one: (one.time, one.country, one.customer))
        country = next((one.country for one in sorted_parts(parts) if one.country), None)
        customer = next((one.customer for one in sorted_parts(parts) if one.customer), None)
        amount = sum(one.quantity * one.price for one in parts)
        wanted.append((first.time.date(), order, customer, country, float(round(amount, 2))))
        if customer:
            spent += amount
            names.add(customer)
            places[country].add(customer)
    assert [(row.day, row.customer, row.country, row.amount) for row in rows] == [
        (day, customer, country, amount) for day, _, customer, country, amount in sorted(wanted)
    ]
    assert found.by_country == {place: len(some) for place, some in places.items()}
    assert found.mean == (float(spent / len(names)) if names else 0.0)


def sorted_parts(parts: list[Line]) -> list[Line]:
    return sorted(parts, key=lambda one: (one.time, one.country, one.customer))


def test_a_large_list_is_sent_in_parts(old: Api) -> None:
    rows = "".join(f"Ada,Peru,2024-05-02,{number}\n" for number in range(1, 25_001))
    bulk(old, FOUR + rows)
    answer = old.client.get(f"{BASE}/purchases/", headers=old.as_("viewer"))
    assert [one["amount"] for one in json.loads(answer.text)] == list(range(1, 25_001))


def test_the_forecast_begins_after_the_last_purchase(old: Api) -> None:
    rows = "".join(f"Ada,Peru,2024-05-{day:02},{day}.5\n" for day in range(1, 29))
    assert bulk(old, FOUR + rows).json() == {"added": 28}
    found = old.get(f"{BASE}/forecast/")
    assert list(found) == [f"2024-05-{day}" for day in (29, 30, 31)] + [
        f"2024-06-0{day}" for day in range(1, 10)
    ]
    assert all(value > 0 for value in found.values())
    ours = old.get("/api/forecasts", measure="net_revenue", horizon=12)["forecast"]
    assert found == {one["start"]: one["value"] for one in ours}
    assert list(old.get(f"{BASE}/forecast/", periods=1)) == ["2024-05-29"]
    assert len(old.get(f"{BASE}/forecast/", periods=365)) == 365


def test_few_purchases_are_forecast_by_their_mean(old: Api) -> None:
    bulk(old, f"{FOUR}Ada,Peru,2024-05-01,10\nAda,Peru,2024-05-02,-4\nBob,Peru,2024-05-02,2\n")
    assert old.get(f"{BASE}/forecast/", periods=3) == {
        "2024-05-03": 4.0,
        "2024-05-04": 4.0,
        "2024-05-05": 4.0,
    }


def test_without_purchases_there_is_no_forecast(old: Api) -> None:
    assert old.get(f"{BASE}/forecast/") == {}


@pytest.mark.parametrize("periods", ["0", "-3", "366", "many", "1.5", ""])
def test_bad_periods_are_named(old: Api, periods: str) -> None:
    headers = old.as_("viewer")
    answer = old.client.get(f"{BASE}/forecast/?periods={periods}", headers=headers)
    assert answer.status_code == 422
    assert answer.json().keys() == {"detail"}
    [problem] = answer.json()["detail"]
    assert problem["loc"] == ["query", "periods"]


def test_strangers_read_the_forecast_only_where_they_may(old: Api, anonymous: Api) -> None:
    assert old.client.get(f"{BASE}/forecast/").status_code == 401
    assert anonymous.client.get(f"{BASE}/forecast/").json() == {}
