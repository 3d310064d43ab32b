"""Changing the catalogue by hand: adding, editing and deleting a product, and taking that back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import streamlit as st

from tillsight.dashboard import client, forms, texts
from tillsight.dashboard.catalogue.products import name_of
from tillsight.dashboard.forms import Form

One = Mapping[str, Any]
KEYS = ("product_new", "product_edit", "product_delete", "product_undo")
LAST = "catalogue_last"
"""The import that the last change is, while it can be undone on the page."""
LONGEST = 300

Number = tuple[str, str, Callable[[str], float]]


def _numbers() -> Mapping[str, Number]:
    """Fields that hold numbers: what they are called, what is said of another text, how it is
    read.
    """
    return {
        "price": (texts.PRICE, texts.NOT_A_NUMBER, float),
        "quantity_sold": (texts.QUANTITY_SOLD, texts.NOT_WHOLE, int),
        "rating": (texts.RATING, texts.NOT_A_NUMBER, float),
        "review_count": (texts.REVIEWS, texts.NOT_WHOLE, int),
    }


def show_outcomes() -> None:
    """What came of the dialogs, on the page, with a button that takes it back."""
    told = [key for key in KEYS if f"{key}.said" in st.session_state]
    if not told:
        return
    with st.container(key="catalogue_said", horizontal=True, vertical_alignment="center"):
        for key in told:
            forms.tell(key)
        if (last := st.session_state.pop(LAST, None)) is not None:
            st.button(
                texts.UNDO, icon=":material/undo:", on_click=_undo, args=[last], key="undo_change"
            )


def add() -> None:
    """The form of a new product."""
    form = Form("product_new", "fragment")
    with form.open():
        product_id = form.text("product_id", texts.PRODUCT_ID, longest=LONGEST)
        given = _fields(form, {})
        sending = form.submit(texts.ADD_PRODUCT)
    if sending:
        body, wrong = _read({"product_id": product_id, **given})
        wrong |= {
            name: texts.FIELD_NEEDED
            for name in ("product_id", "product_name")
            if body.get(name) is None
        }
        body = {name: value for name, value in body.items() if value is not None}
        _send(
            form,
            wrong,
            partial(client.change, "POST", "/api/products", body),
            texts.PRODUCT_ADDED.format(name=body.get("product_name")),
        )


def edit(one: One) -> None:
    """What is told of a product, and a button that deletes it."""
    st.caption(one["product_id"])
    path = f"/api/products/{quote(one['product_id'], safe='')}"
    form = Form("product_edit", "fragment")
    with form.open():
        given = _fields(form, one)
        sending = form.submit(texts.SAVE)
    if sending:
        body, wrong = _read(given)
        if body["product_name"] is None and one["product_name"]:
            wrong["product_name"] = texts.FIELD_NEEDED
        # What stays as it is may come from the sales, and goes on doing so.
        changed = {name: value for name, value in body.items() if value != one[name]}
        if changed or wrong:
            work = partial(client.change, "PATCH", path, changed)
            _send(form, wrong, work, texts.PRODUCT_SAVED.format(name=name_of({**one, **changed})))
        else:
            _send(form, {}, dict, texts.PRODUCT_SAME)
    _delete(one, path)


def _delete(one: One, path: str) -> None:
    form = Form("product_delete", "fragment")
    st.divider()
    st.caption(texts.DELETE_LEAD)
    with form.open():
        sending = form.submit(texts.DELETE)
    if sending:
        work = partial(client.change, "DELETE", path)
        _send(form, {}, work, texts.PRODUCT_DELETED.format(name=name_of(one)))


def _fields(form: Form, one: One) -> dict[str, str]:
    """The fields, filled with what is known; returns what they hold."""
    given = {
        "product_name": form.text(
            "product_name",
            texts.PRODUCT_NAME,
            one.get("product_name") or "",
            longest=LONGEST,
        ),
        "category": form.text(
            "category", texts.CATEGORY, one.get("category") or "", longest=LONGEST
        ),
    }
    with st.container(key="product_numbers"):
        for name, (label, _, _) in _numbers().items():
            known = one.get(name)
            given[name] = form.text(name, label, "" if known is None else f"{known:.15g}")
    return given


def _read(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as values of the API, None where it is empty; and what is wrong with it."""
    body: dict[str, Any] = {}
    wrong = {}
    for name, typed in given.items():
        text = typed.strip()
        body[name] = text or None
        if text and name in _numbers():
            _, complaint, read = _numbers()[name]
            try:
                body[name] = read(text.replace(",", "."))
            except ValueError:
                wrong[name] = complaint
    return body, wrong


def _send(
    form: Form, wrong: Mapping[str, str], work: Callable[[], Mapping[str, Any]], done: str
) -> None:
    if wrong:
        form.refuse(texts.CORRECT, wrong)
    else:
        answer = form.send(work, done)
        if answer is not None:
            st.session_state[LAST] = answer.get("import_id")
    form.again()


def _undo(import_id: int) -> None:
    form = Form("product_undo")
    form.send(partial(client.change, "DELETE", f"/api/imports/{import_id}"), texts.CHANGE_UNDONE)
