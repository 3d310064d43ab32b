"""Why revenue changed and what moved, made of explanations as the API gives them."""

import re

import pytest

from tillsight.dashboard.filters import Choice
from tillsight.dashboard.overview import course, latest, movers, texts, why
from tillsight.dashboard.periods import Compare, Grain, Span


def explained(value: float, before: float, *parts: tuple[str, float], **more) -> dict:
    factors = [{"name": name, "label": name, "part": part} for name, part in parts]
    told = {"value": value, "value_before": before, "change": round(value - before, 2)}
    return {**told, "factors": factors, "groups": [], "others": None, **more}


def plain(text: str) -> str:
    """Words as they are read: no joiner, every space a plain one, signs as on a keyboard."""
    text = re.sub(r"<[^>]+>", " ", text.replace(why.JOINED, "").replace("\u2212", "-"))
    return " ".join(text.replace("\u202f", "").split())


FELL = explained(
    700,
    1000,
    ("customers", -400.0),
    ("orders_per_customer", 20.0),
    ("order_value", 80.0),
    ("no_customer", 0.0),
)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FELL, "Revenue fell by €300.00 (-30.0%), from €1000.00 to €700.00."),
        (explained(1500, 1000), "Revenue rose by €500.00 (+50.0%), from €1000.00 to €1500.00."),
        (explained(5, 0), "Revenue is €5.00; there was none in the days before."),
        (explained(0, 5), "There is no revenue; in the days before it was €5.00."),
        (explained(5, 5), "Revenue stayed as it was, at €5.00."),
    ],
)
def test_the_headline_says_whether_it_rose_or_fell(found: dict, said: str) -> None:
    assert plain(why.headline(found, "EUR")) == said


def test_the_reasons_are_the_largest_factor_and_the_largest_against_it() -> None:
    assert plain(why.reasons(FELL, "EUR")) == (
        "Mainly because fewer customers bought: -€400.00."
        " Against that, orders were larger: +€80.00."
    )
    assert why.reasons(explained(5, 5, ("customers", 3.0), ("order_value", -3.0)), "EUR") == ""
    began = explained(5, 0, ("new", 5.0), ("no_customer", 0.0))
    assert why.reasons(began, "EUR") == texts.MAINLY_UP["new"]


def test_every_factor_has_words_for_both_directions() -> None:
    names = set(texts.FACTORS)
    words = (texts.MAINLY_UP, texts.MAINLY_DOWN, texts.AGAINST_UP, texts.AGAINST_DOWN)
    assert [set(one) for one in words] == [names] * 4


GROUPS = explained(
    130,
    100,
    groups=[
        {"country": "France", "change": 40.0},
        {"country": None, "change": -25.5},
        {"country": "<b>Italy</b>", "change": 10.0},
    ],
    others={"count": 3, "change": 5.5},
)


def test_the_bars_stand_one_after_the_other_and_end_with_their_sum() -> None:
    parts = why.groups(GROUPS, "country")
    assert [(name, part) for name, part in parts] == [
        ("France", 40.0),
        ("<b>Italy</b>", 10.0),
        ("Unknown", -25.5),
        ("3 others", 5.5),
    ]
    figure = why.steps(parts, GROUPS["change"], "EUR")
    [bars] = figure.data
    assert list(bars.x) == [40.0, 10.0, -25.5, 5.5, 30]
    assert sum(bars.x[:-1]) == bars.x[-1]
    assert list(bars.measure) == ["relative"] * 4 + ["total"]
    assert [plain(text) for text in bars.text][2] == "-€25.50"
    amounts = [plain(one.text) for one in figure.layout.annotations]
    assert amounts == ["+€40.00", "+€10.00", "-€25.50", "+€5.50", "+€30.00"]
    assert [one.y for one in figure.layout.annotations] == list(bars.y)
    assert figure.layout.yaxis.ticktext[1] == "&lt;b&gt;Italy&lt;/b&gt;"
    assert bars.customdata[1] == "&lt;b&gt;Italy&lt;/b&gt;"
    assert "EUR" in figure.layout.xaxis.title.text
    low, high = figure.layout.xaxis.range
    assert low < 0
    assert high > 50
    assert "&lt;b&gt;Italy" in why.table("Country", parts, 30, "EUR")


def test_sales_without_a_customer_are_a_bar_where_there_are_some() -> None:
    assert [name for name, _ in why.factors(FELL)] == [
        "Customers",
        "Orders per customer",
        "Order value",
    ]
    known = explained(1, 0, ("new", 0.0), ("no_customer", 1.0))
    assert ("No known customer", 1.0) in why.factors(known)


def test_the_group_with_the_largest_difference_is_named() -> None:
    said = plain(why.largest_group(GROUPS, "country", "EUR"))
    assert said == "France made the largest difference: +€40.00."
    assert why.largest_group(explained(1, 1), "country", "EUR") == texts.NO_GROUPS


def test_movers_are_those_that_rose_and_then_those_that_fell() -> None:
    choice = Choice(Span(), Compare.previous_period, {}, Grain.day, {"days": ["7d"]})
    html = movers.table(GROUPS["groups"], "country", "EUR", choice)
    assert plain(html) == (
        "Country Change Rose most France +€40.00 &lt;b&gt;Italy&lt;/b&gt; +€10.00"
        " Fell most Unknown -€25.50"
    )
    assert re.findall(r"width:([\d.]+)%", html) == ["100.0", "25.0", "63.8"]
    assert 'href="/countries?days=7d&amp;country=France"' in html
    assert 'href="/orders?days=7d&amp;country=France&amp;measure=revenue"' in html
    assert texts.NONE_ROSE in movers.table([], "country", "EUR", choice)


def test_the_values_of_the_course_stand_beside_those_before() -> None:
    rows = [{"day": f"2024-05-0{day}", "revenue": 10.0 * day} for day in (1, 2)]
    html = course.table(rows, [{"day": "2024-04-01", "revenue": 5.0}], "day", "EUR")
    assert re.findall(r"€[\d.]+|–(?=</td>)", html) == ["€10.00", "€5.00", "€20.00", "–"]
    assert html.count('scope="row"') == 2
    many = [{"day": "2024-05-01", "revenue": 1.0}] * 150
    assert course.table(many, [], "day", "EUR").count('scope="row"') == course.MOST_ROWS


def test_the_last_import_is_told_in_a_sentence() -> None:
    one = {"file": "may.csv", "created_at": "2024-06-01T10:00:00Z", "rows": 12345}
    said = latest.in_words([{**one, "created_by": "Ada"}], "Europe/Berlin")
    assert plain(said) == "may.csv was loaded 1 June 2024, 12:00 by Ada: 12345 rows."
    assert "terminal" in latest.in_words([{**one, "created_by": None}], "UTC")
    assert latest.in_words([], "UTC") == texts.NO_FILE
