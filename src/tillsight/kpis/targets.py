"""The targets of a KPI: a target may change from a day on, and earlier periods keep theirs.

Whoever changes them holds the KPI (`holding.hold`).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from tillsight.errors import Conflict, InvalidInput, NotFound
from tillsight.kpis.exact import exact
from tillsight.kpis.models import BEGINNING, Kpi, KpiTarget, KpiValue
from tillsight.kpis.spans import LAST_YEAR, bucket_of

WHAT = "The target"


def targets_of(session: Session, kpi_ids: Collection[int]) -> dict[int, list[KpiTarget]]:
    """The targets of each KPI, the oldest first; every KPI has one at least."""
    query = select(KpiTarget).where(KpiTarget.kpi_id.in_(kpi_ids))
    found: dict[int, list[KpiTarget]] = defaultdict(list)
    for one in session.scalars(query.order_by(KpiTarget.kpi_id, KpiTarget.valid_from)):
        found[one.kpi_id].append(one)
    return found


def target_on(history: Sequence[KpiTarget], day: date) -> Decimal:
    """The target in force on a day, of a history as `targets_of` gives it.

    For a period ask with its last day.
    """
    return next((one.value for one in reversed(history) if one.valid_from <= day), history[0].value)


def checked_target(target: Decimal) -> Decimal:
    """A target with four decimals.

    Raises:
        InvalidInput: it is no such number.
    """
    return exact(target, WHAT)


def set_first_target(session: Session, kpi: Kpi, target: Decimal, person_id: int | None) -> None:
    """Give a KPI its only target, for all periods, whatever it had before.

    Raises:
        InvalidInput: it is no number of four decimals.
    """
    session.execute(delete(KpiTarget).where(KpiTarget.kpi_id == kpi.id))
    _put(session, kpi, BEGINNING, checked_target(target), person_id)


def set_target_now(
    session: Session, kpi: Kpi, target: Decimal, today: date, person_id: int | None
) -> bool:
    """Give a KPI another target from the current period on; whether that changed anything.

    The first target of a KPI that has no values of earlier periods is corrected instead.

    Raises:
        InvalidInput: it is no number of four decimals.
    """
    target = checked_target(target)
    history = targets_of(session, [kpi.id])[kpi.id]
    if target_on(history, today) == target:
        return False
    current = bucket_of(kpi.periodicity).start(today)
    has_earlier = select(exists().where(KpiValue.kpi_id == kpi.id, KpiValue.period_start < current))
    if len(history) == 1 and not session.scalar(has_earlier):
        set_first_target(session, kpi, target, person_id)
    else:
        newest = next(one for one in reversed(history) if one.valid_from <= today)
        # A target that already began within the period is what “now” means.
        _put(session, kpi, max(newest.valid_from, current), target, person_id)
    return True


def set_target_from(
    session: Session, kpi: Kpi, target: Decimal, first: date, person_id: int | None
) -> None:
    """Give a KPI another target from a day on, until the next one that is set already.

    Raises:
        InvalidInput: it is no number of four decimals, or no day of a period there can be.
    """
    if not BEGINNING <= first <= date(LAST_YEAR, 12, 31):
        raise InvalidInput(
            f"A target holds from a day of the years {BEGINNING.year} to {LAST_YEAR} on."
        )
    _put(session, kpi, first, checked_target(target), person_id)


def remove_target(session: Session, kpi_id: int, target_id: int) -> KpiTarget:
    """Take a target out of the history: the one before it holds on. Returns what it was.

    Raises:
        NotFound: the KPI has no such target.
        Conflict: it is the first one.
    """
    target = session.get(KpiTarget, target_id)
    if target is None or target.kpi_id != kpi_id:
        raise NotFound(f"KPI {kpi_id} has no target {target_id}.")
    if target.valid_from == BEGINNING:
        raise Conflict("The first target of a KPI stays. Set another value for it instead.")
    session.delete(target)
    session.flush()
    return target


def _put(
    session: Session, kpi: Kpi, valid_from: date, target: Decimal, person_id: int | None
) -> None:
    same = select(KpiTarget).where(KpiTarget.kpi_id == kpi.id, KpiTarget.valid_from == valid_from)
    row = session.scalar(same)
    if row is None:
        row = KpiTarget(kpi_id=kpi.id, valid_from=valid_from)
        session.add(row)
    row.value, row.set_by, row.set_at = target, person_id, datetime.now(UTC)
    session.flush()
