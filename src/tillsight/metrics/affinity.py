"""Products bought together: pairs that stand in the same orders, and how telling that is."""

from dataclasses import dataclass

from tillsight.metrics.periods import Period
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.rounding import divided
from tillsight.metrics.sources import LINES
from tillsight.metrics.statement import Asked, Statement, where_sql
from tillsight.warehouse import Snapshot, Warehouse


@dataclass(frozen=True)
class Pair:
    """Two products, the smaller id first, and the orders that hold both.

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
    warehouse: Warehouse, period: Period, filters: Filters, min_orders: int, limit: int
) -> list[Pair]:
    """The pairs with the most orders, at least `min_orders` of them; equal ones by id.

    Counted over the orders of the period with a known product; each holds a product once.

    Raises:
        UnknownName: a filter that is no dimension.
        Unavailable: there are too many pairs to count in time.
    """
    key = ("affinity", Question((), (), period, filters).key(), min_orders, limit)
    where = where_sql(Asked([], [], filters, period))
    with warehouse.snapshot() as at:
        return at.once(key, lambda: _counted(at, where, min_orders, limit))


def _counted(at: Snapshot, where: Statement, min_orders: int, limit: int) -> list[Pair]:
    condition, values = where
    rows = at.rows(_sql(condition), [*values, min_orders, min_orders, limit])
    return [
        Pair(
            product,
            product_name,
            other,
            other_name,
            both,
            divided(both, every),
            divided(both, first),
            divided(both * every, first * second),
        )
        for product, product_name, other, other_name, both, first, second, every in rows
    ]


# Orders and products are numbered before they meet: numbers meet half again as fast as texts.
def _sql(condition: str) -> str:
    return f"""
        WITH baskets AS (
            SELECT DISTINCT order_key, product_id FROM {LINES.relation(condition)}
            WHERE lines > 0 AND product_id IS NOT NULL AND {condition}
        ), orders AS (
            SELECT order_key, row_number() OVER (ORDER BY order_key) AS number
            FROM baskets GROUP BY order_key
        ), counted AS (
            SELECT product_id, count(*) AS orders, row_number() OVER (ORDER BY product_id) AS number
            FROM baskets GROUP BY product_id HAVING count(*) >= ?
        ), numbered AS (
            SELECT CAST(orders.number AS INTEGER) AS basket, CAST(counted.number AS INTEGER) AS item
            FROM baskets
            JOIN orders ON orders.order_key = baskets.order_key
            JOIN counted ON counted.product_id = baskets.product_id
        ), pairs AS (
            SELECT one.item AS one, other.item AS other, count(*) AS orders
            FROM numbered AS one
            JOIN numbered AS other ON one.basket = other.basket AND one.item < other.item
            GROUP BY one.item, other.item HAVING count(*) >= ?
            ORDER BY orders DESC, one, other LIMIT ?
        )
        SELECT first.product_id, names.product_name, second.product_id, other_names.product_name,
               pairs.orders, first.orders, second.orders, (SELECT count(*) FROM orders)
        FROM pairs
        JOIN counted AS first ON first.number = one
        JOIN counted AS second ON second.number = other
        LEFT JOIN products AS names ON names.product_id = first.product_id
        LEFT JOIN products AS other_names ON other_names.product_id = second.product_id
        ORDER BY pairs.orders DESC, one, other
    """
