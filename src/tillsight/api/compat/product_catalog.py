"""The contract product-catalog: sign-in. Its upload comes with the products' own files."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from tillsight.accounts.audit import Action, failed_sign_ins_recorded, record
from tillsight.accounts.models import SessionKind
from tillsight.accounts.registration import Newcomer, Taken, check_newcomer, register
from tillsight.accounts.sessions import access_token, sign_in
from tillsight.api.compat.credentials import BODY, Credentials, sent, sent_alone
from tillsight.api.compat.product import Product, refusals
from tillsight.api.deps import DatabaseDep, OriginDep, PersonDep, SettingsDep
from tillsight.errors import InvalidInput, NotSignedIn
from tillsight.settings import Contract

ENVELOPE = "msg"
REQUIRED = "Username and password are required"
TAKEN = "Username already exists"
WRONG = "Invalid username or password"
NO_TOKEN = "Missing or invalid token"  # noqa: S105

VIA = {"kind": "api", "contract": Contract.product_catalog}

router = APIRouter()


class Done(BaseModel):
    """Something done, in words."""

    msg: str


class Token(BaseModel):
    """Send it as `Authorization: Bearer …`."""

    access_token: str


class LoggedIn(BaseModel):
    """Whose token it is."""

    logged_in_as: str


@router.post(
    "/signup",
    status_code=201,
    openapi_extra=BODY,
    responses=refusals(
        ENVELOPE,
        s400="The username is taken, or cannot be used",
        s403="Registration is not open",
        s413="Too long",
        s415="No JSON",
        s429="Too many tries",
    ),
)
def signup(
    credentials: Annotated[Credentials, Depends(sent_alone)],
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> Done:
    """Make an account of a username and a password."""
    if not credentials.complete:
        raise InvalidInput(REQUIRED)
    newcomer = Newcomer(credentials.password, username=credentials.username)
    checked = check_newcomer(settings, newcomer)
    try:
        with database.writing() as session:
            register(session, settings, checked, origin, VIA)
    except Taken:
        raise InvalidInput(TAKEN) from None
    return Done(msg="User created successfully")


@router.post(
    "/login",
    openapi_extra=BODY,
    responses=refusals(
        ENVELOPE,
        s400="Something is missing",
        s401=WRONG,
        s403="Not verified",
        s413="Too long",
        s415="No JSON",
        s429="Too many tries",
    ),
)
def login(
    credentials: Annotated[Credentials, Depends(sent)],
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> Token:
    """Get a token whose `sub` is the username."""
    if not credentials.complete:
        raise InvalidInput(REQUIRED)
    failures = failed_sign_ins_recorded(database, credentials.username, origin)
    try:
        with failures, database.writing() as session:
            opened = sign_in(
                session, credentials.username, credentials.password, SessionKind.api, origin
            )
            record(session, Action.sign_in, opened.user, "", VIA, origin)
            token = access_token(settings, opened, sub=opened.user.username)
    except NotSignedIn:
        raise NotSignedIn(WRONG) from None
    return Token(access_token=token)


@router.get("/protected")
def protected(person: PersonDep) -> LoggedIn:
    """Whose token this is."""
    return LoggedIn(logged_in_as=person.username)


PRODUCT = Product(
    contract=Contract.product_catalog,
    envelope=ENVELOPE,
    no_token=NO_TOKEN,
    bad_token=NO_TOKEN,
    router=router,
)
