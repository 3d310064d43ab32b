"""The page of one customer: what they bought, and what they are expected to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from tillsight.dashboard import charts, client, formats, notices, texts
from tillsight.dashboard.customers import lifetime_charts, lifetime_tables

One = Mapping[str, Any]


def show(customer_id: str) -> None:
    """Everything about the customer of this id."""
    _way_back()
    try:
        told = client.get("/api/customers", {"id": customer_id})
    except client.Refused as refusal:
        st.title(texts.CUSTOMERS, anchor=False)
        notices.notice("no_customer", texts.NO_CUSTOMER_TITLE, str(refusal))
        return
    currency = client.shop().currency
    st.title(formats.plain(told["customer_name"] or told["customer_id"]), anchor=False)
    first, last = (date.fromisoformat(told[one]) for one in ("first_day", "last_day"))
    since = texts.SINCE if first < last else texts.ONLY_ON
    st.caption(since.format(day=formats.day(first), day_of_last=formats.day(last)))
    st.html(lifetime_tables.own_summary(told, currency))
    with st.container(key="panel_months", border=True):
        st.subheader(texts.MONTHS_TITLE, anchor=False)
        st.plotly_chart(
            lifetime_charts.months(told["revenue_by_month"], currency),
            config=charts.config(),
            alt=texts.MONTHS_ALT.format(first=formats.day(first), last=formats.day(last)),
        )
    _show_products(told, currency)
    with st.container(key="panel_about", border=True):
        st.subheader(texts.ABOUT_TITLE, anchor=False)
        st.html(lifetime_tables.facts(lifetime_tables.about(told)))


def _show_products(told: One, currency: str) -> None:
    if not told["top_products"]:
        return
    with st.container(key="panel_bought", border=True):
        st.subheader(texts.BOUGHT_TITLE, anchor=False)
        st.html(lifetime_tables.bought(told["top_products"], currency))


def _way_back() -> None:
    st.html(f'<a class="way-back" href="/customers" target="_self">{texts.TO_CUSTOMERS}</a>')
