"""The biggest spenders up to a day, against plain Python and on the edges of the calendar."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from api_shop import Api
from shop import HEADER, Shop
from tillsight.errors import InvalidInput
from tillsight.metrics.top_spenders import Span, top_spenders

LINES = HEADER.rstrip("\n") + ",Category\n"


@pytest.mark.parametrize(
    ("as_of", "within", "start"),
    [
        ("2024-06-30", "1y", "2023-07-01"),
        ("2024-06-30", "1m", "2024-06-01"),
        ("2024-06-30", "6m", "2024-01-01"),
        ("2024-06-30", "90d", "2024-04-02"),
        ("2024-06-30", "1d", "2024-06-30"),
        ("2024-02-29", "1y", "2023-03-01"),
        ("2024-02-28", "1y", "2023-02-28"),  # there is no 29 February 2023
        ("2025-02-28", "1y", "2024-03-01"),
        ("2024-03-30", "1m", "2024-02-29"),
        ("2023-12-31", "2y", "2022-01-01"),
    ],
)
def test_spans_end_with_their_day(as_of: str, within: str, start: str) -> None:
    period = Span.read(within).up_to(date.fromisoformat(as_of))
    assert str(period.start) == start
    assert period.end == date.fromisoformat(as_of) + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["", "1", "y", "0y", "1w", "-1y", "1.5y", "1y ", "100000d", "\u0661y"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(InvalidInput, match="Write 90d, 6m or 1y"):
        Span.read(text)


@pytest.mark.parametrize(("day", "span"), [("2024-01-01", "3000y"), ("9999-12-31", "1d")])
def test_spans_beyond_the_calendar(day: str, span: str) -> None:
    with pytest.raises(InvalidInput, match=f"ends on {day}"):
        Span.read(span).up_to(date.fromisoformat(day))


def test_against_plain_python(shop: Shop) -> None:
    draw = random.Random(3)
    categories = {f"p{n}": draw.choice(["Tea", "Cups", "Pens", ""]) for n in range(30)}
    rows = []
    for order in range(600):
        customer = draw.choice([*(f"c{n:02}" for n in range(25)), ""])
        day = date(2022, 6, 1) + timedelta(days=draw.randrange(900))
        # Few amounts, so that they are often equal; some come back.
        rows += [
            (order, product, draw.choice([-1, 1, 1, 2]), day, 5, customer)
            for product in draw.sample(sorted(categories), draw.randrange(1, 4))
        ]
    shop.load_text(
        LINES
        + "".join(
            f"{order},{product},Name,{units},{day},{price},{customer},,{categories[product]}\n"
            for order, product, units, day, price, customer in rows
        )
    )
    shop.warehouse.catch_up(60)
    for as_of, within, first in (
        (date(2024, 6, 30), "1y", date(2023, 7, 1)),
        (date(2023, 2, 28), "3m", date(2022, 12, 1)),
        (date(2024, 1, 15), "30d", date(2023, 12, 17)),
    ):
        spent: Counter[str] = Counter()
        by_category: defaultdict[str, Counter[str]] = defaultdict(Counter)
        orders: defaultdict[str, set[int]] = defaultdict(set)
        for order, product, units, day, price, customer in rows:
            if units > 0 and customer and first <= day <= as_of:
                spent[customer] += units * price
                orders[customer].add(order)
                if categories[product]:
                    by_category[customer][categories[product]] += units * price
        wanted = [
            (
                one,
                float(spent[one]),
                len(orders[one]),
                float(round(Decimal(spent[one]) / len(orders[one]), 2)),
                min(by_category[one], key=lambda name: (-by_category[one][name], name))
                if by_category[one]
                else None,
            )
            for one in sorted(spent, key=lambda one: (-spent[one], one))
        ]
        for limit in (1, 5, 100):
            found = top_spenders(shop.warehouse, as_of, Span.read(within), {}, limit).spenders
            assert [
                (
                    one.customer_id,
                    one.total_spent,
                    one.orders,
                    one.avg_transaction,
                    one.most_purchased_category,
                )
                for one in found
            ] == wanted[:limit]


def test_the_category_is_that_of_the_products_file(shop: Shop) -> None:
    shop.load_text(LINES + "1,p1,Pen,1,2024-01-05,10,c1,,Pens\n")
    shop.load_text("product_id,product_name,category\np1,Pen,Desk\n")
    shop.warehouse.catch_up(60)
    [one] = top_spenders(shop.warehouse, None, None, {}, 5).spenders
    assert one.most_purchased_category == "Desk"


def test_over_the_api(sold: Api) -> None:
    usual = sold.get("/api/customers/top")
    assert usual == {
        "top_customers": [
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
        ],
        "count": 2,
        "requested_by": "viewer@example.com",
    }
    assert sold.get("/api/customers/top", as_of="2024-12-31", within="1y") == usual
    found = sold.get(
        "/api/customers/top", **{"as_of": "2024-01-31", "within": "1m", "with": "category"}
    )
    assert found == {
        "top_customers": [usual["top_customers"][0] | {"most_purchased_category": None}],
        "count": 1,
        "period": {"from": "2024-01-01", "to": "2024-02-01"},
        "requested_by": "viewer@example.com",
    }
    # Without a day, up to the last one with data: 2024-02-08.
    assert (
        sold.get("/api/customers/top", within="3d")["top_customers"] == usual["top_customers"][1:]
    )
    assert sold.get("/api/customers/top", within="3d", country="France")["count"] == 0
    for question in (
        "within=1w",
        "as_of=today",
        "with=name",
        "within=1y&from=2024-01-01",
        "limit=0",
    ):
        answer = sold.client.get(f"/api/customers/top?{question}", headers=sold.as_("viewer"))
        assert answer.status_code == 422, question


def test_an_empty_store_has_no_spenders(api: Api) -> None:
    found = api.get("/api/customers/top", **{"within": "1y", "with": "category"})
    assert (found["top_customers"], found["period"]) == ([], {"from": None, "to": None})
