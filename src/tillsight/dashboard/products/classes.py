"""Products by revenue in classes: how it adds up, and the products of each class."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import about, client, panels
from tillsight.dashboard.products import charts, paging, tables, texts
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
PATH = "/api/products/abc"


def show(page: SalesPage) -> None:
    """The curve with the classes in words and figures, and below it the list of one of them."""
    panel = panels.Panel(
        "classes", texts.CLASSES_TITLE, charts.CLASSES_HEIGHT + 120, texts.CLASSES_LEAD
    )

    def draw(answer: One) -> None:
        if not answer["products"]:
            panels.nothing()
            return
        _show_curve(answer)
        chosen = _show_list(answer["products"], page)
        panels.foot(
            about.pictures("abc"),
            about.files(PATH, {**page.choice.parameters(), "class": chosen}),
            page.orders(measure="revenue"),
            meaning=page.meaning({"comparison": None, **answer}, "revenue", "product"),
        )

    panels.show(panel, partial(client.get, PATH, page.choice.parameters()), draw)


def _show_curve(answer: One) -> None:
    currency = client.shop().currency
    st.text(charts.class_words(answer))
    curve, sizes = st.columns([3, 2], vertical_alignment="center", gap="large")
    with curve:
        panels.chart(
            charts.abc_curve(answer["products"], currency),
            charts.curve_words(answer),
            tables.curve(answer["products"]),
        )
    with sizes:
        st.html(tables.classes(answer["classes"], currency))


def _show_list(products: Sequence[One], page: SalesPage) -> str:
    """The products of a class; returns which one was chosen."""
    chosen = switch(texts.LIST_OF_CLASS, texts.CLASS_NAMES, "A", "abc_class")
    rows = [one for one in products if one["class"] == chosen]
    if not rows:
        panels.nothing(texts.EMPTY_CLASS)
        return chosen
    before = next(place for place, one in enumerate(products) if one is rows[0])
    table = st.container(key="class_list")
    shown, start = paging.part(f"class_{chosen}", rows)
    currency = client.shop().currency
    table.html(tables.of_class(shown, before + start + 1, currency, page.choice))
    return chosen
