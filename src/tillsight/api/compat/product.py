"""An older product as an application of its own: its error envelope, description and pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.datastructures import MutableHeaders, State
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillsight.accounts.access import ACCESS
from tillsight.api.access import guard
from tillsight.api.errors import UNEXPECTED
from tillsight.database import NO_ANSWER, away
from tillsight.errors import TillsightError
from tillsight.logs import log
from tillsight.settings import Contract, Settings

BAD_REQUEST = "The request cannot be used. See /docs below this address."
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token that a sign-in answers, or an API key.",
}
UNKNOWN = "There is nothing at this address. See /docs below the base of this contract."


@dataclass(frozen=True)
class Product:
    """What sets a contract apart: how it says no, and its routes.

    `envelope` is the key of its refusals; `no_token` and `bad_token` are said without a token that
    counts; `why_bad` says it of a token instead, where the product told one trouble from another.
    Each prefix has all routes; only the first is described. `invalid` answers requests that are not
    as described, where the product did not do so with `unusable` and one sentence; `worded` is the
    status and body of a refusal of ours, where the product had words of its own for it. The
    description is found at `descriptions`, too.
    """

    contract: Contract
    envelope: str
    no_token: str
    bad_token: str
    router: APIRouter
    prefixes: Sequence[str] = ("",)
    invalid: Callable[[RequestValidationError], Response] | None = None
    why_bad: Callable[[Settings, str], str] | None = None
    worded: Callable[[TillsightError], tuple[int, dict[str, str]]] | None = None
    descriptions: Sequence[str] = ()
    unusable: int = 400

    @property
    def base(self) -> str:
        """Where it lies on this server."""
        return f"/compat/{self.contract}"

    @cached_property
    def routes(self) -> list[BaseRoute]:
        """Its routes; what FastAPI works out about them holds for every application of them."""
        together = APIRouter(responses={401: _described(self, "No token that counts")})
        together.add_api_route("/", _to_docs, include_in_schema=False)
        for path in self.descriptions:
            together.add_api_route(path, _description, include_in_schema=False)
        for prefix in self.prefixes:
            described = prefix == self.prefixes[0]
            together.include_router(self.router, prefix=prefix, include_in_schema=described)
        return together.routes

    def refusal(self, text: str) -> dict[str, str]:
        """The body of a refusal."""
        return {self.envelope: text}

    def unknown_token(self, settings: Settings, sent: str | None) -> str:
        """What to say to a stranger who sent this token, or none."""
        if sent is None:
            return self.no_token
        return self.why_bad(settings, sent) if self.why_bad else self.bad_token


def app_of(product: Product, state: State) -> FastAPI:
    """The contract as an application, to be mounted at its base; `state` is that of the API."""
    settings: Settings = state.settings
    app = FastAPIOffline(
        routes=product.routes,
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
        static_url="/docs/files",
        swagger_ui_oauth2_redirect_url="/docs/oauth2-redirect",
        title=f"{settings.shop_name}: the contract {product.contract}",
        description="For clients of an older product; everybody else is better served at /api.",
    )
    app.state.settings = settings
    app.state.database = state.database
    app.state.warehouse = state.warehouse
    app.state.purchases = state.purchases
    app.state.fits = state.fits
    app.state.given_forecasts = state.given_forecasts
    app.add_middleware(SameHost)
    _add_error_handlers(app, product)
    _describe_unusable(app, product)
    guard(
        app,
        product.base,
        lambda _request, error: refused(product, error),
        settings.compat_anonymous,
    )
    _describe_tokens(app, product)
    return app


def _description(request: Request) -> Response:
    """The description, as it is answered at its usual address."""
    servers = [{"url": request.scope["root_path"]}]
    return JSONResponse({**request.app.openapi(), "servers": servers})


def _describe_unusable(app: FastAPI, product: Product) -> None:
    """Have the description say what is answered; FastAPI writes a 422 of its own into it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        found = plain()
        routes = [one for methods in found["paths"].values() for one in methods.values()]
        for responses in (one["responses"] for one in routes):
            if responses.pop("422", None):
                refusal = _described(product, "The request cannot be used")
                responses.setdefault(str(product.unusable), refusal)
        for shape in ("HTTPValidationError", "ValidationError"):
            found["components"]["schemas"].pop(shape, None)
        return found

    if product.unusable != 422:
        app.openapi = openapi  # type: ignore[method-assign]


def _to_docs(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.scope['root_path']}/docs")


def refusals(product_envelope: str, **texts: str) -> dict[int | str, dict[str, Any]]:
    """Refusals for the description of a route: `s400="why"`, in the product's envelope."""
    return {
        int(status.removeprefix("s")): {
            "description": text,
            "content": {"application/json": {"schema": _envelope_schema(product_envelope)}},
        }
        for status, text in texts.items()
    }


def _described(product: Product, text: str) -> dict[str, Any]:
    schema = _envelope_schema(product.envelope)
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _envelope_schema(key: str) -> dict[str, Any]:
    return {"type": "object", "required": [key], "properties": {key: {"type": "string"}}}


def _describe_tokens(app: FastAPI, product: Product) -> None:
    """Have the description say which routes need a token, and take one that is pasted: where the
    contract has a host of its own, the sign-in at /api cannot be reached.
    """
    plain, anonymous = app.openapi, app.state.settings.compat_anonymous

    def openapi() -> dict[str, Any]:
        description = plain()
        description["components"]["securitySchemes"] = {"token": TOKEN}
        for path, routes in description["paths"].items():
            for method, route in routes.items():
                rule = ACCESS[f"{method.upper()} {product.base}{path}"]
                free: list[dict[str, list[str]]] = [{}] if rule.contract in anonymous else []
                route["security"] = [*free, {"token": []}] if rule.role else []
        return description

    app.openapi = openapi  # type: ignore[method-assign]


class SameHost:
    """Has redirects, such as to a path with its slash, name a path alone. Behind a proxy the client
    knows another host or scheme than we do, and would lose its request on the way.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back without host and scheme."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if target := headers.get("location"):
                    headers["location"] = urlsplit(target)._replace(scheme="", netloc="").geturl()
            await send(message)

        await self._app(scope, receive, sending)


def _add_error_handlers(app: FastAPI, product: Product) -> None:
    def by_us(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, TillsightError):
            raise error
        return refused(product, error)

    def by_http(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, AnyHTTPException):
            raise error
        known = isinstance(error, HTTPException) or error.status_code != 404
        text = error.detail if known else UNKNOWN
        return JSONResponse(product.refusal(text), error.status_code, error.headers)

    def invalid(_request: Request, error: Exception) -> Response:
        if product.invalid and isinstance(error, RequestValidationError):
            return product.invalid(error)
        return JSONResponse(product.refusal(BAD_REQUEST), 400)

    def without_database(_request: Request, error: Exception) -> JSONResponse:
        return refused(product, away(error))

    def unexpected(_request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected error", exc_info=error)
        return JSONResponse(product.refusal(UNEXPECTED), 500)

    app.add_exception_handler(TillsightError, by_us)
    app.add_exception_handler(AnyHTTPException, by_http)
    app.add_exception_handler(RequestValidationError, invalid)
    for kind in NO_ANSWER:
        app.add_exception_handler(kind, without_database)
    app.add_exception_handler(Exception, unexpected)


def refused(product: Product, error: TillsightError) -> JSONResponse:
    """A refusal of ours in the product's shape; the older products know no 422."""
    if product.worded is not None:
        status, body = product.worded(error)
        return JSONResponse(body, status, error.headers())
    status = 400 if error.status == 422 else error.status
    return JSONResponse(product.refusal(error.message), status, error.headers())
