"""Users: who has an account, and what they may do; for admins."""

import streamlit as st

from tillsight.dashboard import client, listing, notices, switches, texts
from tillsight.dashboard.people import people, user_forms

SHOWN = 200

st.title(texts.USERS, anchor=False)
st.caption(texts.USERS_LEAD)
me = client.get("/api/users/me")
everybody = user_forms.everybody()
circles = client.get("/api/circles")["circles"]

with st.container(key="user_filters", horizontal=True, vertical_alignment="bottom"):
    wanted = st.text_input(
        texts.FIND_PERSON,
        placeholder=texts.FIND_PERSON_HINT,
        key="find",
        bind="query-params",
        type="search",
        width=280,
    )
    role = switches.pick(texts.ROLE, {"": texts.ANY_ROLE, **texts.ROLES}, "role", 170)
    state = switches.pick(texts.STATE, {"": texts.ANY_STATE, **texts.STATES}, "state", 170)
    invite = st.button(
        texts.INVITE, type="primary", icon=":material/person_add:", key="open_invite"
    )
user_forms.show_outcomes(everybody)

found = [one for one in everybody if user_forms.fits(one, wanted or "", role, state)]
if found:
    belongs = user_forms.names_by_member(circles)
    with st.container(key="panel_users", border=True):
        pressed = listing.show(
            "users", people.users(found[:SHOWN], belongs, me["id"], client.shop().timezone)
        )
    if len(found) > SHOWN:
        st.caption(texts.USERS_CUT.format(count=SHOWN, all=len(found)))
else:
    pressed = None
    notices.notice("nobody", texts.NOBODY_TITLE, texts.NOBODY)

chosen = next((one for one in found if str(one["id"]) == pressed), None)
if chosen:
    st.dialog(people.name_of(chosen))(user_forms.manage)(chosen, circles)
elif invite:
    st.dialog(texts.INVITE_ASKED)(user_forms.invite)()
