"""Leafing through a list page by page: which one it is, and the ways to those beside it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, downloads, texts
from tillsight.languages import Counted

One = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """A list that the API has at a path: what it is called here, and how many rows make a page.

    `shown` says which one or which ones a page shows, with room for the `first`, the `last` and the
    `total`.
    """

    name: str
    path: str
    page: int
    shown: Counted


def page_of(one: Listed, wanted: client.Parameters) -> One:
    """The page of the list as the API answers it: the first one again once others are asked for."""
    pages, filtered = _keys(one.name)
    if st.session_state.get(filtered) != wanted:
        st.session_state[filtered] = wanted
        st.session_state[pages] = []
    before = _before(one.name)
    after = before[-1] if before else ""
    try:
        return client.get(one.path, {**wanted, "after": after, "limit": one.page})
    except client.Refused:
        if not after:
            raise
        # The row that the page follows is not in the list any more: begin again.
        st.session_state.pop(filtered)
        st.rerun()


def foot(one: Listed, wanted: client.Parameters, answer: One) -> None:
    """Which ones these are, the ways to the others, and all of them as a file."""
    with _foot(one.name):
        _turns(one, answer)
        st.html(downloads.file_links(one.path, wanted))


def turns(one: Listed, answer: One) -> None:
    """Which ones these are, and the ways to the others; a list need not know its `total`."""
    with _foot(one.name):
        _turns(one, answer)


def is_whole(one: Listed, answer: One) -> bool:
    """Whether the page that was answered is all of the list."""
    return not _before(one.name) and answer["next"] is None


def _foot(name: str) -> AbstractContextManager[Any]:
    return st.container(key=f"{name}_foot", horizontal=True, vertical_alignment="center")


def _turns(one: Listed, answer: One) -> None:
    first = len(_before(one.name)) * one.page + 1
    st.caption(
        one.shown.of(
            answer["count"],
            first=formats.number(first),
            last=formats.number(first + answer["count"] - 1),
            total=formats.number(answer.get("total")),
        ),
        width="content",
    )
    if not is_whole(one, answer):
        _buttons(one.name, answer["next"])


def _buttons(name: str, following: str | None) -> None:
    """The ways to the page before and to the next one."""
    before = _before(name)
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
