"""The page Orders: sums, the list, and one order with its lines."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, leafing, notices, panels, sales_page, texts
from tillsight.dashboard.explore.written import written
from tillsight.dashboard.orders import tables
from tillsight.dashboard.orders import texts as own_texts
from tillsight.dashboard.orders.narrowing import DIMENSIONS, Asked, Narrowing
from tillsight.dashboard.orders.values import in_words
from tillsight.dashboard.sales_page import SalesPage

SUMMED = ("revenue", "returns", "net_revenue", "orders", "lines", "units")
NAMED = ("product", "customer")
PAGE = 50
MOST_LINES = 1000

Row = Mapping[str, Any]


def read() -> Narrowing:
    """What the address says beside the bar."""
    given = st.query_params
    values = {name: given.get_all(name) for name in DIMENSIONS if name in given}
    return Narrowing(values, given.get("measure", ""), given.get("order", ""))


def show_chips(page: SalesPage, narrowing: Narrowing) -> None:
    """What the orders are narrowed to beside the bar, each of it to be taken away."""
    if not narrowing.values:
        return
    known = sales_page.words()
    shown = [
        (
            known[name]["label"],
            in_words(name, value, _name(name, value)),
            page.choice.drill(**narrowing.own(without=(name, value))),
        )
        for name, values in narrowing.values.items()
        for value in values
    ]
    st.html(tables.chips(shown))


def _name(dimension: str, value: str) -> str | None:
    """What an id stands for."""
    if dimension not in NAMED:
        return None
    rows = sales_page.query({"measures": "lines", "by": dimension, dimension: value})["rows"]
    return rows[0][f"{dimension}_name"] if rows else None


def show_sums(page: SalesPage, narrowing: Narrowing) -> bool:
    """What the orders add up to; whether there are any."""
    known = sales_page.words()
    came_from = narrowing.measure if known.get(narrowing.measure, {}).get("unit") else ""
    names = [*dict.fromkeys([*([came_from] if came_from else []), *SUMMED])]
    asked = narrowing.parameters(page.choice)
    answer = sales_page.query({"measures": ",".join(names), **asked})
    totals = answer["totals"]
    if not totals["revenue"] and not totals["returns"] and not totals["lines"]:
        notices.notice("no_orders", own_texts.NOTHING_TITLE, own_texts.NOTHING)
        return False
    currency = client.shop().currency
    with st.container(key="panel_sums", border=True):
        figures = [(known[one], written(known[one], totals[one], currency)) for one in names]
        st.html(tables.sums(figures, came_from))
        money = {one: formats.money(totals[one], currency) for one in SUMMED[:3]}
        add_up = own_texts.ADD_UP if totals["returns"] else own_texts.ADD_UP_NO_RETURNS
        said = add_up.format(
            revenue=money["revenue"], returns=money["returns"], net=money["net_revenue"]
        )
        if came_from:
            said = f"{known[came_from]['label']}: {known[came_from]['definition']} {said}"
        st.caption(formats.plain(said))
        panels.foot(meaning=_meaning(page, narrowing, answer, names))
    return True


def _meaning(page: SalesPage, narrowing: Narrowing, answer: Row, names: Sequence[str]) -> str:
    known = sales_page.words()
    own = [
        (known[name]["label"], ", ".join(in_words(name, one) for one in values))
        for name, values in narrowing.values.items()
    ]
    version = texts.DATA_VERSION.format(
        version=formats.number(answer["data_version"]), day=formats.day(page.known.last)
    )
    return about.meaning(
        [
            *about.definitions(known, names),
            (texts.PERIOD, page.days()),
            (texts.FILTERS, page.filters()),
            *own,
            (texts.DATA, version),
        ]
    )


def show_list(page: SalesPage, narrowing: Narrowing) -> None:
    """The orders, page by page."""
    asked = narrowing.parameters(page.choice)
    listed = leafing.Listed("orders", "/api/orders", PAGE, own_texts.SHOWN)

    def draw(answer: Row) -> None:
        if not answer["orders"]:
            panels.nothing()
            return
        opened = partial(_opened, page, narrowing)
        currency = client.shop().currency
        st.html(tables.orders(answer["orders"], currency, page.choice, opened))
        leafing.turns(listed, answer)
        panels.foot(
            tables.files("/api/orders", own_texts.ALL_ORDERS, asked),
            tables.files("/api/lines", own_texts.ALL_LINES, asked),
        )

    panel = panels.Panel("orders", own_texts.LIST, 600)
    panels.show(panel, partial(leafing.page_of, listed, asked), draw)


def _opened(page: SalesPage, narrowing: Narrowing, key: str) -> str:
    return page.choice.drill(**narrowing.own(), order=[key])


def show_order(page: SalesPage, narrowing: Narrowing) -> None:
    """One order with its lines: those behind the number, and the others."""
    back = page.choice.drill(**narrowing.own())
    st.html(tables.way_back(back))
    one: Asked = {"key": narrowing.order, "limit": str(MOST_LINES)}
    whole = client.get("/api/lines", {**one, "kind": list(own_texts.KINDS)})
    if not whole["lines"]:
        notices.notice("no_order", own_texts.NO_ORDER_TITLE, own_texts.NO_ORDER)
        return
    asked = client.get("/api/lines", {**narrowing.parameters(page.choice), **one})["lines"]
    behind = {_id(line) for line in asked}
    others = [line for line in whole["lines"] if _id(line) not in behind]
    first = whole["lines"][-1]
    with st.container(key="panel_order", border=True):
        st.header(formats.plain(tables.title(first)), anchor=False)
        st.html(tables.facts(first, page.choice))
        if whole["next"]:
            st.caption(own_texts.MOST.format(count=formats.number(MOST_LINES)))
        panels.foot(tables.files("/api/lines", own_texts.ALL_LINES, {"key": narrowing.order}))
    _show_lines(page, "asked", own_texts.ASKED, asked, own_texts.NONE_ASKED)
    if others:
        _show_lines(page, "others", own_texts.OTHERS, others, "", own_texts.OTHERS_LEAD)


def _show_lines(
    page: SalesPage, name: str, title: str, lines: Sequence[Row], none: str, lead: str = ""
) -> None:
    with st.container(key=f"panel_lines_{name}", border=True):
        st.header(title, anchor=False)
        if lead:
            st.caption(lead)
        if not lines:
            panels.nothing(none)
            return
        st.html(tables.lines(lines, client.shop().currency, page.choice))


def _id(line: Row) -> tuple[int | None, int | None, int]:
    return line["import_id"], line["purchase_id"], line["line"]
