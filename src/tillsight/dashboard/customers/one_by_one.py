"""Customers one by one: found by a part of id or name, of a segment, in an order of choice."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, client, leafing, panels, switches, texts
from tillsight.dashboard.customers import lifetime_tables, one_customer
from tillsight.dashboard.customers import texts as own
from tillsight.dashboard.sales_page import SalesPage

PATH = "/api/customers/lifetime-value/customers"
PAGE = 25
Wanted = dict[str, str | int]


def show(page: SalesPage) -> None:
    """Filters, a page of the list, and all of it as a file."""
    fallback = client.get(PATH, {"limit": 1})["fallback"]
    sorts = texts.CUSTOMER_SORTS_PLAIN if fallback else texts.CUSTOMER_SORTS

    def draw() -> None:
        wanted = _wanted(sorts)
        one_customer.remember()
        listed = leafing.Listed("customers", PATH, PAGE, texts.CUSTOMERS_SHOWN)
        answer = leafing.page_of(listed, wanted)
        if not answer["customers"]:
            panels.nothing(own.NOBODY_FOUND)
            return
        _draw(answer, page)
        leafing.turns(listed, answer)
        panels.foot(about.files(PATH, wanted), meaning=page.meaning(answer, "customer", "segment"))

    ahead = own.LIST_LEAD.format(day=formats.day(page.known.last))
    lead = own.LIST_LEAD_PLAIN if fallback else ahead
    panels.at_hand(panels.Panel("customers", own.LIST_TITLE, 600, lead), draw)


def _draw(answer: Mapping[str, Any], page: SalesPage) -> None:
    found, currency = answer["customers"], client.shop().currency
    st.html(lifetime_tables.customers(found, currency, page.choice.written))


def _wanted(sorts: Mapping[str, str]) -> Wanted:
    with st.container(key="customer_filters", horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            own.FIND,
            placeholder=own.FIND_HINT,
            key="who",
            bind="query-params",
            max_chars=200,
            type="search",
            width=240,
        )
        segments = {one: languages.said(one) for one in own.SEGMENT_MEANS}
        every = {"": texts.ANY_SEGMENT, **segments}
        segment = switches.pick(texts.SEGMENT, every, "in_segment", 230)
        sort = switches.pick(texts.SORT, sorts, "sort", 250)
    wanted: Wanted = {"sort": sort}
    return wanted | {name: value for name, value in (("segment", segment), ("text", text)) if value}
