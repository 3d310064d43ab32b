"""What a real server says of itself, after everything that carries secrets was done with it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import yaml
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import oidc_provider
from collector import Collector, collecting, noted
from mail_server import Inbox, link, mail_server, wait_for
from serving import EMAIL, PASSWORD, Server, free_port, serving
from shop import HEADER
from tillsight.errors import SetupError
from tillsight.tracing import Tracing

ROOT = Path(__file__).parent.parent.parent
SELECTOR = r"\b((?:tillsight|process)_\w+|up)\b(?:{([^}]*)})?"
FUNCTIONS = {"rate", "increase", "delta", "sum", "time"}
FUNCTIONS |= {"histogram_quantile", "predict_linear", "min_over_time"}
METRICS_TOKEN = "a token of the metrics"
SCRAPER = {"Authorization": f"Bearer {METRICS_TOKEN}"}
NEW_PASSWORD = "another quite long password"
CUSTOMER, PRODUCT, NEWCOMER = "Zacharias Quillfeather", "Moonstone Lamp", "Ottoline Marsh"
FILE = HEADER + (
    f"1,p1,{PRODUCT},2,2024-01-05 10:00:00,10,{CUSTOMER},France\n"
    f"2,p1,{PRODUCT},1,2024-02-06 09:00:00,10,{CUSTOMER},France\n"
)


@dataclass
class Told:
    """What the server said while it was used, and what it must not have said."""

    log: str
    metrics: str
    spans: Collector
    secrets: dict[str, str] = field(default_factory=dict)
    question: str = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]

    def line(self, **wanted: object) -> dict[str, Any]:
        return next(one for one in self.lines if one.items() >= wanted.items())


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, oidc_provider.__file__, str(port)])

    def is_up() -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/jwks").is_success
        except httpx2.TransportError:
            return False

    wait_for(is_up, 30)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Told]:
    home = tmp_path_factory.mktemp("home")
    found = Told("", "", Collector())
    with collecting() as found.spans, mail_server() as inbox:
        settings = {
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "debug",
            "LOG_FILE": str(home / "log" / "shop.log"),
            "METRICS_TOKEN": METRICS_TOKEN,
            "SLOW_QUESTION_SECONDS": "0.000001",
            "TRACES_ENDPOINT": found.spans.endpoint,
            "MAIL": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(inbox.port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "shop@example.org",
            "OIDC_ISSUER": issuer,
            "OIDC_CLIENT_ID": oidc_provider.CLIENT,
            "OIDC_CLIENT_SECRET": oidc_provider.SECRET,
        }
        with serving(home, **settings) as server:
            use(server, inbox, issuer, found)
            found.metrics = httpx2.get(f"{server.url}/metrics", headers=SCRAPER).text
        found.log = (home / "log" / "shop.log").read_text()
        found.secrets |= {"key that signs": (home / "secret.key").read_text().strip()}
        said = (home / "server.log").read_text()
        assert "Traceback" not in said
        yield found


def use(server: Server, inbox: Inbox, issuer: str, found: Told) -> None:
    """Do everything that carries secrets, well and badly."""
    secrets = found.secrets
    body = {"email": EMAIL, "password": PASSWORD}
    signed_in = httpx2.post(f"{server.url}/api/auth/login", json=body).json()
    secrets |= {"access token": signed_in["access_token"], "password": PASSWORD, "email": EMAIL}
    wrong = {"email": "stranger@example.net", "password": "what a wrong password"}
    assert httpx2.post(f"{server.url}/api/auth/login", json=wrong).status_code == 401
    assert httpx2.post(f"{server.url}/api/auth/login", json={"email": wrong}).status_code == 422
    secrets |= {"wrong password": wrong["password"], "another's email": wrong["email"]}
    with httpx2.Client(base_url=server.url) as browser:
        form = {"login": EMAIL, "password": PASSWORD}
        cookie = browser.post("/signin", data=form).headers["set-cookie"]
        secrets["cookie"] = cookie.partition("=")[2].partition(";")[0]
        assert browser.get("/api/users/me").is_success
        page = f"{server.url.replace('http', 'ws')}/_stcore/stream"
        headers = {"Cookie": cookie.partition(";")[0], "Origin": server.url}
        with connect(page, additional_headers=headers, subprotocols=["streamlit"], proxy=None):
            shown = httpx2.get(f"{server.url}/metrics", headers=SCRAPER).text
            assert "tillsight_dashboard_connections 1.0" in shown
        with pytest.raises(InvalidStatus):
            connect(page, subprotocols=["streamlit"], proxy=None)
        assert browser.get("/metrics").status_code == 401  # a session is not enough
    use_sales(server, found)
    use_links(server, inbox, secrets)
    use_single_sign_on(server, issuer, secrets)
    assert httpx2.get(f"{server.url}/api/users/me?token={secrets['cookie']}").status_code == 401


def use_sales(server: Server, found: Told) -> None:
    """Load, ask, enter, with names of people in addresses and bodies; by key, too."""
    with server.client() as client:
        made = client.post("/api/users/me/keys", json={"name": "till", "role": "editor"}).json()
        found.secrets["API key"] = made["key"]
        assert client.post("/api/imports", files={"file": ("sales.csv", FILE)}).status_code == 201
        assert client.get(f"/api/customers/{CUSTOMER}").is_success
        asked = {"measures": "revenue,orders", "by": "month", "customer": CUSTOMER}
        answer = client.get("/api/metrics/query", params=asked)
        assert answer.is_success
        found.question = answer.headers["x-request-id"]
        assert client.get("/api/metrics/query", params=asked).is_success
        wrong = {**asked, "by": CUSTOMER}
        assert client.get("/api/metrics/query", params=wrong).status_code == 422
        assert client.get(f"/api/nothing/{CUSTOMER}").status_code == 404
    bought = {"customer": NEWCOMER, "date": "2024-03-01", "amount": 5}
    by_key = {"X-API-Key": made["key"]}
    answer = httpx2.post(f"{server.url}/api/purchases", json=bought, headers=by_key)
    assert answer.status_code == 201
    shown = httpx2.get(f"{server.url}/api/users/me", headers={"X-API-Key": "tsk_wrong-but-secret"})
    assert shown.status_code == 401
    for name in (CUSTOMER, PRODUCT, NEWCOMER):
        found.secrets |= dict(zip(name.split(), name.split(), strict=True))
    found.secrets["another key"] = "tsk_wrong-but-secret"


def use_links(server: Server, inbox: Inbox, secrets: dict[str, str]) -> None:
    """Invite somebody, who follows the link; and have a password forgotten."""
    invited = {"email": "newcomer@example.com", "role": "viewer"}
    with server.client() as client:
        assert client.post("/api/users/invite", json=invited).is_success
    httpx2.post(f"{server.url}/api/auth/forgot-password", json={"login": EMAIL})
    for number, mail in enumerate(inbox.wait(2)):
        address = link(mail)
        way = urlsplit(address)
        secrets[f"link {number}"] = parse_qs(way.query)["token"][0]
        assert httpx2.get(f"{server.url}{way.path}?{way.query}").is_success
    reset = next(link(mail) for mail in inbox.mails if mail["To"] == EMAIL)
    form = {"token": parse_qs(urlsplit(reset).query)["token"][0], "password": NEW_PASSWORD}
    answer = httpx2.post(f"{server.url}/reset", data=form)
    assert answer.status_code in {200, 303}, answer.text
    secrets |= {"invited": invited["email"], "new password": NEW_PASSWORD}


def use_single_sign_on(server: Server, issuer: str, secrets: dict[str, str]) -> None:
    """Sign in by the provider, and come back with a code that is none."""
    claims = {"sub": "ada-1", "email": "ada@example.com", "email_verified": True}
    httpx2.put(f"{issuer}/told", json={"claims": claims, "fault": "", "more": {}})
    with httpx2.Client(base_url=server.url) as browser:
        to = browser.get("/signin/oidc", follow_redirects=False).headers["location"]
        back = urlsplit(httpx2.get(to).headers["location"])
        came = parse_qs(back.query)
        assert browser.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 303
        secrets |= {"code": came["code"][0], "state": came["state"][0], "of OIDC": claims["email"]}
        bad = "/signin/oidc/callback?code=a-code-that-is-none&state=a-state-that-is-none"
        assert browser.get(bad, follow_redirects=False).status_code >= 400
    secrets |= {"bad code": "a-code-that-is-none", "bad state": "a-state-that-is-none"}
    secrets["of the provider"] = oidc_provider.SECRET


def test_no_secret_and_no_name_is_told(told: Told) -> None:
    assert len(told.secrets) > 15
    for what, secret in told.secrets.items():
        for where in (told.log, told.metrics, told.spans.raw.decode("latin-1")):
            assert secret not in where, what
    assert METRICS_TOKEN not in told.log
    assert not re.search(r"[\w.]+@[\w.]+", told.log)


def test_each_request_is_a_line(told: Told) -> None:
    line = told.line(event="request", route="/api/customers/{customer_id}")
    assert (
        line.items()
        >= {
            "event": "request",
            "level": "info",
            "method": "GET",
            "status": 200,
            "user_id": 1,
        }.items()
    )
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])
    assert 0 < line["seconds"] < 60
    assert told.line(route="/api/auth/login", status=401)["user_id"] is None
    assert told.line(route="/reset", method="POST")
    assert told.line(route="/signin/oidc/callback", status=303)
    assert told.line(route="/api/*", status=401)  # refused before anybody knew which route
    assert told.line(route="/api/health", level="debug")
    opened = told.line(event="connection", status=101)
    assert (opened["route"], opened["user_id"]) == ("/_stcore/stream", 1)
    assert told.line(event="connection", status=401)["user_id"] is None


def test_slow_questions_are_told_in_names_of_the_catalogue(told: Told) -> None:
    line = told.line(event="slow question", request_id=told.question)
    assert (
        line.items()
        >= {
            "level": "warning",
            "route": "/api/metrics/query",
            "user_id": 1,
            "summary": "order_parts",
            "measures": "revenue,orders",
            "by": "month",
            "filters": "customer",
        }.items()
    )
    assert line["seconds"] >= line["waited"] >= 0


def test_a_request_its_question_and_its_statements_are_one_trace(told: Told) -> None:
    [request] = [
        one for one in told.spans.spans if noted(one).get("tillsight.request_id") == told.question
    ]
    assert request.name == "GET /api/metrics/query"
    assert (
        noted(request).items()
        >= {
            "http.route": "/api/metrics/query",
            "http.response.status_code": 200,
            "user.id": "1",
        }.items()
    )
    others = [one for one in told.spans.of_trace(request.trace_id).values() if one is not request]
    [question] = [one for one in others if one.parent_span_id == request.span_id]
    assert question.name == "question"
    assert noted(question)["tillsight.summary"] == "order_parts"
    statements = [one for one in others if one.parent_span_id == question.span_id]
    assert "statement order_parts" in {one.name for one in statements}
    assert len(statements) == len(others) - 1
    for one in others:
        assert request.start_time_unix_nano <= one.start_time_unix_nano
        assert one.end_time_unix_nano <= request.end_time_unix_nano


def test_what_was_done_is_counted(told: Told) -> None:
    def value(series: str) -> float:
        return float(re.findall(rf"^{re.escape(series)} (\S+)$", told.metrics, re.MULTILINE)[0])

    query = 'method="GET",route="/api/metrics/query"'
    assert value(f'tillsight_requests_total{{{query},status="200"}}') == 2
    assert value(f'tillsight_requests_total{{{query},status="422"}}') == 1
    assert value(f"tillsight_request_seconds_count{{{query}}}") == 3
    limit = 'le="30.0"'
    assert value(f"tillsight_request_seconds_bucket{{{limit},{query}}}") == 3
    assert value('tillsight_question_seconds_count{summary="order_parts"}') >= 1
    assert value('tillsight_question_seconds_count{summary="kept"}') >= 1
    assert value('tillsight_question_seconds_count{summary="sales"}') >= 1
    assert value('tillsight_kept_answers_total{found="yes"}') >= 1
    assert value('tillsight_imports{state="done"}') == 1
    assert value('tillsight_jobs_total{kind="mail.invite",outcome="done"}') == 1
    laid_out = value("tillsight_warehouse_version")  # purchases are when somebody asks, or soon
    assert value("tillsight_journal_version") == 2
    assert value("tillsight_warehouse_lag_entries") == 2 - laid_out <= 1
    assert value("tillsight_database_up") == 1
    assert value("tillsight_dashboard_connections") == 0
    assert value("tillsight_database_connections_most") > 1
    assert value("tillsight_warehouse_bytes") > 0
    assert 0 < value("tillsight_warehouse_memory_bytes") < 1000 * 2**20
    assert value("tillsight_disk_free_bytes") < value("tillsight_disk_bytes")
    assert value("tillsight_backup_timestamp_seconds") == 0
    if sys.platform == "linux":
        assert value("process_open_fds") > 10
        assert value("process_resident_memory_bytes") > 5e7


def test_each_alert_asks_for_what_is_there(told: Told) -> None:
    series = [
        (name, dict(re.findall(r'(\w+)="([^"]*)"', labels)) | {"job": "tillsight"})
        for name, labels in re.findall(r"^(\w+)(?:{(.*)})? \S+$", told.metrics, re.MULTILINE)
    ]
    groups = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    for rule in rules:
        assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert rule["annotations"].keys() == {"summary", "description"}
        asked = re.findall(SELECTOR, rule["expr"])
        assert asked
        for name, matchers in asked:
            wanted = re.findall(r'(\w+)=(~?)"([^"]*)"', matchers)
            there = [labels for one, labels in series if name in {one, "up"}]
            assert any(all(means(labels, *one) for one in wanted) for labels in there), rule


def means(labels: dict[str, str], name: str, pattern: str, value: str) -> bool:
    """Whether a matcher takes a series; one of the failures that did not happen has no series."""
    if name in {"status", "outcome"}:
        return name in labels
    return bool(re.fullmatch(value if pattern else re.escape(value), labels.get(name, "")))


def test_alerts_use_functions_of_prometheus_and_close_what_they_open() -> None:
    rules = (ROOT / "docs" / "alerts.yml").read_text()
    for expression in re.findall(r"expr: (.*)", rules):
        assert [expression.count(one) for one in "([{"] == [expression.count(one) for one in ")]}"]
        rest = re.sub(r"\[\d+[mh]\]|\b\d\S*", "", re.sub(SELECTOR, "", expression))
        grouped = [
            one for names in re.findall(r"by \(([^)]*)\)", rest) for one in names.split(", ")
        ]
        assert set(grouped) <= {"instance", "le"}
        assert set(re.findall(r"[a-z_]+", rest)) <= {*FUNCTIONS, "or", "by", "instance", "le"}


def test_traces_need_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SetupError, match=r"not installed.*tillsight\[traces\]"):
        Tracing("http://localhost:4318/v1/traces", "1")


def test_nothing_of_traces_is_read_without_the_setting() -> None:
    code = "import sys, tillsight.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not re.search(r"opentelemetry\.(sdk|exporter)", done.stdout)
