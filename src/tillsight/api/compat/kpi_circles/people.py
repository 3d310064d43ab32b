"""Sign-in, people and circles as kpi-circles tells of them."""

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from tillsight.accounts import circles, models
from tillsight.accounts.audit import Action, failed_sign_ins_recorded, record
from tillsight.accounts.models import Role, SessionKind
from tillsight.accounts.passwordless import sign_in_by_email
from tillsight.accounts.people import one_person
from tillsight.accounts.sessions import (
    Inactive,
    Origin,
    SignIn,
    access_token,
    end_session,
    sign_in,
)
from tillsight.accounts.users import list_users
from tillsight.api.compat.kpi_circles.wire import ENVELOPE, INACTIVE, NOT_GATEKEEPER, Message, Sent
from tillsight.api.compat.product import refusals
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep, SettingsDep
from tillsight.errors import InvalidInput, NotFound, NotSignedIn
from tillsight.settings import Contract, Settings

NO_USER = "User Not Found"
NO_CIRCLE = "Circle Not Found."
PASSWORD_TOO = (
    "Send email and password. The address alone is enough only where TILLSIGHT_COMPAT_PASSWORDLESS"  # noqa: S105
    " is on."
)
TOKEN_MINUTES = 60
"""How long its tokens lived; their session may end before."""

router = APIRouter()


class User(BaseModel):
    """Somebody with an account; a gatekeeper is a manager or an admin."""

    id: int
    first_name: str | None
    last_name: str | None
    display_name: str
    email: str | None
    user_login_name: str
    active: bool
    is_gatekeeper: bool


class Circle(BaseModel):
    """A circle."""

    id: int
    name: str


class Member(User):
    """Somebody, and the circles they belong to."""

    circles: list[Circle]


class SignedIn(BaseModel):
    """Send the token as `Authorization: Bearer …`; it lives an hour."""

    access_token: str
    user: User


class OneUser(BaseModel):
    """One person."""

    user: Member


class OneCircle(BaseModel):
    """One circle."""

    circle: Circle


class Circles(BaseModel):
    """All circles but archived ones."""

    circles: list[Circle]


class Msg(BaseModel):
    """Something done to a token, in words."""

    msg: str


class Login(Sent):
    """Whoever it is. The password is needed unless the server was told otherwise."""

    email: str
    password: Annotated[str | None, Field(json_schema_extra={"format": "password"})] = None


class NewCircle(Sent):
    """What a new circle is called."""

    name: str


@router.post(
    "/login",
    responses=refusals(
        ENVELOPE,
        s400="Something is missing",
        s403="The account is off, or not verified",
        s404="No such account, or another password",
        s429="Too many tries",
    ),
)
def login(sent: Login, settings: SettingsDep, database: DatabaseDep, origin: OriginDep) -> SignedIn:
    """Get a token, and who you are. A wrong password is answered as an unknown address is."""
    by_email = settings.compat_passwordless and not sent.password
    via = {"kind": "api", "contract": Contract.kpi_circles}
    if by_email:
        via["by"] = "e-mail alone"
    failures = failed_sign_ins_recorded(database, sent.email, origin)
    try:
        with failures, database.writing() as session:
            opened = _opened(session, settings, sent, origin)
            record(session, Action.sign_in, opened.user, "", via, origin)
            token = access_token(settings, opened, TOKEN_MINUTES, sub=str(opened.user.id))
            return SignedIn(access_token=token, user=User(**_told(opened.user)))
    except NotSignedIn:
        raise NotFound(NO_USER) from None


def _opened(session: Session, settings: Settings, sent: Login, origin: Origin) -> SignIn:
    if sent.password:
        return sign_in(session, sent.email, sent.password, SessionKind.api, origin)
    if not settings.compat_passwordless:
        raise InvalidInput(PASSWORD_TOO)
    return sign_in_by_email(session, sent.email, SessionKind.api, origin)


@router.post("/logout", responses=refusals(ENVELOPE, s403="An API key"))
@router.delete("/logout", responses=refusals(ENVELOPE, s403="An API key"))
def logout(person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Msg:
    """Have the token be worth nothing from now on."""
    with database.writing() as session:
        end_session(session, person.own_session())
        record(session, Action.signed_out, person, "", None, origin)
    return Msg(msg="JWT revoked")


@router.get("/users")
def users(_person: PersonDep, database: DatabaseDep) -> list[Member]:
    """Everybody, those whose account is off too, with their circles."""
    with database.reading() as session:
        joined = _circles_of_people(session)
        return [_member(user, joined[user.id]) for user in list_users(session)]


@router.get(
    "/users/{user_id}",
    responses=refusals(ENVELOPE, s403="Their account is off", s404="No such person"),
)
def one_user(user_id: Id, _person: PersonDep, database: DatabaseDep) -> OneUser:
    """One person with their circles."""
    with database.reading() as session:
        try:
            user = one_person(session, user_id)
        except NotFound:
            raise NotFound(NO_USER) from None
        if not user.is_active:
            raise Inactive(INACTIVE)
        return OneUser(user=_member(user, _circles_of_people(session)[user_id]))


@router.get("/circles")
def all_circles(_person: PersonDep, database: DatabaseDep) -> Circles:
    """All circles by name, without archived ones."""
    with database.reading() as session:
        found = circles.list_circles(session)
    return Circles(circles=[Circle(id=one.id, name=one.name) for one in found if not one.archived])


_ADDED = refusals(ENVELOPE, s400="The name is taken, or cannot be used", s403=NOT_GATEKEEPER)


@router.post("/circles", status_code=201, responses=_ADDED)
@router.post("/circles/add", status_code=201, responses=_ADDED)
def add_circle(
    sent: NewCircle, person: PersonDep, database: DatabaseDep, origin: OriginDep
) -> Message:
    """Make a circle; you belong to it."""
    with database.writing() as session:
        circles.create_circle(session, person, sent.name, origin)
    return Message(message="Circle added")


@router.get("/circles/{circle_id}", responses=refusals(ENVELOPE, s404="No such circle"))
def one_circle(circle_id: Id, _person: PersonDep, database: DatabaseDep) -> OneCircle:
    """One circle; an archived one too."""
    with database.reading() as session:
        try:
            found = circles.get_circle(session, circle_id)
        except NotFound:
            raise NotFound(NO_CIRCLE) from None
    return OneCircle(circle=Circle(id=found.id, name=found.name))


def _circles_of_people(session: Session) -> dict[int, list[Circle]]:
    joined: dict[int, list[Circle]] = defaultdict(list)
    for circle in circles.list_circles(session):
        for member in circle.members if not circle.archived else ():
            joined[member.id].append(Circle(id=circle.id, name=circle.name))
    return joined


def _member(user: models.User, joined: list[Circle]) -> Member:
    return Member(**_told(user), circles=joined)


def _told(user: models.User) -> dict[str, Any]:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.full_name or user.username,
        "email": user.email,
        "user_login_name": user.username,
        "active": user.is_active,
        "is_gatekeeper": user.role.includes(Role.manager),
    }
