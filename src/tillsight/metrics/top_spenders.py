"""The customers who spent most up to a day, with the category they spent most on."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from tillsight.errors import InvalidInput
from tillsight.metrics.periods import DAY, Period, add_months
from tillsight.metrics.query import compute
from tillsight.metrics.question import Filters, Question
from tillsight.warehouse import Snapshot, Warehouse

_SPAN = re.compile(r"([1-9][0-9]{0,4})([dmy])", re.ASCII)


@dataclass(frozen=True)
class Span:
    """A length of time in whole days and months, such as a year."""

    days: int = 0
    months: int = 0

    @staticmethod
    def read(text: str) -> "Span":
        """The span written as 90d, 6m or 1y.

        Raises:
            InvalidInput: it is written otherwise.
        """
        found = _SPAN.fullmatch(text)
        if found is None:
            raise InvalidInput(f"“{text[:20]}” is no span of time. Write 90d, 6m or 1y.")
        number = int(found[1])
        match found[2]:
            case "d":
                return Span(days=number)
            case "m":
                return Span(months=number)
            case _:
                return Span(months=12 * number)

    def up_to(self, day: date) -> Period:
        """The span that ends with this day. A year up to 30 June begins on 1 July; where the month
        it begins in is too short for that, on its last day.

        Raises:
            InvalidInput: it would begin before the year 1, or end after the year 9999.
        """
        try:
            end = day + DAY
            return Period(add_months(end, -self.months) - timedelta(self.days), end)
        except (OverflowError, ValueError):
            raise InvalidInput(f"No period of this length ends on {day}.") from None


@dataclass(frozen=True)
class Spender:
    """A customer with what they spent. The category is the known one they spent most on, and of
    several with the same amount the first by name; it is empty where none is known.
    """

    customer_id: str
    customer_name: str | None
    total_spent: float
    orders: int
    avg_transaction: float
    most_purchased_category: str | None


@dataclass(frozen=True)
class Spenders:
    """The biggest spenders of a period, which is open where no span was asked for."""

    spenders: list[Spender]
    period: Period


def top_spenders(
    warehouse: Warehouse, as_of: date | None, within: Span | None, filters: Filters, limit: int
) -> Spenders:
    """The customers with the most revenue in the span that ends with the day `as_of`.

    Without it, the span ends with the last day that has data; without a span, it begins with the
    sales. Equal amounts go by the customer's id.
    """
    with warehouse.snapshot() as at:
        period = _period(at, as_of, within)
        key = ("top spenders", period, tuple(sorted((k, tuple(v)) for k, v in filters.items())))
        return at.once((key, limit), lambda: Spenders(_found(at, period, filters, limit), period))


def _period(at: Snapshot, as_of: date | None, within: Span | None) -> Period:
    if as_of is None:
        [(as_of,)] = at.rows("SELECT max(day) FROM daily_sales")
    if as_of is None:
        return Period()
    return within.up_to(as_of) if within else Period(None, Span().up_to(as_of).end)


def _found(at: Snapshot, period: Period, filters: Filters, limit: int) -> list[Spender]:
    measures = ("revenue", "orders", "average_order_value")
    # One more than asked for: sales without a customer are one group, and no customer.
    asked = Question(measures, ("customer",), period, filters, order="-revenue", limit=limit + 1)
    rows = [row for row in compute(at, asked).rows if row["customer"] is not None and row["orders"]]
    favourites = _favourites(at, period, filters, [row["customer"] for row in rows[:limit]])
    return [
        Spender(
            row["customer"],
            row["customer_name"],
            row["revenue"],
            row["orders"],
            row["average_order_value"],
            favourites.get(row["customer"]),
        )
        for row in rows[:limit]
    ]


def _favourites(
    at: Snapshot, period: Period, filters: Filters, customers: list[str]
) -> dict[str, str]:
    """The category on which each of the customers spent most."""
    if not customers:
        return {}
    of_them = {**filters, "customer": customers}
    asked = Question(("revenue",), ("customer", "category"), period, of_them, order="-revenue")
    best: dict[str, str] = {}
    for row in compute(at, asked).rows:  # what brought most comes first, equals by name
        if row["category"] is not None and row["revenue"]:
            best.setdefault(row["customer"], row["category"])
    return best
