"""What docs/troubleshooting.md quotes is what the product says."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import collect_refusals
import collect_texts
import tillsight

ROOT = Path(tillsight.__file__).parent
PAGE = (ROOT.parents[1] / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
QUOTED = [
    line
    for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
REASONS = re.findall(r"^\| `(nothing answers.*?|its .*?)` \|", PAGE, re.MULTILINE)
LOGGED = (
    *("imports wait for the database", "an import broke", "job failed, will be tried again"),
    *("job given up", "single sign-on refused", "the OpenID provider cannot be used"),
    *("sales cannot be laid out", "the code is not taken", "the ID token does not pass"),
)
PLACE = re.compile(r"\{[^{}]*\}")
LEAST = 12
"""Characters of its own that a text has; others would fit everywhere."""
A_SENTENCE = 6
"""Words from which on what fills a place has to be a text of ours itself."""
PUT_TOGETHER = {
    "TILLSIGHT_PORT: Input should be a valid integer, unable to parse string as an integer.",
    "files in sales, rows in the database",
}
"""Words of Pydantic, and a list: what fills places and stands nowhere as a whole."""


@cache
def _said() -> list[tuple[str, ...]]:
    """Every text in the code and in templates, each as its parts between places."""
    texts = {text for text in collect_texts.collected() if isinstance(text, str)}
    for path in ROOT.rglob("*.py"):
        texts |= set(_texts_in(ast.parse(path.read_text(encoding="utf-8"))))
    lines = {line.removeprefix("Error: ").strip() for text in texts for line in text.split("\n")}
    parts = [(*PLACE.split(line),) for line in sorted(lines)]
    return [one for one in parts if sum(map(len, one)) >= LEAST]


def _texts_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            text = collect_refusals.written(node)
            if text:
                yield text


def _can_be_said(text: str) -> bool:
    filled = (_filled(text, parts) for parts in _said())
    return any(all(map(_fits, one)) for one in filled if one is not None)


def _fits(filling: str) -> bool:
    known = filling in PUT_TOGETHER or len(filling.split()) < A_SENTENCE
    return known or _can_be_said(filling)


def _filled(text: str, parts: tuple[str, ...]) -> list[str] | None:
    """What stands in the places, each as short as it can be; None where the text is another."""
    if not text.startswith(parts[0]) or not text.endswith(parts[-1]):
        return None
    places, at = [], len(parts[0])
    for part in parts[1:]:
        end = text.find(part, at) if part else len(text)
        if end < 0:
            return None
        places.append(text[at:end].strip())
        at = end + len(part)
    return places if at == len(text) else None


@pytest.mark.parametrize("message", [*QUOTED, *REASONS, *LOGGED])
def test_what_is_quoted_is_said(message: str) -> None:
    assert message in " ".join(PAGE.split())
    assert _can_be_said(message)


@pytest.mark.parametrize(
    "message",
    [
        "The database does not reply at the moment. Try again in a few seconds.",
        "Port 80 of 127.0.0.1 cannot be opened (Gone). The server is on holiday today.",
        "There is nothing like this in the product.",
    ],
)
def test_what_the_product_does_not_say_is_noticed(message: str) -> None:
    assert not _can_be_said(message)


def test_every_reason_that_a_database_cannot_be_opened_is_explained() -> None:
    source = (ROOT / "unreached.py").read_text(encoding="utf-8")
    reasons = re.findall(r'^        "(its .*|nothing .*)",$', source, re.MULTILINE)

    assert len(reasons) > 5
    assert [one for one in reasons if one not in REASONS] == []
