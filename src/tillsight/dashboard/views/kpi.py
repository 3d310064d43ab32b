"""KPI: how one KPI went, how likely its target is, and what was done to its values."""

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, texts
from tillsight.dashboard.kpis import facts, page, parts, restatements
from tillsight.dashboard.kpis import filters as kpi_filters

kpis = page.all_kpis()
if not kpis:
    st.title(texts.KPI, anchor=False)
    parts.invite(filtered=False)
    st.stop()

heading = st.container(key="kpi_heading")
with st.container(key="kpi_filters", horizontal=True, vertical_alignment="bottom"):
    kpi = page.chosen(kpis)
    period = kpi_filters.period_bar()
with heading:
    st.title(formats.plain(kpi["name"]) if kpi else texts.KPI, anchor=False)
    if kpi:
        st.caption(formats.plain(facts.lead(kpi)))
if kpi is None:
    page.unknown()
    st.stop()

told = client.get(f"/api/kpis/{kpi['id']}/progress", period)
page.show_summary(told)
page.show_course(kpi, told)
page.show_outlook(kpi, told)
if told["restated"]:
    restatements.show(kpi)
page.show_values_and_facts(kpi)
page.show_changes(kpi)
