"""The version of the data in requests and answers: a header for programs, a cookie for browsers."""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillsight.data_version import HEADER, Exchange, Token, exchange, read_token
from tillsight.settings import Settings

PROGRAMS = ("authorization", "x-api-key")
"""Headers of those who keep no cookies."""


def version_cookie(settings: Settings) -> str:
    """Name of the cookie. It is no secret: our pages write it too, after what they changed."""
    return "__Host-tillsight_data_version" if settings.https else "tillsight_data_version"


class DataVersion:
    """Reads what a request has seen of the data, and tells what its answer is from.

    `journal` gives the name of the journal that versions are of.
    """

    def __init__(self, app: ASGIApp, settings: Settings, journal: Callable[[], str]) -> None:
        self._app = app
        self._cookie = version_cookie(settings)
        self._more = "; path=/; samesite=lax" + ("; secure" if settings.https else "")
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; what it tells leaves with the beginning of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        kept = read_token(_kept(headers, self._cookie))
        named = read_token(headers.get(HEADER))
        here = Exchange([one for one in (kept, named) if one is not None])

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                self._tell(message, headers, kept, here)
            await send(message)

        before = exchange.set(here)
        try:
            await self._app(scope, receive, sending)
        finally:
            exchange.reset(before)

    def _tell(self, message: Message, asked: Headers, kept: Token | None, here: Exchange) -> None:
        if here.told is None:
            return
        told = Token(self._journal(), here.told)
        answer = MutableHeaders(scope=message)
        answer[HEADER] = str(told)
        if told.is_newer_than(kept) and not any(one in asked for one in PROGRAMS):
            answer.append("set-cookie", f"{self._cookie}={told}{self._more}")


def _kept(headers: Headers, name: str) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found else None
