"""A really started server, as its own process."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from prepared import Begin, Command
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.errors import Conflict

EMAIL, PASSWORD = "owner@example.com", "owner's long password"
START_WITHIN = 60  # seconds


@dataclass
class Server:
    """A server at `url`, its home folder and its process."""

    url: str
    home: Path
    process: Command

    def client(self) -> httpx2.Client:
        """Somebody who may do everything, signed in."""
        body = {"email": EMAIL, "password": PASSWORD}
        answer = httpx2.post(f"{self.url}/api/auth/login", json=body, timeout=60)
        token = answer.json()["access_token"]
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"})


def tillsight(
    home: Path, *arguments: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on a home folder; `said` is its standard input."""
    with tempfile.TemporaryDirectory() as folder:
        read, out, err = (Path(folder) / name for name in ("in", "out", "err"))
        read.write_text(said)
        done = Command(arguments, environment(home, **settings), home, (read, out, err))
        try:
            code = done.wait(timeout=120)
        except subprocess.TimeoutExpired:
            done.kill()
            raise
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Our own environment without settings of Tillsight but the home folder's and these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TILLSIGHT_")}
    named = {f"TILLSIGHT_{name}": value for name, value in settings.items()}
    return kept | {"TILLSIGHT_HOME": str(home)} | named


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[Server]:
    """Start a server with an admin, wait until it answers, and stop it in the end."""
    home.mkdir(parents=True, exist_ok=True)
    database = Database(settings.get("DATABASE_URL", f"sqlite:///{home / 'tillsight.db'}"))
    database.upgrade()
    with suppress(Conflict), database.writing() as session:  # a home may be served again
        add_user(session, EMAIL, PASSWORD, Role.admin)
    database.close()
    with started(home, **settings) as server:
        yield server


@contextmanager
def started(home: Path, run: Begin | None = None, **settings: str) -> Iterator[Server]:
    """Start a server without an account, wait until it answers, and stop it in the end."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = home / "server.log"
    arguments = ["serve", "--port", str(port)]
    streams = (Path(os.devnull), log, log)
    process = Command(arguments, environment(home, **settings), home, streams, run)
    server = Server(f"http://127.0.0.1:{port}", home, process)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@dataclass
class Demo:
    """A demo shop that is served at `url`, all it printed, and its process."""

    url: str
    said: str
    process: Command

    def sign_ins(self) -> list[tuple[str, str, str]]:
        """E-mail, password and role of each person it names, an admin first."""
        return re.findall(r"Sign in as (\S+) with (\S+) \(an? (\w+)\)", self.said)


@contextmanager
def demo(home: Path, *options: str) -> Iterator[Demo]:
    """Start the demo, wait until it has said how to sign in, and stop it in the end."""
    port, said = free_port(), home / "said"
    said.write_text("")
    arguments = ["demo", "--port", str(port), *options]
    process = Command(arguments, environment(home), home, (Path(os.devnull), said, said))
    try:
        deadline = time.monotonic() + START_WITHIN
        while "Ctrl+C" not in said.read_text():
            assert time.monotonic() < deadline, said.read_text()
            assert process.poll() is None, said.read_text()
            time.sleep(0.1)
        yield Demo(f"http://localhost:{port}", said.read_text(), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx2.get(f"{server.url}/api/health", timeout=5).is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    said = (server.home / "server.log").read_text()
    raise AssertionError(f"the server did not start: {said}")
