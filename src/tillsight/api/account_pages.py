"""Plain pages to make an account, verify an address, and choose a password."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from tillsight import languages
from tillsight.accounts import letters, links, registration, throttle
from tillsight.accounts.models import Purpose
from tillsight.accounts.registration import Newcomer
from tillsight.accounts.sessions import Origin
from tillsight.api import texts
from tillsight.api.deps import DatabaseDep, OriginDep, SettingsDep
from tillsight.api.pages import show
from tillsight.database import Database
from tillsight.errors import TillsightError
from tillsight.settings import Mail, Registration, Settings

router = APIRouter(include_in_schema=False)


class Given(BaseModel):
    """What a form held. Fields it does not have are refused: `role` must not pass unseen."""

    model_config = ConfigDict(extra="forbid")

    token: str = ""
    email: str = ""
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    password: str = ""

    def newcomer(self) -> Newcomer:
        """Who filled it in; an empty field says nothing."""
        return Newcomer(
            self.password,
            self.email.strip() or None,
            self.username.strip() or None,
            self.first_name.strip() or None,
            self.last_name.strip() or None,
        )


GivenDep = Annotated[Given, Form()]


@router.get("/register")
def register_page(settings: SettingsDep) -> HTMLResponse:
    """The form, or why there is none."""
    return _register(settings, Given())


@router.post("/register")
def register(
    given: GivenDep, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Response:
    """Make the account and tell what comes next."""
    try:
        throttle.brake(database, "register", given.email or given.username, origin.address)
        checked = registration.check_newcomer(settings, given.newcomer())
        with database.writing() as session:
            user = registration.register(session, settings, checked, origin)
            email = user.email
    except TillsightError as error:
        return _register(settings, given, error)
    if email is None:
        return RedirectResponse("/signin?done=welcome", 303)
    text = texts.SENT[settings.mail].format(email=email)
    return show(settings, "said.html", heading=texts.NEARLY_DONE, text=text)


@router.get("/verify")
def verify_page(
    settings: SettingsDep, database: DatabaseDep, origin: OriginDep, token: str = ""
) -> HTMLResponse:
    """What the link in the mail opens.

    Where everybody may register, opening it is enough, and nothing is lost if a mail scanner does.
    Elsewhere the address is what lets somebody in, so a person has to press the button: a scanner
    that follows links must not verify the account of a stranger who gave a colleague's address.
    """
    if token and settings.registration is Registration.open:
        return _verify(settings, database, token, origin)
    return show(settings, "verify.html", token=token)


@router.post("/verify")
def verify(
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
    token: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Verify with the token of the mail, or send the mail again."""
    if token:
        return _verify(settings, database, token, origin)
    try:
        letters.require_mail(settings)
        throttle.brake(database, "resend", email, origin.address)
    except TillsightError as error:
        return show(settings, "verify.html", error.status, error=languages.said(error.message))
    with database.writing() as session:
        letters.write_if_known(session, Purpose.verify, email)
    return show(settings, "said.html", heading=texts.LOOK_INTO_MAIL, text=texts.ON_ITS_WAY)


@router.get("/forgot")
def forgot_page(settings: SettingsDep) -> HTMLResponse:
    """The form, or why there is none."""
    return _forgot(settings)


