"""The figures on top of the page, and of the page of one product."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight.dashboard import cards, client, panels, sales_page
from tillsight.dashboard.sales_page import SalesPage

OF_ALL = ("products", "revenue", "units", "returns")
OF_ONE = ("revenue", "units", "average_price", "orders", "customers", "returns")


def of_all(page: SalesPage) -> client.Parameters:
    """The question about all products."""
    return {
        "measures": ",".join(("orders", *OF_ALL)),
        "by": page.choice.grain.lower(),
        **page.choice.compared(),
    }


def of_one(page: SalesPage, product: str) -> client.Parameters:
    """The question about one product."""
    return {
        "measures": ",".join((*OF_ONE, "return_rate")),
        "by": page.choice.grain.lower(),
        **page.choice.compared(),
        "product": product,
    }


def show(
    page: SalesPage,
    asked: client.Parameters,
    answer: Mapping[str, Any],
    shown: Sequence[str],
    **own: str,
) -> None:
    """A card for each measure that is shown; `own` narrows the orders behind them."""
    catalogue = sales_page.words()
    with st.container(key="product_figures" if own else "figures"):
        st.html(cards.cards([catalogue[name] for name in shown], answer, client.shop().currency))
        panels.foot(page.orders(**own), page.files(asked), meaning=page.meaning(answer, *shown))
