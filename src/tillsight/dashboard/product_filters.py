"""Which products of the catalogue are shown; the address keeps it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from tillsight.dashboard import client, formats, leafing, texts

Wanted = dict[str, str]
NAME = "catalogue"
UNKNOWN = "-"
"""Stands for products without a category; an empty text asks for all."""


def filter_bar(categories: Sequence[Mapping[str, Any]]) -> Wanted:
    """Show the bar and return what it says, as parameters of the API."""
    names = {
        UNKNOWN if one["category"] is None else f"={one['category']}": one["category"]
        or texts.NO_CATEGORY
        for one in sorted(categories, key=lambda one: (one["category"] or "").casefold())
    }
    text = st.text_input(
        texts.FIND_PRODUCT,
        placeholder=texts.FIND_PRODUCT_HINT,
        key="find",
        bind="query-params",
        max_chars=200,
        type="search",
        width=240,
    )
    category = st.selectbox(
        texts.CATEGORY,
        ["", *names],
        format_func=lambda one: names.get(one, texts.ANY_CATEGORY),
        key="category",
        bind="query-params",
        width=200,
    )
    order = st.selectbox(
        texts.SORT,
        list(texts.SORTS),
        format_func=lambda one: texts.SORTS[one],
        key="sort",
        bind="query-params",
        width=220,
    )
    wanted = {"order": order, "text": (text or "").strip()}
    wanted = {name: value for name, value in wanted.items() if value}
    if category:
        wanted["category"] = "" if category == UNKNOWN else category.removeprefix("=")
    return wanted


def page_of(wanted: Wanted) -> str:
    """The product that the page follows: none again once other products are asked for."""
    return leafing.page_of(NAME, wanted)


def restart() -> None:
    """Have the next page be the first one."""
    leafing.restart(NAME)


def foot(wanted: Wanted, answer: Mapping[str, Any], size: int) -> None:
    """Which products these are, the way to the others, and all of them as a file."""
    first = leafing.number(NAME) * size + 1
    address = client.listed({**wanted, "format": "csv"})
    with st.container(key="catalogue_foot", horizontal=True, vertical_alignment="center"):
        st.caption(
            texts.PRODUCTS_SHOWN.format(
                first=formats.number(first),
                last=formats.number(first + answer["count"] - 1),
                total=formats.number(answer["total"]),
            ),
            width="content",
        )
        leafing.buttons(NAME, answer["next"])
        st.html(
            f'<a class="quiet-button" download href="/api/products?{escape(address)}"'
            f' target="_self">{texts.PRODUCTS_CSV}</a>'
        )
