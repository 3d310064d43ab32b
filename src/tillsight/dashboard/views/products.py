"""Products: all of them, or one."""

import streamlit as st

from tillsight.dashboard.products import every_product, one_product

# No st.stop() after either: it would stop the panels that are still being drawn, too.
if asked := st.query_params.get("product"):
    one_product.show(asked)
else:
    every_product.show()
