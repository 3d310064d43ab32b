"""Customers: their segments, what they are expected to buy, and each of them."""

import streamlit as st

from tillsight.dashboard import client, notices, texts
from tillsight.dashboard.coverage import coverage
from tillsight.dashboard.customers import lifetime_tables, one_customer, parts
from tillsight.dashboard.switches import switch

if asked := st.query_params.get("customer"):
    one_customer.show(asked)
    st.stop()

st.title(texts.CUSTOMERS, anchor=False)
known = coverage()
if known is None:
    notices.invite(client.get("/api/users/me")["role"])
    st.stop()

st.caption(texts.CUSTOMERS_LEAD)
with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
    view = switch(texts.VIEW, texts.CUSTOMER_VIEWS, "segments", "view")
    told = parts.report()
if not told["total"]["customers"]:
    notices.notice("no_customers", texts.CUSTOMERS_NONE_TITLE, texts.CUSTOMERS_NONE)
    st.stop()

st.html(lifetime_tables.summary(told, client.shop().currency))
parts.show_fallback(told)
if view == "customers":
    parts.show_list(told)
else:
    parts.show_segments(told)
    parts.show_check(told)
