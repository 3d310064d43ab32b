"""Enter values: what is still missing, and all values of a circle in one period."""

import streamlit as st

from tillsight.dashboard import client, notices, texts
from tillsight.dashboard.kpis import entry_parts

me = client.get("/api/users/me")
st.title(texts.ENTER_VALUES, anchor=False)
if me["role"] == "viewer":
    st.caption(texts.ENTER_LEAD)
    notices.notice("viewer", texts.ENTER_CANNOT_TITLE, texts.ENTER_CANNOT)
else:
    entry_parts.show(me)
