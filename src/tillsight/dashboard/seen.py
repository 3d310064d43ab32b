"""What a page has seen of the data: named with each question, so that no server answers it from
anything older.

The browser tells it with a cookie, which a page knows as it was when its connection was opened, and
the answers since tell the rest. The page has the browser's cookie follow (`links.js`).
"""

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tillsight.data_version import HEADER, Token, read_token

_STATE = "seen_of_the_data"


def named(cookie: str) -> dict[str, str]:
    """The header that says it; none where nothing was seen yet. `cookie` is the browser's."""
    token = latest(cookie)
    return {HEADER: str(token)} if token else {}


def note(told: Mapping[str, str], cookie: str) -> None:
    """Remember what the headers of an answer tell."""
    token = read_token(told.get(HEADER.lower()))
    if token and _has_session() and token.is_newer_than(latest(cookie)):
        st.session_state[_STATE] = token


def latest(cookie: str) -> Token | None:
    """The newest that this page has seen."""
    if not _has_session():
        return None
    found: Token | None = st.session_state.get(_STATE)
    return found or read_token(st.context.cookies.get(cookie))


def _has_session() -> bool:
    return get_script_run_ctx(suppress_warning=True) is not None
