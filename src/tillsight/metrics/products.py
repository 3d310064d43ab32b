"""Known products with a sale: the list of them, and everything about one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tillsight.errors import NotFound
from tillsight.metrics import catalogue
from tillsight.metrics.months import MonthSales, month_sales
from tillsight.metrics.paging import cut
from tillsight.metrics.periods import Period
from tillsight.metrics.rounding import UNITS, rounded
from tillsight.metrics.statement import Asked, statement, where_sql
from tillsight.warehouse import Snapshot, Warehouse

MOST_COUNTRIES = 5


@dataclass(frozen=True)
class Product:
    """A product over all sales; its name is the description used most often."""

    product_id: str
    product_name: str | None
    category: str | None
    revenue: float
    units: float
    orders: int


@dataclass(frozen=True)
class ProductPage:
    """Some products by id; `next` is where the following ones begin."""

    products: list[Product]
    next: str | None
    data_version: int


@dataclass(frozen=True)
class CountrySales:
    """What was sold of a product in a country."""

    country: str
    revenue: float
    units: float
    orders: int


@dataclass(frozen=True)
class ProductDetail:
    """A product with when and where it was sold.

    `months` go from the first sale to the last, empty ones included.
    """

    product: Product
    first_day: date
    last_day: date
    top_countries: list[CountrySales]
    months: list[MonthSales]
    data_version: int


def list_products(
    warehouse: Warehouse, categories: Sequence[str], after: str, limit: int
) -> ProductPage:
    """Up to `limit` products whose ids follow `after`, of these categories, or of all.

    An empty category is “unknown”.
    """
    condition = "product_id > ?"
    values: list[object] = [after]
    if categories:
        of_category, names = where_sql(Asked([], [], {"category": categories}, Period()))
        condition += f" AND {of_category}"
        values += names
    with warehouse.snapshot() as at:
        found = _products(at, condition, values, limit + 1)
        version = at.version
    return ProductPage(*cut(found, limit, lambda one: one.product_id), version)


def _products(at: Snapshot, condition: str, values: list[object], limit: int) -> list[Product]:
    # A product is in the table once something of it was sold, so each has figures.
    known = at.rows(
        "SELECT product_id, product_name, category FROM products"
        f" WHERE {condition} ORDER BY product_id LIMIT {limit}",
        values,
    )
    if not known:
        return []
    sold = {one: figures for one, *figures in _sold(at, "product", [row[0] for row in known])}
    return [
        Product(product, name, category, *_shown(*sold[product]))
        for product, name, category in known
    ]


def _sold(
    at: Snapshot, by: str, products: list[str], order_by: str = "", limit: int | None = None
) -> list[tuple[Any, ...]]:
    """Revenue, units and orders of these products in each group."""
    asked = Asked(
        catalogue.measures(["revenue", "units", "orders"]),
        catalogue.dimensions([by]),
        {"product": products},
        Period(),
    )
    return at.rows(*statement(asked, order_by, limit))


def _shown(revenue: Decimal, units: Decimal, orders: int) -> tuple[float, float, int]:
    return rounded(revenue), rounded(units, UNITS), orders


def one_product(warehouse: Warehouse, product_id: str) -> ProductDetail:
    """Everything about one product with a sale.

    Raises:
        NotFound: nothing of this id was sold.
    """
    with warehouse.snapshot() as at:
        return at.once(("product", product_id), lambda: _detail(at, product_id))


def _detail(at: Snapshot, product_id: str) -> ProductDetail:
    found = _products(at, "product_id = ?", [product_id], 1)
    if not found:
        raise NotFound(
            f"There is no product “{product_id[:80]}” with a sale. /api/products lists them."
        )
    [(first, last)] = at.rows(
        "SELECT min(day), max(day) FROM sales WHERE product_id = ? AND lines > 0", [product_id]
    )
    # One more than asked for: sales in no known country are one group, and no country.
    countries = _sold(
        at, "country", [product_id], "revenue DESC, country NULLS LAST", MOST_COUNTRIES + 1
    )
    return ProductDetail(
        found[0],
        first,
        last,
        [
            CountrySales(country, *_shown(*figures))
            for country, *figures in countries
            if country is not None and figures[-1]
        ][:MOST_COUNTRIES],
        month_sales(at, {"product": [product_id]}, first, last),
        at.version,
    )
