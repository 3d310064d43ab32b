"""Streamlit's files, as a browser gets them."""

import re
from gzip import decompress
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tillsight.api.pages import OUR_LOGO
from tillsight.dashboard.assets import EARLY, FOLDER, LOGO, PIECES, STYLE, Assets, pieces

PAGE = "<html><head><title>Shop</title></head><body>…</body></html>"
PACKED = {"Accept-Encoding": "gzip"}


def page(_request):
    return HTMLResponse(PAGE)


def missing(_request):
    return HTMLResponse(PAGE, 404)


def data(_request):
    return JSONResponse({"head": "</head>"})


def passed_on(_request):
    return PlainTextResponse("passed on")


@pytest.fixture
def client():
    routes = [Route("/", page), Route("/missing", missing), Route("/data", data)]
    app = Starlette(
        routes=[*routes, Route("/static/{path:path}", passed_on)],
        middleware=[Middleware(GZipMiddleware, minimum_size=1)],  # as Streamlit has it
    )
    return TestClient(Assets(app, OUR_LOGO), base_url="http://shop")


def plotly() -> str:
    [file] = (FOLDER / "static" / "js").glob("PlotlyChart.*.js")
    return file.name


def test_the_shop_s_picture_is_where_every_worker_has_it(client: TestClient) -> None:
    answer = client.get(LOGO)
    assert answer.content == OUR_LOGO.read_bytes()
    assert answer.headers["content-type"].startswith("image/svg+xml")


def test_a_script_is_sent_packed_and_may_be_kept(client: TestClient) -> None:
    path = f"static/js/{plotly()}"
    for _ in range(2):  # read from the disk, and from memory
        with client.stream("GET", f"/{path}", headers=PACKED) as answer:
            raw = b"".join(answer.iter_raw())
        assert decompress(raw) == (FOLDER / path).read_bytes()
        assert answer.headers["content-length"] == str(len(raw))
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
        assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["js/nothing.js", "js/%2e%2e/x.js", ""])
def test_other_paths_are_streamlits(client: TestClient, path: str) -> None:
    answer = client.get(f"/static/{path}", headers=PACKED)
    assert answer.text == "passed on"


def test_who_cannot_unpack_gets_what_streamlit_sends(client: TestClient) -> None:
    answer = client.get(f"/static/js/{plotly()}", headers={"Accept-Encoding": "identity"})
    assert answer.text == "passed on"


def test_a_page_names_the_scripts_its_charts_need(client: TestClient) -> None:
    answer = client.get("/")
    named = re.findall(r'<link rel="modulepreload" crossorigin href="([^"]+)">', answer.text)
    ours = "<link[^>]+>|<style>.*?</style>|<script.*?</script>"
    without = re.sub(ours, "", answer.text, flags=re.DOTALL)
    assert without == PAGE
    assert "<style>" in answer.text.partition("</head>")[0]
    assert answer.text.endswith(f"<style>{STYLE.read_text(encoding='utf-8')}</style></body></html>")
    assert answer.headers["content-length"] == str(len(answer.content))
    plotly_path = f"/static/js/{plotly()}"
    assert len(set(named)) == len(named)
    # Those that draw run early; all of them are there.
    run = re.findall(r'import\("([^"]+)"\)', answer.text.partition('<script type="module">')[2])
    assert run == [*(f"/static/js/{name}" for name in pieces(FOLDER, PIECES)), plotly_path]
    assert set(run[:-1]) <= set(named)
    # What they import is named, too, by them or by Streamlit's own page.
    index = (FOLDER / "index.html").read_text()
    for path in named:
        script = (FOLDER / path.removeprefix("/")).read_text()
        for name in re.findall(r'from"\./([^"]+)"', script):
            assert f"/static/js/{name}" in named or name in index


@pytest.mark.parametrize(
    ("path", "text"), [("/missing", PAGE), ("/data", '{"head":"</head>"}'), ("/none", "Not Found")]
)
def test_what_is_no_page_stays_as_it_is(client: TestClient, path: str, text: str) -> None:
    assert client.get(path).text == text


@pytest.mark.parametrize("file", sorted(EARLY.parent.glob("*.css")), ids=lambda file: file.name)
def test_every_rule_of_a_style_is_closed(file: Path) -> None:
    """One that is open would make all below it count on phones alone, say."""
    style = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    depth = 0
    for mark in re.findall("[{}]", style):
        depth += 1 if mark == "{" else -1
        assert 0 <= depth <= 2, "a rule within a rule"
    assert depth == 0
