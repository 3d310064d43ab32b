"""Customers and their segments as cards, tables and charts."""

import pytest

from tillsight.dashboard import texts
from tillsight.dashboard.customers import lifetime_charts, lifetime_tables

SEGMENT = {
    "segment": "At risk",
    "customers": 1200,
    "expected_purchases": 40.6,
    "expected_value": 1234.5,
    "mean_alive": 0.5,
    "expected_customers": 33.3,
    "historic_value": 9000.0,
}
NOBODY = {**SEGMENT, "segment": "Cannot lose them", "customers": 0, "historic_value": 0.0}
REPORT = {
    "weeks": 26,
    "as_of": "2024-05-31",
    "total": SEGMENT,
    "value_segments": [{**SEGMENT, "segment": "VIP"}, {**SEGMENT, "segment": "Low Value"}],
    "fallback": None,
    "correlation": -0.123,
    "fit": dict.fromkeys(texts.MODEL_FACTS, 1234.5) | {"log_likelihood": -9582.43},
}
CUSTOMER = {
    "customer_id": "a<b&c",
    "customer_name": None,
    "segment": "At risk",
    "value_segment": "VIP",
    "first_day": "2024-01-01",
    "last_day": "2024-05-07",
    "orders": 3,
    "purchase_days": 2,
    "historic_value": 300.0,
    "alive": 0.75,
    "chance_of_purchase": 0.004,
    "expected_purchases": 1.26,
    "value_per_purchase": 20.0,
    "expected_value": 25.2,
}
DETAIL = {
    **CUSTOMER,
    "revenue": 300.0,
    "code": "125",
    "average_order_value": 100.0,
    "countries": [None, "<b>EIRE</b>"],
    "favourite_category": None,
    "gender": None,
    "age": 0,
    "lifetime": {
        "weeks": 52,
        "as_of": "2024-05-31",
        "alive": 0.08,
        "chance_of_purchase": 0.07,
        "expected_purchases": 0.21,
        "value_per_purchase": 20.0,
        "expected_value": 4.2,
    },
}


def test_what_is_expected_of_all() -> None:
    html = lifetime_tables.summary(REPORT, "EUR")
    assert ">1\u202f200<" in html
    assert ">33<" in html
    assert texts.BUYING_CARD_BELOW.format(share="2.8%") in html
    assert "€1\u202f234<" in html
    assert "26 weeks after 31 May 2024" in html


def test_without_expectation_what_was_spent() -> None:
    told = {**REPORT, "fallback": {"code": "too_short", "text": "…"}}
    html = lifetime_tables.summary(told, "EUR")
    assert texts.WORTH_CARD not in html
    assert "€7.50" in html
    assert texts.BEST_CARD_BELOW.format(amount="€5k", share="100.0%") in html
    empty = {**told, "total": {**SEGMENT, "customers": 0}}
    assert ">–<" in lifetime_tables.summary(empty, "EUR")


def test_segments_lead_to_their_customers() -> None:
    kept = {"country": ["EIRE", "France"]}
    html = lifetime_tables.rfm([SEGMENT, NOBODY], "EUR", kept)
    chosen = "country=EIRE&amp;country=France"
    assert f'href="/customers?{chosen}&amp;view=customers&amp;in_segment=At+risk"' in html
    assert html.count("<a ") == 1  # an empty one leads nowhere
    assert "100.0%" in html
    plain = lifetime_tables.rfm([{**SEGMENT, "expected_value": None}], "EUR", {})
    assert texts.EXPECTED_VALUE not in plain


def test_value_segments_say_their_amounts() -> None:
    html = lifetime_tables.values(REPORT["value_segments"], "GBP")
    assert "above £5k" in html
    assert "up to £500" in html
    assert html.count("50.0%") == 2


