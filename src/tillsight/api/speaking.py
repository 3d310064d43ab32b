"""In which language a request is answered."""

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
