"""RFM scores against their definition in plain Python, and the table of segments."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from random_lines import Line, lines, scored
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import UnknownName
from tillsight.metrics.customer_groups import SEGMENT_OF, SEGMENTS
from tillsight.metrics.rfm import rfm_customers, rfm_segments

CUTS = (lambda end: date(2024, 1, end), lambda _: 1, Decimal)
"""What ends a fifth of ten customers with one order each, on their day and of their number."""


def listed(shop: Shop, limit: int = 10_000) -> dict[str, tuple]:
    """Every customer of every segment: what was found, page by page."""
    shop.warehouse.catch_up(wait=60)
    found = {}
    for segment in SEGMENTS:
        after: str | None = ""
        while after is not None:
            page = rfm_customers(shop.warehouse, segment, after, limit)
            for one in page.rows:
                assert SEGMENT_OF[one.code] == segment
                assert one.customer_id not in found
                found[one.customer_id] = (one.recency_days, one.orders, one.revenue, one.code)
            after = page.next
    return found


@given(lines=lines)
def test_every_customer_has_the_scores_of_the_definition(lines: list[Line]) -> None:
    """Returns, adjustments, sales without customer, orders of several customers: `random_lines`."""
    wanted = scored(lines)
    with temporary_shop() as shop:
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        assert listed(shop, limit=1) == wanted
        found = rfm_segments(shop.warehouse)
    assert found.customers == len(wanted)
    sizes = dict.fromkeys(SEGMENTS, 0)
    for *_, code in wanted.values():
        sizes[SEGMENT_OF[code]] += 1
    assert {one.segment: one.customers for one in found.segments} == sizes
    assert [one.segment for one in found.segments] == list(SEGMENTS)
    codes = sorted(code for *_, code in wanted.values())
    assert [one.code for one in found.scores for _ in range(one.customers)] == codes
    spent = sum(one.revenue for one in found.scores)
    assert spent == pytest.approx(sum(one.revenue for one in found.segments))
    shares = [one.share for one in found.segments if one.share is not None]
    # Each of the eleven is rounded to six decimals by itself.
    assert sum(shares) == pytest.approx(1 if wanted else 0, abs=6e-6)


buyers = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 4), st.integers(1, 12)), min_size=1, max_size=60
)


@given(buyers=buyers, order=st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=25)
def test_scores_of_many_with_equal_values_in_any_order(buyers: list[tuple], order) -> None:
    """Fifths of every size fall right; equal values get equal scores wherever the rows stand."""
    rows = [
        (f"c{number}", date(2024, 1, 1) + timedelta(day), visit, spent)
        for number, (day, visits, spent) in enumerate(buyers)
        for visit in range(visits)
    ]
    found = []
    for _ in range(2):
        with temporary_shop() as shop:
            shop.load_text(
                HEADER + "".join(f"{c}-{v},p,,1,{day},{spent},{c},\n" for c, day, v, spent in rows)
            )
            found.append(listed(shop))
        order.shuffle(rows)
    assert found[0] == found[1]

    values = [(day, visits, visits * spent) for day, visits, spent in buyers]
    for number, mine in enumerate(values):
        smaller = [sum(other[i] < mine[i] for other in values) for i in range(3)]
        code = "".join(str(1 + 5 * below // len(values)) for below in smaller)
        assert found[0][f"c{number}"][-1] == code


def test_the_segments_cover_every_code_once() -> None:
    codes = [code for codes in SEGMENTS.values() for code in codes.split()]
    assert sorted(codes) == ["".join(one) for one in product("12345", repeat=3)]
    assert len(SEGMENTS) == 11


def test_fifths_are_exact_at_every_size(shop: Shop) -> None:
    """The cuts are found by a quantile: it must be the value in place ceiling(k × n / 5)."""
    with shop.warehouse.snapshot() as at:
        wrong = at.rows(
            """
            SELECT n FROM (
                SELECT n, quantile_disc(place, [0.2, 0.4, 0.6, 0.8]) AS cuts
                FROM range(1, 300) AS sizes(n), range(1, 300) AS places(place)
                WHERE place <= n GROUP BY n
            ) WHERE cuts <> [(n + 4) // 5, (2 * n + 4) // 5, (3 * n + 4) // 5, (4 * n + 4) // 5]
            """
        )
    assert wrong == []


def test_an_empty_store_has_empty_segments(shop: Shop) -> None:
    found = rfm_segments(shop.warehouse)
    assert found.customers == 0
    assert {(one.customers, one.revenue, one.share) for one in found.segments} == {(0, 0.0, None)}
    assert rfm_customers(shop.warehouse, "Lost", "", 10).rows == []


def test_an_unknown_segment_is_refused_with_the_nearest(shop: Shop) -> None:
    with pytest.raises(UnknownName, match="Did you mean “Champions”"):
        rfm_customers(shop.warehouse, "champion", "", 10)


def test_the_fifths_are_found_once_for_a_version(shop: Shop) -> None:
    """By whichever question comes first: lists, groups and filters all take the same."""
    rows = "".join(f"{n},p,,1,2024-01-{n:02},{n},c{n},\n" for n in range(1, 11))
    shop.load_text(HEADER + rows)
    by_segment = shop.ask("customers", by=["segment"])
    with shop.warehouse.snapshot() as at:
        cuts = at.once("fifths", lambda: pytest.fail("the question has not kept them"))
    assert cuts == [tuple([cut(end) for end in (2, 4, 6, 8)] for cut in CUTS)]
    sizes = {one.segment: one.customers for one in rfm_segments(shop.warehouse).segments}
    assert {row["segment"]: row["customers"] for row in by_segment.rows} == {
        name: size for name, size in sizes.items() if size
    }
    shop.load_text(f"{HEADER}11,p,,1,2024-01-31,100,c10,\n")
    assert shop.ask("revenue", filters={"segment": ["Champions"]}).totals["revenue"] == 110.0
