"""Forecasts of countries or products that add up to that of the whole."""

from html import escape

import streamlit as st

from tillsight.dashboard import client, listing, notices, panels
from tillsight.dashboard.forecast import behind, facts, steps, texts, tiles, words
from tillsight.dashboard.forecast.filters import Asked, Parameters
from tillsight.dashboard.switches import switch

MOST = 20
HISTORY = {"day": 90, "week": 52, "month": 36}
"""Steps of the past in a little chart."""


def show(asked: Asked) -> None:
    """The parts as a table, and each as a little chart."""
    by = switch(texts.PARTS_BY, texts.PARTS_BYS, "country", "parts", "collapsed")
    with st.spinner(texts.FORECASTING):
        question: Parameters = {
            **asked.parameters,
            "by": by,
            "top": MOST,
            "history": HISTORY[asked.grain],
            "level": "80",
        }
        answer = client.get("/api/forecasts/batch", question)
    if not answer["groups"]:
        notices.notice("no_parts", texts.NO_SALES_TITLE, texts.PARTS_NONE)
        return
    st.html(facts.notices(answer["notices"]))
    unit = words.unit_of(answer, client.shop().currency)
    with st.container(key="panel_forecast_parts", border=True):
        title = texts.TOTAL.format(span=steps.counted(answer["grain"], answer["horizon"]))
        st.header(f"{answer['label']}: {title[:1].lower()}{title[1:]}", anchor=False)
        st.caption(f"{texts.PARTS_LEAD[answer['by']]} {texts.PARTS_SUM[answer['grain']]}")
        listing.show("forecast_parts", tiles.table(answer, unit))
        panels.foot(meaning=behind.of_forecast(answer))
    with st.container(key="panel_forecast_tiles", border=True):
        st.header(escape(texts.PARTS_TILES), anchor=False)
        st.caption(texts.PARTS_TILES_LEAD)
        # As a component: st.html takes drawings out of what it shows.
        listing.show("forecast_tiles", tiles.tiles(answer, unit))
        panels.foot(meaning=behind.of_forecast(answer))
