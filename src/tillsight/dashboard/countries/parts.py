"""The pieces of the page Countries."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, charts, client, panels, sales_page, switches
from tillsight.dashboard import texts as common
from tillsight.dashboard.countries import courses, maps, sales, tables, texts
from tillsight.dashboard.countries.sales import Country, Place
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.sales_page import SalesPage

Answer = Mapping[str, Any]
MOST_LOST = 8
"""Names that are told of those the map does not have."""


def asked(choice: Choice) -> client.Parameters:
    """The question that map and table answer."""
    return {
        "measures": ",".join(sales.MEASURES),
        "by": "country",
        "order": "-revenue",
        **choice.compared(),
    }


def show_map(answer: Answer, rows: Sequence[Country], page: SalesPage) -> None:
    """Where revenue comes from."""
    whole, currency = answer["totals"]["revenue"], client.shop().currency
    shown, lost = sales.on_the_map(rows)

    def draw() -> None:
        usual = sales.usual_focus(shown)
        focus = switches.switch(texts.FOCUS, texts.FOCUSES, usual, "focus", "collapsed")
        figure = maps.revenue_map(shown, focus, whole, currency)
        maps.lead(figure, shown, lambda one: page.choice.link("countries", country=one.names))
        # Its height goes with its width, which only the browser knows: see style.css.
        figure.layout.height = None
        with st.container(key=f"map_{focus}"):
            alt = map_alt(shown, page.days(), whole, currency)
            st.plotly_chart(figure, config=charts.config(), alt=alt, height="stretch")
        for line in said_below(shown, lost, focus, whole, currency):
            st.caption(formats.plain(line))
        st.html(about.values_of(maps.values_table(shown, whole, currency)))
        panels.foot(
            about.pictures("countries"),
            page.files(asked(page.choice)),
            page.orders(),
            meaning=page.meaning(answer, "revenue", "country"),
        )

    panels.at_hand(panels.Panel("map", texts.MAP, maps.HEIGHT), draw)


def map_alt(shown: Sequence[Place], period: str, whole: float, currency: str) -> str:
    """What the map says, in words."""
    if not shown:
        return texts.MAP_ALT_NOTHING.format(period=period)
    first = shown[0]
    return texts.MAP_ALT.format(
        period=period,
        first=first.names[0],
        money=formats.money(first.revenue, currency),
        share=formats.share(first.revenue, whole),
        count=formats.number(len(shown)),
    )


def said_below(
    shown: Sequence[Place], lost: Sequence[Country], focus: str, whole: float, currency: str
) -> list[str]:
    """What the map does not show."""
    said = []
    view = maps.VIEWS[focus]
    outside = math.fsum(one.revenue for one in shown if not sales.in_view(one, view))
    if outside:
        said.append(
            texts.OUTSIDE.format(
                money=formats.money(outside, currency), share=formats.share(outside, whole)
            )
        )
    if lost:
        names = [
            texts.NAMED.format(
                name=one.name or common.UNKNOWN, money=formats.money(one.revenue, currency)
            )
            for one in lost[:MOST_LOST]
        ]
        if len(lost) > MOST_LOST:
            names.append(texts.AND_MORE.format(count=formats.number(len(lost) - MOST_LOST)))
        said.append(texts.NOT_FOUND.format(names=", ".join(names)))
    return said


def show_table(answer: Answer, rows: Sequence[Country], page: SalesPage) -> None:
    """Every country with its figures."""

    def draw() -> None:
        if not rows:
            panels.nothing()
            return
        order = switches.switch(texts.SORT, texts.SORTS, "revenue", "order")
        whole, currency = answer["totals"]["revenue"], client.shop().currency
        st.html(tables.table(sales.ordered(rows, order), whole, currency, page.choice))
        if len(rows) > tables.MOST:
            count, all_rows = formats.number(tables.MOST), formats.number(len(rows))
            st.caption(texts.TABLE_CUT.format(count=count, all=all_rows))
        panels.foot(
            page.files(asked(page.choice)),
            page.orders(),
            meaning=page.meaning(answer, *sales.MEASURES, "country"),
        )

    panels.at_hand(panels.Panel("all_countries", texts.TABLE, 480), draw)


def show_courses(rows: Sequence[Country], page: SalesPage) -> None:
    """The course of the largest ones side by side."""
    shown = [one for one in rows if one.revenue > 0][: courses.MOST]
    if not shown:
        return
    grain = page.choice.grain.lower()
    question: client.Parameters = {
        **page.choice.parameters(),
        "measures": "revenue",
        "by": f"country,{grain}",
        "country": [one.name for one in shown],
    }

    def draw(found: Answer) -> None:
        scale = switches.switch(texts.SCALE, texts.SCALES, "own", "heights", "collapsed")
        currency = client.shop().currency
        figure = courses.side_by_side(shown, found["rows"], grain, scale, currency)
        alt = texts.COURSES_ALT.format(
            grain=common.PER[grain],
            names=", ".join(one.name or common.UNKNOWN for one in shown),
            period=page.days(),
            scale=texts.SCALES[scale],
        )
        panels.chart(figure, alt, courses.values_table(shown, found["rows"], grain, currency))
        panels.foot(
            about.pictures("countries-side-by-side"),
            page.files(question),
            page.orders(measure="revenue"),
            meaning=page.meaning(found, "revenue", "country", grain),
        )

    lead = texts.COURSES_LEAD.format(count=formats.number(len(shown)))
    height = courses.ROW_HEIGHT * -(-len(shown) // courses.COLUMNS) + 60
    panel = panels.Panel("courses", texts.COURSES, height, lead)
    panels.show(panel, partial(sales_page.query, question), draw)
