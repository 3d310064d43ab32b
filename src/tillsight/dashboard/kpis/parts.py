"""The pieces of the board page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import client, downloads, notices, texts
from tillsight.dashboard.kpis import behind, order, words
from tillsight.dashboard.kpis import cards as kpi_cards
from tillsight.dashboard.kpis import filters as kpi_filters
from tillsight.dashboard.kpis import tables as kpi_tables
from tillsight.dashboard.kpis.filters import Wanted

One = Mapping[str, Any]
MOST = 200
"""KPIs on one page; more are neither read nor quickly drawn."""


def invite(*, filtered: bool) -> None:
    """There is no KPI: who may make one is led to where that is done."""
    if filtered:
        notices.notice("no_kpis_found", texts.NO_KPIS_FOUND_TITLE, texts.NO_KPIS_FOUND)
        return
    may_make = client.get("/api/users/me")["role"] in {"manager", "admin"}
    with st.container(key="notice_no_kpis", border=True):
        st.header(texts.NO_KPIS_TITLE, anchor=False)
        st.text(texts.NO_KPIS if may_make else texts.NO_KPIS_OTHERS)
        if may_make:
            st.html(f'<a class="button" href="/manage" target="_self">{texts.TO_MANAGE}</a>')


def show_counts(answer: One) -> None:
    """How many KPIs have each status, and as of which day."""
    st.caption(texts.BOARD_TO_DATE.format(day=formats.day(day_of(answer))))
    st.html(kpi_cards.counts(answer["kpis"]))
    if all(one["status"] == "no_data" for one in answer["kpis"]):
        with st.container(key="notice_no_values", border=True):
            st.header(texts.NO_VALUES_TITLE.format(year=day_of(answer).year), anchor=False)
            st.text(texts.NO_VALUES.format(day=formats.day(day_of(answer))))
            if client.get("/api/users/me")["role"] != "viewer":
                st.html(
                    f'<a class="button" href="/enter_values" target="_self">{texts.TO_ENTER}</a>'
                )


def drawn(wanted: Wanted, shown: Sequence[One], answer: One) -> str:
    """The KPIs as a table, or as cards of each circle."""
    first = shown[:MOST]
    if wanted.view == "table":
        table = kpi_tables.board(first, context(answer), wanted.order)
        return f'<div class="kpi-panel">{table}</div>'
    return kpi_cards.board(order.grouped(first), context(answer))


def board_foot(wanted: Wanted, answer: One, count: int) -> None:
    """How many are shown, all of them as a file, and what their figures mean."""
    if count > MOST:
        st.caption(texts.BOARD_CUT.format(count=MOST, all=words.counted(count)))
    st.html(downloads.file_links("/api/kpis/board", wanted.parameters))
    st.html(behind.of_board(answer, _narrowed(wanted, answer)))


def _narrowed(wanted: Wanted, answer: One) -> dict[str, str]:
    circle = {texts.CIRCLE: answer["kpis"][0]["circle"]} if "circle" in wanted.parameters else {}
    return circle | ({texts.BOARD_STATUS: texts.STATUSES[wanted.status]} if wanted.status else {})


def context(answer: One) -> kpi_cards.Context:
    """What holds for all KPIs of an answer."""
    period = urlencode(kpi_filters.period_address())
    return kpi_cards.Context(day_of(answer), languages.said(answer["rule"]), period)


def day_of(answer: One) -> date:
    """The day the figures are of."""
    return date.fromisoformat(answer["as_of"])
