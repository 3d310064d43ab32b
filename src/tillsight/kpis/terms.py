"""What can be said of a KPI, and which of it a KPI can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from unicodedata import category

from tillsight.errors import InvalidInput
from tillsight.kpis.computed import check_measure, read_filters
from tillsight.kpis.exact import exact, long_text, shown
from tillsight.kpis.models import Kpi
from tillsight.kpis.words import (
    AMOUNT,
    PERCENTAGE,
    SCORE,
    UNITS,
    Aggregation,
    Direction,
    Periodicity,
    Range,
    usual_aggregation,
    usual_range,
)

LONGEST_NAME = 150
USUAL_DUE_DAYS, MOST_DUE_DAYS = 10, 366
ENDS = ("minimum", "maximum")
Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Definition:
    """What can be said of a KPI besides its target.

    Without `aggregation` or `bounds` they are those that are usual for the unit. With a `measure`
    of the catalogue its values are counted from the sales that `filters` leave.
    """

    name: str
    circle_id: int
    periodicity: Periodicity
    unit: str
    initial_value: Decimal = Decimal(0)
    active: bool = True
    direction: Direction = Direction.increase
    aggregation: Aggregation | None = None
    bounds: Range | None = None
    description: str = ""
    owner_id: int | None = None
    due_days: int = USUAL_DUE_DAYS
    measure: str | None = None
    filters: Filters = field(default_factory=dict)


def definition_of(kpi: Kpi) -> Definition:
    """What a KPI is now."""
    return Definition(
        kpi.name,
        kpi.circle_id,
        kpi.periodicity,
        kpi.unit,
        kpi.initial_value,
        kpi.active,
        kpi.direction,
        kpi.aggregation,
        range_of(kpi),
        kpi.description,
        kpi.owner_id,
        kpi.due_days,
        kpi.measure,
        filters_of(kpi),
    )


def range_of(kpi: Kpi) -> Range:
    """The values it may have."""
    return Range(kpi.minimum, kpi.maximum)


def filters_of(kpi: Kpi) -> dict[str, list[str]]:
    """Which sales a computed KPI counts."""
    return dict(read_filters(kpi.filters))


def range_with(bounds: Range, ends: Mapping[str, Any]) -> Range:
    """The range with the `minimum` or `maximum` that `ends` name instead of its own."""
    return replace(bounds, **{name: ends[name] for name in ENDS if name in ends})


def changed(before: Definition, changes: Mapping[str, Any]) -> Definition:
    """The definition with the changes, and what is usual for the unit where that changes too."""
    named = {name: value for name, value in changes.items() if name not in ENDS}
    after = replace(_following_unit(before, changes), **named)
    if len(named) == len(changes):
        return after
    bounds = after.bounds or usual_range(after.unit)
    return replace(after, bounds=range_with(bounds, changes))


def _following_unit(before: Definition, changes: Mapping[str, Any]) -> Definition:
    if changes.get("unit", before.unit) == before.unit:
        return before
    if before.aggregation is usual_aggregation(before.unit):
        before = replace(before, aggregation=None)
    if before.bounds == usual_range(before.unit):
        before = replace(before, bounds=None)
    return before


def checked(definition: Definition) -> Definition:
    """The definition with nothing left open, if it can be one by itself.

    Raises:
        InvalidInput, UnknownName: something of it cannot be used.
    """
    if definition.unit not in UNITS:
        raise _no_unit(definition.unit[:40])
    if not 0 <= definition.due_days <= MOST_DUE_DAYS:
        raise InvalidInput(f"A value is due 0 to {MOST_DUE_DAYS} days after its period ended.")
    return replace(
        definition,
        name=_name(definition.name),
        description=long_text(definition.description, "The description"),
        initial_value=exact(definition.initial_value, "The initial value"),
        aggregation=definition.aggregation or usual_aggregation(definition.unit),
        bounds=_bounds(definition),
        filters=_filters(definition),
    )


def _no_unit(text: str) -> InvalidInput:
    """Without all the currencies, which nobody would read."""
    close = get_close_matches(text.lower(), UNITS, n=1, cutoff=0.5)
    known = f"{PERCENTAGE}, {AMOUNT}, {SCORE}, or a currency such as chf"
    hint = f"Did you mean “{close[0]}”?" if close else f"It is {known}."
    return InvalidInput(f"There is no unit “{text}”. {hint}")


def _name(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > LONGEST_NAME or any(category(sign) in {"Cc", "Cs"} for sign in name):
        raise InvalidInput(
            f"A KPI's name has 1 to {LONGEST_NAME} characters, and no control characters."
        )
    return text


def _bounds(definition: Definition) -> Range:
    given = definition.bounds or usual_range(definition.unit)
    bounds = Range(
        None if given.minimum is None else exact(given.minimum, "The minimum"),
        None if given.maximum is None else exact(given.maximum, "The maximum"),
    )
    low, high = bounds.minimum, bounds.maximum
    if low is not None and high is not None and low > high:
        raise InvalidInput(f"The minimum {shown(low)} is above the maximum {shown(high)}.")
    return bounds


def _filters(definition: Definition) -> dict[str, list[str]]:
    """The filters as they are kept, if the catalogue knows them."""
    wanted = {name: sorted(set(values)) for name, values in definition.filters.items() if values}
    if definition.measure is None:
        if wanted:
            raise InvalidInput("Filters need a measure that they are filters of.")
        return {}
    check_measure(definition.measure, wanted)
    return dict(sorted(wanted.items()))


def differences(before: Definition, after: Definition) -> dict[str, object]:
    """What the audit log keeps: each field that changed, as it was and is."""
    names = [name for name in vars(before) if getattr(before, name) != getattr(after, name)]
    return {
        side: {name: _plain(getattr(one, name)) for name in names}
        for side, one in (("before", before), ("after", after))
    }


def _plain(value: object) -> object:
    if isinstance(value, Range):
        return [None if end is None else shown(end) for end in (value.minimum, value.maximum)]
    return shown(value) if isinstance(value, Decimal) else value
