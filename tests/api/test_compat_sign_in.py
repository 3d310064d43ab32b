"""The sign-in of older products, as their own clients speak: only the base address is ours."""

import base64
import re
from collections.abc import Callable, Iterator

import jwt
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api_shop import PASSWORD
from shop import Shop
from tillsight.accounts.models import Role, User
from tillsight.accounts.users import add_user
from tillsight.api.app import create_api
from tillsight.errors import SetupError
from tillsight.server import Doorkeeper
from tillsight.settings import Settings, load_settings

HM = "/compat/hm-kpis"
PC = "/compat/product-catalog"
UNABLE = "Unable to login. Please ensure your credentials are correct or register a new account."
EXISTS = (
    "Username already exists. Please create a new username or login with your existing credentials."
)
ADA = {"username": "ada", "password": PASSWORD}


@pytest.fixture
def started(
    open_shop: Callable[[Settings], Shop], settings: Settings
) -> Iterator[Callable[..., TestClient]]:
    """Starts the API with the given settings."""
    clients: list[TestClient] = []

    def start(**given: object) -> TestClient:
        chosen = load_settings(home=settings.home, **given)
        shop = open_shop(chosen)
        app = Doorkeeper(create_api(chosen, shop.database, shop.warehouse), chosen, shop.database)
        client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        client.shop = shop  # type: ignore[attr-defined]
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def old(started: Callable[..., TestClient]) -> TestClient:
    """Both contracts, with registration open."""
    return started(compat="hm-kpis, product-catalog", registration="open")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def change(client: TestClient, username: str, **values: object) -> None:
    with client.shop.database.writing() as session:
        session.execute(update(User).where(User.username == username).values(**values))


# hm-kpis


@pytest.mark.parametrize("base", [HM, f"{HM}/api/v1"])
def test_hm_kpis_registers_and_signs_in_with_a_bare_token(old: TestClient, base: str) -> None:
    registered = old.post(f"{base}/users/register", json=ADA)
    posted = old.post(f"{base}/users/login", json=ADA)
    asked = old.request("GET", f"{base}/users/login", json=ADA)
    basic = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    by_header = old.get(f"{base}/users/login", headers={"Authorization": f"Basic {basic}"})
    for answer in (registered, posted, asked, by_header):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        claims = claims_of(answer.text)
        assert claims["username"] == "ada"
        assert claims["exp"] > claims["iat"]
        assert isinstance(claims["sid"], int)
        me = old.get("/api/users/me", headers=bearer(answer.text)).json()
        assert (me["username"], me["email"], me["role"]) == ("ada", None, "viewer")


def test_hm_kpis_tells_wrong_credentials_in_its_own_words(old: TestClient) -> None:
    old.post(f"{HM}/users/register", json=ADA)
    for body in ({**ADA, "password": "wrong one"}, {"username": "nobody", "password": PASSWORD}):
        answer = old.post(f"{HM}/users/login", json=body)
        assert (answer.status_code, answer.json()) == (401, {"message": UNABLE})


def test_hm_kpis_never_reads_credentials_from_the_address(old: TestClient) -> None:
    old.post(f"{HM}/users/register", json=ADA)
    for method in ("GET", "POST"):
        answer = old.request(method, f"{HM}/users/login", params=ADA)
        assert answer.status_code == 415
        assert list(answer.json()) == ["message"]


def test_hm_kpis_tells_a_taken_username(old: TestClient) -> None:
    old.post(f"{HM}/users/register", json=ADA)
    for name in ("ada", "ADA", " Ada "):
        answer = old.post(f"{HM}/users/register", json={**ADA, "username": name})
        assert (answer.status_code, answer.json()) == (400, {"message": EXISTS})


def test_hm_kpis_lists_users_for_admins_without_a_hash(old: TestClient) -> None:
    token = old.post(f"{HM}/users/register", json=ADA).text
    assert old.get(f"{HM}/users").json() == {"message": "Not authenticated"}
    refused = old.get(f"{HM}/users", headers=bearer("a.b.c"))
    assert (refused.status_code, refused.json()) == (
        401,
        {"message": "Could not validate credentials"},
    )
    forbidden = old.get(f"{HM}/users", headers=bearer(token))
    assert forbidden.status_code == 403
    assert "admin" in forbidden.json()["message"]
    change(old, "ada", role=Role.admin)
    with old.shop.database.writing() as session:
        add_user(session, "bo@example.com", PASSWORD, Role.viewer)
    for base in (HM, f"{HM}/api/v1"):
        told = old.get(f"{base}/users", headers=bearer(token))
        assert [row["username"] for row in told.json()["result"]] == ["ada", "bo"]
        assert {key for row in told.json()["result"] for key in row} == {"id", "username"}
        assert "argon2" not in told.text
        assert "bo@example.com" not in told.text


@pytest.mark.parametrize("path", ["subscriptions", "revenue", "customers/age", "products", "x/y"])
def test_hm_kpis_has_no_history(old: TestClient, path: str) -> None:
    token = old.post(f"{HM}/users/register", json=ADA).text
    answer = old.get(f"{HM}/{path}", headers=bearer(token))
    assert answer.status_code == 404
    assert list(answer.json()) == ["message"]


