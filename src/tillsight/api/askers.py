"""Watches whether somebody still waits for an answer; a question of nobody is stopped."""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillsight.errors import NotFound, TillsightError
from tillsight.warehouse.askers import Asker, asker

NAMED_BY = "x-question"
"""The header with the name of a question, by which its asker can have it stopped."""
LONGEST_NAME = 64
AGAIN = 0.1
"""Seconds until a question that goes on although nobody waits is interrupted once more."""


class Askers:
    """Those who wait for an answer of this server and gave their question a name."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, str], Asker] = {}

    def stop(self, person_id: int, name: str) -> None:
        """Stop a person's question.

        Raises:
            NotFound: none of this name is under way for them.
        """
        if (person_id, name) not in self._waiting:
            raise NotFound("This question is not under way. It may have been answered.")
        self._waiting[person_id, name].leave()

    def waiting(self) -> set[tuple[int, str]]:
        """Whose questions are under way: by person and name."""
        return {*self._waiting}

    def add(self, scope: Scope, one: Asker) -> tuple[int, str] | None:
        """Remember who asks, if the request names its question."""
        person = scope.get("state", {}).get("person")
        name = Headers(scope=scope).get(NAMED_BY, "")[:LONGEST_NAME]
        if person is None or not name:
            return None
        self._waiting[person.id, name] = one
        return person.id, name

    def remove(self, key: tuple[int, str] | None) -> None:
        """Forget it: it is answered."""
        if key is not None:
            self._waiting.pop(key, None)


class Watching:
    """Stops what a GET asks of the warehouse once its connection is closed, or it is told to."""

    def __init__(self, app: ASGIApp, askers: Askers) -> None:
        self._app = app
        self._askers = askers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and watch meanwhile."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        one = Asker()
        heard: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        watch = asyncio.create_task(_watch(one, receive, heard))
        key, before = self._askers.add(scope, one), asker.set(one)
        try:
            await self._app(scope, heard.get, send)
        finally:
            asker.reset(before)
            self._askers.remove(key)
            watch.cancel()


async def _watch(one: Asker, receive: Receive, heard: asyncio.Queue[Message]) -> None:
    """Hand on what comes in; when the connection is closed, let the asker leave."""
    with suppress(TillsightError):  # a body that is too long, which no GET reads
        while (message := await receive())["type"] != "http.disconnect":
            await heard.put(message)
        one.leave()
        await heard.put(message)
        while True:
            await asyncio.sleep(AGAIN)
            one.leave()
