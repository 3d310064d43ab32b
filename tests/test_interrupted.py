"""A server that is killed while it loads a file: the next one takes the import up again."""

import os
import signal
from pathlib import Path

from serving import Server, serving, started
from shop import HEADER
from waits import PATIENCE, until

LINES = 400_000


def test_an_import_of_a_killed_server_is_taken_up_by_the_next(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = tmp_path / "large.csv"
    row = "{},p,Pen,2,2024-05-07 10:00:00,10,c,France\n"
    file.write_text(HEADER + "".join(row.format(n) for n in range(LINES)))
    with serving(home) as server, server.client() as client:
        with file.open("rb") as content:
            files = {"file": (file.name, content)}
            sent = client.post("/api/imports?wait=false", files=files, timeout=PATIENCE)
        assert sent.status_code == 202
        place = sent.headers["location"]
        assert sent.json()["state"] == "waiting"
        until(lambda: client.get(place).json()["state"] == "running")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
    with started(home) as server:
        loaded = until(lambda: ended(server, place))
        assert (loaded["state"], loaded["rows"], loaded["file"]) == ("done", LINES, file.name)
        with server.client() as client:
            kpis = client.get("/api/analytics/kpis").json()["kpis"]
            assert (kpis["transactions"], kpis["revenue"]) == (LINES, 20.0 * LINES)
            assert len(client.get("/api/imports").json()["imports"]) == 1
        until(lambda: list((home / "incoming").iterdir()) == [])


def ended(server: Server, place: str) -> dict | None:
    with server.client() as client:
        one = client.get(place).json()
    return one if one["state"] not in {"waiting", "running"} else None
