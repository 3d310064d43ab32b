"""Overview: what was sold in a period, against the period before."""

import streamlit as st

from tillsight.dashboard import charts, client, figures, notices, rankings, texts
from tillsight.dashboard.coverage import coverage
from tillsight.dashboard.filters import filter_bar

st.title(texts.OVERVIEW, anchor=False)
known = coverage()
if known is None:
    notices.invite(client.get("/api/users/me")["role"])
    st.stop()

st.caption(known.as_of())
choice = filter_bar(known)
answer = figures.figures_of(choice)
st.caption(figures.windows(answer, choice, known))
if answer["totals"]["orders"] == 0:
    days = figures.shown_days(choice, known)
    notices.notice("no_sales", texts.NO_SALES_TITLE, texts.NO_SALES.format(period=days))
    st.stop()

figures.show_figures(answer)
with st.container(key="revenue_over_time", border=True):
    st.subheader(texts.REVENUE_OVER_TIME, anchor=False)
    comparison = answer["comparison"]
    st.plotly_chart(
        charts.revenue_over_time(
            answer["rows"],
            comparison["rows"] if comparison else [],
            choice.grain.lower(),
            client.shop().currency,
        ),
        config=charts.CONFIG,
        alt=texts.CHART_ALT.format(
            grain=choice.grain.lower(), period=figures.shown_days(choice, known)
        ),
    )
rankings.show_rankings(choice)
