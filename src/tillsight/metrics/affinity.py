"""Products bought together: pairs that stand in the same orders, and how telling that is."""

from collections.abc import Mapping
from dataclasses import dataclass

from tillsight.metrics import catalogue
from tillsight.metrics.labels import names_of
from tillsight.metrics.periods import Period
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.rounding import divided
from tillsight.metrics.sources import LINES
from tillsight.metrics.statement import Asked, Statement, statement, where_sql
from tillsight.warehouse import Snapshot, Warehouse

FIRST_LOOKED_AT, LOOKED_AT_GROWS = 200, 4
"""How many products are paired at first, and how many times more where that does not suffice."""


@dataclass(frozen=True)
class Pair:
    """Two products, the smaller id first unless one was asked for, and the orders that hold both.

    `support` is the fraction of all orders that hold both, `confidence` the fraction of the orders
    with `product` that hold `other` too, `lift` how many times more often that is than by chance.
    """

    product: str
    product_name: str | None
    other: str
    other_name: str | None
    orders: int
    support: float | None
    confidence: float | None
    lift: float | None


def affinity(
    warehouse: Warehouse,
    period: Period,
    filters: Filters,
    min_orders: int,
    limit: int,
    of: str | None = None,
) -> list[Pair]:
    """The pairs with the most orders, at least `min_orders` of them; equal ones by id.

    With `of` the pairs of that product alone, which then is the first of each.

    Counted over the orders of the period with a known product; each holds a product once.

    Raises:
        UnknownName: a filter that is no dimension.
        Unavailable: there are too many pairs to count in time.
    """
    key = ("affinity", Question((), (), period, filters).key(), min_orders, limit, of)
    asked = Asked(
        catalogue.measures(["orders"]), catalogue.dimensions(["product"]), filters, period
    )
    with warehouse.snapshot() as at:
        return at.once(key, lambda: _counted(at, asked, min_orders, limit, of))


def _counted(at: Snapshot, asked: Asked, min_orders: int, limit: int, of: str | None) -> list[Pair]:
    where = where_sql(asked)
    known = dict(at.rows(*statement(asked)))
    if of is None:
        pairs = _most_frequent(at, where, known, min_orders, limit)
    else:
        pairs = _pairs_with(at, where, of, min_orders, limit)
    return _described(at, where, pairs, known)


def _most_frequent(
    at: Snapshot,
    where: Statement,
    known: Mapping[str | None, int],
    min_orders: int,
    limit: int,
) -> list[tuple[str, str, int]]:
    """Count the pairs of the most frequent products, of more and more of them.

    A pair has no more orders than the rarer of the two has. So once enough pairs were found that
    all have more than the next product, no other pair can be among the first.
    """
    frequent = [one for one, orders in known.items() if one is not None and orders >= min_orders]
    frequent.sort(key=lambda one: (-known[one], one))
    looked_at = FIRST_LOOKED_AT
    while True:
        pairs = _pairs_of(at, where, sorted(frequent[:looked_at]), min_orders, limit)
        if looked_at >= len(frequent):
            return pairs
        if len(pairs) == limit and pairs[-1][-1] > known[frequent[looked_at]]:
            return pairs
        looked_at *= LOOKED_AT_GROWS


def _pairs_with(
    at: Snapshot, where: Statement, product: str, min_orders: int, limit: int
) -> list[tuple[str, str, int]]:
    """A product with each of those that stand in its orders."""
    condition, values = where
    sold = f"{LINES.relation(condition)} WHERE lines > 0 AND {condition}"
    found = at.rows(
        "SELECT product_id, count(DISTINCT order_key) AS orders"
        f" FROM {sold} AND product_id <> ? AND order_key IN ("
        f"SELECT order_key FROM {sold} AND product_id = ?)"
        " GROUP BY product_id HAVING orders >= ? ORDER BY orders DESC, product_id LIMIT ?",
        [*values, product, *values, product, min_orders, limit],
    )
    return [(product, other, orders) for other, orders in found]


def _pairs_of(
    at: Snapshot, where: Statement, products: list[str], min_orders: int, limit: int
) -> list[tuple[str, str, int]]:
    """The pairs of these products with the most orders, and how many those are."""
    condition, values = where
    return at.rows(_pairs_sql(condition), [products, *values, min_orders, limit])


# Numbers meet faster than texts and take a tenth of the memory: an order is known by its hash here.
# That two of ten million orders share one has a chance of 3 in a million.
def _pairs_sql(condition: str) -> str:
    return f"""
        WITH items AS (
            SELECT product_id, CAST(row_number() OVER (ORDER BY product_id) AS INTEGER) AS item
            FROM (SELECT unnest(?) AS product_id)
        ), sold AS (
            SELECT hash(order_key) AS basket, product_id FROM {LINES.relation(condition)}
            WHERE lines > 0 AND {condition}
        ), baskets AS (
            SELECT DISTINCT basket, item
            FROM sold JOIN items ON items.product_id = sold.product_id
        ), pairs AS (
            SELECT one.item AS one, other.item AS other, count(*) AS orders
            FROM baskets AS one
            JOIN baskets AS other ON one.basket = other.basket AND one.item < other.item
            GROUP BY one.item, other.item HAVING count(*) >= ?
            ORDER BY orders DESC, one, other LIMIT ?
        )
        SELECT first.product_id, second.product_id, pairs.orders
        FROM pairs
        JOIN items AS first ON first.item = one
        JOIN items AS second ON second.item = other
        ORDER BY pairs.orders DESC, one, other
    """


def _described(
    at: Snapshot,
    where: Statement,
    pairs: list[tuple[str, str, int]],
    known: Mapping[str | None, int],
) -> list[Pair]:
    if not pairs:
        return []
    condition, values = where
    [(every,)] = at.rows(
        f"SELECT count(DISTINCT order_key) FROM {LINES.relation(condition)}"
        f" WHERE lines > 0 AND product_id IS NOT NULL AND {condition}",
        values,
    )
    [product] = catalogue.dimensions(["product"])
    names = names_of(at, product, [one for pair in pairs for one in pair[:2]])
    return [
        Pair(
            *(one, names.get(one), other, names.get(other)),
            both,
            divided(both, every),
            divided(both, known[one]),
            divided(both * every, known[one] * known[other]),
        )
        for one, other, both in pairs
    ]
