"""What nobody sends by mistake: a clear 4xx in one shape, and never a 5xx."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api_shop import PASSWORD, SALES, Api
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user, normal_email
from tillsight.api.app import create_api
from tillsight.api.pages import safe_next
from tillsight.errors import InvalidInput
from tillsight.server import Doorkeeper
from tillsight.settings import load_settings

LOGIN = "/api/auth/login"
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
OUR_PAGE = {"origin": "http://testserver"}


def refused(answer, status: int, words: str = "") -> None:
    """It is a refusal in the one shape, with the request id of the header."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["request_id"] == answer.headers["x-request-id"]
    assert words in str(body["detail"])
    assert body.get("code") or isinstance(body["detail"], list)
    assert "Traceback" not in answer.text


def with_settings(api: Api, **changes: str) -> TestClient:
    settings = load_settings(home=api.shop.settings.home, **changes)
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    return TestClient(Doorkeeper(app, settings, api.shop.database), raise_server_exceptions=False)


# Bodies


def test_a_large_body_is_refused_before_it_is_read(api: Api) -> None:
    body = b'{"email": "' + b"a" * 10_000_000 + b'", "password": "x"}'
    refused(api.client.post(LOGIN, content=body, headers=JSON), 413, "larger than 1 MB")

    def parts() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * 1_000_000

    refused(api.client.post(LOGIN, content=parts(), headers=JSON), 413)
    refused(api.client.post("/signin", content=b"login=" + body, headers=FORM), 413)
    headers = {**JSON, **api.as_("admin")}
    refused(api.client.post("/api/auth/logout", content=body, headers=headers), 413)


def test_a_large_body_of_a_stranger_is_401(api: Api) -> None:
    body = b" " * 10_000_000
    refused(api.client.post("/api/auth/logout", content=body, headers=JSON), 401)


def test_a_large_upload_is_none_of_these(api: Api) -> None:
    text = SALES + "".join(
        f"{number},p1,Pen,2,2024-01-05 10:00:00,10,c1,France\n" for number in range(10, 40_000)
    )
    assert len(text) > api.shop.settings.max_body
    assert api.upload(text).status_code == 201


def test_an_upload_has_a_limit_of_its_own(api: Api) -> None:
    client = with_settings(api, max_upload="2MB")
    large = SALES.encode() + b"#" * 3_000_000
    answer = client.post("/api/imports", files={"file": large}, headers=api.as_("editor"))
    refused(answer, 413, "larger than 2 MB")
    kind = {**api.as_("editor"), "content-type": "multipart/form-data; boundary=x"}
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'

    def parts() -> Iterator[bytes]:
        yield start
        for _ in range(30):
            yield b"#" * 100_000

    refused(client.post("/api/imports", content=parts(), headers=kind), 413, "larger than 2 MB")
    assert api.get("/api/imports")["imports"] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "a@example.com", "password": "x", "password": "y"}',
        b'{"email": "a@example.com", "password": "x", "more": [{"role": 1, "role": 2}]}',
        b'{"email": "a\\u0000@example.com", "password": "x"}',
        b'{"email": "a@example.com", "password": "\\ud800"}',
        b'{"email": "\\udc00\\ud800", "password": "x", "\\udfff": 1}',
        b'{"email": "\xed\xa0\x80", "password": "x"}',
        b'{"email": "\xff\xfe", "password": "x"}',
        '{"email": "a@example.com", "password": "x"}'.encode("utf-16"),
        '{"email": "a@example.com", "password": "x"}'.encode("utf-32-le"),
        b'{"email": NaN, "password": "x"}',
        b'{"email": -Infinity, "password": 1e999}',
        b'{"email": 1e999, "password": "x"}',
        b'{"email": ' + b"[" * 100_000 + b"]" * 100_000 + b', "password": "x"}',
        b"[" * 100_000,
        b"1" * 5000,
        b'{"email": 1' + b"0" * 5000 + b"}",
        b"\0",
        b"null",
        b"",
        b"{",
        b'"text"',
    ],
    ids=lambda body: repr(body[:30]),
)
def test_spoilt_json_is_422(api: Api, body: bytes) -> None:
    refused(api.client.post(LOGIN, content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "body",
    [
        b"username=a&password=x&password=y",
        b"username=a%00&password=x",
        b"username=a\0&password=x",
        b"username=a&password=x&passw%6Frd=y",
    ],
)
def test_spoilt_forms_are_422(api: Api, body: bytes) -> None:
    refused(api.client.post(LOGIN, content=body, headers=FORM), 422)
    body = body.replace(b"username", b"login")
    refused(api.client.post("/signin", content=body, headers=FORM), 422)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded; charset=unicode_escape",
        'multipart/form-data; boundary=x; charset="utf-7"',
    ],
)
def test_other_encodings_are_415(api: Api, kind: str) -> None:
    body = rb"username=\ud800&password=x"
    refused(api.client.post(LOGIN, content=body, headers={"content-type": kind}), 415, "UTF-8")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain", "x", ""]
)
def test_bodies_of_other_kinds_are_4xx(api: Api, kind: str) -> None:
    for path, who in ((LOGIN, {}), ("/api/imports", api.as_("editor"))):
        headers = {**who, "content-type": kind}
        answer = api.client.post(path, content=b"--x\r\n\r\nabc", headers=headers)
        assert answer.status_code in {400, 422}, answer.text
        assert answer.json()["request_id"]


