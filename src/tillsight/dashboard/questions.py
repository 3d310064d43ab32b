"""Questions before something is changed that is not easily taken back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import client, texts

Undoable = Mapping[str, Any]
"""What the API says of something that can be undone and redone; its `state` tells which."""


def ask(
    title: str,
    lead: str,
    agree: str,
    method: str,
    path: str,
    about: str = "",
    meanwhile: str = "",
) -> None:
    """Ask in a dialog; on agreement the API makes the change and the page runs again."""
    ask_before(partial(client.change, method, path), title, lead, agree, about, meanwhile)


def ask_before(
    work: Callable[[], object],
    title: str,
    lead: str,
    agree: str,
    about: str = "",
    meanwhile: str = "",
) -> None:
    """Ask in a dialog before `work` is done, and the page runs again."""

    def show() -> None:
        if about:
            st.text(about)
        st.text(lead)
        with st.container(horizontal=True, key="answer"):
            agreed = st.button(agree, type="primary", key="agree")
            cancelled = st.button(texts.CANCEL, key="cancel")
        if agreed:
            _change(work, meanwhile)
        elif cancelled:
            st.rerun()

    st.dialog(title)(show)()


def ask_to_undo(one: Undoable, path: str, about: str, title: str, lead: str) -> None:
    """Ask whether something is to be taken back, or to count again where it was."""
    undone = one["state"] == "undone"
    agree = texts.REDO if undone else texts.UNDO
    method, way = ("POST", f"{path}/redo") if undone else ("DELETE", path)
    ask(title, lead, agree, method, way, about, texts.WORKING)


def _change(work: Callable[[], object], meanwhile: str) -> None:
    try:
        with st.spinner(meanwhile or texts.SENDING):
            work()
    except client.Refused as refusal:
        st.error(str(refusal))
        return
    except client.SignedOut:
        pass  # the page, run again, says so
    st.rerun()
