"""The API as the dashboard's pages use it: as the person whose cookie opened the page."""

import asyncio
import atexit
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import streamlit as st

from tillsight import languages
from tillsight.dashboard import seen, texts, waiting

Parameters = Mapping[str, str | int | Sequence[str]]
TIMEOUT = 60.0  # seconds; longer than the server lets a question take
CHANGE_TIMEOUT = 660.0  # seconds; longer than a change waits until it can be seen
STOPPED = "cancelled"
"""The code of the refusal of a question that its asker stopped."""
MOST_KEPT = 100
"""Questions whose answers are kept; the dashboard has a handful."""
MOST_SALES, LARGEST = 500, 100_000
"""Answers about sales that are kept, those not used for longest going first; and bytes of one."""


class SignedOut(Exception):
    """The session ended while the page was open."""


class Refused(Exception):
    """The API refused, with the reason in words, its code, what is wrong with which field, and
    what else it told.
    """

    def __init__(
        self,
        reason: str,
        code: str = "",
        fields: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.fields = dict(fields or {})
        self.details = dict(details or {})


@dataclass(frozen=True)
class Shop:
    """What every page shows of the shop whose server this is."""

    name: str
    currency: str
    timezone: str
    logo: Path


@dataclass(frozen=True)
class _Server:
    url: str
    cookie: str
    version_cookie: str
    shop: Shop


_server: list[_Server] = []
_of_the_program: dict[str, dict[str, Any]] = {}
_of_the_data: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
_of_sales: OrderedDict[tuple[int, str, str], bytes] = OrderedDict()
_lock = threading.Lock()
_version: ContextVar[int | None] = ContextVar("data_version", default=None)


def connect(url: str, cookie: str, version_cookie: str, shop: Shop) -> None:
    """Tell this process's pages where the API is, which cookies hold the session and what the
    browser has seen of the data, and whose.
    """
    _server[:] = [_Server(url, cookie, version_cookie, shop)]
    _http.cache_clear()
    _of_the_program.clear()
    _of_the_data.clear()
    _of_sales.clear()
    _loop()


def shop() -> Shop:
    """The shop the pages are about."""
    [server] = _server
    return server.shop


def followed_cookie() -> dict[str, str]:
    """The name of the browser's cookie of what was seen of the data, and what it should hold."""
    [server] = _server
    return {"name": server.version_cookie, "value": str(seen.latest(server.version_cookie) or "")}


def get(path: str, parameters: Parameters | None = None) -> dict[str, Any]:
    """Ask the API.

    Raises:
        SignedOut: there is no session any more.
        Refused: with what the API said.
    """
    return _told(_answer("GET", path, TIMEOUT, parameters))


def of_the_program(path: str) -> dict[str, Any]:
    """Ask the API, once for all, for what is part of the program: the same whoever asks, whatever
    the data. Nobody may change the answer.

    Raises as `get` does.
    """
    if path not in _of_the_program:
        _of_the_program[path] = get(path)
    return _of_the_program[path]


def of_the_data(version: int, path: str, parameters: Parameters) -> dict[str, Any]:
    """Ask the API, once for all, for what everybody who sees sales sees alike, and what stays as it
    is in that version of the data. Nobody may change the answer.

    Raises as `get` does.
    """
    question = (path, listed(parameters))
    kept, answer = _of_the_data.get(question, (None, {}))
    if kept != version:
        answer = get(path, parameters)
        if len(_of_the_data) >= MOST_KEPT:
            _of_the_data.clear()
        _of_the_data[question] = (answer["data_version"], answer)
    return answer


def show_version(version: int | None) -> None:
    """Have this run of a page show that version of the data: the API was just asked for it, as the
    person who reads. With None, and in a fragment that runs alone, the API is asked everything.
    """
    _version.set(version)


def of_sales(path: str, parameters: Parameters) -> dict[str, Any]:
    """Ask the API for figures that everybody who sees sales sees alike, once for each version of
    the data: people who open the same page ask the same. Whoever asked may change the answer.

    Raises as `get` does.
    """
    version = _version.get()
    if version is None:
        return get(path, parameters)
    asked = listed(parameters)
    with _lock:
        content = _of_sales.get((version, path, asked))
        if content is not None:
            _of_sales.move_to_end((version, path, asked))
    if content is not None:
        return _read(content)
    content = _answer("GET", path, TIMEOUT, parameters).content
    answer = _read(content)
    if len(content) <= LARGEST:
        _keep((answer["data_version"], path, asked), content)
    return answer


def _keep(question: tuple[int, str, str], content: bytes) -> None:
    with _lock:
        _of_sales[question] = content
        while len(_of_sales) > MOST_SALES:
            _of_sales.popitem(last=False)


def _read(content: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(content)
    return answer


def change(method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Have the API change something, by any method but GET. It answers once that can be seen.

    Raises:
        SignedOut: there is no session any more.
        Refused: with what the API said.
    """
    return _told(_answer(method, path, CHANGE_TIMEOUT, body=body))


def _answer(
    method: str,
    path: str,
    timeout: float,
    parameters: Parameters | None = None,
    body: Mapping[str, Any] | None = None,
) -> httpx2.Response:
    [server] = _server
    token = st.context.cookies.get(server.cookie, "")
    name = uuid4().hex
    request = _http().request(
        method,
        path,
        params=_listed(parameters or {}),
        json=body,
        headers={
            "Authorization": f"Bearer {token}",
            "X-Question": name,
            **seen.named(server.version_cookie),
        },
        timeout=timeout,
    )
    asked = asyncio.run_coroutine_threadsafe(request, _loop())
    try:
        answer = waiting.outcome(asked, name) if method == "GET" else asked.result()
    except httpx2.HTTPError as error:
        raise Refused(texts.NO_ANSWER) from error
    if answer.status_code == 401:
        raise SignedOut
    if answer.is_error:
        raise _refusal(answer)
    seen.note(answer.headers, server.version_cookie)
    return answer


def _told(answer: httpx2.Response) -> dict[str, Any]:
    return {} if answer.status_code == 204 else answer.json()


@lru_cache(maxsize=1)
def _http() -> httpx2.AsyncClient:
    # The server's own address: no proxy of the environment stands between.
    return httpx2.AsyncClient(base_url=_server[0].url, trust_env=False)


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    """Where requests run: there, unlike in the threads of pages, one can be given up."""
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_forever, name="dashboard requests", daemon=True)
    running.start()

    def end() -> None:
        loop.call_soon_threadsafe(loop.stop)
        running.join(timeout=1)

    atexit.register(end)  # left to itself it keeps modules alive, as server/stopping.py tells
    return loop


def _listed(parameters: Parameters) -> httpx2.QueryParams:
    return httpx2.QueryParams(
        [
            (name, one)
            for name, value in parameters.items()
            for one in ([value] if isinstance(value, str | int) else value)
        ]
    )


def listed(parameters: Parameters) -> str:
    """The parameters as they stand in an address."""
    return str(_listed(parameters))


def _refusal(answer: httpx2.Response) -> Refused:
    try:
        said = answer.json()
        detail = said["detail"]
    except (ValueError, KeyError, TypeError):
        return Refused(texts.NO_USE)
    if isinstance(detail, str):
        detail = languages.said(detail)
        fields = {said["field"]: detail} if isinstance(said.get("field"), str) else {}
        return Refused(detail, str(said.get("code", "")), fields, said)
    problems = [one for one in detail if isinstance(one, dict) and one.get("loc")]
    if not problems:
        return Refused(texts.NOT_UNDERSTOOD)
    fields = {
        str(one["loc"][-1]): languages.said(str(one.get("msg", "")).removeprefix("Value error, "))
        for one in problems
    }
    return Refused(texts.CORRECT, "invalid", fields)