def test_a_wrong_length_is_no_5xx(api: Api) -> None:
    headers = {**JSON, "content-length": "9" * 30}
    assert api.client.post(LOGIN, content=b"{}", headers=headers).status_code in {400, 413}


# Texts in every field of the sign-in


TEXTS = [
    "' OR 1=1 --",
    "a@example.com'; DROP TABLE users; --",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}${7*7}",
    "../../etc/passwd",
    "%s%n%d",
    "a\r\nSet-Cookie: x=y",
    "\u202egnp.exe",
    "x" * 100_000,
    "é" * 50_000,
    "\U0001f600" * 1000,
    "🂡",
    "\ufffe\uffff",
    " ",
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_texts_of_every_kind_are_just_wrong_credentials(api: Api, text: str) -> None:
    api.as_("admin")
    for email, password in ((text, PASSWORD), ("admin@example.com", text), (text, text)):
        body = {"email": email, "password": password}
        refused(api.client.post(LOGIN, json=body), 401, "Incorrect email or password")
        page = api.client.post("/signin", data={"login": email, "password": password})
        assert page.status_code == 401
        assert "<script" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in page.text or "x" in text
        assert len(password) < 10 or password not in page.text.replace(email, "")
    assert api.get("/api/users/me", role="admin")["email"] == "admin@example.com"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_texts_of_every_kind_are_no_5xx_in_addresses(sold: Api, text: str) -> None:
    headers, part = sold.as_("admin"), quote(text[:500], safe="")
    for path in (
        f"/api/customers/{part}",
        f"/api/products/{part}",
        f"/api/imports/{part}",
        f"/api/{part}",
        f"/api/metrics/query?measures={part}",
        f"/api/metrics/query?measures=revenue&country={part}&order={part}",
        f"/api/customers?after={part}&segment={part}",
        f"/api/orders?customer={part}&product={part}&after={part}",
    ):
        answer = sold.client.get(path, headers=headers)
        assert answer.status_code < 500, (path, answer.text)
        if answer.is_error:
            assert answer.json()["request_id"]


@pytest.mark.parametrize(
    "path",
    ["/api/customers/%00", "/api/products?id=%00", "/signin?next=%00", "/%00", "/api?%00=1"],
)
def test_nul_in_an_address_is_422(sold: Api, path: str) -> None:
    refused(sold.client.get(path, headers=sold.as_("viewer")), 422, "NUL")


@pytest.mark.parametrize(
    "path", ["/api/customers/%ed%a0%80", "/api/products?id=%ff%fe", "/api/%ff"]
)
def test_bytes_that_are_no_text_are_no_5xx(sold: Api, path: str) -> None:
    assert sold.client.get(path, headers=sold.as_("viewer")).status_code in {200, 404}


@pytest.mark.parametrize(
    "name", ["a\0.csv", "\ud800.csv", "x" * 5000, "../../x.csv", "<script>.csv", "", "\r\nX: y"]
)
def test_file_names_of_every_kind_are_kept_or_refused(api: Api, name: str) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode("utf-8", "surrogatepass")
        + b'"\r\n\r\n'
        + SALES.encode()
        + b"\r\n--x--\r\n"
    )
    headers = {**api.as_("editor"), "content-type": "multipart/form-data; boundary=x"}
    answer = api.client.post("/api/imports", content=body, headers=headers)
    assert answer.status_code in {201, 400, 422}, answer.text
    if answer.status_code == 201:
        assert "/" not in answer.json()["file"]
        assert "\0" not in answer.json()["file"]
    assert api.client.get("/api/imports", headers=api.as_("editor")).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "9" * 10, "9" * 30, "1.5", "1e3", "\uff10", "+1"])
