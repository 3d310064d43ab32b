"""Customers scored by recency, frequency and monetary value, and the eleven segments of scores.

Scores belong to a customer over all sales of this data version; no period or filter touches them.
"""

from dataclasses import dataclass
from decimal import Decimal

from tillsight.errors import UnknownName
from tillsight.metrics.customer_groups import AGE_BAND, RFM_CODE, SEGMENT, SEGMENTS
from tillsight.metrics.rounding import divided, rounded
from tillsight.warehouse import Snapshot, Warehouse

SCORED = f"""
    WITH scored AS (
        SELECT customer_id, customer_name, first_day, last_day, whole_orders AS orders, revenue,
               gender, age, {AGE_BAND} AS age_band, {SEGMENT} AS segment,
               CAST({RFM_CODE} AS VARCHAR) AS code
        FROM customers WHERE last_day IS NOT NULL
    )
"""
"""The customers with a sale and what they are."""


@dataclass(frozen=True)
class SegmentSize:
    """A segment with its customers; `share` is the fraction of the revenue that is theirs."""

    segment: str
    customers: int
    revenue: float
    share: float | None


@dataclass(frozen=True)
class ScoreSize:
    """The customers who have the same three scores; `code` is the scores side by side."""

    code: str
    segment: str
    customers: int
    revenue: float


@dataclass(frozen=True)
class Segments:
    """All eleven segments, best first, empty ones included, and the scores they are made of: those
    that somebody has, by code.
    """

    segments: list[SegmentSize]
    scores: list[ScoreSize]
    customers: int
    data_version: int


@dataclass(frozen=True)
class ScoredCustomer:
    """A customer of a segment; `recency_days` from the last sale to the last day with data."""

    customer_id: str
    customer_name: str | None
    recency_days: int
    orders: int
    revenue: float
    code: str


@dataclass(frozen=True)
class Members:
    """Some customers of a segment, by id; `next` is where the following ones begin."""

    segment: str
    rows: list[ScoredCustomer]
    next: str | None
    data_version: int


def rfm_segments(warehouse: Warehouse) -> Segments:
    """How many customers with a sale are in each segment, and what they spent."""
    with warehouse.snapshot() as at:
        return at.once("rfm_segments", lambda: _sizes(at))


def _sizes(at: Snapshot) -> Segments:
    rows = at.rows(
        f"{SCORED} SELECT code, segment, count(*), sum(revenue) FROM scored"
        " GROUP BY code, segment ORDER BY code"
    )
    customers, revenue = dict.fromkeys(SEGMENTS, 0), dict.fromkeys(SEGMENTS, Decimal(0))
    for _, segment, count, spent in rows:
        customers[segment] += count
        revenue[segment] += spent
    total = sum(revenue.values())
    sizes = [
        SegmentSize(name, customers[name], rounded(revenue[name]), divided(revenue[name], total))
        for name in SEGMENTS
    ]
    scores = [
        ScoreSize(code, segment, count, rounded(spent)) for code, segment, count, spent in rows
    ]
    return Segments(sizes, scores, sum(customers.values()), at.version)


def rfm_customers(warehouse: Warehouse, segment: str, after: str, limit: int) -> Members:
    """Up to `limit` customers of a segment whose ids follow `after`.

    Pages go by id, so none is lost or doubled while sales come in, as long as segments stay.

    Raises:
        UnknownName: there is no such segment.
    """
    if segment not in SEGMENTS:
        raise UnknownName("segment", segment, SEGMENTS)
    with warehouse.snapshot() as at:
        rows = at.rows(
            f"""{SCORED}
            SELECT customer_id, customer_name, last_day, orders, revenue, code,
                   (SELECT max(day) FROM daily_sales)
            FROM scored WHERE segment = ? AND customer_id > ?
            ORDER BY customer_id LIMIT ?
            """,
            [segment, after, limit + 1],
        )
        version = at.version
    members = [
        ScoredCustomer(customer, name, (newest - last_day).days, orders, rounded(revenue), code)
        for customer, name, last_day, orders, revenue, code, newest in rows[:limit]
    ]
    return Members(
        segment, members, members[-1].customer_id if len(rows) > limit else None, version
    )