@router.post("/forgot")
def forgot(
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
    login: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Have a link for a new password sent; says the same whether or not there is an account."""
    if settings.mail is Mail.off or not login.strip():
        return _forgot(settings)
    try:
        throttle.brake(database, "forgot", login, origin.address)
    except TillsightError as error:
        return show(settings, "forgot.html", error.status, error=languages.said(error.message))
    with database.writing() as session:
        letters.write_if_known(session, Purpose.reset, login)
    return show(settings, "said.html", heading=texts.LOOK_INTO_MAIL, text=texts.ON_ITS_WAY)


@router.get("/reset")
def reset_page(settings: SettingsDep, database: DatabaseDep, token: str = "") -> HTMLResponse:
    """The form behind a reset or invitation link; opening it does not use the link."""
    return _reset(settings, database, Given(token=token))


@router.post("/reset")
def reset(
    given: GivenDep, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Response:
    """Set the password, and the names of somebody invited."""
    purpose, token = _purpose(database, given.token), given.token
    try:
        throttle.brake(database, "reset", token, origin.address)
        with database.reading() as session:
            checked = registration.prepare_password(
                session, settings, purpose, token, given.newcomer()
            )
        with database.writing() as session:
            if purpose is Purpose.invite:
                registration.accept_invite(session, token, checked, origin)
            else:
                registration.reset_password(session, token, checked, origin)
    except TillsightError as error:
        return _reset(settings, database, given, error)
    done = "welcome" if purpose is Purpose.invite else "reset"
    return RedirectResponse(f"/signin?done={done}", 303)


@router.get("/setup")
def setup_page(settings: SettingsDep, database: DatabaseDep, token: str = "") -> HTMLResponse:
    """The form behind the link printed at first start; opening it does not use the link."""
    return _setup(settings, database, Given(token=token))


@router.post("/setup")
def setup(
    given: GivenDep, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Response:
    """Make the first admin."""
    try:
        throttle.brake(database, "setup", given.token, origin.address)
        with database.reading() as session:
            registration.require_setup(session, given.token)
        checked = registration.check_account(settings, given.newcomer())
        with database.writing() as session:
            registration.set_up(session, given.token, checked, origin)
    except TillsightError as error:
        return _setup(settings, database, given, error)
    return RedirectResponse("/signin?done=welcome", 303)


def _register(
    settings: Settings, given: Given, error: TillsightError | None = None
) -> HTMLResponse:
    try:
        registration.require_registration(settings)
    except TillsightError as closed:
        return show(settings, "register.html", closed.status, error=languages.said(closed.message))
    by_domain = settings.registration is Registration.domain
    return show(
        settings,
        "register.html",
        error.status if error else 200,
        error=languages.said(error.message) if error else "",
        open=True,
        given=given,
        domains=texts.OR.join(settings.registration_domains) if by_domain else "",
    )


def _verify(settings: Settings, database: Database, token: str, origin: Origin) -> HTMLResponse:
    try:
        throttle.brake(database, "verify", token, origin.address)
        with database.writing() as session:
            registration.verify_email(session, token, origin)
    except TillsightError as error:
        return show(
            settings, "verify.html", error.status, error=f"{languages.said(error.message)}."
        )
    return show(
        settings,
        "said.html",
        heading=texts.CONFIRMED,
        text=texts.SIGN_IN_NOW,
        signin=True,
    )


def _forgot(settings: Settings) -> HTMLResponse:
    try:
        letters.require_mail(settings)
    except TillsightError as error:
        return show(settings, "forgot.html", error.status, error=languages.said(error.message))
    return show(settings, "forgot.html")


def _purpose(database: Database, token: str) -> Purpose:
    with database.reading() as session:
        invited = links.is_usable(session, Purpose.invite, token)
    return Purpose.invite if invited else Purpose.reset


def _reset(
    settings: Settings, database: Database, given: Given, error: TillsightError | None = None
) -> HTMLResponse:
    purpose = _purpose(database, given.token)
    try:
        with database.reading() as session:
            user = links.holder(session, purpose, given.token)
            email, username = user.email, user.username
    except links.BadLink as bad:
        return show(settings, "reset.html", bad.status, error=f"{languages.said(bad.message)}.")
    given = given.model_copy(update={"username": given.username or username})
    return show(
        settings,
        "reset.html",
        error.status if error else 200,
        error=languages.said(error.message) if error else "",
        invited=purpose is Purpose.invite,
        email=email or username,
        token=given.token,
        given=given,
    )


def _setup(
    settings: Settings, database: Database, given: Given, error: TillsightError | None = None
) -> HTMLResponse:
    token = given.token
    try:
        with database.reading() as session:
            registration.require_setup(session, token)
    except TillsightError as refused:
        error, token = error or refused, ""
    return show(
        settings,
        "setup.html",
        error.status if error else 200,
        error=languages.said(error.message) if error else "",
        token=token,
        given=given,
    )
