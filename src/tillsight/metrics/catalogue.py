"""Every measure and dimension, defined once. API, dashboard, terminal and docs read them here.

A measure is counted by SQL over the columns that lines and summaries share, or it is a ratio of two
others and recomputed for every group, never averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from tillsight.errors import UnknownName
from tillsight.metrics.customer_groups import AGE_BANDS, SEGMENTS


class Unit(StrEnum):
    """What a number counts, which decides how it is rounded and shown."""

    money = "money"
    number = "number"
    ratio = "ratio"
    text = "text"


class Total(StrEnum):
    """How the total over all groups comes about."""

    adds_up = "adds up over groups"
    recomputed = "is recomputed from the lines"


class Good(StrEnum):
    """Which direction is good news."""

    up = "up"
    down = "down"
    neither = "neither"


class Counted(StrEnum):
    """How SQL counts a measure; `metrics/sources.py` has the statement for each table."""

    sum = "sum"
    orders = "orders"
    customers = "customers"
    groups = "groups"


@dataclass(frozen=True)
class Measure:
    """A number that can be asked for.

    `sql` is what a sum adds up, a condition for orders and customers (`{since}` is the first day of
    the bucket or period) and the condition on the `{orders}` or `{lines}` of each group of `per`
    for groups; three orders may pass for two there.
    """

    name: str
    label: str
    unit: Unit
    definition: str
    total: Total
    good: Good = Good.up
    counted: Counted = Counted.sum
    sql: str = ""
    per: str = ""
    over: tuple[str, str] | None = None  # numerator and denominator of a ratio


@dataclass(frozen=True)
class Dimension:
    """What numbers can be grouped and filtered by; `label_sql` names what `sql` identifies.

    Where all its values are known they stand in `values`, in the order people expect.
    """

    name: str
    label: str
    definition: str
    sql: str
    is_time: bool = False
    label_sql: str = ""
    values: tuple[str, ...] = ()

    @property
    def label_name(self) -> str:
        """Key of the label in a row, such as `product_name`."""
        return f"{self.name}_name"


MEASURES = (
    Measure(
        "revenue",
        "Revenue",
        Unit.money,
        "Sum of the amounts of all sales, before returns (gross sales).",
        Total.adds_up,
        sql="revenue",
    ),
    Measure(
        "returns",
        "Returns",
        Unit.money,
        "Value of goods taken back, as a positive number, booked on the day of the return.",
        Total.adds_up,
        Good.down,
        sql="returned",
    ),
    Measure(
        "net_revenue",
        "Net revenue",
        Unit.money,
        "Revenue minus returns.",
        Total.adds_up,
        sql="revenue - returned",
    ),
    Measure(
        "return_rate",
        "Return rate",
        Unit.ratio,
        "Returns divided by revenue.",
        Total.recomputed,
        Good.down,
        over=("returns", "revenue"),
    ),
    Measure(
        "orders",
        "Orders",
        Unit.number,
        "Number of different orders with at least one sale.",
        Total.recomputed,
        counted=Counted.orders,
    ),
    Measure(
        "units",
        "Units sold",
        Unit.number,
        "Sum of the quantities of all sales.",
        Total.adds_up,
        sql="units",
    ),
    Measure(
        "lines",
        "Sale lines",
        Unit.number,
        "Number of lines that are sales; some products call them transactions.",
        Total.adds_up,
        sql="lines",
    ),
    Measure(
        "customers",
        "Customers",
        Unit.number,
        "Number of different known customers with a sale.",
        Total.recomputed,
        counted=Counted.customers,
    ),
    Measure(
        "new_customers",
        "New customers",
        Unit.number,
        "Customers whose first sale ever lies in the period (the bucket when grouped by time).",
        Total.recomputed,
        counted=Counted.customers,
        sql="first_day >= {since}",
    ),
    Measure(
        "returning_customers",
        "Returning customers",
        Unit.number,
        "Customers whose first sale ever lies before the period (the bucket when grouped by time).",
        Total.recomputed,
        counted=Counted.customers,
        sql="first_day < {since}",
    ),
    Measure(
        "repeat_customers",
        "Repeat customers",
        Unit.number,
        "Customers with two orders or more inside the group and period.",
        Total.recomputed,
        counted=Counted.groups,
        sql="{orders} >= 2",
        per="customer",
    ),
    Measure(
        "repeat_purchase_rate",
        "Repeat purchase rate",
        Unit.ratio,
        "Repeat customers divided by customers.",
        Total.recomputed,
        over=("repeat_customers", "customers"),
    ),
    Measure(
        "products",
        "Products sold",
        Unit.number,
        "Number of different known products with a sale.",
        Total.recomputed,
        counted=Counted.groups,
        sql="{lines} > 0",
        per="product",
    ),
    Measure(
        "countries",
        "Countries",
        Unit.number,
        "Number of different known countries with a sale.",
        Total.recomputed,
        counted=Counted.groups,
        sql="{lines} > 0",
        per="country",
    ),
    Measure(
        "average_order_value",
        "Average order value",
        Unit.money,
        "Revenue divided by orders.",
        Total.recomputed,
        over=("revenue", "orders"),
    ),
    Measure(
        "average_price",
        "Average price",
        Unit.money,
        "Revenue divided by units sold: what a unit cost on average.",
        Total.recomputed,
        Good.neither,
        over=("revenue", "units"),
    ),
    Measure(
        "units_per_order",
        "Units per order",
        Unit.ratio,
        "Units sold divided by orders.",
        Total.recomputed,
        Good.neither,
        over=("units", "orders"),
    ),
    Measure(
        "orders_per_customer",
        "Orders per customer",
        Unit.ratio,
        "Orders of known customers divided by customers.",
        Total.recomputed,
        over=("customer_orders", "customers"),
    ),
    Measure(
        "revenue_per_customer",
        "Revenue per customer",
        Unit.money,
        "Revenue from known customers divided by customers.",
        Total.recomputed,
        over=("customer_revenue", "customers"),
    ),
    Measure(
        "customer_orders",
        "Orders of known customers",
        Unit.number,
        "Number of different orders of known customers.",
        Total.recomputed,
        counted=Counted.orders,
        sql="customer_id IS NOT NULL",
    ),
    Measure(
        "customer_revenue",
        "Revenue from known customers",
        Unit.money,
        "Revenue of sales with a customer.",
        Total.adds_up,
        sql="CASE WHEN customer_id IS NOT NULL THEN revenue ELSE 0 END",
    ),
)

DIMENSIONS = (
    Dimension("day", "Day", "Calendar day in shop time, as 2024-05-07.", "day", is_time=True),
    Dimension(
        "week",
        "Week",
        "ISO week, Monday to Sunday, as 2024-W19.",
        "date_trunc('week', day)::DATE",
        is_time=True,
    ),
    Dimension(
        "month",
        "Month",
        "Calendar month, as 2024-05.",
        "date_trunc('month', day)::DATE",
        is_time=True,
    ),
    Dimension(
        "quarter",
        "Quarter",
        "Calendar quarter, as 2024-Q2.",
        "date_trunc('quarter', day)::DATE",
        is_time=True,
    ),
    Dimension(
        "year", "Year", "Calendar year, as 2024.", "date_trunc('year', day)::DATE", is_time=True
    ),
    Dimension("hour", "Hour", "Hour of the day, 0 to 23; unknown for dates without time.", "hour"),
    Dimension("weekday", "Weekday", "Day of the week, 1 Monday to 7 Sunday.", "isodow(day)"),
    Dimension("country", "Country", "Country of the sale as the file gives it.", "country"),
    Dimension("channel", "Channel", "Where the sale was made.", "channel"),
    Dimension(
        "product",
        "Product",
        "Product id; its name is the description used most often.",
        "product_id",
        label_sql="product_name",
    ),
    Dimension("category", "Category", "Category of the product's latest sale.", "category"),
    Dimension(
        "customer",
        "Customer",
        "Customer id; a customer without one is known by name.",
        "customer_id",
        label_sql="customer_name",
    ),
    Dimension(
        "segment",
        "Segment",
        "RFM segment of the customer, scored over all sales of all time.",
        "segment",
        values=tuple(SEGMENTS),
    ),
    Dimension(
        "gender",
        "Gender",
        "Gender of the customer, by the latest customers file that tells it.",
        "gender",
    ),
    Dimension(
        "age_band",
        "Age band",
        "Age of the customer, by the latest customers file that tells it, as 25–34.",
        "age_band",
        values=AGE_BANDS,
    ),
)

_MEASURES = {measure.name: measure for measure in MEASURES}
_DIMENSIONS = {dimension.name: dimension for dimension in DIMENSIONS}
Named = TypeVar("Named", Measure, Dimension)


def measures(names: Sequence[str]) -> list[Measure]:
    """The measures of these names.

    Raises:
        UnknownName: one is not in the catalogue.
    """
    return [_find("measure", name, _MEASURES) for name in names]


def dimensions(names: Sequence[str]) -> list[Dimension]:
    """The dimensions of these names.

    Raises:
        UnknownName: one is not in the catalogue.
    """
    return [_find("dimension", name, _DIMENSIONS) for name in names]


def _find(kind: str, name: str, known: dict[str, Named]) -> Named:
    try:
        return known[name]
    except KeyError:
        raise UnknownName(kind, name, known) from None
