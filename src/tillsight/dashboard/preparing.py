"""What a page of sales says while they are laid out from nothing: how far, and that it comes."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, texts

CODE = "preparing"
"""The code of the refusal of questions meanwhile."""
LOOKED = 2.0
"""Seconds after which it is looked again how far it is."""


def show(refusal: client.Refused) -> None:
    """Stand in the place of the page until it can be shown, then run it."""
    told: Mapping[str, Any] | None = refusal.details
    with st.container(key="notice_preparing", border=True):
        st.header(texts.PREPARING_TITLE, anchor=False)
        st.text(texts.PREPARING)

        @st.fragment(run_every=LOOKED)
        def looked() -> None:
            nonlocal told
            now, told = told or _now(), None
            if now is None:
                st.rerun()
            st.html(progress_of(now))

        looked()
        st.html(_ways())


def _now() -> Mapping[str, Any] | None:
    """How far it is; none once there are figures, or something else is in their way."""
    try:
        client.get("/api/metrics/query", {"measures": "revenue"})
    except client.SignedOut:
        return None
    except client.Refused as refusal:
        return refusal.details if refusal.code == CODE else None
    return None


def progress_of(now: Mapping[str, Any]) -> str:
    """How far it is, as HTML: a bar, lines, and the time left where that can be told."""
    done, whole, left = now.get("lines_done", 0), now.get("lines", 0), now.get("seconds_left")
    lines = texts.PREPARING_DONE.format(done=formats.number(done), whole=formats.number(whole))
    told = [lines] if left is None else [lines, _time_left(left)]
    words = escape(" · ".join(told))
    return (
        f'<div class="preparing"><progress max="{int(whole)}" value="{int(done)}"'
        f' aria-label="{escape(texts.PREPARING_TITLE)}">{words}</progress><p>{words}</p></div>'
    )


def _time_left(seconds: int) -> str:
    if seconds < 60:
        return texts.PREPARING_LEFT["seconds"].format(count=max(seconds, 1))
    return texts.PREPARING_LEFT["minutes"].format(count=math.ceil(seconds / 60))


def _ways() -> str:
    links = about.link(texts.BOARD, "/board") + about.link(texts.ENTER_VALUES, "/enter_values")
    return f'<p>{escape(texts.PREPARING_MEANWHILE)}</p><nav class="ways">{links}</nav>'
