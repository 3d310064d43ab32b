"""Single sign-on against a real OpenID provider, a process of its own that speaks HTTP."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

import oidc_provider
from api_shop import PASSWORD
from serving import free_port
from shop import Shop
from tillsight.accounts.models import AuditEntry, Role, SessionKind, User
from tillsight.accounts.sessions import sign_in
from tillsight.accounts.users import add_user
from tillsight.api.app import create_api
from tillsight.errors import SetupError
from tillsight.logs import LogFile, configure_logging
from tillsight.server import Doorkeeper
from tillsight.settings import LogFormat, LogLevel, load_settings

ADA = {"sub": "ada-1", "email": "ada@example.com", "email_verified": True}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, oidc_provider.__file__, str(port)])
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx2.get(f"{address}/jwks")
            break
        except httpx2.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(timeout=10)


@dataclass
class Browser:
    """Somebody's browser between our server and the provider."""

    shop: Shop
    client: TestClient
    issuer: str

    def told(self, fault: str = "", more: dict[str, Any] | None = None, **claims: Any) -> None:
        body = {"claims": claims, "fault": fault, "more": more or {}}
        httpx2.put(f"{self.issuer}/told", json=body)

    def to_provider(self, target: str = "/") -> str:
        answer = self.client.get("/signin/oidc", params={"next": target}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "max-age=600" in cookie
        return answer.headers["location"]

    def back(self, address: str):
        """Come back from the provider, which signs in whom it was told to."""
        answer = httpx2.get(address)
        assert answer.status_code == 302, answer.text
        way = urlsplit(answer.headers["location"])
        return self.client.get(f"{way.path}?{way.query}", follow_redirects=False)

    def signs_in(self, target: str = "/", fault: str = "", **claims: Any):
        self.told(fault, **(claims or ADA))
        return self.back(self.to_provider(target))

    def me(self) -> dict[str, Any]:
        answer = self.client.get("/api/users/me")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def is_stranger(self) -> bool:
        return self.client.get("/api/users/me").status_code == 401


@pytest.fixture
def browser_with(shop: Shop, issuer: str) -> Iterator[Callable[..., Browser]]:
    opened: list[TestClient] = []

    def make(**changes: Any) -> Browser:
        given = {
            "oidc_issuer": issuer,
            "oidc_client_id": oidc_provider.CLIENT,
            "oidc_client_secret": oidc_provider.SECRET,
            **changes,
        }
        settings = load_settings(home=shop.settings.home, **given)
        app = create_api(settings, shop.database, shop.warehouse)
        client = TestClient(Doorkeeper(app, settings, shop.database), raise_server_exceptions=False)
        opened.append(client.__enter__())
        return Browser(shop, client, issuer)

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def browser(browser_with: Callable[..., Browser]) -> Browser:
    return browser_with()


def people(shop: Shop) -> list[tuple[str | None, Role, bool]]:
    with shop.database.reading() as session:
        return [
            (one.email, one.role, bool(one.password_hash)) for one in session.scalars(select(User))
        ]


def add(shop: Shop, **changes: Any) -> None:
    with shop.database.writing() as session:
        add_user(session, "ada@example.com", PASSWORD, Role.editor)
        if changes:
            session.execute(update(User).values(**changes))


def test_a_newcomer_gets_an_account_without_a_password(browser: Browser) -> None:
    answer = browser.signs_in("/imports?a=b", **ADA, given_name="Ada", family_name="King")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/imports?a=b"
    me = browser.me()
    assert (me["email"], me["username"], me["full_name"]) == ("ada@example.com", "ada", "Ada King")
    assert (me["role"], me["is_active"], me["is_verified"]) == ("viewer", True, True)
    assert people(browser.shop) == [("ada@example.com", Role.viewer, False)]
    browser.client.cookies.clear()
    login = {"email": "ada@example.com", "password": ""}
    assert browser.client.post("/api/auth/login", json=login).status_code == 401
    assert browser.signs_in().status_code == 303  # the same account again
    assert len(people(browser.shop)) == 1


def test_the_session_is_one_as_from_the_form(browser: Browser) -> None:
    cookies = browser.signs_in().headers.get_list("set-cookie")
    [session] = [one.lower() for one in cookies if one.startswith("tillsight_session=")]
    assert "httponly" in session
    assert "samesite=lax" in session
    [spent] = [one.lower() for one in cookies if one.startswith("tillsight_oidc=")]
    assert "max-age=0" in spent


def test_behind_https_both_cookies_are_bound_to_the_host(
    browser_with: Callable[..., Browser],
) -> None:
    browser = browser_with(url="https://shop.example.com")
    browser.told(**ADA)
    answer = browser.client.get("/signin/oidc", follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-tillsight_oidc=")
    assert "Secure" in cookie
    back = parse_qs(urlsplit(answer.headers["location"]).query)["redirect_uri"]
    assert back == ["https://shop.example.com/signin/oidc/callback"]


def test_an_account_with_the_same_verified_address_is_linked(browser: Browser) -> None:
    add(browser.shop)
    assert browser.signs_in(sub="ada-1", email="ADA@Example.com", email_verified=True).is_redirect
    assert browser.me()["role"] == "editor"
    assert people(browser.shop) == [("ada@example.com", Role.editor, True)]
    browser.client.cookies.clear()
    assert browser.signs_in().is_redirect
    with browser.shop.database.reading() as session:
        done = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert done[-3:] == ["identity_linked", "sign_in", "sign_in"]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_unverified_address_is_never_linked(browser: Browser, verified: object) -> None:
    add(browser.shop)
    answer = browser.signs_in(sub="mallory", email="ada@example.com", email_verified=verified)
    assert answer.status_code == 403
    assert "verified" in answer.text
    assert browser.is_stranger()
    assert browser.signs_in(sub="mallory", email="new@example.com").status_code == 403
    assert len(people(browser.shop)) == 1


def test_an_address_in_another_alphabet_is_refused(browser: Browser) -> None:
    """To the eye it is somebody else's; nobody could tell the two apart."""
    add(browser.shop)
    answer = browser.signs_in(sub="mallory", email="\u0430da@example.com", email_verified=True)
    assert answer.status_code == 403
    assert browser.is_stranger()


def test_a_letter_that_only_becomes_ours_in_lower_case_is_not_linked(browser: Browser) -> None:
    with browser.shop.database.writing() as session:
        add_user(session, "kate@example.com", PASSWORD, Role.admin)
    kelvin = "\u212aate@example.com"
    answer = browser.signs_in(sub="mallory", email=kelvin, email_verified=True)
    assert answer.status_code == 403
    assert browser.is_stranger()


def test_an_address_given_to_somebody_else_does_not_lead_to_the_account(browser: Browser) -> None:
    browser.signs_in()
    browser.client.cookies.clear()
    answer = browser.signs_in(sub="ada-2", email="ada@example.com", email_verified=True)
    assert answer.status_code == 403
    assert browser.is_stranger()


def test_the_subject_counts_where_the_address_changed(browser: Browser) -> None:
    browser.signs_in()
    number = browser.me()["id"]
    browser.client.cookies.clear()
    browser.signs_in(sub="ada-1", email="king@example.com", email_verified=True)
    assert browser.me()["id"] == number


def test_whoever_made_an_unverified_account_loses_it_to_the_address_s_owner(
    browser: Browser,
) -> None:
    """Somebody registers with Ada's address and waits for her to come."""
    add(browser.shop)
    with browser.shop.database.writing() as session:
        waiting = sign_in(session, "ada", PASSWORD, SessionKind.browser).token
        session.execute(update(User).values(is_verified=False))
    assert browser.signs_in().is_redirect
    assert browser.me()["is_verified"]
    login = {"email": "ada@example.com", "password": PASSWORD}
    browser.client.cookies.clear()
    assert browser.client.post("/api/auth/login", json=login).status_code == 401
    headers = {"Authorization": f"Bearer {waiting}"}
    assert browser.client.get("/api/users/me", headers=headers).status_code == 401


def test_a_deactivated_account_stays_out(browser: Browser) -> None:
    browser.signs_in()
    browser.client.cookies.clear()
    with browser.shop.database.writing() as session:
        session.execute(update(User).values(is_active=False))
    answer = browser.signs_in()
    assert answer.status_code == 400
    assert "Inactive" in answer.text
    assert browser.is_stranger()


@pytest.mark.parametrize(
    ("email", "let_in"),
    [
        ("ada@example.com", True),
        ("ada@EXAMPLE.com", True),
        ("ada@evil.example", False),
        ("ada@sub.example.com", False),
        ("ada@example.com.evil.example", False),
        ("ada@notexample.com", False),
    ],
)
def test_only_allowed_domains(
    browser_with: Callable[..., Browser], email: str, let_in: bool
) -> None:
    browser = browser_with(oidc_allowed_domains="example.com, example.org")
    answer = browser.signs_in(sub="ada-1", email=email, email_verified=True)
    assert answer.status_code == (303 if let_in else 403)
    assert browser.is_stranger() is not let_in


@pytest.mark.parametrize(
    "fault",
    [
        "bad signature",
        "alg none",
        "our secret",
        "no nonce",
        "expired",
        "other issuer",
        "denied",
    ],
)
def test_spoilt_answers_sign_nobody_in(browser: Browser, fault: str) -> None:
    answer = browser.signs_in(fault=fault)
    assert answer.status_code == 401
    assert "Start again." in answer.text
    assert browser.is_stranger()
    assert people(browser.shop) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["another-client", "tillsight"], "azp": "another-client"},
        {"nonce": "another"},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 5},
        {"exp": "never"},
        {"nbf": 99_999_999_999},
    ],
    ids=str,
)
def test_wrong_claims_sign_nobody_in(browser: Browser, claims: dict[str, Any]) -> None:
    answer = browser.signs_in(**{**ADA, **claims})
    assert answer.status_code == 401
    assert browser.is_stranger()


