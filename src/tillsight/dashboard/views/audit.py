"""Audit log: who did what; for admins."""

import streamlit as st

from tillsight.dashboard import client, listing, notices, sales_page, texts, turning
from tillsight.dashboard.people import audit_filters, people

PAGE = 50

st.title(texts.AUDIT, anchor=False)
st.caption(texts.AUDIT_LEAD)
wanted = audit_filters.filter_bar()
before = turning.page_of(audit_filters.NAME, wanted)
answer = client.get("/api/audit", {**wanted, **before, "limit": PAGE})
if answer["entries"]:
    with st.container(key="panel_audit", border=True):
        names = {name: one["label"] for name, one in sales_page.words().items()}
        listing.show("entries", people.entries(answer["entries"], client.shop().timezone, names))
else:
    notices.notice("no_entries", texts.AUDIT_EMPTY_TITLE, texts.AUDIT_EMPTY)
turning.foot(audit_filters.NAME, "/api/audit", wanted, answer["next"])
