"""What the service is and whether it works; open to everybody."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from tillsight import __version__
from tillsight.api.deps import DatabaseDep

router = APIRouter(tags=["General"])


class Root(BaseModel):
    """What a client finds at the root."""

    message: str
    version: str
    docs: str


class Health(BaseModel):
    """Whether the service works; `degraded` while its database does not answer."""

    status: Literal["healthy", "degraded"]
    service: str
    version: str
    database: Literal["connected", "disconnected"]


@router.get("/")
@router.get("/api")
def root() -> Root:
    """Name, version of the contract, and where its description is."""
    return Root(message="Sales Analytics API", version="1.0.0", docs="/api/docs")


@router.get("/api/health")
def health(database: DatabaseDep) -> Health:
    """Whether the service and its database answer; 200 either way."""
    connected = database.is_connected()
    return Health(
        status="healthy" if connected else "degraded",
        service="Tillsight",
        version=__version__,
        database="connected" if connected else "disconnected",
    )


@router.get("/docs", include_in_schema=False)
def docs() -> RedirectResponse:
    """Where other products have their API pages."""
    return RedirectResponse("/api/docs")