def test_another_state_or_another_browser_signs_nobody_in(browser: Browser) -> None:
    browser.told(**ADA)
    way = urlsplit(httpx2.get(browser.to_provider()).headers["location"])
    query = {name: values[0] for name, values in parse_qs(way.query).items()}
    for wrong in ({"state": "guess"}, {"state": ""}, {"code": "guess"}, {"code": "x\x00"}):
        browser.to_provider()
        answer = browser.client.get(way.path, params=query | wrong, follow_redirects=False)
        assert answer.status_code in {401, 422}
    browser.client.cookies.clear()
    assert browser.client.get(way.path, params=query).status_code == 401
    assert browser.is_stranger()


def test_a_code_serves_once(browser: Browser) -> None:
    browser.told(**ADA)
    address = browser.to_provider()
    kept = dict(browser.client.cookies)
    way = urlsplit(httpx2.get(address).headers["location"])
    path = f"{way.path}?{way.query}"
    assert browser.client.get(path, follow_redirects=False).status_code == 303
    browser.client.cookies.clear()
    browser.client.cookies.update(kept)
    assert browser.client.get(path, follow_redirects=False).status_code == 401


@pytest.mark.parametrize("kind", ["expired", "other key", "spoilt", "access token"])
def test_a_cookie_not_of_ours_is_refused(browser: Browser, kind: str) -> None:
    browser.told(**ADA)
    address = browser.to_provider()
    key = browser.shop.settings.signing_key
    real = browser.client.cookies["tillsight_oidc"]
    claims = jwt.decode(real, key, ["HS256"], audience="tillsight:oidc")
    soon = datetime.now(UTC) + timedelta(minutes=5)
    cookies = {
        "expired": jwt.encode(claims | {"exp": soon - timedelta(hours=1)}, key, "HS256"),
        "other key": jwt.encode(claims, "another key of enough characters", "HS256"),
        "spoilt": real[:-3],
        "access token": jwt.encode({"sub": "ada", "sid": 1, "exp": soon}, key, "HS256"),
    }
    browser.client.cookies.clear()
    browser.client.cookies.set("tillsight_oidc", cookies[kind])
    assert browser.back(address).status_code == 401
    headers = {"Authorization": f"Bearer {real}"}
    assert browser.client.get("/api/users/me", headers=headers).status_code == 401


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_way_back_leads_nowhere_else(browser: Browser, target: str) -> None:
    assert browser.signs_in(target).headers["location"] == "/"


