"""The contract `customer-purchases`, row by row of its table, over HTTP."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from contracts.newcomers_there import Someone, joined, worthless
from contracts.people import bearer
from serving import Server

BASE = "/compat/customer-purchases"
PURCHASE, BULK = f"{BASE}/purchase/", f"{BASE}/purchase/bulk/"
PURCHASES, KPIS, FORECAST = f"{BASE}/purchases/", f"{BASE}/kpis/", f"{BASE}/forecast/"
ROWS = (("POST", PURCHASE), ("POST", BULK), ("GET", PURCHASES), ("GET", KPIS), ("GET", FORECAST))
FOUR = "customer_name,country,purchase_date,amount\n"
ADA = {"customer_name": "Ada", "country": "Peru", "purchase_date": "2024-05-01", "amount": 12.5}
EXCEL = "application/vnd.ms-excel"  # what Windows says a CSV file is
NO_COLUMNS = (
    "Invalid CSV format. Required columns: {'customer_name', 'country', 'purchase_date', 'amount'}"
)

Row = dict[str, Any]


def some_purchases() -> list[Row]:
    """The sample: half a year, days without purchases, clients of more than one country."""
    chance = random.Random(5)
    return [
        {
            "customer_name": f"Client {chance.randrange(60)}",
            "country": chance.choice(["Peru", "Côte d'Ivoire", "Korea, South", "EIRE"]),
            "purchase_date": str(date(2023, 1, 1) + timedelta(chance.randrange(180))),
            "amount": chance.randrange(1, 90_000) / 100,
        }
        for _ in range(400)
    ]


SAMPLE = some_purchases()


def csv_of(rows: list[Row]) -> str:
    return FOUR + "".join(
        f'{row["customer_name"]},"{row["country"]}",{row["purchase_date"]},{row["amount"]}\n'
        for row in rows
    )


@pytest.fixture(scope="module")
def editor(old: Server, owner: httpx2.Client) -> Someone:
    return joined(old, owner, "editor", role="editor")


@pytest.fixture(scope="module")
def empty(old: Server, editor: Someone) -> dict[str, Any]:
    """What a store without purchases answered."""
    with httpx2.Client(base_url=old.url, headers=editor.headers) as client:
        return {path: _ok(client.get(path)) for path in (PURCHASES, KPIS, FORECAST)}


@pytest.fixture(scope="module")
def sample(old: Server, editor: Someone, empty: dict[str, Any]) -> dict[str, Any]:
    """What was answered when the store held the sample and nothing else."""
    assert len(empty) == 3
    with httpx2.Client(base_url=old.url, headers=editor.headers) as client:
        assert _ok(_bulk(client, csv_of(SAMPLE))) == {"added": len(SAMPLE)}
        return {path: _ok(client.get(path)) for path in (PURCHASES, KPIS, FORECAST)}


@pytest.fixture(scope="module")
def client(old: Server, editor: Someone, sample: dict[str, Any]) -> Iterator[httpx2.Client]:
    """An editor, once the sample was looked at; tests take countries of their own."""
    assert len(sample) == 3
    with httpx2.Client(base_url=old.url, headers=editor.headers) as client:
        yield client


def _bulk(
    client: httpx2.Client, content: str | bytes, kind: str = "text/csv", name: str = "purchases.csv"
) -> httpx2.Response:
    content = content.encode() if isinstance(content, str) else content
    return client.post(BULK, files={"file": (name, content, kind)})


def _ok(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def _assert_refused(answer: httpx2.Response, status: int, detail: str) -> None:
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})
    assert answer.headers["content-type"] == "application/json"


def _assert_invalid(answer: httpx2.Response, *where: list[str]) -> None:
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert body.keys() == {"detail"}
    assert [one["loc"] for one in body["detail"]] == [*where]
    assert all(one.keys() >= {"type", "loc", "msg", "input"} for one in body["detail"])


def _of(client: httpx2.Client, country: str, **asked: str) -> list[Row]:
    found: list[Row] = _ok(client.get(PURCHASES, params={"country": country, **asked}))
    return found


# Who may


def test_tokens_that_do_not_count_are_refused_everywhere(old: Server, editor: Someone) -> None:
    shown = {name: bearer(token) for name, token in worthless(old, editor.token).items()}
    with httpx2.Client(base_url=old.url) as client:
        for method, path in ROWS:
            stranger = client.request(method, path)
            _assert_refused(stranger, 401, "Not authenticated")
            assert stranger.headers["WWW-Authenticate"] == "Bearer"
            for headers in shown.values():
                answer = client.request(method, path, headers=headers)
                _assert_refused(answer, 401, "Could not validate credentials")
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_inactive_and_the_unverified_are_told_why(old: Server, owner: httpx2.Client) -> None:
    off = joined(old, owner, "off", role="editor", is_active=False)
    unverified = joined(old, owner, "unverified", role="editor", is_verified=False)
    with httpx2.Client(base_url=old.url) as client:
        for method, path in ROWS:
            answer = client.request(method, path, headers=off.headers)
            _assert_refused(answer, 400, "Inactive user")
            answer = client.request(method, path, headers=unverified.headers)
            assert (answer.status_code, answer.json().keys()) == (403, {"detail"})


def test_an_api_key_is_as_good_as_a_token(client: httpx2.Client, old: Server) -> None:
    key = client.post("/api/users/me/keys", json={"name": "front end", "role": "editor"}).json()[
        "key"
    ]
    for headers in ({"X-API-Key": key}, bearer(key)):
        answer = httpx2.get(old.url + KPIS, headers=headers)
        assert _ok(answer).keys() == {"mean_per_client", "clients_per_country"}


def test_its_page_and_what_is_not_there(old: Server, editor: Someone) -> None:
    page = httpx2.get(f"{old.url}{BASE}/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    described = httpx2.get(f"{old.url}{BASE}/openapi.json").json()["paths"]
    assert {(method.upper(), BASE + path) for path in described for method in described[path]} == {
        *ROWS
    }
    answer = httpx2.get(f"{old.url}{BASE}/orders/", headers=editor.headers)
    assert (answer.status_code, answer.json().keys()) == (404, {"detail"})
    answer = httpx2.get(old.url + PURCHASE, headers=editor.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_paths_without_their_slash_are_redirected(client: httpx2.Client) -> None:
    for method, path in ROWS:
        answer = client.request(method, path.removesuffix("/"))
        assert answer.status_code == 307
        assert answer.headers["location"] == path  # on the same host, whatever stands before it
    # A client that follows gets what it came for, its body and token included.
    one = ADA | {"country": "Togo"}
    answer = client.post(PURCHASE.removesuffix("/"), json=one, follow_redirects=True)
    assert _ok(answer) == one
    asked = {"country": "Togo"}
    answer = client.get(PURCHASES.removesuffix("/"), params=asked, follow_redirects=True)
    assert _ok(answer) == [one]


# A store with nothing, and one with the sample alone


def test_an_empty_store(empty: dict[str, Any]) -> None:
    nothing = {"mean_per_client": 0, "clients_per_country": {}}
    assert empty == {PURCHASES: [], KPIS: nothing, FORECAST: {}}


def test_the_sample_is_listed_by_date(sample: dict[str, Any]) -> None:
    # The file's order decides within a day: sorting keeps it.
    assert sample[PURCHASES] == sorted(SAMPLE, key=lambda row: row["purchase_date"])


def test_kpis_of_the_sample(sample: dict[str, Any]) -> None:
    """Σ amount / distinct customers; a client of two countries counts in both."""
    amount = sum(Decimal(str(row["amount"])) for row in SAMPLE)
    everybody, places = set(), defaultdict(set)
    for row in SAMPLE:
        everybody.add(row["customer_name"])
        places[row["country"]].add(row["customer_name"])
    assert sample[KPIS] == {
        "mean_per_client": float(amount / len(everybody)),
        "clients_per_country": {place: len(who) for place, who in places.items()},
    }
    mean = sample[KPIS]["mean_per_client"]
    assert mean != round(mean, 2)  # it is not rounded


def test_forecast_of_the_sample(sample: dict[str, Any], client: httpx2.Client) -> None:
    last = date.fromisoformat(max(row["purchase_date"] for row in SAMPLE))
    assert [*sample[FORECAST]] == [str(last + timedelta(one)) for one in range(1, 13)]
    values = sample[FORECAST].values()
    assert all(isinstance(one, float) and one >= 0 for one in values)
    by_day = defaultdict(float)
    for row in SAMPLE:
        by_day[row["purchase_date"]] += row["amount"]
    assert 0 < sum(values) / 12 <= max(by_day.values())
    for periods in (1, 365):
        assert len(_ok(client.get(FORECAST, params={"periods": periods}))) == periods


@pytest.mark.parametrize("periods", ["0", "-1", "366", "many", "1.5", ""])
def test_periods_that_cannot_be_forecast(client: httpx2.Client, periods: str) -> None:
    _assert_invalid(client.get(FORECAST, params={"periods": periods}), ["query", "periods"])


# One purchase


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({}, {}),
        ({"amount": 7}, {"amount": 7.0}),
        ({"amount": "12.5"}, {}),
        ({"amount": -4.25}, {"amount": -4.25}),  # a return
        ({"amount": 0.1 + 0.2}, {"amount": 0.3}),
        ({"customer_name": " Ada "}, {"customer_name": "Ada"}),
        ({"id": 9, "note": "other keys are ignored"}, {}),
    ],
)
def test_a_purchase_is_echoed_and_listed(client: httpx2.Client, sent: Row, stored: Row) -> None:
    one = ADA | {"country": "Chile"}
    before = _of(client, "Chile")
    assert _ok(client.post(PURCHASE, json=one | sent)) == one | stored
    assert _of(client, "Chile") == [*before, one | stored]  # of one day by id


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": "much"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": 1e300}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": True}, "amount"),
        ({"purchase_date": "2024-02-30"}, "purchase_date"),
        ({"purchase_date": "01/02/2024"}, "purchase_date"),
        ({"purchase_date": 1714521600}, "purchase_date"),
        ({"purchase_date": "2999-01-01"}, "purchase_date"),
        ({"customer_name": " "}, "customer_name"),
        ({"customer_name": 5}, "customer_name"),
        ({"country": None}, "country"),
    ],
)
def test_fields_that_cannot_be_used(client: httpx2.Client, wrong: Row, field: str) -> None:
    answer = client.post(PURCHASE, json=ADA | {"country": "Narnia"} | wrong)
    _assert_invalid(answer, ["body", field])
    assert _of(client, "Narnia") == []


def test_bodies_that_cannot_be_used(client: httpx2.Client) -> None:
    _assert_invalid(client.post(PURCHASE, json={}), *(["body", name] for name in ADA))
    broken = client.post(PURCHASE, content="{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["detail"][0]["type"]) == (422, "json_invalid")


# Many purchases


@pytest.mark.parametrize("kind", ["text/csv", EXCEL, "text/csv; charset=utf-8"])
def test_a_file_is_added_once(client: httpx2.Client, kind: str) -> None:
    place = f"Kind {len(kind)}"
    rows = [ADA | {"country": place, "amount": 5.0}, ADA | {"country": place, "amount": 0.01}]
    assert _ok(_bulk(client, csv_of(rows), kind)) == {"added": 2}
    assert _of(client, place) == rows
    assert _ok(_bulk(client, csv_of(rows), kind)) == {"added": 0}
    assert _of(client, place) == rows


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("Mark", f"\ufeff{FOUR}Zoë,Mark,2024-05-02,5\n".encode()),
        ("Older", f"{FOUR}Zoë,Older,2024-05-02,5\n".encode("cp1252")),
        ("More", f"note,{FOUR}x,Zoë,More,2024-05-02,5.000\n".encode()),
        ("Order", "amount,purchase_date,country,customer_name\n5,2024-05-02,Order,Zoë\n".encode()),
        ("Semi", f"{FOUR}Zoë,Semi,2024-05-02,5\n".replace(",", ";").encode()),
        ("Lines", f"{FOUR}Zoë,Lines,2024-05-02,5\n".replace("\n", "\r\n").encode()),
    ],
)
def test_files_as_people_have_them(client: httpx2.Client, place: str, content: bytes) -> None:
    """With a byte order mark or not in UTF-8 the older product failed."""
    assert _ok(_bulk(client, content)) == {"added": 1}
    zoe = {"customer_name": "Zoë", "country": place, "purchase_date": "2024-05-02", "amount": 5.0}
    assert _of(client, place) == [zoe]


GOOD = "Ada,Narnia,2024-05-02,5\n"
BAD_AMOUNT = (
    "Error processing row: {'line': 3, 'amount': 'much'}."
    " Invalid data format: amount is not a number"
)
BAD_DATE = (
    "Error processing row: {'line': 3, 'purchase_date': 'yesterday'}."
    " Invalid data format: purchase_date is not a date that could be read"
)
NO_ISO_DATE = (
    "Error processing row: {'purchase_date': '02/05/2024'}."
    " Invalid data format: purchase_date is not a date such as 2024-05-31"
)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/octet-stream"])
def test_files_of_another_kind(client: httpx2.Client, kind: str) -> None:
    answer = _bulk(client, FOUR + GOOD, kind)
    _assert_refused(answer, 400, "Invalid file format. Only CSV files are allowed")


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("customer_name,country,amount\nAda,Narnia,5\n", NO_COLUMNS),
        ("name,country,purchase_date,amount\nAda,Narnia,2024-05-02,5\n", NO_COLUMNS),
        ("", "The file is empty."),
        (FOUR, "The file has a header and no rows."),
        (f"{FOUR}{GOOD}Bob,Narnia,2024-05-02,much\n", BAD_AMOUNT),
        (f"{FOUR}{GOOD}Bob,Narnia,yesterday,5\n", BAD_DATE),
        (f"{FOUR}Bob,Narnia,02/05/2024,5\n", NO_ISO_DATE),
    ],
)
def test_files_that_cannot_be_used_add_nothing(
    client: httpx2.Client, content: str, detail: str
) -> None:
    _assert_refused(_bulk(client, content), 400, detail)
    assert _of(client, "Narnia") == []


def test_no_file_at_all(client: httpx2.Client) -> None:
    for sent in (
        {},
        {"data": {"file": "text"}},
        {"files": {"other": ("a.csv", FOUR + GOOD, "text/csv")}},
    ):
        _assert_invalid(client.post(BULK, **sent), ["body", "file"])


# The list


def test_the_list_filters_by_country_and_days(client: httpx2.Client) -> None:
    days = ("2024-06-03", "2024-06-01", "2024-06-02")
    for amount, day in enumerate(days, 1):
        client.post(PURCHASE, json=ADA | {"country": "Île", "purchase_date": day, "amount": amount})

    def amounts(**asked: str) -> list[float]:
        return [one["amount"] for one in _of(client, **asked)]

    assert amounts(country="île") == amounts(country="ÎLE") == [2.0, 3.0, 1.0]
    assert amounts(country="Îl") == amounts(country="I") == []
    assert amounts(country="Île", start_date="2024-06-02") == [3.0, 1.0]
    assert amounts(country="Île", end_date="2024-06-02") == [2.0, 3.0]
    one_day = {"start_date": "2024-06-02", "end_date": "2024-06-02"}
    assert amounts(country="Île", **one_day) == [3.0]
    assert amounts(country="", **one_day) == [3.0]
    assert amounts(country="Île", start_date="2024-06-03", end_date="2024-06-01") == []


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("day", ["2024-13-01", "yesterday", "01/02/2024", "0"])
def test_days_that_cannot_be_used(client: httpx2.Client, name: str, day: str) -> None:
    _assert_invalid(client.get(PURCHASES, params={name: day}), ["query", name])


def test_kpis_take_no_filter(client: httpx2.Client) -> None:
    found = _ok(client.get(KPIS, params={"country": "Peru", "start_date": "2023-02-01"}))
    assert found == _ok(client.get(KPIS))


def test_orders_of_other_files_are_one_row_each(client: httpx2.Client) -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    rows = (
        "1,p1,Pen,2,2024-07-01 10:00:00,10,c1,Faraway\n"
        "1,p2,Cup,1,2024-07-01 11:00:00,5,c1,Faraway\n"
        "2,p1,Pen,1,2024-07-02 09:00:00,10,,Faraway\n"
        "C3,p1,Pen,-1,2024-07-03 09:00:00,10,c1,Faraway\n"
    )
    answer = client.post("/api/imports", files={"file": ("sales.csv", header + rows)})
    assert answer.status_code == 201, answer.text
    assert [[*one.values()] for one in _of(client, "faraway")] == [
        ["c1", "Faraway", "2024-07-01", 25.0],
        ["", "Faraway", "2024-07-02", 10.0],
        ["c1", "Faraway", "2024-07-03", -10.0],
    ]
