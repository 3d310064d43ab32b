"""What is behind a number: the orders and the lines it was counted from, newest first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any, TypeVar

from tillsight.metrics.customer_groups import attributes_sql
from tillsight.metrics.paging import cut, no_cursor, read_cursor, write_cursor
from tillsight.metrics.periods import Period
from tillsight.metrics.question import Filters
from tillsight.metrics.rounding import UNITS, rounded
from tillsight.metrics.sources import LINES, PARTS
from tillsight.metrics.statement import Asked, Statement, where_sql
from tillsight.warehouse import Snapshot, Warehouse

OF_PRODUCTS = frozenset({"product", "category"})
PRICE = 8
"""Decimals of prices, as files give them."""
LINE_IDS = re.compile(r"(-?[0-9]{1,18})_([0-9]{1,18})")


class Kind(StrEnum):
    """What a line is; adjustments count in no number."""

    sale = "sale"
    sale_return = "return"
    adjustment = "adjustment"


COUNTED = (Kind.sale, Kind.sale_return)
ORDER_ID = """
    CASE WHEN NOT starts_with(order_key, '#') THEN substr(order_key, strpos(order_key, ':') + 1) END
"""
"""The order id within an order key, as `_order_of` reads it."""


@dataclass(frozen=True)
class Drill:
    """Where to look, from which place in the list on, and how far.

    An empty text among a filter's values stands for “unknown”; `after` is the `next` of the page
    before, or empty. `orders` are order ids as in the files, of whatever source; `keys` are those
    of single orders, as their entries have them.
    """

    period: Period
    filters: Filters
    after: str
    limit: int
    orders: Sequence[str] = ()
    keys: Sequence[str] = ()

    def where(self) -> Statement:
        """The condition on lines, or on any table with their columns."""
        filters = {name: values for name, values in self.filters.items() if values}
        condition, values = where_sql(Asked([], [], filters, self.period))
        for column, wanted in ((ORDER_ID, self.orders), ("order_key", self.keys)):
            if wanted:
                condition += f" AND {column} IN ({', '.join('?' * len(wanted))})"
                values += wanted
        return condition, values


@dataclass(frozen=True)
class OrderEntry:
    """The lines of an order that were asked for: their sum, and what the first of them names.

    `source` is the layout that `order_id` comes from; both are None for a row without an order id,
    which is an order of its own. `key` tells each order from all others. `time` is that of the
    earliest line, `returned` positive.
    """

    key: str
    source: str | None
    order_id: str | None
    time: datetime
    customer_id: str | None
    customer_name: str | None
    country: str | None
    channel: str | None
    lines: int
    units: float
    revenue: float
    returned: float


@dataclass(frozen=True)
class OrderPage:
    """Some orders; `next` is where the following ones begin."""

    orders: list[OrderEntry]
    next: str | None
    data_version: int


@dataclass(frozen=True)
class LineEntry:
    """One row of an imported file, or of a purchase that was entered by itself; one of the ids is
    None. Amount is quantity times price, below zero for returns.

    The category is that of the product's latest sale, as in every number; the names are those of
    the row.
    """

    import_id: int | None
    purchase_id: int | None
    line: int
    kind: str
    source: str | None
    order_id: str | None
    time: datetime
    product_id: str | None
    product_name: str | None
    category: str | None
    customer_id: str | None
    customer_name: str | None
    country: str | None
    channel: str | None
    quantity: float
    price: float
    amount: float


@dataclass(frozen=True)
class LinePage:
    """Some lines; `next` is where the following ones begin."""

    lines: list[LineEntry]
    next: str | None
    data_version: int


Entry = TypeVar("Entry", OrderEntry, LineEntry)

# The earliest hour is what both parts and lines know of an order, so either finds the same page.
# Reading a page's orders from the lines is fast as nothing in them is older than its last order.
PAGE = """
    SELECT order_key, min(CAST(day AS TIMESTAMP) + to_hours(coalesce(hour, 0))) AS hour_began
    FROM {relation} WHERE {condition}
    GROUP BY order_key HAVING {place}
    ORDER BY hour_began DESC, order_key DESC LIMIT {limit}
"""
ORDERS = """
    WITH found AS (
        SELECT order_key, min(time) AS time, min_by(customer_id, line_number) AS customer_id,
               min_by(country, line_number) AS country, min_by(channel, line_number) AS channel,
               CAST(sum(lines) AS BIGINT) AS lines, sum(units) AS units, sum(revenue) AS revenue,
               sum(returned) AS returned
        FROM {relation}
        WHERE {condition} AND {place}
        GROUP BY order_key
    )
    SELECT found.order_key, time, found.customer_id, customers.customer_name, country, channel,
           found.lines, found.units, found.revenue, found.returned
    FROM found LEFT JOIN customers ON customers.customer_id = found.customer_id
    ORDER BY date_trunc('hour', time) DESC, order_key DESC
