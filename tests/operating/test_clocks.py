"""A clock that jumps years ahead and back under a server: nobody is locked out, nothing is lost."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from backups import backed_up
from parts import missing
from serving import EMAIL, PASSWORD, environment, free_port
from shop import HEADER, Shop
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.operating import backup
from waits import until

TEN_YEARS = 10 * 365 * 86_400
SHIFTED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
/* The clock of the wall as many seconds ahead as a file says; all other clocks as they are. */
int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(id, at);
    if (id != CLOCK_REALTIME || done) return done;
    FILE *file = fopen(getenv("SHIFTED_BY"), "r");
    long seconds = 0;
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    at->tv_sec += seconds;
    return 0;
}
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that shifts the clock of a process that has it loaded."""
    folder = tmp_path_factory.mktemp("clock")
    (folder / "shifted.c").write_text(SHIFTED)
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        missing("there is no C compiler to shift the clock with")
    made = folder / "shifted.so"
    command = [compiler, "-shared", "-fPIC", "-o", made, folder / "shifted.c", "-ldl"]
    subprocess.run(command, check=True)
    return made


@contextmanager
def clocked(home: Path, shim: Path) -> Iterator[tuple[str, Callable[[int], None]]]:
    """A server with its address, and what sets its clock ahead by so many seconds."""
    home.mkdir()
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    database.upgrade()
    with database.writing() as session:
        add_user(session, EMAIL, PASSWORD, Role.admin)
    database.close()
    shift = home / "shift"
    shift.write_text("0")
    port = free_port()
    shifted = {"LD_PRELOAD": str(shim), "SHIFTED_BY": str(shift)}
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tillsight", "serve", "--port", str(port)],
            env=environment(home) | shifted,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, (home / "server.log").read_text()
        try:
            return httpx2.get(f"{url}/api/health/ready").is_success
        except httpx2.TransportError:
            return False

    try:
        until(answers)
        yield url, lambda seconds: shift.write_text(str(seconds))
    finally:
        process.terminate()
        process.wait(timeout=30)


def sign_in(url: str, password: str = PASSWORD) -> httpx2.Response:
    return httpx2.post(f"{url}/api/auth/login", json={"email": EMAIL, "password": password})


def buy(url: str, signed_in: httpx2.Response, key: str) -> httpx2.Response:
    token = signed_in.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    body = {"customer": "Ada", "country": "Peru", "date": "2024-05-01", "amount": 5}
    return httpx2.post(f"{url}/api/purchases", json=body, headers=headers)


def test_a_clock_that_jumps_ten_years_and_back(shim: Path, tmp_path: Path) -> None:
    with clocked(tmp_path / "home", shim) as (url, shift):
        before = sign_in(url)
        first = buy(url, before, "one")
        shift(TEN_YEARS)
        stale = buy(url, before, "one")
        ahead = sign_in(url)
        again = buy(url, ahead, "one")
        second = buy(url, ahead, "two")
        locked = [sign_in(url, "wrong").status_code for _ in range(12)]
        shift(0)
        refused = buy(url, ahead, "three")
        back = sign_in(url)
        repeated = [buy(url, back, key).json()["id"] for key in ("one", "two")]
        third = buy(url, before, "three")
        shift(-3600)
        earlier = sign_in(url)
        fourth = buy(url, earlier, "four")
        headers = {"Authorization": f"Bearer {earlier.json()['access_token']}"}
        asked = httpx2.get(f"{url}/api/metrics/query?measures=revenue", headers=headers)
        log = (tmp_path / "home" / "server.log").read_text()
    assert (stale.status_code, refused.status_code) == (401, 401)
    assert locked[-1] == 429
    assert back.status_code == earlier.status_code == 200
    assert first.json()["id"] == again.json()["id"]
    assert repeated == [first.json()["id"], second.json()["id"]]
    assert third.is_success
    assert fourth.is_success
    assert asked.json()["totals"]["revenue"] == 20.0
    assert "Traceback" not in log


def test_backups_are_in_order_whatever_the_clock_says(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "backups"
    shop.load_text(f"{HEADER}1,p,Pen,2,2024-05-07,10,,\n")

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=3650)

    with monkeypatch.context() as set_ahead:
        set_ahead.setattr(backup, "datetime", Ahead)
        early = backed_up(shop, place)
    late = backed_up(shop, place)
    assert early.manifest.name < late.manifest.name
    assert late.manifest.made_at < datetime.now(UTC)
    assert backup.keep_latest(place, 1) == 1
    names = [one.stem for one in (place / "backups").glob("*.json")]
    assert names == [late.manifest.name]
