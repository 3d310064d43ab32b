"""Countries: where customers buy from, and how that changes."""

import streamlit as st

from tillsight.dashboard import notices, sales_page, texts
from tillsight.dashboard.countries import parts, sales
from tillsight.dashboard.countries import texts as country_texts

page = sales_page.open_page(country_texts.TITLE, "countries")
answer = sales_page.query(parts.asked(page.choice))
st.caption(page.compared(answer))
if answer["totals"]["orders"] == 0:
    notices.notice("no_sales", texts.NO_SALES_TITLE, texts.NO_SALES.format(period=page.days()))
    st.stop()

rows = sales.countries(answer)
parts.show_map(answer, rows, page)
parts.show_table(answer, rows, page)
parts.show_courses(rows, page)
