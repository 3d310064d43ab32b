"""Why a measure changed: parts that sum to the change, against plain Python."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_lines import CUSTOMERS_HEADER, FIRST, Line, Person, key_of, known_of, lines, people
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import InvalidInput, UnknownName
from tillsight.metrics.explain import Change, Explanation, explain
from tillsight.metrics.periods import Compare, Period

MARCH = Period(date(2024, 3, 1), date(2024, 4, 1))
KINDS = ("price", "volume", "new", "lost")


def explained(shop: Shop, change: Change) -> Explanation:
    shop.warehouse.catch_up(wait=60)
    return explain(shop.warehouse, change)


def cents(value: float) -> int:
    assert abs(value * 100 - round(value * 100)) < 1e-6
    return round(value * 100)


def sums(chosen: list[Line], measure: str) -> Decimal:
    signs = {"revenue": (1, 0), "returns": (0, -1), "net_revenue": (1, 1)}
    over, under = signs[measure]
    return sum(
        (
            line.quantity * line.price * (over if line.quantity > 0 else under)
            for line in chosen
            if line.price > 0
        ),
        Decimal(0),
    )


def check_largest(few: Explanation, found: Explanation, limit: int) -> None:
    """The groups with a limit are the first of all that rose and that fell, and nothing is lost.

    Which of several that changed alike is told is up to the order of their keys.
    """
    rose = [row["change"] for row in found.groups if row["change"] > 0][:limit]
    fell = [row["change"] for row in found.groups if row["change"] < 0][:limit]
    assert [row["change"] for row in few.groups] == sorted([*rose, *fell], key=abs, reverse=True)
    assert all(row in found.groups for row in few.groups)
    assert few.others is not None
    assert few.others.count == len(found.groups) - len(few.groups)
    told = sum(cents(row["change"]) for row in few.groups)
    assert told + cents(few.others.change) == cents(found.change)


@given(
    lines=lines,
    start=st.integers(-5, 45),
    days=st.integers(1, 30),
    by=st.sampled_from(
        ["country", "product", "customer", "hour", "weekday", "segment", "gender", "age_band"]
    ),
    people=people,
    measure=st.sampled_from(["revenue", "returns", "net_revenue"]),
)
def test_parts_sum_to_the_change_to_the_cent(
    lines: list[Line], start: int, days: int, by: str, measure: str, people: list[Person]
) -> None:
    first = FIRST + timedelta(start)
    known = known_of(lines, people)
    with temporary_shop() as shop:
        shop.load_text(CUSTOMERS_HEADER + "".join(one.csv() for one in people))
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        asked = Change(measure, Period(first, first + timedelta(days)), by=by)
        found = explained(shop, asked)
        few = explained(shop, replace(asked, limit=2))
    check_largest(few, found, 2)
    now, was = (
        [line for line in lines if window.start <= line.time.date() < window.end]
        for window in (found.this, found.before)
    )
    assert found.value == float(round(sums(now, measure), 2))
    assert found.value_before == float(round(sums(was, measure), 2))
    assert cents(found.change) == cents(found.value) - cents(found.value_before)
    if measure == "revenue":
        assert sum(cents(one.part) for one in found.factors) == cents(found.change)
        for row in found.groups:
            assert sum(cents(row[kind]) for kind in KINDS) == cents(row["change"])
    assert sum(cents(row["change"]) for row in found.groups) == cents(found.change)
    for row in found.groups:
        mine, before = (
            sums([line for line in some if key_of(line, [by], known) == (row[by],)], measure)
            for some in (now, was)
        )
        change = mine - before
        # Half a cent of its own, and that of every other group if it is the largest.
        assert abs(Decimal(str(row["change"])) - change) <= Decimal("0.005") * (
            len(found.groups) + 2
        )


@pytest.fixture
def two_months(shop: Shop) -> Shop:
    """February: c1 bought twice, c2 once. March: c1, c2 and c3 once each, and some unknown."""
    rows = (
        "1,pen,Pen,10,2024-02-01,2,c1,France",
        "2,pen,Pen,10,2024-02-10,2,c1,France",
        "3,cup,Cup,4,2024-02-20,5,c2,EIRE",
        "4,pen,Pen,15,2024-03-01,3,c1,France",
        "5,pen,Pen,5,2024-03-10,3,c2,France",
        "6,hat,Hat,2,2024-03-20,20,c3,Spain",
        "7,hat,Hat,1,2024-03-31,7.77,,",
        "C8,pen,Pen,-1,2024-03-31,3,c1,France",
    )
    shop.load_text(HEADER + "\n".join(rows))
    return shop


def test_factors_are_what_plain_python_makes_of_them(two_months: Shop) -> None:
    found = explained(two_months, Change("revenue", MARCH))
    assert (found.this, found.before) == (MARCH, Period(date(2024, 2, 1), date(2024, 3, 1)))
    assert (found.value, found.value_before, found.change) == (107.77, 60.0, 47.77)
    mean = (100 - 60) / log(100 / 60)
    assert {one.name: one.part for one in found.factors} == {
        "customers": round(mean * log(3 / 2), 2),
        "orders_per_customer": round(mean * log((3 / 3) / (3 / 2)), 2),
        "order_value": round(mean * log((100 / 3) / (60 / 3)), 2),
        "no_customer": 7.77,
    }
    assert {one.label for one in found.factors} >= {"Customers", "Sales without a customer"}


def test_groups_are_what_plain_python_makes_of_them(two_months: Shop) -> None:
    found = explained(two_months, Change("revenue", MARCH, by="product"))
    zero = dict.fromkeys(KINDS, 0.0)
    assert found.groups == [
        {"product": "hat", "product_name": "Hat", "change": 47.77, **zero, "new": 47.77},
        {"product": "cup", "product_name": "Cup", "change": -20.0, **zero, "lost": -20.0},
        # 20 pens at 3 after 20 at 2: all of it is price.
        {"product": "pen", "product_name": "Pen", "change": 20.0, **zero, "price": 20.0},
    ]


def test_price_and_volume_share_what_they_make_together(shop: Shop) -> None:
    """From 4 at 5.00 to 7 at 6.00: price 1 × 5.5, volume 3 × 5.5."""
    shop.load_text(HEADER + "1,p,,4,2024-02-01,5,c1,EIRE\n2,p,,7,2024-03-31,6,c1,EIRE\n")
    [group] = explained(shop, Change("revenue", MARCH, by="country")).groups
    assert group == {
        "country": "EIRE",
        "change": 22.0,
        "price": 5.5,
        "volume": 16.5,
        "new": 0.0,
        "lost": 0.0,
    }


def test_unknown_is_a_group_and_filters_hold_for_both_sides(two_months: Shop) -> None:
    found = explained(two_months, Change("revenue", MARCH, by="country"))
    assert [(row["country"], row["change"]) for row in found.groups] == [
        ("Spain", 40.0),
        ("EIRE", -20.0),
        ("France", 20.0),
        (None, 7.77),
    ]
    pens = Change.of("revenue", MARCH, Compare.previous_period, "", {"product": ["pen"]})
    assert explained(two_months, pens).change == 20.0


@pytest.mark.parametrize(
    ("period", "factors"),
    [
        (Period(date(2024, 2, 1), date(2024, 3, 1)), {"new": 60.0, "no_customer": 0.0}),
        (Period(date(2024, 3, 31), date(2024, 4, 1)), {"no_customer": 7.77}),
        (Period(date(2024, 3, 21), date(2024, 3, 31)), {"lost": -40.0, "no_customer": 0.0}),
    ],
)
def test_without_customers_on_one_side_there_is_one_part(
    two_months: Shop, period: Period, factors: dict
) -> None:
    found = explained(two_months, Change("revenue", period))
    parts = {one.name: one.part for one in found.factors}
    zeros = dict.fromkeys(("customers", "orders_per_customer", "order_value"), 0.0)
    assert parts == (factors if len(factors) > 1 else zeros | factors)


@pytest.mark.parametrize(
    ("measure", "change", "groups"),
    [
        ("units", -1, [("cup", -4), ("hat", 3)]),
        ("lines", 1, [("hat", 2), ("cup", -1)]),
        ("returns", 3.0, [("pen", 3.0)]),
        ("net_revenue", 44.77, [("hat", 47.77), ("cup", -20.0), ("pen", 17.0)]),
        ("customer_revenue", 40.0, [("hat", 40.0), ("cup", -20.0), ("pen", 20.0)]),
    ],
)
def test_other_measures_have_groups_with_their_change(
    two_months: Shop, measure: str, change: float, groups: list
) -> None:
    found = explained(two_months, Change(measure, MARCH, by="product"))
    assert found.change == change
    assert found.factors == []
    assert [(row["product"], row["change"]) for row in found.groups if row["change"]] == groups
    assert set(found.groups[0]) == {"product", "product_name", "change"}


def test_nothing_is_explained_by_nothing(shop: Shop) -> None:
    found = explained(shop, Change("revenue", MARCH, by="country"))
    assert (found.value, found.value_before, found.change, found.groups) == (0.0, 0.0, 0.0, [])
    assert sum(one.part for one in found.factors) == 0


def test_a_year_before(two_months: Shop) -> None:
    found = explained(two_months, Change("revenue", MARCH, Compare.previous_year))
    assert found.before == Period(date(2023, 3, 1), date(2023, 4, 1))
    assert {one.name: one.part for one in found.factors} == {"new": 100.0, "no_customer": 7.77}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change("orders", MARCH), "does not add up"),
        (Change("average_order_value", MARCH), "Explain one of revenue, returns"),
        (Change("revenue", Period()), "set “from”"),
        (Change("revenue", MARCH, by="month"), "such as country"),
    ],
)
def test_what_cannot_be_explained_is_refused(shop: Shop, change: Change, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        explain(shop.warehouse, change)


def test_unknown_names_are_refused(shop: Shop) -> None:
    with pytest.raises(UnknownName, match="Did you mean “country”"):
        explain(shop.warehouse, Change("revenue", MARCH, by="contry"))
    with pytest.raises(UnknownName, match="Did you mean “country”"):
        explain(shop.warehouse, Change("revenue", MARCH, filters=(("contry", ("EIRE",)),)))
