"""Every order as one row, and what a customer spends: what an older contract shows of the sales.

An order is what its first hour says: its day, customer and country. Its amount is revenue less
returns, so that rows and figures add up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tillsight.metrics.rounding import rounded
from tillsight.warehouse import Warehouse

# The shorter key first: 9 comes before 10.
ORDERS = """
    SELECT min_by(coalesce(customer_name, customer_id), place) AS customer,
           min_by(customer_id, place) AS customer_id,
           min_by(country, place) AS country, min(day) AS day,
           sum(revenue) - sum(returned) AS amount, order_key
    FROM (
        SELECT *, row(day, coalesce(hour, 0), coalesce(country, ''), coalesce(customer_id, ''))
               AS place
        FROM order_parts
    )
    GROUP BY order_key
"""
ROWS = f"""
    SELECT customer, country, day, amount FROM ({ORDERS}) WHERE {{condition}}
    ORDER BY day, length(order_key), order_key
"""
PER_COUNTRY = f"""
    SELECT country, count(DISTINCT customer_id) FROM ({ORDERS})
    WHERE customer_id IS NOT NULL GROUP BY country ORDER BY country
"""
SPENT = f"""
    SELECT sum(amount), count(DISTINCT customer_id) FROM ({ORDERS}) WHERE customer_id IS NOT NULL
"""


@dataclass(frozen=True)
class OrderTotal:
    """One order; customer and country are None where they are unknown."""

    customer: str | None
    country: str | None
    day: date
    amount: float


@dataclass(frozen=True)
class Clients:
    """What a known customer spends on average, not rounded, and how many there are by country."""

    mean: float
    by_country: dict[str | None, int]


def order_totals(
    warehouse: Warehouse, country: str = "", first: date | None = None, last: date | None = None
) -> Iterator[list[OrderTotal]]:
    """All orders of a country, however it is written, with days from `first` to `last`.

    By day and then in the order of their ids; some at a time, from one version of the data.
    """
    conditions, values = ["TRUE"], list[object]()
    for condition, value in (
        ("lower(country) = lower(?)", country or None),
        ("day >= ?", first),
        ("day <= ?", last),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    with warehouse.snapshot() as at:
        for rows in at.chunks(ROWS.format(condition=" AND ".join(conditions)), values):
            yield [OrderTotal(who, where, day, rounded(paid)) for who, where, day, paid in rows]


def clients(warehouse: Warehouse) -> Clients:
    """What customers spend, and where they buy; a customer of two countries counts in both."""
    with warehouse.snapshot() as at:
        [(spent, count)] = at.rows(SPENT)
        by_country = dict(at.rows(PER_COUNTRY))
    return Clients(float(Decimal(spent) / count) if count else 0.0, by_country)
