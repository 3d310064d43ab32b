"""Leafing through a list page by page: which one it is, and the ways to those beside it."""

from collections.abc import Mapping

import streamlit as st

from tillsight.dashboard import texts


def page_of(name: str, wanted: Mapping[str, object]) -> str:
    """What the page of a list follows: nothing once others are asked for."""
    pages, filtered = _keys(name)
    if st.session_state.get(filtered) != wanted:
        st.session_state[filtered] = wanted
        st.session_state[pages] = []
    return before[-1] if (before := _before(name)) else ""


def restart(name: str) -> None:
    """Have the next page be the first one."""
    st.session_state.pop(_keys(name)[1], None)


def number(name: str) -> int:
    """How many pages stand before this one."""
    return len(_before(name))


def buttons(name: str, following: str | None) -> None:
    """The ways to the page before and to the next one; nothing where all are on this one."""
    before = _before(name)
    if not before and following is None:
        return
    st.button(
        texts.PREVIOUS,
        icon=":material/chevron_left:",
        on_click=_turn,
        args=[name, before[:-1]],
        disabled=not before,
        key="previous",
    )
    st.button(
        texts.NEXT,
        icon=":material/chevron_right:",
        on_click=_turn,
        args=[name, [*before, following]],
        disabled=following is None,
        key="next",
    )


def _keys(name: str) -> tuple[str, str]:
    return f"{name}_pages", f"{name}_filtered"


def _before(name: str) -> list[str]:
    found: list[str] = st.session_state[_keys(name)[0]]
    return found


def _turn(name: str, pages: list[str]) -> None:
    st.session_state[_keys(name)[0]] = pages
