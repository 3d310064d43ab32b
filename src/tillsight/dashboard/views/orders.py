"""Orders: what is behind a number, down to the lines."""

import streamlit as st

from tillsight.dashboard import sales_page
from tillsight.dashboard.filters import OF_CUSTOMERS
from tillsight.dashboard.orders import parts, texts

page = sales_page.open_page(texts.ORDERS, "orders", OF_CUSTOMERS)
narrowing = parts.read()
parts.show_chips(page, narrowing)
if narrowing.order:
    parts.show_order(page, narrowing)
    st.stop()

if parts.show_sums(page, narrowing):
    parts.show_list(page, narrowing)
