"""Forms: closed while they are sent, with refusals beside the field they are about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any, Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tillsight import formats
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
    once with what came of it. Streamlit forgets what was typed into a field that is closed, so it
    is kept here until it was taken.
    """

    def __init__(self, key: str, scope: Scope = "app") -> None:
        self.key = key
        self._scope: Scope = scope
        self._said: _Said | None = st.session_state.pop(f"{key}.said", None)
        self._typed: dict[str, Any] = st.session_state.get(f"{key}.typed", {})

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
        help: str | None = None,
    ) -> str:
        """A field of text; what is wrong with the field `name` stands below it."""
        typed = st.text_input(
            label,
            max_chars=longest,
            key=self._prepared(name, value),
            autocomplete=autocomplete,
            placeholder=placeholder,
            help=help,
            disabled=self.sending,
        )
        self._complain(name)
        return str(self._typed.get(name, "") if self.sending else typed or "")

    def password(self, name: str, label: str, autocomplete: str) -> str:
        """A field whose text cannot be read, and has to be typed again after a refusal."""
        if not self.sending:
            self._typed.pop(name, None)
        typed = st.text_input(
            label,
            type="password",
            key=self._prepared(name, ""),
            autocomplete=autocomplete,
            disabled=self.sending,
        )
        self._complain(name)
        return str(self._typed.get(name, "") if self.sending else typed or "")

    def day(
        self, name: str, label: str, value: date | None = None, *, help: str | None = None
    ) -> date | None:
        """A field with a day, or none."""
        chosen = st.date_input(
            label,
            format=formats.typed_day(),
            key=self._prepared(name, value),
            help=help,
            disabled=self.sending,
        )
        self._complain(name)
        return self._typed.get(name) if self.sending else chosen

    def choice(
        self,
        name: str,
        label: str,
        options: Sequence[T],
        value: T,
        words: Callable[[T], str],
        *,
        help: str | None = None,
    ) -> T:
        """A field with one of several options; `words` says what an option is called."""
        chosen = st.selectbox(
            label,
            options,
            format_func=words,
            key=self._prepared(name, value),
            help=help,
            disabled=self.sending,
        )
        return self._typed.get(name, value) if self.sending else chosen

    def choices(
        self,
        name: str,
        label: str,
        options: Sequence[T],
        value: Sequence[T],
        words: Callable[[T], str],
        *,
        placeholder: str = "",
        help: str | None = None,
    ) -> Sequence[T]:
        """A field with any number of several options."""
        chosen = st.multiselect(
            label,
            options,
            format_func=words,
            placeholder=placeholder or texts.NO_CIRCLES,
            key=self._prepared(name, value),
            help=help,
            disabled=self.sending,
        )
        return self._typed.get(name, value) if self.sending else chosen

    def suggestions(
        self,
        name: str,
        label: str,
        options: Sequence[str],
        value: Sequence[str],
        words: Callable[[str], str],
        *,
        placeholder: str,
    ) -> Sequence[str]:
        """A field with any number of texts, of which some are offered."""
        chosen = st.multiselect(
            label,
            options,
            format_func=words,
            placeholder=placeholder,
            accept_new_options=True,
            key=self._prepared(name, value),
            disabled=self.sending,
        )
        return self._typed.get(name, value) if self.sending else chosen

    def submit(self, label: str, kind: Literal["primary", "secondary"] = "primary") -> bool:
        """The button, and what came of the last press; true in the run that sends."""
        with st.container(horizontal=True, vertical_alignment="center", key=f"submit_{self.key}"):
            st.form_submit_button(
                texts.SENDING if self.sending else label,
                type=kind,
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
        except client.SignedOut:
            self._end()
            raise
        self._end()
        st.session_state.pop(f"{self.key}.typed", None)
        st.session_state[f"{self.key}.said"] = _Said(done, good=True)
        self._scope = "app"
        return answer

    def refuse(self, reason: str, fields: Mapping[str, str]) -> None:
        """Tell what has to be corrected."""
        self._end()
        st.session_state[f"{self.key}.said"] = _Said(reason, good=False, fields=fields)

    def again(self) -> None:
        """Run the page once more, with what came of it; a dialog closes once it was taken."""
        st.rerun(scope=self._scope)

    def _complain(self, name: str) -> None:
        if self._said and name in self._said.fields:
            paragraph("field-error", self._said.fields[name], "alert")

    def _prepared(self, name: str, value: object) -> str:
        """The key of a field, which shows what was typed, or `value` where that is over."""
        key = f"{self.key}/{name}"
        if self.sending or self._said:
            st.session_state[key] = self._typed.get(name, value)
        st.session_state.setdefault(key, value)
        return key

    def _begin(self) -> None:
        """Keep what was typed; after it was taken, or refused, this is forgotten."""
        place = f"{self.key}/"
        st.session_state[f"{self.key}.typed"] = {
            str(key).removeprefix(place): value
            for key, value in st.session_state.items()
            if str(key).startswith(place)
        }
        st.session_state[f"{self.key}.sending"] = True

    def _end(self) -> None:
        st.session_state[f"{self.key}.sending"] = False


def tell(key: str) -> None:
    """What came of a dialog's form that was taken, on the page below it."""
    if told := st.session_state.pop(f"{key}.said", None):
        _show(told)


def _show(told: _Said) -> None:
    paragraph(
        "said good" if told.good else "said bad", told.text, "status" if told.good else "alert"
    )


def paragraph(kind: str, text: str, role: str) -> None:
    """A sentence as style.css has it: `field-error`, `said good` or `said bad`."""
    st.html(f'<p class="{kind}" role="{role}">{escape(text)}</p>')
