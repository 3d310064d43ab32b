"""Overview: what was sold in a period, against the period before."""

import streamlit as st

from tillsight.dashboard import notices, sales_page, texts
from tillsight.dashboard.explore import pinned
from tillsight.dashboard.overview import figures, rankings

page = sales_page.open_page(texts.OVERVIEW, "")
answer = figures.figures_of(page.choice)
st.caption(page.compared(answer))
if answer["totals"]["orders"] == 0:
    notices.notice("no_sales", texts.NO_SALES_TITLE, texts.NO_SALES.format(period=page.days()))
    st.stop()

figures.show_figures(answer, page)
figures.show_course(answer, page)
rankings.show_rankings(page)
pinned.show(page)
