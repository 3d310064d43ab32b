"""Where one is signed in."""

import streamlit as st

from tillsight.dashboard import client, listing, questions, texts
from tillsight.dashboard.people import people


def show() -> None:
    """The sessions, each with a button that ends it, and one that ends all."""
    found = client.get("/api/auth/sessions")["sessions"]
    with st.container(key="panel_sessions", border=True):
        st.header(texts.SESSIONS_TITLE, anchor=False)
        pressed = listing.show("sessions", people.sessions(found, client.shop().timezone))
        everywhere = st.button(texts.END_ALL, key="end_all")
    if pressed:
        client.change("DELETE", f"/api/auth/sessions/{pressed}")
        st.rerun()
    if everywhere:
        questions.ask(
            texts.END_ALL_ASKED,
            texts.END_ALL_LEAD,
            texts.END_ALL,
            "POST",
            "/api/auth/logout-all",
        )
