"""Products and categories of the catalogue as tables and bars."""

from tillsight.dashboard import charts, texts
from tillsight.dashboard.catalogue import products

PRODUCT = {
    "product_id": "a<b",
    "product_name": "<i>Pen</i>",
    "category": None,
    "price": 1234.5,
    "quantity_sold": None,
    "rating": 4.25,
    "review_count": 1200,
    "revenue": 0.0,
}
CATEGORY = {
    "category": "Tea & cups",
    "total_revenue": 1200.0,
    "top_product": "Mug <1>",
    "top_product_quantity_sold": 3000,
    "top_product_id": "p1",
    "products": 7,
}


def test_a_product_is_escaped_and_unknown_is_told() -> None:
    html = products.products([PRODUCT], "EUR", editable=True)
    assert "&lt;i&gt;Pen&lt;/i&gt;" in html
    assert "<i>" not in html
    assert 'data-press="a&lt;b"' in html
    assert "€1\u202f234.50" in html
    assert texts.NO_CATEGORY in html
    assert "--part:85%" in html
    assert ">–<" in html


def test_only_those_who_may_edit_get_buttons() -> None:
    assert "<button" not in products.products([PRODUCT], "EUR", editable=False)


def test_a_product_without_a_name_is_called_by_its_id() -> None:
    html = products.products([{**PRODUCT, "product_name": None}], "EUR", editable=True)
    assert html.count("a&lt;b</span>") == 1


def test_categories() -> None:
    nothing = {**CATEGORY, "category": None, "top_product": None, "total_revenue": 0.0}
    html = products.categories([CATEGORY, nothing], "GBP")
    assert "Tea &amp; cups" in html
    assert "Mug &lt;1&gt;" in html
    assert texts.TOP_PRODUCT_SOLD.format(count="3\u202f000") in html
    assert texts.NO_CATEGORY in html


def test_bars_of_categories() -> None:
    figure = charts.revenue_by_category(
        [CATEGORY, {**CATEGORY, "category": "x" * 40, "total_revenue": 10.0}], "GBP"
    )
    [bars] = figure.data
    assert list(bars.x) == [1200.0, 10.0]
    assert figure.layout.yaxis.ticktext[0] == "Tea &amp; cups"
    assert len(figure.layout.yaxis.ticktext[1]) == charts.LONGEST_NAME + 1
    assert "£1\u202f200.00" in bars.customdata[0]
