"""The page of one product: how it sells, to whom, with what, and what is known of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from tillsight import formats
from tillsight.dashboard import (
    about,
    address,
    charts,
    client,
    filters,
    note_marks,
    noted,
    notices,
    panels,
    sales_page,
    tables,
)
from tillsight.dashboard import texts as common
from tillsight.dashboard.customers import lifetime_tables
from tillsight.dashboard.overview import course
from tillsight.dashboard.products import charts as own_charts
from tillsight.dashboard.products import figures, texts, together
from tillsight.dashboard.products import tables as own_tables
from tillsight.dashboard.sales_page import SalesPage

One = Mapping[str, Any]
PLACES = 10


def show(product_id: str) -> None:
    """Everything about the product of this id; the way back keeps what was chosen."""
    chosen = urlencode(address.written(filters.KEPT), doseq=True)
    back = escape(f"/products?{chosen}".rstrip("?"))
    st.html(f'<a class="way-back" href="{back}" target="_self">{escape(texts.TO_PRODUCTS)}</a>')
    try:
        told = client.get("/api/products", {"id": product_id})
    except client.Refused as refusal:
        if refusal.code != "not_found":
            raise
        st.title(texts.PRODUCTS, anchor=False)
        missing = texts.NO_PRODUCT.format(id=product_id[:80])
        notices.notice("no_product", texts.NO_PRODUCT_TITLE, missing)
        return
    page = sales_page.open_page(formats.plain(name_of(told)), "products")
    asked = figures.of_one(page, product_id)
    answer = sales_page.query(asked)
    st.caption(formats.plain(page.compared(answer)))
    if answer["totals"]["orders"] or answer["totals"]["returns"]:
        figures.show(page, asked, answer, figures.OF_ONE, product=product_id)
        _show_sales(page, told, answer)
    else:
        notices.notice("not_sold", texts.NOT_SOLD_TITLE, _not_sold(told, page))
    _show_facts(page, told, answer)


def name_of(told: One) -> str:
    """What to call a product."""
    return str(told["product_name"] or told["product_id"])


def _not_sold(told: One, page: SalesPage) -> str:
    if told["last_day"] is None:
        return texts.NEVER_SOLD
    last = formats.day(date.fromisoformat(told["last_day"]))
    return texts.NOT_SOLD_LAST.format(period=page.days(), day=last)


def _show_sales(page: SalesPage, told: One, answer: One) -> None:
    sold, price, where, who = (*st.columns(2), *st.columns(2))
    with sold:
        _show_course(page, told, answer)
    with price:
        _show_price(page, told, answer)
    for column, by in ((where, "country"), (who, "customer")):
        with column:
            _show_ranking(page, told["product_id"], by)
    together.show_with(page, told["product_id"])


def _show_course(page: SalesPage, told: One, answer: One) -> None:
    grain, currency = page.choice.grain.lower(), client.shop().currency
    rows, comparison = answer["rows"], answer["comparison"]
    starts = [charts.bucket_start(grain, row[grain]) for row in rows]

    def draw(notes: Sequence[One]) -> None:
        before = comparison["rows"] if comparison else []
        figure = charts.revenue_over_time(rows, before, grain, currency)
        note_marks.add(figure, notes, starts, figure.layout.yaxis.range[1])
        revenue = formats.money(answer["totals"]["revenue"], currency)
        alt = texts.COURSE_ALT.format(
            name=name_of(told), grain=common.PER[grain], period=page.days(), revenue=revenue
        )
        panels.chart(figure, alt, course.table(rows, before, grain, currency))
        panels.foot(
            about.pictures("revenue"),
            page.files({**_of(page, told), "measures": "revenue", "by": grain}),
            page.orders(product=told["product_id"], measure="revenue"),
            meaning=page.meaning(answer, "revenue", grain),
        )

    panel = panels.Panel("course", texts.COURSE_TITLE, charts.HEIGHT + 8)
    panels.show(panel, partial(noted.between, starts), draw)


def _show_price(page: SalesPage, told: One, answer: One) -> None:
    grain, currency = page.choice.grain.lower(), client.shop().currency
    rows = answer["rows"]

    def draw(_: None) -> None:
        prices = [row["average_price"] for row in rows if row["average_price"] is not None]
        if not prices:
            panels.nothing()
            return
        alt = texts.PRICE_ALT.format(
            name=name_of(told),
            grain=common.PER[grain],
            lowest=formats.money(min(prices), currency),
            highest=formats.money(max(prices), currency),
        )
        figure = own_charts.price_over_time(rows, grain, told["price"], currency)
        panels.chart(figure, alt, own_tables.prices_then(rows, grain, currency))
        panels.foot(
            about.pictures("price"),
            page.files({**_of(page, told), "measures": "average_price,units", "by": grain}),
            page.orders(product=told["product_id"], measure="average_price"),
            meaning=page.meaning(answer, "average_price", grain),
        )

    panel = panels.Panel("price", texts.PRICE_TITLE, charts.HEIGHT + 8, texts.PRICE_LEAD)
    panels.show(panel, lambda: None, draw)


def _show_ranking(page: SalesPage, product_id: str, by: str) -> None:
    asked: client.Parameters = {
        "measures": "revenue",
        "by": by,
        "order": "-revenue",
        **page.choice.parameters(),
        "product": product_id,
    }
    title = texts.COUNTRIES_TITLE if by == "country" else texts.CUSTOMERS_TITLE

    def draw(found: One) -> None:
        rows = [row for row in found["rows"] if row["revenue"]]
        total = found["totals"]["revenue"]
        currency = client.shop().currency
        st.html(tables.ranking(by, rows, total, currency, page.choice, product=product_id))
        panels.foot(page.files(asked), meaning=page.meaning(found, "revenue", by))

    panel = panels.Panel(f"of_{by}", title, 80)
    panels.show(panel, partial(sales_page.query, {**asked, "limit": PLACES}), draw)


def _show_facts(page: SalesPage, told: One, answer: One) -> None:
    product_id = told["product_id"]
    with st.container(key="panel_about", border=True):
        st.header(texts.ABOUT_TITLE, anchor=False)
        st.caption(texts.ABOUT_LEAD)
        facts = own_tables.known(told, answer, client.shop().currency)
        st.html(lifetime_tables.facts(facts))
        links = [about.link(texts.ORDERS_WITH_IT, page.choice.link("orders", product=product_id))]
        if client.get("/api/users/me")["role"] != "viewer" and not told["deleted"]:
            edit = f"/catalogue?{urlencode({'find': product_id})}"
            links.append(about.link(texts.EDIT_IN_CATALOGUE, edit))
        panels.foot(*links)


def _of(page: SalesPage, told: One) -> client.Parameters:
    return {**page.choice.parameters(), "product": told["product_id"]}
