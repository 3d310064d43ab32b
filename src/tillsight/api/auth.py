"""Sign-in and sign-out of API clients."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from tillsight.accounts.models import SessionKind
from tillsight.accounts.sessions import access_token, end_session, sign_in
from tillsight.api.deps import DatabaseDep, PersonDep, SettingsDep

router = APIRouter(prefix="/api/auth", tags=["Sign-in"])


class Credentials(BaseModel):
    """`email` may also hold a username."""

    model_config = ConfigDict(extra="forbid")

    email: str
    password: str


class AccessToken(BaseModel):
    """Send it as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105


class Message(BaseModel):
    """Something done, in words."""

    message: str


async def _credentials(request: Request) -> Credentials:
    """JSON as the contract has it, or the password form of OAuth 2, which Swagger sends."""
    body: object
    if "json" in request.headers.get("content-type", ""):
        try:
            body = await request.json()
        except ValueError:
            body = None
    else:
        form = await request.form(max_files=0)
        body = {"email": form.get("username", form.get("email")), "password": form.get("password")}
    try:
        return Credentials.model_validate(body)
    except ValidationError as error:
        problems = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(problems) from None


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Credentials.model_json_schema()},
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["username", "password"],
                    "properties": {
                        "username": {"type": "string"},
                        "password": {"type": "string", "format": "password"},
                    },
                }
            },
        },
    }
}


@router.post("/login", openapi_extra=_BODY)
def login(
    credentials: Annotated[Credentials, Depends(_credentials)],
    settings: SettingsDep,
    database: DatabaseDep,
) -> AccessToken:
    """Get an access token for an e-mail (or username) and password."""
    with database.writing() as session:
        opened = sign_in(session, credentials.email, credentials.password, SessionKind.api)
        token = access_token(settings, opened)
    return AccessToken(access_token=token)


@router.post("/logout")
def logout(person: PersonDep, database: DatabaseDep) -> Message:
    """End the session of this token; every token of the session is worth nothing afterwards."""
    with database.writing() as session:
        end_session(session, person.session_id)
    return Message(message="Signed out.")
