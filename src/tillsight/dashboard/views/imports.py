"""Imports: load a file, see what was loaded, take it back."""

import streamlit as st

from tillsight.dashboard import builds, client, notices, texts
from tillsight.dashboard.imports import dropzone, history

st.title(texts.IMPORTS, anchor=False)
st.caption(texts.IMPORTS_LEAD)
builds.tell(builds.now())
may_load = client.get("/api/users/me")["role"] != "viewer"
if may_load:
    dropzone.show(history.question())
    with st.expander(texts.LAYOUTS_TITLE):
        st.markdown(texts.LAYOUTS)
else:
    notices.notice("viewer", texts.VIEWER_TITLE, texts.VIEWER_CANNOT_LOAD)

st.header(texts.HISTORY, anchor=False)
history.show(may_load=may_load)
