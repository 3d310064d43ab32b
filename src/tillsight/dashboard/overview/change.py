"""What changed against the comparison and why, and what moved most."""

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from tillsight.dashboard import about, client, panels
from tillsight.dashboard.filters import EVERYWHERE
from tillsight.dashboard.overview import movers, texts, why
from tillsight.dashboard.periods import Compare
from tillsight.dashboard.sales_page import SalesPage

EXPLAIN = "/api/metrics/explain"
SHOWN = 4
"""Groups that rose, and that fell, in the chart."""
LINES, CHOICE = 62, 56
"""Pixels of the words above the chart, and of the switch."""


def show_change(page: SalesPage) -> None:
    """What changed, why and where, and what moved most; a word where nothing is compared."""
    missing = _missing(page)
    if missing:
        with st.container(key="panel_why", border=True):
            st.header(texts.NOT_COMPARED_TITLE, anchor=False)
            st.caption(missing)
        return
    with st.container(key="change"):
        one, other = st.columns(2)
        with one:
            _show_why(page)
        with other:
            _show_where(page)
    with st.container(key="movers"):
        for column, by in zip(st.columns(3), ("product", "customer", "country"), strict=True):
            with column:
                _show_movers(page, by)


def _missing(page: SalesPage) -> str:
    """What keeps the chosen days from being compared."""
    if page.choice.compare is Compare.nothing:
        return texts.NOT_COMPARED
    return "" if page.choice.span.start else texts.NO_START


def _asked(page: SalesPage, by: str, limit: int) -> dict[str, Any]:
    of_groups = {"by": by, "limit": limit} if by else {}
    return {"measure": "revenue", **of_groups, **page.choice.compared()}


def _meaning(page: SalesPage, found: Mapping[str, Any], *names: str) -> str:
    windows = {"this": found["this"], "before": found["before"]}
    return page.meaning({**found, "comparison": windows}, "revenue", *names)


def _show_why(page: SalesPage) -> None:
    currency = client.shop().currency

    def draw(found: Mapping[str, Any]) -> None:
        said = why.headline(found, currency), why.reasons(found, currency)
        _say(*said)
        parts = why.factors(found)
        _chart(parts, found["change"], texts.WHY, " ".join(said))
        panels.foot(about.pictures("why"), page.orders(), meaning=_meaning(page, found))

    panel = panels.Panel("why", texts.WHY, why.HEIGHT + LINES + CHOICE)
    panels.show(panel, partial(client.of_sales, EXPLAIN, _asked(page, "", 1)), draw)


def _show_where(page: SalesPage) -> None:
    currency, chosen = client.shop().currency, {"by": "country"}

    def choose() -> None:
        further = [one for one in EVERYWHERE if len(page.known.values(one)) > 1]
        offered = ["country", *further, "product"]
        by = st.segmented_control(
            texts.EXPLAINED_BY,
            offered,
            format_func=lambda one: texts.BY[one],
            key="explained_by",
            default="country",
            required=True,
            label_visibility="collapsed",
        )
        chosen["by"] = by or "country"

    def draw(found: Mapping[str, Any]) -> None:
        by = chosen["by"]
        said = why.largest_group(found, by, currency)
        _say(said)
        _chart(why.groups(found, by), found["change"], texts.BY[by], said)
        panels.foot(about.pictures("where"), page.orders(), meaning=_meaning(page, found, by))

    def load() -> Mapping[str, Any]:
        return client.of_sales(EXPLAIN, _asked(page, chosen["by"], SHOWN))

    panel = panels.Panel("where", texts.WHERE, why.HEIGHT + LINES + CHOICE)
    panels.show(panel, load, draw, choose)


def _say(*sentences: str) -> None:
    said = "".join(f"<p>{escape(one)}</p>" for one in sentences if one)
    st.html(f'<div class="in-words">{said}</div>')


def _chart(parts: why.Parts, change: float, head: str, said: str) -> None:
    currency = client.shop().currency
    alt = texts.WHY_ALT.format(change=why.signed(change, currency), said=said)
    table = why.table(head, parts, change, currency)
    panels.chart(why.steps(parts, change, currency), alt, table)


def _show_movers(page: SalesPage, by: str) -> None:
    def draw(found: Mapping[str, Any]) -> None:
        st.html(movers.table(found["groups"], by, client.shop().currency, page.choice))
        query = {"measures": "revenue", "by": by, **page.choice.parameters()}
        panels.foot(page.files(query), meaning=_meaning(page, found, by))

    panel = panels.Panel(f"moved_{by}", texts.MOVERS[by], movers.HEIGHT)
    panels.show(panel, partial(client.of_sales, EXPLAIN, _asked(page, by, movers.PLACES)), draw)
