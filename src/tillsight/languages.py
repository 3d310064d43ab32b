"""In which language we speak to the one who reads it, and our sentences in it.

English texts are constants of modules that end with `languages.translate(__name__)`. Reading one of
their constants gives it in the language of the reader; so it must be read when a page runs, never
when a module is imported. Templates have theirs in `_("…")`, and what the rooms say in English, a
refusal or the name of a measure, is looked up with `said`. The texts of a language are in
`locale/<code>.po`.
"""

import gettext
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
"""What we speak, by code, each called as it calls itself."""

CATALOGUES = Path(__file__).parent / "locale"
LONGEST_HEADER = 500
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_elsewhere: list[Callable[[], str]] = []


def of_reader(person: Mapping[str, Any] | None, browser: str | None) -> str:
    """The language a person has chosen, else that of the browser if we speak it, else English."""
    return of((person or {}).get("language"), (browser or "").partition("-")[0].lower())


def of(*wished: str | None) -> str:
    """The first of these languages that we speak, else English."""
    return next((str(one) for one in wished if one in LANGUAGES), ENGLISH)


@lru_cache(maxsize=200)
def accepted(header: str | None) -> str:
    """The language of ours that the `Accept-Language` header of a request likes best.

    Languages it does not name, and what cannot be read, count for nothing.
    """
    liked: dict[str, tuple[float, int]] = {}
    for place, part in enumerate((header or "")[:LONGEST_HEADER].split(",")):
        name, _, weight = part.strip().partition(";q=")
        code = name.partition("-")[0].strip().lower()
        if code in LANGUAGES and (share := _weight(weight)) > 0:
            liked.setdefault(code, (-share, place))
    return min(liked, key=lambda code: liked[code]) if liked else ENGLISH


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def speak(language: str) -> None:
    """Speak a language from now on in this thread or task, and in those that inherit from it."""
    _spoken.set(language)


def current() -> str:
    """The code of the language that is spoken here and now."""
    return _spoken.get() or (_elsewhere[-1]() if _elsewhere else ENGLISH)


def within(name: str) -> str:
    """A name of ours as it stands within a sentence: German nouns keep their capital."""
    return f"{name[:1].lower()}{name[1:]}" if current() == ENGLISH else name


def otherwise(asked: Callable[[], str]) -> None:
    """Ask this where nobody has said yet which language is spoken."""
    _elsewhere[:] = [asked]


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
    """What a room says in English, such as a refusal or the definition of a measure, in the
    language of the reader; as it is where the catalogue does not have it.

    A sentence whose places are filled is found by what stands around them. What fills them is
    looked up, too, but for what stands in quotation marks: that is somebody's own.
    """
    language = current()
    if language == ENGLISH or not text:
        return text
    found = _catalogue(language).texts.get(("", text))
    return found or (len(text) <= LONGEST and _refilled(text, language)) or text


@lru_cache(maxsize=2000)
def _refilled(text: str, language: str) -> str | None:
    for pattern, translated in _catalogue(language).patterns:
        if found := pattern.fullmatch(text):
            return _filled(found, translated, language)
    return None


def _filling(found: re.Match[str], name: str, language: str) -> str:
    value = found[name]
    if found.string[: found.start(name)].endswith("“") or name in OWN:
        return value
    if GROUPED.fullmatch(value):
        signs = {",": get_group_symbol(language), ".": get_decimal_symbol(language)}
        return "".join(signs.get(one, one) for one in value)
    return _part(value, language)


def part(text: str) -> str:
    """A part of a sentence of a room, such as a day or a number of things, as `said` says it."""
    language = current()
    return text if language == ENGLISH else _part(text, language)


@lru_cache(maxsize=2000)
def _part(value: str, language: str) -> str:
    """What fills a place and is no sentence: a word, a few with a number, a date, a list."""
    if (whole := said(value)) != value:
        return whole
    before, text, after = _within_blanks(value)
    return f"{before}{_put_together(text, language)}{after}"


def _put_together(text: str, language: str) -> str:
    if (whole := said(text)) != text:
        return whole
    if quote := QUOTE_FIRST.fullmatch(text):
        return f"„{quote[1]}“ {_part(quote[2], language)}"
    if date := DATE.fullmatch(text):
        return _date(date, language)
    for pattern, translated in _catalogue(language).parts:
        found = pattern.fullmatch(text)
        if found and all(_is_plain(found, name, language) for name in found.groupdict()):
            return _filled(found, translated, language)
    is_list = LIST.fullmatch(text)
    return LISTED.sub(lambda one: _part(one[0], language), text) if is_list else text


