"""Choices of one or some among several, which the address keeps by their codes: a link shows the
same to readers of every language.

Streamlit can bind these widgets to the address as well, but writes there what they show.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

import streamlit as st

from tillsight import languages

Choice = TypeVar("Choice", str, int)


def switch(
    label: str,
    names: Mapping[Choice, str],
    usual: Choice,
    key: str,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> Choice:
    """Show the names, all of them in sight, and return which was chosen; `key` is what the address
    calls it.
    """
    _take_up(key, partial(_one, names, usual), lambda chosen: chosen in names)
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=lambda one: names[one],
        required=True,
        key=key,
        label_visibility=label_visibility,
        on_change=_put,
        args=[key, usual],
    )
    return usual if chosen is None else chosen


def pick(
    label: str,
    names: Mapping[Choice, str],
    key: str,
    width: int,
    usual: Choice | None = None,
) -> Choice:
    """Show a list of names and return which was chosen: the first one unless another is usual."""
    first = next(iter(names)) if usual is None else usual
    _take_up(key, partial(_one, names, first), lambda chosen: chosen in names)
    return st.selectbox(
        label,
        list(names),
        format_func=lambda one: names[one],
        key=key,
        width=width,
        on_change=_put,
        args=[key, first],
    )


def several(
    label: str, names: Mapping[str, str], key: str, width: int, placeholder: str
) -> list[str]:
    """Show a list of names of which any may be chosen, and return those; none stands for all."""
    _take_up(
        key,
        lambda written: [one for one in written if one in names],
        lambda chosen: all(one in names for one in chosen),
    )
    return st.multiselect(
        label,
        list(names),
        format_func=lambda one: names[one],
        placeholder=placeholder,
        key=key,
        width=width,
        on_change=_put,
        args=[key, []],
    )


def choose(key: str, code: str) -> None:
    """Have the widget of this name show another choice when the page runs again."""
    st.query_params[key] = code


def _one(names: Mapping[Choice, str], usual: Choice, written: Sequence[str]) -> Choice:
    """What an address says; those of before had the English name in place of the code."""
    known = {languages.in_english(name): one for one, name in names.items()}
    known |= {str(one): one for one in names}
    return known.get(written[0], usual) if written else usual


def _take_up(
    key: str, read: Callable[[Sequence[str]], Any], is_known: Callable[[Any], bool]
) -> None:
    """Set the widget by the address where that is another one than before, where the widget was not
    shown before, and where what was chosen is not offered any more.
    """
    here, seen = st.query_params.get_all(key), _seen(key)
    if (
        st.session_state.get(seen) != here
        or key not in st.session_state
        or not is_known(st.session_state[key])
    ):
        st.session_state[key] = read(here)
        st.session_state[seen] = here


def _put(key: str, usual: object) -> None:
    """Have the address say what somebody chose, unless that is the usual."""
    chosen = st.session_state[key]
    if chosen in (usual, None):
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen if isinstance(chosen, list) else str(chosen)
    st.session_state[_seen(key)] = st.query_params.get_all(key)


def _seen(key: str) -> str:
    return f"address_seen_{key}"
