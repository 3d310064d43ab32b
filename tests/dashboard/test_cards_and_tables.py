import re
from urllib.parse import unquote

import pytest

from tillsight.dashboard import cards, tables, texts
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.periods import Compare, Grain, Span

REVENUE = {
    "name": "revenue",
    "label": "Revenue",
    "unit": "money",
    "good": "up",
    "definition": "Sum of <all> sales.",
}
RETURNS = {**REVENUE, "name": "returns", "label": "Returns", "good": "down"}


def answer(name: str, growth: float | None) -> dict:
    return {
        "totals": {name: 1500.0},
        "rows": [{name: 500.0}, {name: None}, {name: 1000.0}],
        "comparison": {"totals": {name: 1000.0}, "growth": {name: growth}},
    }


def words(html: str) -> str:
    """The text of it, with every kind of space as a plain one."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("measure", "growth", "mood"),
    [
        (REVENUE, 0.5, "good"),
        (REVENUE, -0.5, "bad"),
        (RETURNS, 0.5, "bad"),
        (RETURNS, -0.5, "good"),
        (REVENUE, 0.0001, "even"),
    ],
)
def test_whether_a_change_is_good_news_depends_on_the_measure(measure, growth, mood):
    html = cards.cards([measure], answer(measure["name"], growth), "EUR")
    assert f'<b class="{mood}">' in html


def test_a_card_says_value_change_and_what_it_is_compared_with():
    html = cards.cards([REVENUE], answer("revenue", 0.5), "EUR")
    assert words(html) == ("Revenue Sum of &lt;all&gt; sales. €1 500.00 ▲ +50.0% from €1 000.00")


def test_a_rate_changes_by_points_and_a_small_one_has_two_decimals():
    rate = {**RETURNS, "name": "return_rate", "label": "Return rate", "unit": "ratio"}
    found = {
        "totals": {"return_rate": 0.0074},
        "rows": [],
        "comparison": {"totals": {"return_rate": 0.0066}, "growth": {"return_rate": 0.12}},
    }
    said = words(cards.cards([rate], found, "EUR"))
    assert said.endswith("0.74% ▲ +0.08 points from 0.66%")
    assert cards.written(rate, 0.298, "EUR") == "29.8%"


def test_without_earlier_sales_a_card_says_so():
    comparison = {"totals": {"revenue": 0}, "growth": {"revenue": None}}
    html = cards.cards([REVENUE], {**answer("revenue", None), "comparison": comparison}, "EUR")
    assert texts.NO_EARLIER in html


def test_the_course_passes_over_buckets_without_a_value():
    drawing = unquote(cards.sparkline([1.0, None, 2.0]))
    assert re.search(r'<polyline points="([^"]*)"', drawing)[1] == "0.00,16.50 100.00,2.00"
    assert cards.sparkline([None, 3.0]) == '<span class="spark"></span>'


def test_a_ranking_keeps_the_order_and_escapes_names():
    rows = [
        {"product": "A", "product_name": "<b>Mug</b>", "revenue": 80.0},
        {"product": None, "product_name": None, "revenue": 20.0},
        {"product": "C", "product_name": None, "revenue": 5.0},
    ]
    choice = Choice(Span(), Compare.nothing, {}, Grain.day, {"country": ["A & B"]})
    html = tables.ranking("product", rows, 200.0, "EUR", choice)
    assert "&lt;b&gt;Mug&lt;/b&gt;" in html
    assert words(html) == (
        "Product Revenue Share &lt;b&gt;Mug&lt;/b&gt; €80.00 40.0%"
        f" {texts.UNKNOWN} €20.00 10.0% C €5.00 2.5%"
    )
    assert re.findall(r"width:([\d.]+)%", html) == ["100.0", "25.0", "6.2"]
    assert re.findall(r'href="(/products[^"]+)"', html) == [
        f"/products?country=A+%26+B&amp;product={product}" for product in "AC"
    ]


def test_revenue_of_a_ranking_leads_to_its_orders_and_no_others():
    rows = [
        {"country": "France", "revenue": 80.0},
        {"country": None, "revenue": 20.0},
    ]
    choice = Choice(Span(), Compare.nothing, {"country": ["Italy"]}, Grain.day, {"days": ["7d"]})
    html = tables.ranking("country", rows, 100.0, "EUR", choice, product="p1")
    assert re.findall(r'class="behind" href="([^"]+)"[^>]*>([^<]+)', html) == [
        (f"/orders?days=7d&amp;country={country}&amp;product=p1&amp;measure=revenue", value)
        for country, value in (("France", "€80.00"), ("", "€20.00"))
    ]


ENTRY = {
    "id": 7,
    "state": "done",
    "created_by": "<u>Ada</u>",
    "may_undo": False,
    "file": "<i>sales</i>.csv",
    "kind": "sales",
    "created_at": "2024-05-07T08:00:00Z",
    "period": {"first": "2024-05-01", "last": "2024-05-06"},
    "rows": 1200,
    "rejected_rows": 3,
    "rejects": "/api/imports/7/rejects",
    "revenue": 99.5,
}


def test_the_history_links_to_the_rows_that_were_rejected():
    clean = {**ENTRY, "file": "clean.csv", "rejected_rows": 0, "rejects": None, "created_by": None}
    html = tables.history([ENTRY, clean], "EUR", "UTC")
    assert html.count("<a ") == 1
    assert 'href="/api/imports/7/rejects"' in html
    assert "&lt;i&gt;sales&lt;/i&gt;.csv" in html
    assert words(html).endswith(
        "clean.csv no. 7 Sales 7 May 2024, 08:00 in the terminal 1 – 6 May 2024 1 200 0 €99.50"
    )


def test_the_history_has_a_button_where_the_person_may_undo():
    mine = {**ENTRY, "may_undo": True}
    undone = {**mine, "id": 8, "state": "undone"}
    html = tables.history([undone, mine, ENTRY], "EUR", "UTC")
    buttons = re.findall(r'<button [^>]*data-press="(\d+)"[^>]*>(\w+)</button>', html)
    assert buttons == [("8", texts.REDO), ("7", texts.UNDO)]
    assert html.count(f">{texts.UNDONE}<") == 1
    assert 'aria-label="Undo &lt;i&gt;sales&lt;/i&gt;.csv"' in html
    assert "by &lt;u&gt;Ada&lt;/u&gt;" in html
    assert "<button" not in tables.history([ENTRY], "EUR", "UTC")
