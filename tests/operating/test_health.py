"""What strangers are told of how the server is."""

import re
import shutil
import time
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from api_shop import SALES, Api
from tillsight.api.app import create_api
from tillsight.database import Database
from tillsight.operating.health import DiskState, JournalState, looker
from tillsight.operating.looks import Looks
from tillsight.server import Doorkeeper


class Room(NamedTuple):
    """What `shutil.disk_usage` tells, in bytes."""

    total: int
    used: int
    free: int


def test_the_shape_of_health(api: Api) -> None:
    found = api.client.get("/api/health")
    assert found.status_code == 200
    assert found.json().keys() == {
        *("status", "service", "version"),
        *("alive", "ready", "database", "journal", "laid_out_percent", "disk", "files"),
    }
    assert api.client.get("/api/health/ready").json() == found.json()
    assert api.client.get("/api/health/alive").json() == {"alive": True}
    assert not re.search(r"\d{4,}|/", found.text)


def test_a_database_that_is_away(api: Api) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    app = create_api(api.shop.settings, gone, api.shop.warehouse)
    with TestClient(Doorkeeper(app, api.shop.settings, gone)) as client:
        found = client.get("/api/health")
        assert found.status_code == 200  # what the contract says
        wanted = {"status": "degraded", "ready": False, "database": "disconnected"}
        assert found.json().items() >= {**wanted, "journal": "unknown"}.items()
        answer = client.get("/api/health/ready")
        assert (answer.status_code, answer.json()) == (503, found.json())
        assert client.get("/api/health/alive").json() == {"alive": True}
        signed_in = client.get("/api/health", headers={"Authorization": "Bearer of.a.session"})
        assert (signed_in.status_code, signed_in.json()) == (200, found.json())


def test_sales_that_are_laid_out_for_the_first_time(api: Api) -> None:
    shop = api.shop
    look = looker(shop.database, shop.warehouse, shop.folders)
    assert look().journal is JournalState.current  # a shop without sales
    shop.load_text(SALES)
    assert (look().journal, look().ready) == (JournalState.preparing, False)
    shop.warehouse.catch_up(wait=60)
    assert (look().journal, look().ready) == (JournalState.current, True)
    shop.load_text(SALES.replace("Pen", "Quill"))
    assert (look().journal, look().ready) == (JournalState.behind, True)


def test_room_on_the_disk(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = api.shop
    look = looker(shop.database, shop.warehouse, shop.folders)
    for total, free, state in (
        (10**12, 10**11, DiskState.enough),
        (10**12, 10**9, DiskState.low),
        (10**10, 4 * 10**8, DiskState.low),
        (10**10, 6 * 10**8, DiskState.enough),
        (10**12, 10**7, DiskState.full),
    ):
        room = Room(total, total - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, room=room: room)
        found = look()
        assert (found.disk, found.ready) == (state, True)
        assert found.is_healthy is (state is DiskState.enough)


def test_many_who_ask_are_one_look_and_one_that_hangs_holds_up_nobody() -> None:
    begun, go_on = [], []

    def look() -> int:
        begun.append(1)
        while not go_on:
            time.sleep(0.01)
        return len(begun)

    looks = Looks(look, every=0)
    waiting = [looks.begin() for _ in range(20)]
    assert not any(one.done() for one in waiting)
    go_on.append(1)
    assert {one.result(timeout=20) for one in waiting} == {1}
    assert looks.begin().result(timeout=20) == 2


def test_a_look_that_fails_is_told_and_made_again() -> None:
    divisors = [0, 2]
    looks = Looks(lambda: 1 / divisors.pop(0), every=0)
    assert isinstance(looks.begin().exception(timeout=20), ZeroDivisionError)
    assert looks.begin().result(timeout=20) == 0.5
