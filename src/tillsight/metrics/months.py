"""The course of one thing over the months it was sold in, such as of a customer or a product."""

from dataclasses import dataclass
from datetime import date

from tillsight.metrics.periods import BUCKETS, Period
from tillsight.metrics.query import compute
from tillsight.metrics.question import Filters, Question
from tillsight.warehouse import Snapshot


@dataclass(frozen=True)
class MonthSales:
    """One month, such as 2024-05."""

    month: str
    revenue: float
    orders: int


def month_sales(at: Snapshot, filters: Filters, first: date, last: date) -> list[MonthSales]:
    """Every month from the one of the day `first` to the one of `last`, empty ones as zeros."""
    # Whole months, so that the summary of months can answer.
    month = BUCKETS["month"]
    period = Period(month.start(first), month.following(month.start(last)))
    asked = Question(("revenue", "orders"), ("month",), period, filters)
    return [MonthSales(**row) for row in compute(at, asked).rows]
