"""What computed KPIs are bound to, and their values: a measure of the catalogue by period."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from unicodedata import category

from tillsight.errors import InvalidInput
from tillsight.kpis.spans import GRAINS, has_begun
from tillsight.kpis.words import DECIMALS, LARGEST, Periodicity
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import DIMENSIONS, Unit
from tillsight.metrics.periods import Period, read_bucket
from tillsight.metrics.query import compute
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.statement import Asked, where_sql
from tillsight.warehouse import Snapshot

MOST_VALUES, LONGEST_VALUE = 50, 200
LONGEST_FILTERS = 10_000
"""Characters of all filters of a KPI as JSON."""
NOT_TIME = tuple(one.name for one in DIMENSIONS if not one.is_time)
"""The dimensions that a KPI may be filtered by: its periods are the time."""


@dataclass(frozen=True)
class Definition:
    """What makes the values of a computed KPI; `filters` is JSON as the KPI keeps it."""

    measure: str
    filters: str
    periodicity: Periodicity


def check_measure(measure: str, filters: Filters) -> None:
    """Refuse what no KPI can be bound to.

    Raises:
        UnknownName: a measure, dimension or value of a dimension that is not in the catalogue.
        InvalidInput: a filter of time, without values, too long, or a value that is none.
    """
    catalogue.measures([measure])
    for dimension in catalogue.dimensions(list(filters)):
        if dimension.is_time:
            raise InvalidInput(
                f"A KPI is not filtered by {dimension.name}: its values are by period. Filters are"
                f" {', '.join(NOT_TIME)}."
            )
        _check_values(dimension.name, filters[dimension.name])
    where_sql(Asked([], [], filters, Period()))
    if len(write_filters(filters)) > LONGEST_FILTERS:
        raise InvalidInput(
            f"The filters are longer than {LONGEST_FILTERS:,} characters together. Leave some out."
        )


def _check_values(name: str, values: Sequence[str]) -> None:
    if not 1 <= len(values) <= MOST_VALUES:
        raise InvalidInput(
            f"The filter {name} has {len(values)} values; it needs 1 to {MOST_VALUES}."
        )
    for value in values:
        if len(value) > LONGEST_VALUE or any(category(sign) in {"Cc", "Cs"} for sign in value):
            raise InvalidInput(
                f"A value of the filter {name} is longer than {LONGEST_VALUE} characters or holds"
                " control characters."
            )


def write_filters(filters: Filters) -> str:
    """Filters as a KPI keeps them: JSON in which equal filters look alike."""
    return json.dumps({name: sorted(set(filters[name])) for name in sorted(filters)})


def read_filters(text: str) -> Mapping[str, list[str]]:
    """Filters as `write_filters` wrote them."""
    return json.loads(text) if text else {}


def values_of(at: Snapshot, definition: Definition, today: date) -> dict[date, Decimal]:
    """The value of every period that has begun and lies in the data, by its first day.

    A sum of a period without sales is 0; where a quotient has nothing below it there is no value.

    Raises:
        UnknownName, InvalidInput: the catalogue does not know the definition any more.
        InvalidInput: a value is too large to be kept.
        TooLarge, Unavailable: as `query.answer`.
    """
    grain = GRAINS[definition.periodicity]
    [measure] = catalogue.measures([definition.measure])
    filters = read_filters(definition.filters)
    check_measure(definition.measure, filters)
    found = compute(at, Question([definition.measure], [grain], filters=filters))
    values = {}
    for row in found.rows:
        start, value = read_bucket(grain, row[grain]), row[definition.measure]
        if value is not None and has_begun(start, today):
            values[start] = _kept(Decimal(str(value)), measure.unit, row[grain])
    return values


def _kept(value: Decimal, unit: Unit, period: str) -> Decimal:
    times = 100 if unit is Unit.ratio else 1
    if abs(value) * times > LARGEST:
        raise InvalidInput(f"The value of {period} is too large to be kept.")
    return (value * times).quantize(DECIMALS, ROUND_HALF_EVEN) + 0  # minus zero is zero
