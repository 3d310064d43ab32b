"""Board: where every KPI stands, and how likely its target is."""

import streamlit as st

from tillsight.dashboard import client, listing, notices, texts
from tillsight.dashboard.kpis import filters as kpi_filters
from tillsight.dashboard.kpis import parts

st.title(texts.BOARD, anchor=False)
st.caption(texts.BOARD_LEAD)
wanted = kpi_filters.board_bar(client.get("/api/circles")["circles"])
answer = client.get("/api/kpis/board", wanted.parameters)
if not answer["kpis"]:
    parts.invite(filtered="circle" in wanted.parameters)
    st.stop()

parts.show_counts(answer)
shown = wanted.entries(answer["kpis"])
if not shown:
    notices.notice("no_kpis_found", texts.NO_KPIS_FOUND_TITLE, texts.NO_KPIS_FOUND)
    st.stop()
pressed = listing.show(f"board_{wanted.view}", parts.drawn(wanted, shown, answer))
parts.board_foot(wanted, answer, len(shown))
if pressed:
    kpi_filters.sort_by(pressed)
