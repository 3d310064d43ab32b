"""The main figures of the chosen period, against those of the period before."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from tillsight.dashboard import cards, client, formats, texts
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.filters import Choice

SHOWN = ("revenue", "orders", "customers", "average_order_value")


def figures_of(choice: Choice) -> dict[str, Any]:
    """The figures over the chosen period and in each bucket of it, with those of the one before."""
    return client.get(
        "/api/metrics/query",
        {
            "measures": ",".join(SHOWN),
            "by": choice.grain.lower(),
            **choice.compared(),
        },
    )


def show_figures(answer: Mapping[str, Any]) -> None:
    """One card for each figure; its definition, from the catalogue, shows on hover."""
    catalogue = {one["name"]: one for one in client.get("/api/metrics")["measures"]}
    with st.container(key="figures"):
        st.html(cards.cards([catalogue[name] for name in SHOWN], answer, client.shop().currency))


def windows(answer: Mapping[str, Any], choice: Choice, known: Coverage) -> str:
    """Which days are shown, and which they are compared with, in words."""
    comparison = answer["comparison"]
    if comparison is None:
        return shown_days(choice, known)
    this = formats.window(*_days(comparison["this"]))
    start, end = _days(comparison["before"])
    if end <= known.first:
        return this
    text = texts.COMPARED_PARTLY if start < known.first else texts.COMPARED
    return text.format(this=this, before=formats.window(start, end), first=formats.day(known.first))


def shown_days(choice: Choice, known: Coverage) -> str:
    """The chosen days as far as there are data."""
    start = choice.span.start or known.first
    end = choice.span.end
    return formats.window(start, end) if end else formats.days(start, known.last)


def _days(window: Mapping[str, str]) -> tuple[date, date]:
    return date.fromisoformat(window["start"]), date.fromisoformat(window["end"])
