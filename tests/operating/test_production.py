"""A server in production, really started: what it refuses, and what it lets others do."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from serving import EMAIL, PASSWORD, Server, serving, tillsight

SECRET = "kJ3v-ZpQ7wT0xR5yB8nM2cL6hF9dS1gA"
TOOLS, EVIL = "https://tools.example.com", "https://evil.example"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": SECRET,
    "URL": "https://shop.example.com",
    "ALLOWED_HOSTS": "inside.example",
    "CORS_ORIGINS": TOOLS,
    "MAX_BODY": "20kB",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("production"), **PRODUCTION) as started:
        yield started


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SECRET_KEY": ""}, "TILLSIGHT_SECRET_KEY is not set"),
        ({"SECRET_KEY": "change-me-to-a-long-random-text"}, "TILLSIGHT_SECRET_KEY is a sample"),
        ({"SECRET_KEY": "hunter2"}, "TILLSIGHT_SECRET_KEY is"),
        ({"LOG_LEVEL": "debug"}, "TILLSIGHT_LOG_LEVEL is debug"),
        ({"MAIL": "console", "REGISTRATION": "open"}, "while people may register by themselves"),
        ({"MAIL": "console"}, "TILLSIGHT_MAIL is console"),
        ({"CORS_ORIGINS": "*"}, "TILLSIGHT_CORS_ORIGINS holds a *"),
    ],
)
def test_what_is_for_trying_out_does_not_start(
    tmp_path: Path, given: dict[str, str], named: str
) -> None:
    refused = tillsight(tmp_path, "serve", "--port", "0", **PRODUCTION | given)
    assert refused.returncode == 1
    assert named in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    secret = given.get("SECRET_KEY")
    assert not secret or secret not in refused.stderr
    assert [*tmp_path.iterdir()] == []


def test_the_demo_is_not_for_production(tmp_path: Path) -> None:
    refused = tillsight(tmp_path, "demo", "--port", "0", **PRODUCTION)
    assert refused.returncode == 1
    assert "not for TILLSIGHT_ENVIRONMENT=production" in " ".join(refused.stderr.split())
    assert [*tmp_path.iterdir()] == []


def preflight(server: Server, origin: str, method: str = "POST", headers: str = "authorization"):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return httpx2.options(f"{server.url}/api/users/me", headers=asked)


def test_a_page_that_is_named_is_let_through_its_preflight(server: Server) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE"):
        answer = preflight(server, TOOLS, method, "authorization,content-type,x-api-key")
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == TOOLS
        assert method in answer.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()
    refused = preflight(server, TOOLS, headers="x-anything")
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://tools.example.com", f"{TOOLS}:8443", f"{TOOLS}.evil.example"]
)
def test_pages_of_strangers_may_call_and_read_nothing(server: Server, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(server, origin).headers
    with server.client() as client:
        answer = client.get("/api/users/me", headers={"Origin": origin})
        assert answer.status_code == 200  # a program may; a browser shows its page nothing of it
        assert "access-control-allow-origin" not in answer.headers


def test_a_page_that_is_named_reads_with_a_token_and_not_with_a_cookie(server: Server) -> None:
    with server.client() as client:
        answer = client.get("/api/users/me", headers={"Origin": TOOLS})
    assert answer.json()["email"] == EMAIL
    assert answer.headers["access-control-allow-origin"] == TOOLS
    assert "access-control-allow-credentials" not in answer.headers
    form = {"login": EMAIL, "password": PASSWORD}
    cookie = httpx2.post(f"{server.url}/signin", data=form).headers["set-cookie"].split(";")[0]
    for origin in (TOOLS, EVIL):
        sent = {"Origin": origin, "Cookie": cookie}
        assert httpx2.post(f"{server.url}/api/auth/logout", headers=sent).status_code == 403


def test_it_answers_to_its_names_alone(server: Server) -> None:
    for name, status in (
        ("shop.example.com", 200),
        ("inside.example", 200),
        ("evil.example", 400),
        ("shop.example.com.evil.example", 400),
    ):
        answer = httpx2.get(f"{server.url}/api/health", headers={"Host": name})
        assert answer.status_code == status, name


def test_bodies_have_the_limit_that_is_set(server: Server) -> None:
    for length, status in ((15_000, 401), (25_000, 413)):
        body = {"email": "a@example.com", "password": "x" * length}
        answer = httpx2.post(f"{server.url}/api/auth/login", json=body)
        assert answer.status_code == status
    assert "larger than 20 KB" in answer.json()["detail"]


def test_every_answer_has_the_headers_and_none_says_what_serves(server: Server) -> None:
    for path in ("/signin", "/api/health", "/api/users/me", "/static/nothing.js", "/%00"):
        headers = httpx2.get(f"{server.url}{path}").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "frame-ancestors" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_strangers_and_people_have_limits_of_their_own(tmp_path: Path) -> None:
    limits = {"STRANGER_REQUESTS_PER_MINUTE": "150", "REQUESTS_PER_MINUTE": "60"}
    with serving(tmp_path, **PRODUCTION | limits) as server, server.client() as client:
        me = [client.get("/api/users/me").status_code for _ in range(150)]
        assert me[0] == 200
        assert me[-1] == 429
        with httpx2.Client(base_url=server.url) as stranger:
            answers = [stranger.get("/api/health") for _ in range(350)]
        assert answers[0].status_code == 200
        assert answers[-1].status_code == 429
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].json()["code"] == "too_many_requests"
