"""In which language one is spoken to: taken at once, as a switch is."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tillsight import languages
from tillsight.dashboard import client, forms, texts

ME = "/api/users/me"
KEY = "own_language"
SAID = "own_language.said"


def show(me: Mapping[str, Any]) -> None:
    """The languages there are, each by its own name, and that of the browser."""
    with st.container(key="panel_language", border=True):
        st.header(texts.LANGUAGE_TITLE, anchor=False)
        st.caption(texts.LANGUAGE_LEAD)
        st.session_state[KEY] = me["language"] or ""
        st.segmented_control(
            texts.LANGUAGE_TITLE,
            ["", *languages.LANGUAGES],
            format_func=lambda one: languages.LANGUAGES.get(one, texts.LANGUAGE_OF_BROWSER),
            required=True,
            key=KEY,
            label_visibility="collapsed",
            on_change=_choose,
        )
        if said := st.session_state.pop(SAID, None):
            forms.paragraph("said bad", said, "alert")


def _choose() -> None:
    try:
        client.change("PATCH", ME, {"language": st.session_state[KEY] or None})
    except client.Refused as refusal:
        st.session_state[SAID] = str(refusal)
    except client.SignedOut:
        pass  # the page, which runs now, says so
