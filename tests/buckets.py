"""An S3-speaking server, really started; and shops that keep their sales in one place."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from serving import free_port
from shop import Shop, opened
from tillsight.database import Database
from tillsight.sales.folders import Folders
from tillsight.sales.journal_place import require_place
from tillsight.settings import load_settings
from wires import Wire

KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "known to everybody",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "eu-central-1",
}
START_WITHIN = 60  # seconds


@dataclass(frozen=True)
class Place:
    """Where a shop keeps its sales, as the setting names it; the wire to it, if it is a bucket."""

    journal: str
    wire: Wire | None = None


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that speaks S3 and holds what it is given in memory."""
    port = free_port()
    said = tmp_path_factory.mktemp("s3") / "log"
    with said.open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + START_WITHIN
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)
    yield port
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture
def bucket(s3_server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty prefix of a new bucket, by a wire that can be cut."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    name = f"shop-{uuid4().hex[:12]}"
    where = f"<CreateBucketConfiguration><LocationConstraint>{KEYS['AWS_REGION']}"
    where += "</LocationConstraint></CreateBucketConfiguration>"
    made = httpx2.put(f"http://127.0.0.1:{s3_server}/{name}", content=where, timeout=START_WITHIN)
    assert made.is_success, made.text
    wire = Wire(lambda: socket.create_connection(("127.0.0.1", s3_server)))
    options = f"endpoint_override=127.0.0.1:{wire.port}&scheme=http"
    yield Place(f"s3://{name}/a/shop?{options}", wire)
    wire.close()


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind."""
    if request.param == "bucket":
        return request.getfixturevalue("bucket")
    shared = tmp_path / "shared"
    shared.mkdir()
    return Place(str(shared))


@contextmanager
def server_at(home: Path, place: Place, url: str, **settings: object) -> Iterator[Shop]:
    """A shop as one of its servers has it: with a home of its own."""
    home.mkdir(exist_ok=True)
    chosen = load_settings(home=home, journal=place.journal, database_url=url, **settings)
    with closing(Database(url)) as database:
        database.upgrade()
        require_place(database, Folders.of(chosen))
    with opened(chosen) as shop:
        yield shop
