"""Known customers with a sale: the list of them, and everything about one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tillsight.errors import InvalidInput, NotFound
from tillsight.metrics import catalogue
from tillsight.metrics.months import MonthSales, month_sales
from tillsight.metrics.paging import cut
from tillsight.metrics.periods import Period
from tillsight.metrics.rfm import SCORED
from tillsight.metrics.rounding import MONEY, UNITS, divided, rounded
from tillsight.metrics.statement import Asked, Statement, statement, where_sql
from tillsight.warehouse import Snapshot, Warehouse

MOST_PRODUCTS = 10


@dataclass(frozen=True)
class Customer:
    """A customer over all sales; days are those of sales, `code` the scores of the RFM segment."""

    customer_id: str
    customer_name: str | None
    first_day: date
    last_day: date
    orders: int
    revenue: float
    gender: str | None
    age: int | None
    segment: str
    code: str


@dataclass(frozen=True)
class Wanted:
    """Which customers: any of these segments, genders and countries, with an age in these bounds.

    No values: all; an empty text is “unknown”. A customer is of every country they bought in.
    """

    segments: Sequence[str] = ()
    genders: Sequence[str] = ()
    countries: Sequence[str] = ()
    age_from: int | None = None
    age_to: int | None = None


@dataclass(frozen=True)
class CustomerPage:
    """Some customers by id; `next` is where the following ones begin."""

    customers: list[Customer]
    next: str | None
    data_version: int


@dataclass(frozen=True)
class BoughtProduct:
    """What one customer bought of a product."""

    product_id: str
    product_name: str | None
    category: str | None
    revenue: float
    units: float
    orders: int


@dataclass(frozen=True)
class CustomerDetail:
    """A customer with what they bought, where and when.

    `countries` are those of sales, the latest first, None for unknown. The favourite category is
    the one with the most revenue. `months` go from the first sale to the last, empty ones included.
    """

    customer: Customer
    average_order_value: float | None
    countries: list[str | None]
    favourite_category: str | None
    top_products: list[BoughtProduct]
    months: list[MonthSales]
    data_version: int


def list_customers(warehouse: Warehouse, wanted: Wanted, after: str, limit: int) -> CustomerPage:
    """Up to `limit` of the wanted customers whose ids follow `after`.

    Raises:
        UnknownName: there is no such segment.
        InvalidInput: the bounds of the age leave none.
    """
    condition = "customer_id > ?"
    values: list[object] = [after]
    themselves = {"segment": wanted.segments, "gender": wanted.genders}
    for part, parameters in [
        where_sql(Asked([], [], themselves, Period())),
        _of_ages(wanted.age_from, wanted.age_to),
        _of_countries(wanted.countries),
    ]:
        condition += f" AND {part}"
        values += parameters
    with warehouse.snapshot() as at:
        found = _customers(at, condition, values, limit + 1)
        version = at.version
    return CustomerPage(*cut(found, limit, lambda one: one.customer_id), version)


def _of_ages(youngest: int | None, oldest: int | None) -> Statement:
    if youngest is not None and oldest is not None and youngest > oldest:
        raise InvalidInput(f"No age is from {youngest} to {oldest}. Swap age_from and age_to.")
    bounds = [("age >= ?", youngest), ("age <= ?", oldest)]
    given = [(sql, age) for sql, age in bounds if age is not None]
    return " AND ".join(sql for sql, _ in given) or "TRUE", [age for _, age in given]


def _of_countries(countries: Sequence[str]) -> Statement:
    if not countries:
        return "TRUE", []
    there, values = where_sql(Asked([], [], {"country": countries}, Period()))
    return f"customer_id IN (SELECT customer_id FROM customer_countries WHERE {there})", values


def _customers(at: Snapshot, condition: str, values: list[object], limit: int) -> list[Customer]:
    rows = at.rows(
        f"""{SCORED}
        SELECT customer_id, customer_name, first_day, last_day, orders, revenue, gender, age,
               segment, code
        FROM scored WHERE {condition} ORDER BY customer_id LIMIT {limit}
        """,
        values,
    )
    return [
        Customer(customer, name, first_day, last_day, orders, rounded(revenue), *what)
        for customer, name, first_day, last_day, orders, revenue, *what in rows
    ]


def one_customer(warehouse: Warehouse, customer_id: str) -> CustomerDetail:
    """Everything about one customer with a sale.

    Raises:
        NotFound: nobody with this id has bought anything.
    """
    with warehouse.snapshot() as at:
        return at.once(("customer", customer_id), lambda: _detail(at, customer_id))


def _detail(at: Snapshot, customer_id: str) -> CustomerDetail:
    found = _customers(at, "customer_id = ?", [customer_id], 1)
    if not found:
        raise NotFound(
            f"There is no customer “{customer_id[:80]}” with a sale. /api/customers lists them."
        )
    [customer] = found
    countries = at.rows(
        "SELECT country FROM customer_countries WHERE customer_id = ?"
        " ORDER BY last_day DESC, country NULLS LAST",
        [customer_id],
    )
    [(revenue,)] = at.rows("SELECT revenue FROM customers WHERE customer_id = ?", [customer_id])
    bought = _bought(at, customer_id)
    return CustomerDetail(
        customer,
        divided(revenue, customer.orders, MONEY),
        [country for (country,) in countries],
        _favourite(bought),
        [
            BoughtProduct(product, name, category, rounded(spent), rounded(units, UNITS), orders)
            for product, name, category, spent, units, orders in bought
            if product is not None
        ][:MOST_PRODUCTS],
        month_sales(at, {"customer": [customer_id]}, customer.first_day, customer.last_day),
        at.version,
    )


def _bought(at: Snapshot, customer_id: str) -> list[tuple[Any, ...]]:
    """Id, name, category, revenue, units and orders of each product they bought, biggest first."""
    sold, values = statement(
        Asked(
            catalogue.measures(["revenue", "units", "orders"]),
            catalogue.dimensions(["product"]),
            {"customer": [customer_id]},
            Period(),
        )
    )
    return at.rows(
        "SELECT product, products.product_name, products.category, revenue, units, orders"
        f" FROM ({sold}) AS sold LEFT JOIN products ON products.product_id = sold.product"
        " WHERE orders > 0 ORDER BY revenue DESC, product NULLS LAST",
        values,
    )


def _favourite(bought: list[tuple[Any, ...]]) -> str | None:
    spent: dict[str, Decimal] = {}
    for _, _, category, revenue, *_ in bought:
        if category is not None:
            spent[category] = spent.get(category, Decimal(0)) + revenue
    return min(spent, key=lambda one: (-spent[one], one)) if spent else None
