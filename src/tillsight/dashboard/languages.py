"""In which language the dashboard speaks to the one who reads it, and its sentences in it.

English texts are constants of modules that end with `languages.translate(__name__)`. Reading one of
their constants gives it in the language of the reader; so it must be read when a page runs, never
when a module is imported. The texts of a language are in `locale/<code>.po`.
"""

import gettext
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import streamlit as st
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
"""What the dashboard speaks, by code, each called as it calls itself."""

CATALOGUES = Path(__file__).parent / "locale"
_STATE = "language"
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def of_reader(person: Mapping[str, Any] | None, browser: str | None) -> str:
    """The language a person has chosen, else that of the browser if we speak it, else English."""
    chosen = (person or {}).get("language")
    for wanted in (chosen, (browser or "").partition("-")[0].lower()):
        if wanted in LANGUAGES:
            return wanted
    return ENGLISH


def speak_to(person: Mapping[str, Any] | None) -> None:
    """Speak the reader's language from now on in this run; to be called where a run begins.

    Threads that draw parts of the page beside it inherit it. A fragment that runs alone, and what
    is called on a click before the page runs, do not: for them the session knows.
    """
    language = of_reader(person, st.context.locale)
    _spoken.set(language)
    st.session_state[_STATE] = language


def current() -> str:
    """The code of the language that is spoken here and now."""
    language = _spoken.get()
    if language is not None:
        return language
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    language = str(st.session_state.get(_STATE, ENGLISH))
    if _STATE in st.session_state:
        _spoken.set(language)
    return language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language within this block."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def locale(language: str) -> Locale:
    """What Babel knows of a language: its numbers, months and weekdays."""
    return Locale.parse(language)


@dataclass(frozen=True)
class Counted:
    """A sentence about a number of things, in a form for each kind of number the language knows."""

    forms: tuple[str, ...]
    rule: str = "(n != 1)"

    def of(self, number: int, /, **named: object) -> str:
        """The sentence of so many; `{count}` is the bare number unless it is named."""
        form = self.forms[int(gettext.c2py(self.rule)(number))]
        return form.format(**{"count": number, **named})


def counted(one: str, several: str) -> Counted:
    """A sentence of one thing, and of several."""
    return Counted((one, several))


class Texts(ModuleType):
    """A module whose constants are read in the language of the reader."""

    def __getattribute__(self, name: str) -> object:
        if name.isupper() and (language := current()) != ENGLISH:
            return _in_language(super().__getattribute__("__name__"), name, language)
        return super().__getattribute__(name)


def translate(module: str) -> None:
    """Make the constants of a module, called by its `__name__`, be read in the reader's language:
    texts, and texts in tuples, lists and values of dictionaries, however deep.
    """
    sys.modules[module].__class__ = Texts


@cache
def _in_language(module: str, name: str, language: str) -> object:
    found = vars(sys.modules[module])
    if name not in found:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    return _said(found[name], name, language)


def _said(value: object, name: str, language: str) -> object:
    if isinstance(value, str):
        return _sentence(value, name, language)
    if isinstance(value, Counted):
        return _catalogue(language).counted(value)
    if isinstance(value, Mapping):
        return {key: _said(one, name, language) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_said(one, name, language) for one in value)
    if isinstance(value, list):
        return [_said(one, name, language) for one in value]
    return value


def said(text: str) -> str:
    """What the API says in English, such as the definition of a measure, in the language of the
    reader; as it is where the catalogue does not have it.
    """
    language = current()
    return text if language == ENGLISH else _sentence(text, "", language)


def in_english(text: str) -> str:
    """The English text of a constant that was read in the language of the reader."""
    language = current()
    return text if language == ENGLISH else _catalogue(language).english.get(text, text)


def _sentence(text: str, name: str, language: str) -> str:
    texts = _catalogue(language).texts
    return texts.get((name, text)) or texts.get(("", text)) or text


@dataclass(frozen=True)
class _Catalogue:
    """Texts of a language by the name of a constant, or nothing for all, and English text."""

    texts: Mapping[tuple[str, str], str]
    forms: Mapping[tuple[str, ...], tuple[str, ...]]
    rule: str

    @cached_property
    def english(self) -> Mapping[str, str]:
        """The texts the other way round."""
        return {said: text for (_, text), said in self.texts.items()}

    def counted(self, value: Counted) -> Counted:
        forms = self.forms.get(value.forms)
        return Counted(forms, self.rule) if forms else value


@cache
def _catalogue(language: str) -> _Catalogue:
    found = read(language)
    texts: dict[tuple[str, str], str] = {}
    forms: dict[tuple[str, ...], tuple[str, ...]] = {}
    for one in found:
        if isinstance(one.id, str) and isinstance(one.string, str):
            texts[one.context or "", one.id] = one.string
        elif isinstance(one.id, list | tuple) and isinstance(one.string, list | tuple):
            forms[tuple(one.id)] = tuple(one.string) if all(one.string) else ()
    return _Catalogue(texts, forms, found.plural_expr)


def read(language: str) -> Catalog:
    """The catalogue of a language as it is written."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


PLACE = re.compile(r"\{([a-z_]*)[^{}]*\}")


def places(text: str) -> list[str]:
    """The names in braces of a text, in order of the alphabet."""
    return sorted(PLACE.findall(text))
