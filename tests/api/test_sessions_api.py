"""Sign-in, renewal, and where somebody is signed in, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api_shop import PASSWORD, Api
from tillsight.accounts.models import RefreshToken, User, UserSession
from tillsight.accounts.refresh import GRACE
from tillsight.accounts.signed_in import browser_in_words
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper
from tillsight.settings import Contract
from waits import until

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def login(api: Api, role: str = "viewer", **headers: str) -> dict:
    """The tokens of one more session."""
    api.as_(role)
    body = {"email": f"{role}@example.com", "password": PASSWORD}
    answer = api.client.post("/api/auth/login", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def bearer(tokens: dict) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def change(api: Api, statement) -> None:
    with api.shop.database.writing() as session:
        session.execute(statement)


def me(api: Api, headers: dict[str, str]) -> int:
    return api.client.get("/api/users/me", headers=headers).status_code


def test_login_answers_what_the_contract_says_and_a_refresh_token(api: Api) -> None:
    tokens = login(api)
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 1800)


def test_refresh_goes_on_and_reuse_ends_the_session(api: Api) -> None:
    first = login(api)
    second = api.client.post(
        "/api/auth/refresh", json={"refresh_token": first["refresh_token"]}
    ).json()
    assert me(api, bearer(second)) == 200
    before = datetime.now(UTC) - 2 * GRACE
    spent = update(RefreshToken).where(RefreshToken.spent_at.is_not(None))
    change(api, spent.values(spent_at=before))
    again = api.client.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert again.status_code == 401
    assert again.json()["detail"] == "Could not validate credentials"
    assert again.headers["www-authenticate"] == "Bearer"
    assert me(api, bearer(second)) == 401
    newest = api.client.post("/api/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert newest.status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, [], None, {"refresh_token": 5}, {"refresh_token": "x" * 201}, {"refresh_token": None},
     {"refresh_token": "x", "role": "admin"}],
)  # fmt: skip
def test_malformed_refreshes_are_422(api: Api, body: object) -> None:
    answer = api.client.post("/api/auth/refresh", json=body)
    assert answer.status_code == 422


def test_refresh_token_is_not_repeated_in_a_refusal(api: Api) -> None:
    body = {"refresh_token": ["secret-of-mine"]}
    assert "secret-of-mine" not in api.client.post("/api/auth/refresh", json=body).text


def test_messages_of_the_contract(api: Api) -> None:
    tokens = login(api)
    body = {"email": "viewer@example.com", "password": PASSWORD}
    wrong = body | {"password": "wrong one"}

    def login_with(values: dict, sent: dict) -> tuple[int, str]:
        if values:
            change(api, update(User).values(**values))
        answer = api.client.post("/api/auth/login", json=sent)
        return answer.status_code, answer.json()["detail"]

    def called() -> tuple[int, str]:
        answer = api.client.get("/api/analytics/kpis", headers=bearer(tokens))
        return answer.status_code, answer.json()["detail"]

    unverified = "Email not verified. Please check your email for verification link."
    assert login_with({"is_verified": False}, body) == (403, unverified)
    assert called() == (403, unverified)
    assert login_with({}, wrong) == (401, "Incorrect email or password")
    off = {"is_verified": True, "is_active": False}
    assert login_with(off, body) == (400, "Inactive user account")
    assert called() == (400, "Inactive user")
    assert login_with({}, wrong) == (401, "Incorrect email or password")


def test_logout_ends_this_session_and_logout_all_the_others_too(api: Api) -> None:
    one, two, three = login(api), login(api), login(api)
    stranger = login(api, "editor")
    assert api.client.post("/api/auth/logout", headers=bearer(one)).status_code == 200
    assert [me(api, bearer(tokens)) for tokens in (one, two, three)] == [401, 200, 200]
    renewal = {"refresh_token": one["refresh_token"]}
    assert api.client.post("/api/auth/refresh", json=renewal).status_code == 401
    assert api.client.post("/api/auth/logout-all", headers=bearer(two)).status_code == 200
    assert [me(api, bearer(tokens)) for tokens in (two, three)] == [401, 401]
    assert me(api, bearer(stranger)) == 200


def test_sessions_are_listed_and_ended(api: Api) -> None:
    here = login(api, **{"User-Agent": "curl/8.1"})
    there = login(api, **{"User-Agent": FIREFOX})
    editor = login(api, "editor")

    def listed(tokens: dict) -> list[dict]:
        answer = api.client.get("/api/auth/sessions", headers=bearer(tokens))
        return answer.json()["sessions"]

    found = listed(here)
    assert len(found) == 3, "the one of the fixture, too"
    assert {one["browser"] for one in found} >= {"Firefox on Windows", "curl"}
    assert [one["browser"] for one in found if one["is_current"]] == ["curl"]
    assert {one["address"] for one in found} == {"testclient"}
    assert all(one["created_at"] and one["last_seen_at"] for one in found)
    [firefox] = [one["id"] for one in found if one["browser"] == "Firefox on Windows"]

    def end(number: object, tokens: dict) -> int:
        path = f"/api/auth/sessions/{number}"
        return api.client.delete(path, headers=bearer(tokens)).status_code

    assert end(firefox, editor) == 404, "somebody else's"
    assert me(api, bearer(there)) == 200
    assert end(firefox, here) == 200
    assert me(api, bearer(there)) == 401
    assert end(firefox, here) == 404
    assert firefox not in [one["id"] for one in listed(here)]
    assert end(4711, here) == 404
    assert {end(bad, here) for bad in ("x", "0", "-1", "1.5", "9" * 30)} == {422}


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
         " Safari/537.36"), "Chrome on Linux"),
        (("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
         " Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"), "Edge on Windows"),
        (("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
         " Version/26.0 Safari/605.1.15"), "Safari on macOS"),
        (("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
         " Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1"), "Chrome on iOS"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
         "Chrome on Android"),
        ("python-httpx/0.28", "Python"),
        ("<script>alert(1)</script>", "Unknown browser"),
        ("", "Unknown browser"),
        (None, "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_in_words(user_agent: str | None, words: str) -> None:
    assert browser_in_words(user_agent) == words


def test_last_seen_is_written_at_most_every_five_minutes(api: Api) -> None:
    headers = bearer(login(api))
    seen = select(UserSession.last_seen_at).order_by(UserSession.id.desc()).limit(1)

    def last_seen() -> datetime:
        with api.shop.database.reading() as session:
            return session.scalars(seen).one()

    begun = last_seen()
    me(api, headers)
    assert last_seen() == begun
    change(api, update(UserSession).values(last_seen_at=begun - timedelta(minutes=6)))
    me(api, headers)
    until(lambda: last_seen() > begun)  # it is noted beside the answer


def test_a_very_long_browser_name_is_cut(api: Api) -> None:
    headers = bearer(login(api, **{"User-Agent": "x" * 5000}))
    assert api.client.get("/api/auth/sessions", headers=headers).status_code == 200


def test_ten_wrong_passwords_are_429_here_and_nobody_else_is_stopped(api: Api) -> None:
    api.as_("viewer")
    body = {"email": "viewer@example.com", "password": "wrong one"}
    statuses = [api.client.post("/api/auth/login", json=body).status_code for _ in range(10)]
    assert statuses == [401] * 10
    # A header anybody can write is no address.
    for headers in ({}, {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}):
        answer = api.client.post(
            "/api/auth/login", json=body | {"password": PASSWORD}, headers=headers
        )
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 300
        assert answer.json()["code"] == "too_many_attempts"
    form = {"login": "viewer@example.com", "password": PASSWORD}
    page = api.client.post("/signin", data=form)
    assert (page.status_code, "Too many attempts" in page.text) == (429, True)
    assert 1 <= int(page.headers["retry-after"]) <= 300
    elsewhere = TestClient(api.client.app, client=("203.0.113.9", 1234))
    answer = elsewhere.post("/api/auth/login", json=body | {"password": PASSWORD})
    assert answer.status_code == 200


def test_a_person_may_ask_so_often_a_minute(api: Api) -> None:
    changed = {"requests_per_minute": 5, "compat": [Contract.kpi_circles]}
    settings = api.shop.settings.model_copy(update=changed)
    headers, others = api.as_("viewer"), api.as_("editor")
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    with TestClient(Doorkeeper(app, settings, api.shop.database)) as client:
        answers = [client.get("/api/users/me", headers=headers) for _ in range(8)]
        assert [answer.status_code for answer in answers[:5]] == [200] * 5
        assert answers[-1].status_code == 429
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert "request_id" in answers[-1].json()
        refused = client.get("/compat/kpi-circles/circles", headers=headers)
        assert (refused.status_code, list(refused.json())) == (429, ["message"])
        assert client.get("/api/users/me", headers=others).status_code == 200


def test_who_is_deactivated_sees_no_page(api: Api) -> None:
    api.as_("viewer")
    form = {"login": "viewer", "password": PASSWORD}
    assert api.client.post("/signin", data=form, follow_redirects=False).status_code == 303
    change(api, update(User).values(is_active=False))
    page = api.client.get("/sales", follow_redirects=False)
    assert page.headers["location"].startswith("/signin?next=")
