"""Who gets in: every route against a stranger, and what is open on purpose."""

import re

import pytest
from starlette.testclient import TestClient

from api_shop import PASSWORD, Api
from tillsight.api.app import create_api
from tillsight.api.pages import safe_next
from tillsight.server import Doorkeeper

OPEN = {
    ("GET", "/"),
    ("GET", "/api"),
    ("GET", "/api/health"),
    ("GET", "/api/health/alive"),
    ("GET", "/api/health/ready"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh"),
    ("GET", "/api/auth/options"),
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/verify-email"),
    ("POST", "/api/auth/resend-verification"),
    ("POST", "/api/auth/forgot-password"),
    ("POST", "/api/auth/reset-password"),
    ("POST", "/api/auth/accept-invite"),
}


def routes_of(api: Api) -> list[tuple[str, str]]:
    """Every documented route."""
    paths = api.client.get("/api/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, routes in paths.items() for method in routes]


def test_every_route_but_the_open_ones_refuses_strangers(api: Api) -> None:
    routes = routes_of(api)
    assert set(routes) >= OPEN
    answers = {
        (method, path): api.client.request(method, re.sub(r"{\w+}", "1", path))
        for method, path in routes
    }
    let_in = {route for route, answer in answers.items() if answer.status_code != 401}
    assert let_in == OPEN
    for route in answers.keys() - OPEN:
        assert answers[route].json()["detail"] == "Not authenticated"
        assert answers[route].headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "x" * 10_000])
def test_a_bad_token_is_told_as_such(api: Api, token: str) -> None:
    answer = api.client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Could not validate credentials"


def test_what_is_unknown_is_json_404_and_hidden_from_strangers(api: Api) -> None:
    assert api.client.get("/api/nothing").status_code == 401
    answer = api.client.get("/api/nothing", headers=api.as_("viewer"))
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is nothing at /api/nothing. See /api/docs."
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_another_method_is_405_and_says_which_are_there(api: Api) -> None:
    answer = api.client.get("/api/auth/verify-email")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    answer = api.client.delete("/api/users/me", headers=api.as_("viewer"))
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_the_root_is_a_contract_for_programs(api: Api) -> None:
    root = {"message": "Sales Analytics API", "version": "1.0.0", "docs": "/api/docs"}
    assert api.client.get("/").json() == root
    assert api.client.get("/api").json() == root


def test_api_pages_need_no_other_server(api: Api) -> None:
    for page in ("/api/docs", "/api/redoc"):
        text = api.client.get(page).text
        assert re.findall(r"(?:src|href)=[\"'](https?:)?//", text) == []
        for file in re.findall(r"(?:src|href)=\"(/[^\"]+)\"", text):
            assert api.client.get(file).status_code == 200
    assert api.client.get("/docs", follow_redirects=False).headers["location"] == "/api/docs"


def test_api_pages_can_be_closed(api: Api) -> None:
    settings = api.shop.settings.model_copy(update={"public_docs": False})
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    with TestClient(Doorkeeper(app, settings, api.shop.database)) as client:
        for page in (
            "/api/docs",
            "/api/redoc",
            "/api/openapi.json",
            "/api/docs/files/swagger-ui.css",
        ):
            assert client.get(page).status_code == 401
        assert client.get("/api/docs", headers=api.as_("viewer")).status_code == 200


def test_login_takes_json_and_the_password_form(api: Api) -> None:
    api.as_("viewer")
    email = "viewer@example.com"
    for request in (
        {"json": {"email": email, "password": PASSWORD}},
        {"json": {"email": "viewer", "password": PASSWORD}},
        {"data": {"username": email, "password": PASSWORD, "grant_type": "password"}},
    ):
        answer = api.client.post("/api/auth/login", **request)
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "bearer"
    wrong = api.client.post("/api/auth/login", json={"email": email, "password": "wrong one"})
    assert wrong.status_code == 401
    assert wrong.json()["detail"] == "Incorrect email or password"


@pytest.mark.parametrize(
    "request_of",
    [
        {"json": {"email": "a@example.com"}},
        {"json": ["a@example.com", "x"]},
        {"json": {"email": {"$ne": 1}, "password": 5}},
        {"content": b"{", "headers": {"content-type": "application/json"}},
        {"data": {"username": "a"}},
        {},
    ],
)
def test_malformed_logins_are_422_without_the_password(api: Api, request_of: dict) -> None:
    answer = api.client.post("/api/auth/login", **request_of)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_who_i_am(api: Api) -> None:
    me = api.get("/api/users/me", role="admin")
    assert me.keys() >= {
        "id",
        "email",
        "username",
        "full_name",
        "is_active",
        "is_verified",
        "is_superuser",
        "created_at",
        "last_login",
        "language",
    }
    assert (me["email"], me["is_superuser"]) == ("admin@example.com", True)
    assert "password" not in str(me)


def test_after_logout_the_token_is_worth_nothing(api: Api) -> None:
    headers = api.as_("viewer")
    assert api.client.post("/api/auth/logout", headers=headers).status_code == 200
    assert api.client.get("/api/users/me", headers=headers).status_code == 401


def browser_of(api: Api) -> TestClient:
    """A client that has signed in through the page, and carries its cookie."""
    api.as_("editor")
    form = {"login": "editor@example.com", "password": PASSWORD, "next": "/imports?a=b"}
    answer = api.client.post("/signin", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/imports?a=b"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    return api.client


def test_the_page_sets_a_cookie_that_speaks_for_the_person(api: Api) -> None:
    client = browser_of(api)
    assert client.get("/api/users/me").json()["email"] == "editor@example.com"
    answer = client.post(
        "/signout", follow_redirects=False, headers={"origin": "http://testserver"}
    )
    assert answer.headers["location"] == "/signin"
    assert client.get("/api/users/me").status_code == 401


@pytest.mark.parametrize(
    "proof",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_cannot_use_the_cookie(api: Api, proof: dict) -> None:
    client = browser_of(api)
    for path in ("/api/imports", "/api/auth/logout", "/signout", "/signin"):
        assert client.post(path, headers=proof).status_code == 403
    assert client.get("/api/users/me").status_code == 200


def test_wrong_sign_in_says_so_on_the_page(api: Api) -> None:
    answer = api.client.post("/signin", data={"login": "<b>x</b>", "password": "wrong one"})
    assert answer.status_code == 401
    assert "Incorrect email or password" in answer.text
    assert "<b>x</b>" not in answer.text


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("/", "/"),
        ("/imports?a=b&c=d", "/imports?a=b&c=d"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_sign_in_leads_nowhere_else(target: str, wanted: str) -> None:
    assert safe_next(target) == wanted


def test_every_answer_has_a_request_id_and_safe_headers(api: Api) -> None:
    answer = api.client.get("/api/metrics/query?measures=x", headers=api.as_("viewer"))
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_failing_commit_is_not_a_success(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction ends before the answer leaves; here the database goes away in between."""
    from sqlalchemy.orm import Session

    headers = api.as_("viewer")

    def fail(_self: Session) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Session, "commit", fail)
    answer = api.client.post("/api/auth/logout", headers=headers)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "An unexpected error occurred. Please try again later."
    monkeypatch.undo()
    assert api.client.get("/api/users/me", headers=headers).status_code == 200
