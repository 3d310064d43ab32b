"""What was loaded, as a table that follows what is under way; buttons ask before a change."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import builds, client, listing, questions, tables, texts, turning

PAGE = 25
EVERY = 1.0
"""Seconds between two looks at imports that are under way."""

NAME = "imports"
CHOSEN = "imports_chosen"
QUESTION = "imports_question"


def show(*, may_load: bool) -> None:
    """Show it; while something is under way, it looks again by itself and the page stays."""
    answer = _page()
    under_way = any(one["state"] in tables.UNDER_WAY for one in answer["imports"])
    st.fragment(run_every=EVERY if under_way else None)(_list)(answer, may_load, under_way)
    _foot(answer["next"])
    chosen = st.session_state.pop(CHOSEN, None)
    if chosen is not None:
        _choose(chosen)


def question() -> str | None:
    """The import whose question is to be shown again, and when that was asked for."""
    asked: str | None = st.session_state.get(QUESTION)
    return asked


def _list(answer: Mapping[str, Any], may_load: bool, under_way: bool) -> None:
    try:
        now = _page() if under_way else answer
    except (client.SignedOut, client.Refused):
        st.rerun()  # the page, run again, says so
    found = now["imports"]
    if under_way and not any(one["state"] in tables.UNDER_WAY for one in found):
        st.rerun()
    if not found:
        st.caption(texts.HISTORY_EMPTY)
        return
    if not may_load:  # the API gives rejected rows only to those who may load files
        found = [{**one, "rejects": None} for one in found]
    shop = client.shop()
    with st.container(key="history", border=True):
        table = tables.history(found, shop.currency, shop.timezone)
        pressed = listing.show("history_table", table)
    chosen = next((one for one in found if str(one["id"]) == pressed), None)
    if chosen is not None and chosen["may_undo"]:
        # Asked on the page, not here: what this part of it looks at again must not close it.
        st.session_state[CHOSEN] = chosen
        st.rerun()


def _page() -> dict[str, Any]:
    return client.get("/api/imports", {"limit": PAGE, **turning.page_of(NAME, {})})


def _choose(one: Mapping[str, Any]) -> None:
    if tables.has_question(one):
        st.session_state[QUESTION] = f"{one['id']}/{datetime.now(UTC).timestamp()}"
        st.rerun()
    elif one["state"] in tables.UNDER_WAY:
        _stop(one)
    else:
        _ask(one)


def _stop(one: Mapping[str, Any]) -> None:
    try:
        client.change("POST", f"/api/imports/{one['id']}/cancel")
    except client.Refused as refusal:
        st.toast(str(refusal))
        return
    st.rerun()


def _foot(older: int | None) -> None:
    """The way to older imports and back."""
    if not turning.has_others(NAME, older):
        return
    with st.container(key="history_foot", horizontal=True):
        turning.buttons(NAME, older)


def _ask(one: Mapping[str, Any]) -> None:
    undone = one["state"] == "undone"
    leads = (
        (texts.UNDO_LEAD_OF_VALUES, texts.REDO_LEAD_OF_VALUES)
        if one["kind"] == "kpi_values"
        else (texts.UNDO_LEAD, texts.REDO_LEAD)
    )
    lead = (leads[1] if undone else leads[0]).format(
        rows=formats.number(one["rows"]),
        revenue=formats.money(one["revenue"], client.shop().currency),
    )
    if one["kind"] != "kpi_values":
        lead = builds.with_next(lead)
    title = texts.REDO_ASKED if undone else texts.UNDO_ASKED
    questions.ask_to_undo(one, f"/api/imports/{one['id']}", one["file"], title, lead)
