"""Making an account, verifying it, and a new password: for people who are not signed in."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tillsight.accounts import letters, links, registration, throttle
from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Purpose, Role, User
from tillsight.accounts.names import LONGEST_EMAIL, LONGEST_USERNAME, normal_email, normal_username
from tillsight.accounts.passwords import LONGEST, SHORTEST
from tillsight.accounts.registration import LONGEST_NAME, Newcomer
from tillsight.api.auth import Message
from tillsight.api.deps import DatabaseDep, OriginDep, PersonDep, SettingsDep
from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.settings import Mail, Registration, Settings

router = APIRouter(tags=["Sign-in"])

VERIFY_FIRST = "User registered successfully. Please verify your email."
NOTES = {
    Mail.off: "This server sends no mail: an admin must verify the account before you can log in.",
    Mail.console: "The mail was printed in the server's terminal.",
    Mail.smtp: "A mail with a link was sent to this address. It works for 24 hours.",
}


def _checked(check: Callable[[str], str]) -> AfterValidator:
    """Our own check as a part of the body's, so that its refusal looks like the others."""

    def validate(text: str) -> str:
        try:
            return check(text)
        except InvalidInput as error:
            raise ValueError(error.message) from None

    return AfterValidator(validate)


Email = Annotated[str, Field(max_length=LONGEST_EMAIL), _checked(normal_email)]
Username = Annotated[str, Field(max_length=LONGEST_USERNAME), _checked(normal_username)]
Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Token = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """Fields that are not asked for are refused: `role` or `is_superuser` must not pass unseen."""

    model_config = ConfigDict(extra="forbid")


class NewAccount(Body):
    """An e-mail address or a username is needed; both may be given."""

    email: Email | None = None
    username: Username | None = None
    password: Password
    full_name: Name | None = None


class Account(BaseModel):
    """An account that was just made."""

    id: int
    email: str | None
    username: str
    full_name: str | None


class Registered(BaseModel):
    """`verification_token` is there only while mail is printed in the terminal."""

    message: str
    user: Account
    note: str
    verification_token: str | None = None


class Address(Body):
    """Where a mail should go."""

    email: Annotated[str, Field(min_length=1, max_length=LONGEST_EMAIL)]


class Login(Body):
    """An e-mail address or a username."""

    login: Annotated[str, Field(min_length=1, max_length=LONGEST_EMAIL)]


class NewPassword(Body):
    """The token of the mail, and the password to be."""

    token: Token
    new_password: Password


class Acceptance(Body):
    """The token of the invitation; without a username the one before the @ stays."""

    token: Token
    password: Password
    username: Username | None = None
    first_name: Name | None = None
    last_name: Name | None = None


class Invitation(Body):
    """Whom to invite, and what they may do."""

    email: Email
    role: Role = Role.viewer


class Invited(BaseModel):
    """Somebody invited; `link` is there unless it goes by mail, to be handed over."""

    id: int
    email: str
    role: Role
    message: str
    link: str | None = None


class Options(BaseModel):
    """What somebody without an account may do here."""

    shop_name: str
    registration: Registration
    mail: bool
    oidc: bool


@router.get("/api/auth/options")
def options(settings: SettingsDep) -> Options:
    """How one gets in here: registration, mail, single sign-on."""
    return Options(
        shop_name=settings.shop_name,
        registration=settings.registration,
        mail=settings.mail is not Mail.off,
        oidc=bool(settings.oidc_issuer),
    )


@router.post("/api/auth/register", status_code=201, response_model_exclude_unset=True)
def register(
    body: NewAccount, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Registered:
    """Make an account; an e-mail address must be verified before the first sign-in."""
    throttle.brake(database, "register", body.email or body.username or "", origin.address)
    first_name, last_name = registration.split_name(body.full_name)
    newcomer = Newcomer(body.password, body.email, body.username, first_name, last_name)
    checked = registration.check_newcomer(settings, newcomer)
    with database.writing() as session:
        user = registration.register(session, settings, checked, origin)
        answer = _registered(settings, user)
        if user.email and settings.mail is Mail.console:
            answer.verification_token = links.issue(session, Purpose.verify, user.id)
    return answer


@router.post("/api/auth/verify-email")
def verify_email(verification_token: str, database: DatabaseDep, origin: OriginDep) -> Message:
    """Verify an address with the token of the mail."""
    throttle.brake(database, "verify", verification_token, origin.address)
    with database.writing() as session:
        registration.verify_email(session, verification_token, origin)
    return Message(message="Email verified successfully. You can now log in.")


@router.post("/api/auth/resend-verification")
def resend_verification(
    body: Address, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Send the verification mail again; the answer does not tell whether there is an account."""
    letters.require_mail(settings)
    throttle.brake(database, "resend", body.email, origin.address)
    with database.writing() as session:
        letters.write_if_known(session, Purpose.verify, body.email)
    return Message(message="If an account waits for this address, a mail is on its way.")


@router.post("/api/auth/forgot-password")
def forgot_password(
    body: Login, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Send a link for a new password; the answer does not tell whether there is an account."""
    letters.require_mail(settings)
    throttle.brake(database, "forgot", body.login, origin.address)
    with database.writing() as session:
        letters.write_if_known(session, Purpose.reset, body.login)
    return Message(message="If there is such an account, a mail is on its way.")


@router.post("/api/auth/reset-password")
def reset_password(
    body: NewPassword, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Set a new password with the token of the mail; ends every session of the account."""
    throttle.brake(database, "reset", body.token, origin.address)
    checked = _prepared(settings, database, Purpose.reset, body.token, Newcomer(body.new_password))
    with database.writing() as session:
        registration.reset_password(session, body.token, checked, origin)
    return Message(message="Password changed. You can now log in.")


@router.post("/api/auth/accept-invite")
def accept_invite(
    body: Acceptance, settings: SettingsDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Choose password and names of an account one was invited to."""
    throttle.brake(database, "invite", body.token, origin.address)
    newcomer = Newcomer(body.password, None, body.username, body.first_name, body.last_name)
    checked = _prepared(settings, database, Purpose.invite, body.token, newcomer)
    with database.writing() as session:
        registration.accept_invite(session, body.token, checked, origin)
    return Message(message="Welcome. You can now log in.")


@router.post(
    "/api/users/invite", status_code=201, response_model_exclude_unset=True, tags=["Users"]
)
def invite(
    body: Invitation,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> Invited:
    """Invite somebody; the link goes by mail, or is answered where no mail is sent."""
    with database.writing() as session:
        user = registration.invite(session, settings, body.email, body.role)
        record(session, Action.user_invited, person, body.email, {"role": body.role}, origin)
        answer = Invited(
            id=user.id, email=body.email, role=user.role, message=f"Invited {body.email}."
        )
        if settings.mail is not Mail.smtp:
            token = links.issue(session, Purpose.invite, user.id)
            answer.link = links.address_of(settings, Purpose.invite, token)
    return answer


def _registered(settings: Settings, user: User) -> Registered:
    waits = not user.is_verified
    return Registered(
        message=VERIFY_FIRST if waits else "User registered successfully. You can log in now.",
        user=Account(
            id=user.id, email=user.email, username=user.username, full_name=user.full_name
        ),
        note=NOTES[settings.mail] if waits else "An account without e-mail gets no mail.",
    )


def _prepared(
    settings: Settings, database: Database, purpose: Purpose, token: str, newcomer: Newcomer
) -> registration.Checked:
    with database.reading() as session:
        return registration.prepare_password(session, settings, purpose, token, newcomer)
