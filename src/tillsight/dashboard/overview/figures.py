"""The main figures of the chosen period against those of the one before, and revenue over time."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, cards, charts, client, note_marks, noted, panels, sales_page
from tillsight.dashboard import texts as common
from tillsight.dashboard.overview import course, texts
from tillsight.dashboard.sales_page import SalesPage

LARGE = ("revenue", "orders", "customers", "average_order_value")
SMALL = ("lines", "units", "products", "revenue_per_customer")
TOTAL_ONLY = "products"
"""Counted for each day it takes the warehouse longer than all the others together."""
ROOM = 320
"""Pixels of both rows of cards with the line above, where they stand side by side."""

Course = tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]
"""Revenue over time, and the notes about those days."""


def show_figures(page: SalesPage) -> None:
    """A card for each figure, those looked at most large; what it means shows on hover."""
    asked: client.Parameters = {
        "measures": ",".join((*LARGE, *SMALL)),
        "by": page.choice.grain.lower(),
        **page.choice.compared(),
    }

    def draw(answer: Mapping[str, Any]) -> None:
        catalogue, currency = sales_page.words(), client.shop().currency
        st.caption(formats.plain(page.compared(answer)))
        st.html(
            cards.cards([catalogue[name] for name in LARGE], answer, currency)
            + cards.small_cards([catalogue[name] for name in SMALL], answer, currency)
        )
        meaning = page.meaning(answer, *LARGE, *SMALL)
        panels.foot(page.orders(), page.files(asked), meaning=meaning)

    panels.show(panels.Panel("figures", "", ROOM), partial(_figures, asked, page), draw)


def _figures(asked: client.Parameters, page: SalesPage) -> dict[str, Any]:
    """The answer with courses of all figures but one, whose total it has, too."""
    measures = [name for name in (*LARGE, *SMALL) if name != TOTAL_ONLY]
    answer = sales_page.query({**asked, "measures": ",".join(measures)})
    other = sales_page.query({"measures": TOTAL_ONLY, **page.choice.compared()})
    answer["totals"] |= other["totals"]
    if answer["comparison"] and other["comparison"]:
        for part in ("totals", "growth"):
            answer["comparison"][part] |= other["comparison"][part]
    return answer


def show_course(page: SalesPage) -> None:
    """Revenue over time, with the days it is compared with and the notes about them."""
    grain, currency = page.choice.grain.lower(), client.shop().currency
    asked: client.Parameters = {"measures": "revenue", "by": grain, **page.choice.compared()}

    def load() -> Course:
        answer = sales_page.query(asked)
        return answer, noted.between(_starts(answer, grain))

    def draw(found: Course) -> None:
        answer, notes = found
        before = (answer["comparison"] or {"rows": []})["rows"]
        figure = charts.revenue_over_time(answer["rows"], before, grain, currency)
        note_marks.add(figure, notes, _starts(answer, grain), figure.layout.yaxis.range[1])
        table = course.table(answer["rows"], before, grain, currency)
        panels.chart(figure, _in_words(answer, page), table)
        panels.foot(
            about.pictures("revenue"),
            page.files(asked),
            page.orders(measure="revenue"),
            meaning=page.meaning(answer, "revenue", grain),
        )

    panels.show(panels.Panel("course", common.REVENUE_OVER_TIME, charts.HEIGHT + 8), load, draw)


def _starts(answer: Mapping[str, Any], grain: str) -> list[Any]:
    return [charts.bucket_start(grain, row[grain]) for row in answer["rows"]]


def _in_words(answer: Mapping[str, Any], page: SalesPage) -> str:
    grain, currency = page.choice.grain.lower(), client.shop().currency
    best = max(answer["rows"], key=lambda row: row["revenue"], default=None)
    if best is None or not best["revenue"]:
        return texts.COURSE_ALT_NONE.format(grain=common.PER[grain], period=page.days())
    return texts.COURSE_ALT.format(
        grain=common.PER[grain],
        period=page.days(),
        total=formats.money(answer["totals"]["revenue"], currency),
        best=charts.bucket_name(grain, best[grain]),
        most=formats.money(best["revenue"], currency),
    )
