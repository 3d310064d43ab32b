"""The contract product-catalog: sign-in, and files of products."""

import csv
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from tillsight.accounts.registration import Newcomer, Taken, check_newcomer, register
from tillsight.accounts.sessions import SignIn, access_token
from tillsight.api.compat.credentials import BODY, Credentials, sent, sent_alone, token_of
from tillsight.api.compat.product import Product, refusals
from tillsight.api.deps import DatabaseDep, OriginDep, PersonDep, SettingsDep, WarehouseDep
from tillsight.api.imports import LAID_OUT_WITHIN
from tillsight.errors import InvalidInput, NotSignedIn
from tillsight.sales.choices import Choices, DecimalMark, Locale
from tillsight.sales.folders import Folders
from tillsight.sales.formats.limits import Limits
from tillsight.sales.imports import load
from tillsight.sales.layouts.products import PRODUCTS
from tillsight.sales.loading import Loading
from tillsight.settings import Contract

ENVELOPE = "msg"
REQUIRED = "Username and password are required"
TAKEN = "Username already exists"
WRONG = "Invalid username or password"
NO_FILE = "No file part"
NO_NAME = "No selected file"
PLAIN = Choices(decimal=DecimalMark.point, layout=PRODUCTS.name)
"""That older product read plain numbers, 1.234 is no thousand there, and nothing but products."""
LONGEST_HEADER = 10_000_000  # bytes
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

    def token(opened: SignIn) -> str:
        return access_token(settings, opened, sub=opened.user.username)

    try:
        given = token_of(credentials, VIA, database, origin, token)
    except NotSignedIn:
        raise NotSignedIn(WRONG) from None
    return Token(access_token=given)


_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


# Takes the request itself: a declared file would be read whole before anyone asks who sends it.
@router.post(
    "/upload",
    openapi_extra=_FILE,
    responses=refusals(
        ENVELOPE,
        s400="No file, a column is missing, or a cell cannot be used",
        s403="The API key may only read",
        s413="Too large",
        s507="The disk is full",
    ),
)
async def upload(
    request: Request,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> Done:
    """Load a CSV file of products: all of it or nothing. Products that are known are updated."""
    folders = Folders.of(settings)
    async with _received(request, folders) as (path, name):
        if missing := PRODUCTS.missing_in(_header(path)):
            raise InvalidInput(f"Missing column: {missing[0]}")
        limits = Limits(settings.max_unpacked)
        loading = Loading(path, name, person.id, PLAIN, origin, limits)
        locale = Locale(settings.timezone, settings.currency)
        outcome = await run_in_threadpool(load, database, folders, locale, loading)
    if outcome.added:
        await run_in_threadpool(warehouse.catch_up, LAID_OUT_WITHIN)
    return Done(msg="Data uploaded successfully")


@asynccontextmanager
async def _received(request: Request, folders: Folders) -> AsyncIterator[tuple[Path, str]]:
    """The file on disk, for as long as it is needed, and the name it came with."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput(NO_FILE)
    async with request.form(max_files=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput(NO_FILE)
        if not file.filename:
            raise InvalidInput(NO_NAME)
        name = file.filename if file.filename.isprintable() else "file"
        with TemporaryDirectory(dir=folders.incoming) as folder:
            path = Path(folder) / "upload"
            with path.open("wb") as kept:
                await run_in_threadpool(shutil.copyfileobj, file.file, kept, 1 << 20)
            yield path, name


def _header(path: Path) -> list[str]:
    """The names of the columns; that older product knew commas only."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(LONGEST_HEADER)
    return next(csv.reader([first]), [])


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
