"""Sign-in and sign-out of API clients, and where somebody is signed in."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tillsight.accounts.audit import Action, failed_sign_ins_recorded, record
from tillsight.accounts.models import SessionKind
from tillsight.accounts.refresh import issue_refresh_token, renew
from tillsight.accounts.sessions import (
    SignIn,
    access_token,
    end_session,
    end_sessions,
    sign_in,
)
from tillsight.accounts.signed_in import browser_in_words, end_own_session, list_sessions
from tillsight.api.deps import DatabaseDep, Id, OriginDep, PersonDep, SettingsDep
from tillsight.settings import Settings

router = APIRouter(prefix="/api/auth", tags=["Sign-in"])


class Credentials(BaseModel):
    """`email` may also hold a username."""

    model_config = ConfigDict(extra="forbid")

    email: str
    password: str


class Tokens(BaseModel):
    """Send the access token as `Authorization: Bearer …`; it lives `expires_in` seconds.

    The refresh token is good for one call of `/api/auth/refresh`, within 30 days of the sign-in.
    """

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int
    refresh_token: str


class Refresh(BaseModel):
    """The newest refresh token of a session."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(max_length=200)


class SignedIn(BaseModel):
    """A session; `address` and `browser` are of its beginning, `last_seen_at` within 5 minutes."""

    id: int
    kind: SessionKind
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime
    address: str | None
    browser: str
    is_current: bool


class Sessions(BaseModel):
    """Somebody's sessions that go on."""

    sessions: list[SignedIn]


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
    origin: OriginDep,
) -> Tokens:
    """Get an access token, and a refresh token, for an e-mail (or username) and password."""
    failures = failed_sign_ins_recorded(database, credentials.email, origin)
    with failures, database.writing() as session:
        opened = sign_in(session, credentials.email, credentials.password, SessionKind.api, origin)
        record(session, Action.sign_in, opened.user, "", {"kind": "api"}, origin)
        refresh_token = issue_refresh_token(session, opened.session_id)
        return _tokens(settings, opened, refresh_token)


@router.post("/refresh")
def refresh(body: Refresh, settings: SettingsDep, database: DatabaseDep) -> Tokens:
    """Get the next access token, and the next refresh token; the one sent is spent.

    A spent one sent again, later than 10 seconds after, ends the session: somebody has a copy.
    """
    with database.writing() as session:
        renewed = renew(session, body.refresh_token)
        return _tokens(settings, renewed, renewed.token)


@router.post("/logout")
def logout(person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Message:
    """End the session of this token; every token of the session is worth nothing afterwards."""
    with database.writing() as session:
        end_session(session, person.own_session())
        record(session, Action.signed_out, person, "", None, origin)
    return Message(message="Signed out.")


@router.post("/logout-all")
def logout_all(person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Message:
    """End all your sessions, this one too; API keys go on."""
    person.own_session()
    with database.writing() as session:
        end_sessions(session, person.id)
        record(session, Action.signed_out, person, "all sessions", None, origin)
    return Message(message="Signed out everywhere.")


@router.get("/sessions")
def sessions(person: PersonDep, database: DatabaseDep) -> Sessions:
    """Where you are signed in, the last used first."""
    current = person.own_session()
    with database.reading() as session:
        found = [
            SignedIn(
                id=one.id,
                kind=one.kind,
                created_at=one.created_at,
                last_seen_at=one.last_seen_at,
                expires_at=one.expires_at,
                address=one.address,
                browser=browser_in_words(one.user_agent),
                is_current=one.id == current,
            )
            for one in list_sessions(session, person.id)
        ]
    return Sessions(sessions=found)


@router.delete("/sessions/{session_id}")
def end_one(session_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Message:
    """End one of your sessions."""
    person.own_session()
    with database.writing() as session:
        end_own_session(session, person.id, session_id)
        record(session, Action.session_ended, person, f"session {session_id}", None, origin)
    return Message(message="The session was ended.")


def _tokens(settings: Settings, opened: SignIn, refresh_token: str) -> Tokens:
    return Tokens(
        access_token=access_token(settings, opened),
        refresh_token=refresh_token,
        expires_in=settings.access_token_minutes * 60,
    )
