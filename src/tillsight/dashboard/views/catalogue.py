"""Catalogue: what is offered, what is told of it, and what was sold of it."""

import streamlit as st

from tillsight.dashboard import builds, client, notices, texts
from tillsight.dashboard.catalogue import filters as product_filters
from tillsight.dashboard.catalogue import forms as product_forms
from tillsight.dashboard.catalogue import parts, products
from tillsight.dashboard.switches import switch

st.title(texts.CATALOGUE, anchor=False)
st.caption(texts.CATALOGUE_LEAD)
builds.tell(builds.now())
is_editor = client.get("/api/users/me")["role"] != "viewer"
categories = client.get("/api/products/summary")["categories"]
product_forms.show_outcomes()

adding, chosen, view = False, None, "products"
if not categories:
    lead = texts.NO_PRODUCTS if is_editor else texts.NO_PRODUCTS_VIEWER
    notices.notice("no_products", texts.NO_PRODUCTS_TITLE, lead)
with st.container(key="catalogue_filters", horizontal=True, vertical_alignment="bottom"):
    if categories:
        view = switch(texts.VIEW, texts.VIEWS, "products", "view")
        wanted = product_filters.filter_bar(categories) if view == "products" else {}
    if is_editor and view == "products":
        adding = st.button(texts.ADD_PRODUCT, icon=":material/add:", key="open_new_product")
if view == "categories":
    parts.show_categories(categories)
elif categories:
    chosen = parts.show_products(wanted, editable=is_editor)
if is_editor:
    parts.show_upload(expanded=not categories)

if chosen:
    st.dialog(products.name_of(chosen))(product_forms.edit)(chosen)
elif adding:
    st.dialog(texts.ADD_PRODUCT_ASKED)(product_forms.add)()
