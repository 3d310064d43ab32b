"""Revenue, net revenue and returns over time, whole or split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import (
    about,
    cards,
    charts,
    client,
    formats,
    note_marks,
    noted,
    panels,
    sales_page,
)
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.own_choices import switch
from tillsight.dashboard.revenue import asking, tables, texts
from tillsight.dashboard.revenue import charts as pictures
from tillsight.dashboard.sales_page import SalesPage

HEIGHT = charts.HEIGHT + 40
WHOLE = "nothing"


def show_figures(answer: Mapping[str, Any], page: SalesPage) -> None:
    """A card for each figure; its definition, from the catalogue, shows on hover."""
    catalogue = sales_page.words()
    with st.container(key="figures"):
        measures = [catalogue[name] for name in asking.FIGURES]
        st.html(cards.cards(measures, answer, client.shop().currency))
        panels.foot(
            page.orders(),
            page.files(asking.figures(page)),
            meaning=page.meaning(answer, *asking.FIGURES),
        )


@dataclass(frozen=True)
class _Course:
    """What is drawn: the answer, of which measure, for whom, and the notes about its days."""

    answer: Mapping[str, Any]
    measure: str
    page: SalesPage
    notes: Sequence[Mapping[str, Any]]

    @property
    def grain(self) -> str:
        return self.page.choice.grain.lower()

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = self.answer["rows"]
        return rows

    @property
    def total(self) -> float:
        return float(self.answer["totals"][self.measure])


def show(answer: Mapping[str, Any], page: SalesPage) -> None:
    """The course, with what it is compared with or split by a dimension, and with notes."""
    grain = page.choice.grain.lower()
    starts = [charts.bucket_start(grain, row[grain]) for row in answer["rows"]]

    def draw(notes: Sequence[Mapping[str, Any]]) -> None:
        with st.container(key="trend_switches", horizontal=True, vertical_alignment="bottom"):
            measure = switch(texts.MEASURE, texts.MEASURES, "revenue", "trend", "collapsed")
            dimension = switch(texts.SPLIT, texts.SPLITS, WHOLE, "split")
            form = WHOLE
            if dimension != WHOLE:
                form = switch(texts.FORM, texts.FORMS, "stacked", "form")
        course = _Course(answer, measure, page, notes)
        if dimension == WHOLE:
            _whole(course)
        else:
            _split(course, dimension, form)

    panel = panels.Panel("trend", texts.TREND, HEIGHT)
    panels.show(panel, partial(noted.between, starts), draw)


def _whole(course: _Course) -> None:
    grain, measure, currency = course.grain, course.measure, client.shop().currency
    comparison = course.answer["comparison"]
    before = comparison["rows"] if comparison else []
    figure = pictures.trend(course.rows, before, grain, measure, currency)
    starts = [charts.bucket_start(grain, row[grain]) for row in course.rows]
    note_marks.add(figure, course.notes, starts, figure.layout.yaxis.range[1])
    best = max(course.rows, key=lambda row: row[measure])
    alt = texts.TREND_ALT[measure].format(
        grain=texts.PER[grain],
        days=course.page.days(),
        total=formats.money(course.total, currency),
        best=charts.bucket_name(grain, best[grain]),
        most=formats.money(best[measure], currency),
    )
    panels.chart(figure, alt, tables.trend(course.rows, before, grain, measure, currency))
    asked = {"measures": measure, "by": grain, **course.page.choice.compared()}
    panels.foot(
        about.pictures(measure),
        course.page.files(asked),
        course.page.orders(),
        meaning=course.page.meaning(course.answer, measure, grain),
    )


def _split(course: _Course, dimension: str, form: str) -> None:
    grain, measure, currency = course.grain, course.measure, client.shop().currency
    chosen = course.page.choice.parameters()
    names = {"measures": measure, "by": dimension, "order": f"-{measure}"}
    with st.skeleton(HEIGHT):
        largest = sales_page.query({**chosen, **names, "limit": pictures.MOST_SERIES + 1})["rows"]
        shown = [row[dimension] for row in largest[: pictures.MOST_SERIES]]
        only = {dimension: [value or "" for value in shown]}
        asked = {**chosen, "measures": measure, "by": f"{grain},{dimension}"}
        answer = sales_page.query({**asked, **only})
    named = {value: value or common_texts.UNKNOWN for value in shown}
    parts = pictures.split(course.rows, answer["rows"], named, (measure, grain, dimension))
    figure = pictures.by_group(parts, form, measure, currency)
    note_marks.add(figure, course.notes, parts.starts, figure.layout.yaxis.range[1])
    first = next(iter(named.values()), common_texts.UNKNOWN)
    alt = texts.SPLIT_ALT[measure].format(
        grain=texts.PER[grain],
        dimension=texts.SPLITS[dimension],
        days=course.page.days(),
        first=first,
        most=formats.money(parts.total(first), currency),
        total=formats.money(course.total, currency),
    )
    said = texts.SPLIT_MOST if len(largest) > len(shown) else texts.SPLIT_ALL
    st.caption(said.format(count=len(shown)))
    panels.chart(figure, alt, tables.by_group(parts, currency))
    panels.foot(
        about.pictures(f"{measure}-by-{dimension}"),
        course.page.files(asked),
        course.page.orders(),
        meaning=course.page.meaning({**course.answer, "comparison": None}, measure, dimension),
    )
