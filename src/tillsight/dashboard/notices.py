"""What a page says when there is nothing to show."""

import streamlit as st

from tillsight.dashboard import texts


def notice(key: str, title: str, text: str) -> None:
    """A card with a few words, for when there are no figures."""
    with st.container(key=f"notice_{key}", border=True):
        st.header(title, anchor=False)
        st.text(text)


def invite(role: str) -> None:
    """Nothing was loaded yet: who may load a file is led to where that is done."""
    if role == "viewer":
        notice("empty_store", texts.EMPTY_TITLE, texts.EMPTY_VIEWER)
        return
    with st.container(key="notice_empty_store", border=True):
        st.header(texts.EMPTY_TITLE, anchor=False)
        st.text(texts.EMPTY)
        with st.container(key="load_a_file"):
            st.page_link(
                "views/imports.py",
                label=texts.LOAD_A_FILE,
                icon=":material/upload_file:",
                width="content",
            )
        st.markdown(f"**{texts.LAYOUTS_TITLE}**\n{texts.LAYOUTS}")
