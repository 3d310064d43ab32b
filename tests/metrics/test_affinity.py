"""Products bought together, against plain Python."""

from collections import defaultdict
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_lines import Line, lines, periods
from shop import HEADER, Shop, temporary_shop
from tillsight.metrics import affinity as affinity_module
from tillsight.metrics.affinity import affinity
from tillsight.metrics.periods import Period


@given(
    lines=lines,
    period=periods,
    min_orders=st.integers(1, 3),
    limit=st.integers(1, 4),
    looked_at=st.sampled_from([1, 2, 200]),
)
def test_pairs_are_what_plain_python_makes_of_them(
    lines: list[Line], period: Period, min_orders: int, limit: int, looked_at: int
) -> None:
    """An order counts a product once, however many lines and days it has."""
    with temporary_shop() as shop, pytest.MonkeyPatch.context() as patch:
        patch.setattr(affinity_module, "FIRST_LOOKED_AT", looked_at)
        patch.setattr(affinity_module, "LOOKED_AT_GROWS", 2)
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        shop.warehouse.catch_up(wait=60)
        filters = {"country": ["France", "EIRE"]}
        found = affinity(shop.warehouse, period, filters, min_orders, limit)
        with_p2 = affinity(shop.warehouse, period, filters, min_orders, limit, "p2")
    orders = defaultdict(set)
    for line in lines:
        day = line.time.date()
        inside = (not period.start or period.start <= day) and (not period.end or day < period.end)
        if inside and line.quantity > 0 and line.price > 0 and line.country:
            orders[line.order].add(line.product)

    def holding(*products: str) -> int:
        return sum(held.issuperset(products) for held in orders.values())

    pairs = [
        (one, other, holding(one, other)) for one, other in combinations(["p1", "p2", "p3"], 2)
    ]
    wanted = sorted((p for p in pairs if p[2] >= min_orders), key=lambda p: (-p[2], p[:2]))[:limit]
    assert [(one.product, one.other, one.orders) for one in found] == wanted
    others = [("p2", one, holding(one, "p2")) for one in ("p1", "p3")]
    of_p2 = sorted((p for p in others if p[2] >= min_orders), key=lambda p: (-p[2], p[1]))[:limit]
    assert [(one.product, one.other, one.orders) for one in with_p2] == of_p2
    for pair in [*found, *with_p2]:
        one, other, every = holding(pair.product), holding(pair.other), len(orders)
        assert pair.support == pytest.approx(Fraction(pair.orders, every), abs=1e-6)
        assert pair.confidence == pytest.approx(Fraction(pair.orders, one), abs=1e-6)
        assert pair.lift == pytest.approx(Fraction(pair.orders * every, one * other), abs=1e-6)


def test_the_pairs_of_the_retailer(retailer: Shop) -> None:
    """Green and pink teacups; asked again, the answer is at hand."""
    found = affinity(retailer.warehouse, Period(), {}, 10, 100)
    assert len(found) == 100
    best = next(one for one in found if (one.product, one.other) == ("22697", "22699"))
    assert best.orders == 767
    assert best.lift is not None
    assert best.lift > 10
    assert affinity(retailer.warehouse, Period(), {}, 10, 100) is found
