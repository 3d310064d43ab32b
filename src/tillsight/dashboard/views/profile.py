"""Profile: one's own name, password, mails, sessions and keys."""

import streamlit as st

from tillsight.dashboard import client, texts
from tillsight.dashboard.people import api_keys, own_account, own_language, own_mails, own_sessions

me = client.get("/api/users/me")
st.title(texts.PROFILE, anchor=False)
st.caption(texts.PROFILE_LEAD)
with st.container(key="own_account"):
    own_account.names(me)
    own_account.email(me)
    own_account.password()
own_language.show(me)
own_mails.show(me)
own_sessions.show()
api_keys.show(me["role"])
