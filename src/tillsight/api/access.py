"""The access table at the door: every request is checked before its body is read."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from tillsight.accounts.access import ACCESS, Rule, admit
from tillsight.api.errors import NotAllowed, refusal
from tillsight.errors import TillsightError
from tillsight.settings import Contract

Refusal = Callable[[Request, TillsightError], Response]


class Unguarded(RuntimeError):
    """A route that nobody decided about; the API does not start with one."""


@dataclass(frozen=True)
class GuardedRoute:
    """One route with its rule; `key` is its entry in the table."""

    key: str
    method: str
    pattern: re.Pattern[str]
    rule: Rule

    @cached_property
    def template(self) -> str:
        """Its path, as the log and the metrics name it."""
        return self.key.partition(" ")[2].replace(":path}", "}")


def guard(
    app: FastAPI,
    prefix: str = "",
    refuse: Refusal = refusal,
    anonymous: Collection[Contract] = (),
) -> list[GuardedRoute]:
    """Have the access table decide about every route that `app` has now; call it last.

    An application that is mounted at `prefix` is guarded by itself, with its own shape of refusals;
    `anonymous` are the contracts that the settings open to strangers.

    Raises:
        Unguarded: naming the routes without an entry.
    """
    routes = list(_routes(app.routes, prefix))
    missing = [key for key, *_ in routes if key not in ACCESS]
    if missing:
        raise Unguarded(
            "Say in accounts/access.py who may use: " + ", ".join(dict.fromkeys(missing))
        )
    guarded = [GuardedRoute(key, method, regex, ACCESS[key]) for key, method, regex in routes]
    app.add_middleware(Guard, routes=guarded, refuse=refuse, anonymous=anonymous)
    app.state.guarded = True
    return guarded


class Guard:
    """Finds the route of a request as the router will, and asks the table whether to go on.

    A dependency would be asked only after FastAPI has read the body.
    """

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[GuardedRoute],
        refuse: Refusal,
        anonymous: Collection[Contract],
    ) -> None:
        self._app = app
        self._routes = routes
        self._refuse = refuse
        self._anonymous = anonymous

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            request = Request(scope)
            try:
                self._check(request)
            except TillsightError as error:
                await self._refuse(request, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, request: Request) -> None:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        allowed = set()
        for route in self._routes:
            if route.pattern.match(path):
                if route.method == request.method:
                    request.state.route = route.template
                    bind_contextvars(route=route.template)
                    person = getattr(request.state, "person", None)
                    admit(person, route.rule, self._anonymous)
                    return
                allowed.add(route.method)
        if allowed:
            raise NotAllowed(request.method, sorted(allowed))


def _routes(routes: Sequence[BaseRoute], prefix: str) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Key, method and pattern of every route, in the order in which the router tries them."""
    for route in iter_route_contexts(routes):
        mounted = isinstance(route.original_route, Mount)
        if mounted and getattr(getattr(route.app, "state", None), "guarded", False):
            continue
        # A mount, of files, says nothing of methods; HEAD goes where GET does.
        methods = {"GET", "HEAD"} if mounted else set(route.methods or {"WEBSOCKET"})
        for method in sorted(methods):
            shown = "GET" if method == "HEAD" and "GET" in methods else method
            yield f"{shown} {prefix}{route.path}", method, route.path_regex
