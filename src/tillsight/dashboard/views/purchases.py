"""Purchases: enter one, see those that were entered, take one back."""

import streamlit as st

from tillsight.dashboard import client, notices, purchase_form, purchase_list, texts, turning
from tillsight.dashboard.coverage import coverage

PAGE = 25

st.title(texts.PURCHASES, anchor=False)
st.caption(texts.PURCHASES_LEAD)
known = coverage()
countries = [one for one in known.countries if one] if known else []
if client.get("/api/users/me")["role"] == "viewer":
    notices.notice("viewer", texts.PURCHASE_CANNOT_TITLE, texts.PURCHASE_CANNOT)
else:
    purchase_form.show(countries)

st.subheader(texts.PURCHASES_LISTED, anchor=False)
wanted = purchase_list.filter_bar(countries)
before = turning.page_of(purchase_list.NAME, wanted)
answer = client.get("/api/purchases", {**wanted, **before, "limit": PAGE})
if answer["purchases"]:
    with st.container(key="panel_purchases", border=True):
        purchase_list.show(answer["purchases"])
    turning.foot(purchase_list.NAME, "/api/purchases", wanted, answer["next"])
else:
    st.caption(texts.PURCHASES_NONE if wanted else texts.PURCHASES_EMPTY)
