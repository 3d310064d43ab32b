"""Texts in the language of the reader: read when a page runs, and every one of them translated."""

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

import collect_texts
import tillsight
from tillsight import languages
from tillsight.dashboard import texts

ROOT = Path(tillsight.__file__).parent


def _texts_named(tree: ast.Module) -> set[str]:
    """What a module calls modules of texts, or constants of them that it imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            from_texts = (node.module or "").split(".")[-1] == "texts"
            names |= {
                one.asname or one.name
                for one in node.names
                if one.name == "texts" or (from_texts and one.name.isupper())
            }
    return names


def _read_at_import(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """Every node that is evaluated when the module is imported."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _read_at_import([*node.decorator_list, *node.args.defaults])
            yield from _read_at_import([one for one in node.args.kw_defaults if one])
        elif isinstance(node, ast.Lambda):
            yield from _read_at_import([*node.args.defaults])
        else:
            yield node
            yield from _read_at_import(list(ast.iter_child_nodes(node)))


def _early_reads(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = _texts_named(tree)
    imported = [
        f"{path.name}:{node.lineno}: {one.name} is imported"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] == "texts"
        for one in node.names
    ]
    if path.parent.name == "views" or path.name == "app.py":
        return imported  # they are run for every visit, not imported
    return imported + [
        f"{path.name}:{node.lineno}: {node.value.id}.{node.attr}"
        for node in _read_at_import([*tree.body])
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in named
        and node.attr.isupper()
    ]


def test_no_text_is_read_when_a_module_is_imported() -> None:
    """It would stay in the language of nobody: one text for all readers."""
    found = {path: _early_reads(path) for path in ROOT.rglob("*.py")}

    assert len(found) > 50
    assert [one for reads in found.values() for one in reads] == []


def test_every_module_of_texts_is_translated() -> None:
    """The line at the end of a module of texts was forgotten."""
    files = set(ROOT.rglob("texts.py"))
    translated = {Path(str(one.__file__)) for one in collect_texts.modules()}

    assert files <= translated


def _other_languages() -> list[str]:
    return [one for one in languages.LANGUAGES if one != languages.ENGLISH]


@pytest.mark.parametrize("language", _other_languages())
def test_every_text_is_translated(language: str) -> None:
    assert collect_texts.untranslated(language) == [], f"run make docs, then complete {language}.po"


@pytest.mark.parametrize("language", _other_languages())
def test_translations_have_the_places_of_the_english_text(language: str) -> None:
    """A place that is missing leaves out a figure; one too many breaks the page."""
    differing = [
        (one.id, string)
        for one in languages.read(language)
        if one.id and one.string
        for english, string in collect_texts.pairs(one)
        if set(languages.places(english)) != set(languages.places(string))
    ]

    assert differing == []


@pytest.mark.parametrize("language", _other_languages())
def test_no_translation_is_said_twice_over(language: str) -> None:
    """Two entries of one text, put together, once became both sentences."""
    texts = [string for one in languages.read(language) for _, string in collect_texts.pairs(one)]

    assert [one for one in texts if len(one) > 30 and one in f"{one}{one}"[1:-1]] == []


def test_texts_are_read_in_the_language_that_is_spoken() -> None:
    with languages.speaking("de"):
        assert texts.COUNTRIES == "Länder"
        assert texts.ROLES["editor"] == "Bearbeiter"
        assert texts.PERIOD_WORDS["weekly"] == ("Woche", "Wochen")
        assert texts.DROPZONE["mapping"]["kinds"]["sales"] == "Verkäufe"
        assert texts.VALUE_CUTS["high"] == 5000
    assert texts.COUNTRIES == "Countries"


def test_a_name_that_is_not_there_is_missing_in_every_language() -> None:
    with languages.speaking("de"), pytest.raises(AttributeError):
        _ = texts.NO_SUCH_TEXT  # type: ignore[attr-defined]


def test_a_text_may_mean_something_else_in_one_place() -> None:
    with languages.speaking("de"):
        assert texts.CANCELLED == "Abgebrochen"
        assert texts.MAILS_TITLE != texts.MAILS_LEAD


@pytest.mark.parametrize(
    ("chosen", "browser", "language"),
    [
        ("de", "en-GB", "de"),
        ("en", "de-AT", "en"),
        (None, "de-AT", "de"),
        (None, "DE", "de"),
        (None, "fr-FR", "en"),
        (None, None, "en"),
        ("xx", "de", "de"),
    ],
)
def test_the_language_of_a_reader(chosen: str | None, browser: str | None, language: str) -> None:
    assert languages.of_reader({"language": chosen}, browser) == language


def test_a_stranger_reads_the_language_of_the_browser() -> None:
    assert languages.of_reader(None, "de-CH") == "de"


def test_what_is_counted_has_the_form_of_its_number() -> None:
    said = texts.BOARD_BEHIND
    assert said.of(1, all=3) == "1 of 3 KPIs is behind"
    assert said.of(2, all=3) == "2 of 3 KPIs are behind"
    with languages.speaking("de"):
        assert texts.BOARD_BEHIND.of(1, all=3) == "1 von 3 KPIs liegt zurück"
        assert texts.BOARD_BEHIND.of(0, all=3) == "0 von 3 KPIs liegen zurück"


def test_what_the_api_says_is_translated_and_the_rest_stays() -> None:
    with languages.speaking("de"):
        assert languages.said("Net revenue") == "Nettoumsatz"
        assert languages.said("Pen <i>") == "Pen <i>"
        assert languages.in_english("Länder") == "Countries"
    assert languages.said("Net revenue") == "Net revenue"


def test_threads_speak_each_its_own_language() -> None:
    """Runs of different people share the process; what one draws beside itself inherits."""

    def heading() -> str:
        return texts.COUNTRIES

    with ThreadPoolExecutor(1) as other, languages.speaking("de"):
        assert other.submit(heading).result() == "Countries"
        assert other.submit(copy_context().run, heading).result() == "Länder"
