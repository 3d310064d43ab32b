"""The one query: any measures by up to three dimensions, with any filters.

Every door asks here, so a number is the same in the browser, over the API and in the terminal.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tillsight.errors import InvalidInput, TooLarge, UnknownName
from tillsight.metrics import catalogue, gaps
from tillsight.metrics.catalogue import Dimension, Measure, Unit
from tillsight.metrics.periods import BUCKETS, Compare, Period, before
from tillsight.metrics.sources import SOURCES, Source
from tillsight.metrics.statement import Asked, statement
from tillsight.warehouse import Snapshot, Warehouse

MOST_DIMENSIONS = 3
MOST_ROWS = 100_000

Value = int | float | str | None
Row = dict[str, Any]
"""Keys are names of the catalogue."""
Exact = Decimal | int | None
Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Question:
    """What is asked. An empty text among a filter's values stands for “unknown”.

    `order` is the name of a measure or dimension of the question, with `-` for descending.
    """

    measures: Sequence[str]
    by: Sequence[str] = ()
    period: Period = field(default_factory=Period)
    filters: Filters = field(default_factory=dict)
    compare: Compare | None = None
    order: str = ""
    limit: int | None = None

    def key(self) -> Hashable:
        """The same for questions that ask the same."""
        filters = sorted((name, tuple(values)) for name, values in self.filters.items())
        return (
            *(tuple(self.measures), tuple(self.by), self.period, tuple(filters)),
            *(self.compare, self.order, self.limit),
        )


@dataclass(frozen=True)
class Column:
    """What a key of the rows means."""

    name: str
    label: str
    unit: Unit


@dataclass(frozen=True)
class Comparison:
    """The same question about the window before; `growth` is null where there was nothing."""

    this: Period
    before: Period
    rows: list[Row]
    totals: Row
    growth: Row


@dataclass(frozen=True)
class Answer:
    """Rows with catalogue names as keys, numbers rounded for showing, and where they come from."""

    rows: list[Row]
    totals: Row
    columns: list[Column]
    comparison: Comparison | None
    data_version: int
    first_day: date | None
    last_day: date | None


def answer(warehouse: Warehouse, question: Question, min_version: int = 0) -> Answer:
    """Answer a question from one version of the data; asked again, the answer is at hand.

    Raises:
        UnknownName: a measure, dimension or order that is not in the catalogue or the question.
        InvalidInput: too many dimensions, or a filter value that is none.
        TooLarge: more rows than one answer may hold.
        Unavailable: it takes too long, or `min_version` is not reached in time.
    """
    with warehouse.snapshot(min_version) as at:
        return at.once(question.key(), lambda: compute(at, question))


def compute(at: Snapshot, question: Question, sources: Sequence[Source] = SOURCES) -> Answer:
    """Answer a question from the tables, whether or not it was asked before.

    `sources` are the tables it may use; the lines can always be asked. Raises as `answer` does.
    """
    plan = _Plan.of(question, sources)
    [(first, last)] = at.rows("SELECT min(day), max(day) FROM daily_sales")
    rows, totals = plan.fetch(at, question.period)
    if first is not None:
        rows = plan.without_gaps(rows, question.period.within(first, last))
    windows = before(question.period, question.compare, last) if question.compare else None
    comparison = plan.compared(at, windows) if windows else None
    return Answer(
        plan.shown(at, rows),
        plan.rounded(totals),
        plan.columns(),
        comparison,
        at.version,
        first,
        last,
    )


@dataclass(frozen=True)
class _Plan:
    """A question whose names are resolved; `base` are the measures that SQL computes."""

    measures: list[Measure]
    dimensions: list[Dimension]
    base: list[Measure]
    filters: Filters
    order: str
    limit: int | None
    sources: Sequence[Source]

    @staticmethod
    def of(question: Question, sources: Sequence[Source]) -> "_Plan":
        if len(question.by) > MOST_DIMENSIONS or len(set(question.by)) < len(question.by):
            raise InvalidInput(f"Group by up to {MOST_DIMENSIONS} different dimensions.")
        if not question.measures:
            raise InvalidInput("Ask for at least one measure, such as revenue.")
        measures = catalogue.measures(question.measures)
        needed = dict.fromkeys(
            name for measure in measures for name in (measure.over or (measure.name,))
        )
        filters = {name: values for name, values in question.filters.items() if values}
        catalogue.dimensions(list(filters))
        known = [*question.measures, *question.by]
        if question.order and question.order.removeprefix("-") not in known:
            raise UnknownName("column to order by", question.order.removeprefix("-"), known)
        return _Plan(
            measures,
            catalogue.dimensions(question.by),
            catalogue.measures(list(needed)),
            filters,
            question.order,
            question.limit,
            sources,
        )

    def columns(self) -> list[Column]:
        grouped = [
            Column(name, label, Unit.text)
            for one in self.dimensions
            for name, label in _keys_of(one)
        ]
        return grouped + [Column(one.name, one.label, one.unit) for one in self.measures]

    def fetch(self, at: Snapshot, period: Period) -> tuple[list[Row], Row]:
        """The rows of a window with exact numbers, and the totals over it."""
        asked = Asked(self.base, self.dimensions, self.filters, period, self.sources)
        [total] = at.rows(*statement(replace(asked, by=[])))
        totals = self._computed(_named(self.base, total))
        if not self.dimensions:
            return [totals], totals
        limit = MOST_ROWS + 1 if self.limit is None else self.limit
        found = at.rows(*statement(asked, self._order_sql(), limit))
        if len(found) > MOST_ROWS:
            raise TooLarge(
                f"This answer has more than {MOST_ROWS:,} rows. Narrow the period, filter, or set"
                " a limit."
            )
        keys: list[Measure | Dimension] = [*self.dimensions, *self.base]
        return [self._computed(_named(keys, row)) for row in found], totals

    def without_gaps(self, rows: list[Row], period: Period) -> list[Row]:
        """Add the buckets of time in which nothing was sold, unless rows were picked or ordered."""
        times = [one.name for one in self.dimensions if one.is_time]
        if len(times) != 1 or self.order or self.limit is not None:
            return rows
        names = [one.name for one in self.dimensions]
        buckets = list(BUCKETS[times[0]].all_of(period))
        nothing = self._computed({one.name: 0 for one in self.base})
        return gaps.fill(rows, names, times[0], buckets, nothing, MOST_ROWS)

    def compared(self, at: Snapshot, windows: tuple[Period, Period]) -> Comparison:
        this, earlier = windows
        _, now = self.fetch(at, this)
        rows, totals = self.fetch(at, earlier)
        if earlier.start and earlier.end:
            rows = self.without_gaps(rows, earlier)
        growth = {one.name: _growth(now[one.name], totals[one.name]) for one in self.measures}
        return Comparison(this, earlier, self.shown(at, rows), self.rounded(totals), growth)

    def shown(self, at: Snapshot, rows: list[Row]) -> list[Row]:
        """Rows as the doors give them: time written, names beside ids, numbers rounded."""
        names = {
            one.name: _names(at, one, [row[one.name] for row in rows])
            for one in self.dimensions
            if one.label_sql
        }
        return [dict(self._cells(row, names)) | self.rounded(row) for row in rows]

    def rounded(self, row: Row) -> Row:
        return {one.name: _rounded(row[one.name], one.unit) for one in self.measures}

    def _cells(
        self, row: Row, names: Mapping[str, Mapping[Value, str]]
    ) -> Iterator[tuple[str, Value]]:
        for one in self.dimensions:
            value: Any = row[one.name]
            yield one.name, BUCKETS[one.name].write(value) if one.is_time else value
            if one.label_sql:
                yield one.label_name, names[one.name].get(value)

    def _computed(self, row: Row) -> Row:
        ratios = {
            one.name: _divided(row[one.over[0]], row[one.over[1]])
            for one in self.measures
            if one.over
        }
        return row | ratios

    def _order_sql(self) -> str:
        """Ordered as asked, then by the groups, so that equal values have a fixed order."""
        names = [f"{one.name} NULLS LAST" for one in self.dimensions]
        if not self.order:
            return ", ".join(names)
        name = self.order.removeprefix("-")
        ratios = {one.name: one.over for one in self.measures if one.over}
        if name in ratios:
            over, under = ratios[name]
            name = f"{over} / nullif({under}, 0)"
        direction = "DESC" if self.order.startswith("-") else "ASC"
        return ", ".join([f"{name} {direction} NULLS LAST", *names])


def _keys_of(one: Dimension) -> Iterator[tuple[str, str]]:
    yield one.name, one.label
    if one.label_sql:
        yield one.label_name, f"{one.label} name"


def _named(keys: Sequence[Measure | Dimension], values: Sequence[Any]) -> Row:
    return {key.name: value for key, value in zip(keys, values, strict=True)}


def _names(at: Snapshot, dimension: Dimension, ids: list[Any]) -> dict[Value, str]:
    """The labels of ids, from the table that has one row for each."""
    known = [one for one in ids if one is not None]
    rows = at.rows(
        f"SELECT {dimension.sql}, {dimension.label_sql} FROM {dimension.name}s"
        f" WHERE list_contains(?, {dimension.sql}) AND {dimension.label_sql} IS NOT NULL",
        [known],
    )
    return dict(rows) if known else {}


def _divided(over: Decimal | int, under: Decimal | int) -> Exact:
    return Decimal(over) / Decimal(under) if under else None


def _growth(now: Exact, earlier: Exact) -> Value:
    if now is None or not earlier:
        return None
    return _rounded((Decimal(now) - Decimal(earlier)) / abs(Decimal(earlier)), Unit.ratio)


def _rounded(value: Exact, unit: Unit) -> Value:
    """A number as the doors show it: money with 2 decimals, ratios with 6, counts whole if so."""
    if value is None:
        return None
    if unit is Unit.number:
        return int(value) if value == int(value) else float(value)
    step = Decimal("0.01") if unit is Unit.money else Decimal("0.000001")
    return float(Decimal(value).quantize(step, ROUND_HALF_EVEN))
