"""Closed periods of a computed KPI whose sales changed since, and accepting what they say now."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, listing, questions, texts
from tillsight.dashboard.kpis import facts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.tables import Cell, button, listed

One = Mapping[str, Any]


def show(kpi: One) -> None:
    """Show those that are open, with buttons for whoever may accept them."""
    path = f"/api/kpis/{kpi['id']}/restatements"
    found = client.get(path, {"open": "true"})["restatements"]
    if not found:
        return
    with st.container(key="panel_kpi_restatements", border=True):
        st.header(texts.RESTATEMENTS, anchor=False)
        lead = texts.RESTATEMENTS_LEAD
        st.caption(lead if kpi["may_define"] else f"{lead} {texts.RESTATED_WHO}")
        pressed = listing.show("restatements", table(found, kpi, client.shop().timezone))
        accept_all = len(found) > 1 and kpi["may_define"] and _accept_all(len(found))
    chosen = [one for one in found if accept_all or str(one["id"]) == pressed]
    if chosen:
        _ask(chosen, kpi, path)


def table(found: Sequence[One], kpi: One, timezone: str) -> str:
    """The restatements as HTML."""
    lines = [
        facts.restatement(one, kpi["unit"], timezone)
        + ([Cell(_button(one, kpi["unit"]), "", "action")] if kpi["may_define"] else [])
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def _button(one: One, unit: str) -> str:
    title = texts.RESTATED_ACCEPT_TITLE.format(
        value=kpi_formats.value(one["restated"], unit), period=kpi_periods.name(one["period"])
    )
    return button(str(one["id"]), texts.RESTATED_ACCEPT, title)


def _accept_all(count: int) -> bool:
    label = texts.RESTATED_ACCEPT_ALL.format(count=formats.number(count))
    return st.button(label, key="accept_all")


def _ask(chosen: Sequence[One], kpi: One, path: str) -> None:
    """Ask; what is accepted is what the page showed, so the newest number of it goes along."""
    body: dict[str, Any] = {"newest": max(one["id"] for one in chosen)}
    if len(chosen) == 1:
        body["period"] = chosen[0]["period"]
    about = "\n".join(_from_to(one, kpi["unit"]) for one in chosen)
    questions.ask_before(
        partial(client.change, "POST", f"{path}/accept", body),
        texts.RESTATED_ASKED,
        texts.RESTATED_LEAD,
        texts.RESTATED_ACCEPT,
        about,
    )


def _from_to(one: One, unit: str) -> str:
    return texts.RESTATED_FROM_TO.format(
        period=kpi_periods.name(one["period"]),
        before=kpi_formats.value(one["reported"], unit),
        after=kpi_formats.value(one["restated"], unit),
    )
