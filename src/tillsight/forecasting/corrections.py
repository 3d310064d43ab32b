"""What people say about open days, in place of what is learnt: of a day, a weekday or a holiday."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import User
from tillsight.accounts.sessions import Origin, Person
from tillsight.errors import Conflict, InvalidInput, NotFound, UnknownName
from tillsight.forecasting.models import CalendarCorrection
from tillsight.forecasting.open_days import Corrections
from tillsight.forecasting.public_holidays import holiday_names
from tillsight.metrics.notes import FIRST_YEAR, LAST_YEAR

YEARS_AROUND = range(-15, 6)
"""Years from now of which the names of holidays are known: some are new, some were given up."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Kind(StrEnum):
    """What a correction is about."""

    day = "day"
    weekday = "weekday"
    holiday = "holiday"


@dataclass(frozen=True)
class Stated:
    """That something is open or not: a day (2026-12-24), a weekday (1 Monday to 7 Sunday), or a
    holiday (its name).
    """

    kind: Kind
    key: str
    is_open: bool


@dataclass(frozen=True)
class Shown:
    """A correction and who made it."""

    correction: CalendarCorrection
    by: User | None


def read_corrections(session: Session) -> Corrections:
    """All corrections, as the calendar takes them."""
    days, weekdays, holidays = {}, {}, {}
    for one in session.scalars(select(CalendarCorrection)):
        match Kind(one.kind):
            case Kind.day:
                days[date.fromisoformat(one.key)] = one.is_open
            case Kind.weekday:
                weekdays[int(one.key)] = one.is_open
            case Kind.holiday:
                holidays[one.key] = one.is_open
    return Corrections(days, weekdays, holidays)


def fingerprint(corrections: Corrections) -> Hashable:
    """Equal for equal corrections; for keys of what is kept."""
    parts = (corrections.days, corrections.weekdays, corrections.holidays)
    return tuple(frozenset(part.items()) for part in parts)


def list_corrections(session: Session) -> list[Shown]:
    """All corrections: weekdays first, then holidays, then days."""
    order = [Kind.weekday, Kind.holiday, Kind.day]
    found = [Shown(*one) for one in session.execute(_query())]
    return sorted(
        found, key=lambda one: (order.index(Kind(one.correction.kind)), one.correction.key)
    )


def get_correction(session: Session, correction_id: int) -> Shown:
    """One correction.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.execute(_query().where(CalendarCorrection.id == correction_id)).first()
    if found is None:
        raise _no_correction(correction_id)
    return Shown(*found)


def set_correction(
    session: Session,
    person: Person | None,
    stated: Stated,
    country: str,
    today: date,
    origin: Origin = TERMINAL,
) -> int:
    """Have what is stated count from now on, in place of what was said before; gives its number.

    First thing in a transaction; the terminal has no person. Holidays are those of the `country`.

    Raises:
        InvalidInput, UnknownName: there is no such day, weekday or holiday.
        Conflict: somebody else corrected the same just now.
    """
    key = _checked_key(stated, country, today)
    row = _held(session, stated.kind, key)
    if row is not None and row.is_open == stated.is_open:
        return row.id
    before = None if row is None else _in_words(row.is_open)
    row = row or CalendarCorrection(kind=stated.kind, key=key)
    row.is_open, row.set_at = stated.is_open, datetime.now(UTC)
    row.set_by = None if person is None else person.id
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"Somebody else corrected {called(row)} just now. Look again.") from None
    details = {"before": before or "as learnt", "now": _in_words(row.is_open)}
    record(session, Action.calendar_corrected, person, called(row), details, origin)
    return row.id


def remove_correction(
    session: Session, person: Person | None, correction_id: int, origin: Origin = TERMINAL
) -> None:
    """Have what is learnt count again; first thing in a transaction.

    Raises:
        NotFound: there is no correction of this number.
    """
    row = session.get(CalendarCorrection, correction_id, with_for_update=True)
    if row is None:
        raise _no_correction(correction_id)
    details = {"before": _in_words(row.is_open), "now": "as learnt"}
    record(session, Action.calendar_correction_removed, person, called(row), details, origin)
    session.delete(row)
    session.flush()


def called(row: CalendarCorrection) -> str:
    """What a correction is about, in words."""
    return WEEKDAYS[int(row.key) - 1] if row.kind == Kind.weekday else row.key


def _held(session: Session, kind: Kind, key: str) -> CalendarCorrection | None:
    """The correction, if there is one, locked for the rest of the transaction."""
    number = session.scalar(
        select(CalendarCorrection.id).where(
            CalendarCorrection.kind == kind, CalendarCorrection.key == key
        )
    )
    session.rollback()  # or MySQL would go on showing what was true before it was locked
    if number is None:
        return None
    return session.get(CalendarCorrection, number, with_for_update=True)


def _query() -> Select[CalendarCorrection, User]:
    return select(CalendarCorrection, User).outerjoin(User, User.id == CalendarCorrection.set_by)


def _checked_key(stated: Stated, country: str, today: date) -> str:
    key = stated.key.strip()
    match stated.kind:
        case Kind.day:
            return _day(key).isoformat()
        case Kind.weekday:
            return _weekday(key)
        case Kind.holiday:
            return _holiday(key, country, today)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(
            f"“{text[:40]}” is no day. Write it as 2026-12-24, of the years {FIRST_YEAR} to"
            f" {LAST_YEAR}."
        )
    return day


def _weekday(text: str) -> str:
    if text not in {"1", "2", "3", "4", "5", "6", "7"}:
        raise InvalidInput(f"“{text[:40]}” is no weekday: it is 1 (Monday) to 7 (Sunday).")
    return text


def _holiday(name: str, country: str, today: date) -> str:
    if not country:
        raise InvalidInput(
            "The shop has no country, so no public holidays are known. An admin sets"
            " TILLSIGHT_COUNTRY; single days can be corrected without it."
        )
    known: Sequence[str] = holiday_names(country, (today.year + years for years in YEARS_AROUND))
    for one in known:
        if one.casefold() == name.casefold():
            return one
    raise UnknownName(f"public holiday of {country}", name[:80], known)


def _in_words(is_open: bool) -> str:
    return "open" if is_open else "closed"


def _no_correction(correction_id: int) -> NotFound:
    return NotFound(f"There is no correction {correction_id} of the calendar.")
