"""Username and password as the older products' clients send them: a small JSON object."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request

from tillsight.accounts.audit import Action, failed_sign_ins_recorded, record
from tillsight.accounts.models import SessionKind
from tillsight.accounts.sessions import Origin, SignIn, sign_in
from tillsight.database import Database

LARGEST = 16 * 1024  # bytes of a body that holds two short texts
NOT_JSON = (
    "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
)
MALFORMED = "The body is no JSON object with a text for each of its names."
NAMES = frozenset({"username", "password"})

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["username", "password"],
                    "properties": {
                        "username": {"type": "string", "minLength": 1},
                        "password": {"type": "string", "format": "password", "minLength": 1},
                    },
                }
            }
        },
    }
}
"""How a route that reads the body by `sent` describes it."""


@dataclass(frozen=True)
class Credentials:
    """A username and a password, empty where they were not given; and what came besides."""

    username: str
    password: str
    others: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether both were given."""
        return bool(self.username.strip() and self.password)


def token_of(
    credentials: Credentials,
    via: Mapping[str, object],
    database: Database,
    origin: Origin,
    token: Callable[[SignIn], str],
) -> str:
    """Sign somebody in, `via` what the audit log tells of the way, and get their token.

    Raises:
        NotSignedIn: there is no such account, or it has another password.
    """
    failures = failed_sign_ins_recorded(database, credentials.username, origin)
    with failures, database.writing() as session:
        opened = sign_in(
            session, credentials.username, credentials.password, SessionKind.api, origin
        )
        record(session, Action.sign_in, opened.user, "", via, origin)
        return token(opened)


async def sent(request: Request) -> Credentials:
    """What the body says.

    Raises:
        HTTPException: 415 for another content type, 400 for what is no JSON object or names a
            thing twice, 413 for a body that is too long to be one.
    """
    if not _is_json(request):
        raise HTTPException(415, NOT_JSON)
    try:
        body = json.loads(await _body(request), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise HTTPException(400, MALFORMED) from None
    if not isinstance(body, dict):
        raise HTTPException(400, MALFORMED)
    username, password = (body.get(name) or "" for name in ("username", "password"))
    if not isinstance(username, str) or not isinstance(password, str):
        raise HTTPException(400, MALFORMED)
    return Credentials(username, password, frozenset(body) - NAMES)


async def sent_alone(request: Request) -> Credentials:
    """What the body says, where nothing else may stand beside it: an account is made of it.

    Raises:
        HTTPException: as `sent`; 400 for another name, which might seem to grant something.
    """
    credentials = await sent(request)
    if credentials.others:
        other = min(credentials.others)[:40]
        raise HTTPException(400, f"“{other}” is not known here. Send username and password alone.")
    return credentials


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise HTTPException(413, f"The body is longer than {LARGEST:,} bytes.")
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) < len(pairs):
        raise ValueError("a name twice")
    return body
