"""A number does not depend on the table it was counted in, nor on the order sales came in."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meaning import tables_of, text_of
from random_lines import MEASURES, Line, Person, filters, groups, lines, people, periods
from shop import temporary_shop
from tillsight.metrics import catalogue
from tillsight.metrics.periods import Period
from tillsight.metrics.query import compute
from tillsight.metrics.question import Question
from tillsight.metrics.sources import (
    CUSTOMERS,
    DAILY,
    LINES,
    PARTS,
    PRODUCT_MONTHS,
    PRODUCTS,
    SOURCES,
    Scope,
    smallest,
)

TABLES = ([PARTS], [DAILY], [PRODUCT_MONTHS], [PRODUCTS], [CUSTOMERS], SOURCES)


@given(
    lines=lines,
    cuts=st.lists(st.integers(0, 40), max_size=3).map(sorted),
    asked=st.lists(st.tuples(periods, groups, filters), min_size=3, max_size=3),
    people=people,
)
@hypothesis_settings(max_examples=15)
def test_every_table_that_can_answer_gives_the_same(
    lines: list[Line],
    cuts: list[int],
    asked: list[tuple],
    people: list[Person],
) -> None:
    """The sales come in several imports, so orders go on and customers come late."""
    with temporary_shop() as shop:
        shop.load_text(text_of(people))
        for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True):
            if lines[start:end]:
                shop.load_text(text_of(lines[start:end]))
        shop.warehouse.catch_up(wait=60)
        for period, by, filters in asked:
            question = Question(MEASURES, by, period, filters)
            with shop.warehouse.snapshot() as at:
                wanted = compute(at, question, [LINES])
                for allowed in TABLES:
                    found = compute(at, question, [*allowed, LINES])
                    assert (found.rows, found.totals) == (wanted.rows, wanted.totals)


@given(lines=lines, cut=st.integers(1, 39), people=people)
@hypothesis_settings(max_examples=25)
def test_summaries_kept_up_to_date_are_those_built_at_once(
    lines: list[Line], cut: int, people: list[Person]
) -> None:
    """However the imports came in, tables and answers are those of one import of everything."""
    kept = []
    for parts in (
        [people, lines],
        [lines[:cut], people, lines[cut:]],
        [lines[cut:], lines[:cut], people],
    ):
        with temporary_shop() as shop:
            for part in filter(None, parts):
                shop.load_text(text_of(part))
            found = shop.ask(*MEASURES, by=["day", "country"])
            kept.append((tables_of(shop), found.rows, found.totals))
    if lines[:cut] != lines[cut:]:
        assert kept[0] == kept[1] == kept[2]


@pytest.mark.parametrize(
    ("measure", "by", "filters", "period", "source"),
    [
        ("revenue", ["day"], {}, Period(), DAILY),
        ("orders", ["country"], {}, Period(), DAILY),
        ("revenue", ["customer"], {}, Period(), CUSTOMERS),
        ("customers", [], {}, Period(), CUSTOMERS),
        ("customers", ["month"], {}, Period(), PARTS),
        ("revenue", ["customer"], {}, Period(date(2024, 1, 1)), PARTS),
        ("orders", ["hour", "weekday"], {}, Period(), PARTS),
        ("revenue", ["product"], {}, Period(date(2024, 1, 1), date(2024, 4, 1)), PRODUCT_MONTHS),
        ("revenue", ["category"], {"country": ["EIRE"]}, Period(), PRODUCT_MONTHS),
        ("orders", ["product"], {}, Period(), PRODUCTS),
        ("products", [], {}, Period(), PRODUCTS),
        ("repeat_customers", [], {}, Period(), CUSTOMERS),
        ("revenue", ["product"], {}, Period(date(2024, 1, 2)), LINES),
        ("customers", ["product"], {}, Period(), LINES),
        ("revenue", ["segment"], {"age_band": ["65+"]}, Period(), CUSTOMERS),
        ("customers", ["gender"], {}, Period(), CUSTOMERS),
        ("repeat_customers", [], {"segment": ["Lost"]}, Period(), CUSTOMERS),
        ("orders", ["gender"], {}, Period(), PARTS),  # two of a gender may share an order
        ("revenue", ["gender", "month"], {}, Period(), PARTS),
        ("revenue", ["product", "segment"], {}, Period(), LINES),
    ],
)
def test_the_smallest_table_is_asked(measure, by, filters, period, source) -> None:
    [one] = catalogue.measures([measure])
    assert smallest(one, Scope(frozenset(by), filters, period)) is source


def test_every_measure_is_tried() -> None:
    untried = {one.name for one in catalogue.MEASURES} - set(MEASURES)
    assert untried == {"customer_orders", "customer_revenue"}  # inside the two ratios
