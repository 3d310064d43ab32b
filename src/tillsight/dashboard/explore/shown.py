"""Panels of what is explored: a chart for each measure, and the table."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, client, panels, sales_page
from tillsight.dashboard import charts as common_charts
from tillsight.dashboard.explore import answers, charts, matrix, question, tables
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.answers import Table
from tillsight.dashboard.explore.matrix import MOST_TIMES, Matrix
from tillsight.dashboard.explore.question import Question
from tillsight.dashboard.sales_page import SalesPage

Known = Mapping[str, Mapping[str, Any]]
HEIGHT = 380
HEIGHTS = {"line": common_charts.HEIGHT + 8}
"""Of kinds of charts that need another height."""


def kind_of(asked: Question, dimensions: Sequence[str]) -> tuple[str, str]:
    """How it is drawn, and why not as it was wanted, if so."""
    fitting = question.proposed(dimensions)
    wanted = asked.chart or fitting
    if reason := question.cannot(wanted, dimensions):
        said = own_texts.INSTEAD.format(
            reason=getattr(own_texts, reason), chart=own_texts.CHARTS[fitting]
        )
        return fitting, said
    return wanted, ""


def by_words(dimensions: Sequence[str], known: Known) -> str:
    """The dimensions in words."""
    labels = [languages.within(known[one]["label"]) for one in dimensions]
    if len(labels) < 2:
        return "".join(labels)
    return own_texts.AND.format(first=", ".join(labels[:-1]), second=labels[-1])


def show_charts(page: SalesPage, asked: Question, kind: str) -> None:
    """A panel with a chart for each measure."""
    known = sales_page.words()
    with st.container(key="explore_charts" if len(asked.measures) > 1 else "explore_chart_alone"):
        for name in asked.measures:
            panel = panels.Panel(f"explore_{name}", "", HEIGHTS.get(kind, HEIGHT))
            show_chart(page, asked, kind, known[name], panel)


def title(page: SalesPage, asked: Question, measure: Mapping[str, Any]) -> str:
    """What a chart shows."""
    by = by_words(asked.dimensions(page.choice), sales_page.words())
    return (
        own_texts.TITLE.format(measure=measure["label"], dimensions=by) if by else measure["label"]
    )


def show_chart(
    page: SalesPage,
    asked: Question,
    kind: str,
    measure: Mapping[str, Any],
    panel: panels.Panel,
    links: Sequence[str] = (),
) -> None:
    """A panel with the chart of a measure; its title says what it shows unless it has one."""
    heading = panel.title or title(page, asked, measure)
    panel = panels.Panel(panel.name, heading, panel.height, panel.lead)
    dimensions = asked.dimensions(page.choice)

    def draw(found: Matrix) -> None:
        if not found.places:
            panels.nothing()
            return
        if kind == "heat" and max(len(found.places), len(found.series_names)) > MOST_TIMES:
            count = max(len(found.places), len(found.series_names))
            panels.nothing(own_texts.TOO_MANY_CELLS.format(count=count))
            return
        currency = client.shop().currency
        figure = charts.FIGURES[kind](found, measure, currency)
        by = by_words(found.dimensions, sales_page.words())
        alt = charts.alt(kind, found, measure, by, currency)
        panels.chart(figure, alt, charts.values_table(found, measure, currency))
        if found.note:
            st.caption(formats.plain(found.note))
        whole = answers.asked(Question([measure["name"]], asked.by, sort=asked.sort), page.choice)
        panels.foot(
            about.pictures(f"{measure['name']}-by-{'-'.join(dimensions)}"),
            page.files(whole),
            page.orders(measure=measure["name"]),
            *links,
            meaning=_meaning(page, found.data_version, None, [measure["name"], *dimensions]),
        )

    panels.show(panel, partial(matrix.load, kind, asked, measure, page.choice), draw)


def show_table(
    page: SalesPage, asked: Question, panel: panels.Panel, links: Sequence[str] = ()
) -> None:
    """A panel with all measures of the rows."""
    panel = panels.Panel(panel.name, panel.title, panel.height, panel.lead)

    def draw(table: Table) -> None:
        if not table.rows and table.dimensions:
            panels.nothing()
            return
        known = sales_page.words()
        st.html(tables.html(table, tables.Shown(known, client.shop().currency, page.choice)))
        if table.is_cut:
            st.caption(own_texts.TRUNCATED.format(count=formats.number(len(table.rows))))
        elif any(known[one]["total"] != answers.ADDED for one in table.measures):
            st.caption(own_texts.COUNTED_ANEW)
        if table.is_uneven:
            st.caption(own_texts.UNEVEN)
        names = [*table.measures, *table.dimensions]
        panels.foot(
            page.files(answers.asked(asked, page.choice)),
            page.orders(measure=asked.measures[0]),
            *links,
            meaning=_meaning(page, table.data_version, table.comparison, names),
        )

    panels.show(panel, partial(answers.load, asked, page.choice), draw)


def _meaning(
    page: SalesPage, version: int, comparison: Mapping[str, Any] | None, names: Sequence[str]
) -> str:
    answer = {"comparison": comparison, "data_version": version}
    return page.meaning(answer, *dict.fromkeys(names))
