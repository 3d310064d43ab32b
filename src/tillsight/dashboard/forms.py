"""Forms: closed while they are sent, with refusals beside the field they are about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tillsight.dashboard import client, texts

T = TypeVar("T")
Scope = Literal["app", "fragment"]

CODES = {"wrong_password": "current_password"}
"""Refusals that are about one field."""


@dataclass(frozen=True)
class _Said:
    """What came of the last sending."""

    text: str
    good: bool
    fields: Mapping[str, str] = field(default_factory=dict)


class Form:
    """A form of the page; `key` tells it from others. `scope` is `fragment` in a dialog.

    A press of its button runs the page twice: once with closed fields, in which it is sent, and
    once with what came of it. Fields keep what was typed until it was taken.
    """

    def __init__(self, key: str, scope: Scope = "app") -> None:
        self.key = key
        self._scope: Scope = scope
        self._said: _Said | None = st.session_state.pop(f"{key}.said", None)
        self._round: int = st.session_state.get(f"{key}.round", 0)

    @property
    def sending(self) -> bool:
        """Whether this is the run in which it is sent."""
        return bool(st.session_state.get(f"{self.key}.sending"))

    def open(self) -> DeltaGenerator:
        """Where its fields go: a context."""
        return st.form(self.key, border=False)

    def text(
        self,
        name: str,
        label: str,
        value: str = "",
        *,
        longest: int | None = None,
        autocomplete: str = "off",
        placeholder: str | None = None,
    ) -> str:
        """A field of text; what is wrong with the field `name` stands below it."""
        typed = st.text_input(
            label,
            value,
            max_chars=longest,
            key=self.field(name),
            autocomplete=autocomplete,
            placeholder=placeholder,
            disabled=self.sending,
        )
        self._complain(name)
        return typed or ""

    def password(self, name: str, label: str, autocomplete: str) -> str:
        """A field whose text cannot be read."""
        typed = st.text_input(
            label,
            type="password",
            key=self.field(name),
            autocomplete=autocomplete,
            disabled=self.sending,
        )
        self._complain(name)
        return typed or ""

    def field(self, name: str) -> str:
        """Key of a field; another one after each sending that was taken, so that it starts anew."""
        return f"{self.key}_{name}_{self._round}"

    def submit(self, label: str) -> bool:
        """The button, and what came of the last press; true in the run that sends."""
        with st.container(horizontal=True, vertical_alignment="center", key=f"submit_{self.key}"):
            st.form_submit_button(
                texts.SENDING if self.sending else label,
                type="primary",
                disabled=self.sending,
                on_click=self._begin,
                key=f"{self.key}_send",
            )
            if self._said:
                _show(self._said)
        return self.sending

    def send(self, work: Callable[[], T], done: str) -> T | None:
        """Do `work`, and have the form tell what came of it; None where it was refused."""
        try:
            answer = work()
        except client.Refused as refusal:
            fields = dict(refusal.fields)
            if refusal.code in CODES:
                fields[CODES[refusal.code]] = str(refusal)
            self.refuse(texts.CORRECT if fields else str(refusal), fields)
            return None
        finally:
            st.session_state[f"{self.key}.sending"] = False
        st.session_state[f"{self.key}.said"] = _Said(done, good=True)
        st.session_state[f"{self.key}.round"] = self._round + 1
        self._scope = "app"
        return answer

    def refuse(self, reason: str, fields: Mapping[str, str]) -> None:
        """Tell what has to be corrected."""
        st.session_state[f"{self.key}.sending"] = False
        st.session_state[f"{self.key}.said"] = _Said(reason, good=False, fields=fields)

    def again(self) -> None:
        """Run the page once more, with what came of it; a dialog closes once it was taken."""
        st.rerun(scope=self._scope)

    def _complain(self, name: str) -> None:
        if self._said and name in self._said.fields:
            _paragraph("field-error", self._said.fields[name], "alert")

    def _begin(self) -> None:
        st.session_state[f"{self.key}.sending"] = True


def tell(key: str) -> None:
    """What came of a dialog's form that was taken, on the page below it."""
    if told := st.session_state.pop(f"{key}.said", None):
        _show(told)


def _show(told: _Said) -> None:
    _paragraph(
        "said good" if told.good else "said bad", told.text, "status" if told.good else "alert"
    )


def _paragraph(kind: str, text: str, role: str) -> None:
    st.html(f'<p class="{kind}" role="{role}">{escape(text)}</p>')
