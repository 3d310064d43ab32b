"""The one query against plain Python over the same rows."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from random_lines import (
    CUSTOMERS_HEADER,
    MEASURES,
    Line,
    Person,
    filters,
    groups,
    key_of,
    known_of,
    lines,
    passes,
    people,
    periods,
    recomputed,
    since,
)
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import InvalidInput, TooLarge, UnknownName
from tillsight.metrics.periods import Compare, Period
from tillsight.metrics.query import Answer

questions = st.lists(st.tuples(periods, groups, filters), min_size=3, max_size=3)


@given(lines=lines, people=people, asked=questions)
@hypothesis_settings(max_examples=15)
def test_every_group_is_what_plain_python_makes_of_it(
    lines: list[Line], people: list[Person], asked: list[tuple]
) -> None:
    """Loading takes far longer than a question, so several are asked of the same sales."""
    known = known_of(lines, people)
    with temporary_shop() as shop:
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        shop.load_text(CUSTOMERS_HEADER + "".join(one.csv() for one in people))
        for period, by, filters in asked:
            found = shop.ask(*MEASURES, by=by, period=period, filters=filters)
            require_as_in_python(found, lines, known, period, by, filters)


def require_as_in_python(
    found: Answer, lines: list[Line], known: dict, period: Period, by: list[str], filters: dict
) -> None:
    chosen = [
        line
        for line in lines
        if (period.start is None or period.start <= line.time.date())
        and (period.end is None or line.time.date() < period.end)
        and passes(line, filters, known)
    ]
    assert found.totals == recomputed(chosen, lines, period.start)
    counted = [line for line in chosen if line.quantity and line.price > 0]
    wanted = {
        key: recomputed(
            [line for line in chosen if key_of(line, by, known) == key],
            lines,
            since(key, by, period),
        )
        for key in {key_of(line, by, known) for line in counted}
    }
    if not by:
        wanted = {(): recomputed(chosen, lines, period.start)}
    got = {
        tuple(row[name] for name in by): {one: row[one] for one in MEASURES} for row in found.rows
    }
    gaps = got.keys() - wanted.keys()
    assert {key: got[key] for key in got.keys() - gaps} == wanted
    assert all(got[gap] == recomputed([], lines, None) for gap in gaps)


@given(lines=lines, people=people)
@hypothesis_settings(max_examples=10)
def test_what_adds_up_adds_up_over_any_group(lines: list[Line], people: list[Person]) -> None:
    with temporary_shop() as shop:
        shop.load_text(CUSTOMERS_HEADER + "".join(one.csv() for one in people))
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        for by in (
            *("country", "product", "customer", "month", "hour", "segment", "gender", "age_band"),
        ):
            found = shop.ask("units", "lines", "revenue", by=[by])
            assert sum(row["units"] for row in found.rows) == found.totals["units"]
            assert sum(row["lines"] for row in found.rows) == found.totals["lines"]
            cents = sum(round(row["revenue"] * 100) for row in found.rows)
            # Each group is rounded to cents by itself: the sum may be off by half a cent a group.
            assert abs(cents - round(found.totals["revenue"] * 100)) <= len(found.rows) / 2


@pytest.fixture
def two_months(shop: Shop) -> Shop:
    """Sales of 10 on each 1st and 15th, from January to 15 March 2024; France and EIRE by turns."""
    rows = [
        f"{number},p,Pen,1,{day},10,c{number},{country}\n"
        for number, (day, country) in enumerate(
            [
                ("2024-01-01", "France"),
                ("2024-01-15", "EIRE"),
                ("2024-02-01", "France"),
                ("2024-02-15", "EIRE"),
                ("2024-03-01", "France"),
                ("2024-03-15", "France"),
            ]
        )
    ]
    shop.load_text(HEADER + "".join(rows))
    return shop


def test_days_without_sales_are_zeros(two_months: Shop) -> None:
    found = two_months.ask("revenue", by=["day"], period=Period(date(2024, 2, 1), date(2024, 2, 4)))
    assert found.rows == [
        {"day": "2024-02-01", "revenue": 10.0},
        {"day": "2024-02-02", "revenue": 0.0},
        {"day": "2024-02-03", "revenue": 0.0},
    ]


def test_gaps_are_filled_for_every_group_that_occurs(two_months: Shop) -> None:
    found = two_months.ask("revenue", by=["country", "month"])
    assert [(row["country"], row["month"], row["revenue"]) for row in found.rows] == [
        ("EIRE", "2024-01", 10.0),
        ("EIRE", "2024-02", 10.0),
        ("EIRE", "2024-03", 0.0),
        ("France", "2024-01", 10.0),
        ("France", "2024-02", 10.0),
        ("France", "2024-03", 20.0),
    ]


def test_nothing_is_filled_beyond_the_data(two_months: Shop) -> None:
    found = two_months.ask(
        "revenue", by=["month"], period=Period(date(2023, 1, 1), date(2025, 1, 1))
    )
    assert [row["month"] for row in found.rows] == ["2024-01", "2024-02", "2024-03"]


def test_an_unfinished_month_is_compared_with_as_many_days(two_months: Shop) -> None:
    found = two_months.ask(
        "revenue",
        period=Period(date(2024, 3, 1), date(2024, 4, 1)),
        compare=Compare.previous_period,
    )
    assert found.comparison is not None
    assert found.comparison.this == Period(date(2024, 3, 1), date(2024, 3, 16))
    assert found.comparison.before == Period(date(2024, 2, 15), date(2024, 3, 1))
    assert found.comparison.totals == {"revenue": 10.0}
    assert found.comparison.growth == {"revenue": 1.0}


def test_growth_from_nothing_is_nothing(two_months: Shop) -> None:
    found = two_months.ask(
        "revenue", period=Period(date(2024, 1, 1), date(2024, 2, 1)), compare=Compare.previous_year
    )
    assert found.comparison is not None
    assert found.comparison.growth == {"revenue": None}


def test_ordered_and_limited_with_fixed_places_for_equals(two_months: Shop) -> None:
    found = two_months.ask("revenue", by=["customer"], order="-revenue", limit=2)
    assert [row["customer"] for row in found.rows] == ["c0", "c1"]
    found = two_months.ask("average_order_value", by=["country"], order="average_order_value")
    assert [row["country"] for row in found.rows] == ["EIRE", "France"]


def test_several_values_of_a_filter_and_filters_on_time(two_months: Shop) -> None:
    both = {"country": ["EIRE", "France"], "month": ["2024-01", "2024-03"]}
    assert two_months.ask("orders", filters=both).totals == {"orders": 4}
    assert two_months.ask("orders", filters={"country": [""]}).totals == {"orders": 0}


def test_a_product_has_its_most_used_description(shop: Shop) -> None:
    """`MUG` twice, `mug` once: the id stays one product, called MUG."""
    rows = ("1,p,mug,1,2024-01-01,1,,", "2,p,MUG,1,2024-01-01,1,,", "3,p,MUG,1,2024-01-02,1,,")
    shop.load_text(HEADER + "\n".join(rows))
    found = shop.ask("orders", by=["product"])
    assert found.rows == [{"product": "p", "product_name": "MUG", "orders": 3}]


def test_orders_of_several_hours_make_nobody_a_repeat_customer_by_themselves(shop: Shop) -> None:
    """c1 has one order in two hours, c2 one and a short one, c3 two such orders, c4 three."""
    long = [("1", "c1"), ("2", "c2"), ("4", "c3"), ("5", "c3"), ("6", "c4"), ("7", "c4")]
    rows = [
        f"{order},p,Pen,1,2024-05-07 {hour}:00:00,1,{customer},France"
        for order, customer in (*long, ("8", "c4"))
        for hour in (10, 11)
    ]
    shop.load_text(HEADER + "\n".join([*rows, "3,p,Pen,1,2024-05-07 12:00:00,1,c2,France"]))
    asked = ("repeat_customers", "repeat_purchase_rate", "orders")
    assert shop.ask(*asked).totals == {
        "repeat_customers": 3,
        "repeat_purchase_rate": 0.75,
        "orders": 8,
    }
    by_day = shop.ask("repeat_customers", by=["day"], period=Period(date(2024, 5, 1)))
    assert by_day.rows == [{"day": "2024-05-07", "repeat_customers": 3}]


def test_an_empty_store_answers_zeros(shop: Shop) -> None:
    found = shop.ask("revenue", "average_order_value", by=["month"])
    assert found.rows == []
    assert found.totals == {"revenue": 0.0, "average_order_value": None}


def test_unknown_names_are_refused_with_the_nearest(shop: Shop) -> None:
    with pytest.raises(UnknownName, match="Did you mean “revenue”"):
        shop.ask("revenu")
    with pytest.raises(UnknownName, match="Did you mean “country”"):
        shop.ask("revenue", by=["contry"])
    with pytest.raises(UnknownName, match="Did you mean “At risk”"):
        shop.ask("revenue", filters={"segment": ["at risk"]})
    with pytest.raises(UnknownName, match="order by"):
        shop.ask("revenue", order="-units")


@pytest.mark.parametrize(
    "question",
    [
        {"by": ["day", "week", "month", "year"]},
        {"by": ["day", "day"]},
        {"filters": {"hour": ["noon"]}},
        {"filters": {"month": ["2024-13"]}},
        {"filters": {"segment": ["Champion"]}},
        {"filters": {"age_band": ["18 to 24"]}},
    ],
)
def test_questions_that_make_no_sense_are_refused(shop: Shop, question: dict) -> None:
    with pytest.raises(InvalidInput):
        shop.ask("revenue", **question)


def test_filling_gaps_never_makes_an_endless_answer(shop: Shop) -> None:
    rows = "".join(f"{n},p{n},,1,2024-01-01,1,,\n" for n in range(400))
    shop.load_text(f"{HEADER}{rows}z,p,,1,2025-01-01,1,,\n")
    with pytest.raises(TooLarge, match="set a limit"):
        shop.ask("revenue", by=["day", "product"])
