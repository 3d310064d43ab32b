"""Plain pages for people who are not signed in yet, and the way out."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Undefined

from tillsight import languages, templates
from tillsight.accounts.audit import Action, failed_sign_ins_recorded, record
from tillsight.accounts.models import SessionKind
from tillsight.accounts.sessions import LIFETIME, Person, end_session, sign_in
from tillsight.api import texts
from tillsight.api.deps import DatabaseDep, OriginDep, SettingsDep
from tillsight.errors import Forbidden, TillsightError
from tillsight.settings import Mail, Registration, Settings

router = APIRouter(include_in_schema=False)

HERE = Path(__file__).parent
LONGEST_NEXT = 2000
OUR_LOGO = HERE / "templates" / "logo.svg"
_templates = templates.environment(HERE / "templates", Undefined)


def session_cookie(settings: Settings) -> str:
    """Name of the session cookie; browsers keep `__Host-` ones from other hosts and from HTTP."""
    return "__Host-tillsight_session" if settings.https else "tillsight_session"


@router.get("/signin")
def signin_page(settings: SettingsDep, next: str = "/", done: str = "") -> HTMLResponse:
    """The sign-in form; `next` is the page to go on to, `done` what was done just before."""
    return signin_answer(settings, next, notice=texts.DONE.get(done, ""))


@router.post("/signin")
def signin(
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session and go on, or say what was wrong."""
    try:
        failures = failed_sign_ins_recorded(database, login, origin)
        with failures, database.writing() as session:
            opened = sign_in(session, login, password, SessionKind.browser, origin)
            record(session, Action.sign_in, opened.user, "", {"kind": "browser"}, origin)
    except TillsightError as error:
        return signin_answer(settings, next, error, login)
    return signed_in(settings, opened.token, next)


def signed_in(settings: Settings, token: str, target: str) -> RedirectResponse:
    """Give the browser its session, and go on to `target` where that is a page of ours."""
    answer = RedirectResponse(safe_next(target), 303)
    answer.set_cookie(
        session_cookie(settings),
        token,
        max_age=int(LIFETIME[SessionKind.browser].total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.https,
        path="/",
    )
    return answer


@router.post("/signout")
def signout(
    request: Request, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> RedirectResponse:
    """End this browser's session."""
    person: Person | None = getattr(request.state, "person", None)
    if person is not None and person.session_id is not None:
        with database.writing() as session:
            end_session(session, person.session_id)
            record(session, Action.signed_out, person, "", None, origin)
    answer = RedirectResponse("/signin", 303, {"Clear-Site-Data": '"storage"'})
    answer.delete_cookie(
        session_cookie(settings), path="/", secure=settings.https, httponly=True, samesite="lax"
    )
    return answer


@router.get("/logo")
def logo(settings: SettingsDep) -> FileResponse:
    """The shop's picture, else ours."""
    return FileResponse(logo_file(settings))


def logo_file(settings: Settings) -> Path:
    """The picture that stands for the shop."""
    return settings.logo if settings.logo and settings.logo.is_file() else OUR_LOGO


def safe_next(target: str) -> str:
    """`target` if it is a page of this server, else the first page."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    # Browsers take a backslash for a slash, leave out tabs and line ends, and resolve dots.
    plain = target.isprintable() and "\\" not in target and len(target) <= LONGEST_NEXT
    path = re.split("[?#]", target, maxsplit=1)[0]
    ours = path.startswith("/") and "//" not in path and not path.startswith("/.")
    return target if plain and ours and not parts.netloc and not parts.scheme else "/"


def show(settings: Settings, template: str, status: int = 200, **facts: object) -> HTMLResponse:
    """A page in the shop's look; it may hold a secret of its address, so nothing keeps it."""
    page = _templates.get_template(template).render(
        shop_name=settings.shop_name, mail=settings.mail is not Mail.off, **facts
    )
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})


def signin_answer(
    settings: Settings,
    target: str,
    error: TillsightError | None = None,
    login: str = "",
    notice: str = "",
) -> HTMLResponse:
    """The sign-in page, with what was wrong if anything."""
    page = show(
        settings,
        "signin.html",
        error.status if error else 200,
        next=safe_next(target),
        oidc_label=languages.said(settings.oidc_label) if settings.oidc_issuer else "",
        error=languages.said(error.message) if error else "",
        unverified=isinstance(error, Forbidden),
        may_register=settings.registration in {Registration.open, Registration.domain},
        login=login,
        notice=notice,
    )
    if error and "retry_after" in error.details:
        page.headers["Retry-After"] = str(error.details["retry_after"])
    return page
