"""The bar that chooses what the sales pages show; the address keeps it, and so do other pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from html import escape
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import address, texts
from tillsight.dashboard.client import Refused
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.periods import Compare, Grain, Preset, Span, grain_of, span_of

KEPT: Mapping[str, address.Kept] = {
    "days": address.one_of(Preset, Preset.month),
    "since": address.a_day(),
    "until": address.a_day(),
    "compare": address.one_of(Compare, Compare.previous_period),
    "grain": address.one_of(Grain, Grain.auto),
    "country": address.any_of(),
    "category": address.any_of(),
    "channel": address.any_of(),
    "segment": address.any_of(),
    "gender": address.any_of(),
    "age_band": address.any_of(),
}
"""Every choice that goes from page to page, by its name in addresses. No widget of another page may
be bound to one of these names: Streamlit would take it out of the address with that page."""

UNFILTERED = ("days", "since", "until", "compare", "grain")
"""Those that are no filter."""

EVERYWHERE = ("category", "channel", "segment")
OUR_OWN = frozenset({"segment", "age_band"})
"""Dimensions whose values are words of ours, not the shop's."""
OF_CUSTOMERS = (*EVERYWHERE, "gender", "age_band")
"""Dimensions that can be picked beside the country; the second on pages about customers."""
_PICKED = frozenset({"country", *OF_CUSTOMERS})


@dataclass(frozen=True)
class Choice:
    """What was chosen: days, what they are compared with, filters by dimension, the grain, and how
    that is written in addresses.
    """

    span: Span
    compare: Compare
    filters: Mapping[str, list[str]]
    grain: Grain
    written: address.Written = field(default_factory=dict)

    def link(self, page: str, **own: str | Sequence[str]) -> str:
        """The address of a page with what was chosen; `own` are that page's own parameters, or
        values of dimensions that stand in place of the chosen ones.
        """
        return f"/{page}?{urlencode({**self.written, **own}, doseq=True)}".rstrip("?")

    def drill(self, **own: str | Sequence[str]) -> str:
        """The address of the orders behind a figure: what this page was asked, and no choice of
        other pages. `own` narrows it by dimension; `measure` names the figure.
        """
        bar = {name: value for name, value in self.written.items() if name not in _PICKED}
        asked = {"days": [str(Preset.month)], **bar, **self.filters, **own}
        return f"/orders?{urlencode(asked, doseq=True)}"

    def all_days(self, page: str) -> str:
        """The address of a page with the same filters over all days."""
        return self.link(page, days=str(Preset.all))

    def unfiltered(self, page: str) -> str:
        """The address of a page with the same days and no filter."""
        kept = {name: self.written[name] for name in UNFILTERED if name in self.written}
        return f"/{page}?{urlencode(kept, doseq=True)}".rstrip("?")

    def parameters(self) -> dict[str, str | Sequence[str]]:
        """The days and filters as parameters of the API."""
        chosen: dict[str, str | Sequence[str]] = {**self.filters}
        if self.span.start:
            chosen["from"] = self.span.start.isoformat()
        if self.span.end:
            chosen["to"] = self.span.end.isoformat()
        return chosen

    def compared(self) -> dict[str, str | Sequence[str]]:
        """The same, with what the days are compared with."""
        asked = {} if self.compare is Compare.nothing else {"compare": str(self.compare)}
        return self.parameters() | asked


def filter_bar(known: Coverage, page: str, more: Sequence[str] = EVERYWHERE) -> Choice:
    """Show the bar and return what it says; `more` are the dimensions behind its last button.

    Raises:
        Refused: the days of a custom period are in the wrong order.
    """
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        preset = Preset(_one("days", texts.PERIOD, list(Preset), texts.PRESETS))
        _fold()
        span = _custom(known) if preset is Preset.custom else span_of(preset, known.last)
        compare = Compare(_one("compare", texts.COMPARE, list(Compare), texts.COMPARES))
        countries = dimension_picker(known, "country", 200)
        others = more_filters(known, more)
        grain = st.segmented_control(
            texts.GRAIN,
            list(Grain),
            format_func=lambda one: texts.GRAINS[one],
            key=address.key("grain"),
            required=True,
        )
    address.put(KEPT, page)
    if span.start and span.end and span.end <= span.start:
        raise Refused(texts.WRONG_ORDER)
    filters = {"country": countries, **others} if countries else others
    _count(filters)
    grain = grain_of(grain or Grain.auto, span, known.first, known.last)
    return Choice(span, compare, filters, grain, address.written(KEPT))


