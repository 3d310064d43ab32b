"""Holding KPIs: whoever changes one, its targets or values does it first in a transaction.

The row's lock makes changes of one KPI come one after another, so that what is read after it stays
true until the commit, and the log is in the order of the changes.
"""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tillsight.errors import NotFound
from tillsight.kpis.models import Kpi


def hold(session: Session, kpi_ids: Collection[int]) -> dict[int, Kpi]:
    """The KPIs, locked for the rest of the transaction; it has to be the first thing it does.

    Rows are locked in the order of their numbers, so that nobody waits in a circle. A read before
    would have MySQL show what was true then.

    Raises:
        NotFound: there is no such KPI.
    """
    held = hold_known(session, kpi_ids)
    for kpi_id in kpi_ids:
        if kpi_id not in held:
            raise no_kpi(kpi_id)
    return held


def hold_known(session: Session, kpi_ids: Collection[int]) -> dict[int, Kpi]:
    """Those of the KPIs that there are, as `hold`."""
    lock(session, kpi_ids)
    query = select(Kpi).where(Kpi.id.in_(kpi_ids))
    found = session.scalars(query.execution_options(populate_existing=True))
    return {kpi.id: kpi for kpi in found}


def lock(session: Session, kpi_ids: Collection[int]) -> None:
    """Lock KPIs as `hold` does, and read nothing, for who has to lock more before that."""
    for kpi_id in sorted(set(kpi_ids)):
        session.execute(
            update(Kpi)
            .where(Kpi.id == kpi_id)
            .values(revision=Kpi.revision + 1)
            .execution_options(synchronize_session=False)
        )


def hold_one(session: Session, kpi_id: int) -> Kpi:
    """One KPI, as `hold`.

    Raises:
        NotFound: there is no such KPI.
    """
    return hold(session, [kpi_id])[kpi_id]


def no_kpi(kpi_id: int) -> NotFound:
    """The refusal of a number that no KPI has."""
    return NotFound(f"There is no KPI {kpi_id}.")