def test_customers_are_escaped_and_linked() -> None:
    html = lifetime_tables.customers([CUSTOMER], "EUR", {"days": ["ytd"]})
    assert "a&lt;b&amp;c</a>" in html
    assert "/customers?days=ytd&amp;customer=a%3Cb%26c" in html
    assert "&lt;1%" in html
    assert ">1.3<" in html
    unknown = lifetime_tables.customers([{**CUSTOMER, "expected_value": None}], "EUR", {})
    assert texts.CHANCE not in unknown


def test_one_customer_in_words() -> None:
    html = lifetime_tables.own_summary(DETAIL, "EUR")
    assert texts.ALIVE_WORDS[-1][1] in html
    assert texts.ALIVE_BELOW.format(chance="8%") in html
    assert "€4.20" in html
    once = lifetime_tables.own_summary({**DETAIL, "last_day": DETAIL["first_day"]}, "EUR")
    assert texts.ALIVE_ONCE in once
    assert "8%" not in once
    unknown = lifetime_tables.own_summary({**DETAIL, "lifetime": None, "orders": 1}, "EUR")
    assert unknown.count(texts.NEXT_NONE_BELOW) == 2
    assert texts.ORDER_BELOW in unknown


def test_products_lead_to_their_pages() -> None:
    product = {"product_id": "p&1", "product_name": None, "category": "<Tea>", "revenue": 7.0}
    bought = {**product, "units": 2.0, "orders": 1}
    html = lifetime_tables.bought([bought], "EUR", lambda one: f"/products?product={one}")
    assert '<a href="/products?product=p&amp;1" target="_self">p&amp;1</a>' in html
    assert "&lt;Tea&gt;" in html
    assert "€7.00" in html


def test_what_is_known_of_a_customer() -> None:
    html = lifetime_tables.facts(lifetime_tables.about(DETAIL))
    assert "Unknown, &lt;b&gt;EIRE&lt;/b&gt;" in html
    assert "<dd>0</dd>" in html  # an age is known although it is 0
    assert texts.FAVOURITE not in html


@pytest.mark.parametrize(
    ("chance", "words", "percent"),
    [
        (1.0, "Almost surely", ">99%"),
        (0.9, "Almost surely", "90%"),
        (0.5, "Hard to say", "50%"),
        (0.1, "Probably not", "10%"),
        (0.0, "Almost surely not", "<1%"),
    ],
)
def test_chances_in_words(chance: float, words: str, percent: str) -> None:
    assert lifetime_tables.still_buys(chance) == words
    assert lifetime_tables.percent(chance) == percent


def test_the_model_shows_its_numbers() -> None:
    told = dict(lifetime_tables.model(REPORT))
    assert told[texts.MODEL_FACTS["r"]] == "1\u202f234.5"
    assert told[texts.MODEL_FACTS["log_likelihood"]] == "\u22129\u202f582.43"
    assert told[texts.MODEL_CORRELATION] == "\u22120.12"
    assert texts.MODEL_CORRELATION not in dict(
        lifetime_tables.model({**REPORT, "correlation": None})
    )


def test_tenths_show_what_was_expected_and_made() -> None:
    figure = lifetime_charts.tenths(
        [{"number": 1, "predicted": 30.4, "made": 25}, {"number": 2, "predicted": 0.0, "made": 0}]
    )
    expected, made = figure.data
    assert list(expected.y) == [30.4, 0.0]
    assert list(made.y) == [25, 0]
    assert "<b>30</b>" in expected.customdata[0]


@pytest.mark.parametrize("months", [1, 30])
def test_months_of_a_customer(months: int) -> None:
    rows = [
        {"month": f"{2020 + place // 12}-{place % 12 + 1:02}", "revenue": 10.0 * place}
        for place in range(months)
    ]
    figure = lifetime_charts.months(rows, "EUR")
    [bars] = figure.data
    assert list(bars.y) == [one["revenue"] for one in rows]
    first, last = figure.layout.xaxis.range
    assert (last - first).days >= 365 - 30
