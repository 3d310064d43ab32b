"""The pieces of the page of customers: segments, how good the expectation is, the list."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from tillsight.dashboard import (
    charts,
    client,
    formats,
    languages,
    leafing,
    notices,
    switches,
    texts,
)
from tillsight.dashboard.customers import lifetime_charts, lifetime_tables
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
Wanted = dict[str, str | int]
REPORT = "/api/customers/lifetime-value"
WEEKS = 52


def _listed() -> leafing.Listed:
    return leafing.Listed("customers", f"{REPORT}/customers", 25, texts.CUSTOMERS_SHOWN)


def report() -> One:
    """What the customers are expected to buy; how far ahead is asked where that can be told."""
    told = _report(WEEKS)
    if told["fallback"]:
        return told
    weeks = switch(texts.AHEAD, texts.WEEKS_AHEAD, WEEKS, "weeks")
    return told if weeks == WEEKS else _report(weeks)


def _report(weeks: int) -> One:
    return client.get(REPORT, {"model": "predictive", "weeks": weeks})


def show_fallback(told: One) -> None:
    """That nothing can be expected yet, and why."""
    if told["fallback"]:
        notices.notice("fallback", texts.FALLBACK_TITLE, told["fallback"]["text"])


def show_segments(told: One) -> None:
    """Both kinds of segments as tables, with what the columns mean."""
    currency = client.shop().currency
    found = client.get("/api/customers/rfm")["segments"]
    shares = {one["segment"]: one["share"] for one in found}
    with st.container(key="panel_rfm", border=True):
        st.subheader(texts.RFM_TITLE, anchor=False)
        st.caption(texts.RFM_LEAD)
        st.html(lifetime_tables.rfm(told["rfm_segments"], shares, currency))
        if not told["fallback"]:
            day = formats.day(date.fromisoformat(told["as_of"]))
            st.caption(texts.EXPECTED_MEANS.format(weeks=told["weeks"], day=day))
    with st.container(key="panel_values", border=True):
        st.subheader(texts.VALUE_TITLE, anchor=False)
        st.caption(texts.VALUE_LEAD)
        st.html(lifetime_tables.values(told["value_segments"], currency))


def show_check(told: One) -> None:
    """How the model did on days it had not seen, what to know about it, and its parameters."""
    check = told["hold_out"]
    if check is None:
        return
    currency = client.shop().currency
    with st.container(key="panel_check", border=True):
        st.subheader(texts.CHECK_TITLE, anchor=False)
        money = texts.CHECK_VALUE.format(
            expected=lifetime_tables.expected(check["value_predicted"], currency),
            made=lifetime_tables.expected(check["value_made"], currency),
        )
        pace = texts.CHECK_PACE.format(pace=formats.number(round(check["at_their_pace"])))
        st.text(f"{check['verdict']} {money} {pace}")
        for one in told["notices"]:
            st.text(one["text"])
        st.plotly_chart(
            lifetime_charts.tenths(check["tenths"]), config=charts.config(), alt=texts.CHECK_ALT
        )
        with st.expander(texts.MODEL_TITLE):
            fit = told["fit"]
            st.caption(
                texts.MODEL_LEAD.format(
                    customers=formats.number(fit["customers"]),
                    repeating=formats.number(fit["repeat_customers"]),
                )
            )
            st.html(lifetime_tables.facts(lifetime_tables.model(told)))


def show_list(told: One) -> None:
    """The customers of the chosen segment, page by page, and all of them as a file."""
    with st.container(key="panel_customers", border=True):
        wanted = _list_filters(told)
        answer = leafing.page_of(_listed(), wanted)
        if not answer["customers"]:
            st.caption(texts.CUSTOMERS_NOBODY)
            return
        st.html(lifetime_tables.customers(answer["customers"], client.shop().currency))
    leafing.foot(_listed(), wanted, answer)


def _list_filters(told: One) -> Wanted:
    sorts = texts.CUSTOMER_SORTS_PLAIN if told["fallback"] else texts.CUSTOMER_SORTS
    names = {one["segment"]: languages.said(one["segment"]) for one in told["rfm_segments"]}
    with st.container(key="customer_filters", horizontal=True, vertical_alignment="bottom"):
        every = {"": texts.ANY_SEGMENT, **names}
        segment = switches.pick(texts.SEGMENT, every, "in_segment", 230)
        sort = switches.pick(texts.SORT, sorts, "sort", 250)
    wanted: Wanted = {"weeks": told["weeks"], "sort": sort}
    return wanted | ({"segment": segment} if segment else {})
