"""How earlier forecasts did: a summary, a list, and each against what happened."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import (
    charts,
    client,
    listing,
    notices,
    panels,
    sales_page,
    switches,
    turning,
)
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.forecast import behind, parts, texts, tiles, words
from tillsight.dashboard.forecast import charts as forecast_charts
from tillsight.dashboard.forecast import filters as forecast_filters

One = Mapping[str, Any]
NAME = "forecast_record"
PATH = "/api/forecasts/track-record"
SHOWN = 12


def show(known: Coverage) -> None:
    """The whole record of the chosen measure and grain."""
    wanted = _filter_bar()
    parameters = wanted | {"limit": SHOWN} | turning.page_of(NAME, wanted)
    answer = client.get(PATH, parameters)
    st.caption(texts.RECORD_LEAD)
    if not answer["forecasts"]:
        notices.notice("no_record", texts.RECORD_NONE_TITLE, texts.RECORD_NONE)
        return
    if answer["summary"]["scored"]:
        st.html(tiles.record_summary(answer["summary"]))
    shop = client.shop()
    with st.container(key="panel_forecast_record", border=True):
        st.header(texts.RECORD, anchor=False)
        table = tiles.record(answer["forecasts"], shop.currency, shop.timezone)
        pressed = listing.show("forecast_record_list", table)
        panels.foot(meaning=behind.of_record(known, _in_words(wanted)))
    turning.foot(NAME, PATH, wanted, answer["next"])
    chosen = next((one for one in answer["forecasts"] if str(one["id"]) == pressed), None)
    if chosen:
        title = f"{chosen['label']}, {tiles.record_days(chosen)}"
        st.dialog(formats.plain(title), width="large")(_open)(chosen)


def _filter_bar() -> dict[str, str]:
    with st.container(key="forecast_filters", horizontal=True, vertical_alignment="bottom"):
        measure = forecast_filters.measure_picker()
        grain = forecast_filters.grain_picker()
        state = switches.pick(texts.RECORD_STATE, texts.RECORD_STATES, "state", 150)
    chosen = {"measure": measure, "grain": grain, "state": state}
    return {name: one for name, one in chosen.items() if one}


def _in_words(wanted: Mapping[str, str]) -> list[str]:
    """What the list is narrowed to."""
    measures = sales_page.words()
    named = {
        "measure": lambda one: f"{texts.MEASURE}: {measures[one]['label']}",
        "grain": lambda one: f"{texts.GRAIN}: {texts.GRAINS[one]}",
        "state": lambda one: f"{texts.RECORD_STATE}: {texts.RECORD_STATES[one]}",
    }
    return [named[name](one) for name, one in wanted.items()]


def _open(chosen: One) -> None:
    """One forecast against what happened."""
    told = client.get(f"{PATH}/{chosen['id']}")
    unit = words.unit_of(told, client.shop().currency)
    found = [{**one, "predicted": one["value"]} for one in told["steps"]]
    figure = forecast_charts.against(found, told["grain"], unit, parts.paper())
    st.plotly_chart(
        figure,
        config=charts.config(),
        key="forecast_recorded",
        alt=texts.RECORD_ALT.format(
            measure=languages.said(told["label"]), days=tiles.record_days(told)
        ),
    )
    drawn = [trace.name for trace in figure.data if trace.name]
    st.caption(words.legend(told["grain"], drawn))
    table = tiles.record_figures(told, unit)
    st.html(table)
