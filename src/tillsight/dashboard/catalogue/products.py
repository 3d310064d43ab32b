"""Products and categories of the catalogue as lines of tables: pure functions."""

from collections.abc import Mapping
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.tables import Cell, Rows, button, listed

One = Mapping[str, Any]
BEST = 5  # of a rating


def name_of(product: One) -> str:
    """What to call a product."""
    return str(product["product_name"] or product["product_id"])


def products(found: Rows, currency: str, *, editable: bool) -> str:
    """Products, each with a button where the person may edit it."""
    lines = [
        [
            Cell(_product(one), texts.PRODUCT, "file"),
            Cell(_category(one["category"]), texts.CATEGORY),
            Cell(escape(formats.money(one["price"], currency)), texts.PRICE, "number"),
            Cell(formats.number(one["quantity_sold"]), texts.QUANTITY_SOLD, "number"),
            Cell(_rating(one["rating"]), texts.RATING, "number"),
            Cell(formats.number(one["review_count"]), texts.REVIEWS, "number"),
            Cell(escape(formats.money(one["revenue"], currency)), texts.SALES_REVENUE, "number"),
            *([_button(one)] if editable else []),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def categories(found: Rows, currency: str) -> str:
    """Categories with what products files tell of them."""
    lines = [
        [
            Cell(_category(one["category"]), texts.CATEGORY, "file"),
            Cell(formats.number(one["products"]), texts.PRODUCTS_COUNT, "number"),
            Cell(escape(formats.money(one["total_revenue"], currency)), texts.REVENUE, "number"),
            Cell(_top(one), texts.TOP_PRODUCT, "top"),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def _product(one: One) -> str:
    below = one["product_id"] if one["product_name"] else ""
    return (
        f'<span><span class="name">{escape(name_of(one))}</span>'
        f'<span class="by quiet">{escape(below)}</span></span>'
    )


def _category(name: str | None) -> str:
    return f'<span class="quiet">{texts.NO_CATEGORY}</span>' if name is None else escape(name)


def _rating(value: float | None) -> str:
    if value is None:
        return formats.NOTHING
    shown = formats.number(round(value, 1))
    title = texts.RATING_OF.format(rating=formats.number(value))
    width = 100 * value / BEST
    return (
        f'<span class="rating" title="{title}"><span class="stars" aria-hidden="true"'
        f' style="--part:{width:.0f}%"></span> {shown}</span>'
    )


def _top(one: One) -> str:
    if one["top_product"] is None:
        return formats.NOTHING
    sold = texts.TOP_PRODUCT_SOLD.format(count=formats.number(one["top_product_quantity_sold"]))
    return f'<span>{escape(one["top_product"])}<span class="by quiet">{sold}</span></span>'


def _button(one: One) -> Cell:
    title = texts.EDIT_TITLE.format(name=name_of(one))
    return Cell(button(one["product_id"], texts.EDIT, title), "", "action")
