"""What the service is; open to everybody."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

router = APIRouter(tags=["General"])


class Root(BaseModel):
    """What a client finds at the root."""

    message: str
    version: str
    docs: str


@router.get("/")
@router.get("/api")
def root() -> Root:
    """Name, version of the contract, and where its description is."""
    return Root(message="Sales Analytics API", version="1.0.0", docs="/api/docs")


@router.get("/docs", include_in_schema=False)
def docs() -> RedirectResponse:
    """Where other products have their API pages."""
    return RedirectResponse("/api/docs")
