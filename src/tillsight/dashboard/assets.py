"""Streamlit's own files for the browser: sent packed and from memory, and asked for early.

Streamlit reads a file anew for each browser, in small parts, and sends it as it is; and a browser
asks for what draws a chart, 5 MB of script, only when the first chart arrives, and runs it then.
Here a file is packed once and kept, the page names at its top the scripts that its first pieces
will need and runs them while the first answer is awaited, and our own style is part of it.
"""

import re
from collections.abc import Iterator, Sequence
from gzip import compress
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

FOLDER = Path(get_static_dir())
EARLY = Path(__file__).parent / "parts" / "early.css"
"""The little style a page has from its first moment."""
STYLE = EARLY.with_name("style.css")
"""The whole style. It stands at the end of the page, as its rules have to come after Streamlit's,
which Streamlit adds to the head; sent with each run of a page it was a third of all that is sent.
"""
PIECES = ("Html", "BidiComponent", "Selectbox", "Multiselect", "ButtonGroup")
"""What the first pages show, as the names of the scripts that draw it begin."""
CHARTS = "PlotlyChart"
"""Fetched and run once the page itself is: a third of a second that figures need not wait for."""
LOGO = "/app/static/logo"
"""Where the shop's picture is for pages. A picture that Streamlit hands out is known only to the
process that drew the page, and another worker may be asked for it.
"""
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Files that get smaller; pictures and fonts are packed as they are."""
FOR_A_YEAR = "public, immutable, max-age=31536000"
"""Another content has another name."""

_IMPORTED = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_NAMED = re.compile(r"static/js/([\w.-]+\.js)")


class Assets:
    """Stands before Streamlit's app and answers for its files."""

    def __init__(self, app: ASGIApp, logo: Path) -> None:
        self._app = app
        self._logo = logo
        self._files = {
            f"/{file.relative_to(FOLDER).as_posix()}": file
            for file in (FOLDER / "static").rglob("*")
            if file.suffix in KINDS
        }
        self._packed: dict[str, bytes] = {}
        self._links = self._end = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file, or a page with the names of its scripts, or pass the request on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
        elif scope["path"] in self._files and _takes_packed(scope):
            await self._send(scope["path"], send)
        elif scope["path"] == LOGO:
            await FileResponse(self._logo)(scope, receive, send)
        elif scope["path"].startswith(("/static/", "/_stcore/")):
            await self._app(scope, receive, send)
        else:
            if not self._links:
                await to_thread.run_sync(self._find_links)
            await self._app(_plainly(scope), receive, _adding(self._links, self._end, send))

    async def _send(self, path: str, send: Send) -> None:
        content = self._packed.get(path)
        if content is None:
            content = await to_thread.run_sync(self._pack, path)
        headers = {
            "content-type": KINDS[self._files[path].suffix],
            "content-encoding": "gzip",
            "content-length": str(len(content)),
            "cache-control": FOR_A_YEAR,
            "vary": "Accept-Encoding",
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _pack(self, path: str) -> bytes:
        packed = self._packed[path] = compress(self._files[path].read_bytes(), mtime=0)
        return packed

    def _find_links(self) -> None:
        links = "".join(
            f'<link rel="modulepreload" crossorigin href="/static/js/{name}">'
            for name in early_scripts(FOLDER)
        )
        names = [*pieces(FOLDER, PIECES), *pieces(FOLDER, (CHARTS,))]
        runs = ";".join(f'import("/static/js/{name}")' for name in names)
        style = f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
        self._end = f'<script type="module">{runs}</script>{style}'.encode()
        self._links = f"{links}<style>{EARLY.read_text(encoding='utf-8')}</style>".encode()


def pieces(folder: Path, kinds: Sequence[str]) -> list[str]:
    """The names of the scripts that draw these kinds of elements."""
    scripts = folder / "static" / "js"
    return [file.name for kind in kinds for file in sorted(scripts.glob(f"{kind}.*.js"))]


def early_scripts(folder: Path) -> Iterator[str]:
    """The names of scripts that draw the first pages, and of what they import, but for those that
    Streamlit's page names itself.
    """
    scripts = folder / "static" / "js"
    found = set(_NAMED.findall((folder / "index.html").read_text(encoding="utf-8")))
    waiting = pieces(folder, PIECES)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.add(name)
            yield name
            waiting += _IMPORTED.findall((scripts / name).read_text(encoding="utf-8"))


def _takes_packed(scope: Scope) -> bool:
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


def _plainly(scope: Scope) -> Scope:
    """The same request of somebody who cannot unpack: Streamlit packs, and a packed page has no end
    of its head to write before.
    """
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": kept}


def _adding(links: bytes, end: bytes, send: Send) -> Send:
    """Write the links into the head of an HTML page, and the other at its end; what is no page goes
    out as it is.
    """
    started: list[Message] = []
    body = bytearray()

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            started.append(message)
        elif not started:
            await send(message)
        else:
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                whole = bytes(body).replace(b"</head>", links + b"</head>", 1)
                whole = whole.replace(b"</body>", end + b"</body>", 1)
                MutableHeaders(scope=started[0])["content-length"] = str(len(whole))
                await send(started[0])
                await send({"type": "http.response.body", "body": whole})

    return sending


def _is_page(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")
