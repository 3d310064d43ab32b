"""Turning the pages of a list that begins with the newest."""

from collections.abc import Mapping

import streamlit as st

from tillsight.dashboard import client, downloads, texts


def page_of(name: str, wanted: Mapping[str, object]) -> dict[str, int]:
    """Where the page of a list begins, as a parameter of the API: at the newest again once others
    are asked for.
    """
    before, filtered = f"{name}_before", f"{name}_filtered"
    if st.session_state.get(filtered) != wanted:
        st.session_state[filtered] = wanted
        st.session_state[before] = None
    at: int | None = st.session_state[before]
    return {"before": at} if at else {}


def foot(name: str, path: str, wanted: client.Parameters, older: int | None) -> None:
    """The way to older ones and back, and all that the API has at the path as a file."""
    with st.container(key=f"{name}_foot", horizontal=True, vertical_alignment="center"):
        if has_others(name, older):
            buttons(name, older)
        st.html(downloads.file_links(path, wanted))


def has_others(name: str, older: int | None) -> bool:
    """Whether there is a page beside the one that is shown."""
    return older is not None or bool(st.session_state.get(f"{name}_before"))


def buttons(name: str, older: int | None) -> None:
    """The ways to the newest page and to the next older one."""
    before = f"{name}_before"
    st.button(
        texts.NEWEST,
        icon=":material/first_page:",
        on_click=_turn,
        args=[before, None],
        disabled=not st.session_state.get(before),
        key="newest",
    )
    st.button(
        texts.OLDER,
        icon=":material/chevron_right:",
        on_click=_turn,
        args=[before, older],
        disabled=older is None,
        key="older",
    )


def _turn(before: str, to: int | None) -> None:
    st.session_state[before] = to
