"""How refusals look over HTTP: `detail` says it in words, and every answer has a request id."""

import errno
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from tillsight import languages
from tillsight.api import speaking
from tillsight.database import NO_ANSWER, away
from tillsight.errors import NoSpace, TillsightError, Unavailable
from tillsight.logs import log
from tillsight.sales.disk import refuse_full_disk

UNEXPECTED = "An unexpected error occurred. Please try again later."
NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
MAY_NOT_WRITE = (
    "The server may not use a file or folder of its own, so this was not done. Ask the operator:"
    " the log names it."
)
OWN_RULE = "Value error, "
"""How Pydantic begins what a rule of ours says."""
CODES = {"unauthorized": "not_signed_in", "content_too_large": "too_large"}
SECRET_FIELDS = frozenset(
    {"password", "new_password", "current_password", "token", "refresh_token", "access_token"}
)


class Refused(BaseModel):
    """Why a request was refused, and what to do; `code` is for programs."""

    model_config = ConfigDict(extra="allow")

    detail: str
    code: str | None = None
    request_id: str | None = None


class Problem(BaseModel):
    """What is wrong with one field, and where it is."""

    model_config = ConfigDict(extra="allow")

    loc: list[str | int]
    msg: str
    type: str


class Unusable(BaseModel):
    """What was sent cannot be used: in words, or field by field."""

    model_config = ConfigDict(extra="allow")

    detail: str | list[Problem]
    code: str | None = None
    request_id: str | None = None


def _described(description: str, model: type[BaseModel] = Refused) -> dict[str, Any]:
    # By name, not as a model: FastAPI would build a validator of it for each route.
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _described("The request is malformed, or the account is off"),
    401: _described("Not signed in, or not any more"),
    403: _described("Signed in, but not allowed to"),
    404: _described("There is no such thing"),
    409: _described("It contradicts what is there already"),
    413: _described("More than one request or answer may hold"),
    415: _described("A body in another encoding than UTF-8"),
    422: _described("What was sent cannot be used", Unusable),
    429: _described("Too many tries; Retry-After says when to come back"),
    503: _described("Not now; the same request may work later"),
    507: _described("The server's disk is full"),
}
"""What every route may answer instead; stands in the description of each."""


class NotAllowed(TillsightError):
    """There is something at this path, but not for this method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method[:20]} does not work here; {', '.join(allowed)} does.")
        self.allowed = allowed

    def headers(self) -> dict[str, str]:
        """The methods that work, besides what every refusal says."""
        return {**super().headers(), "Allow": ", ".join(self.allowed)}


def describe_refusals(app: FastAPI) -> None:
    """Add the shapes that `REFUSALS` names to the description of the API."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        description = plain()
        schemas = description.setdefault("components", {}).setdefault("schemas", {})
        for model in (Refused, Problem, Unusable):
            shape = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas[model.__name__] = {key: shape[key] for key in shape if key != "$defs"}
        return description

    app.openapi = openapi  # type: ignore[method-assign]


def add_error_handlers(app: FastAPI) -> None:
    """Answer our own refusals, bad requests and the unexpected in one shape."""
    app.add_exception_handler(TillsightError, _refused)
    app.add_exception_handler(HTTPException, _refused_by_framework)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in NO_ANSWER:
        app.add_exception_handler(kind, _without_database)
    app.add_exception_handler(OSError, _by_the_machine)
    app.add_exception_handler(Exception, _unexpected)


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, TillsightError):
        raise error
    return refusal(request, error)


def refusal(request: Request, error: TillsightError) -> Response:
    """The answer to a request that is refused."""
    body = {
        "detail": languages.said(error.message),
        "code": error.code,
        **speaking.details(error.details),
        **_request_id(request),
    }
    return plain_json(body, error.status, error.headers())


def _without_database(request: Request, error: Exception) -> Response:
    return refusal(request, away(error))


def _by_the_machine(request: Request, error: Exception) -> Response:
    """A full disk, or a file that is not ours to write, is told as that, wherever it is met."""
    try:
        refuse_full_disk(error)
    except NoSpace as full:
        log.error("the disk is full")
        return refusal(request, full)
    if isinstance(error, OSError) and error.errno in NOT_OURS:
        log.error("a file may not be used", path=error.filename, error=error.strerror)
        return refusal(request, Unavailable(MAY_NOT_WRITE))
    return _unexpected(request, error)


def _refused_by_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = error.detail
    if error.status_code == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"There is nothing at {request.url.path[:85]}. See /api/docs."
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
    body = {"detail": languages.said(detail), "code": CODES.get(code, code), **_request_id(request)}
    return JSONResponse(body, error.status_code, error.headers)


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [
        {key: value for key, value in problem.items() if key not in {"ctx", "url", "input"}}
        | {"msg": _in_words(problem["msg"])}
        for problem in error.errors()
    ]
    body = {"detail": problems, "body": _without_secrets(error.body), **_request_id(request)}
    return plain_json(body, 422)


def _in_words(message: str) -> str:
    """What is wrong with a field, as it is where another wording is not asked for."""
    own = message.removeprefix(OWN_RULE)
    said = languages.said(own)
    return message if said == own else said


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", exc_info=error)
    return JSONResponse({"detail": languages.said(UNEXPECTED), **_request_id(request)}, 500)


def plain_json(body: object, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """JSON of what may quote anything that was sent, half a letter and not-a-number included."""
    plain = json.loads(json.dumps(jsonable_encoder(body)), parse_constant=str)
    return Response(json.dumps(plain), status, headers, "application/json")


def _request_id(request: Request) -> dict[str, str]:
    request_id = getattr(request.state, "request_id", None)
    return {"request_id": request_id} if request_id else {}


def _without_secrets(body: object) -> object:
    if isinstance(body, Mapping):
        return {
            key: "…" if key in SECRET_FIELDS else _without_secrets(value)
            for key, value in body.items()
        }
    if isinstance(body, list):
        return [_without_secrets(one) for one in body]
    return body if isinstance(body, str | int | float | bool | None) else None
