"""Activity: who changed which value of a KPI, and why."""

import streamlit as st

from tillsight.dashboard import client, notices, texts, turning
from tillsight.dashboard.kpis import activity_list

PAGE = 50

st.title(texts.ACTIVITY, anchor=False)
st.caption(texts.ACTIVITY_LEAD)
wanted = activity_list.filter_bar()
before = turning.page_of(activity_list.NAME, wanted)
answer = client.get("/api/kpi-changes", {**wanted, **before, "limit": PAGE})
if answer["changes"]:
    activity_list.show(answer["changes"], wanted)
    turning.foot(activity_list.NAME, "/api/kpi-changes", wanted, answer["next"])
elif wanted:
    notices.notice("no_changes", texts.ACTIVITY_NONE_TITLE, texts.ACTIVITY_NONE)
else:
    notices.notice("no_changes", texts.ACTIVITY_EMPTY_TITLE, texts.ACTIVITY_EMPTY)
