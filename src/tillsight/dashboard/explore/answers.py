"""What Explore asks the API for: the rows of a table with totals and what was before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from tillsight.dashboard import sales_page
from tillsight.dashboard.explore.question import Question
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders.values import BUCKETS, narrowed, span_of
from tillsight.dashboard.periods import Compare, Span

Row = Mapping[str, Any]
Rows = Sequence[Row]
Key = tuple[Any, ...]
Asked = dict[str, str | Sequence[str]]
ADDED = "adds up over groups"
"""Of a measure whose total is the sum of its groups."""
APART = 3
"""Days by which the lengths of two whole months differ at most."""
NOTHING: Row = {}
NO_ROWS: Mapping[Key, Row] = {}


@dataclass(frozen=True)
class Earlier:
    """The days from `start` up to, and without, `end`: rows by their place, and subtotals."""

    start: date
    end: date
    rows: Mapping[Key, Row]
    subtotals: Mapping[Key, Row]
    totals: Row
    growth: Row


@dataclass(frozen=True)
class Table:
    """Rows of the `dimensions`, with what the API counts over all of them.

    `is_cut` says that there are more rows than these. `subtotals` are by the first dimension.
    """

    measures: Sequence[str]
    dimensions: Sequence[str]
    rows: Rows
    totals: Row
    subtotals: Mapping[Any, Row] = field(default_factory=dict)
    earlier: Earlier | None = None
    is_cut: bool = False
    start: date | None = None
    data_version: int = 0
    comparison: Row | None = None

    def before(self, row: Row) -> Row:
        """What a row was in the days compared with; nothing where it was not."""
        if self.earlier is None or self.start is None:
            return NOTHING
        return self.earlier.rows.get(place(row, self.dimensions, self.start), NOTHING)

    def subtotal_before(self, row: Row) -> Row:
        """The same of the whole of its first dimension."""
        if self.earlier is None or self.start is None:
            return NOTHING
        return self.earlier.subtotals.get(place(row, self.dimensions[:1], self.start), NOTHING)

    def is_alike(self, row: Row, before: Row) -> bool:
        """Whether the stretches of time of a row, and of what was before it, are about as long. At
        its ends a period may hold a part of a month, which tells nothing beside a whole one.
        """
        return all(
            abs(self._days("this", name, row) - self._days("before", name, before)) <= APART
            for name in self.dimensions
            if name in BUCKETS and name in before
        )

    @property
    def is_uneven(self) -> bool:
        """Whether any row is not as long as what was before it."""
        return not all(self.is_alike(row, self.before(row)) for row in self.rows)

    def _days(self, window: str, bucket: str, row: Row) -> int:
        if self.comparison is None:
            return 0
        start, end = (date.fromisoformat(self.comparison[window][one]) for one in ("start", "end"))
        part = narrowed(Span(start, end), span_of(bucket, row[bucket]))
        return (part.end - part.start).days if part and part.end and part.start else 0


def asked(question: Question, choice: Choice) -> Asked:
    """The question as the API's parameters, without a limit."""
    dimensions = question.dimensions(choice)
    wanted: Asked = {"measures": ",".join(question.measures), "by": ",".join(dimensions)}
    if order := question.order(dimensions):
        wanted["order"] = order
    return wanted | choice.parameters()


def load(question: Question, choice: Choice) -> Table:
    """All that the table shows."""
    dimensions = question.dimensions(choice)
    limit = question.limit(dimensions)
    wanted = asked(question, choice)
    more = {} if limit is None else {"limit": f"{limit}"}
    answer = sales_page.query({**wanted, **more})
    table = Table(
        question.measures,
        dimensions,
        answer["rows"] if dimensions else [],
        answer["totals"],
        is_cut=limit is not None and len(answer["rows"]) >= limit,
        start=choice.span.start,
        data_version=answer["data_version"],
    )
    if len(dimensions) > 1:
        rows = sales_page.query(_of_rows(table, dimensions[:1], choice.parameters()))["rows"]
        table = replace(table, subtotals={row[dimensions[0]]: row for row in rows})
    return table if choice.compare is Compare.nothing else _compared(table, choice)


def _compared(table: Table, choice: Choice) -> Table:
    """With what was before, if there were such days."""
    measures = ",".join(table.measures)
    comparison = sales_page.query({"measures": measures, **choice.compared()})["comparison"]
    if comparison is None or table.start is None:
        return table
    start, end = (date.fromisoformat(comparison["before"][one]) for one in ("start", "end"))
    days = {**choice.filters, "from": start.isoformat(), "to": end.isoformat()}
    found = {
        len(names): {place(row, names, start): row for row in _rows_of(table, names, days)}
        for names in {tuple(table.dimensions), tuple(table.dimensions[:1])}
        if names
    }
    earlier = Earlier(
        start,
        end,
        found.get(len(table.dimensions), NO_ROWS),
        found.get(1, NO_ROWS),
        comparison["totals"],
        comparison["growth"],
    )
    return replace(table, earlier=earlier, comparison=comparison)


def _rows_of(table: Table, names: Sequence[str], days: Asked) -> Rows:
    found: Rows = sales_page.query(_of_rows(table, names, days))["rows"]
    return found


def _of_rows(table: Table, names: Sequence[str], days: Asked) -> Asked:
    """The question for all that the rows of a table have, by some of its dimensions."""
    wanted: Asked = {"measures": ",".join(table.measures), "by": ",".join(names), **days}
    if table.is_cut:
        for name in names:
            if name not in BUCKETS:
                values = dict.fromkeys(row[name] for row in table.rows)
                wanted[name] = ["" if one is None else f"{one}" for one in values]
    return wanted


def place(row: Row, dimensions: Sequence[str], start: date) -> Key:
    """What is the same of a row in both periods: values, and how many buckets after the first."""
    return tuple(
        _steps(name, row[name], start) if name in BUCKETS else row[name] for name in dimensions
    )


def _steps(bucket: str, text: str, start: date) -> int:
    day = span_of(bucket, text).start or start
    if bucket == "day":
        return (day - start).days
    if bucket == "week":
        return (day - (start - timedelta(days=start.weekday()))).days // 7
    months = (day.year - start.year) * 12 + day.month - start.month
    if bucket == "quarter":
        return (day.year - start.year) * 4 + (day.month - 1) // 3 - (start.month - 1) // 3
    return day.year - start.year if bucket == "year" else months
