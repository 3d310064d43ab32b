"""The charts of the page Products as functions: series, labels, units and order."""

import pytest

from tillsight.dashboard import charts as common
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.products import charts, texts, treemap
from tillsight.dashboard.products.sold import Product, Sold
from tillsight.formats import MINUS

CLASSES = [
    ("a1", "A", 50.0, 0.5),
    ("a2", "A", 45.0, 0.95),
    ("b1", "C", 3.0, 0.98),
    ("c1", "C", 2.0, 1),
]
RANKED = [
    {
        "product": product,
        "product_name": f"<{product}>",
        "class": name,
        "revenue": revenue,
        "share": revenue / 100,
        "cumulated": cumulated,
    }
    for product, name, revenue, cumulated in CLASSES
]
ABC = {
    "classes": [
        {"class": "A", "products": 2, "revenue": 95.0, "share": 0.95},
        {"class": "B", "products": 0, "revenue": 0.0, "share": 0.0},
        {"class": "C", "products": 2, "revenue": 5.0, "share": 0.05},
    ],
    "products": RANKED,
}


def product(
    name: str,
    revenue: float,
    units: float = 1,
    category: str | None = None,
    before: float | None = None,
) -> Product:
    return Product(name, name, category, revenue, units, revenue / units, before)


def test_the_curve_has_a_line_for_each_class_that_goes_on_from_the_one_before() -> None:
    first, last = charts.abc_curve(RANKED, "EUR").data
    assert (first.name, last.name) == ("Class A: 2 products", "Class C: 2 products")
    assert list(first.x) == [0, 1, 2]
    assert list(first.y) == [0, 0.5, 0.95]
    assert list(last.x) == [2, 3, 4]
    assert list(last.y) == [0.95, 0.98, 1]
    assert (first.line.color, last.line.color) == (common.SERIES[0], common.SERIES[2])
    assert first.customdata[2] == "2. &lt;a2&gt;: <b>€45.00</b><br>95.0% with all before"


def test_the_axes_of_the_curve_count_products_and_percent() -> None:
    layout = charts.abc_curve(RANKED, "EUR").layout
    assert layout.xaxis.title.text == texts.AXIS_PRODUCTS
    assert list(layout.xaxis.ticktext) == ["0", "1", "2", "3", "4"]
    assert layout.yaxis.ticktext[-1] == "100%"


def test_a_long_curve_keeps_its_ends_and_few_points() -> None:
    many = [{**RANKED[0], "cumulated": (place + 1) / 5000} for place in range(5000)]
    [line] = charts.abc_curve(many, "EUR").data
    assert len(line.x) <= charts.MOST_POINTS
    assert (line.x[0], line.x[1], line.x[-1]) == (0, 1, 5000)
    assert line.y[-1] == 1


def test_the_classes_in_words() -> None:
    assert charts.class_words(ABC) == (
        "Class A: 2 of 4 products (50.0%) make 95.0% of the revenue. Class C: 2 of them make 5.0%."
    )
    assert charts.curve_words(ABC).endswith("The first tenth of the products makes 50.0%.")


def test_points_stand_at_price_and_units_and_tell_the_name() -> None:
    figure = charts.price_and_units([product("<Tea>", 100.0, 8), product("Cup", 60, 3)], "EUR")
    [points] = figure.data
    assert list(points.x) == [12.5, 20.0]
    assert list(points.y) == [8, 3]
    assert points.customdata[0] == "&lt;Tea&gt;<br>€12.50 × 8 = <b>€100.00</b>"
    assert figure.layout.xaxis.title.text == "Average price (EUR)"
    assert figure.layout.yaxis.title.text == texts.AXIS_UNITS
    assert figure.layout.xaxis.type is None


def test_what_is_spread_far_is_drawn_by_powers_of_ten() -> None:
    """Each axis by itself; the steps are money and whole numbers."""
    found = [product("a", 5.0, 5), product("b", 2000.0, 2), product("c", 30.0, 10)]
    layout = charts.price_and_units(found, "GBP").layout
    assert layout.xaxis.type == "log"
    assert layout.xaxis.title.text == "Average price (GBP), logarithmic"
    assert list(layout.xaxis.ticktext) == ["£1", "£10", "£100", "£1k"]
    assert layout.yaxis.type is None
    assert not charts.is_wide([0.0, 1.0, 1000.0]), "there is no place for 0 among powers"
    assert not charts.is_wide([])


def test_the_points_in_words() -> None:
    said = charts.price_words([product("Tea", 100.0, 8), product("Cup", 60, 3)], "EUR")
    assert "dearest is Cup at €20.00" in said
    assert "8, were sold of Tea" in said


MONTHS = [
    {"month": "2024-01", "average_price": 10.0, "units": 3},
    {"month": "2024-02", "average_price": None, "units": 0},
    {"month": "2024-03", "average_price": 12.0, "units": 1},
]


