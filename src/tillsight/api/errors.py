"""How refusals look over HTTP: `detail` says it in words, and every answer has a request id."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tillsight.errors import TillsightError
from tillsight.logs import log

UNEXPECTED = "An unexpected error occurred. Please try again later."
CODES = {"unauthorized": "not_signed_in", "content_too_large": "too_large"}
SECRET_FIELDS = frozenset({"password", "new_password", "token", "refresh_token", "access_token"})


def add_error_handlers(app: FastAPI) -> None:
    """Answer our own refusals, bad requests and the unexpected in one shape."""
    app.add_exception_handler(TillsightError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _declined)
    app.add_exception_handler(Exception, _unexpected)


def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, TillsightError):
        raise error
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    body = {"detail": error.message, "code": error.code, **error.details, **_request_id(request)}
    return JSONResponse(jsonable_encoder(body), error.status, headers)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [
        {key: value for key, value in problem.items() if key not in {"ctx", "url", "input"}}
        for problem in error.errors()
    ]
    body = {"detail": problems, "body": _without_secrets(error.body), **_request_id(request)}
    return JSONResponse(jsonable_encoder(body), 422)


def _declined(request: Request, error: Exception) -> JSONResponse:
    """What FastAPI refuses by itself, and our routes in its words."""
    if not isinstance(error, HTTPException):
        raise error
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
    body = {"detail": error.detail, "code": CODES.get(code, code), **_request_id(request)}
    return JSONResponse(jsonable_encoder(body), error.status_code, error.headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return JSONResponse({"detail": UNEXPECTED, **_request_id(request)}, 500)


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
