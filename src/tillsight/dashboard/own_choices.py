"""What is chosen in a panel of a page, held in the address, for panels that are drawn in parallel:
what Streamlit itself binds to the address is forgotten there before they are drawn.
"""

from collections.abc import Mapping
from functools import partial
from typing import Literal, TypeVar

import streamlit as st

Choice = TypeVar("Choice", str, int)
_SEEN = "own_choices_seen"


def take_up(page: str, *names: str) -> None:
    """Choose what the address says, if that is another one than before. To be called by the page
    itself, before its panels.
    """
    here = {name: st.query_params[name] for name in names if name in st.query_params}
    if st.session_state.get(_SEEN) != (page, here):
        for name in names:
            st.session_state[_key(name)] = here.get(name)
    st.session_state[_SEEN] = (page, here)


def switch(
    label: str,
    names: Mapping[Choice, str],
    usual: Choice,
    name: str,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> Choice:
    """Show the options and return which was chosen; `name` is what the address calls it.

    What the address says may be no option of these: then the usual one counts.
    """
    written = {str(one): one for one in names}
    state = _key(name)
    st.session_state[state] = written.get(str(st.session_state.get(state)), usual)
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=lambda one: names[one],
        required=True,
        key=state,
        label_visibility=label_visibility,
        on_change=partial(_put, name, usual),
    )
    return usual if chosen is None else chosen


def _put(name: str, usual: str | int) -> None:
    """Have the address say what was chosen, unless that is the usual."""
    chosen = st.session_state[_key(name)]
    page, here = st.session_state[_SEEN]
    kept = {one: value for one, value in here.items() if one != name}
    if chosen == usual:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(chosen)
        kept[name] = str(chosen)
    st.session_state[_SEEN] = (page, kept)


def _key(name: str) -> str:
    return f"own_{name}"
