"""Frame and menu of the dashboard. Streamlit runs it for every page."""

import streamlit as st

from tillsight.dashboard import client, frame, notices, texts

frame.open_page()
page = st.navigation(
    {
        texts.SALES_SECTION: [
            st.Page(
                "views/overview.py",
                title=texts.OVERVIEW,
                icon=":material/monitoring:",
                default=True,
            )
        ],
        texts.DATA_SECTION: [
            st.Page("views/imports.py", title=texts.IMPORTS, icon=":material/upload_file:")
        ],
    },
    expanded=True,
)
try:
    frame.foot(client.get("/api/users/me"))
    page.run()
except client.SignedOut:
    frame.signed_out(page.url_path)
except client.Refused as refusal:
    notices.notice("refused", texts.REFUSED_TITLE, str(refusal))