# product-catalog


def test_product_catalog_signs_up_signs_in_and_knows_whose_token_it_is(old: TestClient) -> None:
    signed_up = old.post(f"{PC}/signup", json=ADA)
    assert (signed_up.status_code, signed_up.json()) == (201, {"msg": "User created successfully"})
    answer = old.post(f"{PC}/login", json=ADA)
    assert (answer.status_code, list(answer.json())) == (200, ["access_token"])
    token = answer.json()["access_token"]
    assert claims_of(token)["sub"] == "ada"
    assert {"sid", "exp"} <= claims_of(token).keys()
    mine = old.get(f"{PC}/protected", headers=bearer(token))
    assert (mine.status_code, mine.json()) == (200, {"logged_in_as": "ada"})


def test_product_catalog_names_the_username_of_an_account_with_an_address(old: TestClient) -> None:
    with old.shop.database.writing() as session:
        add_user(session, "bo@example.com", PASSWORD, Role.viewer)
    body = {"username": "bo", "password": PASSWORD}
    token = old.post(f"{PC}/login", json=body).json()["access_token"]
    assert claims_of(token)["sub"] == "bo"
    assert old.get(f"{PC}/protected", headers=bearer(token)).json() == {"logged_in_as": "bo"}


@pytest.mark.parametrize("path", ["signup", "login"])
@pytest.mark.parametrize(
    "body", [{}, {"username": "ada"}, {"password": "x"}, {"username": "", "password": ""}]
)
def test_product_catalog_asks_for_both(old: TestClient, path: str, body: dict) -> None:
    answer = old.post(f"{PC}/{path}", json=body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"msg": "Username and password are required"},
    )


def test_product_catalog_tells_what_is_taken_and_what_is_wrong(old: TestClient) -> None:
    old.post(f"{PC}/signup", json=ADA)
    again = old.post(f"{PC}/signup", json=ADA)
    assert (again.status_code, again.json()) == (400, {"msg": "Username already exists"})
    wrong = old.post(f"{PC}/login", json={**ADA, "password": "wrong one"})
    assert (wrong.status_code, wrong.json()) == (401, {"msg": "Invalid username or password"})


def test_product_catalog_has_one_text_for_every_token_error(old: TestClient) -> None:
    old.post(f"{PC}/signup", json=ADA)
    good = old.post(f"{PC}/login", json=ADA).json()["access_token"]
    key = old.shop.settings.signing_key
    expired = jwt.encode({**claims_of(good), "exp": 1}, key, "HS256")
    forged = jwt.encode(claims_of(good), "another key of thirty-two characters", "HS256")
    unsigned = jwt.encode(claims_of(good), None, "none")
    old.post("/api/auth/logout", headers=bearer(good))
    for headers in (
        {},
        {"Authorization": "Basic YTpi"},
        *map(bearer, ("", "x", "a.b.c", good[:-5], good, expired, forged, unsigned)),
    ):
        answer = old.get(f"{PC}/protected", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"msg": "Missing or invalid token"})


# Both


SIGN_UPS = [(f"{HM}/users/register", "message"), (f"{PC}/signup", "msg")]
LOGINS = [(f"{HM}/users/login", "message"), (f"{PC}/login", "msg")]


@pytest.mark.parametrize(("path", "envelope"), SIGN_UPS)
def test_sign_up_needs_open_registration_and_names_the_setting(
    started: Callable[..., TestClient], path: str, envelope: str
) -> None:
    closed = started(compat="hm-kpis,product-catalog")
    answer = closed.post(path, json=ADA)
    assert answer.status_code == 403
    assert list(answer.json()) == [envelope]
    assert "TILLSIGHT_REGISTRATION" in answer.json()[envelope]
    with closed.shop.database.reading() as session:
        assert session.scalar(select(User.id)) is None


@pytest.mark.parametrize(("path", "envelope"), SIGN_UPS)
@pytest.mark.parametrize(
    "body",
    [
        {**ADA, "password": "short"},
        {**ADA, "password": "x" * 129},
        {**ADA, "password": "x" * 10_000},
        {**ADA, "username": "ada@example.com"},
        {**ADA, "username": "x" * 151},
        {**ADA, "password": "password1"},
        {**ADA, "username": "\u0430d\u0430"},
        {**ADA, "username": "a\x00b"},
        {**ADA, "role": "admin"},
        {**ADA, "is_superuser": True},
        {**ADA, "username": {"$ne": 1}},
        {"username": "  ", "password": PASSWORD},
    ],
)
def test_sign_up_refuses_what_cannot_be_an_account(
    old: TestClient, path: str, envelope: str, body: dict
) -> None:
    answer = old.post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == [envelope]
    assert PASSWORD not in answer.text
    with old.shop.database.reading() as session:
        assert session.scalar(select(User.id)) is None


