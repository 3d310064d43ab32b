"""How the app is put together: the rooms opened, both doors wired, the work beside requests."""

import errno
import logging
import os
from asyncio import gather
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from anyio import to_thread
from starlette.types import ASGIApp

from tillsight import __version__
from tillsight.accounts import letters
from tillsight.api.app import create_api
from tillsight.api.data_version import version_cookie
from tillsight.api.pages import logo_file, session_cookie
from tillsight.database import Database, Pool
from tillsight.forecasting import scoring as forecast_scoring
from tillsight.jobs import Worker
from tillsight.kpis import mails as kpi_mails
from tillsight.kpis.follower import Follower
from tillsight.logs import log
from tillsight.operating import retention
from tillsight.operating.peers import Peers
from tillsight.sales.folders import Folders, remove_abandoned
from tillsight.sales.journal_place import require_place
from tillsight.server.doorkeeper import Doorkeeper
from tillsight.server.doors import TwoDoors
from tillsight.server.seen import Seen
from tillsight.server.stopping import Stopping
from tillsight.settings import Settings, anonymous_warnings, require_fit
from tillsight.tracing import Tracing, nothing_begun
from tillsight.warehouse import Warehouse
from tillsight.warehouse.following import Following
from tillsight.warehouse.opening import warehouse_of

if TYPE_CHECKING:
    from streamlit.starlette import App

DASHBOARD = Path(__file__).parent.parent / "dashboard" / "app.py"


WRITTEN = ("", "sales", "rejects", "incoming", "warehouse")
"""Folders of the home in which a server writes; the first is the home itself."""


def _require_writable(home: Path, database: Database) -> None:
    """Otherwise a server would start, and fail with the first file or sign-in.

    Raises:
        PermissionError: naming what may not be written.
    """
    paths = [home / name for name in WRITTEN]
    if database.engine.dialect.name == "sqlite" and database.engine.url.database:
        paths.append(Path(database.engine.url.database))
    for path in paths:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def create_app(
    settings: Settings, address: str, stopping: Stopping, peers: Peers | None = None
) -> ASGIApp:
    """The whole server as an ASGI app; `address` is where its dashboard reaches its API, and
    `peers` the workers it is one of, if there are several. What requests may wait for when it is
    told to stop is ended by `stopping`.

    Raises:
        SetupError: the secret, a setting of production or the database cannot be used.
    """
    from tillsight.dashboard.assets import Assets
    from tillsight.dashboard.warming import warm

    require_fit(settings)  # before anything is opened
    traces = Tracing(settings.traces_endpoint, __version__) if settings.traces_endpoint else None
    pool = Pool(settings.database_connections, settings.database_recycle_seconds)
    database = Database(settings.resolved_database_url, pool)
    _require_writable(settings.home, database)
    database.upgrade()
    folders = Folders.of(settings)
    require_place(database, folders)
    remove_abandoned(database, folders)
    warehouse = warehouse_of(settings, database, settings.slow_question_seconds)
    dashboard = _dashboard(settings, address)

    @asynccontextmanager
    async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
        state = api.state
        with closing(database), closing(warehouse), closing(state.purchases):
            async with dashboard.lifespan()(app), AsyncExitStack() as ending:
                # In the background: nobody has to wait for it who does not open a page.
                Thread(target=warm, daemon=True).start()
                if traces:
                    ending.push_async_callback(to_thread.run_sync, traces.close)
                ends = [state.fits.close, state.given_forecasts.stop]
                ending.push_async_callback(_end_at_once, ends)
                for one in (*_workers(settings, database, warehouse), *state.works):
                    one.start()
                    ends.append(one.stop)
                log.info("started", **_about(settings, peers))
                yield

    for warning in anonymous_warnings(settings):
        log.warning(warning)
    warehouse.catch_up(wait=0)  # goes on in the background while people sign in
    api = create_api(settings, database, warehouse, lifespan)
    api.state.peers = peers
    stopping.first(api.state.running.stop)
    stopping.before_requests_end(warehouse.stop_questions)
    door = Doorkeeper(TwoDoors(api, Assets(dashboard, logo_file(settings))), settings, database)
    api.state.works = (api.state.running, api.state.stops, door.shared_pace)
    return Seen(door, traces.begin if traces else nothing_begun, lambda: stopping.has_begun)


def _about(settings: Settings, peers: Peers | None) -> dict[str, object]:
    said: dict[str, object] = {
        "version": __version__,
        "environment": settings.environment.value,
    }
    return said if peers is None else {**said, "worker": peers.number, "pid": os.getpid()}


async def _end_at_once(ends: Sequence[Callable[[], None]]) -> None:
    """Each may take some seconds; one that fails keeps no other from ending."""
    ended = (to_thread.run_sync(end) for end in ends)
    failed = [one for one in await gather(*ended, return_exceptions=True) if one is not None]
    if failed:
        raise BaseExceptionGroup("work beside requests did not end", failed)


class _Works(Protocol):
    """Goes on beside requests."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def _workers(settings: Settings, database: Database, warehouse: Warehouse) -> tuple[_Works, ...]:
    """What goes on beside requests, as it begins; no mails are put once nobody sends them."""
    handlers = letters.handlers(settings, database) | kpi_mails.handlers(settings, database)
    return (
        retention.Rounds(settings, database),
        forecast_scoring.Rounds(settings, database, warehouse),
        Following(warehouse),
        Follower(database, warehouse, settings.timezone),
        Worker(database, handlers),
        kpi_mails.Rounds(settings, database),
    )


def _dashboard(settings: Settings, address: str) -> "App":
    """The Streamlit app, told where the API is."""
    from streamlit import config
    from streamlit.starlette import App

    from tillsight.dashboard import client

    shop = client.Shop(
        settings.shop_name, settings.currency, settings.timezone, logo_file(settings)
    )
    client.connect(address, session_cookie(settings), version_cookie(settings), shop)
    app = App(DASHBOARD)
    _log_as_ours()
    # Our own middleware compares origins; Streamlit's list knows only the addresses it made up.
    config.set_option("server.enableCORS", False)
    config.set_option("server.enableXsrfProtection", False)
    return app


def _log_as_ours() -> None:
    """Have Streamlit's lines written as ours are; it gives each of its loggers a way of its own."""
    from streamlit import logger as loggers

    def as_ours(logger: logging.Logger) -> None:
        logger.handlers[:] = logging.getLogger().handlers

    loggers.setup_formatter = as_ours
    loggers.update_formatter()
