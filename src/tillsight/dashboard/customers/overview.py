"""Customers of the chosen days: figures, new and returning ones, the biggest, who they are."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, cards, client, notices, panels, sales_page
from tillsight.dashboard import charts as common_charts
from tillsight.dashboard import tables as common_tables
from tillsight.dashboard import texts as common
from tillsight.dashboard.customers import charts, tables, texts
from tillsight.dashboard.sales_page import SalesPage

Answer = Mapping[str, Any]
SHOWN = (
    "customers",
    "new_customers",
    "returning_customers",
    "repeat_purchase_rate",
    "revenue_per_customer",
)
PLACES = 15
GROUPS = ("gender", "age_band")
HEIGHTS = {"gender": 230, "age_band": 360}


def show(page: SalesPage) -> None:
    """All of it, or that these days have none of it."""
    grain = page.choice.grain.lower()
    asked = {"measures": ",".join(SHOWN), "by": grain, **page.choice.compared()}
    answer = sales_page.query(asked)
    st.caption(formats.plain(page.compared(answer)))
    if _nothing(answer, page):
        return
    catalogue = sales_page.words()
    with st.container(key="customer_figures"):
        st.html(cards.cards([catalogue[name] for name in SHOWN], answer, client.shop().currency))
        panels.foot(page.orders(), page.files(asked), meaning=page.meaning(answer, *SHOWN))
    _show_course(answer, page, asked)
    with st.container(key="customer_pieces"):
        _show_top(page)
        _show_groups(page)


def _nothing(answer: Answer, page: SalesPage) -> bool:
    if answer["totals"]["customers"]:
        return False
    if someone():
        said = texts.NO_CUSTOMERS_HERE.format(period=page.days())
        notices.notice("no_customers", texts.NO_CUSTOMERS_HERE_TITLE, said)
    else:
        nobody()
    return True


def someone() -> bool:
    """Whether any sale of all names a customer."""
    found: int = sales_page.query({"measures": "customers"})["totals"]["customers"]
    return found > 0


def nobody() -> None:
    """Say that no sale of all names a customer."""
    notices.notice("no_customers", common.CUSTOMERS_NONE_TITLE, common.CUSTOMERS_NONE)


def _show_course(answer: Answer, page: SalesPage, asked: client.Parameters) -> None:
    grain = page.choice.grain.lower()
    rows, totals = answer["rows"], answer["totals"]

    def draw() -> None:
        alt = texts.COURSE_ALT.format(
            grain=texts.GRAINS[grain],
            period=page.days(),
            customers=formats.number(totals["customers"]),
            new=formats.number(totals["new_customers"]),
            returning=formats.number(totals["returning_customers"]),
        )
        panels.chart(charts.new_and_returning(rows, grain), alt, tables.course(rows, grain))
        measures = ("new_customers", "returning_customers")
        panels.foot(
            about.pictures("new-and-returning"),
            page.files({**asked, "measures": ",".join(measures)}),
            page.orders(measure="new_customers"),
            meaning=page.meaning(answer, *measures, grain),
        )

    lead = texts.COURSE_LEAD.format(grain=texts.GRAINS[grain])
    panel = panels.Panel("course", texts.COURSE_TITLE, common_charts.HEIGHT, lead)
    panels.at_hand(panel, draw)


def _show_top(page: SalesPage) -> None:
    asked: client.Parameters = {
        "measures": "revenue",
        "by": "customer",
        "order": "-revenue",
        **page.choice.parameters(),
    }

    def draw(found: Answer) -> None:
        total, currency = found["totals"]["revenue"], client.shop().currency
        known = [row for row in found["rows"] if row["customer"] is not None]
        st.html(common_tables.ranking("customer", known[:PLACES], total, currency, page.choice))
        unknown = sum(row["revenue"] for row in found["rows"] if row["customer"] is None)
        if unknown:
            amount, share = formats.money(unknown, currency), formats.share(unknown, total)
            st.caption(texts.TOP_UNKNOWN.format(amount=amount, share=share))
        panels.foot(page.files(asked), meaning=page.meaning(found, "revenue", "customer"))

    panel = panels.Panel("top_customers", texts.TOP_TITLE, 420, texts.TOP_LEAD)
    panels.show(panel, partial(sales_page.query, {**asked, "limit": PLACES + 1}), draw)


def _show_groups(page: SalesPage) -> None:
    """Gender and age where the shop knows any, else how it could."""
    known = [dimension for dimension in GROUPS if page.known.values(dimension)]
    for dimension in known:
        _show_group(dimension, page)
    if not known:
        with st.container(key="panel_groups", border=True):
            st.header(texts.GROUPS_HINT_TITLE, anchor=False)
            st.caption(texts.GROUPS_HINT)
            panels.foot(about.link(texts.GROUPS_HINT_LINK, "/imports"))


def _show_group(dimension: str, page: SalesPage) -> None:
    measures = ("customers", "revenue_per_customer")
    asked: client.Parameters = {
        "measures": ",".join(measures),
        "by": dimension,
        **({"order": "-customers"} if dimension == "gender" else {}),
        **page.choice.parameters(),
    }

    def draw(found: Answer) -> None:
        rows = [row for row in found["rows"] if row["customers"]]
        rows.sort(key=lambda row: row[dimension] is None)
        if not rows:
            panels.nothing()
            return
        total, currency = found["totals"]["customers"], client.shop().currency
        figure = charts.by_group(rows, dimension, total, currency)
        most = max(rows, key=lambda row: row["customers"])
        alt = texts.GROUP_ALT.format(
            group=texts.GROUP_HEADS[dimension].lower(),
            period=page.days(),
            name=languages.said(most[dimension] or common.UNKNOWN),
            count=formats.number(most["customers"]),
            share=formats.share(most["customers"], total),
        )
        panels.chart(figure, alt, tables.groups(rows, dimension, total, currency))
        panels.foot(
            about.pictures(dimension.replace("_", "-")),
            page.files(asked),
            page.orders(measure="customers"),
            meaning=page.meaning(found, *measures, dimension),
        )

    panel = panels.Panel(f"by_{dimension}", texts.GROUP_TITLES[dimension], HEIGHTS[dimension])
    panels.show(panel, partial(sales_page.query, asked), draw)
