"""Contracts with a host of their own, behind the proxies that the documents configure."""

import re
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from contracts.clients.customer_purchases import CustomerPurchases, Purchase
from contracts.clients.kpi_circles import KpiCircles
from proxies import caddy, certificate, nginx
from serving import EMAIL, PASSWORD, Server, free_port, serving

PAGE = (Path(__file__).parent.parent / "docs" / "migrating" / "proxy.md").read_text("utf-8")
SALES, CIRCLES, PURCHASES = "sales.example.com", "kpis.example.com", "purchases.example.com"
CONTRACTS = {CIRCLES: "kpi-circles", PURCHASES: "customer-purchases"}
ELSEWHERE = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
"""Where the client is, seen from the proxy."""
LARGE = 40_000  # rows: more than the megabyte that nginx takes unless told
BULK = "customer_name,country,purchase_date,amount\n" + "".join(
    f"Client {number},Réunion,2024-05-{number % 28 + 1:02},1.25\n" for number in range(LARGE)
)


@dataclass
class Proxied:
    """A server behind a proxy at `port`, whose certificate `trust` knows."""

    port: int
    trust: ssl.SSLContext

    def client(self, host: str, token: str = "") -> httpx2.Client:
        """A client that knows a host and nothing else, and follows redirects."""
        return httpx2.Client(
            base_url=f"https://{host}:{self.port}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            transport=httpx2.HTTPTransport(verify=self.trust, local_address=ELSEWHERE),
            follow_redirects=True,
            timeout=60,
        )

    def token(self) -> str:
        """Signed in through the contract kpi-circles, which has the host to itself."""
        with self.client(CIRCLES) as client:
            answer = client.post("/login", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def block(language: str) -> str:
    """The one block of code of the page in a language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """Set up as the page says, but for the port."""
    told = dict(line.removeprefix("TILLSIGHT_").split("=", 1) for line in block("sh").splitlines())
    told["URL"] += f":{port}"
    home = tmp_path_factory.mktemp("server")
    with serving(home, SECRET_KEY="x" * 40, MAIL="", **told) as started:
        yield started


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxied(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    port: int,
    server: Server,
) -> Iterator[Proxied]:
    folder = tmp_path_factory.mktemp("proxy")
    chain, _ = certificate(folder, SALES, *CONTRACTS)
    proxy: Callable = request.param
    page = block(proxy.__name__)
    with (
        proxy(folder, page, port, server.url.removeprefix("http://")),
        pytest.MonkeyPatch.context() as patch,
    ):
        known = socket.getaddrinfo
        patch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **named: known(
                "127.0.0.1" if str(host).endswith(".example.com") else host, *more, **named
            ),
        )
        patch.setenv("SSL_CERT_FILE", str(chain))
        yield Proxied(port, ssl.create_default_context(cafile=chain))


@pytest.fixture(scope="module")
def token(proxied: Proxied) -> str:
    return proxied.token()


def test_a_client_of_kpi_circles_needs_only_the_host(proxied: Proxied, token: str) -> None:
    name = f"Circle {id(proxied)}"
    with proxied.client(CIRCLES, token) as client:
        assert client.post("/circles/", json={"name": name}).status_code == 201
        answer = client.get("/circles/")
        assert [one.status_code for one in answer.history] == [307]
        assert answer.request.url.host == CIRCLES
        assert name in [one["name"] for one in answer.json()["circles"]]
        assert client.get("/kpi_values", params={"period": "this_year"}).status_code == 200
        assert client.delete("/circles").status_code == 405


def test_a_client_of_customer_purchases_needs_only_the_host(proxied: Proxied, token: str) -> None:
    sent = {"customer_name": "Ada", "country": "Côte d'Ivoire", "purchase_date": "2024-05-01"}
    with proxied.client(PURCHASES, token) as client:
        added = client.post("/purchase", json={**sent, "amount": 12.5})
        assert (added.status_code, added.json()) == (200, {**sent, "amount": 12.5})
        assert [one.headers["location"] for one in added.history] == [
            "/compat/customer-purchases/purchase/"
        ]
        large = client.post("/purchase/bulk", files={"file": ("p.csv", BULK, "text/csv")})
        assert large.status_code == 200, large.text
        listed = client.get("/purchases", params={"country": "côte d'ivoire"}).json()
    with proxied.client(SALES, token) as client:
        asked = {"measures": "orders", "by": "country"}
        rows = client.get("/api/metrics/query", params=asked).json()["rows"]
    orders = {one["country"]: one["orders"] for one in rows}
    assert added.json() in listed
    assert (orders[sent["country"]], orders["Réunion"]) == (len(listed), LARGE)


def test_programs_of_the_older_products_know_only_the_host(proxied: Proxied, token: str) -> None:
    gatekeeper = KpiCircles(f"https://{CIRCLES}:{proxied.port}", EMAIL, PASSWORD)
    name = f"Care {id(proxied)}"
    terms = {"circle_id": gatekeeper.add_circle(name), "periodicity": "yearly", "unit": "chf"}
    kpi = gatekeeper.add_kpi(f"Beds of {name}", **terms, target_value=90)
    assert gatekeeper.edit_kpi(kpi, target_value=95).target_value == 95
    gatekeeper.log_out()
    gatekeeper.close()
    till = CustomerPurchases(f"https://{PURCHASES}:{proxied.port}", token)
    bought = Purchase("Bob", f"Togo {id(proxied)}", date(2024, 5, 2), 3.5)
    assert till.add(bought) == bought
    assert till.upload([replace(bought, day=date(2024, 5, 1))]) == 1
    assert [one.day.day for one in till.purchases(bought.country)] == [1, 2]
    till.close()


@pytest.mark.parametrize("host", CONTRACTS)
def test_its_page_and_description_lead_to_it(proxied: Proxied, token: str, host: str) -> None:
    with proxied.client(host, token) as client:
        page = client.get("/", headers={"Accept": "text/html"})
        assert page.request.url.path.endswith("/docs")
        assert client.get("/docs").text == page.text
        links = re.findall(r"(?:href=|src=|url: )[\"']([^\"']+)", page.text)
        assert len(links) > 3
        assert {client.get(link).status_code for link in links} == {200}
        described = client.get("/openapi.json").json()
        [base] = [one["url"] for one in described["servers"]]
        [scheme] = described["components"]["securitySchemes"].values()
        assert scheme["scheme"] == "bearer"  # no sign-in at an address that is not there
        plain = [
            path
            for path, routes in described["paths"].items()
            if "get" in routes and "{" not in path
        ]
        found = {client.get(base + path).status_code for path in plain}
    assert found <= {200, 400}  # some need parameters


@pytest.mark.parametrize("host", CONTRACTS)
def test_nothing_else_is_there(proxied: Proxied, token: str, host: str) -> None:
    with proxied.client(host, token) as client:
        for path in ("/api/users/me", "/%2e%2e/%2e%2e/api/users/me", "/signin", "//api/users/me"):
            assert client.get(path).status_code in {400, 404}, path


def test_the_server_knows_the_client_s_address(proxied: Proxied, token: str) -> None:
    with proxied.client(SALES, token) as client:
        sessions = client.get("/api/auth/sessions").json()["sessions"]
    assert {one["address"] for one in sessions} == {ELSEWHERE}


def test_the_dashboard_s_stream_is_opened(proxied: Proxied) -> None:
    with proxied.client(SALES) as client:
        signed_in = client.post("/signin", data={"login": EMAIL, "password": PASSWORD})
        assert signed_in.history[0].headers["strict-transport-security"]
        [cookie] = [f"{one.name}={one.value}" for one in client.cookies.jar]
    origin = f"https://{SALES}:{proxied.port}"
    stream = connect(
        origin.replace("https", "wss") + "/_stcore/stream",
        additional_headers={"Cookie": cookie, "Origin": origin},
        subprotocols=["streamlit"],
        ssl=proxied.trust,
        proxy=None,
        open_timeout=20,
    )
    with stream:
        assert cookie.startswith("__Host-")
        assert stream.subprotocol == "streamlit"
