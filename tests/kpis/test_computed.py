"""Values of computed KPIs against the definitions in plain Python, and what one may be bound to."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from computed_kpis import by_definition
from meaning import text_of
from random_lines import FIRST, MEASURES, Line, lines
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import InvalidInput, UnknownName
from tillsight.kpis.computed import (
    Definition,
    check_measure,
    read_filters,
    values_of,
    write_filters,
)
from tillsight.kpis.words import Periodicity
from tillsight.metrics.catalogue import MEASURES as CATALOGUE

LATER = FIRST + timedelta(days=400)
filters = st.sampled_from(
    [
        {},
        {"country": ["EIRE"]},
        {"country": ["", "France"]},
        {"customer": ["c1", "c2"], "product": ["p1"]},
        {"hour": ["9", "23"]},
        {"weekday": ["1", "2", "7"]},
    ]
)


def computed(
    shop: Shop, measure: str, periodicity: Periodicity, today: date, filters: dict | None = None
) -> dict[date, Decimal]:
    """The values of a KPI, from everything loaded so far."""
    shop.warehouse.catch_up(wait=60)
    with shop.warehouse.snapshot() as at:
        definition = Definition(measure, write_filters(filters or {}), periodicity)
        return values_of(at, definition, today)


@hypothesis_settings(max_examples=6)
@given(lines, filters)
def test_values_are_those_of_the_lines(sold: list[Line], filters: dict) -> None:
    with temporary_shop() as shop:
        shop.load_text(text_of(sold))
        for place, measure in enumerate(MEASURES):
            periodicity = list(Periodicity)[place % len(Periodicity)]
            found = computed(shop, measure, periodicity, LATER, filters)
            assert found == by_definition(sold, measure, periodicity, filters), measure


def test_every_measure_of_the_catalogue_is_one_that_is_recomputed() -> None:
    told_by_others = {"customer_orders", "customer_revenue"}
    assert {one.name for one in CATALOGUE} == {*MEASURES, *told_by_others}


def test_periods_that_have_not_begun_or_lie_outside_the_data_have_no_value(shop: Shop) -> None:
    shop.load_text(
        HEADER
        + "1,p,Pen,1,2024-01-31,10,c,\n2,p,Pen,1,2024-03-01,5,c,\n3,p,Pen,1,2024-03-03,1,c,\n"
    )
    monthly = computed(shop, "revenue", Periodicity.monthly, date(2024, 3, 1))
    assert monthly == {date(2024, 1, 1): 10, date(2024, 2, 1): 0, date(2024, 3, 1): 6}
    assert computed(shop, "revenue", Periodicity.monthly, date(2024, 2, 29)) == {
        date(2024, 1, 1): 10,
        date(2024, 2, 1): 0,
    }
    daily = computed(shop, "revenue", Periodicity.daily, date(2024, 3, 2))
    assert (min(daily), max(daily), len(daily)) == (date(2024, 1, 31), date(2024, 3, 2), 32)
    value = computed(shop, "average_order_value", Periodicity.monthly, date(2024, 5, 1))
    assert value == {date(2024, 1, 1): 10, date(2024, 3, 1): 3}, "nothing over nothing is no value"


def test_a_ratio_counts_a_hundredfold_with_four_decimals(shop: Shop) -> None:
    rows = "".join(f"{order},p,Pen,1,2024-01-05,10,c,\n" for order in range(2))
    shop.load_text(HEADER + rows + "C,p,Pen,-1,2024-01-06,0.3333,c,\n")
    yearly = computed(shop, "return_rate", Periodicity.yearly, LATER)
    assert yearly == {date(2024, 1, 1): Decimal("1.6665")}
    assert computed(shop, "units_per_order", Periodicity.quarterly, LATER) == {
        date(2024, 1, 1): Decimal(100)
    }


def test_an_empty_shop_has_no_values(shop: Shop) -> None:
    assert computed(shop, "revenue", Periodicity.daily, LATER) == {}


def test_a_value_too_large_to_keep_is_refused_by_its_period(shop: Shop) -> None:
    rows = "".join(f"{order},p,Pen,999999999,2024-02-05,99999,c,\n" for order in range(2))
    shop.load_text(HEADER + rows)
    with pytest.raises(InvalidInput, match="The value of 2024-02 is too large"):
        computed(shop, "revenue", Periodicity.monthly, LATER)


@pytest.mark.parametrize(
    ("measure", "filters", "said"),
    [
        ("net_revenu", {}, "Did you mean “net_revenue”?"),
        ("revenue", {"contry": ["EIRE"]}, "Did you mean “country”?"),
        ("revenue", {"segment": ["Champion"]}, "Did you mean “Champions”?"),
        ("revenue", {"age_band": ["17-20"]}, "There is no age band"),
    ],
)
def test_unknown_names_are_refused_with_the_one_meant(
    measure: str, filters: dict, said: str
) -> None:
    with pytest.raises(UnknownName, match=said.replace("?", r"\?")):
        check_measure(measure, filters)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"month": ["2024-01"]}, "not filtered by month"),
        ({"day": ["2024-01-01"]}, "not filtered by day"),
        ({"hour": ["24"]}, "is no hour: it is 0 to 23"),
        ({"country": []}, "has 0 values"),
        ({"country": ["a"] * 51}, "has 51 values"),
        ({"country": ["a" * 201]}, "longer than 200"),
        ({"country": ["a\0"]}, "control characters"),
        ({"country": ["\ud800"]}, "control characters"),
        (
            {name: [f"{number:0200}" for number in range(25)] for name in ("product", "customer")},
            "longer than 10,000 characters together",
        ),
    ],
)
def test_filters_that_cannot_be_are_refused(filters: dict, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_measure("revenue", filters)


def test_filters_are_kept_so_that_equal_ones_look_alike() -> None:
    one = {"country": ["EIRE", "", "EIRE"], "age_band": ["65+"]}
    check_measure("revenue", one)
    assert write_filters(one) == write_filters({"age_band": ["65+"], "country": ["", "EIRE"]})
    assert read_filters(write_filters(one)) == {"age_band": ["65+"], "country": ["", "EIRE"]}
    assert read_filters("") == {}
