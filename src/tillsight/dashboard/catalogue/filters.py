"""Which products of the catalogue are shown; the address keeps it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tillsight.dashboard import switches, texts

Wanted = dict[str, str]
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
    every = {"": texts.ANY_CATEGORY, **names}
    category = switches.pick(texts.CATEGORY, every, "filed_under", 200)
    order = switches.pick(texts.SORT, texts.SORTS, "sort", 220)
    wanted = {"order": order, "text": (text or "").strip()}
    wanted = {name: value for name, value in wanted.items() if value}
    if category:
        wanted["category"] = "" if category == UNKNOWN else category.removeprefix("=")
    return wanted
