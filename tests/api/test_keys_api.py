"""API keys: what they open, and what only a person who is signed in may do."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from api_shop import PASSWORD, SALES, Api
from tillsight.accounts.keys import MOST_KEYS
from tillsight.accounts.models import ApiKey, Role, User
from tillsight.accounts.sessions import identify
from tillsight.settings import load_settings
from waits import until


def make(api: Api, **body: str) -> dict:
    """A key of the editor."""
    answer = api.client.post(
        "/api/users/me/keys", json={"name": "till"} | body, headers=api.as_("editor")
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def status(api: Api, key: str, path: str = "/api/users/me") -> int:
    return api.client.get(path, headers={"X-API-Key": key}).status_code


def change(api: Api, statement) -> None:
    with api.shop.database.writing() as session:
        session.execute(statement)


def test_a_key_opens_the_api_in_both_headers(api: Api) -> None:
    key = make(api)
    assert key["key"].startswith("tsk_")
    assert len(key["key"]) >= 47
    assert key["role"] == "viewer", "no more than was asked for"
    for headers in (
        {"X-API-Key": key["key"]},
        {"Authorization": f"Bearer {key['key']}"},
        {"authorization": f"bearer {key['key']}"},
    ):
        answer = api.client.get("/api/users/me", headers=headers)
        assert (answer.status_code, answer.json()["email"]) == (200, "editor@example.com")


def test_a_key_is_shown_once_and_kept_as_a_keyed_hash(api: Api) -> None:
    key = make(api)
    [listed] = api.get("/api/users/me/keys", role="editor")["keys"]
    assert listed == {name: value for name, value in key.items() if name != "key"}
    stored = api.shop.database.engine.raw_connection()
    dump = "\n".join(stored.iterdump())  # type: ignore[attr-defined]
    stored.close()
    assert key["key"] not in dump
    other = load_settings(home=api.shop.settings.home / "other")
    with api.shop.database.reading() as session:
        assert identify(api.shop.settings, session, key["key"]) is not None
        assert identify(other, session, key["key"]) is None, "another secret, another hash"


def test_a_key_does_what_its_role_may_and_never_more_than_its_owner(api: Api) -> None:
    as_viewer, as_editor = make(api), make(api, role="editor")

    def upload(key: str) -> int:
        files = {"file": ("a.csv", SALES)}
        return api.client.post("/api/imports", files=files, headers={"X-API-Key": key}).status_code

    assert upload(as_viewer["key"]) == 403
    assert upload(as_editor["key"]) in {200, 201}
    change(api, update(User).where(User.email == "editor@example.com").values(role=Role.viewer))
    assert upload(as_editor["key"]) == 403
    assert status(api, as_editor["key"]) == 200


def test_nobody_gives_a_key_more_than_they_have(api: Api) -> None:
    for role in ("manager", "admin"):
        answer = api.client.post(
            "/api/users/me/keys", json={"name": "x", "role": role}, headers=api.as_("editor")
        )
        assert answer.status_code == 403
        assert "yours is editor" in answer.json()["detail"]


def test_a_revoked_key_is_worth_nothing(api: Api) -> None:
    key = make(api)
    path = f"/api/users/me/keys/{key['id']}"
    assert api.client.delete(path, headers=api.as_("admin")).status_code == 404, "not theirs"
    assert status(api, key["key"]) == 200
    assert api.client.delete(path, headers=api.as_("editor")).status_code == 200
    answer = api.client.get("/api/users/me", headers={"X-API-Key": key["key"]})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Could not validate credentials"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert api.client.delete(path, headers=api.as_("editor")).status_code == 404
    assert api.get("/api/users/me/keys", role="editor")["keys"] == []


def test_keys_rest_while_their_owner_is_deactivated(api: Api) -> None:
    key = make(api)
    change(api, update(User).values(is_active=False))
    answer = api.client.get("/api/analytics/kpis", headers={"X-API-Key": key["key"]})
    assert (answer.status_code, answer.json()["detail"]) == (400, "Inactive user")
    change(api, update(User).values(is_active=True))
    assert status(api, key["key"]) == 200


@pytest.mark.parametrize(
    "key", ["tsk_", "tsk_x", "x", "", "tsk_" + "x" * 10_000, "tsk_' OR 1=1 --", "a.b.c"]
)
def test_wrong_keys_are_refused(api: Api, key: str) -> None:
    make(api)
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        answer = api.client.get("/api/users/me", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["detail"] == "Could not validate credentials"


def test_only_a_key_is_a_key(api: Api) -> None:
    token = api.as_("viewer")["Authorization"].removeprefix("Bearer ")
    assert status(api, token) == 401


def test_a_wrong_key_is_not_made_good_by_a_cookie(api: Api) -> None:
    api.as_("viewer")
    form = {"login": "viewer", "password": PASSWORD}
    api.client.post("/signin", data=form, follow_redirects=False)
    assert api.client.get("/api/users/me").status_code == 200
    assert status(api, "tsk_wrong") == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/users/me/keys", None),
        ("POST", "/api/users/me/keys", {"name": "another"}),
        ("DELETE", "/api/users/me/keys/1", None),
        ("POST", "/api/users/me/password", {"current_password": PASSWORD, "new_password": "n" * 9}),
        ("PATCH", "/api/users/me", {"first_name": "Eve"}),
        ("GET", "/api/auth/sessions", None),
        ("DELETE", "/api/auth/sessions/1", None),
        ("POST", "/api/auth/logout", None),
        ("POST", "/api/auth/logout-all", None),
    ],
)
def test_what_a_key_may_not_do(api: Api, method: str, path: str, body: dict | None) -> None:
    key = make(api, role="editor")
    answer = api.client.request(method, path, json=body, headers={"X-API-Key": key["key"]})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "An API key cannot do this. Sign in with your password."
    assert len(api.get("/api/users/me/keys", role="editor")["keys"]) == 1
    assert api.get("/api/users/me", role="editor")["first_name"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": "x", "role": "owner"},
        {"name": "x", "user_id": 1},
        {"name": None},
        [],
    ],
)
def test_malformed_keys_are_422(api: Api, body: object) -> None:
    headers = api.as_("editor")
    assert api.client.post("/api/users/me/keys", json=body, headers=headers).status_code == 422


def test_a_person_has_a_bounded_number_of_keys(api: Api) -> None:
    for number in range(MOST_KEYS):
        make(api, name=f"key {number}")
    answer = api.client.post("/api/users/me/keys", json={"name": "x"}, headers=api.as_("editor"))
    assert answer.status_code == 409
    keys = api.get("/api/users/me/keys", role="editor")["keys"]
    path = f"/api/users/me/keys/{keys[0]['id']}"
    api.client.delete(path, headers=api.as_("editor"))
    make(api)


def test_last_use_is_written_at_most_every_five_minutes(api: Api) -> None:
    key = make(api)["key"]

    def last_used() -> datetime | None:
        with api.shop.database.reading() as session:
            return session.scalars(select(ApiKey.last_used_at)).one()

    assert last_used() is None
    status(api, key)
    until(lambda: last_used() is not None)  # it is noted beside the answer
    first = last_used()
    assert first is not None
    status(api, key)
    assert last_used() == first
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    used = api.get("/api/audit", "admin", action="key_used")["entries"]
    assert [one["subject"] for one in used] == ["key 1"]
