"""Turning the pages of a table all of whose rows are here."""

import math
from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from tillsight import formats
from tillsight.dashboard.products import texts

Row = TypeVar("Row")
PAGE = 10


def part(name: str, rows: Sequence[Row]) -> tuple[Sequence[Row], int]:
    """The rows of the page that is open, and how many come before it; ways to the others."""
    if len(rows) <= PAGE:
        return rows, 0
    pages = math.ceil(len(rows) / PAGE)
    with st.container(horizontal=True, vertical_alignment="center", key=f"turning_{name}"):
        page = st.pagination(pages, max_visible_pages=5, key=f"page_{name}")
        start = (min(page, pages) - 1) * PAGE
        shown = rows[start : start + PAGE]
        said = texts.PAGE_SHOWN.format(
            first=formats.number(start + 1),
            last=formats.number(start + len(shown)),
            total=formats.number(len(rows)),
        )
        st.caption(said, width="content")
    return shown, start
