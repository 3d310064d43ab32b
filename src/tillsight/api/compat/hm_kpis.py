"""The contract hm-kpis: sign-in, and customers by gender and age."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel

from tillsight.accounts.models import SessionKind
from tillsight.accounts.registration import Newcomer, Taken, check_newcomer
from tillsight.accounts.registration import register as new_account
from tillsight.accounts.sessions import SignIn, access_token, open_session
from tillsight.accounts.users import list_users
from tillsight.api.compat.credentials import BODY, Credentials, sent, sent_alone, token_of
from tillsight.api.compat.product import Product, refusals
from tillsight.api.deps import DatabaseDep, OriginDep, PersonDep, SettingsDep, WarehouseDep
from tillsight.errors import InvalidInput, NotSignedIn
from tillsight.metrics.customer_attributes import Attributes, everybody, known_genders
from tillsight.settings import Contract, Settings

ENVELOPE = "message"
UNABLE = "Unable to login. Please ensure your credentials are correct or register a new account."
TAKEN = (
    "Username already exists. Please create a new username or login with your existing credentials."
)
VIA = {"kind": "api", "contract": Contract.hm_kpis}
AGES = "Send age_filtered_lst twice, as whole numbers: the youngest age and the oldest."
AGE = re.compile("[0-9]{1,9}", re.ASCII)
INCOMPLETE = "Send username and password; neither may be empty."

router = APIRouter()


class Username(BaseModel):
    """An account: nothing of its password."""

    id: int
    username: str


class Users(BaseModel):
    """Everybody."""

    result: list[Username]


class Gender(BaseModel):
    """A gender, in capitals."""

    gender: str


class Genders(BaseModel):
    """Every gender that is known of somebody, in descending order."""

    result: list[Gender]


class Customer(BaseModel):
    """A customer; null is unknown."""

    age: int | None
    customer_id: str
    gender: str | None


class Customers(BaseModel):
    """All that were asked for."""

    result: list[Customer]


async def _given(request: Request) -> Credentials:
    """From the Basic header where there is one, else from the body; never from the address."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return await sent(request)
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise HTTPException(400, "The Basic header cannot be read.") from None
    username, _, password = decoded.partition(":")
    return Credentials(username, password)


_LOGIN = refusals(
    ENVELOPE,
    s400="Something is missing",
    s401="Not these credentials",
    s403="Not verified",
    s413="Too long",
    s415="No JSON",
    s429="Too many tries",
)
_REGISTER = refusals(
    ENVELOPE,
    s400="The username is taken, or cannot be used",
    s403="Registration is not open",
    s413="Too long",
    s415="No JSON",
    s429="Too many tries",
)


@router.get("/users/login", openapi_extra=BODY, response_class=HTMLResponse, responses=_LOGIN)
@router.post("/users/login", openapi_extra=BODY, response_class=HTMLResponse, responses=_LOGIN)
def login(
    credentials: Annotated[Credentials, Depends(_given)],
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> HTMLResponse:
    """Get a token: the answer is its bare text. GET takes a Basic header, too."""
    if not credentials.complete:
        raise InvalidInput(INCOMPLETE)
    try:
        token = token_of(credentials, VIA, database, origin, partial(_token, settings))
    except NotSignedIn:
        raise NotSignedIn(UNABLE) from None
    return HTMLResponse(token)


@router.post(
    "/users/register", openapi_extra=BODY, response_class=HTMLResponse, responses=_REGISTER
)
def register(
    credentials: Annotated[Credentials, Depends(sent_alone)],
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> HTMLResponse:
    """Make an account and get its first token, as from a login."""
    if not credentials.complete:
        raise InvalidInput(INCOMPLETE)
    newcomer = Newcomer(credentials.password, username=credentials.username)
    checked = check_newcomer(settings, newcomer)
    try:
        with database.writing() as session:
            user = new_account(session, settings, checked, origin, VIA)
            opened = open_session(session, user, SessionKind.api, origin)
            token = _token(settings, opened)
    except Taken:
        raise InvalidInput(TAKEN) from None
    return HTMLResponse(token)


@router.get("/users", responses=refusals(ENVELOPE, s403="Not an admin"))
def users(_person: PersonDep, database: DatabaseDep) -> Users:
    """Everybody who has an account; for admins."""
    with database.reading() as session:
        found = [Username(id=user.id, username=user.username) for user in list_users(session)]
    return Users(result=found)


@router.get("/customers/gender")
def genders(warehouse: WarehouseDep) -> Genders:
    """The genders of all customers, each once."""
    found = sorted({gender.upper() for gender in known_genders(warehouse)}, reverse=True)
    return Genders(result=[Gender(gender=one) for one in found])


@router.get(
    "/customers/filter",
    response_model=Customers,
    responses=refusals(ENVELOPE, s400="The ages cannot be used"),
)
def customers(
    warehouse: WarehouseDep,
    gender_filtered_lst: Annotated[
        list[str], Query(default_factory=list, description="Only these genders; repeat it.")
    ],
    age_filtered_lst: Annotated[
        list[str],
        Query(
            default_factory=list,
            description="Youngest and oldest age, both among them: exactly two, or none.",
            json_schema_extra={
                "maxItems": 2,
                "items": {"type": "string", "pattern": f"^{AGE.pattern}$"},
            },
        ),
    ],
) -> StreamingResponse:
    """Customers by id, of these genders and ages; without filters everybody."""
    found = everybody(warehouse, gender_filtered_lst, _ages(age_filtered_lst))
    return StreamingResponse(_as_json(found), media_type="application/json")


def _ages(given: list[str]) -> tuple[int, int] | None:
    if not given:
        return None
    if len(given) != 2 or not all(AGE.fullmatch(one) for one in given):
        raise InvalidInput(AGES)
    youngest, oldest = map(int, given)
    return youngest, oldest


def _as_json(parts: Iterable[list[Attributes]]) -> Iterator[str]:
    """The customers as one JSON object, written while they are read."""
    yield '{"result":['
    separator = ""
    for part in parts:
        if part:
            yield separator + ",".join(_written(one) for one in part)
            separator = ","
    yield "]}"


def _written(one: Attributes) -> str:
    gender = one.gender and one.gender.upper()
    return json.dumps({"age": one.age, "customer_id": one.customer_id, "gender": gender})


def _token(settings: Settings, opened: SignIn) -> str:
    return access_token(settings, opened, username=opened.user.username)


PRODUCT = Product(
    contract=Contract.hm_kpis,
    envelope=ENVELOPE,
    no_token="Not authenticated",  # noqa: S106
    bad_token="Could not validate credentials",  # noqa: S106
    router=router,
    prefixes=("", "/api/v1"),
    descriptions=("/swagger.json", "/api/v1/swagger.json"),
)
