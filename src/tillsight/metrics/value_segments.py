"""Customers by what they spent: the four value segments of the older product.

Unlike the RFM segments they are cut at fixed amounts, and count what was spent in the asked period.
"""

from dataclasses import dataclass
from decimal import Decimal

from tillsight.metrics import catalogue
from tillsight.metrics.periods import Period
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.rounding import divided
from tillsight.metrics.statement import Asked, statement
from tillsight.warehouse import Snapshot, Warehouse


@dataclass(frozen=True)
class ValueSegment:
    """Customers who spent more than `above`, up to where the segment before begins."""

    name: str
    label: str
    above: int | None


SEGMENTS = (
    ValueSegment("VIP", "VIP (>$5K)", 5000),
    ValueSegment("High Value", "High Value ($2K-$5K)", 2000),
    ValueSegment("Medium Value", "Medium Value ($500-$2K)", 500),
    ValueSegment("Low Value", "Low Value (<$500)", None),
)


@dataclass(frozen=True)
class SegmentValue:
    """A segment that has customers; revenue is exact, orders are counted for each customer."""

    segment: ValueSegment
    customers: int
    revenue: Decimal
    orders: int

    @property
    def revenue_per_customer(self) -> float | None:
        """What a customer spent on average, in cents."""
        return divided(self.revenue, self.customers, 2)

    @property
    def orders_per_customer(self) -> float | None:
        """How often a customer bought on average, with 2 decimals as the contract has it."""
        return divided(self.orders, self.customers, 2)

    @property
    def average_order_value(self) -> float | None:
        """Revenue of the segment divided by its orders, in cents; no average of averages."""
        return divided(self.revenue, self.orders, 2)


def value_segments(warehouse: Warehouse, period: Period, filters: Filters) -> list[SegmentValue]:
    """The segments of the known customers with a sale in the period, biggest spenders first.

    Raises:
        UnknownName: a filter that is no dimension.
    """
    key = ("value_segments", Question((), (), period, filters).key())
    with warehouse.snapshot() as at:
        return at.once(key, lambda: _computed(at, period, filters))


def _computed(at: Snapshot, period: Period, filters: Filters) -> list[SegmentValue]:
    spent, values = statement(
        Asked(
            catalogue.measures(["revenue", "orders", "lines"]),
            catalogue.dimensions(["customer"]),
            filters,
            period,
        )
    )
    cuts = " ".join(
        f"WHEN revenue > {one.above} THEN {place}"
        for place, one in enumerate(SEGMENTS)
        if one.above is not None
    )
    rows = at.rows(
        f"SELECT CASE {cuts} ELSE {len(SEGMENTS) - 1} END AS place,"
        " count(*), sum(revenue), CAST(sum(orders) AS BIGINT)"
        f" FROM ({spent}) WHERE customer IS NOT NULL AND lines > 0"
        " GROUP BY place ORDER BY place",
        values,
    )
    return [SegmentValue(SEGMENTS[place], *figures) for place, *figures in rows]
