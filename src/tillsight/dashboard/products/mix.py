"""What the revenue is made of, and what products cost against how many are sold."""

from collections.abc import Sequence

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, panels
from tillsight.dashboard.products import charts, sold, tables, texts, treemap
from tillsight.dashboard.products.sold import Once, Product, Sold
from tillsight.dashboard.sales_page import SalesPage


def show_categories(page: SalesPage, once: Once) -> None:
    """Categories and their products as fields as large as their revenue."""

    def draw(found: Sold) -> None:
        products = found.products
        are_filed = treemap.has_categories(products)
        lead = texts.MIX_LEAD_CHANGE if found.is_compared else texts.MIX_LEAD
        st.caption(" ".join([lead, texts.MIX_OPEN] if are_filed else [lead]))
        if not any(one.revenue for one in products):
            panels.nothing()
            return
        currency = client.shop().currency
        figure = treemap.treemap(found, currency)
        treemap.lead(figure, lambda product: page.choice.link("products", product=product))
        panels.chart(
            figure,
            treemap.words(products),
            tables.fields(treemap.fields(products), currency),
        )
        if not are_filed:
            st.caption(formats.plain(texts.NO_CATEGORIES))
            _show_limit(products)
        panels.foot(
            about.pictures("categories"),
            page.files({**sold.asked(page), "by": "category"} if are_filed else sold.asked(page)),
            page.orders(measure="revenue"),
            meaning=page.meaning(found.about, "revenue", "category" if are_filed else "product"),
        )

    panels.show(panels.Panel("mix", texts.MIX_TITLE, treemap.HEIGHT + 20), once.get, draw)


def _show_limit(products: Sequence[Product]) -> None:
    """How much of the revenue the fields are, where not all products have one."""
    here = [one.revenue for one in products if one.revenue]
    if len(here) <= treemap.MOST_ALONE:
        return
    shown = sum(here[: treemap.MOST_ALONE])
    count = formats.number(treemap.MOST_ALONE)
    share = formats.share(shown, sum(here))
    st.caption(texts.MIX_CUT.format(count=count, share=share))


def show_prices(page: SalesPage, once: Once) -> None:
    """A point for each of the products with the most revenue, by price and units."""

    def draw(found: Sold) -> None:
        here = [one for one in found.products if one.price]
        shown = here[: charts.MOST_POINTS]
        if not shown:
            panels.nothing()
            return
        currency = client.shop().currency
        panels.chart(
            charts.price_and_units(shown, currency),
            charts.price_words(shown, currency),
            tables.prices(shown, currency, page.choice),
        )
        if len(here) > len(shown):
            count, every = formats.number(len(shown)), formats.number(len(here))
            st.caption(texts.PRICES_CUT.format(count=count, all=every))
        panels.foot(
            about.pictures("price-and-units"),
            page.files(sold.asked(page)),
            page.orders(measure="units"),
            meaning=page.meaning(found.about, "average_price", "units", "product"),
        )

    panel = panels.Panel("prices", texts.PRICES_TITLE, charts.PRICES_HEIGHT + 8, texts.PRICES_LEAD)
    panels.show(panel, once.get, draw)