@pytest.mark.parametrize(
    ("value", "role"),
    [
        (["staff", "shop-admins"], "admin"),
        (["staff"], "editor"),
        ("staff", "editor"),
        (["others"], "viewer"),
        (None, "viewer"),
        ({"staff": True}, "viewer"),
        (["admin"], "viewer"),
    ],
)
def test_the_role_is_that_of_the_claim_at_each_sign_in(
    browser_with: Callable[..., Browser], value: object, role: str
) -> None:
    browser = browser_with(
        oidc_role_claim="realm.roles", oidc_roles="shop-admins=admin, staff=editor"
    )
    browser.signs_in(**ADA, realm={"roles": ["shop-admins"]})
    assert browser.me()["role"] == "admin"
    browser.client.cookies.clear()
    browser.signs_in(**ADA, realm={"roles": value})
    assert browser.me()["role"] == role


def test_without_a_mapping_the_values_are_the_roles(browser_with: Callable[..., Browser]) -> None:
    browser = browser_with(oidc_role_claim="https://example.com/role")
    browser.signs_in(**ADA, **{"https://example.com/role": "manager"})
    assert browser.me()["role"] == "manager"


def test_without_a_claim_roles_are_given_here(browser: Browser) -> None:
    browser.signs_in(**ADA, groups=["admin"], role="admin")
    assert browser.me()["role"] == "viewer"