def _filled(found: re.Match[str], translated: str, language: str) -> str:
    return PLACE.sub(lambda place: _filling(found, place[1], language), translated)


def _within_blanks(value: str) -> tuple[str, str, str]:
    text = value.strip(" ")
    before, _, after = value.partition(text) if text else ("", "", value)
    return before, text, after


def _is_plain(found: re.Match[str], name: str, language: str) -> bool:
    """Whether it is no accident that this fills a place: a number, a day, a quote, a known word."""
    value = found[name]
    if not value.strip() or PLAIN.fullmatch(value) or found.string[: found.start(name)][-1:] == "“":
        return True
    return _part(value, language) != value


def _date(found: re.Match[str], language: str) -> str:
    """An English date, or month of a year, in another language."""
    month = locale(language).months["format"]["wide"][MONTHS.index(found["month"]) + 1]
    day = found["day"]
    return f"{day}. {month} {found['year']}" if day else f"{month} {found['year']}"


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

    @cached_property
    def patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Sentences with places, as what fills them is found; those that say most come first."""
        known = [(text, said) for (_, text), said in self.texts.items() if PLACE.search(text)]
        known.sort(key=lambda one: -len(PLACE.sub("", one[0])))
        return [(_pattern(text), said) for text, said in known if _says_much(text)]

    @cached_property
    def parts(self) -> list[tuple[re.Pattern[str], str]]:
        """What fills places of sentences and has places itself; what says most comes first."""
        known = [
            (text.strip(" "), said.strip(" "))
            for (_, text), said in self.texts.items()
            if PLACE.search(text) and not _says_much(text) and re.search(WORD, PLACE.sub("", text))
        ]
        known.sort(key=lambda one: -len(PLACE.sub("", one[0])))
        return [(_pattern(text), said) for text, said in known]

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


def _pattern(text: str) -> re.Pattern[str]:
    """What a sentence looks like whose places are filled."""
    parts: list[str] = []
    seen, before = set(), ""
    for part in re.split(r"(\{[^{}]*\})", text):
        place = PLACE.fullmatch(part)
        if place is None:
            parts.append(re.escape(part))
        elif place[1] in seen:
            parts.append(f"(?P={place[1]})")
        else:
            holds_more = before.rstrip().endswith(("“", ".")) or not before
            parts.append(f"(?P<{place[1]}>{'.' if holds_more else WITHIN}*?)")
            seen.add(place[1])
        before = part
    return re.compile("".join(parts), re.DOTALL)


def _says_much(text: str) -> bool:
    """Whether a sentence can be told from others by what it says beside its places."""
    words = re.findall(WORD, PLACE.sub("", text))
    return len(words) >= (1 if text.endswith((".", "?")) else WORDS_THAT_TELL)


PLACE = re.compile(r"\{([a-z_0-9]*)[^{}]*\}")
OWN = {"column"}
"""Places that somebody's own words fill, in quotation marks or not."""
GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
"""A number as the rooms write it in English."""
WORD = r"[^\W\d_]{2,}"
QUOTE_FIRST = re.compile(r"“([^”]*)” (.+)")
PLAIN = re.compile(r"-?\d[\d.,:–-]*%?|\d{4}-[WQH]?\d+")
"""Numbers, and periods as they are written."""
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DATE = re.compile(rf"(?:(?P<day>\d\d?) )?(?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})")
LISTED = re.compile(rf"“[^”]*”|{DATE.pattern}|[\w.-]+")
LIST = re.compile(
    r"(?:{one})(?=, | or | and )(?:, (?:{one}))*(?:,? (?:or|and) (?:{one}))?".format(
        one=re.sub(r"\?P<\w+>", "?:", LISTED.pattern)
    )
)
"""Several things one after the other: names, quotes or dates."""
LONGEST = 2000
"""Letters of a sentence that are looked at: more are no sentence of ours."""
WITHIN = r"(?:(?!\. [A-Z]).)"
"""What may fill a place amid a sentence; what begins one, or is quoted, may be whole sentences."""
WORDS_THAT_TELL = 2


def places(text: str) -> list[str]:
    """The names in braces of a text, in order of the alphabet."""
    return sorted(PLACE.findall(text))
