"""What people change about themselves, and what admins change of others."""

import pytest
from sqlalchemy import select, update

from api_shop import PASSWORD, Api
from tillsight.accounts.models import OneTimeToken, Purpose, Role, User
from tillsight.accounts.users import add_user

NEW_PASSWORD = "quite another password"


def patch(api: Api, path: str, body: object, role: str = "admin"):
    return api.client.patch(path, json=body, headers=api.as_(role))


def id_of(api: Api, role: str) -> int:
    return api.get("/api/users/me", role=role)["id"]


def login(api: Api, name: str, password: str = PASSWORD):
    return api.client.post("/api/auth/login", json={"email": name, "password": password})


def test_names_are_changed_one_by_one(api: Api) -> None:
    changed = patch(
        api, "/api/users/me", {"first_name": "Ada", "last_name": " Lovelace "}, "viewer"
    )
    assert changed.status_code == 200
    assert changed.json()["full_name"] == "Ada Lovelace"
    assert changed.json()["note"] is None
    assert patch(api, "/api/users/me", {"first_name": None}, "viewer").status_code == 200
    me = api.get("/api/users/me")
    assert (me["first_name"], me["last_name"], me["full_name"]) == (None, "Lovelace", "Lovelace")


def test_a_language_is_chosen_and_given_back(api: Api) -> None:
    assert api.get("/api/users/me")["language"] is None
    for language in ("de", "en", None):
        changed = patch(api, "/api/users/me", {"language": language}, "viewer")
        assert (changed.status_code, changed.json()["language"]) == (200, language)
        assert api.get("/api/users/me")["language"] == language
    assert patch(api, "/api/users/me", {"language": "xx"}, "viewer").status_code == 422
    editor = api.get("/api/users/me", role="editor")["id"]
    assert patch(api, f"/api/users/{editor}", {"language": "de"}, "admin").status_code == 422


def test_a_new_username_signs_in(api: Api) -> None:
    api.as_("editor")
    assert patch(api, "/api/users/me", {"username": "Countess"}, "viewer").status_code == 200
    assert api.get("/api/users/me")["username"] == "countess"
    assert login(api, "COUNTESS").status_code == 200
    assert login(api, "viewer").status_code == 401
    taken = patch(api, "/api/users/me", {"username": "editor"}, "viewer")
    assert taken.status_code == 409
    assert api.get("/api/users/me")["username"] == "countess"


def test_a_new_address_takes_the_password_and_is_unverified(api: Api) -> None:
    body = {"email": "ada@example.com"}
    for proof in ({}, {"current_password": "wrong one"}, {"current_password": None}):
        refused = patch(api, "/api/users/me", body | proof, "viewer")
        assert refused.status_code in {400, 422}
        assert api.get("/api/users/me")["email"] == "viewer@example.com"
    changed = patch(api, "/api/users/me", body | {"current_password": PASSWORD}, "viewer")
    assert (changed.status_code, changed.json()["is_verified"]) == (200, False)
    assert "has to be verified" in changed.json()["note"]
    assert api.client.get("/api/users/me", headers=api.as_("viewer")).status_code == 403
    assert login(api, "ada@example.com").status_code == 403
    assert login(api, "viewer@example.com").status_code == 401


def test_the_same_address_again_needs_nothing(api: Api) -> None:
    same = patch(api, "/api/users/me", {"email": "VIEWER@example.com"}, "viewer")
    assert (same.status_code, same.json()["is_verified"]) == (200, True)


def test_the_address_of_somebody_else_is_refused(api: Api) -> None:
    api.as_("editor")
    body = {"email": "editor@example.com", "current_password": PASSWORD}
    assert patch(api, "/api/users/me", body, "viewer").status_code == 409
    assert api.get("/api/users/me")["is_verified"]


