"""Revenue of each month beside the month before."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tillsight.metrics.periods import Period
from tillsight.metrics.query import answer
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.rounding import divided
from tillsight.warehouse import Warehouse


@dataclass(frozen=True)
class MonthGrowth:
    """A month and its growth in percent; nothing where the month before had no revenue."""

    month: str
    revenue: float
    prev_month_revenue: float | None = None
    growth_rate: float | None = None


def monthly_growth(warehouse: Warehouse, period: Period, filters: Filters) -> list[MonthGrowth]:
    """Every month from the first to the last of the period with data; the first has none before.

    Growth is counted from the cents that are shown, so that whoever divides them gets the same.

    Raises:
        UnknownName: a filter that is no dimension.
    """
    rows = answer(warehouse, Question(("revenue",), ("month",), period, filters)).rows
    first = [MonthGrowth(row["month"], row["revenue"]) for row in rows[:1]]
    return first + [
        MonthGrowth(
            now["month"],
            now["revenue"],
            before["revenue"],
            _percent(before["revenue"], now["revenue"]),
        )
        for before, now in pairwise(rows)
    ]


def _percent(before: float, now: float) -> float | None:
    was, grown = Decimal(str(before)), Decimal(str(now)) - Decimal(str(before))
    return divided(100 * grown, abs(was), 2)
