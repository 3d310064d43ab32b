"""Who came again, by the month of the first purchase."""

from collections.abc import Sequence

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, panels
from tillsight.dashboard.customers import charts, tables, texts
from tillsight.dashboard.periods import Preset
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

COHORTS = "/api/customers/cohorts"
TOLD_AFTER = (1, 6, 12)
"""Months after the first purchase that the words for those who do not see the chart tell of."""


def show(page: SalesPage) -> None:
    """The triangle, as percent or as customers."""
    found = client.get(COHORTS)
    every = charts.cohorts_of(found["rows"])

    def draw() -> None:
        shown = every[-charts.COHORTS :]
        if not any(one.months for one in shown):
            panels.nothing(texts.COHORTS_SHORT)
            return
        kind = switch(texts.COHORTS_AS, texts.COHORTS_KINDS, "percent", "cohorts_as", "collapsed")
        with_months = [one for one in shown if one.months]
        panels.chart(charts.triangle(with_months, kind), alt(shown), tables.triangle(shown, kind))
        if len(every) > len(shown):
            many = {"count": formats.number(len(shown)), "total": formats.number(len(every))}
            st.caption(texts.COHORTS_LATEST.format(**many))
        panels.foot(
            about.pictures("cohorts"),
            about.files(COHORTS, {}),
            page.orders(days=str(Preset.all)),
            meaning=page.meaning(found, "new_customers", "customers", "month"),
        )

    panels.at_hand(panels.Panel("cohorts", texts.COHORTS_TITLE, 600, texts.COHORTS_LEAD), draw)


def alt(found: Sequence[charts.Cohort]) -> str:
    """The triangle in words: how many came again after one, six and twelve months."""
    shares = [(month, charts.retention_after(found, month)) for month in TOLD_AFTER]
    told = [
        (texts.COHORTS_ALT_ONE if month == 1 else texts.COHORTS_ALT_AFTER).format(
            month=month, share=formats.share(share, 1)
        )
        for month, share in shares
        if share is not None
    ]
    return texts.COHORTS_ALT.format(count=formats.number(len(found)), told=" ".join(told)).strip()
