"""Defining KPIs: making one, changing it and its target, putting it away, deleting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.circles import require_lead
from tillsight.accounts.models import Circle, CircleMember
from tillsight.accounts.names import name_key
from tillsight.accounts.sessions import Origin, Person
from tillsight.errors import Conflict, InvalidInput
from tillsight.kpis.computed import write_filters
from tillsight.kpis.exact import shown
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiChange, KpiValue
from tillsight.kpis.targets import (
    checked_target,
    remove_target,
    set_first_target,
    set_target_from,
    set_target_now,
)
from tillsight.kpis.terms import Definition, changed, checked, definition_of, differences
from tillsight.kpis.words import Range, usual_aggregation


class NameTaken(Conflict):
    """Another KPI has this name, in some case."""

    code = "name_taken"


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
    kpi = make_kpi(session, definition, target, person.id)
    details = {"circle_id": kpi.circle_id, "target": shown(target)}
    record(session, Action.kpi_created, person, called(kpi), details, origin)
    return kpi.id


def make_kpi(session: Session, definition: Definition, target: Decimal, by: int | None) -> Kpi:
    """Make a KPI with its target for all periods; who may, and the audit log, are the caller's.

    Raises:
        InvalidInput, UnknownName, NameTaken: as `create_kpi`.
    """
    terms, first = checked(definition), checked_target(target)
    _require_owner(session, terms)
    kpi = Kpi(revision=1, created_by=by, created_at=datetime.now(UTC))
    _take(session, kpi, terms)
    set_first_target(session, kpi, first, by)
    return kpi


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
    after = checked(changed(before, changes))
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
    details = differences(before, after)
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


def called(kpi: Kpi) -> str:
    """How the audit log names a KPI."""
    return f"KPI {kpi.id}: {kpi.name}"


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


def _take(session: Session, kpi: Kpi, terms: Definition) -> None:
    """Write a definition down; the constraint decides between two who want a name at once."""
    bounds = terms.bounds or Range()
    kpi.name, kpi.name_key = terms.name, name_key(terms.name)
    kpi.circle_id, kpi.owner_id = terms.circle_id, terms.owner_id
    kpi.periodicity, kpi.unit = terms.periodicity, terms.unit
    kpi.minimum, kpi.maximum = bounds.minimum, bounds.maximum
    kpi.initial_value, kpi.direction = terms.initial_value, terms.direction
    kpi.aggregation = terms.aggregation or usual_aggregation(terms.unit)
    kpi.description, kpi.due_days = terms.description, terms.due_days
    kpi.active, kpi.measure = terms.active, terms.measure
    kpi.filters = write_filters(terms.filters)
    session.add(kpi)
    try:
        session.flush()
    except IntegrityError:
        raise NameTaken(f"There is a KPI “{terms.name}” already. Choose another name.") from None


def _has_values(session: Session, kpi_id: int) -> bool:
    return bool(session.scalar(select(exists().where(KpiValue.kpi_id == kpi_id))))
