"""Values that were kept elsewhere before, with what was logged of them there.

Such a log says who did something and when, but not what the values were: only the last change is
known to have led to the value there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from sqlalchemy.orm import Session

from tillsight.kpis.models import Kpi, KpiChange, KpiValue
from tillsight.kpis.words import Activity, Why


@dataclass(frozen=True)
class Happened:
    """Something that was done to a value: when, what, and by whom, as far as it is known."""

    at: datetime
    activity: Activity
    person_id: int | None


@dataclass(frozen=True)
class Brought:
    """A value of a held KPI for a period that has none, and its log, the oldest first.

    The log has one entry at least.
    """

    kpi: Kpi
    period_start: date
    value: Decimal
    created: Happened
    updated: Happened | None
    log: Sequence[Happened]


def bring(session: Session, brought: Sequence[Brought]) -> list[tuple[KpiValue, list[KpiChange]]]:
    """Write values with their logs, which go into ours in the order in which things happened.

    Nothing is checked here.
    """
    rows = [_row(one) for one in brought]
    session.add_all(rows)
    session.flush()
    logs = [_log(one, row) for one, row in zip(brought, rows, strict=True)]
    ordered = sorted(chain.from_iterable(logs), key=lambda change: change.at)
    session.add_all(ordered)
    session.flush()
    return list(zip(rows, logs, strict=True))


def _row(brought: Brought) -> KpiValue:
    updated = brought.updated
    return KpiValue(
        kpi_id=brought.kpi.id,
        period_start=brought.period_start,
        value=brought.value,
        comment="",
        version=1,
        created_by=brought.created.person_id,
        created_at=brought.created.at,
        updated_by=updated and updated.person_id,
        updated_at=updated and updated.at,
    )


def _log(brought: Brought, row: KpiValue) -> list[KpiChange]:
    last = len(brought.log) - 1
    return [
        KpiChange(
            at=one.at,
            kpi_id=row.kpi_id,
            value_id=row.id,
            period_start=row.period_start,
            activity=one.activity,
            before=None,
            after=row.value if place == last else None,
            comment="",
            why=Why.moved,
            user_id=one.person_id,
            import_id=None,
        )
        for place, one in enumerate(brought.log)
    ]
