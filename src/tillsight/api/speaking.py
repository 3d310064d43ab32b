"""In which language a request is answered."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tillsight import languages


class Speaking:
    """Speaks the language that `Accept-Language` likes best of those we speak, for one request.

    Pages, reports and what refusals say follow it; names of fields, codes and figures do not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; it runs in a context of its own, which ends with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with languages.speaking(languages.accepted(Headers(scope=scope).get("accept-language"))):
            await self._app(scope, receive, send)


SAID = {"reason", "message", "means"}
"""What details of a refusal say in words, wherever it stands in them."""


def details(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is told beside a refusal, its reasons in the language of the reader."""
    return {key: _detail(key, value) for key, value in told.items()}


def _detail(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return details(value)
    if isinstance(value, list | tuple):
        return [_detail("", one) for one in value]
    return languages.part(value) if key in SAID and isinstance(value, str) else value


def problem(text: str) -> str:
    """Why a row cannot be loaded; the column it begins with is named as the file does."""
    parts = text.split(": ")
    for at in range(len(parts)):
        reason = ": ".join(parts[at:])
        if (said := languages.said(reason)) != reason:
            return ": ".join([*parts[:at], said])
    return text


def rejects(path: Path) -> Iterator[str]:
    """A file of rejected rows, line by line, its reasons in the language of the reader."""
    return _rejects(path, languages.current())


def _rejects(path: Path, language: str) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            with languages.speaking(language):  # each line may be read in a context of its own
                said = problem(row[-1])
            yield _line([*row[:-1], said])


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
