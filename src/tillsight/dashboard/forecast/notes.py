"""Dated notes: what happened on a day, listed, written and changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, listing
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.forecast import facts, texts
from tillsight.dashboard.forms import Form

One = Mapping[str, Any]
NEW = "note_new"
PATH = "/api/notes"
SHOWN = 100
LONGEST = 2000


@dataclass(frozen=True)
class Listed:
    """Which notes a page lists (parameters of the API), and what it says of them, and of none."""

    asked: Mapping[str, str]
    lead: str
    none: str


def show(*, editable: bool, listed: Listed | None = None) -> None:
    """The notes, all unless told which, newest first, and a way to add one."""
    shown = listed or Listed({}, texts.NOTES_LEAD, texts.NOTES_NONE)
    found = client.get(PATH, {**shown.asked, "limit": SHOWN})["notes"]
    with st.container(key="panel_forecast_notes", border=True):
        st.header(texts.NOTES, anchor=False)
        st.caption(shown.lead)
        forms.tell(NEW)
        for one in found:
            forms.tell(f"note{one['id']}")
        forms.tell("note_deleted")
        adding = editable and st.button(
            texts.NOTE_ADD, type="primary", icon=":material/add:", key="open_new_note"
        )
        pressed = None
        if found:
            table = facts.notes(found, client.shop().timezone)
            pressed = listing.show("forecast_notes", table)
        else:
            st.caption(shown.none)
    chosen = next((one for one in found if str(one["id"]) == pressed), None)
    if chosen and chosen["may_change"]:
        title = texts.NOTE_CHANGE_TITLE.format(days=_days(chosen))
        st.dialog(formats.plain(title))(_edit)(chosen)
    elif adding:
        st.dialog(texts.NOTE_ADD)(_add)()


def _add() -> None:
    form = Form(NEW, "fragment")
    with form.open():
        body = _fields(form, None)
        sending = form.submit(texts.NOTE_ADD)
    if sending:
        form.send(_checked(body, partial(client.change, "POST", PATH, body)), texts.NOTE_ADDED)
        form.again()


def _edit(note: One) -> None:
    form = Form(f"note{note['id']}", "fragment")
    path = f"{PATH}/{note['id']}"
    with form.open():
        body = _fields(form, note)
        sending = form.submit(common_texts.SAVE)
    if sending:
        whole = body | {"version": note["version"]}
        form.send(_checked(body, partial(client.change, "PATCH", path, whole)), texts.NOTE_CHANGED)
        form.again()
    st.divider()
    st.caption(texts.NOTE_DELETE_LEAD)
    deleting = Form("note_deleted", "fragment")
    with deleting.open():
        pressed = deleting.submit(texts.NOTE_DELETE, "secondary")
    if pressed:
        deleting.send(partial(client.change, "DELETE", path), texts.NOTE_DELETED)
        deleting.again()


def _fields(form: Form, note: One | None) -> dict[str, Any]:
    """The fields of a note, and what they say as the API takes it."""
    with st.container(horizontal=True, key=f"note_days_{form.key}"):
        first = form.day("from", texts.NOTE_FROM, _first(note))
        last = form.day("to", texts.NOTE_TO, _last(note), help=texts.NOTE_TO_HELP)
    text = form.text(
        "text",
        texts.NOTE_TEXT,
        note["text"] if note else "",
        longest=LONGEST,
        placeholder=texts.NOTE_TEXT_HINT,
    )
    ordinary = form.choice(
        "ordinary",
        texts.NOTE_KIND,
        [True, False],
        note["ordinary"] if note else True,
        lambda one: texts.NOTE_KINDS[one],
    )
    end = (last or first or date.min) + timedelta(days=1)
    return {
        "from": first.isoformat() if first else "",
        "to": end.isoformat(),
        "text": text.strip(),
        "ordinary": ordinary,
    }


def _checked(body: Mapping[str, Any], work: Callable[[], One]) -> Callable[[], One]:
    """The work, unless something is missing: that is refused beside its field."""

    def checked() -> One:
        wrong = {}
        if not body["from"]:
            wrong["from"] = texts.NOTE_NO_DAY
        elif body["to"] <= body["from"]:
            wrong["to"] = texts.NOTE_ORDER
        if not body["text"]:
            wrong["text"] = texts.NOTE_NO_TEXT
        if wrong:
            raise client.Refused(common_texts.CORRECT, "invalid", wrong)
        return work()

    return checked


def _first(note: One | None) -> date | None:
    return date.fromisoformat(note["from"]) if note else None


def _last(note: One | None) -> date | None:
    return date.fromisoformat(note["to"]) - timedelta(days=1) if note else None


def _days(note: One) -> str:
    return formats.window(date.fromisoformat(note["from"]), date.fromisoformat(note["to"]))
