"""One's own API keys."""

from functools import partial

import streamlit as st

from tillsight.dashboard import client, listing, questions, texts
from tillsight.dashboard.forms import Form
from tillsight.dashboard.people import people

KEYS = "/api/users/me/keys"
NEW = "new_key"


def show(own_role: str) -> None:
    """The keys, a form for a new one, and its text once."""
    found = client.get(KEYS)["keys"]
    with st.container(key="panel_keys", border=True):
        st.header(texts.KEYS_TITLE, anchor=False)
        st.caption(texts.KEYS_LEAD)
        pressed = None
        if found:
            pressed = listing.show("keys", people.keys(found, client.shop().timezone))
        else:
            st.caption(texts.KEYS_NONE)
        if NEW in st.session_state:
            _once(st.session_state[NEW])
        _add(own_role)
    chosen = next((one for one in found if str(one["id"]) == pressed), None)
    if chosen:
        questions.ask(
            texts.KEY_REVOKE_ASKED,
            texts.KEY_REVOKE_LEAD,
            texts.KEY_REVOKE,
            "DELETE",
            f"{KEYS}/{chosen['id']}",
            about=chosen["name"],
        )


def _once(key: str) -> None:
    with st.container(key="once"):
        st.markdown(f"**{texts.KEY_ONCE}**")
        st.code(key, language=None, wrap_lines=True)
        if st.button(texts.KEY_DONE, key="key_done"):
            del st.session_state[NEW]
            st.rerun()


def _add(own_role: str) -> None:
    form = Form("key")
    roles = list(texts.ROLES)
    with form.open():
        with st.container(horizontal=True, vertical_alignment="bottom", key="key_fields"):
            name = form.text("name", texts.KEY_NAME, longest=100, placeholder=texts.KEY_NAME_HINT)
            offered = roles[: roles.index(own_role) + 1]
            role = form.choice("role", texts.KEY_ROLE, offered, "viewer", people.role_name)
        sending = form.submit(texts.KEY_CREATE)
    if sending:
        body = {"name": name, "role": role}
        done = texts.KEY_CREATED.format(name=name.strip())
        made = form.send(partial(client.change, "POST", KEYS, body), done)
        if made:
            st.session_state[NEW] = made["key"]
        form.again()
