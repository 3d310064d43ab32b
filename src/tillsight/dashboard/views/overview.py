"""Overview: what was sold in a period, against the period before."""

import streamlit as st

from tillsight.dashboard import charts, client, note_marks, noted, notices, texts
from tillsight.dashboard.coverage import coverage
from tillsight.dashboard.filters import filter_bar
from tillsight.dashboard.overview import figures, rankings

st.title(texts.OVERVIEW, anchor=False)
known = coverage()
if known is None:
    notices.invite(client.get("/api/users/me")["role"])
    st.stop()

st.caption(known.as_of())
choice = filter_bar(known, "")
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
    grain = choice.grain.lower()
    figure = charts.revenue_over_time(
        answer["rows"],
        comparison["rows"] if comparison else [],
        grain,
        client.shop().currency,
    )
    starts = [charts.bucket_start(grain, row[grain]) for row in answer["rows"]]
    note_marks.add(figure, noted.between(starts), starts, figure.layout.yaxis.range[1])
    st.plotly_chart(
        figure,
        config=charts.CONFIG,
        alt=texts.CHART_ALT.format(grain=grain, period=figures.shown_days(choice, known)),
    )
rankings.show_rankings(choice)
