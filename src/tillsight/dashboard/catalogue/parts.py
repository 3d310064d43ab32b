"""The two sides of the catalogue: its products one by one, and its categories summed up."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight.dashboard import charts, client, downloads, leafing, listing, notices, texts
from tillsight.dashboard.catalogue import products
from tillsight.dashboard.catalogue.filters import Wanted
from tillsight.dashboard.imports import dropzone

One = Mapping[str, Any]
MOST_BARS = 12


def _listed() -> leafing.Listed:
    return leafing.Listed("catalogue", "/api/products", 50, texts.PRODUCTS_SHOWN)


def show_products(wanted: Wanted, *, editable: bool) -> One | None:
    """Show a page of the products; returns the one whose button was just pressed."""
    answer = leafing.page_of(_listed(), wanted)
    found = answer["products"]
    if not found:
        notices.notice("no_products", texts.NO_PRODUCTS_FOUND_TITLE, texts.NO_PRODUCTS_FOUND)
        return None
    with st.container(key="panel_products", border=True):
        table = products.products(found, client.shop().currency, editable=editable)
        pressed = listing.show("products_table", table)
    leafing.foot(_listed(), wanted, answer)
    return next((one for one in found if one["product_id"] == pressed), None)


def show_categories(categories: Sequence[One]) -> None:
    """Show what products files tell of each category, as bars and as a table."""
    currency = client.shop().currency
    with st.container(key="panel_categories", border=True):
        st.header(texts.BY_CATEGORY, anchor=False)
        st.caption(texts.BY_CATEGORY_LEAD)
        if bars := [one for one in categories if one["total_revenue"]][:MOST_BARS]:
            st.plotly_chart(
                charts.revenue_by_category(bars, currency),
                config=charts.config(),
                alt=texts.BY_CATEGORY_ALT,
            )
        if len(categories) > MOST_BARS:
            st.caption(texts.BY_CATEGORY_MOST.format(count=MOST_BARS, all=len(categories)))
        st.html(products.categories(categories, currency))
    st.html(downloads.file_links("/api/products/summary", {}))


def show_upload(*, expanded: bool) -> None:
    """Where a file of products is dropped."""
    with st.expander(texts.LOAD_PRODUCTS, expanded=expanded, icon=":material/upload_file:"):
        st.caption(texts.LOAD_PRODUCTS_LEAD)
        dropzone.show()
