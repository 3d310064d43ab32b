"""Purchases one by one over HTTP: entering them, the list, taking them back."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from api_shop import Api

PATH = "/api/purchases"
ADA = {"customer": "Ada", "country": "Peru", "date": "2024-05-01", "amount": 12.5}
LINES = [
    {"product": "Pen", "quantity": 2, "unit_price": "3.25"},
    {"product": "Cup", "quantity": -1, "unit_price": 4},
]


def enter(api: Api, purchase: dict | None = None, role: str = "editor", key: str | None = None):
    headers = api.as_(role) | ({"Idempotency-Key": key} if key else {})
    return api.client.post(PATH, json=purchase or ADA, headers=headers)


def entered(api: Api, **other) -> dict:
    answer = enter(api, {**ADA, **other})
    assert answer.status_code == 201, answer.text
    return answer.json()


def kpis(api: Api) -> dict:
    return api.get("/api/analytics/kpis")["kpis"]


def test_a_purchase_is_stored_and_seen_at_once(api: Api) -> None:
    made = entered(api)
    assert made == {
        "id": 1,
        "state": "done",
        "customer": "Ada",
        "country": "Peru",
        "date": "2024-05-01",
        "time": None,
        "amount": 12.5,
        "lines": [],
        "created_at": made["created_at"],
        "created_by": "editor",
        "may_undo": True,
        "version": 1,
    }
    age = datetime.now(UTC) - datetime.fromisoformat(made["created_at"])
    assert timedelta(0) < age < timedelta(minutes=5)
    found = kpis(api)
    assert (found["revenue"], found["orders"], found["customers"]) == (12.5, 1, 1)
    del made["version"]
    assert api.get(f"{PATH}/1", role="editor") == made
    assert api.get(f"{PATH}/1") == {**made, "may_undo": False}


def test_lines_have_products_and_returns(api: Api) -> None:
    made = entered(api, amount=2.5, lines=LINES, date="2024-05-01T23:05:30", country=None)
    assert (made["amount"], made["time"], made["country"]) == (2.5, "23:05:30", None)
    assert made["lines"] == [
        {"product": "Pen", "quantity": 2.0, "unit_price": 3.25, "amount": 6.5},
        {"product": "Cup", "quantity": -1.0, "unit_price": 4.0, "amount": -4.0},
    ]
    asked = {"measures": "revenue,returns,units", "by": "product"}
    rows = api.get("/api/metrics/query", **asked)["rows"]
    told = {row["product"]: (row["revenue"], row["returns"], row["units"]) for row in rows}
    assert told == {"Pen": (6.5, 0.0, 2), "Cup": (0.0, 4.0, 0)}
    [order] = api.get("/api/orders", order="1")["orders"]
    assert (order["source"], order["time"]) == ("purchase", "2024-05-01T23:05:30")
    lines = api.get("/api/lines")["lines"]
    assert [(one["import_id"], one["purchase_id"], one["product_id"]) for one in lines] == [
        (None, 1, "Cup"),
        (None, 1, "Pen"),
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"customer": " "}, "customer"),
        ({"date": "2024-13-01"}, "date"),
        ({"amount": 0}, "amount"),
        ({"amount": 1.23456}, "amount"),
        ({"amount": 3, "lines": LINES}, "amount"),
        ({"lines": [{"product": "", "quantity": 1, "unit_price": 1}]}, "lines"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(api: Api, wrong: dict, field: str) -> None:
    refused = enter(api, {**ADA, **wrong})
    assert refused.status_code == 422
    assert refused.json()["field"] == field
    assert api.get(PATH)["purchases"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"customer": "Ada", "date": "2024-05-01", "amount": NaN}',
        b'{"customer": "Ada", "date": "2024-05-01", "amount": 1e400}',
        b'{"customer": "Ada", "date": "2024-05-01", "amount": "much"}',
        b'{"customer": "Ada", "date": "2024-05-01", "amount": true}',
        b'{"customer": "A\\u0000", "date": "2024-05-01", "amount": 1}',
        b'{"customer": "Ada", "date": "2024-05-01", "amount": 1, "price": 2}',
        b'{"customer": "Ada", "date": 20240501, "amount": 1}',
    ],
)
def test_a_malformed_body_is_refused(api: Api, body: bytes) -> None:
    headers = api.as_("editor") | {"Content-Type": "application/json"}
    refused = api.client.post(PATH, content=body, headers=headers)
    assert refused.status_code == 422, refused.text
    assert api.get(PATH)["purchases"] == []


def test_the_same_key_makes_it_once(api: Api) -> None:
    first = enter(api, key="k1")
    assert "Idempotent-Replayed" not in first.headers
    again = enter(api, {**ADA, "customer": " Ada ", "amount": "12.50"}, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert enter(api, key="k2").json()["id"] == 2
    assert enter(api, role="admin", key="k1").json()["id"] == 3  # each person has keys of their own
    other = enter(api, {**ADA, "amount": 13}, key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert kpis(api)["orders"] == 3
    for key in ("\u00e9".encode("latin-1"), b"a" * 256, b""):
        headers = {**api.as_("editor"), "Idempotency-Key": key}
        assert api.client.post(PATH, json=ADA, headers=headers).status_code == 422


def test_equal_requests_at_once_make_one_purchase(api: Api) -> None:
    api.as_("editor")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: enter(api, key="same"), range(16)))
    assert {one.status_code for one in answers} == {201}
    assert {one.json()["id"] for one in answers} == {1}
    assert sum("Idempotent-Replayed" not in one.headers for one in answers) == 1
    assert kpis(api)["revenue"] == 12.5


def test_undo_and_redo(sold: Api) -> None:
    before = kpis(sold)
    entered(sold)
    headers = sold.as_("editor")
    undone = sold.client.delete(f"{PATH}/1", headers=headers)
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert kpis(sold) == before
    again = sold.client.delete(f"{PATH}/1", headers=headers)
    assert (again.status_code, again.json()["detail"]) == (409, "Purchase 1 is undone already.")
    redone = sold.client.post(f"{PATH}/1/redo", headers=headers)
    assert (redone.status_code, redone.json()["state"]) == (200, "done")
    assert sold.client.post(f"{PATH}/1/redo", headers=headers).status_code == 409
    assert kpis(sold)["revenue"] == before["revenue"] + 12.5
    assert sold.client.delete(f"{PATH}/2", headers=headers).status_code == 404
    actions = [one["action"] for one in sold.get("/api/audit", role="admin")["entries"]]
    assert actions[:3] == ["sign_in", "purchase_redo", "purchase_undo"]


def test_others_cannot_undo_it_but_an_admin_can(api: Api) -> None:
    entered(api)
    for role, status in (("viewer", 403), ("manager", 403), ("admin", 200)):
        assert api.client.delete(f"{PATH}/1", headers=api.as_(role)).status_code == status
    assert api.client.post(f"{PATH}/1/redo", headers=api.as_("manager")).status_code == 403
    assert api.client.post(f"{PATH}/1/redo", headers=api.as_("editor")).status_code == 200


def test_the_list_has_pages_and_filters(api: Api) -> None:
    for day, country, customer in (
        ("2024-05-01", "Peru", "Ada"),
        ("2024-05-03", "EIRE", "Bob"),
        ("2024-05-02", None, "Ada"),
        ("2024-05-02", "Peru", "Eve"),
    ):
        entered(api, date=day, country=country, customer=customer)

    def ids(**asked) -> list[int]:
        return [one["id"] for one in api.get(PATH, **asked)["purchases"]]

    assert ids() == [4, 3, 2, 1]
    assert ids(**{"from": "2024-05-02", "to": "2024-05-03"}) == [4, 3]
    assert ids(country=["Peru", ""]) == [4, 3, 1]
    assert ids(country="") == [3]
    assert ids(customer="Ada") == [3, 1]
    assert ids(customer="ada") == []
    page = api.get(PATH, limit=3)
    assert (len(page["purchases"]), page["next"]) == (3, 2)
    last = api.get(PATH, limit=3, before=page["next"])
    assert ([one["id"] for one in last["purchases"]], last["next"]) == ([1], None)


def test_the_list_as_csv_is_safe_and_recorded(api: Api) -> None:
    entered(api, customer="=1+1", date="2024-05-01T09:05")
    entered(api, amount=None, lines=LINES)
    entered(api, country="EIRE")
    api.client.delete(f"{PATH}/3", headers=api.as_("editor"))
    answer = api.client.get(
        PATH, params={"format": "csv", "to": "2024-05-02"}, headers=api.as_("viewer")
    )
    assert 'filename="purchases.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = [
        (one["id"], one["customer"], one["time"], one["amount"], one["lines"], one["state"])
        for one in rows
    ]
    assert told == [
        ("3", "Ada", "", "12.50", "", "undone"),
        ("2", "Ada", "", "2.50", "2 × Pen; -1 × Cup", "done"),
        ("1", "'=1+1", "09:05:00", "12.50", "", "done"),
    ]
    entries = api.get("/api/audit", role="admin", action="export")["entries"]
    assert [(one["actor"], one["subject"]) for one in entries] == [
        ("viewer@example.com", "purchases")
    ]


def test_viewers_cannot_enter_purchases(api: Api) -> None:
    assert enter(api, role="viewer").status_code == 403
    assert api.client.post(PATH, json=ADA).status_code == 401