@pytest.mark.parametrize(
    "body",
    [
        {"role": "admin"},
        {"is_verified": True},
        {"is_superuser": True},
        {"id": 7},
        {"username": None},
        {"email": None, "current_password": PASSWORD},
        {"username": "a@b.ch"},
        {"username": ""},
        {"username": "x" * 151},
        {"email": "no address", "current_password": PASSWORD},
        {"first_name": "x" * 201},
        {"first_name": "a\x00b"},
        {"first_name": {"$ne": 1}},
        [],
    ],
)
def test_what_cannot_be_changed_so_is_422(api: Api, body: object) -> None:
    before = api.get("/api/users/me")
    answer = patch(api, "/api/users/me", body, "viewer")
    assert answer.status_code == 422
    assert PASSWORD not in answer.text
    assert api.get("/api/users/me") == before


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "'; DROP TABLE users; --", "Zoë 王", "{{7*7}}"]
)
def test_any_printable_name_comes_back_as_it_is(api: Api, name: str) -> None:
    assert patch(api, "/api/users/me", {"first_name": name}, "viewer").status_code == 200
    assert api.get("/api/users/me")["first_name"] == name


def change_password(api: Api, current: str = PASSWORD, new: str = NEW_PASSWORD):
    body = {"current_password": current, "new_password": new}
    return api.client.post("/api/users/me/password", json=body, headers=api.as_("viewer"))


def test_a_new_password_ends_the_other_sessions_and_links(api: Api) -> None:
    viewer = id_of(api, "viewer")
    other = {"Authorization": f"Bearer {login(api, 'viewer').json()['access_token']}"}
    key = api.client.post("/api/users/me/keys", json={"name": "a"}, headers=other).json()["key"]
    with api.shop.database.writing() as session:
        now = session.scalars(select(User.created_at).where(User.id == viewer)).one()
        session.add(
            OneTimeToken(
                token_hash="x" * 64,
                purpose=Purpose.reset,
                user_id=viewer,
                created_at=now,
                expires_at=now,
            )
        )
    assert change_password(api).status_code == 200
    assert api.client.get("/api/users/me", headers=other).status_code == 401
    assert api.client.get("/api/users/me", headers=api.as_("viewer")).status_code == 200
    assert api.client.get("/api/users/me", headers={"X-API-Key": key}).status_code == 200
    assert login(api, "viewer").status_code == 401
    assert login(api, "viewer", NEW_PASSWORD).status_code == 200
    with api.shop.database.reading() as session:
        assert session.scalars(select(OneTimeToken.used_at)).one() is not None


def test_a_wrong_current_password_is_told_and_cannot_be_guessed(api: Api) -> None:
    statuses = [change_password(api, current=f"wrong one {n}").status_code for n in range(11)]
    assert statuses == [400] * 10 + [429]
    assert change_password(api).status_code == 429
    assert login(api, "viewer").status_code == 200, "the door itself stays open"


@pytest.mark.parametrize("new", ["short", "x" * 129, "x" * 100_000])
def test_a_new_password_has_limits(api: Api, new: str) -> None:
    answer = change_password(api, new=new)
    assert answer.status_code == 422
    assert new not in answer.text
    assert login(api, "viewer").status_code == 200


def test_a_password_change_is_refused_where_more_is_sent(api: Api) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "user_id": 1}
    answer = api.client.post("/api/users/me/password", json=body, headers=api.as_("viewer"))
    assert answer.status_code == 422


def test_admins_see_everybody_page_by_page(api: Api) -> None:
    for role in Role:
        api.as_(role)
    first = api.get("/api/users", role="admin", limit=3)
    assert [one["role"] for one in first["users"]] == ["viewer", "editor", "manager"]
    rest = api.get("/api/users", role="admin", limit=3, after=first["next"])
    assert [one["email"] for one in rest["users"]] == ["admin@example.com"]
    assert rest["next"] is None
    assert api.get("/api/users", role="admin", limit=4)["next"] is None
    assert "hash" not in str(first)
    one = api.get(f"/api/users/{first['users'][1]['id']}", role="admin")
    assert one == first["users"][1]


@pytest.mark.parametrize("role", ["viewer", "editor", "manager"])
def test_others_see_and_change_nobody(api: Api, role: str) -> None:
    admin = id_of(api, "admin")
    for method, path in (
        ("GET", "/api/users"),
        ("GET", f"/api/users/{admin}"),
        ("PATCH", f"/api/users/{admin}"),
        ("PATCH", f"/api/users/{id_of(api, role)}"),
        ("PATCH", "/api/users/4711"),
    ):
        body = {"role": "admin"} if method == "PATCH" else None
        answer = api.client.request(method, path, json=body, headers=api.as_(role))
        assert answer.status_code == 403
    assert api.get("/api/users/me", role=role)["role"] == role


