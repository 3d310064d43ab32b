"""What an admin does with accounts: inviting, roles, circles, switching off and on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, texts
from tillsight.dashboard.forms import Form
from tillsight.dashboard.people import people

LINK = "invitation"
One = Mapping[str, Any]


def everybody() -> list[One]:
    """All accounts."""
    found: list[One] = []
    after: int | None = 0
    while after is not None:
        page = client.get("/api/users", {"after": after, "limit": 1000})
        found += page["users"]
        after = page["next"]
    return found


def fits(one: One, wanted: str, role: str, state: str) -> bool:
    """Whether somebody is among those asked for; empty asks for all."""
    words = " ".join(filter(None, [one["full_name"], one["username"], one["email"]])).casefold()
    return (
        wanted.strip().casefold() in words
        and role in {"", one["role"]}
        and state in {"", people.state_of(one)}
    )


def names_by_member(circles: Sequence[One]) -> dict[int, list[str]]:
    """Names of the circles that each person belongs to."""
    found: dict[int, list[str]] = defaultdict(list)
    for circle in circles:
        for member in circle["members"]:
            if not circle["archived"]:
                found[member["id"]].append(circle["name"])
    return found


def show_outcomes(everybody: Sequence[One]) -> None:
    """What came of the dialogs, on the page."""
    forms.tell("invite")
    for one in everybody:
        for key in ("person", "verify", "active"):
            forms.tell(f"{key}{one['id']}")
    if LINK not in st.session_state:
        return
    invited = st.session_state[LINK]
    with st.container(key="once"):
        st.markdown(f"**{texts.INVITE_LINK}**".format(email=formats.plain(invited["email"])))
        st.code(invited["link"], language=None, wrap_lines=True)
        if st.button(texts.INVITE_LINK_DONE, key="link_done"):
            del st.session_state[LINK]
            st.rerun()


def invite() -> None:
    """The form of an invitation."""
    form = Form("invite", "fragment")
    st.caption(texts.INVITE_LEAD)
    with form.open():
        email = form.text("email", texts.EMAIL, longest=254, autocomplete="off")
        role = _role_field(form, "viewer")
        sending = form.submit(texts.INVITE_SEND)
    if sending:
        body = {"email": email, "role": role}
        done = texts.INVITED.format(email=email.strip())
        invited = form.send(partial(client.change, "POST", "/api/users/invite", body), done)
        if invited and invited.get("link"):
            st.session_state[LINK] = invited
        form.again()


def manage(one: One, circles: Sequence[One]) -> None:
    """Role and circles of somebody, and whether they may sign in."""
    st.caption(" · ".join(filter(None, [one["email"], one["username"]])))
    form = Form(f"person{one['id']}", "fragment")
    open_circles = [circle for circle in circles if not circle["archived"]]
    before = [circle["id"] for circle in open_circles if _belongs(one, circle)]
    names = {circle["id"]: circle["name"] for circle in open_circles}
    with form.open():
        role = _role_field(form, one["role"])
        after = form.choices(
            "circles", texts.CIRCLES, list(names), before, lambda circle_id: names[circle_id]
        )
        sending = form.submit(texts.SAVE)
    if sending:
        work = partial(_save, one, role, before, after)
        form.send(work, texts.PERSON_SAVED.format(name=people.name_of(one)))
        form.again()
    if not one["is_verified"]:
        _switch("verify", one, texts.VERIFY_LEAD, texts.VERIFY, {"is_verified": True})
    if one["is_active"]:
        _switch("active", one, texts.DEACTIVATE_LEAD, texts.DEACTIVATE, {"is_active": False})
    else:
        _switch("active", one, texts.REACTIVATE_LEAD, texts.REACTIVATE, {"is_active": True})


def _done(label: str) -> str:
    return {
        texts.VERIFY: texts.PERSON_VERIFIED,
        texts.DEACTIVATE: texts.DEACTIVATED,
        texts.REACTIVATE: texts.REACTIVATED,
    }[label]


def _switch(key: str, one: One, lead: str, label: str, body: Mapping[str, bool]) -> None:
    form = Form(f"{key}{one['id']}", "fragment")
    st.divider()
    st.caption(lead)
    with form.open():
        sending = form.submit(label)
    if sending:
        work = partial(client.change, "PATCH", f"/api/users/{one['id']}", body)
        form.send(work, _done(label).format(name=people.name_of(one)))
        form.again()


def _role_field(form: Form, role: str) -> str:
    return form.choice(
        "role",
        texts.ROLE,
        list(texts.ROLES),
        role,
        lambda one: f"{people.role_name(one)}: {texts.ROLE_LEADS[one]}",
    )


def _save(one: One, role: str, before: Sequence[int], after: Sequence[int]) -> bool:
    if role != one["role"]:
        client.change("PATCH", f"/api/users/{one['id']}", {"role": role})
    for circle_id in set(after) - set(before):
        client.change("PUT", f"/api/circles/{circle_id}/members/{one['id']}")
    for circle_id in set(before) - set(after):
        client.change("DELETE", f"/api/circles/{circle_id}/members/{one['id']}")
    return True


def _belongs(one: One, circle: One) -> bool:
    return any(member["id"] == one["id"] for member in circle["members"])
