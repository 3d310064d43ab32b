"""The tables of the page Products: order, units, links that keep the choices, escaped names."""

import re

from tillsight.dashboard.filters import Choice
from tillsight.dashboard.periods import Compare, Grain, Span
from tillsight.dashboard.products import tables, texts
from tillsight.dashboard.products.sold import Product
from tillsight.formats import MINUS

CHOICE = Choice(Span(), Compare.nothing, {}, Grain.day, {"days": ["90d"], "country": ["EIRE"]})
KEPT = "/products?days=90d&amp;country=EIRE&amp;product="


def words(html: str) -> str:
    """The text of it, with every kind of space as a plain one."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def rows(html: str) -> list[str]:
    return [words(one) for one in re.findall(r"<tr class=.*?</tr>", html)]


MUG = Product("m&1", "<b>Mug</b>", "Cups", 150.0, 3, 50.0, 100.0)
OLD = Product("o", "Old", None, 0.0, 0, None, 80.0)
NEW = Product("n", "New", None, 20.0, 1, 20.0, 0.0)


def test_products_with_their_change_and_course() -> None:
    html = tables.ranked([MUG, OLD, NEW], {"m&1": [1.0, 2.0]}, "EUR", CHOICE)
    assert rows(html) == [
        "&lt;b&gt;Mug&lt;/b&gt; Cups €150.00 ▲ +50.0% +€50.00 3",
        f"Old €0.00 ▼ {MINUS}100.0% {MINUS}€80.00 0",
        "New €20.00 ▲ new +€20.00 1",
    ]
    assert f'href="{KEPT}m%261"' in html
    assert html.count('class="spark" alt=""') == 1


def test_without_comparison_there_is_no_column_of_changes() -> None:
    alone = Product("a", "A", None, 1.0, 1, 1.0)
    html = tables.ranked([alone], {}, "EUR", CHOICE)
    assert f">{texts.CHANGE}<" not in html
    assert rows(tables.ranked([alone, MUG], {}, "EUR", CHOICE))[0] == "A €1.00 not known 1"


def test_the_products_of_a_class_say_their_place() -> None:
    one = {
        "product": "p",
        "product_name": None,
        "class": "B",
        "revenue": 12.5,
        "share": 0.0125,
        "cumulated": 0.8125,
    }
    assert rows(tables.of_class([one, one], 804, "GBP", CHOICE)) == [
        "804 p £12.50 1.2% 81.2%",
        "805 p £12.50 1.2% 81.2%",
    ]
    assert rows(tables.curve([one] * 40))[-1] == "40 81.2%"
    assert len(rows(tables.curve([one] * 4000))) == tables.STEPS_OF_CURVE


def test_classes_with_their_part_of_products_and_revenue() -> None:
    found = [
        {"class": "A", "products": 1, "revenue": 80.0, "share": 0.8},
        {"class": "C", "products": 3, "revenue": 20.0, "share": None},
    ]
    assert rows(tables.classes(found, "EUR")) == [
        "Class A 1 25.0% €80.00 80.0%",
        "Class C 3 75.0% €20.00 –",
    ]


PAIR = {
    "product": "p1",
    "product_name": "Pen",
    "other": "p2",
    "other_name": "<i>Ink</i>",
    "orders": 1200,
    "support": 0.05,
    "confidence": 0.25,
    "lift": 4.5678,
}


def test_pairs_say_how_telling_they_are() -> None:
    html = tables.pairs([PAIR], CHOICE)
    assert rows(html) == ["Pen &lt;i&gt;Ink&lt;/i&gt; 1 200 5.0% 25.0% 4.6 ×"]
    assert f'href="{KEPT}p1"' in html
    assert f'href="{KEPT}p2"' in html
    assert words(tables.pair_words({**PAIR, "other_name": None})) == (
        "1 200 orders hold both Pen and p2: 25.0% of those with the first, and 4.6 times as many"
        " as chance would bring."
    )
    assert rows(tables.with_it([PAIR], CHOICE)) == ["&lt;i&gt;Ink&lt;/i&gt; 1 200 25.0% 4.6 ×"]
    assert rows(tables.with_it([{**PAIR, "lift": 312.4}], CHOICE))[0].endswith(" 312 ×")


def test_what_is_known_of_a_product() -> None:
    told = {
        "product_id": "p1",
        "category": None,
        "deleted": True,
        "price": 12.5,
        "rating": 4.25,
        "review_count": 1200,
        "quantity_sold": None,
        "first_day": "2024-05-01",
        "last_day": "2024-05-07",
        "orders": 3,
        "revenue": 99.0,
    }
    totals = {"returns": 10.0, "return_rate": 0.1}
    known = dict(tables.known(told, {"totals": totals}, "EUR"))
    assert known[texts.PRICE] == "€12.50"
    assert known[texts.RATING] == "4.25 of 5"
    assert known[texts.QUANTITY_SOLD] == ""
    assert known[texts.IN_CATALOGUE] == texts.DELETED
    assert known[texts.SOLD_BETWEEN] == "1 – 7 May 2024: €99.00, orders: 3"
    assert known[texts.RETURNED] == "€10.00, 10.0% of its revenue"
    only_back = {"totals": {"returns": 10.0, "return_rate": None}}
    assert dict(tables.known(told, only_back, "EUR"))[texts.RETURNED] == "€10.00"
    never = {**told, "first_day": None}
    nothing = {"totals": {"returns": 0.0, "return_rate": None}}
    known = dict(tables.known(never, nothing, "EUR"))
    assert known[texts.SOLD_BETWEEN] == texts.NEVER_SOLD
    assert known[texts.RETURNED] == ""


def test_prices_and_months_as_tables() -> None:
    assert rows(tables.prices([MUG], "EUR", CHOICE)) == ["&lt;b&gt;Mug&lt;/b&gt; €50.00 3 €150.00"]
    then = [
        {"month": "2024-01", "average_price": 10.0, "units": 3},
        {"month": "2024-02", "average_price": None, "units": 0},
    ]
    assert rows(tables.prices_then(then, "month", "EUR")) == ["January 2024 €10.00 3"]
