"""Whose values the page Enter values shows; the address keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from tillsight.dashboard import texts
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
    chosen = st.selectbox(
        texts.ENTER_WHAT,
        ["", *names],
        format_func=lambda one: names.get(one, texts.ENTER_MINE),
        key="circle",
        bind="query-params",
        width=240,
    )
    return int(chosen) if chosen else None


def period_choice(kpis: Sequence[One], today: date) -> Wanted:
    """Show how often and which period, of those that the circle's KPIs have."""
    found = [one["periodicity"] for one in kpis]
    offered = [one for one in texts.PERIODICITIES if one in found]
    often = st.selectbox(
        texts.ENTER_OFTEN,
        offered,
        index=_index("often", offered, max(offered, key=found.count)),
        format_func=lambda one: texts.PERIODICITIES[one],
        key="often",
        bind="query-params",
        width=150,
    )
    begun = entry_rows.periods(often, today)
    period = st.selectbox(
        texts.ENTER_PERIOD,
        begun,
        index=_index("period", begun, begun[1]),  # the newest that is over
        format_func=kpi_periods.name,
        key="period",
        bind="query-params",
        width=190,
    )
    return Wanted(kpis[0]["circle_id"], often, period)


def _index(key: str, options: Sequence[str], usual: str) -> int:
    """Which option a choice begins with. What was chosen before and is no option any more, such as
    a month where the KPIs are of years, gives way to the usual one.
    """
    if key not in st.session_state:
        return options.index(usual)
    if st.session_state[key] not in options:
        st.session_state[key] = usual
    return 0
