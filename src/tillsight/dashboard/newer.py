"""What an open page does when there are new data: it says so, or shows them by itself."""

from pathlib import Path

import streamlit as st

from tillsight.dashboard import client, texts

LOOKED = 60
"""Seconds after which a page that does not refresh itself looks whether there is something new."""
BY_HAND = "0"

_when_free = st.components.v2.component(
    "tillsight_when_free",
    html="<span hidden></span>",
    js=(Path(__file__).parent / "parts" / "when_free.js").read_text(encoding="utf-8"),
)


def chosen() -> int:
    """Show how often the page refreshes itself; return the minutes, 0 for never."""
    how = texts.REFRESHES[st.session_state.get("refresh", BY_HAND)]
    label = texts.REFRESH_LABEL.format(how=how)
    with st.popover(label, type="tertiary", icon=":material/refresh:"):
        minutes = st.radio(
            texts.REFRESH,
            list(texts.REFRESHES),
            format_func=lambda one: texts.REFRESHES[one],
            key="refresh",
            help=texts.REFRESH_HELP,
            persist_state="session",
        )
    return int(minutes or BY_HAND)


def watch(version: int, minutes: int) -> None:
    """Look now and then whether there is another version of the data than `version`.

    If so, the page is shown anew each `minutes`, once nobody types or reads a list in it; with 0
    a line offers it.
    """
    is_open = False

    @st.fragment(run_every=60 * minutes or LOOKED)
    def looked() -> None:
        nonlocal is_open
        place = st.container(key="new_data", horizontal=True, vertical_alignment="center")
        if not is_open:
            is_open = True  # just drawn from this version
            return
        if not _is_another(version):
            return
        with place:
            if minutes:
                show = _when_free(key="when_free", on_free_change=_nothing, height=0).free
            else:
                st.html(f'<span role="status">{texts.NEW_DATA}</span>')
                show = st.button(texts.SHOW_NEW_DATA, key="show_new_data", type="tertiary")
        if show:
            st.rerun()

    looked()


def _nothing() -> None:
    """A trigger is known by its callback; what follows is decided where it is read."""


def _is_another(version: int) -> bool:
    try:
        return bool(client.get("/api/metrics/version")["data_version"] != version)
    except client.SignedOut:
        st.rerun()  # the page, run again, says so
    except client.Refused:
        return False  # asked again soon