def test_an_admin_changes_a_role_at_once(api: Api) -> None:
    viewer = id_of(api, "viewer")
    assert patch(api, f"/api/users/{viewer}", {"role": "manager"}).json()["role"] == "manager"
    assert api.get("/api/users/me", role="viewer")["role"] == "manager"
    names = {"first_name": "Vi", "last_name": "Ewer"}
    assert patch(api, f"/api/users/{viewer}", names).json()["full_name"] == "Vi Ewer"


def test_deactivated_is_out_at_once_and_signs_in_anew_when_reactivated(api: Api) -> None:
    viewer = id_of(api, "viewer")
    key = api.client.post(
        "/api/users/me/keys", json={"name": "a"}, headers=api.as_("viewer")
    ).json()["key"]
    tokens = login(api, "viewer").json()
    renewal = {"refresh_token": tokens["refresh_token"]}
    all_headers = (api.as_("viewer"), {"X-API-Key": key})
    assert patch(api, f"/api/users/{viewer}", {"is_active": False}).status_code == 200
    for headers in all_headers:
        answer = api.client.get("/api/analytics/kpis", headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (400, "Inactive user")
    assert api.client.post("/api/auth/refresh", json=renewal).status_code == 400
    assert login(api, "viewer").status_code == 400
    assert patch(api, f"/api/users/{viewer}", {"is_active": True}).status_code == 200
    statuses = [api.client.get("/api/users/me", headers=one).status_code for one in all_headers]
    assert statuses == [401, 200], "the session is gone for good, the key works again"
    assert api.client.post("/api/auth/refresh", json=renewal).status_code == 401
    assert login(api, "viewer").status_code == 200


def test_an_admin_verifies_an_address(api: Api) -> None:
    viewer = id_of(api, "viewer")
    assert patch(api, f"/api/users/{viewer}", {"is_verified": False}).status_code == 200
    assert api.client.get("/api/users/me", headers=api.as_("viewer")).status_code == 403
    assert patch(api, f"/api/users/{viewer}", {"is_verified": True}).status_code == 200
    assert api.client.get("/api/users/me", headers=api.as_("viewer")).status_code == 200


@pytest.mark.parametrize(
    "change", [{"role": "manager"}, {"is_active": False}, {"is_verified": False}]
)
def test_the_last_active_admin_stays_one(api: Api, change: dict) -> None:
    admin = id_of(api, "admin")
    with api.shop.database.writing() as session:
        retired = add_user(session, "retired@example.com", PASSWORD, Role.admin)
        retired.is_active = False
    refused = patch(api, f"/api/users/{admin}", change)
    assert refused.status_code == 409
    assert "last active admin" in refused.json()["detail"]
    address = {"email": "new@example.com", "current_password": PASSWORD}
    assert patch(api, "/api/users/me", address).status_code == 409
    assert api.get("/api/users/me", role="admin")["email"] == "admin@example.com"
    with api.shop.database.writing() as session:
        session.execute(update(User).values(is_active=True))
    assert patch(api, f"/api/users/{admin}", change).status_code == 200


@pytest.mark.parametrize(
    ("user_id", "status"),
    [("4711", 404), ("0", 422), ("-1", 422), ("x", 422), ("9" * 30, 422), ("1%20OR%201=1", 422)],
)
def test_ids_that_are_nobody(api: Api, user_id: str, status: int) -> None:
    headers = api.as_("admin")
    for method in ("GET", "PATCH"):
        answer = api.client.request(method, f"/api/users/{user_id}", json={}, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {"role": "owner"},
        {"role": None},
        {"is_active": None},
        {"is_active": "perhaps"},
        {"email": "x@example.com"},
        {"password": "a new password"},
        {"password_hash": "x"},
        {"id": 1},
        {"is_superuser": True},
        {"first_name": 5},
        [],
    ],
)
def test_malformed_changes_of_others_are_422(api: Api, body: object) -> None:
    viewer = id_of(api, "viewer")
    assert patch(api, f"/api/users/{viewer}", body).status_code == 422
    assert api.get("/api/users/me")["role"] == "viewer"
