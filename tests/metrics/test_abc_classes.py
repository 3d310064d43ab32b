"""ABC classes against their definition in plain Python."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given

from random_lines import Line, lines, periods, rounded
from shop import HEADER, Shop, temporary_shop
from tillsight.metrics.abc_classes import abc_classes
from tillsight.metrics.periods import Period


@given(lines=lines, period=periods)
def test_classes_are_what_plain_python_makes_of_them(lines: list[Line], period: Period) -> None:
    with temporary_shop() as shop:
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        shop.warehouse.catch_up(wait=60)
        found = abc_classes(shop.warehouse, period, {"country": ["France", ""]})
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        day = line.time.date()
        inside = (not period.start or period.start <= day) and (not period.end or day < period.end)
        if inside and line.quantity > 0 and line.price > 0 and line.country != "EIRE":
            revenue[line.product] += line.quantity * line.price
    total = sum(revenue.values())
    wanted = []
    for product in sorted(revenue, key=lambda one: (-revenue[one], one)):
        bigger = sum(revenue[one] for one, *_ in wanted)
        place = "A" if 100 * bigger < 80 * total else "B" if 100 * bigger < 95 * total else "C"
        wanted.append((product, place, rounded(revenue[product])))
    assert [(one.product, one.class_name, one.revenue) for one in found.products] == wanted
    assert {one.class_name: one.products for one in found.classes} == {
        name: sum(place == name for _, place, _ in wanted) for name in "ABC"
    }


def test_the_classes_of_the_retailer_add_up(retailer: Shop) -> None:
    """Every sale of the real data set has a product, so the classes are all of the revenue."""
    found = abc_classes(retailer.warehouse, Period(), {})
    totals = retailer.ask("revenue", "products").totals
    assert sum(one.products for one in found.classes) == len(found.products) == totals["products"]
    assert round(sum(one.revenue for one in found.classes), 2) == totals["revenue"]
    a, b, c = (one.share for one in found.classes)
    assert 0.80 <= a < 0.801
    assert 0.149 < b < 0.151
    assert 0.049 < c <= 0.05
