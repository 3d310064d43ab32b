"""A server that is told to stop is gone in time; nothing acknowledged is lost, the rest goes on."""

import os
import re
import signal
import socket
import sqlite3
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest
import yaml
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from erased import WHO, written
from parts import missing
from prepared import Command
from serving import EMAIL, PASSWORD, Server, environment, free_port, serving, started
from shop import HEADER, opened
from tillsight.forecasting.others import installed
from tillsight.forecasting.words import Model
from tillsight.operating.customer_data import erase_customer
from tillsight.sales.folders import remove_abandoned
from tillsight.settings import Settings, load_settings
from waits import until

ROOT = Path(__file__).parents[2]
LINES = 100_000
STOP_SECONDS = 6


def file_of(folder: Path, lines: int) -> Path:
    file = folder / "large.csv"
    row = "{},p{},Pen,2,2024-05-07 10:00:00,10,c{},France\n"
    file.write_text(HEADER + "".join(row.format(n, n % 900, n % 5000) for n in range(lines)))
    return file


def half_an_upload(server: Server, token: str) -> socket.socket:
    """A connection that has sent the beginning of a file, and sends no more."""
    sending = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
    head = (
        "POST /api/imports HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: {token}\r\nContent-Length: 5000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    sending.sendall((head + HEADER + "1,p,Pen,2,2024-05-07,10,,\n" * 10_000).encode())
    return sending


class Buyers:
    """People who enter purchases without a pause, each with a key of its own."""

    def __init__(self, server: Server, token: str) -> None:
        self._server, self._token = server, token
        self.acknowledged: list[str] = []
        self.refused: list[int] = []
        self._threads = [threading.Thread(target=self._buy, args=(who,)) for who in range(4)]
        for one in self._threads:
            one.start()

    def _buy(self, who: int) -> None:
        with httpx2.Client(
            base_url=self._server.url, headers={"Authorization": self._token}, timeout=30
        ) as client:
            for number in range(100_000):
                name = f"buyer {who} {number}"
                body = {"customer": name, "country": "Peru", "date": "2024-05-01", "amount": 1}
                try:
                    answer = client.post("/api/purchases", json=body)
                except httpx2.TransportError:
                    return
                if answer.is_success:
                    self.acknowledged.append(name)
                else:
                    self.refused.append(answer.status_code)

    def gone(self) -> None:
        for one in self._threads:
            one.join()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stopping") / "home"


def test_it_is_gone_in_time_whatever_it_is_at(home: Path, tmp_path: Path) -> None:
    file = file_of(tmp_path, LINES)
    with (
        serving(home, STOP_SECONDS=str(STOP_SECONDS)) as server,
        server.client() as client,
        ExitStack() as pages,
    ):
        token = client.headers["authorization"]
        small = {"file": ("s.csv", HEADER + "s1,p,Pen,2,2024-05-07,10,,\n")}
        assert client.post("/api/imports", files=small).is_success
        form = {"login": EMAIL, "password": PASSWORD}
        cookie = httpx2.post(f"{server.url}/signin", data=form).headers["set-cookie"].split(";")[0]
        page = pages.enter_context(
            connect(
                server.url.replace("http", "ws") + "/_stcore/stream",
                additional_headers={"Cookie": cookie, "Origin": server.url},
                subprotocols=["streamlit"],
                proxy=None,
            )
        )
        sending = pages.enter_context(half_an_upload(server, token))
        with file.open("rb") as content:
            sent = client.post("/api/imports?wait=false", files={"file": (file.name, content)})
        place = sent.headers["location"]
        buyers = Buyers(server, token)
        until(lambda: client.get(place).json()["state"] == "running")
        until(lambda: len(buyers.acknowledged) > 20)

        began = time.monotonic()
        for told in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            server.process.send_signal(told)
        code = server.process.wait(timeout=STOP_SECONDS + 5)
        took = time.monotonic() - began
        buyers.gone()
        told = sending.recv(65_536).decode()
        with suppress(ConnectionClosed):
            while True:
                page.recv(timeout=5)
    log = (home / "server.log").read_text()
    assert told.startswith("HTTP/1.1 503"), told
    assert "The server is being stopped. Try again in a moment." in told
    assert code == 0
    assert took < STOP_SECONDS + 1, log
    assert re.findall(r"stopping .*|stopped\b.*", log)[0].startswith("stopping")
    assert len(re.findall(r"\bstopped\b", log)) == 1
    assert "Traceback" not in log
    assert "Exception" not in log

    with (
        started(home) as server,
        httpx2.Client(base_url=server.url, headers={"Authorization": token}, timeout=60) as client,
    ):
        until(lambda: client.get(place).json()["state"] == "done")
        totals = client.get("/api/metrics/query?measures=revenue,lines").json()["totals"]
        until(lambda: [*(home / "incoming").iterdir()] == [])
    with closing(sqlite3.connect(home / "tillsight.db")) as database:
        kept = [name for (name,) in database.execute("SELECT customer FROM purchases")]
    assert set(buyers.acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    assert totals["revenue"] == 20.0 * (LINES + 1) + len(kept)


def test_a_download_that_is_cut_off_never_looks_whole(home: Path) -> None:
    """Of all lines that the test before has loaded, to somebody who takes nothing meanwhile."""
    little = (socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    slow = httpx2.HTTPTransport(socket_options=[little])
    with serving(home, STOP_SECONDS=str(STOP_SECONDS)) as server, server.client() as client:
        token = {"Authorization": client.headers["authorization"]}
        with (
            httpx2.Client(base_url=server.url, headers=token, transport=slow, timeout=60) as reader,
            reader.stream("GET", "/api/lines?format=csv") as download,
        ):
            began = time.monotonic()
            server.process.terminate()
            assert server.process.wait(timeout=STOP_SECONDS + 5) == 0
            assert time.monotonic() - began < STOP_SECONDS + 1
            assert download.status_code == 200
            with pytest.raises(httpx2.TransportError):
                download.read()
    log = (home / "server.log").read_text()
    assert "an answer was cut off" in log
    assert "Exception in ASGI application" not in log


def test_a_forecast_under_way_in_a_process_of_its_own_is_let_go_of(tmp_path: Path) -> None:
    if not installed(Model.prophet):
        missing("prophet is not installed")
    home = tmp_path / "home"
    asked = {"model": "prophet", "horizon": 7}
    with serving(home, STOP_SECONDS=str(STOP_SECONDS)) as server, server.client() as client:
        client.timeout = httpx2.Timeout(60)
        days = (date(2024, 1, 1) + timedelta(days=number) for number in range(150))
        rows = "".join(f"{day},p,Pen,{day.day},{day},10,,\n" for day in days)
        assert client.post("/api/imports", files={"file": ("a.csv", HEADER + rows)}).is_success
        with ThreadPoolExecutor() as threads:
            answer = threads.submit(client.get, "/api/forecasts", params=asked)
            fitting = until(lambda: child_of(server, b"tillsight.forecasting.fits"))
            os.kill(fitting, signal.SIGSTOP)  # so it takes longer than anybody has
            began = time.monotonic()
            server.process.terminate()
            assert server.process.wait(timeout=STOP_SECONDS + 5) == 0
            assert time.monotonic() - began < STOP_SECONDS + 1
            told = answer.result()
    assert told.status_code == 503, told.text
    assert told.headers["Retry-After"]
    assert not Path(f"/proc/{fitting}").exists()
    log = (home / "server.log").read_text()
    assert len(re.findall(r"\bstopped\b", log)) == 1
    assert "Traceback" not in log


def child_of(server: Server, command: bytes) -> int | None:
    """The process that a server has started with such a command."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server.process.pid and command in (folder / "cmdline").read_bytes():
                return int(folder.name)
    return None


@pytest.mark.parametrize("in_time", [True, False])
def test_an_erasure_under_way_is_done_or_left_undone(tmp_path: Path, *, in_time: bool) -> None:
    """It has written its new files, and waits for another program that has the database locked."""
    home = tmp_path / "home"
    rows = "".join(f"{n},p,Pen,{n},2024-05-07,10,{who},\n" for n, who in enumerate((WHO, "b"), 1))
    with serving(home, STOP_SECONDS=str(STOP_SECONDS)) as server, server.client() as client:
        client.timeout = httpx2.Timeout(60)
        assert client.post("/api/imports", files={"file": ("a.csv", HEADER + rows)}).is_success
        assert erased(client, "b").is_success  # the key of erasures is made with the first one
        with closing(sqlite3.connect(home / "tillsight.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor() as threads:
                answer = threads.submit(erased, client, WHO)
                until(lambda: len([*(home / "sales").iterdir()]) == 2)
                began = time.monotonic()
                server.process.terminate()
                until(lambda: "stopping" in (home / "server.log").read_text())
                if in_time:
                    other.execute("ROLLBACK")
                assert server.process.wait(timeout=STOP_SECONDS + 5) == 0
                assert time.monotonic() - began < STOP_SECONDS + 1
                code = status_of(answer)
    assert (code == 200) is in_time
    assert code in {200, 503, None}
    assert "Traceback" not in (home / "server.log").read_text()
    with opened(load_settings(home=home)) as shop:
        remove_abandoned(shop.database, shop.folders)
        assert (WHO not in written(shop)) is in_time
        assert shop.ask("revenue", "customers").totals == {"revenue": 30, "customers": 2}
        if not in_time:  # another time
            erase_customer(shop.database, shop.folders, WHO, None)
            assert WHO not in written(shop)


def erased(client: httpx2.Client, customer: str) -> httpx2.Response:
    return client.post(f"/api/customers/{customer}/erase", json={"customer_id": customer})


def status_of(answer: Future[httpx2.Response]) -> int | None:
    """Of an answer to come; none if the connection ends without one."""
    with suppress(httpx2.TransportError):
        return answer.result().status_code
    return None


def test_it_can_be_told_while_it_starts(home: Path) -> None:
    """The moment is another each time: the tables, the warehouse, the pages."""
    port = free_port()
    log = home / "starting.log"
    for delay in (0.0, 0.5):
        streams = (Path("/dev/null"), log, log)
        process = Command(["serve", "--port", str(port)], environment(home), home, streams)

        def listens(process: Command = process) -> bool:
            with socket.socket() as probe:
                return process.poll() is not None or not probe.connect_ex(("127.0.0.1", port))

        until(listens)
        time.sleep(delay)
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert "Traceback" not in log.read_text()
    with started(home) as server:
        assert httpx2.get(f"{server.url}/api/health/ready").status_code == 200


def test_service_managers_wait_longer_than_it_takes() -> None:
    takes = Settings.model_fields["stop_seconds"].default
    unit = (ROOT / "deploy" / "tillsight.service").read_text()
    [waits] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    grace = compose["services"]["server"]["stop_grace_period"]
    assert takes * 2 <= int(waits) == int(grace.removesuffix("s"))
