"""What was sold of each product now and before, as the panels read it from the API's answer."""

from threading import Barrier, Thread

import pytest

from tillsight.dashboard.products.sold import Once, Sold, ranked, read


def row(product: str | None, revenue: float, units: float = 1, category: str | None = None) -> dict:
    return {
        "product": product,
        "product_name": product and product.title(),
        "category": category,
        "revenue": revenue,
        "units": units,
        "average_price": revenue / units if units else None,
    }


def answer(rows: list[dict], before: list[dict] | None) -> dict:
    comparison = before is not None and {
        "rows": before,
        "totals": {"revenue": sum(one["revenue"] for one in before)},
    }
    return {"rows": rows, "comparison": comparison or None, "data_version": 7}


NOW = [row("tea", 90.0, 9), row("cup", 40.0, 2), row(None, 5.0), row("jam", 0.0, 0)]
THEN = [row("cup", 70.0, 4), row("jam", 30.0, 3), row("tea", 10.0, 1)]


def test_each_product_stands_beside_what_it_was() -> None:
    """A product that only came back is one that is not sold any more; a sale may name none."""
    found = read(answer(NOW, THEN), 100)
    assert [(one.product, one.revenue, one.before) for one in found.products] == [
        ("tea", 90.0, 10.0),
        ("cup", 40.0, 70.0),
        ("jam", 0.0, 30.0),
    ]
    assert found.unnamed == 5.0
    assert (found.is_cut, found.is_compared) == (False, True)
    assert found.about["data_version"] == 7
    assert "rows" not in found.about


@pytest.mark.parametrize(
    ("order", "products"),
    [
        ("revenue", ["tea", "cup"]),
        ("units", ["tea", "cup"]),
        ("rose", ["tea"]),
        ("fell", ["cup", "jam"]),
    ],
)
def test_products_are_ranked_by_what_was_asked(order: str, products: list[str]) -> None:
    found = read(answer(NOW, THEN), 100).products
    assert [one.product for one in ranked(found, order)] == products


@pytest.mark.parametrize("before", [None, []])
def test_without_anything_before_nothing_rose_or_fell(before: list[dict] | None) -> None:
    found = read(answer(NOW, before), 100)
    assert not found.is_compared
    assert {one.before for one in found.products} == {None}
    assert ranked(found.products, "rose") == ranked(found.products, "fell") == []


def test_of_what_may_have_been_cut_off_nothing_is_said() -> None:
    """The third product of a list of three is not known to be new: the list goes on."""
    then = [row("cup", 70.0), row("jam", 30.0), row("pen", 20.0)]
    now = [row("tea", 90.0), row("cup", 40.0), row("ink", 30.0)]
    found = read(answer(now, then), 3)
    assert found.is_cut
    assert [(one.product, one.before) for one in found.products] == [
        ("tea", None),
        ("cup", 70.0),
        ("ink", None),
    ]


def test_panels_ask_once_and_a_refusal_is_asked_again() -> None:
    asked: list[int] = []
    start = Barrier(4)

    def ask() -> Sold:
        asked.append(1)
        if len(asked) == 1:
            raise ValueError
        return read(answer(NOW, None), 100)

    once = Once(ask)
    with pytest.raises(ValueError, match=r"^$"):
        once.get()
    found: list[Sold] = []

    def panel() -> None:
        start.wait()
        found.append(once.get())

    threads = [Thread(target=panel) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(asked) == 2
    assert all(one is found[0] for one in found)
    assert len(found) == 4