def test_ids_of_every_kind_are_4xx(api: Api, number: str) -> None:
    answer = api.client.get(f"/api/imports/{quote(number)}", headers=api.as_("admin"))
    assert answer.status_code in {404, 422}, answer.text
    assert answer.json()["request_id"]


# Who is who


@pytest.mark.parametrize(
    "login",
    [
        "\u0430dmin@example.com",  # a Cyrillic a
        "admin@ex\u0430mple.com",
        "adm\u0131n@example.com",  # an i without its dot
        "ádmin@example.com",
        "admin@example.com.",
        "admin+x@example.com",
        "admin@example.com\u200b",
        "admin%40example.com",
    ],
)
def test_look_alike_addresses_are_somebody_else(api: Api, login: str) -> None:
    api.as_("admin")
    body = {"email": login, "password": PASSWORD}
    refused(api.client.post(LOGIN, json=body), 401)


@pytest.mark.parametrize("login", ["ADMIN@EXAMPLE.COM", "Admin@example.com", " admin@example.com "])
def test_case_variants_are_the_same_person(api: Api, login: str) -> None:
    api.as_("admin")
    body = {"email": login, "password": PASSWORD}
    assert api.client.post(LOGIN, json=body).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "a" * 255 + "@example.com",
        "a@" + "b" * 260 + ".com",
        "a@b@example.com",
        "a b@example.com",
        "a\0b@example.com",
        "a\u2028b@example.com",
        "a@example..com",
        "@example.com",
        "a@",
        "a@example.com\nBcc: b@example.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        normal_email(text)


def test_signs_of_full_width_are_the_same_address(api: Api) -> None:
    with api.shop.database.writing() as session:
        user = add_user(session, "\uff41da@example.com", PASSWORD, Role.viewer)
        assert user.email == "ada@example.com"


# One shape


def test_refusals_of_every_kind_have_one_shape(api: Api) -> None:
    headers = api.as_("viewer")
    refused(api.client.get("/api/users/me"), 401)
    refused(api.client.get("/api/nothing", headers=headers), 404)
    refused(api.client.post("/api/imports", headers=headers), 403)
    refused(api.client.get("/api/metrics/query?measures=x", headers=headers), 422)
    refused(api.client.get("/api/customers/top?limit=0", headers=headers), 422)
    answer = api.client.delete(LOGIN, headers=headers)
    refused(answer, 405, "DELETE does not work here")
    assert answer.headers["allow"] == "POST"
    refused(api.client.put("/signin", headers=headers), 405)
    refused(api.client.get("/api/users/me", headers={"cookie": "tillsight_session=x"}), 401)


def test_a_refused_body_is_told_without_its_secrets(api: Api) -> None:
    for body in (
        {"email": 5, "password": "hunter2 hunter2"},
        {"email": 5, "more": [{"password": "hunter2 hunter2", "token": "hunter2"}]},
        [{"password": "hunter2 hunter2"}],
    ):
        answer = api.client.post(LOGIN, json=body)
        refused(answer, 422)
        assert "hunter2" not in answer.text


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "OPTIONS", "get"])
def test_other_methods_are_4xx(api: Api, method: str) -> None:
    for path in ("/api/users/me", "/api/nothing", "/signin", "/"):
        answer = api.client.request(method, path, headers=api.as_("viewer"))
        assert answer.status_code < 500, answer.text


# Other sites


def browser_of(api: Api, client: TestClient | None = None) -> TestClient:
    """A client with a session cookie."""
    api.as_("editor")
    client = client or api.client
    form = {"login": "editor@example.com", "password": PASSWORD}
    answer = client.post("/signin", data=form, follow_redirects=False)
    assert answer.status_code == 303
    return client


