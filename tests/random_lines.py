"""Random sales with everything that is hard about them, and their measures in plain Python."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import strategies as st

from tillsight.metrics.customer_groups import SEGMENT_OF
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


@dataclass(frozen=True)
class Person:
    """A row of a customers file."""

    customer: str
    gender: str
    age: int | None

    def csv(self) -> str:
        return f"{self.customer},{self.gender},{'' if self.age is None else self.age}\n"


CUSTOMERS_HEADER = "customer_id,gender,age\n"
people = st.lists(
    st.builds(
        Person,
        customer=st.sampled_from(["c1", "c2", "c3", "never bought"]),
        gender=st.sampled_from(["", "female", "other"]),
        age=st.sampled_from([None, 0, 17, 18, 34, 35, 64, 65, 150]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.customer,
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
        # Four decimals: 1.255 could be one thousand and more, and would be asked about.
        price=st.sampled_from([Decimal(text) for text in ("0", "0.05", "1.2550", "10", "-4")]),
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
    st.sampled_from(
        [
            *("day", "month", "hour", "weekday", "country", "customer", "product"),
            *("segment", "gender", "age_band"),
        ]
    ),
    unique=True,
    max_size=2,
)
filters = st.sampled_from(
    [
        {},
        {"country": ["EIRE"]},
        {"country": ["", "France"]},
        {"customer": ["c1", "c2"]},
        {"product": ["p1"]},
        {"hour": ["9", "23"]},
        {"month": ["2024-02"]},
        {"gender": ["female"]},
        {"gender": [""], "country": ["EIRE"]},
        {"age_band": ["under 18", "65+"]},
        {"age_band": ["", "18–24"], "customer": ["c1", "c2"]},
        {"segment": ["Champions", "Lost", "New", "Hibernating"]},
        {"segment": ["", "At risk", "Promising"], "gender": ["female", "other"]},
    ]
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
    "average_price",
    "units_per_order",
    "orders_per_customer",
    "revenue_per_customer",
)


Known = Mapping[str, Mapping[str, str | None]]
"""What is known of each customer: segment, gender and age band."""


def key_of(line: Line, by: list[str], known: Known) -> tuple:
    values = {
        "segment": None,
        "gender": None,
        "age_band": None,
        **known.get(line.customer, {}),
        "day": line.time.date().isoformat(),
        "month": f"{line.time:%Y-%m}",
        "hour": line.time.hour,
        "weekday": line.time.isoweekday(),
        "country": line.country or None,
        "customer": line.customer or None,
        "product": line.product,
    }
    return tuple(values[name] for name in by)


def passes(line: Line, filters: Mapping[str, list[str]], known: Known) -> bool:
    """Whether a line has one of the values of every filter."""
    return all(
        ("" if value is None else str(value)) in filters[name]
        for name, value in zip(filters, key_of(line, list(filters), known), strict=True)
    )


def known_of(lines: list[Line], people: list[Person]) -> Known:
    """What is known of every customer of the lines or of a file."""
    found = {one: {"segment": SEGMENT_OF[code]} for one, (*_, code) in scored(lines).items()}
    for one in people:
        mine = found.setdefault(one.customer, {})
        mine |= {"gender": one.gender or None, "age_band": band_of(one.age)}
    return found


def band_of(age: int | None) -> str | None:
    if age is None:
        return None
    starts = {65: "65+", 55: "55–64", 45: "45–54", 35: "35–44", 25: "25–34", 18: "18–24"}
    return next((band for start, band in starts.items() if age >= start), "under 18")


def scored(lines: list[Line]) -> dict[str, tuple]:
    """RFM by the definitions: score = 1 + floor(5 × smaller values / n)."""
    days, orders, revenue = {}, defaultdict(set), defaultdict(Decimal)
    for line in lines:
        if line.quantity > 0 and line.price > 0 and line.customer:
            day = line.time.date()
            days[line.customer] = max(days.get(line.customer, day), day)
            orders[line.customer].add(line.order)
            revenue[line.customer] += line.quantity * line.price
    counts = {one: len(found) for one, found in orders.items()}
    newest = max(
        (line.time.date() for line in lines if line.quantity and line.price > 0), default=0
    )

    def score(values: dict, one: str) -> int:
        smaller = sum(value < values[one] for value in values.values())
        return 1 + 5 * smaller // len(values)

    return {
        one: (
            (newest - days[one]).days,
            counts[one],
            rounded(revenue[one]),
            f"{score(days, one)}{score(counts, one)}{score(revenue, one)}",
        )
        for one in days
    }


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
        "average_price": ratio(revenue, units, "0.01"),
        "units_per_order": ratio(units, orders, "0.000001"),
        "orders_per_customer": ratio(
            len({line.order for line in known}), len(customers), "0.000001"
        ),
        "revenue_per_customer": ratio(spent, len(customers), "0.01"),
    }


def rounded(value: Decimal, step: str = "0.01") -> float:
    return float(value.quantize(Decimal(step), ROUND_HALF_EVEN))
