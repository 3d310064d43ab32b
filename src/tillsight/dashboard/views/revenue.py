"""Revenue: its course and growth, and when in the week and the year it comes."""

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, sales_page
from tillsight.dashboard.forecast import notes
from tillsight.dashboard.revenue import asking, growth, texts, trend, week, year

page = sales_page.open_page(texts.REVENUE, "revenue")
answer = sales_page.query(asking.figures(page))
st.caption(formats.plain(page.compared(answer)))
trend.show_figures(answer, page)
trend.show(answer, page)
first, end = asking.covered(page)
listed = notes.Listed(
    {"from": first.isoformat(), "to": end.isoformat()}, texts.NOTES_LEAD, texts.NOTES_NONE
)
notes.show(editable=client.get("/api/users/me")["role"] != "viewer", listed=listed)
growth.show(page)
week.show_hours(page)
with st.container(key="patterns"):
    left, right = st.columns(2)
    with left:
        year.show_seasons(page)
    with right:
        week.show_weekdays(page)
year.show_calendar(page)
