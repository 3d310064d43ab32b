"""Whole months and quarters against those before them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, cards, client, panels, sales_page
from tillsight.dashboard.periods import Preset
from tillsight.dashboard.revenue import asking, tables, texts
from tillsight.dashboard.revenue import charts as pictures
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

Rows = Sequence[Mapping[str, Any]]
HEIGHT = 560
CLOSED = timedelta(days=3)
"""As the API has it: a bucket that lacks more of its first days is not whole."""
AT_LEAST = {"month": 11, "quarter": 21}
"""So many months before the last one are shown however short the chosen period is."""


def show(page: SalesPage) -> None:
    """Bars and a table of the growth, by month or quarter."""
    chosen = {"grain": "month", "measure": "revenue"}

    def choose() -> None:
        with st.container(key="growth_switches", horizontal=True, vertical_alignment="bottom"):
            grain = switch(texts.GROWTH_BY, texts.GROWTH_GRAINS, "month", "growth", "collapsed")
            measure = switch(texts.MEASURE, texts.GROWING, "revenue", "growing", "collapsed")
        st.caption(texts.GROWTH_LEAD[grain])
        chosen.update(grain=grain, measure=measure)

    def asked() -> client.Parameters:
        return _asked(page, chosen["grain"], chosen["measure"])

    panels.show(
        panels.Panel("growth", texts.GROWTH, HEIGHT),
        lambda: client.get(asking.CHANGES, asked()),
        lambda answer: _draw(page, answer, asked()),
        choose,
    )


def _asked(page: SalesPage, grain: str, measure: str) -> client.Parameters:
    start, end = asking.covered(page)
    last = end - asking.DAY
    months = last.year * 12 + last.month - 1 - AT_LEAST[grain]
    first = min(start, date(months // 12, months % 12 + 1, 1))
    filters = page.choice.filters
    days = {"from": first.isoformat(), "to": end.isoformat()}
    return {**filters, **days, "grain": grain, "measure": measure}


def _draw(page: SalesPage, answer: Mapping[str, Any], asked: client.Parameters) -> None:
    rows, grain, measure = answer["rows"], answer["grain"], answer["measure"]
    unit = sales_page.words()[measure]
    currency = client.shop().currency
    written = {
        f"{row['bucket']}/{name}": cards.written(unit, row[name], currency)
        for row in rows
        for name in ("value", "before", "year_before")
    }
    is_told = any(row[one] is not None for row in rows for one in ("growth", "year_growth"))
    if is_told:
        panels.chart(pictures.growth(rows, grain, written), _alt(rows, grain, measure))
        st.caption(" ".join(_said(rows, grain, page)))
    else:
        panels.nothing(texts.GROWTH_NONE[grain])
    orders = {row["bucket"]: _orders(page, row, measure) for row in rows}
    table = tables.growth(rows, grain, measure, written, orders)
    # It is wider than a phone, so that keys have to reach what scrolls.
    frame = f'<div class="wide" tabindex="0" role="region" aria-label="{escape(texts.GROWTH)}">'
    st.html(f"{frame}{table}</div>")
    facts = [
        *about.definitions(sales_page.words(), [measure, grain]),
        (texts.GROWTH, texts.GROWTH_MEANS),
    ]
    panels.foot(
        about.pictures(f"growth-by-{grain}") if is_told else "",
        about.files(asking.CHANGES, asked),
        meaning=page.meaning_of(facts, answer, _days(rows)),
    )


def _orders(page: SalesPage, row: Mapping[str, Any], measure: str) -> str:
    """The address of the orders of a bucket, as far as it has data."""
    days = {"since": row["first_day"], "until": row["last_day"]}
    return page.choice.drill(days=str(Preset.custom), **days, measure=measure)


def _days(rows: Rows) -> str:
    first, last = rows[0]["first_day"], rows[-1]["last_day"]
    return formats.days(date.fromisoformat(first), date.fromisoformat(last))


def _alt(rows: Rows, grain: str, measure: str) -> str:
    last = rows[-1]
    before, year = (
        formats.NOTHING if last[one] is None else formats.change(last[one] / 100)
        for one in ("growth", "year_growth")
    )
    return texts.GROWTH_ALT[grain].format(
        measure=texts.GROWING[measure],
        last=pictures.bucket_name(grain, last["bucket"]),
        before=before,
        year=year,
    )


def _said(rows: Rows, grain: str, page: SalesPage) -> list[str]:
    """What has to be known to read the growth rightly."""
    said = []
    first, last = rows[0], rows[-1]
    if pictures.is_capped(rows):
        said.append(texts.GROWTH_CUT.format(most=formats.share(pictures.MOST_GROWTH, 100)))
    if tables.is_under_way(last, grain):
        bucket = pictures.bucket_name(grain, last["bucket"])
        said.append(texts.IN_PROGRESS.format(bucket=bucket))
    if tables.bucket_start(grain, first["bucket"]) + CLOSED < page.known.first:
        bucket = pictures.bucket_name(grain, first["bucket"])
        said.append(texts.BEGUN.format(day=formats.day(page.known.first), bucket=bucket))
    if all(row["year_before"] is None for row in rows):
        said.append(texts.NO_YEAR)
    return said
