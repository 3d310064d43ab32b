"""What the customers are expected to buy: by segment, and how good the expectation is."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, notices, panels, texts
from tillsight.dashboard.customers import lifetime_charts, lifetime_tables, tables
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
REPORT = "/api/customers/lifetime-value"
WEEKS = 52


def show(page: SalesPage) -> None:
    """Figures of all customers, both kinds of segments, and the check."""
    told = _report_ahead()
    st.html(lifetime_tables.summary(told, client.shop().currency))
    if told["fallback"]:
        notices.notice("fallback", texts.FALLBACK_TITLE, told["fallback"]["text"])
    _show_segments(told, page)
    _show_values(told, page)
    _show_check(told, page)


def _report_ahead() -> One:
    """How far ahead is asked where that can be told."""
    told = _report(WEEKS)
    if told["fallback"]:
        return told
    weeks = switch(texts.AHEAD, texts.WEEKS_AHEAD, WEEKS, "weeks")
    return told if weeks == WEEKS else _report(weeks)


def _report(weeks: int) -> One:
    return client.get(REPORT, {"model": "predictive", "weeks": weeks})


def _show_segments(told: One, page: SalesPage) -> None:
    def draw() -> None:
        found, currency = told["rfm_segments"], client.shop().currency
        st.html(lifetime_tables.rfm(found, currency, page.choice.written))
        if not told["fallback"]:
            day = formats.day(date.fromisoformat(told["as_of"]))
            st.caption(texts.EXPECTED_MEANS.format(weeks=told["weeks"], day=day))
        panels.foot(
            about.files(f"{REPORT}/customers", {"weeks": told["weeks"]}),
            meaning=page.meaning(told, "customers", "revenue", "segment"),
        )

    panels.at_hand(panels.Panel("rfm", texts.RFM_TITLE, 500, texts.RFM_LEAD), draw)


def _show_values(told: One, page: SalesPage) -> None:
    def draw() -> None:
        st.html(lifetime_tables.values(told["value_segments"], client.shop().currency))
        panels.foot(meaning=page.meaning(told, "customers", "revenue"))

    panels.at_hand(panels.Panel("values", texts.VALUE_TITLE, 260, texts.VALUE_LEAD), draw)


def _show_check(told: One, page: SalesPage) -> None:
    """How the model did on days it had not seen, what to know about it, and its parameters."""
    check = told["hold_out"]
    if check is None:
        return

    def draw() -> None:
        st.text(_verdict(check))
        for one in told["notices"]:
            st.text(one["text"])
        figure = lifetime_charts.tenths(check["tenths"])
        panels.chart(figure, texts.CHECK_ALT, tables.tenths(check["tenths"]))
        with st.expander(texts.MODEL_TITLE):
            _show_model(told)
        panels.foot(about.pictures("expected-and-made"), meaning=page.meaning(told))

    panels.at_hand(panels.Panel("check", texts.CHECK_TITLE, 420), draw)


def _show_model(told: One) -> None:
    fit = told["fit"]
    st.caption(
        texts.MODEL_LEAD.format(
            customers=formats.number(fit["customers"]),
            repeating=formats.number(fit["repeat_customers"]),
        )
    )
    st.html(lifetime_tables.facts(lifetime_tables.model(told)))


def _verdict(check: One) -> str:
    currency = client.shop().currency
    money = texts.CHECK_VALUE.format(
        expected=lifetime_tables.expected(check["value_predicted"], currency),
        made=lifetime_tables.expected(check["value_made"], currency),
    )
    pace = texts.CHECK_PACE.format(pace=formats.number(round(check["at_their_pace"])))
    return f"{check['verdict']} {money} {pace}"