FOREIGN = [
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://evil.example"},
    {"origin": "http://sub.testserver"},
    {"origin": "http://testserver:8080"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://testserver@evil.example"},
    {"origin": "http://evil.example/testserver"},
    {"origin": "http://evil.example#testserver"},
    {"origin": "testserver"},
    {"origin": "null", "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": ""},
    {"referer": "http://testserver/"},
    {},
]
CHANGES = [
    ("POST", "/api/imports"),
    ("DELETE", "/api/imports/1"),
    ("POST", "/api/auth/logout"),
    ("POST", "/signout"),
    ("POST", "/signin"),
    ("PATCH", "/api/users/me"),
    ("PUT", "/api/nothing"),
    ("POST", "/"),
    ("POST", "/_stcore/anything"),
]


@pytest.mark.parametrize("proof", FOREIGN, ids=str)
def test_a_cookie_changes_nothing_without_proof(api: Api, proof: dict[str, str]) -> None:
    client = browser_of(api)
    for method, path in CHANGES:
        refused(client.request(method, path, headers=proof), 403, "another site")
    assert client.get("/api/users/me").status_code == 200


@pytest.mark.parametrize(
    "proof",
    [
        OUR_PAGE,
        {"origin": "http://TESTSERVER"},
        {"origin": "http://localhost:8000"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_with_proof_it_does(api: Api, proof: dict[str, str]) -> None:
    client = browser_of(api)
    assert client.post("/api/auth/logout", headers=proof).status_code == 200


def test_behind_https_a_page_without_is_another_site(api: Api) -> None:
    client = with_settings(api, url="https://testserver")
    client.base_url = "https://testserver"
    browser_of(api, client)
    refused(client.post("/signout", headers={"origin": "http://testserver"}), 403)
    answer = client.post(
        "/signout", headers={"origin": "https://testserver"}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_a_token_needs_no_proof(api: Api) -> None:
    headers = {**api.as_("viewer"), "origin": "https://elsewhere.example"}
    assert api.client.post("/api/auth/logout", headers=headers).status_code == 200


def test_a_token_beside_a_cookie_is_what_counts(api: Api) -> None:
    client = browser_of(api)
    headers = {"Authorization": "Bearer x", "origin": "http://evil.example"}
    refused(client.post("/api/auth/logout", headers=headers), 401)
    headers["Authorization"] = "Basic x"
    refused(client.post("/api/auth/logout", headers=headers), 403)


def test_only_listed_pages_of_others_may_read_answers(api: Api) -> None:
    client = with_settings(api, cors_origins="https://tools.example.com")
    for origin in ("https://evil.example", "null", "https://tools.example.com.evil.example"):
        for answer in (
            client.get("/api/health", headers={"origin": origin}),
            client.options(
                "/api/users/me",
                headers={"origin": origin, "access-control-request-method": "GET"},
            ),
        ):
            assert "access-control-allow-origin" not in answer.headers
    for path, status in (("/api/health", 200), ("/api/users/me", 401)):  # refusals, too
        answer = client.get(path, headers={"origin": "https://tools.example.com"})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "https://tools.example.com"
        assert "access-control-allow-credentials" not in answer.headers
    answer = api.client.get("/api/health", headers={"origin": "https://tools.example.com"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "https:evil.example",
        "https://evil.example",
        "HTTPS://evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "@evil.example",
        "/@evil.example//..//evil.example\\",
        ".evil.example",
        "evil.example",
        "/x\r\nSet-Cookie: a=b",
        "/x\u2028",
        "http://testserver@evil.example",
        "//testserver@evil.example/",
        "/..//evil.example",
        "/.//evil.example",
        "/%5cevil.example/..//evil.example",
        "//[::1",
        "/" + "x" * 3000,
    ],
)
def test_next_leads_nowhere_else(api: Api, target: str) -> None:
    assert safe_next(target) == "/"
    api.as_("editor")
    form = {"login": "editor@example.com", "password": PASSWORD, "next": target}
    answer = api.client.post("/signin", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "target", ["/", "/imports?a=b&c=d%2Fe#top", "/customers/a%20b", "/x?next=https://evil.example"]
)
def test_next_leads_to_our_pages(target: str) -> None:
    assert safe_next(target) == target


# Headers


def policy(answer) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in parts)}


def test_every_answer_has_the_headers(api: Api) -> None:
    signed_in = api.as_("viewer")
    for answer in (
        api.client.get("/signin"),
        api.client.get("/api/health"),
        api.client.get("/api/users/me"),
        api.client.get("/api/users/me", headers=signed_in),
        api.client.get("/api/nothing", headers=signed_in),
        api.client.get("/api/docs"),
        api.client.get("/logo"),
        api.client.get("/%00"),
        api.client.get("/overview", follow_redirects=False),
        api.client.get("/static/nothing.js"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert policy(answer)["frame-ancestors"] in {"'none'", "'self'"}
        assert answer.headers["x-request-id"]
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers
        assert "x-powered-by" not in answer.headers


def test_account_pages_run_no_script(api: Api) -> None:
    for answer in (api.client.get("/signin"), api.client.post("/signin", data={"login": "a"})):
        said = policy(answer)
        assert said["default-src"] == "'none'"
        assert "script-src" not in said
        assert (said["form-action"], said["frame-ancestors"]) == ("'self'", "'none'")
        assert "<script" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_answers_of_the_api_are_kept_by_nobody(api: Api) -> None:
    for path in ("/api/users/me", "/api/metrics/query?measures=revenue&format=csv"):
        answer = api.client.get(path, headers=api.as_("viewer"))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert policy(answer)["default-src"] == "'none'"


def test_behind_https_browsers_are_told_to_stay(api: Api) -> None:
    client = with_settings(api, url="https://testserver")
    answer = client.get("/signin")
    assert int(answer.headers["strict-transport-security"].removeprefix("max-age=")) >= 31536000
    api.as_("editor")
    form = {"login": "editor@example.com", "password": PASSWORD}
    answer = client.post("/signin", data=form, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-tillsight_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()


def test_signing_out_clears_what_the_browser_kept(api: Api) -> None:
    client = browser_of(api)
    answer = client.post("/signout", headers=OUR_PAGE, follow_redirects=False)
    assert answer.headers["clear-site-data"] == '"storage"'
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert client.get("/api/users/me").status_code == 401


# Names of the server


@pytest.mark.parametrize(
    ("given", "host", "known"),
    [
        ({}, "anything.example", True),
        ({"environment": "production", "url": "https://shop.example.com"}, "evil.example", False),
        ({"environment": "production", "url": "https://shop.example.com"}, "", False),
        (
            {"environment": "production", "url": "https://shop.example.com"},
            "shop.example.com",
            True,
        ),
        (
            {"environment": "production", "url": "https://shop.example.com"},
            "SHOP.example.com:1",
            True,
        ),
        ({"environment": "production", "url": "https://shop.example.com"}, "127.0.0.1:8000", True),
        ({"environment": "production", "url": "https://shop.example.com"}, "[::1]:8000", True),
        (
            {"environment": "production", "url": "https://a.example"},
            "a.example@evil.example",
            False,
        ),
        (
            {"environment": "production", "url": "https://a.example"},
            "a.example.evil.example",
            False,
        ),
        ({"allowed_hosts": "a.example, *.b.example"}, "a.example", True),
        ({"allowed_hosts": "a.example, *.b.example"}, "x.b.example", True),
        ({"allowed_hosts": "a.example, *.b.example"}, "xb.example", False),
        ({"allowed_hosts": "a.example, *.b.example"}, "b.example", False),
        ({"allowed_hosts": "*"}, "anything.example", True),
    ],
)
def test_the_server_answers_to_its_names(
    api: Api, given: dict[str, str], host: str, known: bool
) -> None:
    client = with_settings(api, secret_key="a secret of the tests, which is long", **given)
    answer = client.get("/api/health", headers={"host": host})
    if known:
        assert answer.status_code == 200
    else:
        refused(answer, 400, "TILLSIGHT_ALLOWED_HOSTS")


# Fields that would grant something


def test_bodies_that_change_accounts_take_no_other_fields(api: Api) -> None:
    """An extra field (`role`, `is_verified`) is refused, never silently dropped."""
    described = api.client.get("/api/openapi.json").json()
    lax = []
    for path, routes in described["paths"].items():
        for method, route in routes.items():
            content = route.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if name := schema.get("$ref", "").rpartition("/")[2]:
                schema = described["components"]["schemas"][name]
            if schema and schema.get("additionalProperties") is not False:
                lax.append((method, path))
    assert lax == []


def test_login_refuses_fields_it_does_not_know(api: Api) -> None:
    api.as_("viewer")
    body = {"email": "viewer@example.com", "password": PASSWORD, "role": "admin"}
    refused(api.client.post(LOGIN, json=body), 422)
