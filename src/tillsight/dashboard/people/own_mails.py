"""Which mails about KPIs one gets: taken at once, as a switch is."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, texts

MAILS = "/api/users/me/mails"
SAID = "mails.said"


def show(me: Mapping[str, Any]) -> None:
    """A box to tick for each kind."""
    chosen = client.get(MAILS)
    with st.container(key="panel_mails", border=True):
        st.header(texts.MAILS_TITLE, anchor=False)
        lead = texts.MAILS_LEAD.format(email=formats.plain(me["email"] or ""))
        st.caption(lead if me["email"] else texts.MAILS_NO_EMAIL)
        for kind, label in texts.MAILS.items():
            st.session_state[f"mails/{kind}"] = chosen[kind]
            st.checkbox(label, key=f"mails/{kind}", on_change=_choose, args=[kind])
        if said := st.session_state.pop(SAID, None):
            text, kind, role = said
            forms.paragraph(f"said {kind}", text, role)


def _choose(kind: str) -> None:
    wanted = st.session_state[f"mails/{kind}"]
    try:
        client.change("PATCH", MAILS, {kind: wanted})
    except client.Refused as refusal:
        st.session_state[SAID] = (str(refusal), "bad", "alert")
    except client.SignedOut:
        pass  # the page, which runs now, says so
    else:
        st.session_state[SAID] = (texts.SAVED, "good", "status")
