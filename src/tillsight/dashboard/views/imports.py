"""Imports: load a sales file, see what was loaded, take it back."""

import streamlit as st

from tillsight.dashboard import client, dropzone, history, notices, texts

LISTED = 100

st.title(texts.IMPORTS, anchor=False)
st.caption(texts.IMPORTS_LEAD)
is_viewer = client.get("/api/users/me")["role"] == "viewer"
if is_viewer:
    notices.notice("viewer", texts.VIEWER_TITLE, texts.VIEWER_CANNOT_LOAD)
else:
    dropzone.show()
    with st.expander(texts.LAYOUTS_TITLE):
        st.markdown(texts.LAYOUTS)

st.subheader(texts.HISTORY, anchor=False)
answer = client.get("/api/imports", {"limit": LISTED})
found = answer["imports"]
if is_viewer:  # the API gives rejected rows only to those who may load files
    found = [{**one, "rejects": None} for one in found]
if found:
    with st.container(key="history", border=True):
        history.show(found)
else:
    st.caption(texts.HISTORY_EMPTY)
if answer["next"] is not None:
    st.caption(texts.HISTORY_CUT.format(count=LISTED))
