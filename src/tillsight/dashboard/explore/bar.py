"""What is chosen on Explore beside the filters: its address is the truth, and widgets follow it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight.dashboard import sales_page
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.question import (
    CHARTS,
    MOST_DIMENSIONS,
    OWN,
    TIME,
    TOPS,
    Question,
    read,
)

Catalogue = Mapping[str, Any]


def catalogue() -> tuple[list[str], list[str]]:
    """The names of all measures, and of all dimensions."""
    known = sales_page.words()
    measures = [name for name, one in known.items() if "unit" in one]
    return measures, [name for name in known if name not in measures]


def asked() -> tuple[Question, list[str]]:
    """What the address asks, and what of it there is not."""
    given = {name: st.query_params[name] for name in OWN if name in st.query_params}
    return read(given, *catalogue())


def show(question: Question, dimensions: Sequence[str]) -> None:
    """Show the widgets; what is picked is written to the address."""
    measures, known = catalogue()
    for name, value in (
        ("measures", [*question.measures]),
        ("by", [*question.by]),
        ("chart", question.chart),
        ("sort", question.order(dimensions)),
        ("top", question.top),
    ):
        st.session_state[_key(name)] = value
    with st.container(key="explore_choice"):
        st.multiselect(
            own_texts.MEASURES,
            measures,
            format_func=_label,
            placeholder=own_texts.PICK_MEASURES,
            key=_key("measures"),
            on_change=_write,
        )
        st.multiselect(
            own_texts.BY,
            [TIME, *known],
            format_func=_label,
            max_selections=MOST_DIMENSIONS,
            placeholder=own_texts.PICK_DIMENSIONS,
            key=_key("by"),
            on_change=_write,
        )
        st.selectbox(
            own_texts.SORT,
            _orders(question, dimensions),
            format_func=_order_words,
            key=_key("sort"),
            on_change=_write,
        )
        st.selectbox(own_texts.TOP, TOPS, key=_key("top"), on_change=_write)
        st.segmented_control(
            own_texts.CHART,
            CHARTS,
            format_func=lambda one: own_texts.CHARTS[one],
            key=_key("chart"),
            required=True,
            on_change=_write,
        )


def _orders(question: Question, dimensions: Sequence[str]) -> list[str]:
    of_measures = [one for name in question.measures for one in (f"-{name}", name)]
    return ["", *of_measures, *dimensions]


def _order_words(order: str) -> str:
    if not order:
        return own_texts.IN_ORDER
    name = order.removeprefix("-")
    known = sales_page.words()[name]
    if "unit" not in known:
        return own_texts.BY_DIMENSION.format(dimension=known["label"])
    text = own_texts.HIGHEST if order.startswith("-") else own_texts.LOWEST
    return text.format(measure=known["label"])


def _label(name: str) -> str:
    if name == TIME:
        return own_texts.TIME
    label: str = sales_page.words()[name]["label"]
    return label


def _key(name: str) -> str:
    return f"explore_{name}"


def _write() -> None:
    """Have the address ask what the widgets say."""
    state = {name: st.session_state[_key(name)] for name in OWN}
    question = Question(
        state["measures"], state["by"], state["chart"] or "", state["sort"] or "", state["top"]
    )
    written = question.written()
    for name in OWN:
        if name in written:
            st.query_params[name] = written[name]
        elif name in st.query_params:
            del st.query_params[name]
