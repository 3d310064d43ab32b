"""The tables that can answer, smallest first, and how each of them counts.

A number must not depend on the table it was counted in: `tests/metrics/test_sources.py` asks every
table that can answer and compares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tillsight.metrics.catalogue import Counted, Dimension, Measure
from tillsight.metrics.customer_groups import AGE_BAND, SEGMENT, attributes_sql
from tillsight.metrics.periods import Period

BUCKET = frozenset({"day", "week", "month", "quarter", "year"})
OF_CUSTOMER = frozenset({"customer", "segment", "gender", "age_band"})
ORDERS = "CAST(coalesce(sum(whole_orders), 0) AS BIGINT) + count(DISTINCT split_order)"
SOME_ORDERS = """(sum(whole_orders) + CASE
    WHEN min(split_order) IS NULL THEN 0 WHEN min(split_order) = max(split_order) THEN 1 ELSE 2
END)"""
"""The orders of a group, but that split ones are two where they are more: enough to tell whether
there are two. To count those of many small groups takes more than twice as long.
"""
BEFORE_ALL = "DATE '0001-01-02'"  # a day after the mark of customers never seen before
COUNTS_NEVER = "DATE '9999-12-31'"


@dataclass(frozen=True)
class Scope:
    """What a question groups by and filters on, which decides who can answer it."""

    by: frozenset[str]
    filters: Mapping[str, Sequence[str]]
    period: Period

    @property
    def names(self) -> frozenset[str]:
        """All dimensions it touches."""
        return self.by | self.filters.keys()

    @property
    def whole_months(self) -> bool:
        """Whether the period cuts no month in two."""
        return all(day is None or day.day == 1 for day in (self.period.start, self.period.end))


@dataclass(frozen=True, eq=False)
class Source:
    """A table that questions are answered from; `joins` bring columns that few questions need.

    `orders_per` names the dimension for each of whose values an order counts once: over several of
    them it would count several times. `one_row_per` names the one that has one row for each value.
    """

    name: str
    table: str
    dimensions: frozenset[str]
    joins: Mapping[str, str] = field(default_factory=dict)
    knows_customers: bool = False
    months_only: bool = False
    whole_time_only: bool = False
    orders_per: str = ""
    one_row_per: str = ""

    def can_answer(self, measure: Measure, scope: Scope) -> bool:
        """Whether the measure can be counted here, rightly."""
        if not scope.names <= self.dimensions or (
            measure.per and measure.per not in self.dimensions
        ):
            return False
        if self.months_only and not scope.whole_months:
            return False
        if self.orders_per and not self._one_at_a_time(measure, scope):
            return False
        if self.whole_time_only and scope.period != Period():
            return False
        needs_customers = measure.counted is Counted.customers or "customer_id" in measure.sql
        return self.knows_customers or not needs_customers

    def _one_at_a_time(self, measure: Measure, scope: Scope) -> bool:
        counts_orders = measure.counted is Counted.orders or "{orders}" in measure.sql
        alone = (
            self.orders_per in {*scope.by, measure.per}
            or len(scope.filters.get(self.orders_per, ())) == 1
        )
        return alone or not counts_orders

    def relation(self, columns: str) -> str:
        """What stands after FROM for a question whose SQL mentions `columns`."""
        joined = [join for column, join in self.joins.items() if column in columns]
        return joined[0] if joined else self.table

    def has_row_for(self, groups: frozenset[str]) -> bool:
        """Whether each of the groups is one row here, so that nothing has to be grouped."""
        return groups == {self.one_row_per}

    def sql(self, measure: Measure, scope: Scope, since: str) -> str:
        """What counts the measure, in a group or a row; `since` is the first day of the bucket."""
        condition = measure.sql.format(since=since) if measure.sql else "TRUE"
        in_row = self.has_row_for(scope.by)
        match measure.counted:
            case Counted.orders if in_row:
                return f"CASE WHEN {condition} THEN whole_orders ELSE 0 END"
            case Counted.orders:
                return self._orders(condition)
            case Counted.customers if in_row:
                return f"CASE WHEN first_day IS NOT NULL AND {condition} THEN 1 ELSE 0 END"
            case Counted.customers:
                return self._customers(condition, scope, since)
            case _:
                return measure.sql if in_row else f"coalesce(sum({measure.sql}), 0)"

    def meets(self, measure: Measure) -> str:
        """The condition on groups of `measure.per`, or on rows where each of them is one."""
        if self.has_row_for(frozenset({measure.per})):
            return measure.sql.format(orders="whole_orders", lines="lines")
        orders = self._orders() if self is LINES else SOME_ORDERS
        return measure.sql.format(orders=orders, lines="sum(lines)")

    def _orders(self, condition: str = "TRUE") -> str:
        if self is LINES:
            return f"count(DISTINCT order_key) FILTER (lines > 0 AND {condition})"
        if condition == "TRUE":
            return ORDERS
        return (
            f"CAST(coalesce(sum(whole_orders) FILTER ({condition}), 0) AS BIGINT)"
            f" + count(DISTINCT split_order) FILTER ({condition})"
        )

    def _customers(self, condition: str, scope: Scope, since: str) -> str:
        if self is LINES:
            return f"count(DISTINCT customer_id) FILTER (lines > 0 AND {condition})"
        if self is CUSTOMERS:
            return f"count(*) FILTER (first_day IS NOT NULL AND {condition})"
        seen = _last_seen(scope)
        if seen is None:
            return (
                f"count(DISTINCT customer_id) FILTER (last_seen < {COUNTS_NEVER} AND {condition})"
            )
        return f"count(*) FILTER ({seen} < {since} AND {condition})"


def _last_seen(scope: Scope) -> str | None:
    """The column by which a customer's first part in a contiguous period is known.

    Only where groups and filters belong to the customer, or one country at a time is looked at;
    otherwise the part before may lie outside of what is counted.
    """
    if scope.filters.keys() & BUCKET or len(scope.by & BUCKET) > 1:
        return None
    others = scope.names - BUCKET - OF_CUSTOMER
    if not others:
        return "last_seen"
    one_country = "country" in scope.by or len(scope.filters.get("country", ())) == 1
    return "last_seen_here" if others == {"country"} and one_country else None


# Sales without a customer are one group, as in every other table.
_ALL_CUSTOMERS = """(
    SELECT *, CAST(NULL AS BIGINT) AS split_order FROM customers
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, sum(revenue), sum(returned), sum(units),
           CAST(sum(lines) AS BIGINT), CAST(sum(whole_orders) AS BIGINT), NULL, NULL, NULL
    FROM anonymous_sales HAVING sum(lines) > 0 OR sum(returned) > 0
)"""


def _with_customers(sales: str) -> dict[str, str]:
    """Sales, which `sales` is SQL for, with what their customers are: what brings most first."""
    joined = f"({sales} LEFT JOIN {{}} AS who ON who.id = customer_id)"
    lean, whole = (joined.format(attributes_sql(with_segment=one)) for one in (False, True))
    return {"segment": whole, "gender": lean, "age_band": lean}


DAILY = Source("daily_sales", "daily_sales", BUCKET | {"weekday", "country", "channel"})
CUSTOMERS = Source(
    "customers",
    _ALL_CUSTOMERS,
    OF_CUSTOMER,
    joins={
        "segment": f"""(
            SELECT *, {AGE_BAND} AS age_band, {SEGMENT} AS segment FROM {_ALL_CUSTOMERS}
        )""",
        "age_band": f"(SELECT *, {AGE_BAND} AS age_band FROM {_ALL_CUSTOMERS})",
    },
    knows_customers=True,
    whole_time_only=True,
    orders_per="customer",
    one_row_per="customer",
)
PRODUCTS = Source(
    "product_sales",
    "(SELECT *, CAST(NULL AS BIGINT) AS split_order FROM product_sales)",
    frozenset({"product", "category"}),
    joins={
        "category": """(
            SELECT product_sales.*, CAST(NULL AS BIGINT) AS split_order, products.category
            FROM product_sales
            LEFT JOIN products ON products.product_id = product_sales.product_id
        )"""
    },
    whole_time_only=True,
    orders_per="product",
    one_row_per="product",
)
PRODUCT_MONTHS = Source(
    "product_months",
    "product_months",
    frozenset({"month", "quarter", "year", "country", "product", "category"}),
    joins={
        "category": """(
            SELECT product_months.*, products.category FROM product_months
            LEFT JOIN products ON products.product_id = product_months.product_id
        )"""
    },
    months_only=True,
    orders_per="product",
)
PARTS = Source(
    "order_parts",
    "order_parts",
    BUCKET | OF_CUSTOMER | {"hour", "weekday", "country", "channel"},
    joins=_with_customers("SELECT order_parts.*, who.* EXCLUDE (id) FROM order_parts"),
    knows_customers=True,
)
LINES = Source(
    "lines",
    "sales",
    PARTS.dimensions | PRODUCTS.dimensions,
    joins=_with_customers(
        """
        SELECT sales.* REPLACE (products.category AS category), first_sale AS first_day,
               who.* EXCLUDE (id)
        FROM sales LEFT JOIN products ON products.product_id = sales.product_id
        """
    )
    | dict.fromkeys(
        ("category", "first_day"),
        """(
            SELECT sales.* REPLACE (products.category AS category), customers.first_day FROM sales
            LEFT JOIN products ON products.product_id = sales.product_id
            LEFT JOIN customers ON customers.customer_id = sales.customer_id
        )""",
    ),
    knows_customers=True,
)

SOURCES = (DAILY, CUSTOMERS, PRODUCTS, PRODUCT_MONTHS, PARTS, LINES)


def smallest(measure: Measure, scope: Scope, allowed: Sequence[Source] = SOURCES) -> Source:
    """The smallest table that can count the measure; the lines always can."""
    return next((source for source in allowed if source.can_answer(measure, scope)), LINES)


def since_of(times: Sequence[Dimension], start: date | None) -> str:
    """SQL for the first day that a row's bucket has in common with the period."""
    first = f"DATE '{start.isoformat()}'" if start else BEFORE_ALL
    return f"greatest({times[0].sql}, {first})" if times else first
