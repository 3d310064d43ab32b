"""Questions before something is changed that is not easily taken back."""

import streamlit as st

from tillsight.dashboard import client, texts


def ask(title: str, lead: str, agree: str, method: str, path: str, about: str = "") -> None:
    """Ask in a dialog; on agreement the API makes the change and the page runs again."""

    def show() -> None:
        if about:
            st.text(about)
        st.text(lead)
        with st.container(horizontal=True, key="answer"):
            agreed = st.button(agree, type="primary", key="agree")
            cancelled = st.button(texts.CANCEL, key="cancel")
        if agreed:
            _change(method, path)
        elif cancelled:
            st.rerun()

    st.dialog(title)(show)()


def _change(method: str, path: str) -> None:
    try:
        with st.spinner(texts.SENDING):
            client.change(method, path)
    except client.Refused as refusal:
        st.error(str(refusal))
        return
    except client.SignedOut:
        pass  # the page, run again, says so
    st.rerun()
