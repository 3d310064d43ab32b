"""What a KPI is: making one, changing it, putting it away."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from unicodedata import category

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.circles import require_lead
from tillsight.accounts.models import Circle, CircleMember
from tillsight.accounts.sessions import Origin, Person
from tillsight.errors import Conflict, InvalidInput
from tillsight.kpis.computed import check_measure
from tillsight.kpis.exact import exact, long_text, shown
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiChange, KpiValue
from tillsight.kpis.targets import (
    remove_target,
    set_first_target,
    set_target_from,
    set_target_now,
)
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


class NameTaken(Conflict):
    """Another KPI has this name, in some case."""

    code = "name_taken"


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


@dataclass(frozen=True)
class Target:
    """A target to set: from the current period on, from the day `first` on, or for all periods."""

    value: Decimal
    first: date | None = None
    for_all: bool = False


def create_kpi(
    session: Session, person: Person, definition: Definition, target: Decimal, origin: Origin
) -> int:
    """Make a KPI with its target for all periods; returns its number.

    Raises:
        NotFound: there is no such circle.
        Forbidden: the circle is not theirs to define KPIs for.
        InvalidInput, UnknownName: something of the definition cannot be used.
        NameTaken: another KPI has the name.
        Conflict: the circle is in the archive.
    """
    require_lead(session, person, definition.circle_id)
    _require_circle_in_use(session, definition.circle_id)
    checked = _checked(definition)
    _require_owner(session, checked)
    kpi = Kpi(revision=1, created_by=person.id, created_at=datetime.now(UTC))
    _take(session, kpi, checked)
    set_first_target(session, kpi, target, person.id)
    details = {"circle_id": kpi.circle_id, "target": shown(target)}
    record(session, Action.kpi_created, person, called(kpi), details, origin)
    return kpi.id


def change_kpi(
    session: Session,
    person: Person,
    kpi_id: int,
    changes: Mapping[str, Any],
    origin: Origin,
) -> None:
    """Change what is named of a KPI's `Definition`; first thing in a transaction.

    One end of the range may be named by itself, as `minimum` or `maximum`. Where the unit changes,
    aggregation and range follow it if they were the usual ones of the old one.

    Raises:
        NotFound, Forbidden: there is no such KPI or circle, or it is not theirs to change.
        InvalidInput, UnknownName: something of it cannot be used.
        NameTaken: another KPI has the name.
        Conflict: the periodicity of a KPI that has values; the circle is in the archive.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    before = definition_of(kpi)
    after = _checked(_changed(before, changes))
    if after == before:
        return
    if after.circle_id != before.circle_id:
        require_lead(session, person, after.circle_id)
        _require_circle_in_use(session, after.circle_id)
    if (after.circle_id, after.owner_id) != (before.circle_id, before.owner_id):
        _require_owner(session, after)
    if after.periodicity != before.periodicity and _has_values(session, kpi_id):
        raise Conflict(
            f"The KPI “{kpi.name}” has values, so its periodicity stays {kpi.periodicity}."
            " Make another KPI instead."
        )
    _take(session, kpi, after)
    details = _differences(before, after)
    record(session, Action.kpi_changed, person, called(kpi), details, origin)


def set_target(
    session: Session, person: Person, kpi_id: int, target: Target, today: date, origin: Origin
) -> None:
    """Give a KPI another target; first thing in a transaction.

    Raises:
        NotFound, Forbidden: there is no such KPI, or it is not theirs to change.
        InvalidInput: it is no target there can be.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    if target.for_all:
        set_first_target(session, kpi, target.value, person.id)
    elif target.first is not None:
        set_target_from(session, kpi, target.value, target.first, person.id)
    elif not set_target_now(session, kpi, target.value, today, person.id):
        return
    since = "always" if target.for_all else str(target.first or "now")
    details = {"target": shown(target.value), "from": since}
    record(session, Action.target_set, person, called(kpi), details, origin)


def delete_target(
    session: Session, person: Person, kpi_id: int, target_id: int, origin: Origin
) -> None:
    """Take a target, but not the first, out of the history; first thing in a transaction.

    Raises:
        NotFound, Forbidden: there is no such KPI or target, or it is not theirs to change.
        Conflict: it is the first one.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    gone = remove_target(session, kpi_id, target_id)
    details = {"removed": shown(gone.value), "from": str(gone.valid_from)}
    record(session, Action.target_set, person, called(kpi), details, origin)


