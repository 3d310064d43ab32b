"""KPI: how one KPI went, how likely its target is, and what was done to its values."""

import streamlit as st

from tillsight.dashboard import (
    client,
    formats,
    kpi_facts,
    kpi_filters,
    kpi_page,
    kpi_parts,
    restatements,
    texts,
)

kpis = kpi_page.all_kpis()
if not kpis:
    st.title(texts.KPI, anchor=False)
    kpi_parts.invite(filtered=False)
    st.stop()

heading = st.container(key="kpi_heading")
with st.container(key="kpi_filters", horizontal=True, vertical_alignment="bottom"):
    kpi = kpi_page.chosen(kpis)
    period = kpi_filters.period_bar()
with heading:
    st.title(formats.plain(kpi["name"]) if kpi else texts.KPI, anchor=False)
    if kpi:
        st.caption(formats.plain(kpi_facts.lead(kpi)))
if kpi is None:
    kpi_page.unknown()
    st.stop()

told = client.get(f"/api/kpis/{kpi['id']}/progress", period)
kpi_page.show_summary(told)
kpi_page.show_course(kpi, told)
kpi_page.show_outlook(told)
if told["restated"]:
    restatements.show(kpi)
kpi_page.show_values_and_facts(kpi)
kpi_page.show_changes(kpi)
