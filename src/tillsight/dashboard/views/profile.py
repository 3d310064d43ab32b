"""Profile: one's own name, password, sessions and keys."""

import streamlit as st

from tillsight.dashboard import api_keys, client, own_account, own_sessions, texts

me = client.get("/api/users/me")
st.title(texts.PROFILE, anchor=False)
st.caption(texts.PROFILE_LEAD)
left, right = st.columns(2, gap="medium")
with left:
    own_account.names(me)
    own_account.password()
with right:
    own_account.email(me)
own_sessions.show()
api_keys.show(me["role"])