def test_prices_pass_over_time_without_sales_beside_the_listed_one() -> None:
    listed, prices = charts.price_over_time(MONTHS, "month", 11.0, "EUR").data
    assert list(prices.y) == [10.0, 12.0]
    assert prices.customdata[1] == "March 2024: <b>€12.00</b>, units: 1"
    assert list(listed.y) == [11.0, 11.0]
    assert listed.line.dash == "dot"
    alone = charts.price_over_time(MONTHS, "month", None, "EUR")
    assert [one.name for one in alone.data] == [texts.PRICE_LINE]
    assert alone.layout.showlegend is False
    assert alone.layout.xaxis.title.text == common_texts.BUCKETS["month"]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([10.0, 12.0], [9.5, 10, 10.5, 11, 11.5, 12, 12.5]),
        ([5.0], [4.5, 5, 5.5]),
        ([], [0, 0.25, 0.5, 0.75, 1, 1.25]),
    ],
)
def test_ticks_stand_around_what_there_is(values: list[float], ticks: list[float]) -> None:
    found = charts.ticks_around(values)
    assert found == ticks
    assert all(found[0] <= one <= found[-1] for one in values)


TEA = [
    product("Green", 30.0, category="Tea", before=60.0),
    product("Black", 10, category="Tea", before=0.0),
]
CUPS = [product("<Mug>", 60.0, category=None, before=50.0)]
GONE = Product("Old", "Old", "Tea", 0.0, 0, None, 20.0)


def of(products: list[Product], *, is_compared: bool = True) -> Sold:
    return Sold(products, 0.0, is_cut=False, is_compared=is_compared, about={})


def test_fields_are_as_large_as_revenue_and_say_how_it_changed() -> None:
    """What is not sold any more counts in its category, and has no field of its own."""
    [fields] = treemap.treemap(of([*CUPS, *TEA, GONE]), "EUR").data
    assert list(fields.labels) == [
        *("All products", "No category", "&lt;Mug&gt;"),
        *("Tea", "Green", "Black"),
    ]
    assert list(fields.parents) == ["", "all", "category", "all", "category Tea", "category Tea"]
    assert list(fields.values) == [0, 0, 60.0, 0, 30.0, 10.0]
    changes = [100 / 130 - 1, 0.2, 0.2, -0.5, -0.5, 0.5]
    assert list(fields.marker.colors) == pytest.approx(changes)
    assert fields.customdata[3] == f"Tea: <b>€40.00</b>, 40.0% of all<br>{MINUS}50.0% from €80.00"
    assert fields.customdata[5].endswith("none before")
    assert fields.marker.colorbar.ticktext[0] == texts.LESS


def test_the_field_of_a_product_leads_to_its_page_and_others_nowhere() -> None:
    figure = treemap.treemap(of([*CUPS, *TEA]), "EUR")
    treemap.lead(figure, lambda one: f"/products?product={one}")
    [fields] = figure.data
    leads = {key: address for key, (_, address) in zip(fields.ids, fields.customdata, strict=True)}
    assert {key: address for key, address in leads.items() if address} == {
        key: f"/products?product={key.removeprefix('product ')}"
        for key in fields.ids
        if key not in {"all", *fields.parents}
    }


def test_without_comparison_fields_have_one_colour() -> None:
    alone = [product("a", 3.0, category="x"), product("b", 1.0, category="y")]
    [fields] = treemap.treemap(of(alone, is_compared=False), "EUR").data
    assert set(fields.marker.colors) == {treemap.MORE}
    assert fields.customdata[1] == "x: <b>€3.00</b>, 75.0% of all"


def test_many_products_of_a_category_are_summed_up_beside_the_largest() -> None:
    many = [product(f"p{place}", 1000.0 - place, category="x") for place in range(200)]
    found = treemap.fields(many)
    assert len(found) == 2 + treemap.MOST_PRODUCTS + 1
    assert found[-1].name == "80 other products"
    assert sum(one.revenue for one in found[2:]) == found[0].revenue == found[1].revenue


def test_many_categories_are_summed_up_beside_the_largest() -> None:
    many = [product(f"p{place}", 100.0 - place, category=f"c{place}") for place in range(30)]
    *_, last = treemap.fields(many)
    assert last.name == "10 other categories"
    assert last.revenue == sum(100.0 - place for place in range(20, 30))
    assert treemap.words(many).startswith("Fields as large as revenue, 21 of them.")


def test_without_categories_the_largest_products_stand_alone() -> None:
    many = [product(f"p{place}", 100.0 - place) for place in range(60)]
    whole, *found = treemap.fields(many)
    assert not treemap.has_categories(many)
    assert [one.name for one in found] == [f"p{place}" for place in range(treemap.MOST_ALONE)]
    assert whole.revenue == sum(one.revenue for one in found)
