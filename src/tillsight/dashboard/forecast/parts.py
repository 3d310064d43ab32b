"""The forecast of the Forecast page: its figures, its chart, and how good it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from time import monotonic, sleep
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, charts, client, downloads, noted, panels
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.forecast import behind, facts, steps, texts, words
from tillsight.dashboard.forecast import charts as forecast_charts
from tillsight.dashboard.forecast import filters as forecast_filters
from tillsight.dashboard.forecast.facts import Before
from tillsight.dashboard.forecast.filters import Asked, Parameters
from tillsight.dashboard.kpis import charts as kpi_charts

One = Mapping[str, Any]
MOST_PATIENCE = 300.0
"""Seconds until a slow model is given up."""
LONGEST_WAIT = 5
"""Seconds between two looks at one."""
FIGURES = 112
"""Pixels that the figures are high, side by side."""
COMPARED = "forecast_compared"
"""For which question models were compared last, in this session."""


def show(asked: Asked, models: Sequence[One], known: Coverage) -> None:
    """Everything about one forecast."""
    missing = next((one for one in models if one["model"] == asked.model), None)
    if missing is not None and not missing["installed"]:
        _not_installed(missing)
        return
    above, figures = st.container(), st.container(key="forecast_figures")
    panel = st.container(key="panel_forecast", border=True)
    with figures, st.skeleton(FIGURES), panel:  # which keeps their room before the panel is shown
        with st.container(key="forecast_shown", horizontal=True, vertical_alignment="center"):
            measure = forecast_filters.measures()[asked.measure]
            st.header(texts.COURSE.format(measure=measure), anchor=False)
            history, levels = forecast_filters.shown_bar()
        told = _forecast_or_why_not(asked, history, levels, models)
    if told is None:
        return
    unit = words.unit_of(told, client.shop().currency)
    if told["notices"]:
        above.html(facts.notices(told["notices"]))
    with figures:
        before, last_year = _earlier(asked, told, known)
        st.html(facts.summary(told, unit, before, last_year))
    with panel:
        _show_course(told, unit, asked)
    show_quality(told, unit, asked, models)


def forecast_of(asked: Asked, history: str, levels: Sequence[int], models: Sequence[One]) -> One:
    """The forecast; other models than ours take longer, and say so meanwhile."""
    parameters: Parameters = {
        **asked.parameters,
        "model": asked.model,
        "level": ",".join(str(one) for one in levels),
        "history": forecast_filters.history_of(asked, history),
    }
    label = next(
        (languages.said(one["label"]) for one in models if one["model"] == asked.model), asked.model
    )
    if asked.model in forecast_filters.OURS:
        with st.spinner(texts.FORECASTING):
            return client.get("/api/forecasts", parameters)
    return patiently("/api/forecasts", parameters, texts.FITTING.format(model=label))


def patiently(path: str, parameters: Parameters, said: str) -> One:
    """An answer that is worked out for long: asked for again until it is there, with what is under
    way told meanwhile.

    Raises:
        Refused: with what the API said in the end.
    """
    with st.spinner(said, show_time=True):
        give_up = monotonic() + MOST_PATIENCE
        while True:
            try:
                return client.get(path, parameters)
            except client.Refused as refusal:
                wait = refusal.details.get("retry_after")
                if not wait or monotonic() > give_up:
                    raise
            sleep(min(wait, LONGEST_WAIT))


def paper() -> kpi_charts.Paper:
    """The colours of the theme in use."""
    return kpi_charts.PAPERS["dark" if st.context.theme.type == "dark" else "light"]


def _show_course(told: One, unit: str, asked: Asked) -> None:
    starts = [steps.start(one) for one in (*told["history"], *told["forecast"])]
    picture = forecast_charts.Picture(told, unit, noted.between(starts))
    figure = forecast_charts.course(picture, paper())
    st.plotly_chart(
        figure,
        config=charts.config(),
        key="forecast_course",
        alt=words.course_alt(told, unit),
    )
    drawn = [trace.name for trace in figure.data if trace.name]
    if any(shape.type == "rect" for shape in figure.layout.shapes):
        drawn.append("closure")
    st.caption(words.legend(told["grain"], drawn))
    said = f"{words.how_made(told)} {words.left_out(told)}"
    link = downloads.file_links("/api/forecasts", {**asked.parameters, "model": asked.model})
    st.html(f'<div class="forecast-foot"><p>{escape(said)}</p>{link}</div>')
    panels.foot(about.pictures("forecast"), meaning=behind.of_forecast(told))


def _earlier(asked: Asked, told: One, known: Coverage) -> tuple[Before, Before]:
    """The measure over as many steps just before, and over the same days a year earlier."""
    first, end = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    just_before = steps.ago(told["grain"], first, told["horizon"])
    spans = [(just_before, first), (steps.a_year_ago(first), steps.a_year_ago(end))]
    before, last_year = (
        _sum_of(asked, span) if known.first <= span[0] and span[1] <= first else _unknown(span)
        for span in spans
    )
    return before, last_year


def _unknown(span: tuple[date, date]) -> Before:
    return Before(formats.window(*span), None)


def _sum_of(asked: Asked, span: tuple[date, date]) -> Before:
    first, end = span
    answer = client.get(
        "/api/metrics/query",
        {
            "measures": asked.measure,
            "from": first.isoformat(),
            "to": end.isoformat(),
            **asked.where,
        },
    )
    return Before(formats.window(first, end), answer["totals"][asked.measure])


def show_quality(told: One, unit: str, asked: Asked, models: Sequence[One]) -> None:
    """How good it is, what it is made of, and how others would have done."""
    report = told["report"]
    with st.container(key="panel_forecast_quality", border=True):
        st.header(texts.QUALITY, anchor=False)
        if report is None:
            st.caption(texts.QUALITY_NONE)
            return
        st.html(f'<p class="verdict">{escape(words.verdict(report["verdict"]))}</p>')
        st.html(facts.quality(told, unit))
        with st.expander(texts.TERMS):
            st.markdown(texts.TERMS_TEXT)
        left, right = st.columns([5, 2], gap="large") if told["weights"] else (st.container(), None)
        with left:
            _show_held_out(told, unit)
        if right is not None:
            with right:
                st.html(facts.weights(told["weights"]))
                st.caption(texts.WEIGHTS_LEAD)
        panels.foot(meaning=behind.of_windows(told, report))
    _show_comparison(asked, models, told)


def _show_held_out(told: One, unit: str) -> None:
    left_out = {one["start"] for one in told["history"] if not one["ordinary"]}
    shown = [{**one, "ordinary": one["start"] not in left_out} for one in told["report"]["shown"]]
    if not shown:
        return
    st.html(
        f"<h3>{texts.HELD_OUT}</h3>"
        f'<p class="quiet">{escape(words.held_out(shown, told["grain"], unit))}</p>'
    )
    figure = forecast_charts.against(shown, told["grain"], unit, paper())
    st.plotly_chart(
        figure,
        config=charts.config(),
        key="forecast_held_out",
        alt=words.held_out_alt(shown, told["grain"], unit),
    )
    drawn = [trace.name for trace in figure.data if trace.name]
    st.caption(words.legend(told["grain"], drawn))


def _show_comparison(asked: Asked, models: Sequence[One], told: One) -> None:
    with st.container(key="panel_forecast_models", border=True):
        st.header(texts.OTHER_MODELS, anchor=False)
        question = client.listed(asked.parameters)
        if st.session_state.get(COMPARED) != question:
            asking = st.empty()
            with asking.container():
                st.caption(texts.COMPARE_LEAD)
                if not st.button(texts.COMPARE, icon=":material/balance:", key="compare"):
                    return
            asking.empty()
        names = [one["model"] for one in models]
        compared = {**asked.parameters, "models": names}
        answer = patiently("/api/forecasts/compare", compared, texts.COMPARING)
        st.session_state[COMPARED] = question
        st.html(facts.models(answer))
        span = steps.counted(asked.grain, answer["window_steps"])
        st.caption(texts.COMPARED_FOOT.format(windows=answer["windows"], span=span))
        known = {one["code"] for one in told["notices"]}
        st.html(facts.notices([one for one in answer["notices"] if one["code"] not in known]))
        panels.foot(meaning=behind.of_windows(told, answer))


def _not_installed(model: One) -> None:
    with st.container(key="notice_not_installed", border=True):
        title = texts.NOT_INSTALLED_TITLE.format(model=languages.said(model["label"]))
        st.header(title, anchor=False)
        st.text(texts.NOT_INSTALLED_LEAD)
        st.code(model["install"], language=None)


def _forecast_or_why_not(
    asked: Asked, history: str, levels: Sequence[int], models: Sequence[One]
) -> One | None:
    """The forecast; where there is none, the reason is shown in its place."""
    try:
        told = forecast_of(asked, history, levels, models)
    except client.Refused as refusal:
        title, said = common_texts.REFUSED_TITLE, str(refusal)
    else:
        if told["forecast"]:
            return told
        title = texts.NO_SALES_TITLE
        said = " ".join(one["text"] for one in told["notices"]) or texts.NO_SALES
    with st.container(key="forecast_none"):
        st.header(title, anchor=False)
        st.text(said)
    return None
