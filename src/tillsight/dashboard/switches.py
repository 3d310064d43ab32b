"""A choice of one among a few, all of them in sight; the address keeps it."""

from collections.abc import Mapping
from typing import Literal, TypeVar

import streamlit as st

Choice = TypeVar("Choice", str, int)


def switch(
    label: str,
    names: Mapping[Choice, str],
    usual: Choice,
    key: str,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> Choice:
    """Show the names and return which was chosen; `key` is what the address calls it."""
    chosen = st.segmented_control(
        label,
        list(names),
        default=usual,
        format_func=lambda one: names[one],
        required=True,
        key=key,
        bind="query-params",
        label_visibility=label_visibility,
    )
    return usual if chosen is None else chosen
