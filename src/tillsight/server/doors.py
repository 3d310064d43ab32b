"""Which door a request goes to."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

API_PATHS = re.compile(
    r"/(api|compat)(/.*)?|/signin(/oidc(/callback)?)?"
    r"|/(docs|logo|signout|register|forgot|reset|verify|setup)",
    re.DOTALL,
)


class TwoDoors:
    """Sends each request to the API or to the dashboard, by its path."""

    def __init__(self, api: ASGIApp, dashboard: ASGIApp) -> None:
        self._api = api
        self._dashboard = dashboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on. The root is a page for browsers and a contract for programs."""
        api = scope["type"] == "lifespan" or bool(API_PATHS.fullmatch(scope["path"]))
        if scope["type"] == "http" and scope["path"] == "/":
            api = "text/html" not in Headers(scope=scope).get("accept", "")
        await (self._api if api else self._dashboard)(scope, receive, send)
