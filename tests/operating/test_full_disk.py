"""A disk that gets full under a server: each writer says so, questions go on, and it heals."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from disks import filled, read_only, small_disk
from serving import EMAIL, PASSWORD, Server, free_port, serving, tillsight
from shop import HEADER
from waits import until

ROWS = "".join(f"o{n},p{n % 50},Pen,2,2024-05-07 10:00:00,10,c{n},France\n" for n in range(3000))
QUESTION = "/api/metrics/query?measures=revenue"
PURCHASE = {"customer": "Ada", "country": "Peru", "date": "2024-05-01", "amount": 12.5}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server whose home is a disk of its own, log included."""
    home = tmp_path_factory.mktemp("full") / "home"
    with (
        small_disk(home, megabytes=400) as disk,
        serving(home, LOG_FILE=str(home / "the.log")) as server,
    ):
        yield server, disk


def sends(client: httpx2.Client) -> dict[str, httpx2.Response]:
    """Each kind of change, tried once."""
    files = {"file": ("more.csv", f"{HEADER}x1,p,Pen,2,2024-05-08,10,,\n")}
    key = {"Idempotency-Key": "only-once"}
    circle = {"name": "Sales"}
    return {
        "upload": client.post("/api/imports", files=files),
        "purchase": client.post("/api/purchases", json=PURCHASE, headers=key),
        "circle": client.post("/api/circles", json=circle),
        "sign-in": client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}),
    }


def test_a_full_disk_is_told_by_each_writer_and_heals(small: tuple[Server, Path]) -> None:
    server, disk = small
    with server.client() as client:
        assert client.post("/api/imports", files={"file": ("a.csv", HEADER + ROWS)}).is_success
        asked = client.get(QUESTION).json()
        with filled(disk, but=0):
            until(lambda: client.get("/api/health").json()["disk"] == "full")
            health = client.get("/api/health/ready")
            refused = sends(client)
            meanwhile = client.get(QUESTION)
            lines = client.get("/api/lines")
            refused["export"] = client.get("/api/lines?format=csv")  # it is noted who took it
            away = tillsight(server.home, "backup", str(disk / "backups"))
            asked_aside = tillsight(server.home, "query", "revenue")
        for name, answer in refused.items():
            told = (answer.status_code, answer.json().get("code"))
            assert told == (507, "no_space"), (name, answer.text)
            assert str(disk) not in answer.text
            assert "disk is full" in answer.json()["detail"]
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert (meanwhile.status_code, meanwhile.json()["rows"]) == (200, asked["rows"])
        assert lines.status_code == 200
        for command in (away, asked_aside):
            assert command.returncode == 1
            assert "disk is full" in " ".join(command.stderr.split()), command.stderr
            assert "Traceback" not in command.stderr
        until(lambda: client.get("/api/health").json()["disk"] != "full")
        again = sends(client)
        assert {name: one.is_success for name, one in again.items()} == dict.fromkeys(again, True)
        assert len(client.get("/api/imports").json()["imports"]) == 2
        [made] = client.get("/api/purchases").json()["purchases"]
        assert made["customer"] == "Ada"
        after = client.get(QUESTION).json()
    assert after["totals"]["revenue"] == 60_000.0 + 20.0 + 12.5
    verified = tillsight(server.home, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Traceback" not in (disk / "server.log").read_text() + (disk / "the.log").read_text()


def test_a_folder_that_may_not_be_written_is_told_and_heals(small: tuple[Server, Path]) -> None:
    server, disk = small
    files = {"file": ("b.csv", f"{HEADER}b1,p,Pen,2,2024-05-08,10,,\n")}
    with server.client() as client:
        with read_only(disk / "sales"):
            refused = client.post("/api/imports", files=files)
            assert client.post("/api/purchases", json=PURCHASE).is_success
            assert client.get(QUESTION).is_success
            started = tillsight(server.home, "serve", "--port", str(free_port()))
        loaded = client.post("/api/imports", files=files)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert "may not use a file or folder of its own" in refused.json()["detail"]
    assert str(disk) not in refused.text
    assert f"path={disk / 'sales'}" in (disk / "the.log").read_text()
    assert started.returncode == 1
    assert "sales cannot be used" in " ".join(started.stderr.split())
    assert loaded.status_code == 201
