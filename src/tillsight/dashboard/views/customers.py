"""Customers: their segments, what they are expected to buy, and each of them."""

import streamlit as st

from tillsight.dashboard import (
    client,
    customer_parts,
    lifetime_tables,
    notices,
    one_customer,
    texts,
)
from tillsight.dashboard.coverage import coverage
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
    told = customer_parts.report()
if not told["total"]["customers"]:
    notices.notice("no_customers", texts.CUSTOMERS_NONE_TITLE, texts.CUSTOMERS_NONE)
    st.stop()

st.html(lifetime_tables.summary(told, client.shop().currency))
customer_parts.show_fallback(told)
if view == "customers":
    customer_parts.show_list(told)
else:
    customer_parts.show_segments(told)
    customer_parts.show_check(told)
