"""Forecast: what comes next, how sure that is, and how good earlier forecasts were."""

from pathlib import Path

import streamlit as st

from tillsight.dashboard import client, sales_page
from tillsight.dashboard.forecast import calendar_of_days, groups, notes, parts, record, texts
from tillsight.dashboard.forecast import filters as forecast_filters
from tillsight.dashboard.switches import switch

st.html(Path(__file__).parents[1] / "parts" / "forecast.css")
known = sales_page.begin(texts.FORECAST)
role = client.get("/api/users/me")["role"]
view = switch(texts.VIEW, texts.VIEWS, "forecast", "view", "collapsed")
if view == "calendar":
    calendar_of_days.show(known, editable=role != "viewer")
    notes.show(editable=role != "viewer")
elif view == "record":
    record.show(known)
elif view == "parts":
    groups.show(forecast_filters.question_bar(known, ()))
else:
    models = client.get("/api/forecasts/models")["models"]
    parts.show(forecast_filters.question_bar(known, models), models, known)
