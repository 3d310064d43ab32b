"""The pieces of the page of one KPI: which it is, how it went, what was done to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, charts, client, downloads, notices, panels, texts, turning
from tillsight.dashboard.kpis import behind, facts, parts, words
from tillsight.dashboard.kpis import charts as kpi_charts
from tillsight.dashboard.kpis import filters as kpi_filters

One = Mapping[str, Any]
LISTED = 500
"""KPIs asked for at once."""
SHOWN = 8
CHANGES = "kpi_changes"


def all_kpis() -> list[One]:
    """Every KPI by name, archived ones too: they keep their page."""
    found: list[One] = []
    after: int | None = None
    while True:
        wanted: dict[str, int] = {"limit": LISTED} | ({"after": after} if after else {})
        answer = client.get("/api/kpis", wanted)
        found += answer["kpis"]
        after = answer["next"]
        if after is None:
            return found


def chosen(kpis: list[One]) -> One | None:
    """Show the bar; the KPI whose number the address has, the first one where it has none, None
    where it has one that is not there.
    """
    named = {str(one["id"]): one for one in kpis}
    asked = st.query_params.get("id", next(iter(named)))
    if asked in named:
        st.session_state["kpi"] = asked  # the address decides; a choice changes it first
    number = st.selectbox(
        texts.KPI,
        list(named),
        index=0 if asked in named else None,
        format_func=lambda one: _called(named[one]),
        placeholder=texts.CHOOSE_KPI,
        key="kpi",
        on_change=_to_address,
        width=340,
    )
    return named[number] if number else None


def show_summary(told: One) -> None:
    """The four figures, and as of which day."""
    st.caption(texts.BOARD_TO_DATE.format(day=formats.day(parts.day_of(told))))
    st.html(facts.summary(told, parts.context(told)))


def show_course(kpi: One, told: One) -> None:
    """The chart, with what it shows as its title."""
    as_of, entry = parts.day_of(told), told
    with st.container(key="panel_kpi_course", border=True):
        st.header(formats.plain(words.finding(entry, as_of)), anchor=False)
        if not entry["series"]:
            st.caption(texts.COURSE_EMPTY)
            return
        since = kpi_filters.since_bar(entry, as_of)
        figure = kpi_charts.evolution(
            kpi_charts.Course(entry, _targets(kpi), as_of, since), _paper()
        )
        st.plotly_chart(
            figure,
            config=charts.config(),
            alt=texts.COURSE_ALT.format(kpi=kpi["name"], since=formats.day(since)),
        )
        drawn = {trace.name for trace in figure.data if trace.name}
        st.caption(formats.plain(" ".join(words.legend(entry, drawn))))
        meaning = behind.of_course(kpi, _measure(kpi), told)
        panels.foot(about.pictures("kpi"), meaning=meaning)


def show_outlook(kpi: One, told: One) -> None:
    """What the outlook rests on; nothing where there is none."""
    if rests_on := facts.outlook(told):
        with st.container(key="panel_kpi_outlook", border=True):
            st.header(texts.OUTLOOK_TITLE, anchor=False)
            st.html(rests_on)
            panels.foot(meaning=behind.of_outlook(kpi, told))


def show_values_and_facts(kpi: One) -> None:
    """The newest values with what was said of them, and beside them what the KPI is."""
    found = client.get(f"/api/kpis/{kpi['id']}/values", {"limit": SHOWN})["values"]
    if not found:
        _show_facts(kpi)
        return
    left, right = st.columns([3, 2])
    with left:
        _show_values(kpi, found)
    with right:
        _show_facts(kpi)


def _show_values(kpi: One, found: Sequence[One]) -> None:
    with st.container(key="panel_kpi_values", border=True):
        st.header(texts.VALUES_AND_COMMENTS, anchor=False)
        st.html(facts.values(found, kpi, client.shop().timezone))
        st.html(downloads.file_links(f"/api/kpis/{kpi['id']}/values", {}, texts.VALUES_CSV))
        panels.foot(meaning=behind.of_list(kpi, _measure(kpi)))


def _show_facts(kpi: One) -> None:
    with st.container(key="panel_kpi_facts", border=True):
        st.header(texts.FACTS, anchor=False)
        if kpi["description"]:
            st.text(kpi["description"])
        st.html(facts.facts(kpi, _measure(kpi)))


def show_changes(kpi: One) -> None:
    """The change log of the KPI, newest first, in pages."""
    wanted: dict[str, int] = {"kpi": kpi["id"], "limit": SHOWN}
    at = turning.page_of(CHANGES, wanted)
    answer = client.get("/api/kpi-changes", wanted | at)
    with st.container(key="panel_kpi_changes", border=True):
        st.header(texts.CHANGES, anchor=False)
        if not answer["changes"]:
            st.caption(texts.CHANGES_EMPTY)
            return
        st.html(facts.changes(answer["changes"], kpi["unit"], client.shop().timezone))
        turning.foot(CHANGES, "/api/kpi-changes", {"kpi": kpi["id"]}, answer["next"])
        panels.foot(meaning=behind.of_list(kpi, _measure(kpi)))


def unknown() -> None:
    """The address names a KPI that is not there."""
    notices.notice("no_kpi", texts.NO_SUCH_KPI_TITLE, texts.NO_SUCH_KPI)


def _measure(kpi: One) -> str:
    """What the catalogue calls the measure of a KPI."""
    if kpi["measure"] is None:
        return ""
    measures = client.of_the_program("/api/metrics")["measures"]
    known = {one["name"]: languages.said(one["label"]) for one in measures}
    return str(known.get(kpi["measure"], kpi["measure"]))


def _called(kpi: One) -> str:
    return f"{kpi['name']} · {kpi['circle']}"


def _to_address() -> None:
    st.query_params["id"] = st.session_state["kpi"]


def _paper() -> kpi_charts.Paper:
    """The colours of the theme in use."""
    return kpi_charts.PAPERS["dark" if st.context.theme.type == "dark" else "light"]


def _targets(kpi: One) -> list[One]:
    found: list[One] = client.get(f"/api/kpis/{kpi['id']}/targets")["targets"]
    return found