"""


def orders(warehouse: Warehouse, drill: Drill) -> OrderPage:
    """The orders with a sale or a return among the lines asked for, newest hour first.

    Within an hour they stand by order id, the last first. Lines, units, revenue and returned are
    of the lines asked for, so that all pages sum to the number that was asked for.

    Raises:
        InvalidInput: `after` is no cursor.
    """
    with warehouse.snapshot() as at:
        page, following = cut(_keys(at, drill), drill.limit, lambda one: write_cursor(*one[::-1]))
        return OrderPage(_orders(at, drill, page) if page else [], following, at.version)


def _keys(at: Snapshot, drill: Drill) -> list[tuple[str, datetime]]:
    """Order and hour of the page and of one more."""
    condition, values = drill.where()
    place = "TRUE"
    if drill.after:
        place = "(hour_began, order_key) < (?, ?)"
        values = [*values, *read_cursor(drill.after)]
    of_products = OF_PRODUCTS & drill.filters.keys()
    relation = (LINES if of_products else PARTS).relation(condition)
    sql = PAGE.format(relation=relation, condition=condition, place=place, limit=drill.limit + 1)
    return [(key, hour) for key, hour in at.rows(sql, values)]


def _orders(at: Snapshot, drill: Drill, page: list[tuple[str, datetime]]) -> list[OrderEntry]:
    condition, values = drill.where()
    place = "time >= ? AND order_key IN (SELECT unnest(?))"
    sql = ORDERS.format(relation=LINES.relation(condition), condition=condition, place=place)
    oldest = page[-1][1]
    found = at.rows(sql, [*values, oldest, [key for key, _ in page]])
    return [_order(row) for row in found]


def all_orders(warehouse: Warehouse, drill: Drill) -> Iterator[list[OrderEntry]]:
    """All of them in the order of `orders`, some at a time, from one version of the data."""
    return _begun(_order_parts(warehouse, drill))


def _order_parts(warehouse: Warehouse, drill: Drill) -> Iterator[list[OrderEntry]]:
    condition, values = drill.where()
    relation = LINES.relation(condition)
    sql = ORDERS.format(relation=relation, condition=condition, place="TRUE")
    with warehouse.snapshot() as at:
        for found in at.chunks(sql, values):
            yield [_order(row) for row in found]


def _begun(parts: Iterator[list[Entry]]) -> Iterator[list[Entry]]:
    """The same, with the first part at hand: what has to be refused is refused here."""
    return chain([next(parts, [])], parts)


def _order(row: tuple[Any, ...]) -> OrderEntry:
    key, time, customer, name, country, channel, lines, units, revenue, returned = row
    return OrderEntry(
        key,
        *_order_of(key),
        *(time, customer, name, country, channel, lines),
        *(rounded(units, UNITS), rounded(revenue), rounded(returned)),
    )


def _order_of(key: str) -> tuple[str | None, str | None]:
    """Source and order id of an order key; none where the row was given a key of its own."""
    if key.startswith("#"):
        return None, None
    source, _, order_id = key.partition(":")
    return source, order_id


def _all_lines(condition: str) -> str:
    """All lines, adjustments too, which `sales` leaves out; with what numbers are filtered by."""
    return f"""(
        SELECT lines.* REPLACE (products.category AS category), CAST(time AS DATE) AS day,
               who.* EXCLUDE (id)
        FROM lines LEFT JOIN products ON products.product_id = lines.product_id
        LEFT JOIN {attributes_sql(with_segment="segment" in condition)} AS who
             ON who.id = lines.customer_id
    )"""


def lines(warehouse: Warehouse, drill: Drill, kinds: Sequence[Kind] = COUNTED) -> LinePage:
    """The lines of these kinds, newest first; at the same time the last in the files first.

    Raises:
        InvalidInput: `after` is no cursor.
    """
    sql, values = _lines_sql(drill, kinds)
    with warehouse.snapshot() as at:
        found = at.rows(f"{sql} LIMIT {drill.limit + 1}", values)
        version = at.version
    page, following = cut(found, drill.limit, lambda row: write_cursor(row[4], row[0], row[1]))
    return LinePage([_line(row) for row in page], following, version)


def all_lines(
    warehouse: Warehouse, drill: Drill, kinds: Sequence[Kind] = COUNTED
) -> Iterator[list[LineEntry]]:
    """All of them in the order of `lines`, some at a time, from one version of the data."""
    return _begun(_line_parts(warehouse, drill, kinds))


def _line_parts(
    warehouse: Warehouse, drill: Drill, kinds: Sequence[Kind]
) -> Iterator[list[LineEntry]]:
    sql, values = _lines_sql(drill, kinds)
    with warehouse.snapshot() as at:
        for found in at.chunks(sql, values):
            yield [_line(row) for row in found]


def _lines_sql(drill: Drill, kinds: Sequence[Kind]) -> Statement:
    condition, values = drill.where()
    values = [*values, list(kinds)]
    place = "TRUE"
    if drill.after:
        place = "(time, import_id, line) < (?, ?, ?)"
        values += _line_place(drill.after)
    sql = f"""
        SELECT import_id, line, kind, order_key, time, product_id, product_name, category,
               customer_id, customer_name, country, channel, quantity, price, amount
        FROM {_all_lines(condition)}
        WHERE {condition} AND list_contains(?, kind) AND {place}
        ORDER BY time DESC, import_id DESC, line DESC
    """
    return sql, values


def _line_place(after: str) -> list[object]:
    time, ids = read_cursor(after)
    numbers = LINE_IDS.fullmatch(ids)
    if not numbers:
        raise no_cursor(after)
    return [time, *map(int, numbers.groups())]


def _line(row: tuple[Any, ...]) -> LineEntry:
    import_id, line, kind, key, time, *texts, quantity, price, amount = row
    product, product_name, category, customer, customer_name, country, channel = texts
    return LineEntry(
        import_id if import_id > 0 else None,
        -import_id if import_id < 0 else None,
        *(line, kind, *_order_of(key), time),
        *(product, product_name, category, customer, customer_name, country, channel),
        *(rounded(quantity, UNITS), rounded(price, PRICE), rounded(amount)),
    )
