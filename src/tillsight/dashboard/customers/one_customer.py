"""The page of one customer: what they bought, and what they are expected to."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, notices, panels, texts
from tillsight.dashboard.customers import (
    lifetime_charts,
    lifetime_tables,
    own_data,
    own_orders,
    tables,
)
from tillsight.dashboard.customers import texts as own
from tillsight.dashboard.periods import Preset
from tillsight.dashboard.sales_page import SalesPage

One = Mapping[str, Any]
LEFT = "customers_left"
"""What of the page of customers was open before one of them was."""
OPENED = ("view", "weeks", "cohorts_as", "who", "in_segment", "sort")
"""How its address says that."""


def show(customer_id: str, page: SalesPage) -> None:
    """Everything about the customer of this id, over all sales."""
    _way_back(page)
    try:
        told = client.get("/api/customers", {"id": customer_id})
    except client.Refused as refusal:
        st.title(texts.CUSTOMERS, anchor=False)
        notices.notice("no_customer", texts.NO_CUSTOMER_TITLE, str(refusal))
        own_data.show(customer_id)
        return
    st.title(formats.plain(told["customer_name"] or told["customer_id"]), anchor=False)
    first, last = (date.fromisoformat(told[one]) for one in ("first_day", "last_day"))
    since = texts.SINCE if first < last else texts.ONLY_ON
    st.caption(since.format(day=formats.day(first), day_of_last=formats.day(last)))
    st.html(lifetime_tables.own_summary(told, client.shop().currency))
    with st.container(key="customer_history"):
        _show_months(told, page)
        _show_about(told, page)
    with st.container(key="customer_bought"):
        _show_products(told, page)
        own_orders.show(told, page)
    own_data.show(customer_id)


def remember() -> None:
    """Keep what is open of the page of customers for the way back to it."""
    opened = {name: st.query_params[name] for name in OPENED if name in st.query_params}
    st.session_state[LEFT] = opened


def _show_months(told: One, page: SalesPage) -> None:
    currency, rows = client.shop().currency, told["revenue_by_month"]

    def draw() -> None:
        first, last = (date.fromisoformat(told[one]) for one in ("first_day", "last_day"))
        alt = texts.MONTHS_ALT.format(first=formats.day(first), last=formats.day(last))
        panels.chart(lifetime_charts.months(rows, currency), alt, tables.months(rows, currency))
        panels.foot(
            about.pictures("months"),
            page.files(_asked(told, "revenue,orders", "month")),
            _orders(told, page),
            meaning=page.meaning(told, "revenue", "orders", "month"),
        )

    panel = panels.Panel("months", texts.MONTHS_TITLE, lifetime_charts.HEIGHT, own.MONTHS_LEAD)
    panels.at_hand(panel, draw)


def _show_products(told: One, page: SalesPage) -> None:
    def draw() -> None:
        link = partial(_product, page)
        st.html(lifetime_tables.bought(told["top_products"], client.shop().currency, link))
        panels.foot(
            page.files(_asked(told, "revenue,units,orders", "product")),
            _orders(told, page),
            meaning=page.meaning(told, "revenue", "units", "orders"),
        )

    if told["top_products"]:
        panels.at_hand(panels.Panel("bought", texts.BOUGHT_TITLE, 420, own.BOUGHT_LEAD), draw)


def _product(page: SalesPage, product_id: str) -> str:
    return page.choice.link("products", product=product_id)


def _show_about(told: One, page: SalesPage) -> None:
    def draw() -> None:
        st.html(lifetime_tables.facts(lifetime_tables.about(told)))
        panels.foot(meaning=page.meaning(told, "customer", "segment", "country", "gender"))

    panels.at_hand(panels.Panel("about", texts.ABOUT_TITLE, 200), draw)


def _orders(told: One, page: SalesPage) -> str:
    return page.orders(days=str(Preset.all), customer=told["customer_id"])


def _asked(told: One, measures: str, by: str) -> client.Parameters:
    return {"measures": measures, "by": by, "customer": told["customer_id"]}


def _way_back(page: SalesPage) -> None:
    address = page.choice.link("customers", **st.session_state.get(LEFT, {}))
    st.html(f'<a class="way-back" href="{escape(address)}" target="_self">{texts.TO_CUSTOMERS}</a>')
