"""What holds for every request and answer, whoever asks: names, origins, bodies, headers."""

import json
import re
from collections.abc import Mapping
from email.message import Message as Headline
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope

from tillsight.data_version import HEADER
from tillsight.errors import InvalidInput, TillsightError, TooLarge
from tillsight.settings import LOOPBACK, Environment, Settings, size

UPLOADS = re.compile(r"/api/imports(/preview)?|/compat/[\w-]+/([\w/-]*/)?(upload|bulk)[\w-]*/?")
ACCOUNT_PAGES = re.compile(r"/(signin|signout|register|forgot|reset|verify|setup)(/.*)?")
DOCS_PAGES = re.compile(r"/api/(docs(/.*)?|redoc)|/compat/[\w-]+/(docs(/.*)?)?")
PROGRAM_PATHS = re.compile(r"/(api|compat)(/.*)?|/logo|/docs|/metrics")
ANYBODY_S = re.compile(r"/logo|/api/docs/files/.*|/static/.*|/favicon\..*")

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# No script runs on the pages that see passwords; the styles stand in the page.
ACCOUNT_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DOCS_POLICY = (  # ReDoc would fetch a picture from its maker
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DASHBOARD_POLICY = (  # Streamlit makes its styles and loads the scripts of its parts as it runs
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:;"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; object-src 'none';"
    " base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
POLICIES = (
    (ACCOUNT_PAGES, ACCOUNT_POLICY),
    (DOCS_PAGES, DOCS_POLICY),
    (re.compile("/logo"), f"{NOTHING}; style-src 'unsafe-inline'; sandbox"),
    (PROGRAM_PATHS, NOTHING),
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
A_YEAR = 365 * 24 * 3600


def headers_for(settings: Settings, path: str) -> dict[str, str]:
    """Headers of every answer at this path, where the answer has no other of that name."""
    policy = next((text for paths, text in POLICIES if paths.fullmatch(path)), DASHBOARD_POLICY)
    named = {**HEADERS, "Content-Security-Policy": policy}
    if not ANYBODY_S.fullmatch(path):
        named["Cache-Control"] = "no-store"
    if settings.https:
        named["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    return named


def for_other_sites(settings: Settings, app: ASGIApp) -> ASGIApp:
    """`app`, whose answers the sites that the settings name may read, refusals among them."""
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=[
            *("Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"),
            HEADER,
        ],
        expose_headers=[HEADER],
    )


def refused(error: TillsightError, state: Mapping[str, object]) -> JSONResponse:
    """A refusal in the shape of all others."""
    body = {"detail": error.message, "code": error.code, "request_id": state.get("request_id")}
    return JSONResponse(body, error.status, error.headers())


class WrongHost(TillsightError):
    """The server was asked under a name that is not its own."""

    status = 400
    code = "wrong_host"


class WrongCharset(TillsightError):
    """A body in another encoding than UTF-8."""

    status = 415
    code = "wrong_charset"


def check_address(settings: Settings, scope: Scope, headers: Headers) -> None:
    """Refuse names of others, and texts in the address that no database keeps.

    Raises:
        WrongHost: the Host header names none of our names.
        InvalidInput: a NUL in path or query.
    """
    if not _is_ours(settings, headers.get("host", "")):
        raise WrongHost(
            "This server does not answer to that name. An admin can add it to"
            " TILLSIGHT_ALLOWED_HOSTS, or set TILLSIGHT_URL."
        )
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise InvalidInput("The address holds a NUL character. Remove it.")


def _is_ours(settings: Settings, host: str) -> bool:
    name = (urlsplit(f"//{host}").hostname or "") if _HOST.fullmatch(host) else ""
    known = settings.allowed_hosts
    if not known and settings.environment is Environment.development:
        return True
    ours = {urlsplit(settings.public_url).hostname, settings.host, *LOOPBACK, *known}
    wild = [one[1:] for one in known if one.startswith("*.")]
    return bool(name) and (name in ours or "*" in known or name.endswith(tuple(wild)))


_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?")


def sent_by_our_page(settings: Settings, headers: Headers) -> bool | None:
    """Whether a browser says that our own page sent this; None where nothing is said.

    Every browser of the last years says it; other programs do not.
    """
    origin = headers.get("origin")
    if origin is None:
        site = headers.get("sec-fetch-site")
        return None if site is None else site in {"same-origin", "none"}
    page, ours = urlsplit(origin.lower()), urlsplit(settings.public_url.lower())
    if page.netloc not in {headers.get("host", "").lower(), ours.netloc}:
        return False
    return page.scheme == "https" or not settings.https or page.hostname in LOOPBACK


async def read_body(
    settings: Settings, scope: Scope, headers: Headers, receive: Receive
) -> Receive:
    """Check a body, which is read for that unless it is an upload, and give what hands it on.

    Raises:
        TooLarge: it is longer than it may be; told before it is read where it says so.
        InvalidInput, WrongCharset: texts that could not be kept, or read in two ways.
    """
    _check_charset(headers.get("content-type", ""))
    upload = UPLOADS.fullmatch(scope["path"]) is not None
    largest = settings.max_upload if upload else settings.max_body
    said = headers.get("content-length", "0")
    if said.isdecimal() and int(said[:20]) > largest:
        raise _too_large(largest)
    counted = _counting(receive, largest)
    if upload or ("content-length" not in headers and "transfer-encoding" not in headers):
        return counted
    body = bytearray()
    while True:
        message = await counted()
        if message["type"] != "http.request":
            return _handing_on(message, receive)
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    _check_texts(bytes(body), headers.get("content-type", ""))
    return _handing_on({**message, "body": bytes(body)}, receive)


def _counting(receive: Receive, largest: int) -> Receive:
    """Hand a body on for as long as it is not too large."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > largest:
            raise _too_large(largest)
        return message

    return counting


def _too_large(largest: int) -> TooLarge:
    return TooLarge(f"The request is larger than {size(largest)}. Send less at once.")


def _handing_on(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def handing_on() -> Message:
        return waiting.pop() if waiting else await receive()

    return handing_on


@lru_cache(100)  # nearly all requests say the same few
def _check_charset(content_type: str) -> None:
    """Codecs such as `unicode_escape` make of a body what no database keeps."""
    line = Headline()
    line["content-type"] = content_type
    charset = line.get_content_charset() or "utf-8"
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise WrongCharset("Send the request in UTF-8.")


def _check_texts(body: bytes, content_type: str) -> None:
    if b"\0" in body:
        raise InvalidInput("The request holds a NUL character. Remove it.")
    if "json" in content_type:
        _check_json(body)
    elif content_type.startswith("application/x-www-form-urlencoded"):
        if b"%00" in body:
            raise InvalidInput("The request holds a NUL character. Remove it.")
        names = [name for name, _ in parse_qsl(body.decode("latin-1"), keep_blank_values=True)]
        _check_names(names)


def _check_json(body: bytes) -> None:
    """Refuse what Python reads and others do not; what is no JSON at all the route refuses."""
    try:
        text = body.decode()
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_number,
        )
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
            if "\\u0000" in json.dumps(found):
                raise InvalidInput("The request holds a NUL character. Remove it.")
    except UnicodeError:
        raise InvalidInput("The request holds text that is not Unicode. Send UTF-8.") from None
    except RecursionError:
        raise InvalidInput("The request is nested too deeply.") from None
    except ValueError:
        return


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    _check_names([name for name, _ in pairs])
    return dict(pairs)


def _check_names(names: list[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"“{twice[:50]!s}” is given twice. Send each name once.")


def _no_number(text: str) -> float:
    raise InvalidInput(f"{text} is not a number that can be used.")


def _number(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise InvalidInput(f"{text[:20]} is too large a number.")
    return number
