"""Every measure and dimension, defined once. API, dashboard, terminal and docs read them here.

A measure's `sql` is an aggregate over the columns of the warehouse's `sales` view. A ratio names
the two measures it is made of instead, and is recomputed for every group, never averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from tillsight.errors import UnknownName


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


@dataclass(frozen=True)
class Measure:
    """A number that can be asked for."""

    name: str
    label: str
    unit: Unit
    definition: str
    total: Total
    good: Good = Good.up
    sql: str = ""
    over: tuple[str, str] | None = None  # numerator and denominator of a ratio

    @property
    def sums(self) -> bool:
        """Whether a group without lines has the value 0."""
        return self.over is None


@dataclass(frozen=True)
class Dimension:
    """What numbers can be grouped and filtered by; `label_sql` names what `sql` identifies."""

    name: str
    label: str
    definition: str
    sql: str
    is_time: bool = False
    label_sql: str = ""

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
        sql="coalesce(sum(revenue), 0)",
    ),
    Measure(
        "returns",
        "Returns",
        Unit.money,
        "Value of goods taken back, as a positive number, booked on the day of the return.",
        Total.adds_up,
        Good.down,
        sql="coalesce(sum(returned), 0)",
    ),
    Measure(
        "net_revenue",
        "Net revenue",
        Unit.money,
        "Revenue minus returns.",
        Total.adds_up,
        sql="coalesce(sum(revenue - returned), 0)",
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
        sql="count(DISTINCT order_key) FILTER (is_sale)",
    ),
    Measure(
        "units",
        "Units sold",
        Unit.number,
        "Sum of the quantities of all sales.",
        Total.adds_up,
        sql="coalesce(sum(units), 0)",
    ),
    Measure(
        "lines",
        "Sale lines",
        Unit.number,
        "Number of lines that are sales; some products call them transactions.",
        Total.adds_up,
        sql="count(*) FILTER (is_sale)",
    ),
    Measure(
        "customers",
        "Customers",
        Unit.number,
        "Number of different known customers with a sale.",
        Total.recomputed,
        sql="count(DISTINCT customer_id) FILTER (is_sale)",
    ),
    Measure(
        "products",
        "Products sold",
        Unit.number,
        "Number of different known products with a sale.",
        Total.recomputed,
        sql="count(DISTINCT product_id) FILTER (is_sale)",
    ),
    Measure(
        "countries",
        "Countries",
        Unit.number,
        "Number of different known countries with a sale.",
        Total.recomputed,
        sql="count(DISTINCT country) FILTER (is_sale)",
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
        "units_per_order",
        "Units per order",
        Unit.ratio,
        "Units sold divided by orders.",
        Total.recomputed,
        Good.neither,
        over=("units", "orders"),
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
    Dimension("category", "Category", "Category of the product.", "category"),
    Dimension(
        "customer",
        "Customer",
        "Customer id; a customer without one is known by name.",
        "customer_id",
        label_sql="customer_name",
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
