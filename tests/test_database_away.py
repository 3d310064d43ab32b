"""While the database is away people are told so, and all goes on when it is back."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import URL, create_engine, make_url, text

from contained import health_check
from serving import free_port, serving
from tillsight.database import MOST_WAITING, Database
from tillsight.errors import SetupError
from waits import until

QUESTION = "/api/metrics/query?measures=revenue"
CONTRACT = "/compat/hm-kpis/customers/gender"


def let_in(server: str, name: str, allowed: str) -> None:
    """Whether anybody may be connected with a database; who may not is thrown out."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"))
        if allowed == "false":
            of_it = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(of_it), {"name": name})
    engine.dispose()


def found_again(url: str, before: int) -> tuple[int, str]:
    """What the health check says once it is not `before`: what was found is told for a second."""
    until = time.monotonic() + 10
    while (found := health_check(url))[0] == before and time.monotonic() < until:
        time.sleep(0.2)
    return found


def test_a_database_that_is_away_is_told_and_comes_back(
    postgres: Callable[[str], str], tmp_path: Path
) -> None:
    url, others = postgres("comes_and_goes"), postgres("stays")
    with serving(tmp_path, DATABASE_URL=url, COMPAT="hm-kpis") as server:
        with server.client() as client:
            assert client.get(QUESTION).status_code == 200
            let_in(others, "comes_and_goes", "false")
            told, of_contract = client.get(QUESTION), client.get(CONTRACT)
            unwell = found_again(server.url, before=0)
            let_in(others, "comes_and_goes", "true")
            again = client.get(QUESTION)
        stranger = httpx2.get(f"{server.url}{QUESTION}")
        well = found_again(server.url, before=1)
        logged = (tmp_path / "server.log").read_text()
    gone = health_check(server.url)
    assert (told.status_code, told.json()["code"]) == (503, "unavailable")
    assert told.json()["detail"].startswith("The database does not answer at the moment.")
    assert told.headers["Retry-After"] == "5"
    assert of_contract.status_code == 503
    assert of_contract.json() == {"message": told.json()["detail"]}
    assert (again.status_code, stranger.status_code) == (200, 401)
    assert (unwell, well, gone[0]) == ((1, "degraded"), (0, "healthy"), 1)
    assert gone[1].startswith("nothing answers at port")
    assert "Traceback" not in logged


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_why_a_database_cannot_be_opened_is_told(kind: str, request: pytest.FixtureRequest) -> None:
    url = make_url(request.getfixturevalue(kind)(f"reasons_{kind}"))
    nobody = url.set(username="sesame", password="sesame")
    there = url.set(host="127.0.0.1", query={})

    assert "no database of that name" in _refusal(url.set(database="sesame"))
    assert "refuses the user or the password" in _refusal(nobody)
    assert "nothing answers at its host and port" in _refusal(there.set(port=free_port()))
    assert "its host is not known" in _refusal(there.set(host="sesame.invalid"))


def test_while_another_program_keeps_the_file_people_go_on_reading(tmp_path: Path) -> None:
    note = {"from": "2024-05-01", "text": "Street fair"}
    with serving(tmp_path) as server, server.client() as client, ThreadPoolExecutor(60) as many:
        client.timeout = httpx2.Timeout(120)
        with closing(sqlite3.connect(tmp_path / "tillsight.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            written = [many.submit(client.post, "/api/notes", json=note) for _ in range(60)]
            until(lambda: sum(one.done() for one in written) >= 60 - MOST_WAITING - 1)
            refused = [one.result() for one in written if one.done()]
            read = [client.get(path) for path in (QUESTION, "/api/notes", "/api/health")]
            other.execute("ROLLBACK")
        late = [one.result().status_code for one in written]
        kept = client.get("/api/notes").json()["notes"]
    assert {one.status_code for one in refused} == {503}
    assert refused[0].json()["detail"].startswith("The database does not answer at the moment.")
    assert {one.status_code for one in read} == {200}
    assert late.count(201) == len(kept) > 0
    assert late.count(503) == 60 - len(kept)


@pytest.mark.parametrize("content", [b"no database" * 999, None])
def test_a_file_that_is_no_database_is_told(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "sesame.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    found = _refusal(make_url(f"sqlite:///{path}"))

    assert ("no SQLite database" if content else "may not be written") in found
    assert "TILLSIGHT_HOME" in found


def _refusal(url: URL) -> str:
    database = Database(url.render_as_string(hide_password=False))
    with pytest.raises(SetupError) as refused:
        database.upgrade()
    database.close()
    assert "sesame" not in refused.value.message
    return refused.value.message
