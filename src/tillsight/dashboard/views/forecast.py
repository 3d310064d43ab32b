"""Forecast: what comes next, how sure that is, and how good earlier forecasts were."""

from pathlib import Path

import streamlit as st

from tillsight.dashboard import (
    client,
    forecast_calendar,
    forecast_filters,
    forecast_groups,
    forecast_notes,
    forecast_parts,
    forecast_record,
    formats,
    notices,
)
from tillsight.dashboard import forecast_texts as texts
from tillsight.dashboard.coverage import coverage
from tillsight.dashboard.switches import switch

st.html(Path(__file__).parents[1] / "parts" / "forecast.css")
st.title(texts.FORECAST, anchor=False)
role = client.get("/api/users/me")["role"]
known = coverage()
if known is None:
    notices.invite(role)
    st.stop()

st.caption(texts.LEAD.format(day=formats.day(known.last)))
view = switch(texts.VIEW, texts.VIEWS, "forecast", "view", "collapsed")
if view == "calendar":
    forecast_calendar.show(known, editable=role != "viewer")
    forecast_notes.show(editable=role != "viewer")
elif view == "record":
    forecast_record.show()
elif view == "parts":
    forecast_groups.show(forecast_filters.question_bar(known, ()))
else:
    models = client.get("/api/forecasts/models")["models"]
    forecast_parts.show(forecast_filters.question_bar(known, models), models, known)
