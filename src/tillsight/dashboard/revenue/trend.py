"""Revenue, net revenue and returns over time, whole or split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, cards, charts, client, note_marks, noted, panels, sales_page
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.revenue import asking, tables, texts
from tillsight.dashboard.revenue import charts as pictures
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

HEIGHT = charts.HEIGHT + 40
WHOLE = "nothing"

Rows = Sequence[Mapping[str, Any]]


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
    """What is drawn: the figures by bucket, of which measure, and the notes about those days; the
    largest groups and their values by bucket where it is split.
    """

    page: SalesPage
    answer: Mapping[str, Any]
    measure: str
    notes: Rows
    largest: Rows = ()
    groups: Rows = ()

    @property
    def grain(self) -> str:
        """How long a bucket is."""
        return self.page.choice.grain.lower()

    @property
    def rows(self) -> Rows:
        """The figures by bucket."""
        rows: Rows = self.answer["rows"]
        return rows

    @property
    def total(self) -> float:
        """The measure over all days."""
        return float(self.answer["totals"][self.measure])


def show(answer: Mapping[str, Any], page: SalesPage) -> None:
    """The course, with what it is compared with or split by a dimension, and with notes."""
    grain = page.choice.grain.lower()
    starts = [charts.bucket_start(grain, row[grain]) for row in answer["rows"]]
    chosen = {"measure": "revenue", "split": WHOLE, "form": "stacked"}

    def choose() -> None:
        with st.container(key="trend_switches", horizontal=True, vertical_alignment="bottom"):
            measure = switch(texts.MEASURE, texts.MEASURES, "revenue", "trend", "collapsed")
            chosen["measure"], chosen["split"] = measure, WHOLE
            chosen["split"] = switch(texts.SPLIT, texts.SPLITS, WHOLE, "split")
            if chosen["split"] != WHOLE:
                chosen["form"] = switch(texts.FORM, texts.FORMS, "stacked", "form")

    def load() -> _Course:
        course = _Course(page, answer, chosen["measure"], noted.between(starts))
        return course if chosen["split"] == WHOLE else _by_group(course, chosen["split"])

    def draw(course: _Course) -> None:
        if chosen["split"] == WHOLE:
            _whole(course)
        else:
            _split(course, chosen["split"], chosen["form"])

    panels.show(panels.Panel("trend", texts.TREND, HEIGHT), load, draw, choose)


def _asked_by_group(course: _Course, dimension: str) -> client.Parameters:
    asked = {"measures": course.measure, "by": f"{course.grain},{dimension}"}
    return {**course.page.choice.parameters(), **asked}


def _by_group(course: _Course, dimension: str) -> _Course:
    """The same with the largest groups, one more than are drawn, and their values by bucket."""
    order = {"measures": course.measure, "by": dimension, "order": f"-{course.measure}"}
    limit = {"limit": pictures.MOST_SERIES + 1}
    largest = sales_page.query({**course.page.choice.parameters(), **order, **limit})["rows"]
    only = [row[dimension] or "" for row in largest[: pictures.MOST_SERIES]]
    asked = {**_asked_by_group(course, dimension), dimension: only}
    groups = sales_page.query(asked)["rows"] if only else []
    return replace(course, largest=largest, groups=groups)


def _whole(course: _Course) -> None:
    grain, measure, currency = course.grain, course.measure, client.shop().currency
    has_before = asking.covered_before(course.page, course.answer)
    before = course.answer["comparison"]["rows"] if has_before else []
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
    shown = [row[dimension] for row in course.largest[: pictures.MOST_SERIES]]
    named = {value: value or common_texts.UNKNOWN for value in shown}
    parts = pictures.split(course.rows, course.groups, named, (measure, grain, dimension))
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
    said = texts.SPLIT_MOST if len(course.largest) > len(shown) else texts.SPLIT_ALL
    st.caption(said.format(count=len(shown)))
    panels.chart(figure, alt, tables.by_group(parts, currency))
    panels.foot(
        about.pictures(f"{measure}-by-{dimension}"),
        course.page.files(_asked_by_group(course, dimension)),
        course.page.orders(),
        meaning=course.page.meaning({**course.answer, "comparison": None}, measure, dimension),
    )