def archive_kpi(session: Session, person: Person, kpi_id: int, origin: Origin) -> None:
    """Put a KPI away with its values; first thing in a transaction.

    Raises:
        NotFound, Forbidden: there is no such KPI, or it is not theirs to change.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    if kpi.archived_at is None:
        kpi.archived_at = datetime.now(UTC)
        record(session, Action.kpi_archived, person, called(kpi), None, origin)


def restore_kpi(session: Session, person: Person, kpi_id: int, origin: Origin) -> None:
    """Take a KPI out of the archive; first thing in a transaction.

    Raises:
        NotFound, Forbidden: there is no such KPI, or it is not theirs to change.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    if kpi.archived_at is not None:
        kpi.archived_at = None
        record(session, Action.kpi_restored, person, called(kpi), None, origin)


def delete_kpi(session: Session, person: Person, kpi_id: int, origin: Origin) -> None:
    """Delete a KPI that never had a value; first thing in a transaction.

    Raises:
        NotFound, Forbidden: there is no such KPI, or it is not theirs to change.
        Conflict: it has values, or had some and its log tells of them.
    """
    kpi = hold_one(session, kpi_id)
    require_lead(session, person, kpi.circle_id)
    logged = select(exists().where(KpiChange.kpi_id == kpi_id))
    if _has_values(session, kpi_id) or session.scalar(logged):
        raise Conflict(
            f"The KPI “{kpi.name}” has values, or had some that its log tells of. Archive it"
            " instead."
        )
    record(session, Action.kpi_deleted, person, called(kpi), None, origin)
    session.flush()
    session.connection().execute(delete(Kpi).where(Kpi.id == kpi_id))


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
    found: dict[str, list[str]] = json.loads(kpi.filters)
    return found


def called(kpi: Kpi) -> str:
    """How the audit log names a KPI."""
    return f"KPI {kpi.id}: {kpi.name}"


def range_with(bounds: Range, ends: Mapping[str, Any]) -> Range:
    """The range with the `minimum` or `maximum` that `ends` name instead of its own."""
    return replace(bounds, **{name: ends[name] for name in ENDS if name in ends})


def _changed(before: Definition, changes: Mapping[str, Any]) -> Definition:
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


def _checked(definition: Definition) -> Definition:
    """The definition with nothing left open, if it can be one by itself."""
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


def _require_circle_in_use(session: Session, circle_id: int) -> None:
    circle = session.get_one(Circle, circle_id)
    if circle.archived_at is not None:
        raise Conflict(
            f"The circle “{circle.name}” is in the archive. Take it out, or choose another one."
        )


def _require_owner(session: Session, definition: Definition) -> None:
    if definition.owner_id is None:
        return
    if session.get(CircleMember, (definition.circle_id, definition.owner_id)) is None:
        raise InvalidInput(
            f"Person {definition.owner_id} does not belong to circle {definition.circle_id}. A KPI"
            " is owned by somebody of its circle."
        )


def _take(session: Session, kpi: Kpi, checked: Definition) -> None:
    """Write a definition down; the constraint decides between two who want a name at once."""
    bounds = checked.bounds or Range()
    kpi.name, kpi.name_key = checked.name, checked.name.casefold()
    kpi.circle_id, kpi.owner_id = checked.circle_id, checked.owner_id
    kpi.periodicity, kpi.unit = checked.periodicity, checked.unit
    kpi.minimum, kpi.maximum = bounds.minimum, bounds.maximum
    kpi.initial_value, kpi.direction = checked.initial_value, checked.direction
    kpi.aggregation = checked.aggregation or usual_aggregation(checked.unit)
    kpi.description, kpi.due_days = checked.description, checked.due_days
    kpi.active, kpi.measure = checked.active, checked.measure
    kpi.filters = json.dumps(checked.filters, ensure_ascii=False)
    session.add(kpi)
    try:
        session.flush()
    except IntegrityError:
        raise NameTaken(f"There is a KPI “{checked.name}” already. Choose another name.") from None


def _has_values(session: Session, kpi_id: int) -> bool:
    return bool(session.scalar(select(exists().where(KpiValue.kpi_id == kpi_id))))


def _differences(before: Definition, after: Definition) -> dict[str, object]:
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
