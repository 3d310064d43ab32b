"""The RFM segments: a grid of scores, and what each segment means."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, client, panels
from tillsight.dashboard.customers import charts, tables, texts
from tillsight.dashboard.periods import Preset
from tillsight.dashboard.sales_page import SalesPage

Answer = Mapping[str, Any]
RFM = "/api/customers/rfm"
BY_SEGMENT = {"measures": "customers,orders,revenue,revenue_per_customer", "by": "segment"}


def show(page: SalesPage) -> None:
    """The grid, and the eleven with their customers."""
    found = client.get(RFM)
    _show_grid(found, page)
    _show_segments(found, page)


def _show_grid(found: Answer, page: SalesPage) -> None:
    def draw() -> None:
        currency = client.shop().currency
        cells = charts.cells(found["scores"])
        largest = max(found["segments"], key=lambda one: one["customers"])
        best = max(found["segments"], key=lambda one: one["revenue"])
        alt = texts.GRID_ALT.format(
            customers=formats.number(found["customers"]),
            largest=languages.said(largest["segment"]),
            count=formats.number(largest["customers"]),
            best=languages.said(best["segment"]),
            share=formats.share(best["share"] or 0, 1),
        )
        panels.chart(charts.rfm_grid(cells, currency), alt, tables.grid(cells, currency))
        panels.foot(
            about.pictures("recency-and-frequency"),
            page.files(BY_SEGMENT),
            page.orders(days=str(Preset.all)),
            meaning=page.meaning(found, "customers", "segment"),
        )

    panel = panels.Panel("grid", texts.GRID_TITLE, charts.GRID_HEIGHT, texts.GRID_LEAD)
    panels.at_hand(panel, draw)


def _show_segments(found: Answer, page: SalesPage) -> None:
    link = partial(_customers_of, page)

    def draw() -> None:
        currency = client.shop().currency
        st.html(tables.segments(found["segments"], found["customers"], currency, link))
        panels.foot(
            page.files(BY_SEGMENT),
            page.orders(days=str(Preset.all)),
            meaning=page.meaning(found, "customers", "revenue", "segment"),
        )

    panel = panels.Panel("segments", texts.SEGMENTS_TITLE, 520, texts.SEGMENTS_LEAD)
    panels.at_hand(panel, draw)


def _customers_of(page: SalesPage, segment: str) -> str:
    """The address of the list of a segment's customers."""
    return page.choice.link("customers", view="customers", in_segment=segment)
