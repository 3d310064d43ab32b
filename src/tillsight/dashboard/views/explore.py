"""Explore: any figures by any dimensions, as a chart and a table, down to the orders."""

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, notices, panels, sales_page
from tillsight.dashboard.explore import bar, saved, shown, texts
from tillsight.dashboard.filters import OF_CUSTOMERS

saved.take_up()
page = sales_page.open_page(texts.EXPLORE, "explore", OF_CUSTOMERS)
question, gone = bar.asked()
dimensions = question.dimensions(page.choice)
bar.show(question, dimensions)
saved.show(saved.opened(), question, page.choice, client.get("/api/users/me")["role"])
if gone:
    st.warning(formats.plain(texts.GONE.format(names=", ".join(gone))), icon=":material/info:")
if not question.measures:
    notices.notice("no_measure", texts.NO_MEASURE_TITLE, texts.NO_MEASURE)
    st.stop()

kind, reason = shown.kind_of(question, dimensions)
if reason:
    st.caption(reason)
if kind != "table":
    shown.show_charts(page, question, kind)
shown.show_table(page, question, panels.Panel("explore_table", texts.TABLE, 400))
