"""The whole API as its description has it, searched by schemathesis for what it should not answer.

A really started server is asked as every role, with all checks on: no 5xx, no undocumented status,
no answer of another shape, nothing accepted that the description forbids or refused that it allows.
The requests are the same at each run; `make bench-api` asks many more.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from api_shop import PASSWORD, SALES
from kpi_api import KPI
from serving import EMAIL, Server, serving, tillsight
from serving import PASSWORD as PASSWORD_OF_OWNER

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("TILLSIGHT_API_EXAMPLES", "3"))
LONG = "TILLSIGHT_API_EXAMPLES" in os.environ

ENDS_THE_SESSION = (
    "POST /api/auth/logout",
    "POST /api/auth/logout-all",
    "DELETE /api/auth/sessions/{session_id}",
    "PATCH /api/users/{user_id}",  # an admin may switch off the account that is asking
)
"""Left out: after these everything else would only be asked by a stranger."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a few sales, a circle and its KPI, and somebody of each role."""
    with serving(tmp_path_factory.mktemp("searched")) as started:
        for role in ("viewer", "editor", "manager"):
            email = f"{role}@example.com"
            tillsight(started.home, "user", "add", email, "--role", role, said=f"{PASSWORD}\n")
        with started.client() as owner:
            loaded = owner.post("/api/imports", files={"file": ("a.csv", SALES)})
            assert loaded.status_code == 201
            assert owner.post("/api/circles", json={"name": "Sales"}).status_code == 201
            assert owner.post("/api/kpis", json=KPI).status_code == 201
            value = {"period": "2026-01", "value": 5}
            assert owner.post("/api/kpis/1/values", json=value).status_code == 201
        yield started


def token(server: Server, role: str) -> str:
    """An access token of somebody with the role."""
    email, password = (
        (EMAIL, PASSWORD_OF_OWNER) if role == "admin" else (f"{role}@example.com", PASSWORD)
    )
    body = {"email": email, "password": password}
    return httpx2.post(f"{server.url}/api/auth/login", json=body).json()["access_token"]


@pytest.mark.parametrize("role", ["stranger", "viewer", "editor", "manager", "admin"])
def test_the_api_answers_as_it_describes(server: Server, role: str, tmp_path: Path) -> None:
    # What holds for every role alike is tried once, as the one who may do most.
    phases = "coverage,fuzzing,stateful" if role == "admin" or LONG else "fuzzing"
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{server.url}/api/openapi.json",
        *("--checks", "all", "--continue-on-failure", "--no-color"),
        *("--phases", phases, "--max-examples", str(EXAMPLES)),
        *("--seed", "4", "--generation-database", "none"),
        *(part for name in ENDS_THE_SESSION for part in ("--exclude-name", name)),
    ]
    if role != "stranger":
        command += ["--header", f"Authorization: Bearer {token(server, role)}"]
    run = subprocess.run(
        command,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis" / "hooks.py")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(run.stdout[-2000:])
    assert run.returncode == 0, run.stdout + run.stderr
    generated = re.search(r"(\d+) generated", run.stdout)
    assert generated
    assert int(generated[1]) > 100
    if role != "stranger":
        me = {"Authorization": f"Bearer {token(server, role)}"}
        assert httpx2.get(f"{server.url}/api/users/me", headers=me).status_code == 200
