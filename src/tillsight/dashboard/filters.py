"""The bar that chooses what is shown; the address keeps it, so a copied link shows the same."""

from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from tillsight.dashboard import texts
from tillsight.dashboard.client import Refused
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.periods import Grain, Preset, Span, grain_of, span_of

PRESETS = list(Preset)
GRAINS = list(Grain)
DEFAULT_PRESET = Preset.month


@dataclass(frozen=True)
class Choice:
    """What was chosen: days, countries (none means all) and how time is divided."""

    span: Span
    countries: list[str]
    grain: Grain

    def parameters(self) -> dict[str, str | list[str]]:
        """The choice as filters of the API."""
        chosen: dict[str, str | list[str]] = {}
        if self.span.start:
            chosen["from"] = self.span.start.isoformat()
        if self.span.end:
            chosen["to"] = self.span.end.isoformat()
        if self.countries:
            chosen["country"] = self.countries
        return chosen


def filter_bar(known: Coverage) -> Choice:
    """Show the bar and return what it says.

    Raises:
        Refused: the days of a custom period are in the wrong order.
    """
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        preset = st.selectbox(
            texts.PERIOD,
            PRESETS,
            index=PRESETS.index(DEFAULT_PRESET),
            key="period",
            bind="query-params",
            width=190,
        )
        span = _custom(known) if preset is Preset.custom else span_of(preset, known.last)
        countries = countries_picker(known)
        grain = st.segmented_control(
            texts.GRAIN,
            GRAINS,
            default=Grain.auto,
            key="by",
            bind="query-params",
            required=True,
        )
    if span.start and span.end and span.end <= span.start:
        raise Refused(texts.WRONG_ORDER)
    return Choice(span, countries, grain_of(grain, span, known.first, known.last))


def countries_picker(known: Coverage, width: int = 210) -> list[str]:
    """Show the choice of countries and return it; none means all."""
    return st.multiselect(
        texts.COUNTRIES,
        known.countries,
        format_func=lambda country: country or texts.UNKNOWN,
        placeholder=texts.ALL_COUNTRIES,
        key="country",
        bind="query-params",
        width=width,
    )


def _custom(known: Coverage) -> Span:
    start = _day(texts.FROM, "from", known)
    last = _day(texts.TO, "to", known)
    return Span(start, last + timedelta(days=1) if last else None)


def _day(label: str, key: str, known: Coverage) -> date | None:
    return st.date_input(
        label,
        value=None,
        min_value=known.first,
        max_value=known.last,
        key=key,
        bind="query-params",
        format="DD/MM/YYYY",
        width=168,
    )
