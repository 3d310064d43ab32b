"""What is noted of every request: a line of the log, a count, a span. Never its address, which may
hold tokens, codes and names: the template of its route stands for it.
"""

import re
import time
from asyncio import CancelledError
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillsight import http_rules, tracing
from tillsight.errors import Ending
from tillsight.logs import log
from tillsight.measured import CONNECTIONS, REQUEST_SECONDS, REQUESTS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
DASHBOARD_ROUTES = (
    (re.compile(r"/(api|compat)(/|$)"), r"/\1/*"),  # refused at the door, or not there
    (re.compile(r"/(static|media|component)/"), r"/\1/{file}"),
    (re.compile(r"/_stcore/(stream|health)$"), r"/_stcore/\1"),
    (re.compile(r"/_stcore/"), "/_stcore/{file}"),
    (re.compile(r"/favicon\."), "/favicon"),
)
QUIET = frozenset(
    {
        "/static/{file}",
        "/_stcore/{file}",
        "/_stcore/health",
        "/favicon",
        "/metrics",
        "/api/health",
        "/api/health/alive",
        "/api/health/ready",
    }
)
"""Routes whose requests are logged at the level debug: they come by themselves, all the time."""
LEFT = 499
"""Status of a request whose sender left before there was an answer."""
UPGRADED = 101


class Seen:
    """Around the whole app: notes each request once it is answered."""

    def __init__(
        self, app: ASGIApp, begin: Callable[..., tracing.Span], is_ending: Callable[[], bool]
    ) -> None:
        self._app = app
        self._begin = begin
        self._is_ending = is_ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, and note it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        structlog.contextvars.clear_contextvars()
        method = scope.get("method", "WEBSOCKET")
        method = method if method in METHODS or method == "WEBSOCKET" else "other"
        note = _note_connection if scope["type"] == "websocket" else _note_request
        span, started, status = self._begin(method), time.perf_counter(), LEFT

        async def sending(message: Message) -> None:
            nonlocal status
            status = _status_after(message, status)
            await send(message)

        try:
            with tracing.within(span):
                await self._app(scope, receive, sending)
        except CancelledError:
            if scope["type"] != "http":
                raise
            if status != LEFT:
                _note_cut()
                return
            # The time that requests have when the server ends is over: whoever waits is told.
            await http_rules.refused(Ending(), scope["state"])(scope, receive, sending)
        except Exception:
            if status == 500:
                return  # the API has answered, and written the error to the log
            if status != LEFT and self._is_ending():
                _note_cut()  # by having its question stopped
                return
            status = 500 if status == LEFT else status
            raise
        finally:
            note(scope, method, status, time.perf_counter() - started, span)


def _status_after(message: Message, status: int) -> int:
    """The status of an answer once a message of it is sent, which had one before."""
    kind = message["type"]
    if kind in {"http.response.start", "websocket.http.response.start"}:
        return int(message["status"])
    if kind == "websocket.accept":
        CONNECTIONS.add()
        return UPGRADED
    if kind == "websocket.close" and status == LEFT:
        return 403  # what a handshake that is refused looks like
    return status


def _note_cut() -> None:
    """An answer that is not whole does not end: whoever reads it is told by the connection."""
    log.warning("an answer was cut off: the server is being stopped")


def _note_request(
    scope: Scope, method: str, status: int, seconds: float, span: tracing.Span
) -> None:
    state = scope["state"]
    route = state.get("route") or _route_of(scope["path"])
    REQUESTS.add(method, route, str(status))
    REQUEST_SECONDS.add(seconds, method, route)
    say = log.debug if route in QUIET else log.info if status < 500 else log.warning
    say("request", **_about(scope, method, route, status, seconds))
    _end(span, scope, method, route, status)


def _note_connection(
    scope: Scope, method: str, status: int, seconds: float, span: tracing.Span
) -> None:
    """A page of the dashboard was closed: how long it was open is no time of an answer."""
    route = _route_of(scope["path"])
    REQUESTS.add(method, route, str(status))
    if status == UPGRADED:
        CONNECTIONS.add(by=-1)
    log.info("connection", **_about(scope, method, route, status, seconds))
    _end(span, scope, method, route, status)


def _about(
    scope: Scope, method: str, route: str, status: int, seconds: float
) -> dict[str, str | int | float | None]:
    state = scope["state"]
    person = state.get("person")
    return {
        "method": method,
        "route": route,
        "status": status,
        "seconds": round(seconds, 4),
        "user_id": None if person is None else person.id,
        "request_id": state.get("request_id"),
    }


def _end(span: tracing.Span, scope: Scope, method: str, route: str, status: int) -> None:
    state = scope["state"]
    person = state.get("person")
    span.rename(f"{method} {route}")
    span.note(
        http__request__method=method,
        http__route=route,
        http__response__status_code=status,
        tillsight__request_id=state.get("request_id", ""),
        **({} if person is None else {"user__id": str(person.id)}),
    )
    span.end(failed=status >= 500)


def _route_of(path: str) -> str:
    """The template of an address that no route of the API answers to."""
    for pattern, template in DASHBOARD_ROUTES:
        if found := pattern.match(path):
            return found.expand(template)
    return "/{page}"
