"""Cohorts: customers by the month of their first sale, and how many came again month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tillsight.metrics.periods import BUCKETS, DAY, Period
from tillsight.metrics.rounding import divided
from tillsight.warehouse import Snapshot, Warehouse

MONTH = BUCKETS["month"]

# A part whose customer was last seen before its month is the customer's first in that month, so
# counting those parts counts customers without remembering any.
ACTIVE = """
    SELECT CAST(date_trunc('month', first_day) AS DATE) AS cohort,
           CAST(date_trunc('month', day) AS DATE) AS month,
           count(*) AS customers
    FROM order_parts
    WHERE last_seen < date_trunc('month', day)
    GROUP BY cohort, month
"""


@dataclass(frozen=True)
class CohortMonth:
    """Customers of a cohort with a sale in the month so many after their first.

    `retention` is the fraction of the cohort; `complete` is false while the data end within the
    month.
    """

    cohort: str
    month: int
    customers: int
    retention: float | None
    complete: bool


@dataclass(frozen=True)
class Cohorts:
    """Every cohort that has customers, oldest first, with each month up to the last with data."""

    rows: list[CohortMonth]
    data_version: int


def cohorts(warehouse: Warehouse) -> Cohorts:
    """The cohorts over all sales; months in which nobody came are zeros."""
    with warehouse.snapshot() as at:
        return at.once("cohorts", lambda: _computed(at))


def _computed(at: Snapshot) -> Cohorts:
    active = {(cohort, month): count for cohort, month, count in at.rows(ACTIVE)}
    [(last,)] = at.rows("SELECT max(day) FROM daily_sales")
    starts = sorted({cohort for cohort, _ in active})
    return Cohorts([row for start in starts for row in _months(start, active, last)], at.version)


def _months(
    cohort: date, active: dict[tuple[date, date], int], last: date
) -> Iterator[CohortMonth]:
    size = active[cohort, cohort]
    for number, month in enumerate(MONTH.all_of(Period(cohort, last + DAY))):
        count = active.get((cohort, month), 0)
        complete = last >= MONTH.following(month) - DAY
        yield CohortMonth(MONTH.write(cohort), number, count, divided(count, size), complete)
