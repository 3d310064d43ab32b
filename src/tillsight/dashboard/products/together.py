"""Products bought together: the pairs of all, and what goes with one product."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import about, client, panels
from tillsight.dashboard.products import paging, tables, texts
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
PATH = "/api/products/affinity"
USUAL = 5
FEWEST = 2
HEIGHT = 160


def show_pairs(page: SalesPage) -> None:
    """Pairs of all products; how many orders have to hold both can be chosen."""
    least = USUAL

    def choose() -> None:
        nonlocal least
        least = switch(texts.LEAST, texts.LEAST_ORDERS, USUAL, "together")

    def asked() -> client.Parameters:
        return {**page.choice.parameters(), "min_orders": least}

    def load() -> One:
        return client.get(PATH, asked())

    def draw(answer: One) -> None:
        found = answer["pairs"]
        if found:
            st.text(tables.pair_words(found[0]))
            table = st.container()
            shown, _ = paging.part(f"pairs_{least}", found)
            table.html(tables.pairs(shown, page.choice))
        else:
            panels.nothing(_nothing(least))
        _foot(page, asked(), found)

    panel = panels.Panel("together", texts.TOGETHER_TITLE, HEIGHT, texts.TOGETHER_LEAD)
    panels.show(panel, load, draw, choose)


def show_with(page: SalesPage, product: str) -> None:
    """What stands in the orders of one product."""
    asked: client.Parameters = {
        **page.choice.parameters(),
        "min_orders": FEWEST,
        "of": product,
        "limit": paging.PAGE * 3,
    }

    def draw(answer: One) -> None:
        found = answer["pairs"]
        if found:
            table = st.container()
            shown, _ = paging.part("with_it", found)
            table.html(tables.with_it(shown, page.choice))
        else:
            panels.nothing(texts.NOTHING_WITH_IT)
        _foot(page, asked, found)

    panel = panels.Panel("with_it", texts.WITH_IT_TITLE, HEIGHT, texts.WITH_IT_LEAD)
    panels.show(panel, partial(client.get, PATH, asked), draw)


def _foot(page: SalesPage, asked: client.Parameters, found: Sequence[One]) -> None:
    panels.foot(
        about.files(PATH, asked) if found else "",
        meaning=page.meaning({"comparison": None}, "orders", "product"),
    )


def _nothing(least: int) -> str:
    return texts.NO_PAIRS_AT_ALL if least == FEWEST else texts.NO_PAIRS.format(count=least)