@pytest.mark.parametrize(("path", "envelope"), SIGN_UPS + LOGINS)
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 15_000, "application/json", 400),
        (b'{"username":"ada","username":"root","password":"x"}', "application/json", 400),
        (b'{"username":["ada"],"password":5}', "application/json", 400),
        (b"x" * 10_000_000, "application/json", 413),
        (b"username=ada&password=x", "application/x-www-form-urlencoded", 415),
        (b"", "", 415),
    ],
)
def test_bad_bodies_are_refused_in_the_envelope(
    old: TestClient, path: str, envelope: str, content: bytes, kind: str, status: int
) -> None:
    answer = old.post(path, content=content, headers={"content-type": kind} if kind else {})
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == [envelope]


@pytest.mark.parametrize(("path", "envelope"), LOGINS)
def test_an_account_that_is_off_is_told_only_after_the_right_password(
    old: TestClient, path: str, envelope: str
) -> None:
    old.post(f"{PC}/signup", json=ADA)
    change(old, "ada", is_active=False)
    assert old.post(path, json={**ADA, "password": "wrong one"}).status_code == 401
    answer = old.post(path, json=ADA)
    assert (answer.status_code, answer.json()) == (400, {envelope: "Inactive user account"})


@pytest.mark.parametrize(
    "statement",
    ["' OR 1=1 --", "ada'; DROP TABLE users; --", "<script>alert(1)</script>", "\u0430d\u0430"],
)
def test_strange_usernames_are_only_wrong(old: TestClient, statement: str) -> None:
    old.post(f"{PC}/signup", json=ADA)
    for path, envelope in LOGINS:
        answer = old.post(path, json={"username": statement, "password": PASSWORD})
        assert answer.status_code == 401
        assert statement not in answer.json()[envelope]
    assert old.post(f"{PC}/login", json=ADA).status_code == 200


@pytest.mark.parametrize(("base", "envelope"), [(HM, "message"), (PC, "msg")])
def test_the_unexpected_has_the_envelope_too(
    old: TestClient, base: str, envelope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the disk is full when the answer is about to leave."""
    from sqlalchemy.orm import Session

    def fail(_self: Session) -> None:
        raise OSError("disk full at /var/lib/secret")

    old.post(f"{PC}/signup", json=ADA)
    monkeypatch.setattr(Session, "commit", fail)
    path = f"{base}/users/login" if base == HM else f"{base}/login"
    answer = old.post(path, json=ADA)
    assert answer.status_code == 500
    assert list(answer.json()) == [envelope]
    assert "disk" not in answer.text


@pytest.mark.parametrize(("base", "envelope"), [(HM, "message"), (PC, "msg")])
def test_other_verbs_and_addresses_have_the_envelope(
    old: TestClient, base: str, envelope: str
) -> None:
    token = old.post(f"{HM}/users/register", json=ADA).text
    verb = old.delete(f"{base}/{'users/login' if base == HM else 'login'}", headers=bearer(token))
    nothing = old.get(f"{base}/nothing", headers=bearer(token))
    assert (verb.status_code, nothing.status_code) == (405, 404)
    assert list(verb.json()) == list(nothing.json()) == [envelope]


@pytest.mark.parametrize("base", [HM, PC])
def test_each_contract_has_a_description_of_its_own(old: TestClient, base: str) -> None:
    described = old.get(f"{base}/openapi.json").json()
    wanted = {
        HM: {
            *("/users/login", "/users/register", "/users"),
            *("/customers/gender", "/customers/filter"),
        },
        PC: {"/signup", "/login", "/protected", "/upload"},
    }
    assert set(described["paths"]) == wanted[base]
    assert described["servers"] == [{"url": base}]
    page = old.get(f"{base}/docs").text
    assert re.findall(r"(?:src|href)=[\"'](https?:)?//", page) == []
    files = re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page)
    assert len(files) >= 2
    for file in files:
        assert old.get(file).status_code == 200
    assert old.get(f"{base}/").headers["location"] == f"{base}/docs"
    assert not any("compat" in path for path in old.get("/api/openapi.json").json()["paths"])


def test_descriptions_can_be_closed(started: Callable[..., TestClient]) -> None:
    client = started(compat="hm-kpis", public_docs=False)
    for path in ("/", "/docs", "/openapi.json", "/docs/files/swagger-ui.css"):
        assert client.get(f"{HM}{path}").status_code == 401


def test_a_contract_is_off_unless_it_is_named(started: Callable[..., TestClient]) -> None:
    client = started(compat="product-catalog", registration="open")
    assert client.post(f"{HM}/users/login", json=ADA).status_code == 404
    assert client.get(f"{HM}/users").status_code == 401
    client.post(f"{PC}/signup", json=ADA)
    token = client.post(f"{PC}/login", json=ADA).json()["access_token"]
    for path in ("/users/login", "/docs", "/users"):
        assert client.get(f"{HM}{path}", headers=bearer(token)).status_code == 404


def test_an_unknown_contract_is_refused_at_the_start(tmp_path) -> None:
    with pytest.raises(SetupError) as refused:
        load_settings(home=tmp_path, compat="hm-kpi,product-catalog")
    assert "TILLSIGHT_COMPAT" in refused.value.message
    assert "Did you mean “hm-kpis”?" in refused.value.message
