"""What of the KPIs is shown; the address keeps it, so that a copied link shows the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import switches, texts
from tillsight.dashboard.client import Refused
from tillsight.dashboard.kpis import order as kpi_order

CUSTOM = ""
PERIOD_KEYS = ("period", "from", "to")


@dataclass(frozen=True)
class Wanted:
    """What was chosen on the board: parameters of the API, and how they are shown."""

    parameters: Mapping[str, str]
    order: str
    view: str
    status: str

    def entries(self, found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The entries with that status, in that order."""
        fitting = [one for one in found if self.status in {"", one["status"]}]
        return kpi_order.ordered(fitting, self.order)


def board_bar(circles: Sequence[Mapping[str, Any]]) -> Wanted:
    """Show the bar of the board and return what it says.

    Raises:
        Refused: the days of a period are in the wrong order.
    """
    with st.container(key="kpi_filters", horizontal=True, vertical_alignment="bottom"):
        circle = _circle(circles)
        period = period_bar()
        statuses = {one: texts.STATUSES[one] for one in kpi_order.STATUSES}
        every = {"": texts.ANY_STATUS, **statuses}
        status = switches.pick(texts.BOARD_STATUS, every, "status", 130)
        order = switches.pick(texts.SORT, texts.BOARD_SORTS, "sort", 220)
        view = switches.switch(texts.VIEW, texts.BOARD_VIEWS, "cards", "view")
    chosen = {**period, **({"circle": circle} if circle else {})}
    return Wanted(chosen, order, view, status)


def sort_by(order: str) -> None:
    """Run the page again in another order, which its bar and the address then say, too."""
    switches.choose("sort", order)
    st.rerun()


def period_bar() -> dict[str, str]:
    """Show the choice of a period and return it, as parameters of the API.

    Raises:
        Refused: the days are in the wrong order.
    """
    name = switches.pick(texts.PERIOD, texts.BOARD_PERIODS, "period", 150)
    if name != CUSTOM:
        return {"period": name}
    first, last = _day(texts.FROM, "from"), _day(texts.TO, "to")
    if first and last and last < first:
        raise Refused(texts.WRONG_ORDER)
    start = {"from": first.isoformat()} if first else {}
    return start | ({"to": (last + timedelta(days=1)).isoformat()} if last else {})


def since_bar(entry: Mapping[str, Any], as_of: date) -> date:
    """Show how many years there are to see, and return the first day of them."""
    first = min(one["period"][:4] for one in entry["series"])
    usual = "all" if entry["periodicity"] == "yearly" else "two"
    wanted = switches.switch(texts.YEARS_SHOWN, texts.YEARS, usual, "years", "collapsed")
    earliest = {"one": as_of.year, "two": as_of.year - 1}.get(wanted, int(first))
    return date(min(max(earliest, int(first)), as_of.year), 1, 1)


def period_address() -> dict[str, str]:
    """The period as the address of this page has it, for the address of another."""
    return {one: st.query_params[one] for one in PERIOD_KEYS if one in st.query_params}


def _circle(circles: Sequence[Mapping[str, Any]]) -> str:
    names = {str(one["id"]): one["name"] for one in circles if not one["archived"]}
    return switches.pick(texts.CIRCLE, {"": texts.ALL_CIRCLES, **names}, "circle", 180)


def _day(label: str, key: str) -> date | None:
    return st.date_input(
        label, value=None, key=key, bind="query-params", format=formats.typed_day(), width=150
    )
