"""Values of kpi-circles and its change log.

That log says who did something and when. It has no values, so of each value only the newest entry
is known to have led to what the value is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.errors import InvalidInput
from tillsight.kpis.brought import Brought, Happened, bring
from tillsight.kpis.exact import shown
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.spans import read_year_and_month
from tillsight.kpis.values import checked_value, require_begun
from tillsight.kpis.words import Activity, Periodicity
from tillsight.migrating.cells import moment, needed_number, text, whole
from tillsight.migrating.kpi_circles.kpis import KPI, periodicities, to_four_decimals
from tillsight.migrating.moving import Count, Moved
from tillsight.migrating.older import Older, OlderRow
from tillsight.migrating.people import PERSON

VALUE, CHANGE = "value", "change"
ACTIVITIES = {"created": Activity.created, "updated": Activity.updated}
A_MOMENT = timedelta(seconds=1)
"""What may lie between the two times of a value that was entered and never changed."""


@dataclass(frozen=True)
class _Entry:
    """An entry of the older log."""

    older_id: int
    happened: Happened


@dataclass(frozen=True)
class _Known:
    """What is here, and which of it is the same as something there.

    `taken` are the periods that are given a value now, with its older number.
    """

    kpis: Mapping[int, Kpi]
    periodicities: Mapping[int, Periodicity | None]
    people: Mapping[int, int]
    moved: Mapping[int, int]
    by_id: Mapping[int, KpiValue]
    by_period: Mapping[tuple[int, date], KpiValue]
    today: date
    taken: dict[tuple[int, date], int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Found:
    """What becomes of the values there, by their numbers: those to bring, and those that are here
    already (None: and were deleted since). What is in neither is left out.
    """

    new: dict[int, Brought] = field(default_factory=dict)
    here: dict[int, KpiValue | None] = field(default_factory=dict)


def move_values(
    session: Session, moved: Moved, older: Older, held: Collection[int], today: date
) -> tuple[Count, Count]:
    """Bring values over with what was logged of them; what is here already stays as it is.

    A KPI that is not among those `held` was made just now.
    """
    values, changes = Count("KPI values"), Count("Change log")
    known = _what_is_known(session, moved, older, today)
    entries = _read_log(older, moved, changes, known.people)
    found = _look_at_values(older, known, entries, values)
    for older_id, value in found.here.items():
        if value is not None and older_id not in known.moved:
            moved.note(VALUE, older_id, value.id)
    _date_back([one for one in found.new.values() if one.kpi.id not in held])
    brought = bring(session, list(found.new.values()))
    for older_id, (value, logged) in zip(found.new, brought, strict=True):
        moved.note(VALUE, older_id, value.id)
        ours = dict(zip(found.new[older_id].log, logged, strict=True))
        for entry in entries[older_id]:
            moved.note(CHANGE, entry.older_id, ours[entry.happened].id)
    _count_log(changes, entries, found)
    return values, changes


def _what_is_known(session: Session, moved: Moved, older: Older, today: date) -> _Known:
    ours = moved.ours(KPI)
    found = {kpi.id: kpi for kpi in session.scalars(select(Kpi)) if kpi.id in set(ours.values())}
    query = select(KpiValue).where(KpiValue.kpi_id.in_(found))
    here = session.scalars(query.execution_options(populate_existing=True)).all()
    return _Known(
        kpis={older_id: found[our_id] for older_id, our_id in ours.items() if our_id in found},
        periodicities=periodicities(older),
        people=moved.ours(PERSON),
        moved=moved.ours(VALUE),
        by_id={value.id: value for value in here},
        by_period={(value.kpi_id, value.period_start): value for value in here},
        today=today,
    )


def _read_log(
    older: Older, moved: Moved, changes: Count, people: Mapping[int, int]
) -> dict[int, list[_Entry]]:
    """The entries that were not moved yet, of each value, the oldest first."""
    known, entries = moved.ours(CHANGE), defaultdict[int, list[_Entry]](list)
    for row in older.rows("change_logs"):
        changes.found += 1
        at, activity = moment(row.registered_at), ACTIVITIES.get(text(row.activity).lower())
        if row.id in known:
            changes.there += 1
        elif at is None:
            changes.leave_out(row.id, "It has no time.")
        elif activity is None:
            changes.leave_out(row.id, f"“{text(row.activity)[:40]}” is nothing we know of.")
        elif row.kpi_value_id is None:
            changes.leave_out(row.id, "It is of no value.")
        else:
            happened = Happened(at, activity, people.get(row.user_id))
            entries[row.kpi_value_id].append(_Entry(row.id, happened))
    for some in entries.values():
        some.sort(key=lambda one: (one.happened.at, one.older_id))
    return entries


def _look_at_values(
    older: Older, known: _Known, entries: Mapping[int, list[_Entry]], values: Count
) -> _Found:
    found = _Found()
    for row in older.rows("kpi_values"):
        values.found += 1
        try:
            if row.id in known.moved:
                found.here[row.id] = _moved_before(row, known)
            else:
                _look_at_value(row, known, entries.get(row.id, []), found)
        except InvalidInput as refusal:
            values.leave_out(row.id, refusal.message)
    values.added, values.there = len(found.new), len(found.here)
    return found


def _moved_before(row: OlderRow, known: _Known) -> KpiValue | None:
    """The value that it became here; None if that was deleted since.

    Raises:
        InvalidInput: it was changed there, and not here.
    """
    value = known.by_id.get(known.moved[row.id])
    if value is not None and value.version == 1:
        _require_same(row, value)
    return value


def _look_at_value(row: OlderRow, known: _Known, entries: Sequence[_Entry], found: _Found) -> None:
    """Have it among those to bring, or those that are here.

    Raises:
        InvalidInput: it cannot be one here.
    """
    kpi = _kpi_of(row, known)
    start = _start_of(row, kpi)
    here = known.by_period.get((kpi.id, start))
    if here is not None:
        _require_same(row, here)
        found.here[row.id] = here
        return
    if (other := known.taken.get((kpi.id, start))) is not None:
        raise InvalidInput(f"Value {other} is of the same KPI and period.")
    require_begun(kpi, start, known.today)
    value = checked_value(kpi, _number_of(row))
    known.taken[kpi.id, start] = row.id
    log = [one.happened for one in entries]
    created = _created(row, known.people, log)
    updated = _updated(row, known.people, log, created.at)
    # What the row tells and the log does not happened, too.
    for one in filter(None, (created, updated)):
        if one.activity not in {other.activity for other in log}:
            log = sorted([*log, one], key=lambda one: one.at)
    found.new[row.id] = Brought(kpi, start, value, created, updated, log)


def _kpi_of(row: OlderRow, known: _Known) -> Kpi:
    kpi = known.kpis.get(row.kpi_id)
    if kpi is None:
        raise InvalidInput(f"Its KPI {row.kpi_id} was not moved, or was deleted here.")
    if kpi.measure is not None:
        raise InvalidInput(f"The KPI “{kpi.name}” is counted from the sales here.")
    if kpi.periodicity is not known.periodicities.get(row.kpi_id):
        raise InvalidInput(f"The KPI “{kpi.name}” is {kpi.periodicity} here, and not there.")
    return kpi


def _start_of(row: OlderRow, kpi: Kpi) -> date:
    year, month = whole(row.period_year), whole(row.period_month)
    if year is None or month is None:
        raise InvalidInput("Its period has no year or no month.")
    return read_year_and_month(kpi.periodicity, year, month)


def _number_of(row: OlderRow) -> Decimal:
    return to_four_decimals(needed_number(row.value, "The value"))


def _require_same(row: OlderRow, value: KpiValue) -> None:
    if row.value is None or _number_of(row) != value.value:
        raise InvalidInput(
            f"Another value is here for its KPI and period: {shown(value.value)}. That one stays."
        )


def _created(row: OlderRow, people: Mapping[int, int], log: Sequence[Happened]) -> Happened:
    """When it was entered and by whom; where the row does not say so, what else tells of it."""
    entered = next((one for one in log if one.activity is Activity.created), None)
    times = [moment(row.created_at), *(one.at for one in log), moment(row.updated_at)]
    at = next((one for one in times if one is not None), datetime.now(UTC))
    by = people.get(row.created_by_user_id)
    if by is None and entered is not None:
        by = entered.person_id
    return Happened(at, Activity.created, by)


def _updated(
    row: OlderRow,
    people: Mapping[int, int],
    log: Sequence[Happened],
    created_at: datetime,
) -> Happened | None:
    """When it was changed last and by whom, if it ever was; that product never said by whom."""
    newest = next((one for one in reversed(log) if one.activity is Activity.updated), None)
    at, by = moment(row.updated_at), people.get(row.updated_by_user_id)
    if newest is not None:
        return Happened(
            at or newest.at, Activity.updated, by if by is not None else newest.person_id
        )
    if at is None or (by is None and at - created_at <= A_MOMENT):
        return None
    return Happened(at, Activity.updated, by)


def _date_back(brought: Sequence[Brought]) -> None:
    """Have new KPIs begin when their first value was entered: then they were there."""
    for one in brought:
        one.kpi.created_at = min(one.kpi.created_at, one.created.at)


def _count_log(changes: Count, entries: Mapping[int, list[_Entry]], found: _Found) -> None:
    for value_id, some in entries.items():
        if value_id in found.new:
            changes.added += len(some)
            continue
        kept = "Its value is here already, and keeps the log it has here."
        reason = kept if value_id in found.here else "Its value was left out, or is not there."
        for one in some:
            changes.leave_out(one.older_id, reason)
