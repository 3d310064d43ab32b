"""The API as one FastAPI application, with its description and its sign-in page."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline
from starlette.routing import Match

from tillsight import __version__
from tillsight.api import (
    analytics,
    auth,
    customers,
    general,
    geographic,
    imports,
    metrics,
    pages,
    products,
    revenue,
    sales_lines,
    users,
)
from tillsight.api.errors import add_error_handlers
from tillsight.database import Database
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def create_api(
    settings: Settings, database: Database, warehouse: Warehouse, lifespan: Lifespan | None = None
) -> FastAPI:
    """The API over an open database and warehouse; whoever opened them closes them."""
    app = FastAPIOffline(
        docs_url="/api/docs",
        redoc_url="/api/redoc",
        openapi_url="/api/openapi.json",
        static_url="/api/docs/files",
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        title=f"{settings.shop_name}: sales analytics",
        version=__version__,
        description="The same numbers as on the dashboard. Sign in with *Authorize*.",
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.warehouse = warehouse
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type"],
        )
    add_error_handlers(app)
    for subject in (
        general,
        auth,
        users,
        analytics,
        revenue,
        customers,
        products,
        geographic,
        sales_lines,
        metrics,
        imports,
        pages,
    ):
        app.include_router(subject.router)
    if settings.oidc_issuer:
        _add_single_sign_on(app, settings)
    app.add_api_route("/api/{path:path}", _unknown, include_in_schema=False, methods=_ALL_METHODS)
    return app


def _add_single_sign_on(app: FastAPI, settings: Settings) -> None:
    # Its libraries take 0.3 s to read, which those who do not use it need not wait for.
    from tillsight.accounts.oidc import Provider
    from tillsight.api import oidc

    app.state.oidc = Provider(settings)
    app.include_router(oidc.router)


_ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def _unknown(request: Request, path: str) -> None:
    if allowed := [method for method in _ALL_METHODS if _is_taken(request, method)]:
        raise HTTPException(
            405,
            f"/api/{path[:80]} does not take {request.method}. See /api/docs.",
            {"Allow": ", ".join(allowed)},
        )
    raise HTTPException(404, f"There is nothing at /api/{path[:80]}. See /api/docs.")


def _is_taken(request: Request, method: str) -> bool:
    """Whether the path is known, with this method."""
    asked = {**request.scope, "method": method, "path_params": {}}
    others = (one for one in request.app.routes if getattr(one, "endpoint", None) is not _unknown)
    return any(route.matches(dict(asked))[0] is Match.FULL for route in others)
