"""Countries: where customers buy from, and how that changes."""

import streamlit as st

from tillsight import formats
from tillsight.dashboard import sales_page
from tillsight.dashboard.countries import parts, sales, texts

page = sales_page.open_page(texts.TITLE, "countries")
answer = sales_page.query(parts.asked(page.choice))
st.caption(formats.plain(page.compared(answer)))
rows = sales.countries(answer)
parts.show_map(answer, rows, page)
parts.show_table(answer, rows, page)
parts.show_courses(rows, page)
