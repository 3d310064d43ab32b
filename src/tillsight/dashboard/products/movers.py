"""Which products sell most, and which rose and fell, with the course of each."""

from collections.abc import Sequence

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, panels, sales_page
from tillsight.dashboard.periods import Grain, grain_of
from tillsight.dashboard.products import paging, sold, tables, texts
from tillsight.dashboard.products.sold import Once, Product, Sold
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

HEIGHT = 240


def show(page: SalesPage, once: Once) -> None:
    """The products as a table in an order that can be chosen."""

    def draw(found: Sold) -> None:
        st.caption(texts.MOVERS_LEAD if found.is_compared else texts.MOVERS_LEAD_ALONE)
        orders = {
            name: label
            for name, label in texts.SORTS.items()
            if found.is_compared or name not in ("rose", "fell")
        }
        chosen = switch(texts.SORT_BY, orders, "revenue", "ranked", "collapsed")
        rows = sold.ranked(found.products, chosen)
        if rows:
            _show_rows(rows, chosen, page)
        else:
            panels.nothing({"rose": texts.NONE_ROSE, "fell": texts.NONE_FELL}.get(chosen, ""))
        _show_limits(found)
        panels.foot(
            page.orders(),
            page.files(sold.asked(page)),
            meaning=page.meaning(found.about, "revenue", "units", "product"),
        )

    panels.show(panels.Panel("product_ranks", texts.MOVERS_TITLE, HEIGHT), once.get, draw)


def _show_rows(rows: Sequence[Product], order: str, page: SalesPage) -> None:
    table = st.container()
    shown, _ = paging.part(f"movers_{order}", rows)
    courses = _courses([one.product for one in shown], page)
    table.html(tables.ranked(shown, courses, client.shop().currency, page.choice))


def _courses(products: Sequence[str], page: SalesPage) -> dict[str, list[float]]:
    """The revenue of each in the course of the days, in steps that a small picture has room for."""
    span, known = page.choice.span, page.known
    grain = grain_of(Grain.auto, span, known.first, known.last).lower()
    answer = sales_page.query(
        {
            "measures": "revenue",
            "by": f"product,{grain}",
            **page.choice.parameters(),
            "product": products,
        }
    )
    found: dict[str, list[float]] = {}
    for row in answer["rows"]:
        found.setdefault(row["product"], []).append(row["revenue"])
    return found


def _show_limits(found: Sold) -> None:
    if found.is_cut:
        st.caption(texts.CUT.format(count=formats.number(sold.MOST)))
    if found.unnamed:
        revenue = formats.money(found.unnamed, client.shop().currency)
        st.caption(formats.plain(texts.UNNAMED.format(revenue=revenue)))
