"""What the report of a period tells, asked from one version of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from tillsight.errors import InvalidInput
from tillsight.metrics.explain import Change, Explanation, explain
from tillsight.metrics.notes import Shown, list_notes
from tillsight.metrics.periods import DAY, Compare, Period
from tillsight.metrics.query import Answer, compute
from tillsight.metrics.question import Filters, Question, Row
from tillsight.warehouse import Snapshot, Warehouse

KEY_FIGURES = (
    *("revenue", "orders", "average_order_value", "customers"),
    *("units", "products", "returns", "net_revenue"),
)
ABOUT_CUSTOMERS = (
    *("new_customers", "returning_customers", "repeat_customers"),
    *("repeat_purchase_rate", "orders_per_customer", "revenue_per_customer"),
)
TOPS = ("product", "customer", "country", "category")
PLACES = 10
MOST_NOTES = 40
GRAINS = ("day", "week", "month")
DAYS_BY_DAY, DAYS_BY_WEEK = 92, 400
"""A longer period is drawn by week, and then by month."""


@dataclass(frozen=True)
class Wanted:
    """Whose report: days, filters, what they are compared with, and the grain of its chart."""

    period: Period
    filters: Filters
    compare: Compare | None = None
    grain: str = ""


@dataclass(frozen=True)
class Ranked:
    """One of the largest of a dimension; `before` is None where nothing is compared."""

    key: str | None
    name: str | None
    revenue: float
    before: float | None


@dataclass(frozen=True)
class Top:
    """The largest of a dimension, and the revenue of all together."""

    dimension: str
    rows: Sequence[Ranked]
    total: float


@dataclass(frozen=True)
class Report:
    """All of it. `course` has a row for each step of the grain, `weekdays` for each day of a week.

    `why` is None where there is nothing to compare with, `whole` where nothing was ever sold.
    """

    wanted: Wanted
    grain: str
    figures: Answer
    course: Answer
    customers: Answer
    weekdays: Answer
    tops: Sequence[Top]
    why: Explanation | None
    notes: Sequence[Shown]
    days: tuple[date, date] | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sold in the period."""
        return not self.figures.totals["orders"]


def report_of(warehouse: Warehouse, session: Session, wanted: Wanted) -> Report:
    """Ask for everything a report tells.

    Raises:
        UnknownName: a filter or grain that is none.
        InvalidInput: a value of a filter that is none.
        Unavailable: it takes too long.
    """
    if wanted.grain and wanted.grain not in GRAINS:
        raise InvalidInput(f"A report is drawn by {', '.join(GRAINS)}, not by “{wanted.grain}”.")
    with warehouse.snapshot() as at:
        found = _asked(at, wanted)
    if found.figures.comparison is not None:
        found = replace(found, why=_why(warehouse, wanted))
    if found.days is None:
        return found
    first, last = found.days
    notes = list_notes(session, Period(first, last + DAY), "", MOST_NOTES)
    return replace(found, notes=sorted(notes, key=lambda one: (one.start, one.note.id)))


def _asked(at: Snapshot, wanted: Wanted) -> Report:
    figures = _ask(at, wanted, KEY_FIGURES)
    days = _days(wanted.period, figures)
    grain = wanted.grain or _grain(days)
    return Report(
        wanted,
        grain,
        figures,
        _ask(at, wanted, ("revenue",), grain),
        _ask(at, wanted, ABOUT_CUSTOMERS),
        _ask(at, wanted, ("revenue", "orders"), "weekday"),
        [_top(at, wanted, name) for name in TOPS],
        None,
        [],
        days,
    )


def _ask(at: Snapshot, wanted: Wanted, measures: Sequence[str], *by: str) -> Answer:
    question = Question(measures, by, wanted.period, wanted.filters, wanted.compare)
    return at.once(question.key(), lambda: compute(at, question))


def _days(period: Period, figures: Answer) -> tuple[date, date] | None:
    """The first and the last day that are reported; None where there are no data at all."""
    first, last = figures.first_day, figures.last_day
    if first is None or last is None:
        return None
    begins = period.start or first
    return begins, max(begins, (period.end - DAY) if period.end else last)


def _grain(days: tuple[date, date] | None) -> str:
    length = (days[1] - days[0]).days + 1 if days else 1
    return "day" if length <= DAYS_BY_DAY else "week" if length <= DAYS_BY_WEEK else "month"


def _top(at: Snapshot, wanted: Wanted, by: str) -> Top:
    """The largest by revenue, each with what it had before, whatever its place was then."""
    question = Question(
        ("revenue",), (by,), wanted.period, wanted.filters, order="-revenue", limit=PLACES
    )
    found = at.once(question.key(), lambda: compute(at, question))
    rows = [row for row in found.rows if row["revenue"]]
    earlier = _earlier(at, wanted, by, rows)
    ranked = [
        Ranked(
            row[by],
            row.get(f"{by}_name"),
            row["revenue"],
            None if earlier is None else earlier.get(row[by], 0.0),
        )
        for row in rows
    ]
    return Top(by, ranked, found.totals["revenue"])


def _earlier(
    at: Snapshot, wanted: Wanted, by: str, rows: Sequence[Row]
) -> Mapping[str | None, float] | None:
    if wanted.compare is None or not rows:
        return None
    only = {**wanted.filters, by: [row[by] or "" for row in rows]}
    answer = _ask(at, replace(wanted, filters=only), ("revenue",), by)
    if answer.comparison is None:
        return None
    return {row[by]: row["revenue"] for row in answer.comparison.rows}


def _why(warehouse: Warehouse, wanted: Wanted) -> Explanation:
    compare = wanted.compare or Compare.previous_period
    return explain(
        warehouse, Change.of("revenue", wanted.period, compare, "product", wanted.filters)
    )
