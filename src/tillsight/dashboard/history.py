"""What was loaded, as a table whose buttons undo and redo an import after a question."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight.dashboard import client, formats, listing, tables, texts


def show(imports: Sequence[Mapping[str, Any]]) -> None:
    """Show it; a button that is pressed asks before anything changes."""
    shop = client.shop()
    pressed = listing.show("history_table", tables.history(imports, shop.currency, shop.timezone))
    chosen = next((one for one in imports if str(one["id"]) == pressed), None)
    if chosen is not None and chosen["may_undo"]:
        undone = chosen["state"] == "undone"
        st.dialog(texts.REDO_ASKED if undone else texts.UNDO_ASKED)(_ask)(chosen)


def _ask(one: Mapping[str, Any]) -> None:
    undone = one["state"] == "undone"
    st.text(one["file"])
    st.text(
        (texts.REDO_LEAD if undone else texts.UNDO_LEAD).format(
            rows=formats.number(one["rows"]),
            revenue=formats.money(one["revenue"], client.shop().currency),
        )
    )
    with st.container(horizontal=True, key="history_answer"):
        agreed = st.button(texts.REDO if undone else texts.UNDO, type="primary", key="agree")
        cancelled = st.button(texts.CANCEL, key="cancel")
    if agreed:
        _change(one, undone=undone)
    elif cancelled:
        st.rerun()


def _change(one: Mapping[str, Any], *, undone: bool) -> None:
    path = f"/api/imports/{one['id']}"
    try:
        with st.spinner(texts.WORKING):
            if undone:
                client.change("POST", f"{path}/redo")
            else:
                client.change("DELETE", path)
    except client.Refused as refusal:
        st.error(str(refusal))
        return
    except client.SignedOut:
        pass  # the page, run again, says so
    st.rerun()
