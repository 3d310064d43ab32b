"""Views: saving what is explored under a name, opening, changing, pinning and deleting it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from tillsight.dashboard import client, forms, notices, questions
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.question import OWN, Question
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.forms import Form
from tillsight.dashboard.periods import Preset

VIEWS, PINS = "/api/views", "/api/pinned-views"
PARAMETER = "view"
LONGEST_NAME = 100
SAVE, EDIT = "view_save", "view_edit"

One = Mapping[str, Any]
Asked = dict[str, list[str]]


def take_up() -> None:
    """Have the address of a view, which says no more than its number, ask what the view asks."""
    here = st.query_params
    if PARAMETER not in here or any(name in here for name in OWN):
        return
    view = _view(here[PARAMETER])
    if view is not None:
        here.from_dict({**view["question"], PARAMETER: f"{view['id']}"})
        st.rerun()


def opened() -> One | None:
    """The view that is open, if any; that it is gone is said."""
    number = st.query_params.get(PARAMETER)
    if number is None:
        return None
    view = _view(number)
    if view is None:
        notices.notice("no_view", own_texts.NO_VIEW_TITLE, own_texts.NO_VIEW)
    return view


def _view(number: str) -> One | None:
    if not number.isdecimal():
        return None
    try:
        return client.get(f"{VIEWS}/{int(number)}")
    except client.Refused:
        return None


def asked_now(question: Question, choice: Choice) -> Asked:
    """What is shown, as a view keeps it. The period is always said: what is usual may change."""
    return {"days": [str(Preset.month)], **choice.written, **question.written()}


def address(view: One) -> str:
    """The link that opens a view, with all that it asks."""
    asked = {**view["question"], PARAMETER: view["id"]}
    return f"/explore?{urlencode(asked, doseq=True)}"


def show(view: One | None, question: Question, choice: Choice, role: str) -> None:
    """The list of views, what can be done with what is shown, and which view is open."""
    asked = asked_now(question, choice)
    with st.container(key="views", horizontal=True, vertical_alignment="center"):
        with st.popover(own_texts.VIEWS, icon=":material/bookmarks:", width="content"):
            st.html(_list(client.get(VIEWS)["views"], client.get("/api/users/me")["id"]))
        if st.button(own_texts.SAVE, icon=":material/bookmark_add:", key="save_view"):
            _dialog(own_texts.SAVE_AS, partial(_save, asked, role))
        if view is not None:
            _show_opened(view, asked, role)
    for key in (SAVE, EDIT):
        forms.tell(key)


def _show_opened(view: One, asked: Asked, role: str) -> None:
    is_changed = view["question"] != asked
    if view["may_change"]:
        with st.popover(own_texts.CHANGE_VIEW, icon=":material/edit:", width="content"):
            _change_buttons(view, asked, role, is_changed=is_changed)
    pinned = view["pinned"] is not None
    st.button(
        own_texts.UNPIN if pinned else own_texts.PIN,
        icon=":material/keep_off:" if pinned else ":material/keep:",
        key="pin_view",
        on_click=_turn_pin,
        args=[view["id"]],
    )
    st.html(_about(view, is_changed=is_changed))


def _change_buttons(view: One, asked: Asked, role: str, *, is_changed: bool) -> None:
    path = f"{VIEWS}/{view['id']}"
    if st.button(own_texts.RENAME, key="rename_view", width="stretch"):
        title = own_texts.RENAME_TITLE.format(name=view["name"])
        _dialog(title, partial(_edit, view, role))
    st.button(
        own_texts.REPLACE,
        key="replace_view",
        width="stretch",
        disabled=not is_changed,
        on_click=_replace,
        args=[path, {"version": view["version"], "question": asked}],
    )
    if st.button(own_texts.DELETE, key="delete_view", width="stretch"):
        title = own_texts.DELETE_TITLE.format(name=view["name"])
        way = f"{path}?version={view['version']}"
        questions.ask_before(partial(_delete, way), title, own_texts.DELETE_LEAD, own_texts.DELETE)


def _replace(path: str, body: Mapping[str, Any]) -> None:
    try:
        client.change("PATCH", path, body)
    except client.Refused as refusal:
        st.toast(str(refusal), icon=":material/info:")


def _delete(path: str) -> None:
    client.change("DELETE", path)
    st.query_params.pop(PARAMETER, None)


def _turn_pin(view_id: int) -> None:
    """Pin the view after the others, or take it away."""
    pinned = [one["id"] for one in client.get(PINS)["views"]]
    left = [one for one in pinned if one != view_id]
    put_pins(left if view_id in pinned else [*pinned, view_id])


def put_pins(view_ids: Sequence[int]) -> None:
    """Have these views on the Overview, in this order."""
    try:
        client.change("PUT", PINS, {"views": [*view_ids]})
    except client.Refused as refusal:
        st.toast(str(refusal), icon=":material/info:")


def _dialog(title: str, show_form: Callable[[], None]) -> None:
    st.dialog(title)(show_form)()


def _save(asked: Asked, role: str) -> None:
    form = Form(SAVE, "fragment")
    with form.open():
        name = form.text("name", own_texts.NAME, longest=LONGEST_NAME)
        shared = _shared(form, role, value=False)
        sending = form.submit(own_texts.SAVE)
    if sending:
        body = {"name": name, "question": asked, "shared": shared}
        done = own_texts.SAVED.format(name=name)
        made = form.send(partial(client.change, "POST", VIEWS, body), done)
        if made is not None:
            st.query_params[PARAMETER] = f"{made['id']}"
        form.again()


def _edit(view: One, role: str) -> None:
    form = Form(EDIT, "fragment")
    with form.open():
        name = form.text("name", own_texts.NAME, view["name"], longest=LONGEST_NAME)
        shared = _shared(form, role, value=view["shared"])
        sending = form.submit(own_texts.SAVE)
    if sending:
        body = {"version": view["version"], "name": name}
        body |= {"shared": shared} if shared != view["shared"] else {}
        done = own_texts.SAVED.format(name=name)
        form.send(partial(client.change, "PATCH", f"{VIEWS}/{view['id']}", body), done)
        form.again()


def _shared(form: Form, role: str, *, value: bool) -> bool:
    if role == "viewer":
        st.caption(own_texts.PRIVATE_ONLY)
        return value
    words = {False: own_texts.SHARED_HELP, True: own_texts.SHARED}
    return bool(form.choice("shared", own_texts.WHO, [False, True], value, lambda one: words[one]))


def _about(view: One, *, is_changed: bool) -> str:
    mark = own_texts.SHARED_MARK if view["shared"] else own_texts.PRIVATE_MARK
    name = own_texts.OPENED_BY.format(name=view["name"], who=view["created_by_name"] or "")
    marks = f'<span class="mark">{escape(mark)}</span>'
    link = f'<a href="{escape(address(view))}" target="_self">{escape(own_texts.BACK_TO_VIEW)}</a>'
    changed = (
        f' <span class="quiet">{escape(own_texts.CHANGED)}</span> {link}' if is_changed else ""
    )
    return f'<p class="opened-view"><b>{escape(name)}</b> {marks}{changed}</p>'


def _list(views: Sequence[One], own_id: int) -> str:
    if not views:
        return f'<p class="quiet">{escape(own_texts.NO_VIEWS)}</p>'
    mine = [one for one in views if one["created_by"] == own_id]
    others = [one for one in views if one["created_by"] != own_id]
    parts = ((own_texts.YOURS, mine), (own_texts.OF_OTHERS, others))
    return "".join(
        f'<h2>{escape(title)}</h2><ul class="views">{"".join(map(_entry, found))}</ul>'
        for title, found in parts
        if found
    )


def _entry(view: One) -> str:
    marks = [own_texts.SHARED_MARK] if view["shared"] else []
    marks += [own_texts.PINNED_MARK] if view["pinned"] is not None else []
    shown = "".join(f'<span class="mark">{escape(one)}</span>' for one in marks)
    link = f'<a href="{escape(address(view))}" target="_self">{escape(view["name"])}</a>'
    return f"<li>{link}{shown}</li>"
