"""How a question is carried out: which measures SQL computes, and what is made of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tillsight.errors import InvalidInput, TooLarge, UnknownName
from tillsight.metrics import catalogue, gaps
from tillsight.metrics.catalogue import Dimension, Measure, Unit
from tillsight.metrics.labels import labelled, names_of
from tillsight.metrics.periods import BUCKETS, Period
from tillsight.metrics.question import Filters, Question, Row, Value
from tillsight.metrics.rounding import Exact, quotient, shown
from tillsight.metrics.sources import Source
from tillsight.metrics.statement import Asked, statement
from tillsight.warehouse import Snapshot

MOST_DIMENSIONS = 3
MOST_ROWS = 100_000


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
class Plan:
    """A question whose names are resolved; `base` are the measures that SQL computes."""

    measures: list[Measure]
    dimensions: list[Dimension]
    base: list[Measure]
    filters: Filters
    order: str
    limit: int | None
    sources: Sequence[Source]

    @staticmethod
    def of(question: Question, sources: Sequence[Source]) -> "Plan":
        """Resolve the names of a question, and refuse what makes no sense."""
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
        return Plan(
            measures,
            catalogue.dimensions(question.by),
            catalogue.measures(list(needed)),
            filters,
            question.order,
            question.limit,
            sources,
        )

    def columns(self) -> list[Column]:
        """What the keys of the rows mean."""
        grouped = [
            Column(name, label, Unit.text)
            for one in self.dimensions
            for name, label in _keys_of(one)
        ]
        return grouped + [Column(one.name, one.label, one.unit) for one in self.measures]

    def fetch(self, at: Snapshot, period: Period) -> tuple[list[Row], Row]:
        """The rows of a window with exact numbers, and the totals over it."""
        self._note(at)
        asked = Asked(self.base, self.dimensions, self.filters, period, self.sources)
        [total] = at.rows(*statement(replace(asked, by=[])))
        totals = self._computed(_named(self.base, total))
        if not self.dimensions:
            return [totals], totals
        limit = MOST_ROWS + 1 if self.limit is None else self.limit
        found = at.rows(*statement(asked, self._order_sql(), limit))
        if len(found) > MOST_ROWS:
            raise TooLarge(
                f"This answer has more than {MOST_ROWS:,} rows. Narrow the period, filter, set a"
                " limit, or take it as CSV (format=csv)."
            )
        keys: list[Measure | Dimension] = [*self.dimensions, *self.base]
        return [self._computed(_named(keys, row)) for row in found], totals

    def _note(self, at: Snapshot) -> None:
        at.noted.about(
            measures=[one.name for one in self.measures],
            by=[one.name for one in self.dimensions],
            filters=[*self.filters],
        )

    def without_gaps(self, rows: list[Row], period: Period) -> list[Row]:
        """Add the buckets of time in which nothing was sold, unless rows were picked or ordered."""
        times = [one.name for one in self.dimensions if one.is_time]
        if len(times) != 1 or self.order or self.limit is not None:
            return rows
        names = {one.name: one.values for one in self.dimensions}
        buckets = list(BUCKETS[times[0]].all_of(period))
        nothing = self._computed({one.name: 0 for one in self.base})
        return gaps.fill(rows, names, times[0], buckets, nothing, MOST_ROWS)

    def compared(self, at: Snapshot, windows: tuple[Period, Period], now: Row) -> Comparison:
        """The question about the window before, beside the same days of this one.

        `now` are the exact totals of the period: where this window is cut, nothing was sold after.
        """
        this, earlier = windows
        rows, totals = self.fetch(at, earlier)
        if earlier.start and earlier.end:
            rows = self.without_gaps(rows, earlier)
        growth = {one.name: _growth(now[one.name], totals[one.name]) for one in self.measures}
        return Comparison(this, earlier, self.shown(at, rows), self.rounded(totals), growth)

    def shown(self, at: Snapshot, rows: list[Row]) -> list[Row]:
        """Rows as the doors give them: time written, names beside ids, numbers rounded."""
        names = {
            one.name: names_of(at, one, [row[one.name] for row in rows])
            for one in self.dimensions
            if one.label_sql
        }
        return [dict(self._cells(row, names)) | self.rounded(row) for row in rows]

    def chunks(self, at: Snapshot, period: Period) -> Iterator[list[Row]]:
        """The rows as `shown` gives them, some at a time and without filled gaps."""
        self._note(at)
        asked = Asked(self.base, self.dimensions, self.filters, period, self.sources)
        sql, values = statement(asked)
        limit = f" LIMIT {self.limit}" if self.limit else ""
        ordered = f"SELECT * FROM ({labelled(sql, self.dimensions)}) ORDER BY {self._order_sql()}"
        names = [one.name for one in self.dimensions] + [one.name for one in self.base]
        names += [one.label_name for one in self.dimensions if one.label_sql]
        for found in at.chunks(ordered + limit, values):
            yield [self._written(dict(zip(names, row, strict=True))) for row in found]

    def _written(self, row: Row) -> Row:
        times = {
            one.name: BUCKETS[one.name].write(row[one.name])
            for one in self.dimensions
            if one.is_time
        }
        return row | times | self.rounded(self._computed(row))

    def rounded(self, row: Row) -> Row:
        """The measures as the doors show them."""
        return {one.name: shown(row[one.name], one.unit) for one in self.measures}

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
            one.name: quotient(row[one.over[0]], row[one.over[1]])
            for one in self.measures
            if one.over
        }
        return row | ratios

    def _order_sql(self) -> str:
        """Ordered as asked, then by the groups, so that equal values have a fixed order."""
        places = {one.name: _place_sql(one) for one in self.dimensions}
        names = [f"{place} NULLS LAST" for place in places.values()]
        if not self.order:
            return ", ".join(names)
        name = self.order.removeprefix("-")
        name = places.get(name, name)
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


def _place_sql(one: Dimension) -> str:
    """By which SQL orders the groups of a dimension: known values as people expect them."""
    if not one.values:
        return one.name
    whens = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(one.values))
    return f"CASE {one.name} {whens} END"


def _named(keys: Sequence[Measure | Dimension], values: Sequence[Any]) -> Row:
    return {key.name: value for key, value in zip(keys, values, strict=True)}


def _growth(now: Exact, earlier: Exact) -> Value:
    if now is None or not earlier:
        return None
    return shown((Decimal(now) - Decimal(earlier)) / abs(Decimal(earlier)), Unit.ratio)
