"""All products of the chosen days: figures, classes, movers, what they are made of, pairs."""

from functools import partial

import streamlit as st

from tillsight import formats
from tillsight.dashboard import notices, sales_page
from tillsight.dashboard.products import classes, figures, mix, movers, sold, texts, together


def show() -> None:
    """The page, or that the sales do not name what was sold."""
    page = sales_page.open_page(texts.PRODUCTS, "products")
    asked = figures.of_all(page)
    answer = sales_page.query(asked)
    st.caption(formats.plain(page.compared(answer)))
    if answer["totals"]["products"] == 0:
        notices.notice("no_products", texts.NO_PRODUCTS_TITLE, texts.NO_PRODUCTS)
        return
    figures.show(page, asked, answer, figures.OF_ALL)
    once = sold.Once(partial(sold.of, page))
    classes.show(page)
    movers.show(page, once)
    mix.show_categories(page, once)
    mix.show_prices(page, once)
    together.show_pairs(page)
