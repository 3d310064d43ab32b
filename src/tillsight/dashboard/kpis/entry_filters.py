"""Whose values the page Enter values shows; the address keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from tillsight.dashboard import switches, texts
from tillsight.dashboard.kpis import entry_rows
from tillsight.dashboard.kpis import periods as kpi_periods

One = Mapping[str, Any]
_CIRCLE = "circle"
_KNOWN = "entries.circles"
"""Where the session keeps which circles were offered last."""


@dataclass(frozen=True)
class Wanted:
    """A circle and a period of it; the worklist where there is no circle."""

    circle_id: int | None = None
    periodicity: str = ""
    period: str = ""


def circles_offered(circles: Sequence[One]) -> dict[str, str]:
    """The names of the circles to choose from, by their ids as text.

    The circle that is chosen stays until the person chooses another, also where it is not theirs
    any more: what they have typed is then refused in sight, and not gone with its rows.
    """
    names = {str(one["id"]): str(one["name"]) for one in circles}
    known: dict[str, str] = st.session_state.get(_KNOWN, {})
    chosen = st.session_state.get(_CIRCLE)
    if chosen in known:
        names.setdefault(chosen, known[chosen])
    st.session_state[_KNOWN] = names
    return names


def circle_choice(names: Mapping[str, str]) -> int | None:
    """Show the choice of a circle; None is the worklist."""
    chosen = switches.pick(texts.ENTER_WHAT, {"": texts.ENTER_MINE, **names}, _CIRCLE, 240)
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
