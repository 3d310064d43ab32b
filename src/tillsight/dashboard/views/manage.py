"""Manage: circles, KPIs and their targets; for managers."""

import streamlit as st

from tillsight.dashboard import client, notices, texts
from tillsight.dashboard.kpis import manage_parts
from tillsight.dashboard.people import people

me = client.get("/api/users/me")
st.title(texts.MANAGE_PAGE, anchor=False)
st.caption(texts.MANAGE_LEAD)
if me["role"] in {"manager", "admin"}:
    manage_parts.show(me)
else:
    lead = texts.MANAGE_CANNOT.format(role=people.role_name(me["role"]))
    notices.notice("not_manager", texts.MANAGE_CANNOT_TITLE, lead)
