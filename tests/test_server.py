"""The whole server as its own process: both doors on one port."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from serving import EMAIL, PASSWORD, Server, environment, serving, tillsight
from shop import HEADER

pytestmark = pytest.mark.long

STREAM = "/_stcore/stream"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


def cookie_of(server: Server) -> str:
    form = {"login": EMAIL, "password": PASSWORD}
    answer = httpx2.post(f"{server.url}/signin", data=form)
    return answer.headers["set-cookie"].split(";")[0]


def open_stream(server: Server, **headers: str):
    return connect(
        server.url.replace("http", "ws") + STREAM,
        additional_headers=headers,
        subprotocols=["streamlit"],
        proxy=None,
        open_timeout=10,
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/imports",
        "/nowhere",
        "/_stcore/host-config",
        "/media/x.png",
        "/component/x/y",
        "/_stcore/metrics",
    ],
)
def test_strangers_are_sent_to_sign_in(server: Server, path: str) -> None:
    answer = httpx2.get(f"{server.url}{path}?a=b", headers={"accept": "text/html"})
    assert answer.status_code == 303
    wanted = f"/signin?next={path.replace('/', '%2F')}%3Fa%3Db"
    assert answer.headers["location"] == wanted


def test_the_root_is_the_dashboard_for_browsers_only(server: Server) -> None:
    assert httpx2.get(server.url).json()["docs"] == "/api/docs"
    page = httpx2.get(server.url, headers={"accept": "text/html", "cookie": cookie_of(server)})
    assert page.status_code == 200
    assert "<title>" in page.text


def test_unknown_api_paths_are_never_the_page(server: Server) -> None:
    with server.client() as client:
        for path in ("/api/nowhere", "/api/imports/1%0A2/undo"):  # a line break leads nowhere else
            answer = client.get(path, headers={"accept": "text/html"})
            found = (answer.status_code, answer.headers["content-type"])
            assert found == (404, "application/json")


@pytest.mark.parametrize("cookie", ["", "tillsight_session=guess", "tillsight_session="])
def test_a_stranger_s_websocket_is_refused(server: Server, cookie: str) -> None:
    headers = {"Cookie": cookie, "Origin": server.url}
    with pytest.raises(InvalidStatus) as refused, open_stream(server, **headers):
        pass
    answer = refused.value.response
    assert answer.status_code == 401
    said = json.loads(answer.body or b"")
    assert said["code"] == "not_signed_in"
    assert said["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1:1"])
def test_a_websocket_opened_by_another_site_is_refused(server: Server, origin: str | None) -> None:
    headers = {"Cookie": cookie_of(server), **({"Origin": origin} if origin else {})}
    with pytest.raises(InvalidStatus) as refused, open_stream(server, **headers):
        pass
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body or b"")["code"] == "forbidden"


def test_a_signed_in_websocket_is_opened(server: Server) -> None:
    with open_stream(server, Cookie=cookie_of(server), Origin=server.url) as stream:
        assert stream.subprotocol == "streamlit"


def test_an_import_in_the_terminal_is_seen_at_the_next_question(server: Server) -> None:
    file = server.home / "terminal.csv"
    file.write_text(f"{HEADER}t1,p,Pen,2,2024-05-07,10,,\n")
    with server.client() as client:
        before = client.get("/api/analytics/kpis").json()["kpis"]["revenue"]
        done = tillsight(server.home, "import", str(file))
        assert done.returncode == 0, done.stderr
        assert "1 rows from 2024-05-07" in done.stdout
        after = client.get("/api/analytics/kpis").json()["kpis"]["revenue"]
    assert after == before + 20


def test_a_person_added_in_the_terminal_can_sign_in_at_once(server: Server) -> None:
    added = tillsight(server.home, "user", "add", "new@example.com", said="another long one\n")
    assert "Added new@example.com (username new) as viewer." in added.stdout
    body = {"email": "new", "password": "another long one"}
    assert httpx2.post(f"{server.url}/api/auth/login", json=body).is_success


def test_the_terminal_asks_the_same_numbers_beside_the_server(server: Server) -> None:
    with server.client() as client:
        figures = client.get("/api/analytics/kpis").json()["kpis"]
    printed = tillsight(server.home, "query", "revenue,orders")
    assert printed.returncode == 0, printed.stderr
    assert f"{figures['revenue']:,.2f}" in printed.stdout


def test_a_rebuild_in_the_terminal_is_followed(server: Server) -> None:
    with server.client() as client:
        before = client.get("/api/analytics/kpis").json()
        rebuilt = tillsight(server.home, "warehouse", "rebuild")
        assert rebuilt.returncode == 0, rebuilt.stderr
        assert client.get("/api/analytics/kpis").json() == before
        slot = server.home / "warehouse" / "1"
        for _ in range(300):  # a question waits for a rebuild, but not for long
            names = {path.name for path in slot.glob("*.duckdb")}
            if names == {"epoch-2.duckdb"}:
                break
            time.sleep(0.1)
            client.get("/api/analytics/kpis")
    assert names == {"epoch-2.duckdb"}


def test_a_taken_port_is_told(server: Server) -> None:
    port = server.url.rsplit(":", 1)[1]
    refused = tillsight(server.home, "serve", "--port", port)
    assert refused.returncode == 1
    assert f"Port {port} of 127.0.0.1 cannot be opened" in refused.stderr
    assert "Another program listens there" in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    refused = tillsight(tmp_path, "serve", "--host", "192.0.2.1", "--port", "8000")
    assert refused.returncode == 1
    assert "has to be an address of this machine" in " ".join(refused.stderr.split())


def test_a_stopped_server_starts_again_with_its_data(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        file = {"file": ("a.csv", f"{HEADER}1,p,Pen,2,2024-05-07,10,,\n")}
        assert client.post("/api/imports", files=file).status_code == 201
        token = client.headers["authorization"]
    with serving(tmp_path) as server:
        answer = httpx2.get(f"{server.url}/api/analytics/kpis", headers={"authorization": token})
        assert answer.json()["kpis"]["revenue"] == 20.0


COUNTS_THREADS = """
import ctypes, pathlib, tillsight.server, numpy, scipy.linalg
tails = ("", "64_")
names = [f"{p}openblas_get_num_threads{tail}" for p in ("", "scipy_") for tail in tails]
maps = pathlib.Path("/proc/self/maps").read_text().splitlines()
for path in {line.split()[-1] for line in maps if "openblas" in line}:
    library = ctypes.CDLL(path)
    print(next(getattr(library, name)() for name in names if hasattr(library, name)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the libraries in /proc")
def test_matrices_are_worked_on_by_one_thread(tmp_path: Path) -> None:
    """In a process that reads what a server does, and nothing before it."""
    kept = environment(tmp_path)
    kept.pop("OPENBLAS_NUM_THREADS", None)
    command = [sys.executable, "-c", COUNTS_THREADS]
    told = subprocess.run(command, env=kept, capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) == {"1"}


def test_a_page_names_its_scripts_and_they_come_packed_with_our_headers(server: Server) -> None:
    headers = {"Cookie": cookie_of(server), "Accept": "text/html"}
    page = httpx2.get(f"{server.url}/", headers=headers)
    [path] = re.findall(r'import\("([^"]+/PlotlyChart[^"]+)"\)', page.text)
    script = httpx2.get(f"{server.url}{path}")  # the same for everybody
    assert script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["x-content-type-options"] == "nosniff"
    assert len(script.content) > 1_000_000
