"""Values of KPIs: entering, changing and deleting one, and the one way in which all are written.

A change and its row of the log are written together, while the KPI is held.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.circles import require_lead, require_member
from tillsight.accounts.models import Circle, Role
from tillsight.accounts.sessions import Person
from tillsight.accounts.users import name_of, who_did
from tillsight.errors import Conflict, InvalidInput, NotFound
from tillsight.kpis import changes
from tillsight.kpis.changes import Cause
from tillsight.kpis.exact import exact, long_text, shown
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.spans import has_begun, read_period, read_year_and_month, write_period
from tillsight.kpis.terms import range_of
from tillsight.kpis.words import Periodicity, Range, Why


class NotActive(Conflict):
    """The KPI, or its circle, is not in use."""

    code = "not_active"


class Computed(Conflict):
    """The values of the KPI are counted from the sales."""

    code = "computed"


class ValueExists(Conflict):
    """The period has a value already; `details` tell which."""

    code = "value_exists"


class Changed(Conflict):
    """Somebody else changed the value since it was read; `details` tell what it is now."""


@dataclass(frozen=True)
class Written:
    """A period as it was given: by its text such as 2026-Q1, or by year and month."""

    text: str | None = None
    year: int | None = None
    month: int | None = None

    def start(self, periodicity: Periodicity) -> date:
        """Its first day.

        Raises:
            InvalidInput: it is no period of such a KPI, or given in both ways or none.
        """
        if self.text is not None and self.year is None and self.month is None:
            return read_period(periodicity, self.text)
        if self.text is None and self.year is not None and self.month is not None:
            return read_year_and_month(periodicity, self.year, self.month)
        raise InvalidInput("Say which period: give `period`, or `period_year` and `period_month`.")


@dataclass(frozen=True)
class New:
    """A value to enter."""

    kpi_id: int
    period: Written
    value: Decimal
    comment: str = ""


@dataclass(frozen=True)
class Edit:
    """What to change of a value; None stays.

    `version` is the one that was seen; without it, whatever is there is written over.
    """

    value: Decimal | None = None
    comment: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Write:
    """A value that a period is given, and why."""

    period_start: date
    value: Decimal
    comment: str
    cause: Cause


def enter_value(
    session: Session, person: Person, new: New, today: date, least: Role = Role.editor
) -> KpiValue:
    """Enter the value of a period that has none; first thing in a transaction.

    Raises:
        NotFound: there is no such KPI.
        Forbidden: the person does not belong to its circle, or has less than the role `least`.
        NotActive, Computed: no values are typed in for it.
        InvalidInput: the period has not begun, or the number or comment cannot be one.
        ValueExists: the period has a value.
    """
    kpi = hold_one(session, new.kpi_id)
    require_entry(session, person, kpi, least)
    row = find_value(session, kpi.id, new.period.start(kpi.periodicity))
    return write_all(session, kpi, [to_enter(session, kpi, row, new, person, today)])[0]


def change_value(
    session: Session, person: Person, value_id: int, edit: Edit, least: Role = Role.editor
) -> KpiValue:
    """Change a value or its comment; first thing in a transaction.

    Raises:
        NotFound: there is no such value.
        Forbidden: the person does not belong to its circle, or has less than the role `least`.
        NotActive, Computed: no values are typed in for it.
        InvalidInput: the number or comment cannot be one.
        Changed: it is of another version by now.
    """
    kpi, row = _held_value(session, value_id)
    require_entry(session, person, kpi, least)
    return write_all(session, kpi, [to_change(session, kpi, row, edit, person)])[0]


def delete_value(
    session: Session, person: Person, value_id: int, version: int | None = None
) -> None:
    """Delete a value; its log stays. First thing in a transaction.

    Raises:
        NotFound: there is no such value.
        Forbidden: the person does not lead its circle.
        NotActive, Computed: its values are not changed by hand.
        Changed: it is of another version by now.
    """
    kpi, row = _held_value(session, value_id)
    require_lead(session, person, kpi.circle_id)
    require_in_use(session, kpi)
    _require_version(session, kpi, row, version)
    erase(session, kpi, row.period_start, Cause(Why.typed, person.id))


def to_enter(
    session: Session, kpi: Kpi, row: KpiValue | None, new: New, person: Person, today: date
) -> Write:
    """What `enter_value` writes, where the KPI is held; `row` is the value the period has."""
    start = new.period.start(kpi.periodicity)
    require_begun(kpi, start, today)
    value, comment = checked_value(kpi, new.value), checked_comment(new.comment)
    if row is not None:
        period = write_period(kpi.periodicity, row.period_start)
        raise ValueExists(
            f"“{kpi.name}” has a value for {period} already: {shown(row.value)}. Change that one.",
            value_id=row.id,
            **_as_of_now(session, row),
        )
    return Write(start, value, comment, Cause(Why.typed, person.id))


def to_change(session: Session, kpi: Kpi, row: KpiValue, edit: Edit, person: Person) -> Write:
    """What `change_value` writes, where the KPI is held."""
    _require_version(session, kpi, row, edit.version)
    value = row.value if edit.value is None else checked_value(kpi, edit.value)
    comment = row.comment if edit.comment is None else checked_comment(edit.comment)
    return Write(row.period_start, value, comment, Cause(Why.typed, person.id))


def write(
    session: Session,
    kpi: Kpi,
    period_start: date,
    value: Decimal,
    comment: str,
    cause: Cause,
) -> KpiValue:
    """Give a period of a held KPI this value, and log it; nothing happens where nothing changes.

    Nothing is checked here. `restated` is left to whoever computes.
    """
    return write_all(session, kpi, [Write(period_start, value, comment, cause)])[0]


def write_all(session: Session, kpi: Kpi, writes: Sequence[Write]) -> list[KpiValue]:
    """As `write`, for different periods of a held KPI."""
    rows = find_values(session, kpi.id, [one.period_start for one in writes])
    changed = []
    for one in writes:
        row = rows.get(one.period_start)
        before = None if row is None else row.value
        if row is None:
            row = KpiValue(kpi_id=kpi.id, period_start=one.period_start, version=1)
            row.created_by, row.created_at = one.cause.person_id, datetime.now(UTC)
            session.add(row)
        elif (row.value, row.comment) == (one.value, one.comment):
            continue
        else:
            row.version += 1
            row.updated_by, row.updated_at = one.cause.person_id, datetime.now(UTC)
        row.value, row.comment = one.value, one.comment
        rows[one.period_start] = row
        changed.append((row, before, one.cause))
    session.flush()
    for row, before, cause in changed:
        place = (row.id, kpi.id, row.period_start)
        changes.log(session, place, before, row.value, row.comment, cause)
    return [rows[one.period_start] for one in writes]


def erase(
    session: Session,
    kpi: Kpi,
    period_start: date,
    cause: Cause,
) -> None:
    """Take the value of a period of a held KPI away, and log it; nothing where there is none."""
    row = find_value(session, kpi.id, period_start)
    if row is None:
        return
    place = (row.id, kpi.id, period_start)
    changes.log(session, place, row.value, None, row.comment, cause)
    session.delete(row)
    session.flush()


def find_values(session: Session, kpi_id: int, starts: Collection[date]) -> dict[date, KpiValue]:
    """The values of the periods that have one, by their first days."""
    query = select(KpiValue).where(KpiValue.kpi_id == kpi_id, KpiValue.period_start.in_(starts))
    return {row.period_start: row for row in session.scalars(query)}


def find_value(session: Session, kpi_id: int, period_start: date) -> KpiValue | None:
    """The value of a period, if it has one."""
    query = select(KpiValue).where(KpiValue.kpi_id == kpi_id, KpiValue.period_start == period_start)
    return session.scalar(query)


def require_entry(session: Session, person: Person, kpi: Kpi, least: Role = Role.editor) -> None:
    """Refuse unless the person may type values of the KPI in, and it takes some.

    Raises:
        Forbidden: the person does not belong to its circle, or has less than the role `least`.
        NotActive, Computed: no values are typed in for it.
    """
    person.require(least)
    require_member(session, person, kpi.circle_id)
    require_in_use(session, kpi)


def require_in_use(session: Session, kpi: Kpi) -> None:
    """Refuse where values are not typed in.

    Raises:
        NotActive: the KPI is switched off, or it or its circle is in the archive.
        Computed: its values are counted from the sales.
    """
    require_active(session, kpi)
    if kpi.measure is not None:
        raise Computed(
            f"The values of “{kpi.name}” are counted from the sales ({kpi.measure}); they are not"
            " typed in."
        )


def require_active(session: Session, kpi: Kpi) -> None:
    """Refuse where values do not change at all.

    Raises:
        NotActive: the KPI is switched off, or it or its circle is in the archive.
    """
    if not kpi.active:
        raise NotActive(f"The KPI “{kpi.name}” is not active. A manager may switch it on.")
    if kpi.archived_at is not None:
        raise NotActive(f"The KPI “{kpi.name}” is not active: it is in the archive.")
    circle = session.get_one(Circle, kpi.circle_id)
    if circle.archived_at is not None:
        raise NotActive(
            f"The KPI “{kpi.name}” is not active: its circle “{circle.name}” is in the archive."
        )


def require_begun(kpi: Kpi, period_start: date, today: date) -> None:
    """Refuse a period of the future.

    Raises:
        InvalidInput: it has not begun.
    """
    if not has_begun(period_start, today):
        period = write_period(kpi.periodicity, period_start)
        raise InvalidInput(f"{period} has not begun. Enter its value once it has.")


def checked_value(kpi: Kpi, value: Decimal) -> Decimal:
    """A value with four decimals.

    Raises:
        InvalidInput: it is no such number, or not in the KPI's range.
    """
    number = exact(value, "The value")
    bounds = range_of(kpi)
    if not bounds.holds(number):
        raise InvalidInput(
            f"{shown(number)} is no value of “{kpi.name}”: it has to be {in_words(bounds)}."
        )
    return number


def checked_comment(comment: str) -> str:
    """A comment, trimmed.

    Raises:
        InvalidInput: it is too long or holds control characters.
    """
    return long_text(comment, "The comment")


def no_value(value_id: int) -> NotFound:
    """The refusal of a number that no value has."""
    return NotFound(f"There is no KPI value {value_id}.")


def _held_value(session: Session, value_id: int) -> tuple[Kpi, KpiValue]:
    kpi_id = session.scalar(select(KpiValue.kpi_id).where(KpiValue.id == value_id))
    session.rollback()  # or MySQL would go on showing what was true before the KPI was held
    if kpi_id is None:
        raise no_value(value_id)
    kpi = hold_one(session, kpi_id)
    row = session.get(KpiValue, value_id)
    if row is None:
        raise no_value(value_id)
    return kpi, row


def _require_version(session: Session, kpi: Kpi, row: KpiValue, seen: int | None) -> None:
    if seen is None or seen == row.version:
        return
    period = write_period(kpi.periodicity, row.period_start)
    who = who_did(session, _last_by(row))
    raise Changed(
        f"{who} changed the value of “{kpi.name}” for {period} since you read it: it is"
        f" {shown(row.value)} now. Look at it, and change it again if that is still needed.",
        **_as_of_now(session, row),
    )


def _as_of_now(session: Session, row: KpiValue) -> dict[str, object]:
    """What a refusal tells of a value."""
    return {
        "version": row.version,
        "value": row.value,
        "comment": row.comment,
        "updated_by": _last_by(row),
        "updated_by_name": name_of(session, _last_by(row)),
        "updated_at": row.updated_at or row.created_at,
    }


def _last_by(row: KpiValue) -> int | None:
    return row.created_by if row.updated_at is None else row.updated_by


def in_words(bounds: Range) -> str:
    """What values have to be, of a range with an end."""
    low, high = (None if one is None else shown(one) for one in (bounds.minimum, bounds.maximum))
    if low is None:
        return f"{high} at most"
    return f"{low} at least" if high is None else f"from {low} to {high}"
