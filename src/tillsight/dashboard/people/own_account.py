"""One's own names, e-mail address and password, each as a form."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import client, texts
from tillsight.dashboard.forms import Form

ME = "/api/users/me"


def names(me: Mapping[str, Any]) -> None:
    """First and last name, and the username."""
    form = Form("names")
    with st.container(key="panel_names", border=True):
        st.header(texts.ABOUT_YOU, anchor=False)
        with form.open():
            body = {
                "first_name": form.text(
                    "first_name",
                    texts.FIRST_NAME,
                    me["first_name"] or "",
                    longest=200,
                    autocomplete="given-name",
                ),
                "last_name": form.text(
                    "last_name",
                    texts.LAST_NAME,
                    me["last_name"] or "",
                    longest=200,
                    autocomplete="family-name",
                ),
                "username": form.text(
                    "username",
                    texts.USERNAME,
                    me["username"],
                    longest=150,
                    autocomplete="username",
                ),
            }
            sending = form.submit(texts.SAVE)
    if sending:
        form.send(partial(client.change, "PATCH", ME, body), texts.SAVED)
        form.again()


def email(me: Mapping[str, Any]) -> None:
    """The e-mail address; a new one takes the current password."""
    form = Form("email")
    with st.container(key="panel_email", border=True):
        st.header(texts.EMAIL_TITLE, anchor=False)
        st.caption(texts.EMAIL_LEAD if me["email"] else texts.EMAIL_NONE)
        with form.open():
            body = {
                "email": form.text(
                    "email",
                    texts.EMAIL,
                    me["email"] or "",
                    longest=254,
                    autocomplete="email",
                ),
                "current_password": form.password(
                    "current_password", texts.CURRENT_PASSWORD, "current-password"
                ),
            }
            sending = form.submit(texts.EMAIL_SAVE)
    if sending:
        form.send(partial(client.change, "PATCH", ME, body), texts.EMAIL_SAVED)
        form.again()


def password() -> None:
    """A new password, typed twice."""
    form = Form("password")
    with st.container(key="panel_password", border=True):
        st.header(texts.PASSWORD_TITLE, anchor=False)
        st.caption(texts.PASSWORD_LEAD)
        with form.open():
            body = {
                "current_password": form.password(
                    "current_password", texts.CURRENT_PASSWORD, "current-password"
                ),
                "new_password": form.password("new_password", texts.NEW_PASSWORD, "new-password"),
            }
            repeated = form.password("repeated", texts.REPEAT_PASSWORD, "new-password")
            sending = form.submit(texts.PASSWORD_SAVE)
    if not sending:
        return
    if not body["current_password"]:
        form.refuse(texts.CORRECT, {"current_password": texts.PASSWORD_NEEDED})
    elif repeated != body["new_password"]:
        form.refuse(texts.CORRECT, {"repeated": texts.NOT_THE_SAME})
    else:
        form.send(partial(client.change, "POST", f"{ME}/password", body), texts.PASSWORD_SAVED)
    form.again()
