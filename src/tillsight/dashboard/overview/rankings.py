"""Who and what brought the most revenue in the chosen period."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import client, panels, sales_page, tables, texts
from tillsight.dashboard.sales_page import SalesPage

PLACES = 10


def show_rankings(page: SalesPage) -> None:
    """Top products, customers and countries, side by side."""
    with st.container(key="rankings"):
        for column, by in zip(st.columns(3), ("product", "customer", "country"), strict=True):
            with column:
                _show(by, page)


def _show(by: str, page: SalesPage) -> None:
    asked: client.Parameters = {
        "measures": "revenue",
        "by": by,
        "order": "-revenue",
        **page.choice.parameters(),
    }

    def draw(found: Mapping[str, Any]) -> None:
        rows, total = found["rows"], found["totals"]["revenue"]
        st.html(tables.ranking(by, rows, total, client.shop().currency, page.choice))
        panels.foot(page.files(asked), meaning=page.meaning(found, "revenue", by))

    panel = panels.Panel(f"top_{by}", texts.TOP[by], 420)
    panels.show(panel, partial(sales_page.query, {**asked, "limit": PLACES}), draw)
