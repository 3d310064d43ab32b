"""Whom a page speaks to, and so in which language."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tillsight import languages

_STATE = "language"


def speak_to(person: Mapping[str, Any] | None) -> None:
    """Speak the reader's language from now on in this run; to be called where a run begins.

    Threads that draw parts of the page beside it inherit it. A fragment that runs alone, and what
    is called on a click before the page runs, do not: for them the session knows.
    """
    language = languages.of_reader(person, st.context.locale)
    languages.speak(language)
    st.session_state[_STATE] = language


def _of_session() -> str:
    """What the session speaks; from then on so does the run."""
    if get_script_run_ctx(suppress_warning=True) is None or _STATE not in st.session_state:
        return languages.ENGLISH
    language = str(st.session_state[_STATE])
    languages.speak(language)
    return language


languages.otherwise(_of_session)
