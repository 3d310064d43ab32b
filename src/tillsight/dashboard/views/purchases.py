"""Purchases: enter one, see those that were entered, take one back."""

import streamlit as st

from tillsight.dashboard import builds, client, notices, texts, turning
from tillsight.dashboard.coverage import coverage
from tillsight.dashboard.purchases import form, listed

PAGE = 25

st.title(texts.PURCHASES, anchor=False)
version = builds.now()
st.caption(texts.PURCHASES_LEAD_BUILT if builds.are_made(version) else texts.PURCHASES_LEAD)
builds.tell(version)
# Before the first build there are no countries to suggest; purchases can be entered all the same.
known = None if builds.are_made(version) and not version["data_version"] else coverage()
countries = [one for one in known.countries if one] if known else []
if client.get("/api/users/me")["role"] == "viewer":
    notices.notice("viewer", texts.PURCHASE_CANNOT_TITLE, texts.PURCHASE_CANNOT)
else:
    form.show(countries)

st.header(texts.PURCHASES_LISTED, anchor=False)
wanted = listed.filter_bar(countries)
before = turning.page_of(listed.NAME, wanted)
answer = client.get("/api/purchases", {**wanted, **before, "limit": PAGE})
if answer["purchases"]:
    with st.container(key="panel_purchases", border=True):
        listed.show(answer["purchases"])
    turning.foot(listed.NAME, "/api/purchases", wanted, answer["next"])
else:
    st.caption(texts.PURCHASES_NONE if wanted else texts.PURCHASES_EMPTY)
