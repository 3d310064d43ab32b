"""The contract customer-purchases open to strangers, and its rows against plain Python."""

import json
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from api_shop import Api
from newcomers import with_settings
from random_lines import Line, lines
from shop import HEADER, temporary_shop
from tillsight.metrics.order_totals import clients, order_totals
from tillsight.sales.choices import DecimalMark

BASE = "/compat/customer-purchases"
FOUR = "customer_name,country,purchase_date,amount\n"
ADA = {"customer_name": "Ada", "country": "Peru", "purchase_date": "2024-05-01", "amount": 12.5}


@pytest.fixture
def anonymous(api: Api) -> Api:
    """As the older product was: open to everybody."""
    return with_settings(api, compat="customer-purchases", compat_anonymous="customer-purchases")


def bulk(api: Api, content: str):
    files = {"file": ("purchases.csv", content, "text/csv")}
    return api.client.post(f"{BASE}/purchase/bulk/", files=files)


def test_strangers_may_do_all_of_it_where_the_operator_says_so(anonymous: Api) -> None:
    client = anonymous.client
    assert client.get(f"{BASE}/forecast/").json() == {}
    assert client.post(f"{BASE}/purchase/", json=ADA).json() == ADA
    assert bulk(anonymous, f"{FOUR}Bob,EIRE,2024-05-02,7.5\n").json() == {"added": 1}
    assert [one["amount"] for one in client.get(f"{BASE}/purchases/").json()] == [12.5, 7.5]
    assert client.get(f"{BASE}/kpis/").json()["mean_per_client"] == 10.0
    # Few purchases are forecast by their mean.
    found = client.get(f"{BASE}/forecast/?periods=2").json()
    assert found == {"2024-05-03": 10.0, "2024-05-04": 10.0}
    # Whoever shows a token is who it says, and a wrong one is not nobody's.
    wrong = client.get(f"{BASE}/kpis/", headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 401
    assert client.get("/api/purchases").status_code == 401
    entries = anonymous.get("/api/audit", role="admin")["entries"]
    told = [(one["actor"], one["action"]) for one in entries if one["action"] != "sign_in"]
    assert told == [("stranger", "import"), ("stranger", "purchase")]
    [one] = anonymous.get("/api/purchases", role="admin")["purchases"]
    assert (one["created_by"], one["may_undo"]) == (None, True)


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


def test_a_large_list_is_sent_in_parts(anonymous: Api) -> None:
    rows = "".join(f"Ada,Peru,2024-05-02,{number}\n" for number in range(1, 25_001))
    bulk(anonymous, FOUR + rows)
    found = json.loads(anonymous.client.get(f"{BASE}/purchases/").text)
    assert [one["amount"] for one in found] == list(range(1, 25_001))
