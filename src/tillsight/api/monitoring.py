"""What programs that watch the server ask: how it is, and its metrics."""

import asyncio
import hmac
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from tillsight import __version__
from tillsight.errors import NotFound, NotSignedIn
from tillsight.operating import prometheus
from tillsight.operating.figures import WITHOUT_ANSWER
from tillsight.operating.health import UNREACHABLE, DiskState, FilesState, JournalState
from tillsight.operating.monitoring import note_read
from tillsight.settings import LOOPBACK

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tillsight.operating.peers import Peers

router = APIRouter(tags=["General"])

LOOK_SECONDS = 2.0
"""Seconds that what does not answer is waited for."""
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers by which a proxy shows: what comes through one does not come from this machine."""

Found = TypeVar("Found")


class Alive(BaseModel):
    """The process answers."""

    alive: Literal[True]


class Health(BaseModel):
    """How the server is.

    `alive`: it answers, so it is always true. `ready`: questions can be answered. `status` is
    `healthy` where it is ready, has room on its disk and reaches the files. `journal`: whether all
    sales are laid out for questions (`current`), the newest not yet (`behind`), or none
    (`preparing`).
    `laid_out_percent`: how much of all sales is laid out where that is done from nothing, else
    null. `disk`: room in the home folder: `enough`, `low` or `full`. `files`: whether the place of
    the sales' files is `reachable`; while it is not, nothing can be loaded.
    """

    status: Literal["healthy", "degraded"]
    service: str
    version: str
    alive: Literal[True]
    ready: bool
    database: Literal["connected", "disconnected"]
    journal: JournalState
    laid_out_percent: int | None
    disk: DiskState
    files: FilesState


# None of these takes a thread of those that requests share: they answer when all of them hang.
@router.get("/api/health")
async def health(request: Request) -> Health:
    """How the server is; 200 as long as it answers, whatever it says."""
    found = await _answered(request.app.state.health.begin()) or UNREACHABLE
    return Health(
        status="healthy" if found.is_healthy else "degraded",
        service="Tillsight",
        version=__version__,
        alive=True,
        ready=found.ready,
        database="connected" if found.database else "disconnected",
        journal=found.journal,
        laid_out_percent=found.laid_out_percent,
        disk=found.disk,
        files=found.files,
    )


@router.get("/api/health/alive")
async def alive() -> Alive:
    """Whether the process answers; looks at nothing."""
    return Alive(alive=True)


@router.get("/api/health/ready", responses={503: {"model": Health}})
async def ready(request: Request, response: Response) -> Health:
    """The same as /api/health, but 503 while questions cannot be answered: for load balancers."""
    found = await health(request)
    if not found.ready:
        response.status_code = 503
    return found


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus; with several workers those of all, whichever of them is asked."""
    _let_in(request)
    await asyncio.to_thread(note_read, request.app.state.settings.home)
    figures = await _answered(request.app.state.figures.begin()) or WITHOUT_ANSWER
    written = await asyncio.to_thread(prometheus.text, figures)
    peers: Peers | None = request.app.state.peers
    if peers is not None and request.scope["server"][1] != peers.port:
        sent = {"Authorization": request.headers.get("authorization", "")}
        others = await peers.others_say(
            "/metrics", {name: one for name, one in sent.items() if one}
        )
        all_of_them = {peers.number: written, **others}
        written = await asyncio.to_thread(prometheus.together, all_of_them, peers.number)
    return Response(written, media_type=prometheus.CONTENT_TYPE)


def _let_in(request: Request) -> None:
    """Raises unless the request has the token of the settings, or comes from this machine itself
    where there is none. Sessions and keys of people do not count.
    """
    token = request.app.state.settings.metrics_token.get_secret_value()
    if token:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(shown.strip().encode(), token.encode())
        if scheme.lower() != "bearer" or not same:
            raise NotSignedIn("Send the token of TILLSIGHT_METRICS_TOKEN.")
    elif not _is_local(request):
        raise NotFound("There is nothing at /metrics. See /api/docs.")


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks, and no proxy on it for somebody else."""
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    peer = request.client.host if request.client else ""
    through = any(header in request.headers for header in FORWARDED)
    return peer in LOOPBACK and name in LOOPBACK and not through


async def _answered(look: "Future[Found]") -> Found | None:
    """What the look gives; none if it fails or takes too long."""
    # Others may wait for the same look, so whoever waits no longer leaves it as it is.
    done, _ = await asyncio.wait([asyncio.wrap_future(look)], timeout=LOOK_SECONDS)
    found = [one.result() for one in done if one.exception() is None]
    return found[0] if found else None
