"""What the settings make of the contracts: closed, off, or open to strangers and then warned of."""

from collections.abc import Iterator

import httpx2
import pytest

from contracts.people import credentials
from serving import EMAIL, Server, serving
from tillsight.settings import anonymous_warnings, cautions, load_settings

ON = ("hm-kpis", "kpi-circles", "product-catalog")
OFF = "customer-purchases"
OPENED = {
    "COMPAT": ",".join(ON),
    "COMPAT_ANONYMOUS": "hm-kpis",
    "COMPAT_PASSWORDLESS": "true",
    "PUBLIC_DOCS": "false",
}
WARNINGS = [
    (
        "Anybody who reaches the server may use /compat/hm-kpis without signing in:"
        " TILLSIGHT_COMPAT_ANONYMOUS names it."
    ),
    (
        "Anybody who reaches the server may sign in as anybody whose e-mail address they know,"
        " admins too, at /compat/kpi-circles: TILLSIGHT_COMPAT_PASSWORDLESS is on."
    ),
]
DESCRIPTIONS = ("/docs", "/openapi.json", "/docs/files/swagger-ui.css", "/")
ENVELOPES = {
    "customer-purchases": "detail",
    "hm-kpis": "message",
    "kpi-circles": "msg",
    "product-catalog": "msg",
}
"""Under which key each contract tells strangers that they are unknown."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("opened"), **OPENED) as server:
        yield server


@pytest.fixture(scope="module")
def http(opened: Server) -> Iterator[httpx2.Client]:
    """A stranger."""
    with httpx2.Client(base_url=opened.url) as client:
        yield client


# With a setting for everything that an older product left open


def test_what_is_open_to_strangers_is_warned_of_at_the_start_and_to_admins(opened: Server) -> None:
    log = (opened.home / "server.log").read_text()
    with opened.client() as owner:
        told = owner.get("/api/settings").json()["warnings"]
    assert told == WARNINGS
    for warning in WARNINGS:
        [line] = [line for line in log.splitlines() if warning in line]
        assert "warning" in line


def test_strangers_read_the_customers_of_hm_kpis_and_nothing_else(http: httpx2.Client) -> None:
    base = "/compat/hm-kpis"
    for path in ("/customers/gender", "/customers/filter"):
        for prefix in ("", "/api/v1"):
            answer = http.get(f"{base}{prefix}{path}")
            assert (answer.status_code, answer.json()) == (200, {"result": []})
            wrong = http.get(f"{base}{prefix}{path}", headers={"Authorization": "Bearer x"})
            assert (wrong.status_code, wrong.json()) == (
                401,
                {"message": "Could not validate credentials"},
            )
    unknown = http.get(f"{base}/users")
    assert (unknown.status_code, unknown.json()) == (401, {"message": "Not authenticated"})
    for path in ("/api/customers", "/compat/product-catalog/protected", "/compat/kpi-circles/kpis"):
        assert http.get(path).status_code == 401


def test_an_address_alone_signs_in_at_kpi_circles_and_nowhere_else(http: httpx2.Client) -> None:
    base = "/compat"
    answer = http.post(f"{base}/kpi-circles/login", json={"email": EMAIL})
    assert answer.status_code == 200
    for path in ("hm-kpis/users/login", "product-catalog/login"):
        refused = http.post(f"{base}/{path}", json={"username": EMAIL})
        assert refused.status_code == 400
    assert http.post("/api/auth/login", json={"email": EMAIL}).status_code == 422


@pytest.mark.parametrize(
    ("path", "envelope"), [("hm-kpis/users/register", "message"), ("product-catalog/signup", "msg")]
)
def test_nobody_signs_up_while_registration_is_not_open(
    opened: Server, http: httpx2.Client, path: str, envelope: str
) -> None:
    answer = http.post(f"/compat/{path}", json=credentials("ada"))
    assert (answer.status_code, list(answer.json())) == (403, [envelope])
    assert "TILLSIGHT_REGISTRATION" in answer.json()[envelope]
    with opened.client() as owner:
        assert owner.get("/api/users").json()["users"][1:] == []


def test_descriptions_are_closed_to_strangers_where_a_setting_says_so(
    opened: Server, http: httpx2.Client
) -> None:
    with opened.client() as owner:
        for contract in ON:
            for path in (*DESCRIPTIONS, "/swagger.json"):
                stranger = http.get(f"/compat/{contract}{path}")
                assert (stranger.status_code, list(stranger.json())) == (401, [ENVELOPES[contract]])
            described = owner.get(f"/compat/{contract}/openapi.json")
            assert described.status_code == 200


def test_a_contract_that_is_not_named_is_not_there(opened: Server, http: httpx2.Client) -> None:
    with opened.client() as owner:
        for path in ("/", "/docs", "/openapi.json", "/kpis/", "/purchases/"):
            assert http.get(f"/compat/{OFF}{path}").status_code == 401
            assert owner.get(f"/compat/{OFF}{path}").status_code == 404


# Without a server


def test_open_registration_is_warned_of_with_what_newcomers_may_add_then() -> None:
    open_to_all = {"registration": "open", "url": "http://shop.example"}
    alone = load_settings(**open_to_all)
    assert anonymous_warnings(alone) == [
        (
            "Anybody who reaches the server may make an account, and then sees all sales:"
            " TILLSIGHT_REGISTRATION is open."
        )
    ]
    all_on = load_settings(**open_to_all, compat=",".join(ENVELOPES))
    [warning] = anonymous_warnings(all_on)
    assert "adds purchases at /compat/customer-purchases" in warning
    assert "adds products at /compat/product-catalog" in warning
    assert warning in cautions(all_on)
    assert anonymous_warnings(load_settings(registration="open", compat="product-catalog")) == []
