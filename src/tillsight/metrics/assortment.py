"""The catalogue of products: what is offered, what is told of it, and what was sold of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import chain
from typing import Any

from tillsight.errors import UnknownName
from tillsight.metrics.paging import cut, no_cursor
from tillsight.metrics.periods import Period
from tillsight.metrics.rounding import UNITS, rounded
from tillsight.metrics.statement import Asked, Statement, where_sql
from tillsight.warehouse import Snapshot, Warehouse

# A product is offered once something of it was sold or a file told of it, until it is deleted.
LISTED = """
    SELECT products.*, coalesce(revenue, 0) AS revenue, coalesce(units, 0) AS units,
           coalesce(whole_orders, 0) AS orders
    FROM products LEFT JOIN product_sales ON product_sales.product_id = products.product_id
"""
TEXTS = frozenset({"product_id", "product_name", "category"})
PRICE_DECIMALS = RATING_DECIMALS = 4


@dataclass(frozen=True)
class Product:
    """A product with its sales over all time. Name and category are those of the latest products
    file or edit, else those of its sales; price and what follows are only known from there.
    """

    product_id: str
    product_name: str | None
    category: str | None
    price: float | None
    quantity_sold: int | None
    rating: float | None
    review_count: int | None
    revenue: float
    units: float
    orders: int


COLUMNS = tuple(one.name for one in fields(Product))


@dataclass(frozen=True)
class Wanted:
    """Which products, and in which order; an empty category is “unknown”.

    `text` is a part of id or name in any case; `order` a column of `Product`, with `-` for
    descending. What is unknown comes last, and equals go by id.
    """

    categories: Sequence[str] = ()
    text: str = ""
    order: str = "product_id"


@dataclass(frozen=True)
class ProductPage:
    """Some products; `next` is where the following ones begin, `total` counts all wanted ones."""

    products: list[Product]
    next: str | None
    total: int
    data_version: int


@dataclass(frozen=True)
class CategorySummary:
    """A category of the catalogue. `total_revenue` is price × quantity sold as the products files
    tell both, not what the sales add up to; the top product is the one sold most often by them.
    """

    category: str | None
    total_revenue: float
    top_product: str | None
    top_product_quantity_sold: int | None
    top_product_id: str | None
    products: int


@dataclass(frozen=True)
class Summary:
    """All categories, the most revenue first."""

    categories: list[CategorySummary] = field(default_factory=list)
    data_version: int = 0


def list_products(warehouse: Warehouse, wanted: Wanted, after: str, limit: int) -> ProductPage:
    """Up to `limit` products that follow the one with the id `after`.

    Raises:
        UnknownName: there is no column to order by of this name.
        InvalidInput: the product `after` is not among the wanted ones.
    """
    condition, values = _condition(wanted)
    with warehouse.snapshot() as at:
        [(total,)] = at.rows(f"SELECT count(*) FROM ({LISTED}) WHERE {condition}", values)
        found = [product_of(row) for row in _page(at, wanted, after, limit + 1)]
        version = at.version
    shown, following = cut(found, limit, lambda one: one.product_id)
    return ProductPage(shown, following, total, version)


def all_products(warehouse: Warehouse, wanted: Wanted) -> Iterator[list[Product]]:
    """All wanted products, some at a time.

    Raises:
        UnknownName: there is no column to order by of this name.
    """
    chunks = _chunks(warehouse, wanted)
    # What has to be refused is refused here, before anybody was promised an answer.
    first = next(chunks, [])
    return chain([first], chunks)


def summary(warehouse: Warehouse) -> Summary:
    """What the products files tell of each category; ties go to the smaller id, or name."""
    with warehouse.snapshot() as at:
        return at.once("catalogue summary", lambda: _summary(at))


def product_of(row: Sequence[Any]) -> Product:
    """A row with `COLUMNS` as the doors show it."""
    product_id, name, category, price, quantity, rating, reviews, revenue, units, orders = row
    return Product(
        product_id,
        name,
        category,
        _number(price, PRICE_DECIMALS),
        quantity,
        _number(rating, RATING_DECIMALS),
        reviews,
        rounded(revenue),
        rounded(units, UNITS),
        orders,
    )


def _chunks(warehouse: Warehouse, wanted: Wanted) -> Iterator[list[Product]]:
    condition, values = _condition(wanted)
    sql = f"SELECT {_NAMES} FROM ({LISTED}) WHERE {condition} ORDER BY {_order_sql(wanted.order)}"
    with warehouse.snapshot() as at:
        for rows in at.chunks(sql, values):
            yield [product_of(row) for row in rows]


def _page(at: Snapshot, wanted: Wanted, after: str, limit: int) -> list[tuple[Any, ...]]:
    condition, values = _condition(wanted)
    if wanted.order == "product_id":  # which any text has a place among
        sql = f"SELECT {_NAMES} FROM ({LISTED}) WHERE {condition} AND product_id > ?"
        return at.rows(f"{sql} ORDER BY product_id LIMIT {limit}", [*values, after])
    placed = f"""
        WITH placed AS (
            SELECT {_NAMES}, row_number() OVER (ORDER BY {_order_sql(wanted.order)}) AS place
            FROM ({LISTED}) WHERE {condition}
        )
    """
    begin = 0
    if after:
        found = at.rows(f"{placed} SELECT place FROM placed WHERE product_id = ?", [*values, after])
        if not found:
            raise no_cursor(after)
        [(begin,)] = found
    return at.rows(
        f"{placed} SELECT {_NAMES} FROM placed WHERE place > ? ORDER BY place LIMIT {limit}",
        [*values, begin],
    )


_NAMES = ", ".join(COLUMNS)


def _condition(wanted: Wanted) -> Statement:
    condition = "NOT deleted"
    values: list[object] = []
    if wanted.categories:
        asked = Asked([], [], {"category": wanted.categories}, Period())
        of_category, values = where_sql(asked)
        condition += f" AND {of_category}"
    if wanted.text:
        condition += (
            " AND contains(lower(product_id || ' ' || coalesce(product_name, '')), lower(?))"
        )
        values = [*values, wanted.text]
    return condition, values


def _order_sql(order: str) -> str:
    name = order.removeprefix("-")
    if name not in COLUMNS:
        raise UnknownName("column to order by", name[:40], COLUMNS)
    direction = "DESC" if order.startswith("-") else "ASC"
    by = f"lower({name})" if name in TEXTS - {"product_id"} else name
    return f"{by} {direction} NULLS LAST, product_id"


def _number(value: Decimal | None, decimals: int) -> float | None:
    return None if value is None else rounded(value, decimals)


def _summary(at: Snapshot) -> Summary:
    rows = at.rows(
        """
        WITH listed AS (
            SELECT *, row_number() OVER (
                       PARTITION BY category ORDER BY quantity_sold DESC NULLS LAST, product_id
                   ) AS place
            FROM products WHERE NOT deleted
        )
        SELECT category, coalesce(sum(price * quantity_sold), 0) AS total_revenue,
               max(coalesce(product_name, product_id)) FILTER (first),
               max(quantity_sold) FILTER (first), max(product_id) FILTER (first), count(*)
        FROM (SELECT *, place = 1 AND quantity_sold IS NOT NULL AS first FROM listed)
        GROUP BY category ORDER BY total_revenue DESC, category NULLS LAST
        """
    )
    found = [CategorySummary(one, rounded(revenue), *rest) for one, revenue, *rest in rows]
    return Summary(found, at.version)
