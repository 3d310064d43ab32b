"""Single sign-on: out to the provider and back. Only there where a provider is set."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from tillsight.accounts.identities import sign_in_with
from tillsight.accounts.oidc import CALLBACK, LIFETIME, Provider, begin, seal, unseal
from tillsight.api.deps import DatabaseDep, OriginDep, SettingsDep
from tillsight.api.pages import safe_next, signed_in, signin_answer
from tillsight.errors import TillsightError
from tillsight.settings import Settings

router = APIRouter(include_in_schema=False)


def _provider(request: Request) -> Provider:
    return request.app.state.oidc  # type: ignore[no-any-return]


ProviderDep = Annotated[Provider, Depends(_provider)]


def _cookie_name(settings: Settings) -> str:
    return "__Host-tillsight_oidc" if settings.https else "tillsight_oidc"


@router.get("/signin/oidc")
def begin_single_sign_on(settings: SettingsDep, provider: ProviderDep, next: str = "/") -> Response:
    """Send the browser to the provider; `next` is the page to go on to afterwards."""
    begun = begin(safe_next(next))
    try:
        address = provider.address(begun)
    except TillsightError as error:
        return signin_answer(settings, next, error)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _cookie_name(settings),
        seal(settings, begun),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",  # the way back from the provider comes from another site
        secure=settings.https,
        path="/",
    )
    return answer


@router.get(CALLBACK)
def finish_single_sign_on(
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    provider: ProviderDep,
    origin: OriginDep,
) -> Response:
    """Take what the provider says, and open a session or say what was wrong."""
    target = "/"
    name = _cookie_name(settings)
    try:
        begun = unseal(settings, request.cookies.get(name, ""))
        target = begun.target
        claims = provider.claims(begun, request.query_params)
        opened = sign_in_with(database, settings, claims, origin)
        answer: Response = signed_in(settings, opened.token, target)
    except TillsightError as error:
        answer = signin_answer(settings, target, error)
    answer.delete_cookie(name, path="/", secure=settings.https, httponly=True, samesite="lax")
    return answer
