"""Sign-in, people and circles of kpi-circles, as its own clients ask."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import jwt
import pytest

from api_shop import PASSWORD
from kpi_circles_client import BASE, GATEKEEPER, INACTIVE, Old, bearer, old_client
from shop import Shop
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.settings import Settings, anonymous_warnings, cautions, load_settings

NOBODY = {"message": "User Not Found"}


@pytest.fixture
def start(shop: Shop, settings: Settings) -> Iterator[Callable[..., Old]]:
    with ExitStack() as open_clients:
        yield lambda **given: open_clients.enter_context(old_client(shop, settings, **given))


@pytest.fixture
def old(start: Callable[..., Old]) -> Old:
    return start()


def add(old: Old, email: str, role: str = "editor") -> int:
    with old.shop.database.writing() as session:
        return add_user(session, email, PASSWORD, Role(role)).id


# Sign-in


def test_a_login_answers_a_token_and_who_it_is(old: Old) -> None:
    ada = add(old, "ada@example.com", "manager")
    old.change("ada", first_name="Ada Maria", last_name="Lovelace")
    bo = add(old, "bo@example.com")
    answer = old.sign_in("ADA@example.com")
    assert set(answer) == {"access_token", "user"}
    assert answer["user"] == {
        "id": ada,
        "first_name": "Ada Maria",
        "last_name": "Lovelace",
        "display_name": "Ada Maria Lovelace",
        "email": "ada@example.com",
        "user_login_name": "ada",
        "active": True,
        "is_gatekeeper": True,
    }
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["sub"] == str(ada)
    assert claims["exp"] - claims["iat"] == 3600
    other = old.sign_in("bo@example.com")["user"]
    assert (other["id"], other["display_name"], other["is_gatekeeper"]) == (bo, "bo", False)
    assert (other["first_name"], other["last_name"]) == (None, None)
    me = old.native("GET", "/api/users/me", bearer(answer["access_token"]))
    assert me["username"] == "ada"


def test_managers_and_admins_are_gatekeepers(old: Old) -> None:
    for role in Role:
        add(old, f"{role}@example.com", role)
    found = {role for role in Role if old.sign_in(f"{role}@example.com")["user"]["is_gatekeeper"]}
    assert found == {Role.manager, Role.admin}


def test_a_stranger_is_told_the_same_with_any_password(old: Old) -> None:
    add(old, "ada@example.com")
    for email, password in (
        ("nobody@example.com", PASSWORD),
        ("ada@example.com", "another password"),
        ("' OR 1=1 --", PASSWORD),
    ):
        body = {"email": email, "password": password}
        assert old.ask("POST", "/login", json=body) == (404, NOBODY)


def test_the_address_alone_does_not_sign_in(old: Old) -> None:
    add(old, "ada@example.com")
    for email in ("ada@example.com", "nobody@example.com"):
        for body in ({"email": email}, {"email": email, "password": ""}):
            status, said = old.ask("POST", "/login", json=body)
            assert status == 400
            assert "TILLSIGHT_COMPAT_PASSWORDLESS" in said["message"]


def test_the_address_alone_signs_in_where_the_setting_is_on(start: Callable[..., Old]) -> None:
    old = start(compat_passwordless=True)
    ada = add(old, "ada@example.com")
    status, answer = old.ask("POST", "/login", json={"email": "Ada@Example.com"})
    assert (status, answer["user"]["id"]) == (200, ada)
    assert old.ask("GET", "/circles", bearer(answer["access_token"])) == (200, {"circles": []})
    for email in ("nobody@example.com", "ada", ""):
        assert old.ask("POST", "/login", json={"email": email}) == (404, NOBODY)
    wrong = {"email": "ada@example.com", "password": "another password"}
    assert old.ask("POST", "/login", json=wrong) == (404, NOBODY)
    admin = old.person("admin")
    signed_in = old.native("GET", "/api/audit?action=sign_in", admin)["entries"]
    assert [one["details"].get("by") for one in signed_in] == [None, "e-mail alone"]


def test_guessing_addresses_is_braked(start: Callable[..., Old]) -> None:
    old = start(compat_passwordless=True)
    answers = {old.ask("POST", "/login", json={"email": "x@example.com"})[0] for _ in range(11)}
    assert answers == {404, 429}


@pytest.mark.parametrize("passwordless", [True, False])
def test_an_account_that_is_off_is_refused(start: Callable[..., Old], passwordless: bool) -> None:
    old = start(compat_passwordless=passwordless)
    add(old, "ada@example.com")
    old.change("ada", is_active=False)
    body = {"email": "ada@example.com"} | ({} if passwordless else {"password": PASSWORD})
    assert old.ask("POST", "/login", json=body) == (403, {"message": INACTIVE})
    old.change("ada", is_active=True, is_verified=False)
    status, said = old.ask("POST", "/login", json=body)
    assert (status, list(said)) == (403, ["message"])


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"email": 5}', b'{"email": "a", "email": "b"}', b"\xff"],
)
def test_a_login_that_cannot_be_read_is_400_in_the_envelope(old: Old, content: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        answer = old.post(f"{BASE}/login", content=content, headers={"content-type": kind})
        assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_passwordless_sign_in_is_warned_of(tmp_path: Path) -> None:
    on = load_settings(home=tmp_path, compat="kpi-circles", compat_passwordless=True)
    [warning] = anonymous_warnings(on)
    assert "TILLSIGHT_COMPAT_PASSWORDLESS" in warning
    assert warning in cautions(on)
    for settings in (
        load_settings(home=tmp_path, compat="kpi-circles"),
        load_settings(home=tmp_path, compat="hm-kpis", compat_passwordless=True),
    ):
        assert anonymous_warnings(settings) == []


# Tokens


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_logging_out_revokes_the_token_by_either_verb(old: Old, method: str) -> None:
    who, other = old.person("viewer"), old.person("viewer")
    assert old.ask(method, "/logout", who) == (200, {"msg": "JWT revoked"})
    for _ in range(2):
        assert old.ask(method, "/logout", who) == (401, {"msg": "Token has been revoked"})
    assert old.ask("GET", "/circles", other)[0] == 200


def test_every_token_error_is_401_with_its_text(old: Old) -> None:
    good = old.person("viewer")["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(good, options={"verify_signature": False})
    key, typed = old.shop.settings.signing_key, {"typ": "at+jwt"}
    expired = jwt.encode({**claims, "exp": 1}, key, "HS256", typed)
    forged = jwt.encode(claims, "another key of thirty-two characters", "HS256", typed)
    unsigned = jwt.encode(claims, None, "none", typed)
    said = {
        "Missing Authorization Header": [{}],
        "Not enough segments": [
            bearer("x"),
            bearer(""),
            bearer("a.b.c"),
            {"Authorization": "Basic YTpi"},
            {"X-API-Key": "nonsense"},
        ],
        "Token has expired": [bearer(expired)],
        "Signature verification failed": [bearer(forged), bearer(unsigned)],
    }
    for text, all_headers in said.items():
        for headers in all_headers:
            for path in ("/circles", "/users/1", "/nothing"):
                assert old.ask("GET", path, headers) == (401, {"msg": text}), headers


def test_who_is_switched_off_is_told_with_every_request(old: Old) -> None:
    who = old.person("viewer")
    old.change("viewer", is_active=False)
    assert old.ask("GET", "/circles", who) == (403, {"message": INACTIVE})


def test_an_api_key_is_as_good_as_a_token_but_cannot_log_out(old: Old) -> None:
    who = old.person("viewer")
    body = {"name": "script", "role": "viewer"}
    key = {"X-API-Key": old.native("POST", "/api/users/me/keys", who, json=body)["key"]}
    assert old.ask("GET", "/circles", key)[0] == 200
    status, said = old.ask("POST", "/logout", key)
    assert (status, list(said)) == (403, ["message"])


# People and circles


def test_people_are_listed_with_their_circles_inactive_ones_too(old: Old) -> None:
    viewer, manager = old.person("viewer"), old.person("manager")
    old.ask("POST", "/circles", manager, json={"name": "Sales"})
    old.ask("POST", "/circles", manager, json={"name": "Old"})
    gone = add(old, "gone@example.com")
    old.change("gone", is_active=False)
    old.native("PUT", f"/api/circles/1/members/{gone}", manager)
    old.native("PATCH", "/api/circles/2", manager, json={"archived": True})
    status, people = old.ask("GET", "/users", viewer)
    assert status == 200
    told = {one["user_login_name"]: (one["active"], one["circles"]) for one in people}
    sales = [{"id": 1, "name": "Sales"}]
    assert told == {"viewer": (True, []), "manager": (True, sales), "gone": (False, sales)}
    assert "argon2" not in str(people)
    me = next(one for one in people if one["user_login_name"] == "manager")
    assert old.ask("GET", f"/users/{me['id']}", viewer) == (200, {"user": me})
    assert old.ask("GET", f"/users/{gone}", viewer) == (403, {"message": INACTIVE})
    assert old.ask("GET", "/users/999", viewer) == (404, NOBODY)


@pytest.mark.parametrize("path", ["/circles", "/circles/add"])
def test_a_circle_is_added_by_either_address(old: Old, path: str) -> None:
    manager = old.person("manager")
    body = {"name": "Sales", "user_id": 5}
    assert old.ask("POST", path, manager, json=body) == (201, {"message": "Circle added"})
    assert old.ask("GET", "/circles", manager) == (200, {"circles": [{"id": 1, "name": "Sales"}]})
    assert old.ask("GET", "/circles/1", manager) == (200, {"circle": {"id": 1, "name": "Sales"}})
    [native] = old.native("GET", "/api/circles", manager)["circles"]
    assert (native["name"], [one["name"] for one in native["members"]]) == ("Sales", ["manager"])
    status, said = old.ask("POST", path, manager, json={"name": "SALES"})
    assert (status, list(said)) == (400, ["message"])
    for bad in (
        {"name": ""},
        {"name": 5},
        {},
        {"name": "x", "colour": "red"},
        [],
        {"name": "x" * 151},
    ):
        status, said = old.ask("POST", path, manager, json=bad)
        assert (status, list(said)) == (400, ["message"]), bad
    assert len(old.ask("GET", "/circles", manager)[1]["circles"]) == 1


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_gatekeepers_add_circles(old: Old, role: str) -> None:
    for path in ("/circles", "/circles/add"):
        answer = old.ask("POST", path, old.person(role), json={"name": "Sales"})
        assert answer == (403, {"message": GATEKEEPER})


def test_no_circles_are_an_empty_list(old: Old) -> None:
    viewer = old.person("viewer")
    assert old.ask("GET", "/circles", viewer) == (200, {"circles": []})
    assert old.ask("GET", "/circles/1", viewer) == (404, {"message": "Circle Not Found."})


# The contract as a whole


def test_what_is_not_there_has_the_envelope(old: Old) -> None:
    viewer = old.person("viewer")
    for method, path, wanted in (
        ("GET", "/nothing", 404),
        ("PUT", "/circles", 405),
        ("GET", "/logout", 405),
        ("GET", "/circles/x", 400),
        ("GET", f"/users/{'9' * 30}", 400),
    ):
        status, said = old.ask(method, path, viewer)
        assert (status, list(said)) == (wanted, ["message"])


def test_it_has_a_description_of_its_own(old: Old) -> None:
    described = old.native("GET", f"{BASE}/openapi.json")
    assert described["servers"] == [{"url": BASE}]
    assert {"/login", "/logout", "/users", "/circles", "/circles/add"} <= set(described["paths"])
    assert old.get(f"{BASE}/docs").status_code == 200
    assert old.get(f"{BASE}/").headers["location"] == f"{BASE}/docs"


def test_another_site_may_ask_where_cors_lets_it(start: Callable[..., Old]) -> None:
    """The older front end lay at another address than its server."""
    origin = "https://kpis.example.com"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = start(cors_origins=origin).options(f"{BASE}/kpis/1/edit", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == origin
    closed = start().options(f"{BASE}/circles", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
