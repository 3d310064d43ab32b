"""A really started server, as its own process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

EMAIL, PASSWORD = "owner@example.com", "owner's long password"
START_WITHIN = 60  # seconds


@dataclass
class Server:
    """A server at `url`, its home folder and its process."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def client(self) -> httpx2.Client:
        """Somebody who may do everything, signed in."""
        body = {"email": EMAIL, "password": PASSWORD}
        token = httpx2.post(f"{self.url}/api/auth/login", json=body).json()["access_token"]
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"})


def tillsight(
    home: Path, *arguments: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on a home folder; `said` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "tillsight", *arguments],
        env=environment(home, **settings),
        cwd=home,
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


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
    tillsight(home, "user", "add", EMAIL, "--role", "admin", said=f"{PASSWORD}\n", **settings)
    with started(home, **settings) as server:
        yield server


@contextmanager
def started(home: Path, **settings: str) -> Iterator[Server]:
    """Start a server without an account, wait until it answers, and stop it in the end."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tillsight", "serve", "--port", str(port)],
            env=environment(home, **settings),
            cwd=home,
            stdout=log,
            stderr=log,
        )
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
