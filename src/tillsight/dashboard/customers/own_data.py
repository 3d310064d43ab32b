"""What the shop holds about a customer, for the person themself, and forgetting who they are.

Both are for admins, and done by the API.
"""

from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, texts
from tillsight.dashboard.customers import texts as own
from tillsight.dashboard.forms import Form

ERASED = "customer_erased"
"""What the API answered to the last erasure, until somebody has read it. It does not name whom."""
TRACES = "/audit?action=customer_erase"
LONGEST_ID = 1000

_to_top = st.components.v2.component(
    "tillsight_to_top",
    html="<span hidden></span>",
    js=(Path(__file__).parents[1] / "parts" / "to_top.js").read_text(encoding="utf-8"),
)


def show(customer_id: str) -> None:
    """The panel with both, to admins alone; it is there for customers without sales, too."""
    if client.get("/api/users/me")["role"] != "admin":
        return
    with st.container(key="panel_own_data", border=True):
        st.html(
            f'<div class="panel-head"><h2>{escape(own.DATA_TITLE)}</h2>'
            f"<p>{escape(own.DATA_LEAD)}</p></div>"
        )
        with st.container(horizontal=True, key="own_data_ways"):
            st.html(_download(customer_id), width="content")
            asked = st.button(own.ERASE_ASK, key="ask_to_erase", icon=":material/person_off:")
        st.caption(own.DATA_HELD)
    if asked:
        st.dialog(own.ERASE_TITLE)(_ask)(customer_id)


def tell_erased() -> None:
    """What came of an erasure and what is left to do, until it was read."""
    if ERASED not in st.session_state:
        return
    done = st.session_state[ERASED]
    told = own.ERASED.format(
        version=formats.number(done["data_version"]),
        imports=own.ERASED_IMPORTS.of(done["imports"], number=formats.number(done["imports"])),
        purchases=own.ERASED_PURCHASES.of(
            done["purchases"], number=formats.number(done["purchases"])
        ),
    )
    with st.container(key="notice_erased", border=True):
        st.header(own.ERASED_TITLE, anchor=False)
        st.html(f'<p class="said good" role="status">{escape(told)}</p>')
        st.html(f"<p>{escape(own.ERASED_NEXT)}</p>{_listed(own.ERASED_TO_DO)}")
        with st.container(horizontal=True, key="erased_ways"):
            if st.button(own.ERASED_READ, key="erased_read"):
                del st.session_state[ERASED]
                st.rerun()
            st.html(
                f'<a class="quiet-button" href="{TRACES}" target="_self">'
                f"{escape(own.ERASED_TRACES)}</a>",
                width="content",
            )
            _to_top(key="erased_to_top", height=0)


def _ask(customer_id: str) -> None:
    form = Form("erase", "fragment")
    st.text(customer_id)
    st.html(_listed(own.ERASE_MEANS))
    st.html(f"<p><b>{escape(own.ERASE_FINAL)}</b></p>")
    with form.open():
        repeated = form.text("customer_id", own.ERASE_REPEAT, longest=LONGEST_ID)
        sending = form.submit(own.ERASE)
    if sending:
        erased = form.send(partial(_erase, customer_id, repeated.strip()), "")
        if erased is not None:
            _leave(erased)
        form.again()


def _erase(customer_id: str, repeated: str) -> dict[str, Any]:
    if repeated != customer_id:
        reason = own.ERASE_NOT_SAME if repeated else texts.FIELD_NEEDED
        raise client.Refused(texts.CORRECT, "invalid", {"customer_id": reason})
    return client.change("POST", f"{_path(customer_id)}/erase", {"customer_id": repeated})


def _leave(erased: dict[str, Any]) -> None:
    """Go to the page of all customers, where what came of it stands: nothing names them there."""
    st.session_state[ERASED] = erased
    for name in ("customer", "who"):
        st.query_params.pop(name, None)


def _download(customer_id: str) -> str:
    return (
        f'<a class="quiet-button" download target="_self" href="{_path(customer_id)}/export">'
        f"{escape(own.DATA_DOWNLOAD)}</a>"
    )


def _path(customer_id: str) -> str:
    return f"/api/customers/{quote(customer_id, safe='')}"


def _listed(sentences: Sequence[str]) -> str:
    lines = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f'<ul class="warnings">{lines}</ul>'
