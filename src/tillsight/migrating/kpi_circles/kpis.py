"""KPIs of kpi-circles."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.names import name_key
from tillsight.errors import Conflict, InvalidInput
from tillsight.kpis.definitions import NameTaken, make_kpi
from tillsight.kpis.models import Kpi
from tillsight.kpis.terms import Definition
from tillsight.kpis.words import AMOUNT, DECIMALS, PERCENTAGE, SCORE, Periodicity
from tillsight.migrating.cells import needed_number, text, yes
from tillsight.migrating.kpi_circles.people import CIRCLE
from tillsight.migrating.moving import Count, Moved
from tillsight.migrating.older import Older, OlderRow

KPI = "kpi"
PERIODICITIES: Mapping[str, Periodicity] = {
    str(one): one for one in (Periodicity.yearly, Periodicity.quarterly, Periodicity.monthly)
}
UNITS = {"chf": "chf", PERCENTAGE: PERCENTAGE, "%": PERCENTAGE, AMOUNT: AMOUNT, SCORE: SCORE}
"""What that product knew, by its names and by the words it showed, in lower case."""
T = TypeVar("T")


def move_kpis(session: Session, moved: Moved, older: Older, held: Collection[int]) -> Count:
    """Bring KPIs over; one whose name is here already is that KPI, if it can be.

    `held` are the KPIs of ours that are locked.
    """
    count, known = Count("KPIs"), moved.ours(KPI)
    here = {kpi.name_key: kpi for kpi in session.scalars(select(Kpi))}
    for row in older.rows("kpis"):
        count.found += 1
        if row.id in known:
            count.there += 1
            continue
        try:
            wanted = _definition(row, moved)
            target = to_four_decimals(needed_number(row.target_value, "The target"))
            same = here.get(name_key(wanted.name))
            if same is None:
                same = make_kpi(session, wanted, target, None)
                here[same.name_key] = same
                count.added += 1
            else:
                _require_same(same, wanted, held, known.values())
                count.there += 1
        except NameTaken:  # in this moment: the transaction cannot go on
            raise
        except (InvalidInput, Conflict) as refusal:
            count.leave_out(row.id, refusal.message)
            continue
        moved.note(KPI, row.id, same.id)
    return count


def to_four_decimals(value: Decimal) -> Decimal:
    """A number as it can be kept here; that product computed with floating numbers."""
    # One that is too large stays as it is, for the room to refuse.
    return value.quantize(DECIMALS) if value.adjusted() < 14 else value


def periodicities(older: Older) -> dict[int, Periodicity | None]:
    """How often each KPI there has a value; None where that is no word we know."""
    rows = older.rows("kpis")
    return {row.id: PERIODICITIES.get(text(row.periodicity).lower()) for row in rows}


def _definition(row: OlderRow, moved: Moved) -> Definition:
    """What is said of a KPI there; the rest is what is usual here.

    Raises:
        InvalidInput: something of it cannot be used, or its circle was not moved.
    """
    circle_id = moved.ours(CIRCLE).get(row.circle_id)
    if circle_id is None:
        raise InvalidInput("Its circle was not moved.")
    initial = 0 if row.initial_value is None else row.initial_value
    return Definition(
        name=text(row.name),
        circle_id=circle_id,
        periodicity=_word(PERIODICITIES, row.periodicity, "periodicity"),
        unit=_word(UNITS, row.unit, "unit"),
        initial_value=to_four_decimals(needed_number(initial, "The initial value")),
        active=yes(row.active, otherwise=True),
    )


def _word(known: Mapping[str, T], value: object, kind: str) -> T:
    found = known.get(text(value).lower())
    if found is None:
        raise InvalidInput(f"“{text(value)[:40]}” is no {kind}; known are {', '.join(known)}.")
    return found


def _require_same(
    kpi: Kpi, wanted: Definition, held: Collection[int], taken: Collection[int]
) -> None:
    """Refuse a KPI of ours that has the name and is another one.

    Raises:
        Conflict: it is kept otherwise, or is the counterpart of another one already.
    """
    called = f"There is another KPI “{kpi.name}” here"
    ours = (kpi.circle_id, kpi.periodicity, kpi.unit)
    if ours != (wanted.circle_id, wanted.periodicity, wanted.unit):
        raise Conflict(f"{called}, of another circle, periodicity or unit. Rename one of them.")
    if kpi.measure is not None:
        raise Conflict(f"{called}, which is counted from the sales. Rename one of them.")
    if kpi.id in taken:
        raise Conflict(f"{called}, which was moved from there too. Rename one of them.")
    if kpi.id not in held:
        raise Conflict(f"{called}, made in this moment. Run it again.")
