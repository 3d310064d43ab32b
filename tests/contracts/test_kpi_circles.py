"""Every row of the contract kpi-circles, over HTTP against a server that was really started."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any

import httpx2
import jwt
import pytest
from sqlalchemy import update

from serving import EMAIL, PASSWORD, Server, serving
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.kpis.models import KpiChange
from tillsight.settings import load_settings

BASE = "/compat/kpi-circles"
FRONT_END = "https://kpis.example.com"
PEOPLE = {
    "gatekeeper": Role.manager,
    "other": Role.manager,
    "editor": Role.editor,
    "stranger": Role.editor,
    "member": Role.viewer,
    "outsider": Role.viewer,
}
"""Who is asked as: `editor` and `member` belong to the circles that `gatekeeper` makes."""

NOBODY = {"message": "User Not Found"}
INACTIVE = {"message": "User is not active. Unauthorized Access"}
GATEKEEPERS_ONLY = {"message": "User is not a gatekeeper. Unauthorized Access"}
NO_TOKEN = {"msg": "Missing Authorization Header"}
NO_CIRCLE = {"message": "Circle Not Found."}
CIRCLE_ADDED = {"message": "Circle added"}
KPI_CREATED = {"message": "KPI created successfully"}
KPI_UPDATED = {"message": "KPI Updated Successfully"}
KPI_NAME_TAKEN = {"message": "KPI name already exists. Choose a different name."}
NO_KPI, NO_KPI_TO_EDIT = {"message": "KPI Not Found."}, {"message": "KPI Not Found"}
VALUE_ADDED = {"message": "KPI Value was added successfully"}
VALUE_UPDATED = {"message": "KPI Values Updated Successfully"}
VALUE_EXISTS = {"message": "KPI Value already exists for this period"}
NO_KPI_OF_VALUE = {"message": "KPI doesn't exist"}
NOT_ACTIVE = {"message": "Kpi is not active. Cannot be updated"}
NO_LOGS = {"message": "No Logs Available"}

ROUTES = [
    ("POST", "/logout"),
    ("DELETE", "/logout"),
    ("GET", "/users/1"),
    ("GET", "/users"),
    ("GET", "/circles/1"),
    ("POST", "/circles"),
    ("POST", "/circles/add"),
    ("GET", "/circles"),
    ("POST", "/kpis/add"),
    ("PUT", "/kpis/1/edit"),
    ("GET", "/kpis/1"),
    ("GET", "/kpis"),
    ("POST", "/kpi_values/add"),
    ("PUT", "/kpi_values/1/edit"),
    ("GET", "/kpi_values"),
    ("GET", "/kpi_values/change_log"),
    ("GET", "/kpi_values/1/change_log"),
]
"""Every row of the table that asks for a token."""

RFC_1123 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
TODAY = datetime.now(UTC).date()
PAST = TODAY.year - 1
"""A year that is over, whichever day this runs on."""


@dataclass
class Old:
    """Asks the contract as the older product's clients did, as the people by their names."""

    server: Server
    http: httpx2.Client
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def ask(self, method: str, path: str, who: str = "", **more: Any) -> tuple[int, Any]:
        """Status and JSON; strangers ask where nobody is named."""
        headers = self.headers(who) if who else {}
        answer = self.http.request(method, BASE + path, **{"headers": headers, **more})
        assert answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json()

    def native(self, method: str, path: str, who: str = "admin", **more: Any) -> Any:
        """The JSON of our own API, which has to agree."""
        answer = self.http.request(method, path, headers=self.headers(who), **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """What a login answers."""
        status, said = self.ask("POST", "/login", json={"email": email, "password": password})
        assert status == 200, said
        return said

    def headers(self, who: str) -> dict[str, str]:
        """The token of somebody, who signs in when first needed."""
        if who not in self.people:
            self.people[who] = self.sign_in(EMAIL if who == "admin" else f"{who}@example.com")
        return bearer(self.people[who]["access_token"])

    def number(self, who: str) -> int:
        """The number of somebody."""
        self.headers(who)
        return self.people[who]["user"]["id"]

    def newcomer(self, role: Role = Role.viewer) -> str:
        """The name of somebody new, not signed in yet."""
        name = f"newcomer{next(self.numbers)}"
        with self.database() as database, database.writing() as session:
            add_user(session, f"{name}@example.com", PASSWORD, role)
        return name

    def database(self) -> "Opened":
        """The server's database, for what no door does."""
        return Opened(Database(f"sqlite:///{self.server.home / 'tillsight.db'}"))

    def circle(self) -> int:
        """A new circle of the gatekeeper, to which the editor and the member belong."""
        name = f"Circle {next(self.numbers)}"
        assert self.ask("POST", "/circles", "gatekeeper", json={"name": name})[0] == 201
        circles = self.ask("GET", "/circles", "outsider")[1]["circles"]
        [number] = [one["id"] for one in circles if one["name"] == name]
        for who in ("editor", "member"):
            self.native("PUT", f"/api/circles/{number}/members/{self.number(who)}")
        return number

    def kpi(self, circle: int, **given: Any) -> int:
        """A new KPI; its number."""
        body = GOOD | {"circle_id": circle, "name": f"KPI {next(self.numbers)}"} | given
        assert self.ask("POST", "/kpis/add", "gatekeeper", json=body) == (201, KPI_CREATED)
        return next(one["id"] for one in self.kpis() if one["name"] == body["name"])

    def kpis(self, *circles: int) -> list[dict[str, Any]]:
        """The KPIs that are listed, of these circles."""
        status, said = self.ask("GET", "/kpis", "outsider")
        assert (status, list(said)) == (200, ["kpi_list"])
        return [one for one in said["kpi_list"] if not circles or one["circle_id"] in circles]

    def one_kpi(self, number: int) -> dict[str, Any]:
        """One KPI."""
        status, said = self.ask("GET", f"/kpis/{number}", "outsider")
        assert (status, list(said)) == (200, ["kpi"])
        return said["kpi"]

    def add(self, kpi: int, year: Any, month: Any, value: Any, who: str = "editor") -> Any:
        """What adding a value answers."""
        body = {"kpi_id": kpi, "period_year": year, "period_month": month, "value": value}
        return self.ask("POST", "/kpi_values/add", who, json=body)

    def value(self, kpi: int, month: int = 5, value: float = 1) -> int:
        """A new value of last year; its number."""
        assert self.add(kpi, PAST, month, value) == (201, VALUE_ADDED)
        found = self.values(period="last_year")
        return next(
            one["id"] for one in found if (one["kpi_id"], one["period_month"]) == (kpi, month)
        )

    def values(self, **asked: Any) -> list[dict[str, Any]]:
        """The values that are listed."""
        status, said = self.ask("GET", "/kpi_values", "outsider", params=asked)
        assert (status, list(said)) == (200, ["KPI_Values"])
        return said["KPI_Values"]

    def log(self, circle: object, start: date = TODAY, end: date | None = None) -> tuple[int, Any]:
        """The change log of whole months; until long after now unless an end is given."""
        end = end or date(start.year + 1, 12, 1)
        asked = {
            "circle_id": str(circle),
            "from_year": str(start.year),
            "from_month": str(start.month),
            "to_year": str(end.year),
            "to_month": str(end.month),
        }
        return self.ask("GET", "/kpi_values/change_log", "outsider", params=asked)

    def refused(self, status: int, *asked: Any, **more: Any) -> str:
        """What a refusal in the envelope says, of this status."""
        found, said = self.ask(*asked, **more)
        assert (found, list(said)) == (status, ["message"]), (asked, more, said)
        return said["message"]


class Opened:
    """A database that is closed in the end."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __enter__(self) -> Database:
        return self.database

    def __exit__(self, *_: object) -> None:
        self.database.close()


GOOD = {
    "periodicity": "monthly",
    "unit": "chf",
    "initial_value": 0,
    "target_value": 1200,
}
"""A KPI, but for its circle and its name."""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def shop(old: Server) -> Iterator[Old]:
    """The contract with people of every kind."""
    with httpx2.Client(base_url=old.url) as http:
        asking = Old(old, http)
        with asking.database() as database, database.writing() as session:
            for name, role in PEOPLE.items():
                add_user(session, f"{name}@example.com", PASSWORD, role)
        yield asking


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    """An empty shop where the address alone signs in, and another site's pages may ask."""
    home = tmp_path_factory.mktemp("bare")
    chosen = {"COMPAT": "kpi-circles", "COMPAT_PASSWORDLESS": "true", "CORS_ORIGINS": FRONT_END}
    with serving(home, **chosen) as server, httpx2.Client(base_url=server.url) as http:
        yield Old(server, http)


# POST /login


def test_a_login_answers_a_token_of_an_hour_and_who_it_is(shop: Old) -> None:
    name = shop.newcomer(Role.manager)
    number = shop.number(name)
    names = {"first_name": "Ada Maria", "last_name": "Lovelace"}
    shop.native("PATCH", f"/api/users/{number}", json=names)
    said = shop.sign_in(f"{name.upper()}@Example.com")
    assert set(said) == {"access_token", "user"}
    assert said["user"] == {
        "id": number,
        "first_name": "Ada Maria",
        "last_name": "Lovelace",
        "display_name": "Ada Maria Lovelace",
        "email": f"{name}@example.com",
        "user_login_name": name,
        "active": True,
        "is_gatekeeper": True,
    }
    claims = jwt.decode(said["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["exp"] - claims["iat"]) == (str(number), 3600)
    shop.people["again"] = said
    assert shop.native("GET", "/api/users/me", "again")["username"] == name


def test_a_full_name_is_split_at_its_last_space(shop: Old) -> None:
    sent = {"email": "jvd@example.com", "username": "jvd", "password": PASSWORD}
    shop.http.post("/api/auth/register", json={**sent, "full_name": "John van Doe"})
    people = shop.native("GET", "/api/users?limit=1000")["users"]
    number = next(one["id"] for one in people if one["username"] == "jvd")
    shop.native("PATCH", f"/api/users/{number}", json={"is_verified": True})
    told = shop.sign_in("jvd@example.com")["user"]
    assert (told["first_name"], told["last_name"]) == ("John van", "Doe")
    assert (told["display_name"], told["user_login_name"]) == ("John van Doe", "jvd")


def test_managers_and_admins_are_gatekeepers(shop: Old) -> None:
    gates = {
        who: shop.sign_in(EMAIL if who == "admin" else f"{who}@example.com")["user"][
            "is_gatekeeper"
        ]
        for who in ("outsider", "editor", "gatekeeper", "admin")
    }
    assert gates == {"outsider": False, "editor": False, "gatekeeper": True, "admin": True}


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody@example.com", PASSWORD),
        ("editor@example.com", "another password"),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_whoever_is_not_known_is_told_the_same(shop: Old, email: str, password: str) -> None:
    body = {"email": email, "password": password}
    assert shop.ask("POST", "/login", json=body) == (404, NOBODY)


def test_the_address_alone_does_not_sign_in(shop: Old) -> None:
    for email in ("editor@example.com", "nobody@example.com"):
        for body in ({"email": email}, {"email": email, "password": ""}):
            said = shop.refused(400, "POST", "/login", json=body)
            assert "TILLSIGHT_COMPAT_PASSWORDLESS" in said
    assert "e-mail address they know" not in (shop.server.home / "server.log").read_text()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"email": 5}', b'{"email": "a", "email": "b"}', b"\xff"],
)
def test_a_login_that_cannot_be_read_is_400(shop: Old, content: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        shop.refused(400, "POST", "/login", content=content, headers={"content-type": kind})


def test_an_account_that_is_off_is_refused_at_the_door_and_with_its_token(shop: Old) -> None:
    name = shop.newcomer()
    number = shop.number(name)
    shop.native("PATCH", f"/api/users/{number}", json={"is_active": False})
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    assert shop.ask("POST", "/login", json=body) == (403, INACTIVE)
    for method, path in ROUTES:
        assert shop.ask(method, path, name) == (403, INACTIVE)


# Without passwords, and without anything


def test_an_empty_shop_has_empty_lists(bare: Old) -> None:
    assert bare.ask("GET", "/circles", "admin") == (200, {"circles": []})
    assert bare.ask("GET", "/kpis", "admin") == (200, {"kpi_list": []})
    assert bare.ask("GET", "/kpi_values", "admin") == (200, {"KPI_Values": []})
    asked = "from_year=2024&from_month=1&to_year=2024&to_month=1"
    path = f"/kpi_values/change_log?circle_id=1&{asked}"
    assert bare.ask("GET", path, "admin") == (200, NO_LOGS)
    assert bare.ask("GET", "/kpi_values/1/change_log", "admin") == (200, NO_LOGS)
    status, people = bare.ask("GET", "/users", "admin")
    assert (status, [one["circles"] for one in people]) == (200, [[]])


def test_the_address_alone_signs_in_where_a_setting_says_so_with_a_warning(bare: Old) -> None:
    status, said = bare.ask("POST", "/login", json={"email": EMAIL.upper()})
    assert (status, set(said)) == (200, {"access_token", "user"})
    bare.people["by address"] = said
    assert bare.ask("GET", "/circles", "by address")[0] == 200
    for email in ("nobody@example.com", "owner", ""):
        assert bare.ask("POST", "/login", json={"email": email}) == (404, NOBODY)
    wrong = {"email": EMAIL, "password": "another password"}
    assert bare.ask("POST", "/login", json=wrong) == (404, NOBODY)
    entries = bare.native("GET", "/api/audit?action=sign_in")["entries"]
    assert "e-mail alone" in [one["details"].get("by") for one in entries]
    [warning] = [
        one for one in bare.native("GET", "/api/settings")["warnings"] if "PASSWORDLESS" in one
    ]
    assert warning in (bare.server.home / "server.log").read_text()


def test_the_address_alone_of_an_account_that_is_off_is_refused(bare: Old) -> None:
    name = bare.newcomer()
    body = {"email": f"{name}@example.com"}
    number = bare.ask("POST", "/login", json=body)[1]["user"]["id"]
    bare.native("PATCH", f"/api/users/{number}", json={"is_active": False})
    assert bare.ask("POST", "/login", json=body) == (403, INACTIVE)
    bare.native("PATCH", f"/api/users/{number}", json={"is_active": True, "is_verified": False})
    bare.refused(403, "POST", "/login", json=body)


def test_guessing_addresses_is_braked(bare: Old) -> None:
    tries = [bare.ask("POST", "/login", json={"email": "x@example.com"}) for _ in range(11)]
    assert tries[0] == (404, NOBODY)
    assert (tries[10][0], list(tries[10][1])) == (429, ["message"])


def test_another_site_may_ask_where_a_setting_lets_it(bare: Old, shop: Old) -> None:
    """The older front end lay at another address than its server."""
    asked = {
        "Origin": FRONT_END,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = bare.http.options(f"{BASE}/kpis/1/edit", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == FRONT_END
    answer = bare.http.get(f"{BASE}/circles", headers={"Origin": FRONT_END})
    assert answer.headers["access-control-allow-origin"] == FRONT_END
    closed = shop.http.options(f"{BASE}/kpis/1/edit", headers=asked)
    assert "access-control-allow-origin" not in closed.headers


# Tokens, POST and DELETE /logout


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_logging_out_by_either_verb_revokes_the_token(shop: Old, method: str) -> None:
    shop.people["leaving"] = shop.sign_in("outsider@example.com")
    assert shop.ask(method, "/logout", "leaving") == (200, {"msg": "JWT revoked"})
    for again, path in (("POST", "/logout"), ("DELETE", "/logout"), ("GET", "/circles")):
        assert shop.ask(again, path, "leaving") == (401, {"msg": "Token has been revoked"})
    assert shop.ask("GET", "/circles", "outsider")[0] == 200


def test_every_route_asks_for_a_token(shop: Old) -> None:
    for method, path in (*ROUTES, ("GET", "/nothing")):
        assert shop.ask(method, path) == (401, NO_TOKEN), path


def test_every_token_error_is_401_with_its_text(shop: Old) -> None:
    good = shop.sign_in("outsider@example.com")["access_token"]
    claims = jwt.decode(good, options={"verify_signature": False})
    key, typed = load_settings(home=shop.server.home).signing_key, {"typ": "at+jwt"}
    assert shop.ask("GET", "/circles", headers=bearer(good))[0] == 200
    expired = jwt.encode({**claims, "exp": claims["iat"] - 1}, key, "HS256", typed)
    forged = jwt.encode(claims, "another key of thirty-two characters", "HS256", typed)
    unsigned = jwt.encode(claims, None, "none", typed)
    said = {
        "Not enough segments": [
            bearer("x"),
            {"Authorization": "Bearer"},
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
                assert shop.ask("GET", path, headers=headers) == (401, {"msg": text}), headers


def test_an_api_key_reads_as_a_token_does_but_cannot_log_out(shop: Old) -> None:
    body = {"name": "script", "role": "viewer"}
    key = {"X-API-Key": shop.native("POST", "/api/users/me/keys", "member", json=body)["key"]}
    assert shop.ask("GET", "/circles", headers=key)[0] == 200
    shop.refused(403, "POST", "/logout", headers=key)


# GET /users and /users/{id}


def test_people_are_listed_with_their_circles_inactive_ones_too(shop: Old) -> None:
    circle, put_away = shop.circle(), shop.circle()
    shop.native("PATCH", f"/api/circles/{put_away}", json={"archived": True})
    name = shop.newcomer()
    gone = shop.number(name)
    shop.native("PUT", f"/api/circles/{circle}/members/{gone}")
    shop.native("PATCH", f"/api/users/{gone}", json={"is_active": False})
    called = next(
        one for one in shop.ask("GET", "/circles", "outsider")[1]["circles"] if one["id"] == circle
    )
    status, people = shop.ask("GET", "/users", "outsider")
    assert (status, type(people)) == (200, list)
    told = {one["user_login_name"]: one for one in people}
    assert told[name] == {
        "id": gone,
        "first_name": None,
        "last_name": None,
        "display_name": name,
        "email": f"{name}@example.com",
        "user_login_name": name,
        "active": False,
        "is_gatekeeper": False,
        "circles": [called],
    }
    assert called in told["member"]["circles"]
    assert put_away not in {one["id"] for one in told["member"]["circles"]}
    assert told["outsider"]["circles"] == []
    member = shop.number("member")
    assert shop.ask("GET", f"/users/{member}", "outsider") == (200, {"user": told["member"]})
    assert shop.ask("GET", f"/users/{gone}", "outsider") == (403, INACTIVE)
    assert shop.ask("GET", "/users/99999", "outsider") == (404, NOBODY)


# Circles


@pytest.mark.parametrize("path", ["/circles", "/circles/add"])
def test_a_circle_is_added_at_either_address(shop: Old, path: str) -> None:
    name = f"Added at {path}"
    body = {"name": name, "user_id": shop.number("editor")}
    assert shop.ask("POST", path, "gatekeeper", json=body) == (201, CIRCLE_ADDED)
    status, said = shop.ask("GET", "/circles", "outsider")
    [circle] = [one for one in said["circles"] if one["name"] == name]
    assert (status, list(said), list(circle)) == (200, ["circles"], ["id", "name"])
    one = shop.ask("GET", f"/circles/{circle['id']}", "outsider")
    assert one == (200, {"circle": circle})
    [native] = [
        one for one in shop.native("GET", "/api/circles")["circles"] if one["id"] == circle["id"]
    ]
    assert [one["id"] for one in native["members"]] == [shop.number("gatekeeper")]
    for bad in (name.upper(), "", 5, "x" * 151):
        shop.refused(400, "POST", path, "gatekeeper", json={"name": bad})
    for body in ({}, {"name": "x", "colour": "red"}, []):
        shop.refused(400, "POST", path, "gatekeeper", json=body)
    assert shop.ask("GET", "/circles", "outsider") == (200, said)


def test_only_gatekeepers_add_circles_and_kpis(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    body = GOOD | {"circle_id": circle, "name": "Of somebody else"}
    for who in ("member", "editor", "outsider", "stranger"):
        for path in ("/circles", "/circles/add"):
            answer = shop.ask("POST", path, who, json={"name": "Of somebody else"})
            assert answer == (403, GATEKEEPERS_ONLY)
        assert shop.ask("POST", "/kpis/add", who, json=body) == (403, GATEKEEPERS_ONLY)
        for number in (kpi, 99999):
            answer = shop.ask("PUT", f"/kpis/{number}/edit", who, json={"name": "x"})
            assert answer == (403, GATEKEEPERS_ONLY)
    assert len(shop.kpis(circle)) == 1


def test_circles_that_are_not_there_and_those_put_away(shop: Old) -> None:
    assert shop.ask("GET", "/circles/99999", "outsider") == (404, NO_CIRCLE)
    circle = shop.circle()
    shop.native("PATCH", f"/api/circles/{circle}", json={"archived": True})
    listed = shop.ask("GET", "/circles", "outsider")[1]["circles"]
    assert circle not in {one["id"] for one in listed}
    assert shop.ask("GET", f"/circles/{circle}", "outsider")[0] == 200


# KPIs


@pytest.mark.parametrize(
    ("periodicity", "unit", "active", "shown", "ours"),
    [
        ("yearly", "chf", True, ("Yearly", "CHF"), ("yearly", "chf")),
        ("Quarterly", "%", "True", ("Quarterly", "%"), ("quarterly", "percentage")),
        ("MONTHLY", "Percentage", False, ("Monthly", "%"), ("monthly", "percentage")),
        (" monthly ", "AMOUNT", "False", ("Monthly", "Amount"), ("monthly", "amount")),
        ("qUARTERLY", "Score", "true", ("Quarterly", "Score"), ("quarterly", "score")),
    ],
)
def test_a_kpi_is_added_with_words_in_any_case_and_shown_in_its_own(
    shop: Old,
    periodicity: str,
    unit: str,
    active: object,
    shown: tuple[str, str],
    ours: tuple[str, str],
) -> None:
    circle = shop.circle()
    name = f"In {unit} of {circle}"
    words = {"periodicity": periodicity, "unit": unit, "active": active, "user_id": 77}
    number = shop.kpi(circle, name=name, initial_value=1.5, **words)
    told = {
        "id": number,
        "circle_id": circle,
        "name": name,
        "periodicity": shown[0],
        "unit": shown[1],
        "initial_value": 1.5,
        "target_value": 1200.0,
        "active": active in (True, "True", "true"),
    }
    assert shop.ask("GET", f"/kpis/{number}", "outsider") == (200, {"kpi": told})
    assert shop.kpis(circle) == [told]
    native = shop.native("GET", f"/api/kpis/{number}")
    assert (native["periodicity"], native["unit"]) == ours
    assert (native["target_value"], native["active"]) == (1200, told["active"])


def test_what_may_be_left_out_of_a_new_kpi(shop: Old) -> None:
    circle = shop.circle()
    body = {"circle_id": circle, "periodicity": "yearly", "unit": "chf", "target_value": 5}
    name = f"Short {circle}"
    answer = shop.ask("POST", "/kpis/add", "gatekeeper", json={**body, "name": name})
    assert answer == (201, KPI_CREATED)
    [kpi] = shop.kpis(circle)
    assert (kpi["initial_value"], kpi["active"]) == (0, True)


BAD_KPIS: list[dict[str, Any]] = [
    *({"periodicity": one} for one in ("weekly", "daily", 5)),
    *({"unit": one} for one in ("eur", "percent", None)),
    *({"target_value": one} for one in (None, "lots", True, 1e30)),
    *({"name": one} for one in ("", "x" * 151, 5)),
    *({"active": one} for one in ("maybe", 1)),
    *({"circle_id": one} for one in ("one", True)),
    {"initial_value": 0.00001},
    {"colour": "red"},
]


def test_a_kpi_that_cannot_be_is_400(shop: Old) -> None:
    circle = shop.circle()
    good = GOOD | {"circle_id": circle, "name": f"Good {circle}"}
    for bad in BAD_KPIS:
        shop.refused(400, "POST", "/kpis/add", "gatekeeper", json=good | bad)
    for missing in ("circle_id", "name", "periodicity", "unit", "target_value"):
        body = {name: value for name, value in good.items() if name != missing}
        said = shop.refused(400, "POST", "/kpis/add", "gatekeeper", json=body)
        assert said.startswith(f"{missing}:")
    assert shop.kpis(circle) == []


def test_names_and_circles_of_kpis_are_checked(shop: Old) -> None:
    circle = shop.circle()
    name = f"Turnover {circle}"
    first, second = shop.kpi(circle, name=name), shop.kpi(circle)
    for taken in (name, name.upper(), f" {name} "):
        body = GOOD | {"circle_id": circle, "name": taken}
        assert shop.ask("POST", "/kpis/add", "gatekeeper", json=body) == (400, KPI_NAME_TAKEN)
        edit = shop.ask("PUT", f"/kpis/{second}/edit", "gatekeeper", json={"name": taken})
        assert edit == (400, KPI_NAME_TAKEN)
    nowhere = GOOD | {"circle_id": 99999, "name": "Nowhere"}
    assert shop.ask("POST", "/kpis/add", "gatekeeper", json=nowhere) == (404, NO_CIRCLE)
    moved = shop.ask("PUT", f"/kpis/{second}/edit", "gatekeeper", json={"circle_id": 99999})
    assert moved == (404, NO_CIRCLE)
    assert [one["id"] for one in shop.kpis(circle)] == [first, second]


def test_gatekeepers_define_the_kpis_of_their_own_circles(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    body = GOOD | {"circle_id": circle, "name": f"Another {circle}"}
    called = shop.ask("GET", f"/circles/{circle}", "outsider")[1]["circle"]["name"]
    assert called in shop.refused(403, "POST", "/kpis/add", "other", json=body)
    assert called in shop.refused(403, "PUT", f"/kpis/{kpi}/edit", "other", json={"unit": "%"})
    edit = shop.ask("PUT", f"/kpis/{kpi}/edit", "admin", json={"unit": "%"})
    assert edit == (200, KPI_UPDATED)
    assert shop.one_kpi(kpi)["unit"] == "%"


def test_any_part_of_a_kpi_is_edited(shop: Old) -> None:
    circle, other = shop.circle(), shop.circle()
    kpi = shop.kpi(circle)
    told = shop.one_kpi(kpi)
    edits: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"name": f"Renamed {kpi}"}, {"name": f"Renamed {kpi}"}),
        ({"periodicity": "YEARLY"}, {"periodicity": "Yearly"}),
        ({"unit": "%"}, {"unit": "%"}),
        ({"initial_value": -2.5}, {"initial_value": -2.5}),
        ({"target_value": 80}, {"target_value": 80.0}),
        ({"active": "False", "user_id": 3}, {"active": False}),
        ({"active": True, "target_value": 90}, {"active": True, "target_value": 90.0}),
        ({"circle_id": other}, {"circle_id": other}),
        ({}, {}),
    ]
    for sent, changed in edits:
        answer = shop.ask("PUT", f"/kpis/{kpi}/edit", "gatekeeper", json=sent)
        assert answer == (200, KPI_UPDATED)
        told |= changed
        assert shop.one_kpi(kpi) == told
    for bad in ({"unit": "eur"}, {"colour": "red"}, {"target_value": "x"}, {"name": ""}, []):
        shop.refused(400, "PUT", f"/kpis/{kpi}/edit", "gatekeeper", json=bad)
    half = {"name": "Half", "target_value": 1e30}
    shop.refused(400, "PUT", f"/kpis/{kpi}/edit", "gatekeeper", json=half)
    assert shop.one_kpi(kpi) == told


def test_a_new_target_leaves_earlier_periods_theirs(shop: Old) -> None:
    kpi = shop.kpi(shop.circle(), target_value=100)
    shop.value(kpi)
    sent = {"target_value": 200}
    assert shop.ask("PUT", f"/kpis/{kpi}/edit", "gatekeeper", json=sent) == (200, KPI_UPDATED)
    history = shop.native("GET", f"/api/kpis/{kpi}/targets")["targets"]
    assert [one["value"] for one in history] == [100, 200]
    assert shop.one_kpi(kpi)["target_value"] == 200


def test_the_periodicity_stays_once_there_are_values(shop: Old) -> None:
    kpi = shop.kpi(shop.circle())
    shop.value(kpi)
    shop.refused(400, "PUT", f"/kpis/{kpi}/edit", "gatekeeper", json={"periodicity": "yearly"})


def test_kpis_that_are_not_there(shop: Old) -> None:
    assert shop.ask("GET", "/kpis/99999", "outsider") == (404, NO_KPI)
    edit = shop.ask("PUT", "/kpis/99999/edit", "gatekeeper", json={"name": "x"})
    assert edit == (404, NO_KPI_TO_EDIT)


@pytest.mark.parametrize(
    ("periodicity", "unit", "period"),
    [
        ("weekly", "chf", "2025-W10"),
        ("daily", "amount", "2025-03-03"),
        ("monthly", "eur", "2025-03"),
    ],
)
def test_a_kpi_the_older_product_could_not_have_is_not_told_of(
    shop: Old, periodicity: str, unit: str, period: str
) -> None:
    circle = shop.circle()
    body = GOOD | {"circle_id": circle, "name": f"Unknown {circle}"}
    made = shop.native("POST", "/api/kpis", json={**body, "periodicity": periodicity, "unit": unit})
    kpi = made["id"]
    entered = {"kpi_id": kpi, "period": period, "value": 5}
    value = shop.native("POST", "/api/kpi-values", json=entered)["id"]
    assert shop.ask("GET", f"/kpis/{kpi}", "outsider") == (404, NO_KPI)
    edit = shop.ask("PUT", f"/kpis/{kpi}/edit", "gatekeeper", json={"name": "x"})
    assert edit == (404, NO_KPI_TO_EDIT)
    assert shop.kpis(circle) == []
    asked = [shop.values(circle_id=circle, period=one) for one in ("last_year", "this_year")]
    assert asked == [[], []]
    assert shop.log(circle) == (200, NO_LOGS)
    assert shop.ask("GET", f"/kpi_values/{value}/change_log", "outsider") == (200, NO_LOGS)
    assert shop.add(kpi, 2025, 3, 1) == (404, NO_KPI_OF_VALUE)
    assert shop.add(kpi, 2025, 5, 1) == (404, NO_KPI_OF_VALUE)
    status, said = shop.ask("PUT", f"/kpi_values/{value}/edit", "editor", json={"value": 6})
    assert (status, list(said)) == (404, ["message"])
    assert shop.native("GET", f"/api/kpi-values/{value}")["value"] == 5


def test_a_kpi_put_away_is_not_listed_and_not_active(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    value = shop.value(kpi)
    shop.native("PATCH", f"/api/kpis/{kpi}", json={"archived": True})
    assert shop.kpis(circle) == []
    assert shop.one_kpi(kpi)["active"] is False
    assert shop.add(kpi, PAST, 6, 1) == (403, NOT_ACTIVE)
    edit = shop.ask("PUT", f"/kpi_values/{value}/edit", "editor", json={"value": 2})
    assert edit == (403, NOT_ACTIVE)


def test_what_is_done_in_our_own_api_is_seen_at_once(shop: Old) -> None:
    circle = shop.circle()
    made = shop.native("POST", "/api/kpis", json=GOOD | {"circle_id": circle, "name": "Native"})
    assert [one["name"] for one in shop.kpis(circle)] == ["Native"]
    change = {"name": "Native no more", "target_value": 7, "active": False}
    shop.native("PATCH", f"/api/kpis/{made['id']}", json=change)
    told = shop.one_kpi(made["id"])
    assert {name: told[name] for name in change} == change


# Values


def test_a_value_is_added_and_told(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    body = {"kpi_id": kpi, "period_year": PAST, "period_month": 5, "value": 12.25, "user_id": 99}
    assert shop.ask("POST", "/kpi_values/add", "editor", json=body) == (201, VALUE_ADDED)
    [told] = shop.values(period="last_year", circle_id=circle)
    number, me = told["id"], shop.number("editor")
    assert RFC_1123.fullmatch(told.pop("created_at"))
    assert told == {
        "id": number,
        "kpi_id": kpi,
        "period_year": PAST,
        "period_month": 5,
        "value": 12.25,
        "created_by_user_id": me,
        "updated_by_user_id": None,
        "updated_at": None,
    }
    native = shop.native("GET", f"/api/kpi-values/{number}")
    assert (native["value"], native["period"]) == (12.25, f"{PAST}-05")
    assert (native["created_by"], native["version"]) == (me, 1)


@pytest.mark.parametrize(
    ("periodicity", "legal"),
    [("monthly", set(range(1, 13))), ("quarterly", {3, 6, 9, 12}), ("yearly", {12})],
)
def test_periods_are_those_of_the_periodicity_and_have_begun(
    shop: Old, periodicity: str, legal: set[int]
) -> None:
    kpi = shop.kpi(shop.circle(), periodicity=periodicity)
    taken = {month for month in range(14) if shop.add(kpi, PAST, month, 1) == (201, VALUE_ADDED)}
    assert taken == legal
    for month in set(range(14)) - legal:
        status, said = shop.add(kpi, PAST, month, 1)
        assert (status, list(said)) == (400, ["message"])
    for year in (TODAY.year + 2, 0, 99_999, -1, "x", None, 2024.5):
        status, said = shop.add(kpi, year, 12, 1)
        assert (status, list(said)) == (400, ["message"])


def test_a_period_has_one_value(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    assert shop.add(kpi, PAST, 5, 1) == (201, VALUE_ADDED)
    assert shop.add(kpi, PAST, 5, 2) == (400, VALUE_EXISTS)
    entered = {"kpi_id": kpi, "period": f"{PAST}-06", "value": 3}
    shop.native("POST", "/api/kpi-values", json=entered)
    assert shop.add(kpi, PAST, 6, 2) == (400, VALUE_EXISTS)
    found = shop.values(period="last_year", circle_id=circle)
    assert [one["value"] for one in found] == [1, 3]


def test_a_value_that_cannot_be_is_400(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle, unit="%")
    for value in (None, "x", True, 101, -1, 0.00001, 1e40, [1]):
        status, said = shop.add(kpi, PAST, 5, value)
        assert (status, list(said)) == (400, ["message"])
    good = {"kpi_id": kpi, "period_year": PAST, "period_month": 5, "value": 1}
    for missing in good:
        body = {name: value for name, value in good.items() if name != missing}
        said = shop.refused(400, "POST", "/kpi_values/add", "editor", json=body)
        assert said.startswith(f"{missing}:")
    said = shop.refused(400, "POST", "/kpi_values/add", "editor", json=good | {"colour": "red"})
    assert said.startswith("colour:")
    assert shop.values(period="last_year", circle_id=circle) == []


def test_values_of_kpis_that_take_none_are_refused(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    value = shop.value(kpi)
    assert shop.add(99999, PAST, 5, 1) == (404, NO_KPI_OF_VALUE)
    off = shop.ask("PUT", f"/kpis/{kpi}/edit", "gatekeeper", json={"active": "False"})
    assert off == (200, KPI_UPDATED)
    assert shop.add(kpi, PAST, 6, 1) == (403, NOT_ACTIVE)
    edit = shop.ask("PUT", f"/kpi_values/{value}/edit", "editor", json={"value": 2})
    assert edit == (403, NOT_ACTIVE)
    counted = GOOD | {"circle_id": circle, "name": f"Counted {circle}", "measure": "net_revenue"}
    made = shop.native("POST", "/api/kpis", json=counted)
    status, said = shop.add(made["id"], PAST, 5, 1)
    assert (status, list(said)) == (400, ["message"])
    found = shop.values(period="last_year", circle_id=circle)
    assert [one["value"] for one in found] == [1]


def test_members_of_the_circle_write_its_values_whatever_their_role(shop: Old) -> None:
    """Any user might there; here the circle decides, and only in this contract."""
    circle = shop.circle()
    kpi = shop.kpi(circle)
    called = shop.ask("GET", f"/circles/{circle}", "outsider")[1]["circle"]["name"]
    for month, who in enumerate(("member", "editor", "gatekeeper", "admin"), 1):
        assert shop.add(kpi, PAST, month, month, who) == (201, VALUE_ADDED), who
        found = shop.values(period="last_year", circle_id=circle)
        value = next(one["id"] for one in found if one["period_month"] == month)
        path, sent = f"/kpi_values/{value}/edit", {"value": month * 10}
        for stranger in ("outsider", "stranger", "other"):
            assert called in shop.refused(403, "PUT", path, stranger, json=sent)
        assert shop.ask("PUT", path, who, json=sent) == (200, VALUE_UPDATED), who
    for stranger in ("outsider", "stranger", "other"):
        status, said = shop.add(kpi, PAST, 7, 1, stranger)
        assert (status, list(said)) == (403, ["message"])
        assert called in said["message"]
    found = shop.values(period="last_year", circle_id=circle)
    assert [(one["period_month"], one["value"]) for one in found] == [
        (1, 10),
        (2, 20),
        (3, 30),
        (4, 40),
    ]
    writers = [shop.number(who) for who in ("member", "editor", "gatekeeper", "admin")]
    assert [one["created_by_user_id"] for one in found] == writers
    assert [one["updated_by_user_id"] for one in found] == writers
    entered = {"kpi_id": kpi, "period": f"{PAST}-08", "value": 3}
    answer = shop.http.post("/api/kpi-values", json=entered, headers=shop.headers("member"))
    assert answer.status_code == 403


def test_an_edit_that_cannot_be_is_400_and_an_unknown_value_404(shop: Old) -> None:
    value = shop.value(shop.kpi(shop.circle()))
    path = f"/kpi_values/{value}/edit"
    for body in ({}, {"value": "x"}, {"value": None}, {"value": 1, "colour": 2}, []):
        shop.refused(400, "PUT", path, "editor", json=body)
    unknown = shop.ask("PUT", "/kpi_values/99999/edit", "editor", json={"value": 1})
    assert unknown == (404, {"message": "KPI Value Not Found."})


PERIODS = ["this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def ends(every: int) -> list[tuple[int, int]]:
    """Year and month of the ends of periods of so many months: the current one's, and back over
    the turn of two years.
    """
    last = (month_number(TODAY) // every + 1) * every - 1
    return [(end // 12, end % 12 + 1) for end in range(last, month_number(TODAY) - 25, -every)]


def lies_in(name: str, today: date, year: int, month: int) -> bool:
    """Whether a month lies in a period by its name."""
    which, _, grain = name.partition("_")
    asked = month_number(today) // MONTHS[grain] - (which == "last")
    return month_number(date(year, month, 1)) // MONTHS[grain] == asked


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def test_values_are_listed_by_circle_and_by_periods_across_years(shop: Old) -> None:
    circle, other = shop.circle(), shop.circle()
    added = set()
    for kind, every in (("monthly", 1), ("quarterly", 3), ("yearly", 12)):
        kpi = shop.kpi(circle, periodicity=kind)
        for year, month in ends(every):
            assert shop.add(kpi, year, month, 1) == (201, VALUE_ADDED)
            added.add((kpi, year, month))
    elsewhere = shop.kpi(other)
    assert shop.add(elsewhere, *ends(1)[0], 1) == (201, VALUE_ADDED)

    seen = set()
    for name in PERIODS:
        before = datetime.now(UTC).date()
        told = [places(shop.values(circle_id=circle, period=name))]
        told += [
            {one for one in places(shop.values(**everywhere, period=name)) if one in added}
            for everywhere in ({}, {"circle_id": "All"}, {"circle_id": ""})
        ]
        expected = [
            {one for one in added if lies_in(name, day, *one[1:])}
            for day in (before, datetime.now(UTC).date())
        ]
        assert all(one in expected for one in told), name
        seen |= told[0]
    assert seen
    assert places(shop.values(circle_id=other, period="this_year")) <= {(elsewhere, *ends(1)[0])}
    assert places(shop.values(circle_id=circle)) in [
        {one for one in added if lies_in("this_year", day, *one[1:])}
        for day in (TODAY, datetime.now(UTC).date())
    ]
    assert shop.values(circle_id="99999", period="this_year") == []


def places(values: list[dict[str, Any]]) -> set[tuple[int, int, int]]:
    return {(one["kpi_id"], one["period_year"], one["period_month"]) for one in values}


def test_periods_and_circles_that_are_none_are_400(shop: Old) -> None:
    for asked in (
        {"period": "this_week"},
        {"period": ""},
        {"circle_id": "x"},
        {"circle_id": "-1"},
        {"circle_id": "9" * 30},
    ):
        shop.refused(400, "GET", "/kpi_values", "outsider", params=asked)
    said = shop.refused(400, "GET", "/kpi_values?period=last_quartr", "outsider")
    assert "last_quarter" in said


# The change log


def test_an_edit_writes_over_what_is_there_and_both_logs_tell_who_and_what(shop: Old) -> None:
    """The older product wrote over; ours does too, and keeps what it was and who changed it."""
    circle = shop.circle()
    kpi = shop.kpi(circle)
    value = shop.value(kpi)
    path = f"/kpi_values/{value}/edit"
    edit = {"value": 2, "kpi_id": 9, "period_year": 1, "period_month": 77, "user_id": 5}
    assert shop.ask("PUT", path, "admin", json=edit) == (200, VALUE_UPDATED)
    change = {"value": 3, "version": 2}
    shop.native("PATCH", f"/api/kpi-values/{value}", "gatekeeper", json=change)
    assert shop.ask("PUT", path, "editor", json={"value": 4.5}) == (200, VALUE_UPDATED)

    [told] = shop.values(period="last_year", circle_id=circle)
    editor, admin, gatekeeper = (shop.number(who) for who in ("editor", "admin", "gatekeeper"))
    assert (told["kpi_id"], told["period_year"], told["period_month"]) == (kpi, PAST, 5)
    assert (told["value"], told["created_by_user_id"]) == (4.5, editor)
    assert told["updated_by_user_id"] == editor
    assert RFC_1123.fullmatch(told["updated_at"])

    status, said = shop.log(circle)
    assert (status, list(said)) == (200, ["change_log"])
    name = shop.one_kpi(kpi)["name"]
    assert all(RFC_1123.fullmatch(one.pop("registered_at")) for one in said["change_log"])
    assert said["change_log"] == [
        {"value": 4.5, "kpi_name": name, "username": "editor", "activity": "Updated"},
        {"value": 3, "kpi_name": name, "username": "gatekeeper", "activity": "Updated"},
        {"value": 2, "kpi_name": name, "username": "owner", "activity": "Updated"},
        {"value": 1, "kpi_name": name, "username": "editor", "activity": "Created"},
    ]

    status, said = shop.ask("GET", f"/kpi_values/{value}/change_log", "outsider")
    assert (status, list(said)) == (200, ["mini_change_log"])
    short = said["mini_change_log"]
    assert all(RFC_1123.fullmatch(one["registered_at"]) for one in short)
    assert [one["id"] for one in short] == sorted((one["id"] for one in short), reverse=True)
    assert [{**one, "id": 0, "registered_at": ""} for one in short] == [
        {"id": 0, "kpi_value_id": value, "user_id": who, "registered_at": "", "activity": "Updated"}
        for who in (editor, gatekeeper, admin)
    ]


def test_the_log_tells_people_by_the_name_they_are_shown_by(shop: Old) -> None:
    name = shop.newcomer(Role.editor)
    number = shop.number(name)
    names = {"first_name": "Grace", "last_name": "Hopper"}
    shop.native("PATCH", f"/api/users/{number}", json=names)
    circle = shop.circle()
    shop.native("PUT", f"/api/circles/{circle}/members/{number}")
    assert shop.add(shop.kpi(circle), PAST, 5, 1, name) == (201, VALUE_ADDED)
    assert shop.log(circle)[1]["change_log"][0]["username"] == "Grace Hopper"


def test_the_log_is_asked_for_by_whole_months_from_and_to_included(shop: Old) -> None:
    circle = shop.circle()
    kpi = shop.kpi(circle)
    first, last = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)
    second = timedelta(seconds=1)
    moments = [first - second, first, last - second, last]
    numbers = [shop.value(kpi, month, month) for month in range(1, 5)]
    with shop.database() as database, database.writing() as session:
        for number, at in zip(numbers, moments, strict=True):
            session.execute(update(KpiChange).where(KpiChange.value_id == number).values(at=at))
    status, said = shop.log(circle, first.date(), first.date())
    assert (status, [one["value"] for one in said["change_log"]]) == (200, [3, 2])
    told = [parsedate_to_datetime(one["registered_at"]) for one in said["change_log"]]
    assert told == [moments[2], moments[1]]
    for everywhere in (circle, "", "All"):
        across = shop.log(everywhere, date(2024, 1, 1), date(2024, 3, 1))[1]["change_log"]
        assert [one["value"] for one in across] == [4, 3, 2, 1]
    assert shop.log(99999, date(2023, 12, 1), date(2024, 3, 1)) == (200, NO_LOGS)
    assert shop.log(circle, date(2022, 1, 1), date(2022, 12, 1)) == (200, NO_LOGS)


def test_the_log_keeps_what_was_deleted(shop: Old) -> None:
    circle = shop.circle()
    value = shop.value(shop.kpi(circle))
    shop.native("DELETE", f"/api/kpi-values/{value}", "gatekeeper")
    newest, oldest = shop.log(circle)[1]["change_log"]
    assert (newest["value"], newest["username"]) == (None, "gatekeeper")
    assert (newest["activity"], oldest["activity"], oldest["value"]) == ("Deleted", "Created", 1)
    short = shop.ask("GET", f"/kpi_values/{value}/change_log", "outsider")[1]["mini_change_log"]
    assert [one["activity"] for one in short] == ["Deleted", "Created"]


def test_a_log_of_nothing_says_so(shop: Old) -> None:
    assert shop.log(shop.circle()) == (200, NO_LOGS)
    assert shop.ask("GET", "/kpi_values/99999/change_log", "outsider") == (200, NO_LOGS)


def test_what_is_missing_or_wrong_of_a_log_is_400(shop: Old) -> None:
    good = {"circle_id": "1", "from_year": "2024", "from_month": "1", "to_year": "2024"}
    good["to_month"] = "3"
    for missing in good:
        asked = {name: value for name, value in good.items() if name != missing}
        said = shop.refused(400, "GET", "/kpi_values/change_log", "outsider", params=asked)
        assert said.startswith(f"{missing}:")
    for bad in ({"from_month": "13"}, {"to_year": "x"}, {"to_year": "2023"}, {"to_month": "0"}):
        shop.refused(400, "GET", "/kpi_values/change_log", "outsider", params=good | bad)


# The contract as a whole


def test_what_is_not_there_has_the_envelope(shop: Old) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("PUT", "/circles", 405),
        ("GET", "/logout", 405),
        ("GET", "/circles/x", 400),
        ("GET", "/kpis/0", 400),
        ("GET", "/kpi_values/x/change_log", 400),
        ("GET", f"/users/{'9' * 30}", 400),
    ):
        shop.refused(status, method, path, "outsider")


def test_it_has_a_description_and_a_page_of_its_own(shop: Old) -> None:
    described = shop.native("GET", f"{BASE}/openapi.json")
    assert described["servers"] == [{"url": BASE}]
    asked = {re.sub("/1", "/{}", path) for _, path in ROUTES} | {"/login"}
    assert asked == {re.sub("{[^}]*}", "{}", path) for path in described["paths"]}
    assert shop.http.get(f"{BASE}/docs").status_code == 200
    assert shop.http.get(f"{BASE}/").headers["location"] == f"{BASE}/docs"
