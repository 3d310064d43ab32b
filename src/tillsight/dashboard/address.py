"""What of a page stands in its address, so that a copied link shows the same, and is kept when
another page is opened.

Streamlit can bind a widget to the address, which is right for what belongs to one page. What goes
from page to page has to be in the menu's links, too, and its widget is not on every page; so the
widgets' state is set from the address where that changed (a link, back, forward), and the address
from the state where somebody chose.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import streamlit as st

Written = dict[str, list[str]]
_SEEN = "address_seen"


@dataclass(frozen=True)
class Kept:
    """How one choice is written; `usual` is what counts, and is not written, where nothing is."""

    read: Callable[[Sequence[str]], Any]
    usual: Any


def one_of(kind: type[StrEnum], usual: StrEnum) -> Kept:
    """A choice among names; what is none of them is as good as nothing."""

    def read(texts: Sequence[str]) -> StrEnum:
        return kind(texts[0]) if texts and texts[0] in [*kind] else usual

    return Kept(read, usual)


def any_of() -> Kept:
    """Any number of values; a page drops those it does not know."""
    return Kept(list, [])


def a_day() -> Kept:
    """A date, or none."""

    def read(texts: Sequence[str]) -> date | None:
        try:
            return date.fromisoformat(texts[0]) if texts else None
        except ValueError:
            return None

    return Kept(read, None)


def key(name: str) -> str:
    """Of the widget; other pages have choices of these names that mean something else."""
    return f"kept_{name}"


def hold(kept: Mapping[str, Kept]) -> None:
    """Keep what was chosen over a page that does not show it."""
    for name, one in kept.items():
        st.session_state[key(name)] = st.session_state.get(key(name), one.usual)


def take_up(kept: Mapping[str, Kept], page: str) -> None:
    """Set the widgets by the address if it is another one than before, else hold them.

    To be called before any of them is shown. Another page that is opened without any of them shows
    what was chosen before.
    """
    here = {name: st.query_params.get_all(name) for name in kept if name in st.query_params}
    seen = st.session_state.get(_SEEN)
    if seen is None or (seen != (page, here) and (here or seen[0] == page)):
        for name, one in kept.items():
            st.session_state[key(name)] = one.read(here.get(name, []))
    hold(kept)
    st.session_state[_SEEN] = (page, here)


def written(kept: Mapping[str, Kept]) -> Written:
    """What differs from the usual, as it stands in an address."""
    chosen = {name: st.session_state[key(name)] for name in kept}
    return {
        name: [str(one) for one in value] if isinstance(value, list) else [str(value)]
        for name, value in chosen.items()
        if value != kept[name].usual
    }


def put(kept: Mapping[str, Kept], page: str) -> None:
    """Have the address say what was chosen; what others keep there stays. After the widgets."""
    now = written(kept)
    _, before = st.session_state[_SEEN]
    for name in kept:
        if name in now and now[name] != before.get(name):
            st.query_params[name] = now[name]
        elif name in before and name not in now:
            del st.query_params[name]
    st.session_state[_SEEN] = (page, now)
