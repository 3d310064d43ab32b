"""Whose values the page Enter values shows; the address keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tillsight.dashboard import switches, texts
from tillsight.dashboard.kpis import entry_rows
from tillsight.dashboard.kpis import periods as kpi_periods

One = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """A circle and a period of it; the worklist where there is no circle."""

    circle_id: int | None = None
    periodicity: str = ""
    period: str = ""


def circle_choice(circles: Sequence[One]) -> int | None:
    """Show the choice of a circle; None is the worklist."""
    names = {str(one["id"]): one["name"] for one in circles}
    chosen = switches.pick(texts.ENTER_WHAT, {"": texts.ENTER_MINE, **names}, "circle", 240)
    return int(chosen) if chosen else None


def period_choice(kpis: Sequence[One], today: date) -> Wanted:
    """Show how often and which period, of those that the circle's KPIs have."""
    found = [one["periodicity"] for one in kpis]
    offered = {one: name for one, name in texts.PERIODICITIES.items() if one in found}
    usual = max(offered, key=found.count)
    often = switches.pick(texts.ENTER_OFTEN, offered, "often", 150, usual)
    begun = {one: kpi_periods.name(one) for one in entry_rows.periods(often, today)}
    newest_over = list(begun)[1]
    period = switches.pick(texts.ENTER_PERIOD, begun, "period", 190, newest_over)
    return Wanted(kpis[0]["circle_id"], often, period)
