"""The contract kpi-circles: circles, their KPIs, the values of these, and the change log."""

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Inactive, LacksRole, TokenTrouble, token_trouble
from tillsight.api.compat.kpi_circles import kpis, people, values
from tillsight.api.compat.kpi_circles.wire import ENVELOPE, INACTIVE, NOT_GATEKEEPER
from tillsight.api.compat.product import Product
from tillsight.errors import NotSignedIn, TillsightError
from tillsight.settings import Contract, Settings

NO_TOKEN = "Missing Authorization Header"  # noqa: S105
TROUBLES = {
    TokenTrouble.unreadable: "Not enough segments",
    TokenTrouble.forged: "Signature verification failed",
    TokenTrouble.expired: "Token has expired",
    TokenTrouble.ended: "Token has been revoked",
}
BAD_REQUEST = frozenset({409, 422})
"""Statuses of ours that the older product did not know: 400 there."""


def _worded(error: TillsightError) -> tuple[int, dict[str, str]]:
    """Status and body of a refusal: what is about tokens has an envelope of its own."""
    if isinstance(error, NotSignedIn):
        return 401, {"msg": error.message}
    if isinstance(error, LacksRole) and error.needed.includes(Role.manager):
        return 403, {ENVELOPE: NOT_GATEKEEPER}
    if isinstance(error, Inactive):
        return 403, {ENVELOPE: INACTIVE}
    status = 400 if error.status in BAD_REQUEST else error.status
    return status, {ENVELOPE: error.message}


def _invalid(error: RequestValidationError) -> Response:
    """The first problem in one sentence: which field, and what is wrong with it."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:2]) or "The body"
    reason = first["msg"].removeprefix("Value error, ")
    return JSONResponse({ENVELOPE: f"{field[:50]}: {reason}"}, 400)


def _why_bad(settings: Settings, token: str) -> str:
    return TROUBLES[token_trouble(settings, token)]


router = APIRouter()
for part in (people, kpis, values):
    router.include_router(part.router)

PRODUCT = Product(
    contract=Contract.kpi_circles,
    envelope=ENVELOPE,
    no_token=NO_TOKEN,
    bad_token=TROUBLES[TokenTrouble.unreadable],
    router=router,
    invalid=_invalid,
    why_bad=_why_bad,
    worded=_worded,
)
