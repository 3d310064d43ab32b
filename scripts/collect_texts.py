"""Gathers every sentence that people read into the catalogue of each other language."""

import importlib
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po
from jinja2 import Environment, nodes

import collect_refusals
import tillsight
from tillsight import languages
from tillsight.accounts.links import WHAT
from tillsight.accounts.models import Role
from tillsight.forecasting.choices import LABELS, METHOD_LABELS
from tillsight.kpis.progress import RULE
from tillsight.metrics import catalogue
from tillsight.metrics.customer_groups import AGE_BANDS, SEGMENTS
from tillsight.metrics.explain import FACTORS
from tillsight.metrics.value_segments import SEGMENTS as VALUE_SEGMENTS
from tillsight.settings import Settings

Id = str | tuple[str, ...]
ROOT = Path(tillsight.__file__).parent
TEMPLATES = (ROOT / "api" / "templates", ROOT / "letters")
API = "api"
"""Stands for a constant's name at what the API says in words."""
WORDS = (
    *("yes", "no", "hour", "day", "week", "month", "quarter", "year", "weekday"),
    *("measure", "dimension", "profile", "segment", "period", "column to order by"),
    *("gender", "age band", "channel", "customer segment"),
    *("daily", "weekly", "monthly", "quarterly", "yearly"),
    *(one.value for one in Role),
    *("or", "and"),
    *("line {line}", "line {line}, column {column}"),
    *("Correct them, or load the {good} good rows and skip these.",),
)
"""Words that fill places of sentences, and values of settings."""


def modules() -> list[languages.Texts]:
    """Every module of texts."""
    names = [
        f"tillsight.{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}"
        for path in sorted(ROOT.rglob("*.py"))
        if "translate(__name__)\n" in path.read_text(encoding="utf-8")
    ]
    found = [importlib.import_module(name) for name in names]
    return [one for one in found if isinstance(one, languages.Texts)]


def collected() -> dict[Id, list[str]]:
    """Every text that is to be said in each language, in order, and the constants that have it."""
    found: dict[Id, list[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.isupper():
                for text in _texts(value):
                    _add(found, text, f"{module.__name__.removeprefix('tillsight.')}.{name}")
    for text in _said_by_api():
        _add(found, text, API)
    for folder in TEMPLATES:
        for path in sorted(folder.iterdir()):
            for text in _in_template(path.read_text(encoding="utf-8")):
                _add(found, text, f"{folder.name}/{path.name}")
    for text, place in (collect_refusals.refusals() | collect_refusals.pieces()).items():
        _add(found, text, place)
    return found


def _in_template(source: str) -> Iterator[str]:
    tree = Environment(autoescape=True).parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_":
            yield call.args[0].as_const()


def _add(found: dict[Id, list[str]], text: Id, place: str) -> None:
    places = found.setdefault(text, [])
    if place not in places:
        places.append(place)


def _texts(value: object) -> Iterator[Id]:
    if isinstance(value, languages.Counted):
        yield value.forms
    elif isinstance(value, str):
        if any(letter.isalpha() for letter in languages.PLACE.sub("", value)):
            yield value
    elif isinstance(value, Mapping):
        yield from (text for one in value.values() for text in _texts(one))
    elif isinstance(value, tuple | list):
        yield from (text for one in value for text in _texts(one))


def _said_by_api() -> Iterable[str]:
    for one in (*catalogue.MEASURES, *catalogue.DIMENSIONS):
        yield from (one.label, one.definition)
    yield from (*SEGMENTS, *AGE_BANDS, *(one.name for one in VALUE_SEGMENTS))
    yield from (*LABELS.values(), *METHOD_LABELS.values(), *FACTORS.values(), *WHAT.values(), RULE)
    yield from (one.description or "" for one in Settings.model_fields.values())
    yield Settings.model_fields["oidc_label"].default
    yield from WORDS


def written(language: str) -> str:
    """The catalogue of a language: what was translated stays, what is not said any more is kept
    as obsolete at its end.
    """
    old, ids = languages.read(language), collected()
    new = Catalog(
        locale=language, header_comment="# Texts that people read. make docs adds new ones."
    )
    for text, places in ids.items():
        for one in _entries(old, text, {place.rsplit(".", 1)[-1] for place in places}):
            new.add(text, one.string, context=one.context, locations=[(p, 0) for p in places])
    for one in [*old, *old.obsolete.values()]:
        if one.id and one.string and (_id(one) not in ids):
            new.obsolete[one.id if isinstance(one.id, str) else one.id[0]] = one
    target = io.BytesIO()
    write_po(target, new, width=100, omit_header=True, include_lineno=False)
    return HEADER.format(language=language, plural=new.plural_forms) + target.getvalue().decode()


HEADER = """# Texts that people read. `make docs` adds new ones, and keeps what is translated here.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def _id(one: Message) -> Id:
    return one.id if isinstance(one.id, str) else tuple(one.id)


def _entries(old: Catalog, text: Id, names: set[str]) -> list[Message]:
    """What a text is called: by itself, and for constants of which it means something else."""
    known = {one.context: one for one in old if _id(one) == text}
    known |= {one.context: one for one in old.obsolete.values() if _id(one) == text}
    plain = known.get(None) or Message(text)
    return [plain, *(one for context, one in known.items() if context in names)]


def pairs(one: Message) -> list[tuple[str, str]]:
    """The English text of an entry and what it is called; each form of what is counted."""
    if isinstance(one.id, str) and isinstance(one.string, str):
        return [(one.id, one.string)]
    english = _forms(one.id)
    return [(english[min(at, 1)], form) for at, form in enumerate(_forms(one.string))]


def _forms(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def untranslated(language: str) -> list[Id]:
    """Texts that the catalogue of a language does not have."""
    known = {_id(one) for one in languages.read(language) if all(_forms(one.string) or ("",))}
    return [one for one in collected() if one not in known]
