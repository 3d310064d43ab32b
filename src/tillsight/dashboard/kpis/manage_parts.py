"""The pieces of the page Manage: the list of KPIs, the list of circles, and their dialogs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, listing, notices, switches, texts
from tillsight.dashboard.kpis import circle_forms, lists, page
from tillsight.dashboard.kpis import forms as kpi_forms
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
SHOWN = 200


def show(me: One) -> None:
    """The KPIs, or the circles."""
    circles = client.get("/api/circles")["circles"]
    kpis = page.all_kpis()
    with st.container(key="kpi_filters", horizontal=True, vertical_alignment="bottom"):
        view = switch(texts.VIEW, texts.MANAGE_VIEWS, "kpis", "view")
        if view == "circles":
            adding = st.button(
                texts.ADD_CIRCLE, type="primary", icon=":material/add:", key="open_new_circle"
            )
        else:
            wanted = _kpi_filters(circles)
            adding = st.button(
                texts.ADD_KPI, type="primary", icon=":material/add:", key="open_new_kpi"
            )
    led = circle_forms.leads(me, circles)
    if view == "circles":
        _show_circles(circles, kpis, led, adding=adding)
    else:
        found = [one for one in kpis if lists.fits(one, *wanted)]
        kpi_forms.show_outcomes(kpis)
        _show_kpis(found, led, adding=adding)


def _kpi_filters(circles: Sequence[One]) -> tuple[str, str, str]:
    """What the list of KPIs is narrowed to: words, a circle, a state."""
    text = st.text_input(
        texts.FIND_KPI,
        placeholder=texts.FIND_KPI_HINT,
        key="find",
        bind="query-params",
        max_chars=200,
        type="search",
        width=220,
    )
    names = {str(one["id"]): one["name"] for one in circles}
    circle = switches.pick(texts.CIRCLE, {"": texts.ALL_CIRCLES, **names}, "circle", 180)
    states = {"": texts.ANY_KPI_STATE, **texts.KPI_STATES}
    state = switches.pick(texts.STATE, states, "state", 170)
    return text or "", circle, state


def _show_kpis(found: Sequence[One], led: Sequence[One], *, adding: bool) -> None:
    circles = [one for one in led if not one["archived"]]
    pressed = None
    if found:
        with st.container(key="panel_kpis", border=True):
            pressed = listing.show("kpis", lists.kpis(found[:SHOWN]))
        if len(found) > SHOWN:
            st.caption(texts.KPIS_CUT.format(count=SHOWN, all=formats.number(len(found))))
    elif circles:
        notices.notice("no_kpis", texts.NO_KPIS_FOUND_TITLE, texts.NO_KPIS_MANAGED)
    else:
        notices.notice("no_own_circle", texts.NO_OWN_CIRCLE_TITLE, texts.NO_OWN_CIRCLE)
    chosen = next((one for one in found if str(one["id"]) == pressed), None)
    if chosen:
        st.dialog(formats.plain(chosen["name"]), width="medium")(kpi_forms.edit)(chosen, led)
    elif adding and circles:
        st.dialog(texts.ADD_KPI_ASKED, width="medium")(kpi_forms.add)(circles)
    elif adding and found:
        notices.notice("no_own_circle", texts.NO_OWN_CIRCLE_TITLE, texts.NO_OWN_CIRCLE)


def _show_circles(
    circles: Sequence[One], kpis: Sequence[One], led: Sequence[One], *, adding: bool
) -> None:
    circle_forms.show_outcomes(circles)
    pressed = None
    if circles:
        counts = Counter(one["circle_id"] for one in kpis if not one["archived"])
        with st.container(key="panel_circles", border=True):
            pressed = listing.show(
                "circles", lists.circles(circles, counts, [one["id"] for one in led])
            )
    else:
        notices.notice("no_circles", texts.NO_CIRCLES_TITLE, texts.NO_CIRCLES_LEAD)
    chosen = next((one for one in led if str(one["id"]) == pressed), None)
    if chosen:
        st.dialog(formats.plain(chosen["name"]))(circle_forms.edit)(chosen)
    elif adding:
        st.dialog(texts.ADD_CIRCLE_ASKED)(circle_forms.add)()
