"""Moving from kpi-circles: its people, circles, KPIs, values and change log.

All of it is one transaction. The KPIs that are here already are held first, as whoever changes a
KPI has to.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tillsight.accounts.names import name_key
from tillsight.database import Database
from tillsight.errors import Conflict
from tillsight.kpis.holding import lock
from tillsight.kpis.models import Kpi
from tillsight.kpis.spans import today_in
from tillsight.migrating.cells import text
from tillsight.migrating.kpi_circles.kpis import KPI, move_kpis
from tillsight.migrating.kpi_circles.people import move_circles, move_members, move_people
from tillsight.migrating.kpi_circles.values import move_values
from tillsight.migrating.models import MovedRow
from tillsight.migrating.moving import Moved, Opening, Outcome, record_move
from tillsight.migrating.older import Older, Schema
from tillsight.settings import Settings

BUSY = (
    "Somebody wrote something here in this very moment that was to be moved. Nothing was changed;"
    " run it again."
)
SCHEMA = Schema(
    "kpi-circles",
    {
        "users": (
            *("id", "first_name", "last_name", "display_name", "email", "user_login_name"),
            *("active", "is_gatekeeper"),
        ),
        "circles": ("id", "name"),
        "user_circle": ("user_id", "circle_id"),
        "kpis": (
            *("id", "circle_id", "name", "periodicity", "unit", "initial_value", "target_value"),
            "active",
        ),
        "kpi_values": (
            *("id", "kpi_id", "period_year", "period_month", "value"),
            *("created_by_user_id", "created_at", "updated_by_user_id", "updated_at"),
        ),
        "change_logs": ("id", "kpi_value_id", "user_id", "registered_at", "activity"),
    },
    {"user_circle": 2},
)


def move(
    settings: Settings, database: Database, opening: Opening, older: Older, source: str
) -> Outcome:
    """Bring over what is new in the older database, or rehearse it, as `opening` has it.

    Raises:
        SetupError: the older database cannot be read to its end; nothing was changed.
        Conflict: somebody wrote the same in this very moment; nothing was changed.
    """
    known = _kpis_here(database, older, source)
    try:
        with opening() as session:
            lock(session, known)
            moved = Moved(session, source)
            people, invited, invitations = move_people(session, settings, moved, older)
            counts = [
                people,
                move_circles(session, moved, older),
                move_members(session, moved, older),
                move_kpis(session, moved, older, known),
                *move_values(session, moved, older, known, today_in(settings.timezone)),
            ]
            outcome = Outcome(source, counts, invited, invitations)
            record_move(session, outcome)
    except (IntegrityError, Conflict):
        raise Conflict(BUSY) from None
    return outcome


def _kpis_here(database: Database, older: Older, source: str) -> Collection[int]:
    """The numbers of our KPIs that may be those of the older database."""
    keys = {name_key(text(row.name)) for row in older.rows("kpis")}
    came = select(MovedRow.our_id).where(MovedRow.source == source, MovedRow.kind == KPI)
    with database.reading() as session:
        found = session.execute(select(Kpi.id, Kpi.name_key, Kpi.id.in_(came)))
        return {kpi_id for kpi_id, key, moved in found if moved or key in keys}