def everything() -> Choice:
    """All sales, without the bar; what was chosen stays in addresses."""
    return Choice(Span(), Compare.nothing, {}, Grain.month, address.written(KEPT))


def dimension_picker(
    known: Coverage, name: str, width: int | Literal["stretch"] = "stretch"
) -> list[str]:
    """Show the values of a dimension that the sales have; return the chosen ones, none for all."""
    state = address.key(name)
    values = known.values(name)
    # A country that a link asks for counts, among those that can be picked or not: else figures of
    # everything would pass for those of what was asked. A segment is one of ours, or nonsense.
    chosen = st.session_state[state] = [
        one
        for one in dict.fromkeys(st.session_state[state])
        if one in values or name not in OUR_OWN
    ]
    return st.multiselect(
        texts.DIMENSIONS[name],
        [*values, *(one for one in chosen if one not in values)],
        format_func=lambda value: value_name(name, value),
        placeholder=texts.ALL_OF[name],
        key=state,
        width=width,
    )


def value_name(dimension: str, value: str | None) -> str:
    """What a value of a dimension is called: those that are the shop's own stay as they are."""
    if not value:
        return texts.UNKNOWN
    return languages.said(value) if dimension in OUR_OWN else value


def in_words(chosen: Mapping[str, Sequence[str]]) -> str:
    """Filters by dimension, as a sentence has them."""
    if not chosen:
        return texts.NO_FILTERS
    return "; ".join(
        f"{texts.DIMENSIONS.get(name, name)}: {', '.join(value_name(name, one) for one in values)}"
        for name, values in chosen.items()
    )


def more_filters(known: Coverage, names: Sequence[str]) -> dict[str, list[str]]:
    """Show a button with filters behind it, which says how many are in use; return those."""
    offered = [
        name for name in names if len(known.values(name)) > 1 or st.session_state[address.key(name)]
    ]
    if not offered:
        return {}
    used = sum(bool(st.session_state[address.key(name)]) for name in offered)
    label = texts.MORE_FILTERS_USED.format(count=used) if used else texts.MORE_FILTERS
    with st.popover(label, icon=":material/filter_list:", width="content"):
        chosen = {name: dimension_picker(known, name) for name in offered}
    return {name: values for name, values in chosen.items() if values}


def _fold() -> None:
    """Where the page is narrow, style.css shows the period alone, and all else once this is open.
    Its words never change, so that it stays open when the page is run again.
    """
    st.html(f'<details class="fold"><summary>{escape(texts.MORE_CHOICES)}</summary></details>')


def _count(filters: Mapping[str, list[str]]) -> None:
    """Say on what folds the bar how many dimensions are filtered."""
    used = f" · {len(filters)}" if filters else ""
    st.html(f"<style>:root {{ --filters-used: '{used}'; }}</style>")


def _one(name: str, label: str, options: Sequence[StrEnum], labels: Mapping[str, str]) -> StrEnum:
    return st.selectbox(
        label,
        options,
        format_func=lambda one: labels[one],
        key=address.key(name),
        width=170,
    )


def _custom(known: Coverage) -> Span:
    start = _day(texts.FROM, "since", known)
    last = _day(texts.TO, "until", known)
    return Span(start, last + timedelta(days=1) if last else None)


def _day(label: str, name: str, known: Coverage) -> date | None:
    state = address.key(name)
    chosen = st.session_state[state]
    if chosen is not None:  # days before and after the data show the same, but cannot be picked
        st.session_state[state] = min(max(chosen, known.first), known.last)
    return st.date_input(
        label,
        min_value=known.first,
        max_value=known.last,
        key=state,
        format=formats.typed_day(),
        width=150,
    )
