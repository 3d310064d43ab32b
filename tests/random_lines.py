"""Random sales with everything that is hard about them, and their measures in plain Python."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import strategies as st

from tillsight.metrics.periods import Period

FIRST = date(2024, 1, 29)


@dataclass(frozen=True)
class Line:
    order: str
    product: str
    quantity: int
    time: datetime
    price: Decimal
    customer: str
    country: str

    def csv(self) -> str:
        return (
            f"{self.order},{self.product},,{self.quantity},{self.time},{self.price},"
            f"{self.customer},{self.country}\n"
        )


lines = st.lists(
    st.builds(
        Line,
        order=st.sampled_from("ABCDE"),
        product=st.sampled_from(["p1", "p2", "p3"]),
        quantity=st.integers(-3, 5),
        time=st.builds(
            lambda day, hour: (
                datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day, hours=hour)
            ),
            st.integers(0, 40),
            st.sampled_from([0, 9, 10, 23]),
        ),
        price=st.sampled_from([Decimal(text) for text in ("0", "0.05", "1.255", "10", "-4")]),
        customer=st.sampled_from(["", "c1", "c2", "c3"]),
        country=st.sampled_from(["", "France", "EIRE"]),
    ),
    min_size=1,
    max_size=40,
)
periods = st.one_of(
    st.just(Period()),
    st.builds(
        lambda start, days: Period(FIRST + timedelta(start), FIRST + timedelta(start + days)),
        st.integers(-5, 40),
        st.integers(0, 40),
    ),
)
groups = st.lists(
    st.sampled_from(["day", "month", "hour", "weekday", "country", "customer", "product"]),
    unique=True,
    max_size=2,
)
MEASURES = (
    "revenue",
    "returns",
    "net_revenue",
    "return_rate",
    "orders",
    "units",
    "lines",
    "customers",
    "new_customers",
    "returning_customers",
    "repeat_customers",
    "repeat_purchase_rate",
    "products",
    "countries",
    "average_order_value",
    "units_per_order",
    "orders_per_customer",
    "revenue_per_customer",
)


def key_of(line: Line, by: list[str]) -> tuple:
    values = {
        "day": line.time.date().isoformat(),
        "month": f"{line.time:%Y-%m}",
        "hour": line.time.hour,
        "weekday": line.time.isoweekday(),
        "country": line.country or None,
        "customer": line.customer or None,
        "product": line.product,
    }
    return tuple(values[name] for name in by)


def since(key: tuple, by: list[str], period: Period) -> date | None:
    """The first day that a group's bucket of time shares with the period."""
    bucket = {"day": date.fromisoformat, "month": lambda text: date.fromisoformat(f"{text}-01")}
    times = [bucket[name](value) for name, value in zip(by, key, strict=True) if name in bucket]
    return max([*times, *([period.start] if period.start else [])], default=None)


def recomputed(chosen: list[Line], everything: list[Line], since: date | None) -> dict:
    """All measures of some lines by their definitions, in plain Python.

    `since` is the first day of the group's period; first sales are looked for in everything.
    """
    first: dict[str, date] = {}
    for line in everything:
        if line.quantity > 0 and line.price > 0:
            day = line.time.date()
            first[line.customer] = min(first.get(line.customer, day), day)
    sales = [line for line in chosen if line.quantity > 0 and line.price > 0]
    back = [line for line in chosen if line.quantity < 0 and line.price > 0]
    revenue = sum((line.quantity * line.price for line in sales), Decimal(0))
    returns = -sum((line.quantity * line.price for line in back), Decimal(0))
    orders = len({line.order for line in sales})
    units = sum(line.quantity for line in sales)
    known = [line for line in sales if line.customer]
    customers = {line.customer for line in known}
    new = {one for one in customers if since is None or first[one] >= since}
    orders_of = {one: {line.order for line in known if line.customer == one} for one in customers}
    repeat = sum(len(found) >= 2 for found in orders_of.values())
    spent = sum((line.quantity * line.price for line in known), Decimal(0))

    def ratio(over: Decimal | int, under: Decimal | int, step: str) -> float | None:
        return rounded(Decimal(over) / Decimal(under), step) if under else None

    return {
        "revenue": rounded(revenue),
        "returns": rounded(returns),
        "net_revenue": rounded(revenue - returns),
        "return_rate": ratio(returns, revenue, "0.000001"),
        "orders": orders,
        "units": units,
        "lines": len(sales),
        "customers": len(customers),
        "new_customers": len(new),
        "returning_customers": len(customers - new),
        "repeat_customers": repeat,
        "repeat_purchase_rate": ratio(repeat, len(customers), "0.000001"),
        "products": len({line.product for line in sales}),
        "countries": len({line.country for line in sales} - {""}),
        "average_order_value": ratio(revenue, orders, "0.01"),
        "units_per_order": ratio(units, orders, "0.000001"),
        "orders_per_customer": ratio(
            len({line.order for line in known}), len(customers), "0.000001"
        ),
        "revenue_per_customer": ratio(spent, len(customers), "0.01"),
    }


def rounded(value: Decimal, step: str = "0.01") -> float:
    return float(value.quantize(Decimal(step), ROUND_HALF_EVEN))
