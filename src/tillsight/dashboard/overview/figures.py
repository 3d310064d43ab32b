"""The main figures of the chosen period, against those of the period before."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import (
    about,
    cards,
    charts,
    client,
    note_marks,
    noted,
    panels,
    sales_page,
    texts,
)
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.sales_page import SalesPage

SHOWN = ("revenue", "orders", "customers", "average_order_value")


def figures_of(choice: Choice) -> dict[str, Any]:
    """The figures over the chosen period and in each bucket of it, with those of the one before."""
    return sales_page.query(asked(choice))


def asked(choice: Choice) -> client.Parameters:
    """The question they answer."""
    return {"measures": ",".join(SHOWN), "by": choice.grain.lower(), **choice.compared()}


def show_figures(answer: Mapping[str, Any], page: SalesPage) -> None:
    """One card for each figure; its definition, from the catalogue, shows on hover."""
    catalogue = sales_page.words()
    with st.container(key="figures"):
        st.html(cards.cards([catalogue[name] for name in SHOWN], answer, client.shop().currency))
        panels.foot(
            page.orders(), page.files(asked(page.choice)), meaning=page.meaning(answer, *SHOWN)
        )


def show_course(answer: Mapping[str, Any], page: SalesPage) -> None:
    """Revenue over time, with the days it is compared with and the notes about them."""
    grain = page.choice.grain.lower()
    comparison = answer["comparison"]
    before = comparison["rows"] if comparison else []
    starts = [charts.bucket_start(grain, row[grain]) for row in answer["rows"]]

    def draw(notes: Sequence[Mapping[str, Any]]) -> None:
        figure = charts.revenue_over_time(answer["rows"], before, grain, client.shop().currency)
        note_marks.add(figure, notes, starts, figure.layout.yaxis.range[1])
        alt = texts.CHART_ALT.format(grain=grain, period=page.days())
        panels.chart(figure, alt)
        panels.foot(
            about.pictures("revenue"),
            page.files({"measures": "revenue", "by": grain, **page.choice.compared()}),
            meaning=page.meaning(answer, "revenue", grain),
        )

    panel = panels.Panel("course", texts.REVENUE_OVER_TIME, charts.HEIGHT)
    panels.show(panel, partial(noted.between, starts), draw)
