"""Everything about one product."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tillsight.errors import NotFound
from tillsight.metrics import catalogue
from tillsight.metrics.assortment import COLUMNS, LISTED, Product, product_of
from tillsight.metrics.months import MonthSales, month_sales
from tillsight.metrics.periods import Period
from tillsight.metrics.rounding import UNITS, rounded
from tillsight.metrics.statement import Asked, statement
from tillsight.warehouse import Snapshot, Warehouse

MOST_COUNTRIES = 5


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

    `months` go from the first sale to the last, empty ones included; without a sale there are none,
    and no days. A `deleted` one left the catalogue, its sales stay.
    """

    product: Product
    deleted: bool
    first_day: date | None
    last_day: date | None
    top_countries: list[CountrySales]
    months: list[MonthSales]
    data_version: int


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
    """Everything about one product that is in the catalogue or was sold.

    Raises:
        NotFound: there is none with this id.
    """
    with warehouse.snapshot() as at:
        return at.once(("product", product_id), lambda: _detail(at, product_id))


def _detail(at: Snapshot, product_id: str) -> ProductDetail:
    found = at.rows(
        f"SELECT deleted, {', '.join(COLUMNS)} FROM ({LISTED})"
        " WHERE product_id = ? AND (NOT deleted OR orders > 0)",
        [product_id],
    )
    if not found:
        raise no_product(product_id)
    [(deleted, *row)] = found
    [(first, last)] = at.rows(
        "SELECT min(day), max(day) FROM sales WHERE product_id = ? AND lines > 0", [product_id]
    )
    # One more than asked for: sales in no known country are one group, and no country.
    countries = _sold(
        at, "country", [product_id], "revenue DESC, country NULLS LAST", MOST_COUNTRIES + 1
    )
    return ProductDetail(
        product_of(row),
        deleted,
        first,
        last,
        [
            CountrySales(country, *_shown(*figures))
            for country, *figures in countries
            if country is not None and figures[-1]
        ][:MOST_COUNTRIES],
        month_sales(at, {"product": [product_id]}, first, last) if first else [],
        at.version,
    )


def told_products(warehouse: Warehouse) -> set[str]:
    """The ids of all products that a file or somebody told of, deleted ones among them."""
    with warehouse.snapshot() as at:
        return {one for (one,) in at.rows("SELECT DISTINCT product_id FROM product_facts")}


def no_product(product_id: str) -> NotFound:
    """The refusal of an id that no product has."""
    return NotFound(f"There is no product “{product_id[:80]}”. /api/products lists them.")
