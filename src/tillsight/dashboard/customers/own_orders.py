"""The orders of one customer, with their lines, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from tillsight.dashboard import about, client, leafing, panels
from tillsight.dashboard.customers import tables, texts
from tillsight.dashboard.sales_page import SalesPage

PAGE = 10
MOST_LINES = 1000
"""Of the orders of a page together."""
ROW, TURNS = 65, 60
"""Pixels of an order, and of the ways to others."""


@dataclass(frozen=True)
class Shown:
    """A page of orders, the lines of them, and whether there are more lines."""

    orders: Mapping[str, Any]
    lines: list[Mapping[str, Any]]
    is_cut: bool


def show(told: Mapping[str, Any], page: SalesPage) -> None:
    """Draw the panel of the customer that the API told of; the buttons for older and newer orders
    run it alone.
    """
    customer_id = told["customer_id"]
    listed = leafing.Listed("own_orders", "/api/orders", PAGE, texts.ORDERS_SHOWN)

    def load() -> Shown:
        found = leafing.page_of(listed, {"customer": customer_id})
        return _with_lines(found, customer_id)

    def draw(shown: Shown) -> None:
        if not shown.orders["orders"]:
            panels.nothing(texts.ORDERS_NONE)
            return
        found = shown.orders["orders"]
        st.html(tables.orders(found, shown.lines, client.shop().currency))
        if shown.is_cut:
            st.caption(texts.LINES_CUT)
        if not leafing.is_whole(listed, shown.orders):
            leafing.turns(listed, shown.orders)
        panels.foot(
            about.link(texts.ALL_ORDERS, _all_orders(customer_id)),
            meaning=page.meaning(shown.orders, "orders", "revenue", "returns"),
        )

    height = height_of(told["orders"])
    panels.show(panels.Panel("orders", texts.ORDERS_TITLE, height, texts.ORDERS_LEAD), load, draw)


def height_of(orders: int) -> int:
    """Pixels of the first page of so many orders."""
    return ROW * min(max(orders, 1), PAGE) + (TURNS if orders > PAGE else 0)


def _with_lines(found: Mapping[str, Any], customer_id: str) -> Shown:
    """The lines of all orders of the page in one question."""
    ids = sorted({one["order_id"] for one in found["orders"] if one["order_id"] is not None})
    if not ids:
        return Shown(found, [], is_cut=False)
    asked: client.Parameters = {"customer": customer_id, "order": ids, "limit": MOST_LINES}
    told = client.get("/api/lines", asked)
    return Shown(found, told["lines"], told["next"] is not None)


def _all_orders(customer_id: str) -> str:
    """The page of all their orders: without the filters, as everything here is."""
    return f"/orders?{urlencode({'days': 'all', 'customer': customer_id})}"
