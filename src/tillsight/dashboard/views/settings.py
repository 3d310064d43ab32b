"""Settings: how the server is set up; for admins."""

import streamlit as st

from tillsight.dashboard import client, texts
from tillsight.dashboard.people import configuration

st.title(texts.SETTINGS, anchor=False)
st.caption(texts.SETTINGS_LEAD)
answer = client.get("/api/settings")
if answer["warnings"]:
    with st.container(key="notice_warnings", border=True):
        st.header(texts.WARNINGS_TITLE, anchor=False)
        st.html(configuration.warnings(answer["warnings"]))
for group, settings in configuration.grouped(answer["settings"]):
    with st.container(key=f"panel_settings_{group}".lower().replace(" ", "_"), border=True):
        st.header(group, anchor=False)
        st.html(configuration.table(settings))
