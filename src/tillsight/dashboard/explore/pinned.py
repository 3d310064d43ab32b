"""Views on somebody's Overview: each drawn with its own period and filters."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, panels, sales_page
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.explore import bar, saved, shown
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.question import read
from tillsight.dashboard.filters import KEPT, OF_CUSTOMERS, Choice
from tillsight.dashboard.periods import Preset, Span, grain_of, span_of
from tillsight.dashboard.sales_page import SalesPage

One = Mapping[str, Any]


def show(page: SalesPage) -> None:
    """The views that the person pinned, in their order, and a way to arrange them."""
    views = client.get(saved.PINS)["views"]
    if not views:
        return
    with st.container(key="pinned_head", horizontal=True, vertical_alignment="center"):
        st.header(own_texts.PINNED, anchor=False)
        with st.popover(own_texts.ARRANGE, icon=":material/swap_vert:", width="content"):
            _arrange(views)
    with st.container(key="pinned"):
        for view in views:
            _show(page.known, view)


def _show(known: Coverage, view: One) -> None:
    given = {name: values[0] for name, values in view["question"].items() if values}
    question, gone = read(given, *bar.catalogue())
    own_page = SalesPage(known, choice_of(view["question"], known))
    lead = own_texts.OF_PERIOD.format(period=own_page.days(), filters=own_page.filters())
    if gone:
        lead = f"{own_texts.GONE.format(names=', '.join(gone))} {lead}"
    links = [about.link(own_texts.OPEN_VIEW, saved.address(view))]
    dimensions = question.dimensions(own_page.choice)
    kind, _ = shown.kind_of(question, dimensions)
    measures = sales_page.words()
    for name in question.measures if kind != "table" else question.measures[:1]:
        several = kind != "table" and len(question.measures) > 1
        title = f"{view['name']}: {measures[name]['label']}" if several else view["name"]
        panel = panels.Panel(f"pinned_{view['id']}_{name}", title, shown.HEIGHT, lead)
        if kind == "table":
            with st.container(key=f"pinned_table_{view['id']}"):
                shown.show_table(own_page, question, panel, links)
        else:
            shown.show_chart(own_page, question, kind, measures[name], panel, links)
    if not question.measures:
        _show_gone(view, lead, links)


def _show_gone(view: One, lead: str, links: Sequence[str]) -> None:
    with st.container(key=f"panel_pinned_{view['id']}", border=True):
        st.header(formats.plain(view["name"]), anchor=False)
        st.caption(formats.plain(lead))
        panels.foot(*links)


def choice_of(asked: Mapping[str, Sequence[str]], known: Coverage) -> Choice:
    """What a view asks of the bar: days, comparison, filters, grain."""
    chosen = {name: one.read(asked.get(name, ())) for name, one in KEPT.items()}
    span = span_of(chosen["days"], known.last)
    if chosen["days"] is Preset.custom:
        last = chosen["until"]
        span = Span(chosen["since"], last + timedelta(days=1) if last else None)
    filters = {name: chosen[name] for name in ("country", *OF_CUSTOMERS) if chosen[name]}
    grain = grain_of(chosen["grain"], span, known.first, known.last)
    written = {name: [*asked[name]] for name in KEPT if name in asked}
    return Choice(span, chosen["compare"], filters, grain, written)


def _arrange(views: Sequence[One]) -> None:
    ids = [one["id"] for one in views]
    for place, view in enumerate(views):
        with st.container(
            key=f"arrange_{view['id']}", horizontal=True, vertical_alignment="center"
        ):
            st.text(view["name"])
            _button("expand_less", own_texts.EARLIER, view, _moved(ids, place, place - 1))
            _button("expand_more", own_texts.LATER, view, _moved(ids, place, place + 1))
            left = [one for one in ids if one != view["id"]]
            _button("close", own_texts.UNPIN_NAMED, view, left)


def _button(icon: str, text: str, view: One, order: Sequence[int] | None) -> None:
    st.button(
        "",
        icon=f":material/{icon}:",
        help=text.format(name=formats.plain(view["name"])),
        key=f"{icon}_{view['id']}",
        disabled=order is None,
        on_click=saved.put_pins,
        args=[order],
    )


def _moved(ids: Sequence[int], here: int, there: int) -> list[int] | None:
    """The order with two of them changed; none where there is nobody to change with."""
    if not 0 <= there < len(ids):
        return None
    order = [*ids]
    order[here], order[there] = order[there], order[here]
    return order