def test_the_address_may_be_told_by_userinfo_alone(browser: Browser) -> None:
    browser.told(more={"email": "ada@example.com", "email_verified": True}, sub="ada-1")
    assert browser.back(browser.to_provider()).is_redirect
    assert browser.me()["email"] == "ada@example.com"
    browser.client.cookies.clear()
    more = {"sub": "another", "email": "boss@example.com", "email_verified": True}
    browser.told(more=more, sub="ada-3")
    assert browser.back(browser.to_provider()).status_code == 401


def test_a_new_key_of_the_provider_is_found(browser: Browser) -> None:
    assert browser.signs_in().is_redirect
    assert browser.signs_in(fault="new key").is_redirect


def test_the_button_is_there_where_it_leads_somewhere(
    browser_with: Callable[..., Browser], shop: Shop
) -> None:
    page = browser_with(oidc_label="<Acme> & Co").client.get("/signin?next=/imports?a=b%26c=d")
    assert "&lt;Acme&gt; &amp; Co</a>" in page.text
    assert 'href="/signin/oidc?next=/imports%3Fa%3Db%26c%3Dd"' in page.text
    app = create_api(shop.settings, shop.database, shop.warehouse)
    with TestClient(Doorkeeper(app, shop.settings, shop.database)) as client:
        assert "/signin/oidc" not in client.get("/signin").text
        assert client.get("/signin/oidc").status_code == 404
        assert client.get("/signin/oidc/callback?code=a&state=b").status_code == 404


def test_a_provider_that_is_down_is_a_page_that_says_so(
    browser_with: Callable[..., Browser],
) -> None:
    browser = browser_with(oidc_issuer=f"http://127.0.0.1:{free_port()}")
    answer = browser.client.get("/signin/oidc", follow_redirects=False)
    assert answer.status_code == 503
    assert "cannot be reached just now" in answer.text
    assert "127.0.0.1" not in answer.text
    assert "<form" in answer.text


def test_a_provider_that_is_none_is_a_page_that_says_so(
    browser_with: Callable[..., Browser], issuer: str
) -> None:
    answer = browser_with(oidc_issuer=f"{issuer}/elsewhere").client.get("/signin/oidc")
    assert answer.status_code == 503


def test_a_wrong_secret_is_told_as_a_refusal_and_in_the_log(
    browser_with: Callable[..., Browser], tmp_path: Path
) -> None:
    """The log has the provider's own word for it, which docs/troubleshooting.md explains."""
    path = tmp_path / "shop.log"
    browser = browser_with(oidc_client_secret="a wrong one")
    configure_logging(LogLevel.warning, LogFormat.json, LogFile(path, 100_000, 1))
    try:
        answer = browser.signs_in()
    finally:
        configure_logging(LogLevel.error)  # as the other tests have it
    assert answer.status_code == 401
    logged = [json.loads(line) for line in path.read_text().splitlines()]
    [refused] = [one for one in logged if one["event"] == "single sign-on refused"]
    assert (refused["reason"], refused["error"]) == ("the code is not taken", "invalid_client")
    assert "a wrong one" not in path.read_text()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"oidc_issuer": "http://login.example.com", "oidc_client_id": "x"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://login.example.com"}, "TILLSIGHT_OIDC_CLIENT_ID"),
        ({"oidc_roles": "staff=boss"}, "OIDC_ROLES"),
        ({"oidc_roles": "staff"}, "OIDC_ROLES"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    tmp_path: Path, given: dict[str, str], words: str
) -> None:
    with pytest.raises(SetupError, match=words):
        load_settings(home=tmp_path, **given)
