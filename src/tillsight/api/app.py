"""The API as one FastAPI application, with its description and its sign-in page."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute

from tillsight import __version__
from tillsight.api import (
    account_pages,
    analytics,
    audit,
    auth,
    circles,
    compat,
    configuration,
    customer_data,
    customers,
    forecast_calendar,
    forecasts,
    general,
    geographic,
    import_profiles,
    imports,
    keys,
    kpi_board,
    kpi_changes,
    kpi_mails,
    kpi_restatements,
    kpi_targets,
    kpi_values,
    kpi_worklist,
    kpis,
    lifetime_value,
    metrics,
    monitoring,
    notes,
    pages,
    previews,
    products,
    purchases,
    questions,
    registration,
    reports,
    revenue,
    sales_lines,
    track_record,
    users,
    views,
)
from tillsight.api.access import guard
from tillsight.api.askers import Askers, Watching
from tillsight.api.data_version import DataVersion
from tillsight.api.errors import REFUSALS, add_error_handlers, describe_refusals
from tillsight.api.speaking import Speaking
from tillsight.api.stops import Stops
from tillsight.database import Database
from tillsight.forecasting.fits import Fits
from tillsight.forecasting.keeping import Keeping
from tillsight.kpis.board import KeptFigures
from tillsight.kpis.spans import today_in
from tillsight.kpis.value_files import kpi_room
from tillsight.operating import figures, health
from tillsight.operating.looks import Looks
from tillsight.sales.choices import Locale
from tillsight.sales.folders import Folders
from tillsight.sales.formats.limits import Limits
from tillsight.sales.purchase_queue import PurchaseQueue
from tillsight.sales.running import Running
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse

SHOWN_WITHIN = 20.0
"""Seconds the answer to a purchase is held back while an import is laid out before it."""
LOOKED_EVERY = 1.0
"""Seconds for which what was found of the server's health is told again: strangers may ask it."""
Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def _put_together() -> list[BaseRoute]:
    together = APIRouter(responses=REFUSALS)
    for subject in (
        purchases,  # first: tried in this order, and these come by the hundred a second
        general,
        monitoring,
        auth,
        keys,
        registration,
        users,
        configuration,
        circles,
        kpi_board,  # before the routes of KPIs, or “board” would be the id of one
        kpi_worklist,
        kpis,
        kpi_targets,
        kpi_values,
        kpi_changes,
        kpi_mails,
        kpi_restatements,
        audit,
        analytics,
        revenue,
        lifetime_value,  # before the routes of customers, or it would be the id of one
        customer_data,  # before the other routes of customers, or “…/export” would be an id
        customers,
        products,
        geographic,
        sales_lines,
        metrics,
        reports,
        questions,
        forecasts,
        forecast_calendar,
        notes,
        views,
        track_record,
        import_profiles,  # before the routes of imports, or “profiles” would be the id of one
        imports,
        previews,
        pages,
        account_pages,
    ):
        together.include_router(subject.router)
    return together.routes


ROUTES = _put_together()
"""All routes, in the order in which they are tried.

What FastAPI works out about a route takes milliseconds; it holds for every application made of it.
"""


def create_api(
    settings: Settings, database: Database, warehouse: Warehouse, lifespan: Lifespan | None = None
) -> FastAPI:
    """The API over an open database and warehouse; whoever opened them closes them."""
    app = FastAPIOffline(
        routes=ROUTES,
        docs_url="/api/docs",
        redoc_url="/api/redoc",
        openapi_url="/api/openapi.json",
        static_url="/api/docs/files",
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        title=f"{settings.shop_name}: sales analytics",
        version=__version__,
        description="The same numbers as on the dashboard. Sign in with *Authorize*.",
        lifespan=lifespan,
        responses=REFUSALS,
        redirect_slashes=False,
        # Its own spans would hold whole addresses, and with them tokens and names.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.settings = settings
    app.state.database = database
    app.state.warehouse = warehouse
    app.state.kpi_room = kpi_room(database, lambda: today_in(settings.timezone))
    folders = Folders.of(settings)
    app.state.running = Running(
        database,
        folders,
        Locale(settings.timezone, settings.currency),
        lambda show: warehouse.catch_up(imports.LAID_OUT_WITHIN, show),
        Limits(settings.max_unpacked),
        app.state.kpi_room,
    )
    app.state.purchases = PurchaseQueue(
        database, lambda versions: warehouse.promise(versions, SHOWN_WITHIN)
    )
    app.state.kept_figures = KeptFigures()
    app.state.given_forecasts = Keeping(database)
    app.state.fits = Fits()
    app.state.askers = Askers()
    app.state.stops = Stops(database, app.state.askers)
    app.state.peers = None
    app.state.health = Looks(health.looker(database, warehouse, folders), LOOKED_EVERY)
    app.state.figures = Looks(
        figures.looker(database, warehouse, settings.home, app.state.purchases.waiting),
        LOOKED_EVERY,
    )
    add_error_handlers(app)
    describe_refusals(app)
    if settings.oidc_issuer:
        _add_single_sign_on(app, settings)
    compat.mount(app)
    guard(app)
    app.add_middleware(Watching, askers=app.state.askers)
    app.add_middleware(DataVersion, settings=settings, journal=lambda: warehouse.journal)
    app.add_middleware(Speaking)
    return app


def _add_single_sign_on(app: FastAPI, settings: Settings) -> None:
    # Its libraries take 0.3 s to read, which those who do not use it need not wait for.
    from tillsight.accounts.oidc import Provider
    from tillsight.api import oidc

    app.state.oidc = Provider(settings)
    app.include_router(oidc.router)
