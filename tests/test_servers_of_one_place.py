"""Two really started servers with homes of their own, one database and one place of files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from buckets import Place, place
from serving import Server, serving, tillsight
from shop import HEADER
from waits import until

__all__ = ["place"]

PATIENCE = 60.0  # seconds
SALES = f"{HEADER}1,p1,Pen,2,2024-06-07 10:00:00,10,c1,France\n"
BAD = f"{HEADER}2,p1,Pen,1,2024-06-08 10:00:00,10,c1,France\n3,p1,Pen,x,2024-06-08,10,c2,France\n"


@pytest.fixture
def settings(place: Place, postgres: Callable[[str], str]) -> dict[str, str]:
    url = postgres(f"s{uuid4().hex[:12]}")
    return {"DATABASE_URL": url, "JOURNAL": place.journal, "SECRET_KEY": "k7" * 24}


@pytest.fixture
def servers(settings: dict[str, str], tmp_path: Path) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(serving(tmp_path / name, **settings)) for name in ("one", "other")
        ]


def revenue(client: httpx2.Client) -> float | None:
    return client.get("/api/metrics/query?measures=revenue").json()["totals"]["revenue"]


def test_both_answer_alike_and_a_command_beside_them(
    servers: list[Server], settings: dict[str, str], place: Place, tmp_path: Path
) -> None:
    one, other = servers
    with one.client() as ours, other.client() as theirs:
        ours.timeout = theirs.timeout = PATIENCE
        assert ours.post("/api/imports", files={"file": ("a.csv", SALES)}).status_code == 201
        until(lambda: revenue(theirs) == revenue(ours) == 20)
        skipping = "/api/imports?skip_bad_rows=true"
        loaded = theirs.post(skipping, files={"file": ("b.csv", BAD)}).json()
        until(lambda: revenue(ours) == revenue(theirs) == 30)
        assert "3,p1,Pen,x" in ours.get(loaded["rejects"]).text
        assert ours.delete(f"/api/imports/{loaded['id']}").is_success
        until(lambda: revenue(ours) == revenue(theirs) == 20)
        for each in (ours, theirs):
            assert each.get("/api/health").json()["files"] == "reachable"
        (tmp_path / "third").mkdir()
        said = tillsight(tmp_path / "third", "verify", **settings)
        assert (said.returncode, "whole" in said.stdout) == (0, True), said.stderr
        checked = tillsight(tmp_path / "third", "check", **settings)
        assert "which answers" in checked.stdout
        if place.wire:
            place.wire.cut()
            more = SALES.replace("1,p1", "4,p1")
            refused = ours.post("/api/imports", files={"file": ("c.csv", more)})
            assert (refused.status_code, refused.json()["code"]) == (503, "journal_away")
            assert revenue(ours) == revenue(theirs) == 20
            place.wire.mend()
    logs = "".join((server.home / "server.log").read_text() for server in servers)
    assert "known to everybody" not in logs
