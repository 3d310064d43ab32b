"""What a manager does with circles: making, renaming, members, and the archive."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import client, forms, texts
from tillsight.dashboard.forms import Form

One = Mapping[str, Any]
LONGEST = 150
NEW = "circle_new"


def show_outcomes(circles: Sequence[One]) -> None:
    """What came of the dialogs, on the page."""
    forms.tell(NEW)
    for one in circles:
        for key in ("circle", "circle_put_away"):
            forms.tell(f"{key}{one['id']}")


def leads(me: One, circles: Sequence[One]) -> list[One]:
    """The circles that somebody may change: managers those they belong to or made, admins all."""
    if me["role"] not in {"manager", "admin"}:
        return []
    return [one for one in circles if me["role"] == "admin" or _is_of(one, me["id"])]


def add() -> None:
    """The form of a new circle."""
    form = Form(NEW, "fragment")
    names = _people()
    with form.open():
        name = form.text("name", texts.CIRCLE_NAME, longest=LONGEST)
        members = _members_field(form, names, [])
        sending = form.submit(texts.ADD_CIRCLE)
    if sending:
        work = partial(_make, name, members)
        form.send(_needing(name, work), texts.CIRCLE_ADDED.format(name=name.strip()))
        form.again()


def edit(circle: One) -> None:
    """The name of a circle, who belongs to it, and the archive."""
    form = Form(f"circle{circle['id']}", "fragment")
    names = _people() | {one["id"]: one["name"] for one in circle["members"]}
    before = [one["id"] for one in circle["members"]]
    with form.open():
        name = form.text("name", texts.CIRCLE_NAME, circle["name"], longest=LONGEST)
        after = _members_field(form, names, before)
        sending = form.submit(texts.SAVE)
    if sending:
        work = partial(_save, circle, name, before, after)
        form.send(_needing(name, work), texts.CIRCLE_SAVED.format(name=name.strip()))
        form.again()
    _put_away(circle)


def _put_away(circle: One) -> None:
    form = Form(f"circle_put_away{circle['id']}", "fragment")
    archived = circle["archived"]
    st.divider()
    st.caption(texts.CIRCLE_RESTORE_LEAD if archived else texts.CIRCLE_ARCHIVE_LEAD)
    with form.open():
        label = texts.CIRCLE_RESTORE if archived else texts.CIRCLE_ARCHIVE
        sending = form.submit(label, "secondary")
    if sending:
        path = f"/api/circles/{circle['id']}"
        done = texts.CIRCLE_RESTORED if archived else texts.CIRCLE_ARCHIVED
        work = partial(client.change, "PATCH", path, {"archived": not archived})
        form.send(work, done.format(name=circle["name"]))
        form.again()


def _members_field(form: Form, names: Mapping[int, str], before: Sequence[int]) -> Sequence[int]:
    ordered = sorted(names, key=lambda one: names[one].casefold())
    return form.choices(
        "members",
        texts.MEMBERS,
        ordered,
        before,
        lambda one: names[one],
        help=texts.MEMBERS_HELP,
        placeholder=texts.NO_MEMBERS,
    )


def _people() -> dict[int, str]:
    return {one["id"]: one["name"] for one in client.get("/api/circles/people")["people"]}


def _needing(name: str, work: Callable[[], One]) -> Callable[[], One]:
    """The work, unless there is no name: that is refused beside its field."""

    def checked() -> One:
        if not name.strip():
            raise client.Refused(texts.CORRECT, "invalid", {"name": texts.FIELD_NEEDED})
        return work()

    return checked


def _make(name: str, members: Sequence[int]) -> One:
    made = client.change("POST", "/api/circles", {"name": name})
    for user_id in members:
        client.change("PUT", f"/api/circles/{made['id']}/members/{user_id}")
    return made


def _save(circle: One, name: str, before: Sequence[int], after: Sequence[int]) -> One:
    path = f"/api/circles/{circle['id']}"
    if name.strip() != circle["name"]:
        client.change("PATCH", path, {"name": name})
    for user_id in set(after) - set(before):
        client.change("PUT", f"{path}/members/{user_id}")
    for user_id in set(before) - set(after):
        client.change("DELETE", f"{path}/members/{user_id}")
    return circle


def _is_of(circle: One, user_id: int) -> bool:
    return circle["created_by"] == user_id or any(one["id"] == user_id for one in circle["members"])
