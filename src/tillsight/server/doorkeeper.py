"""The one middleware around the whole app: who asks, and what strangers may reach."""

import re
import time
from asyncio import Task, create_task, wrap_future
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from math import inf
from urllib.parse import quote
from uuid import uuid4

import structlog
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillsight import http_rules
from tillsight.accounts.access import open_to_strangers
from tillsight.accounts.audit import Action, record
from tillsight.accounts.keys import KEY_PREFIX
from tillsight.accounts.look_ups import LookUps
from tillsight.accounts.pace import Pace, TooFast
from tillsight.accounts.sessions import SEEN_EVERY, Origin, Person, note_seen
from tillsight.accounts.shared_pace import SharedPace
from tillsight.accounts.throttle import network_of
from tillsight.api import compat
from tillsight.api.pages import session_cookie
from tillsight.database import NO_ANSWER, Database, away
from tillsight.errors import Forbidden, NotSignedIn, TillsightError
from tillsight.logs import log
from tillsight.settings import Settings

STATIC_PATHS = re.compile(r"/static/|/favicon\.(png|ico|svg)$")
DOCS_PATHS = re.compile(r"/api/(docs(/.*)?|redoc|openapi\.json)|/compat/[^/]+/docs(/.*)?")
NO_HANDSHAKE = "websocket.http.response"  # the server can answer a handshake with a refusal
METRICS_PATH = "/metrics"
HEALTH_PATH = re.compile(r"/api/health(/.*)?")
FOR_PROGRAMS = ("/api", "/compat")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Doorkeeper:
    """Knows who is asking, and lets strangers reach only what is open.

    The person found here is the one the routes see (`request.state.person`), so that a session is
    looked up once a request.
    """

    def __init__(self, app: ASGIApp, settings: Settings, database: Database) -> None:
        self._app = app
        self._settings = settings
        self._database = database
        self._cookie = session_cookie(settings)
        self._pace = Pace(settings.requests_per_minute)
        self._strangers = Pace(settings.stranger_requests_per_minute)
        self.shared_pace = SharedPace(
            database, {"person ": self._pace, "address ": self._strangers}
        )
        self._look_ups = LookUps(settings, database)
        self._noting: set[Task[None]] = set()
        self._noted: dict[tuple[int | None, int | None], float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, send to the sign-in page, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = uuid4().hex
        more = http_rules.headers_for(self._settings, scope["path"])
        send = _adding_headers(send, {**more, "X-Request-ID": state["request_id"]})
        if scope["type"] == "http" and STATIC_PATHS.match(scope["path"]):
            await self._app(scope, receive, send)  # the same for everybody: no look-up
            return
        # The peer's own address: what strangers write into X-Forwarded-For proves nothing.
        state["address"] = scope["client"][0][:45] if scope.get("client") else None
        structlog.contextvars.bind_contextvars(request_id=state["request_id"])
        headers = Headers(scope=scope)
        try:
            http_rules.check_address(self._settings, scope, headers)
            answer = await self._answer(scope, headers)
            if answer is None and scope["type"] == "http":
                receive = await http_rules.read_body(self._settings, scope, headers, receive)
        except TillsightError as error:
            answer = self._refused(scope, error)
        except NO_ANSWER as error:
            answer = self._refused(scope, away(error))
        if answer and scope["type"] == "websocket" and NO_HANDSHAKE not in scope["extensions"]:
            await _close(send)
        else:
            answering = http_rules.for_other_sites(self._settings, answer or self._app)
            await answering(scope, receive, send)
        person = state.get("person")
        if scope["type"] == "http" and person is not None and person.is_long_unseen:
            # By itself: the next request on this connection does not wait for a busy database.
            noting = create_task(
                self._note_seen(person, Origin(state["address"], state["request_id"]))
            )
            self._noting.add(noting)
            noting.add_done_callback(self._noting.discard)

    def _refused(self, scope: Scope, error: TillsightError) -> Response:
        """The refusal in our shape, or in that of the older contract that answers at the path."""
        if product := compat.product_at(self._settings, scope["path"]):
            return compat.refused(product, error)
        return http_rules.refused(error, scope["state"])

    async def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        """Find out who asks; what to answer instead of passing the request on, if anything."""
        if scope["path"] == METRICS_PATH:  # for a program with a token of its own, or none
            return None
        bearer, cookie = _bearer(headers), _cookie(headers, self._cookie)
        token = cookie if bearer is None else bearer
        if HEALTH_PATH.fullmatch(scope["path"]):
            token = None  # everybody is told the same, also while nobody can be looked up
        person = await wrap_future(self._look_ups.person(token)) if token else None
        scope["state"]["person"] = person
        if person is not None:
            structlog.contextvars.bind_contextvars(user_id=person.id)
        return self._refusal(scope, headers, person, by_cookie=bool(cookie) and bearer is None)

    async def _note_seen(self, person: Person, origin: Origin) -> None:
        """Write it down after the answer has left.

        Another request of the same session does not try again while this one may still be waiting.
        """
        which, now = (person.session_id, person.key_id), time.monotonic()
        if now - self._noted.get(which, -inf) < SEEN_EVERY.total_seconds():
            return
        recent = now - SEEN_EVERY.total_seconds()
        self._noted = {one: at for one, at in self._noted.items() if at > recent} | {which: now}

        def note() -> None:
            with self._database.writing() as session:
                note_seen(session, person)
                if person.key_id is not None:
                    subject = f"key {person.key_id}"
                    record(session, Action.key_used, person, subject, None, origin)

        try:
            await to_thread.run_sync(note)
        except SQLAlchemyError as error:
            log.warning("could not note that a session is in use", error=type(error).__name__)

    def _refusal(
        self, scope: Scope, headers: Headers, person: Person | None, *, by_cookie: bool
    ) -> Response | None:
        """What to answer instead of passing the request on, if anything."""
        path: str = scope["path"]
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        ours = http_rules.sent_by_our_page(self._settings, headers)
        form = http_rules.ACCOUNT_PAGES.fullmatch(path) is not None
        # A cookie is a browser's, and browsers say who sends; a form may come from a program.
        if changes and ((by_cookie and not ours) or (form and ours is False)):
            elsewhere = Forbidden("This came from another site. Open the page again and retry.")
            return self._refused(scope, elsewhere)
        if person is not None and (path.startswith(FOR_PROGRAMS) or person.may_enter):
            wait = self._pace.seconds_to_wait(str(person.id))
            return self._refused(scope, TooFast(wait)) if wait else None
        if wait := self._strangers.seconds_to_wait(network_of(scope["state"]["address"])):
            return self._refused(scope, TooFast(wait))
        return self._refusal_of_strangers(scope, headers, by_cookie=by_cookie)

    def _refusal_of_strangers(
        self, scope: Scope, headers: Headers, *, by_cookie: bool
    ) -> Response | None:
        path: str = scope["path"]
        if self._is_open(scope, headers):
            return None
        sent = "authorization" in headers or "x-api-key" in headers or by_cookie
        # Whoever shows something that does not count is told, not taken for nobody.
        if not sent and scope["type"] == "http" and compat.is_anonymous(self._settings, path):
            return None
        if path.startswith(FOR_PROGRAMS) or scope["type"] == "websocket":
            detail = "Could not validate credentials" if sent else "Not authenticated"
            if product := compat.product_at(self._settings, path):
                shown = _bearer(headers) or ""
                detail = product.unknown_token(self._settings, shown if sent else None)
            return self._refused(scope, NotSignedIn(detail))
        query = scope["query_string"].decode("latin-1")
        target = path + (f"?{query}" if query else "")
        return RedirectResponse(f"/signin?next={quote(target, safe='')}", 303)

    def _is_open(self, scope: Scope, headers: Headers) -> bool:
        if scope["type"] != "http":
            return False
        path: str = scope["path"]
        if path == "/":
            return "text/html" not in headers.get("accept", "")
        if scope["method"] == "OPTIONS" and path.startswith(("/api/", "/compat/")):
            return True  # a browser asks, without credentials, whether another site may call
        if compat.is_open(self._settings, path):
            return True
        docs = self._settings.public_docs and DOCS_PATHS.fullmatch(path)
        return bool(docs or open_to_strangers(path))


async def _close(send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008, "reason": "Sign in first."})


def _adding_headers(send: Send, more: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            for name, value in more.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    key = headers.get("x-api-key", "").strip()
    # Only a key is a key: a session's token in its place is taken for a wrong one.
    return key if key.startswith(KEY_PREFIX) else "" if "x-api-key" in headers else None


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found else None
