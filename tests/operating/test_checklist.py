"""Each item of the checklist, passed and not, on what it is about."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from api_shop import PASSWORD, add_person
from proxies import certificate
from serving import tillsight
from shop import Shop
from tillsight.accounts.models import Role, User
from tillsight.accounts.passwords import hash_password
from tillsight.database import Database
from tillsight.errors import SetupError
from tillsight.operating.checklist import ITEMS, Outcome, look_at_all
from tillsight.operating.listening import ports_for_others
from tillsight.operating.monitoring import READ_FILE, missing_alerts, note_read
from tillsight.settings import Settings, load_settings
from tls import secure_page

SECRET = "kJ3v-ZpQ7wT0xR5yB8nM2cL6hF9dS1gA"
BY_NAME = {item.name: item for item in ITEMS}


def look(name: str, shop: Shop, **given: object) -> Outcome:
    """What is found of an item with these settings."""
    settings = load_settings(home=shop.settings.home, **given)
    return BY_NAME[name].look(settings, shop.database)


@contextmanager
def prometheus(*rules: str, managers: int = 1) -> Iterator[str]:
    """Something that answers as Prometheus does, with rules of these names."""
    answers = {
        "/api/v1/rules?type=alert": {"groups": [{"rules": [{"name": name} for name in rules]}]},
        "/api/v1/alertmanagers": {"activeAlertmanagers": [{"url": "x"}] * managers},
    }

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"status": "success", "data": answers[self.path]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    thread.join(10)


@contextmanager
def trusted_page(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """An https address on this machine with a certificate that this machine trusts."""
    chain, key = certificate(folder, "localhost")
    patch.setenv("SSL_CERT_FILE", str(chain))
    with secure_page(chain, key) as port:
        yield f"https://localhost:{port}"


def test_a_server_that_is_ready_passes_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command itself, in the terminal and for programs."""
    Database(f"sqlite:///{tmp_path / 'tillsight.db'}").upgrade()
    note_read(tmp_path)
    with trusted_page(tmp_path, monkeypatch) as url, prometheus("TillsightDown") as watched_by:
        settings = {
            "ENVIRONMENT": "production",
            "SECRET_KEY": SECRET,
            "URL": url,
            "TRUSTED_PROXIES": "127.0.0.1",
            "CORS_ORIGINS": "https://tools.example.com",
            "EXPECTED_PORTS": ",".join(map(str, ports_for_others() or [])),
            "PROMETHEUS_URL": watched_by,
        }
        told = tillsight(tmp_path, "check", **settings)
        assert (told.returncode, told.stderr) == (0, ""), told.stdout
        assert told.stdout.count("\npassed") + told.stdout.startswith("passed") == len(ITEMS)
        assert f"{len(ITEMS)} of {len(ITEMS)} passed." in told.stdout
        del settings["TRUSTED_PROXIES"]
        worse = tillsight(tmp_path, "check", "--json", **settings, HOSTS="x")
    assert worse.returncode == 1
    answer = json.loads(worse.stdout)
    assert answer["passed"] is False
    assert [one["name"] for one in answer["items"]] == [*BY_NAME]
    failed = {one["name"]: one for one in answer["items"] if not one["passed"]}
    assert failed.keys() == {"proxy", "spelling"}
    assert failed["proxy"]["settings"] == ["TILLSIGHT_TRUSTED_PROXIES"]
    assert "TILLSIGHT_TRUSTED_PROXIES" in failed["proxy"]["advice"]
    assert "TILLSIGHT_HOSTS" in failed["spelling"]["found"]
    assert SECRET not in told.stdout + worse.stdout


def test_a_server_as_it_comes_is_not_ready_and_stays_as_it_is(tmp_path: Path) -> None:
    told = tillsight(tmp_path, "check", PORT="8123")
    assert told.returncode == 1
    assert "not passed  Secret       No secret is set" in told.stdout
    assert "not passed  HTTPS        People reach it at http://localhost:8123" in told.stdout
    assert "Set TILLSIGHT_ENVIRONMENT to production." in told.stdout
    assert not [path for path in tmp_path.iterdir() if path.suffix in {".db", ".key"}]


def test_a_database_that_is_away_is_told(settings: Settings) -> None:
    database = Database("postgresql+psycopg://shop:long-and-own@127.0.0.1:9/shop")
    answers = {one.item.name: one.outcome for one in look_at_all(settings, database)}
    for name in ("passwords", "database_tls"):
        assert not answers[name].passed
        assert answers[name].found == "The operational database does not answer"
        assert "TILLSIGHT_DATABASE_URL" in answers[name].advice


@pytest.mark.parametrize(
    ("secret", "found"),
    [
        ("", "No secret"),
        ("qwertz", "too short"),
        ("please-change-me-to-something-that-is-long", "a sample"),
        ("Your-Super-Secret-that-is-thirty-two-long", "a sample"),
        ("ab" * 20, "can be guessed"),
    ],
)
def test_a_secret_is_one_of_its_own(shop: Shop, secret: str, found: str) -> None:
    outcome = look("secret", shop, secret_key=secret)
    assert not outcome.passed
    assert found in outcome.found
    assert not secret or secret not in outcome.found + outcome.advice
    assert look("secret", shop, secret_key=SECRET).passed


def with_password(shop: Shop, email: str, role: Role, password: str) -> None:
    with shop.database.writing() as session:
        add_person(session, email, role).password_hash = hash_password(password)


def test_nobody_has_a_password_that_others_know(shop: Shop) -> None:
    demo = {"password": "printed for all", "others": {"viewer": "printed, too"}}
    (shop.settings.home / "demo.json").write_text(json.dumps(demo))
    with_password(shop, "own@example.com", Role.admin, PASSWORD)
    with_password(shop, "viewer@example.com", Role.viewer, "admin123")  # no admin, not of the demo
    with shop.database.writing() as session:
        invited = add_person(session, "invited@example.com", Role.admin)
        invited.password_hash = ""
    assert look("passwords", shop).passed
    with_password(shop, "sample@example.com", Role.admin, "admin123")
    with_password(shop, "name@example.com", Role.admin, "name")
    with_password(shop, "shop@example.com", Role.admin, "Corner Shop")
    with_password(shop, "demo@tillsight.example", Role.admin, "printed for all")
    with_password(shop, "viewer2@tillsight.example", Role.viewer, "printed, too")
    found = look("passwords", shop, shop_name="Corner Shop")
    assert not found.passed
    named = found.found.removeprefix("Others know the password of ").split(", ")
    assert sorted(named) == [
        "demo@tillsight.example",
        "name@example.com",
        "sample@example.com",
        "shop@example.com",
        "viewer2@tillsight.example",
    ]
    with shop.database.writing() as session:  # who cannot sign in needs no other password
        for user in session.query(User):
            user.is_active = user.email == "own@example.com"
    assert look("passwords", shop).passed


@pytest.mark.parametrize(
    ("address", "passed"),
    [
        ("postgresql+psycopg://shop:{}@db.example.com/sales".format("postgres"), False),
        ("postgresql+psycopg://shop:shop@db.example.com/sales", False),
        ("mysql+pymysql://root:Sales@db.example.com/sales", False),
        ("mysql+pymysql://root@db.example.com/sales", False),
        ("mysql+pymysql://root@localhost/sales", True),
        ("postgresql+psycopg://shop@db.example.com/sales?sslcert=c.pem", True),
        ("postgresql+psycopg://shop:nobody-guesses-this@db.example.com/sales", True),
    ],
)
def test_the_database_has_a_password_of_its_own(address: str, passed: bool) -> None:
    from tillsight.operating.known_passwords import _is_sample_of_database

    assert _is_sample_of_database(Database(address)) is not passed


def test_the_environment_is_production(shop: Shop) -> None:
    assert not look("environment", shop).passed
    assert look("environment", shop, environment="production").passed


@pytest.mark.parametrize(
    ("given", "variable", "named"),
    [
        ({"log_level": "debug"}, None, "TILLSIGHT_LOG_LEVEL"),
        ({"mail": "console", "registration": "open"}, None, "while people may register"),
        ({}, "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS", "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS is set"),
        ({}, "PYTHONASYNCIODEBUG", "PYTHONASYNCIODEBUG is set"),
    ],
)
def test_debugging_is_off(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    variable: str | None,
    named: str,
) -> None:
    assert look("debug", shop).passed
    if variable:
        monkeypatch.setenv(variable, "full")
    outcome = look("debug", shop, **given)
    assert not outcome.passed
    assert named in outcome.advice
    if variable:
        monkeypatch.setenv(variable, "none")
        assert look("debug", shop).passed


def test_python_s_development_mode_is_found(tmp_path: Path) -> None:
    code = "from tillsight.settings import load_settings, telling; print(telling(load_settings()))"
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", code]
    told = subprocess.run(
        command, cwd=tmp_path, env={**os.environ}, capture_output=True, text=True, check=True
    )
    assert "development mode" in told.stdout


def test_origins_and_names_are_listed(shop: Shop) -> None:
    assert look("cors", shop).found == "No web page but ours may call the API"
    assert look("cors", shop, cors_origins="https://a.example, http://B.example:81/").found == (
        "https://a.example, http://b.example:81"
    )
    assert not look("cors", shop, cors_origins="https://a.example, *").passed
    address = {"environment": "production", "url": "https://shop.example.com"}
    assert look("names", shop, **address).found == "It answers to shop.example.com"
    assert look("names", shop, allowed_hosts="a.example").passed
    for given in ({}, {**address, "allowed_hosts": "*"}):
        assert "TILLSIGHT_ALLOWED_HOSTS" in look("names", shop, **given).advice


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"cors_origins": "tools.example.com"}, "CORS_ORIGINS"),
        ({"cors_origins": "https://tools.example.com/page"}, "CORS_ORIGINS"),
        ({"cors_origins": "null"}, "CORS_ORIGINS"),
        ({"cors_origins": "https://*.example.com"}, "CORS_ORIGINS"),
        ({"allowed_hosts": "https://shop.example.com"}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": "shop.example.com:8000"}, "ALLOWED_HOSTS"),
        ({"expected_ports": "ssh"}, "EXPECTED_PORTS"),
        ({"prometheus_url": "file:///etc/passwd"}, "PROMETHEUS_URL"),
        ({"prometheus_url": "localhost:9090"}, "PROMETHEUS_URL"),
        ({"max_body": "1"}, "MAX_BODY"),
        ({"stranger_requests_per_minute": "-1"}, "STRANGER_REQUESTS_PER_MINUTE"),
    ],
)
def test_settings_that_would_do_nothing_are_refused(given: dict[str, str], named: str) -> None:
    with pytest.raises(SetupError, match=f"TILLSIGHT_{named}"):
        load_settings(**given)


def test_the_certificate_is_one_that_browsers_trust(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "without TLS" in look("https", shop).found
    with trusted_page(tmp_path, monkeypatch) as url:
        assert "certificate until 20" in look("https", shop, url=url).found
        other_name = look("https", shop, url=url.replace("localhost", "127.0.0.1"))
        monkeypatch.delenv("SSL_CERT_FILE")
        unknown = look("https", shop, url=url)
    nobody = look("https", shop, url=url)  # nothing listens there any more
    for outcome in (other_name, unknown, nobody):
        assert not outcome.passed
        assert "no certificate that is trusted here" in outcome.found


def test_proxies_are_named(shop: Shop) -> None:
    url = "https://shop.example.com"
    assert look("proxy", shop).passed
    assert look("proxy", shop, url=url, trusted_proxies="10.0.0.0/8").passed
    for proxies in ("", "*"):
        assert not look("proxy", shop, url=url, trusted_proxies=proxies).passed


def test_spark_builds_beside_a_folder(shop: Shop) -> None:
    bucket, folder = "s3://bucket/prefix", str(shop.settings.home)
    for given in ({"journal": bucket}, {"summaries": "spark"}):
        assert look("summaries", shop, **given).passed
    assert look("summaries", shop, summaries="spark", journal=folder).passed
    refused = look("summaries", shop, summaries="spark", journal=bucket)
    assert not refused.passed
    for name in ("TILLSIGHT_JOURNAL", "TILLSIGHT_SUMMARIES"):
        assert name in refused.advice


def test_limits_are_on(shop: Shop) -> None:
    assert look("rate_limits", shop).passed
    for name in ("requests_per_minute", "stranger_requests_per_minute"):
        outcome = look("rate_limits", shop, **{name: 0})
        assert not outcome.passed
        assert f"TILLSIGHT_{name.upper()}" in outcome.advice


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("address", "reachable"),
    [("127.0.0.1", False), ("127.0.0.2", False), ("::1", False), ("0.0.0.0", True), ("::", True)],
)
def test_ports_that_listen_for_others_are_found(shop: Shop, address: str, reachable: bool) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listening:
        port = listening.getsockname()[1]
        ports = ports_for_others() or []
        assert (port in ports) is reachable
        others = [one for one in ports if one != port]
        expected = ",".join(map(str, others))
        outcome = look("firewall", shop, expected_ports=expected, port=port)
        assert outcome.passed is not reachable
        assert (f"{port} is ours" in outcome.advice) is reachable
        everything = ",".join(map(str, [port, *others]))
        assert look("firewall", shop, expected_ports=everything).passed
    assert port not in (ports_for_others() or [])


def test_somebody_read_the_figures_lately(shop: Shop) -> None:
    assert look("monitoring", shop).found == "Nobody has ever read its figures"
    note_read(shop.settings.home)
    assert look("monitoring", shop).passed
    file = shop.settings.home / READ_FILE
    for age, passed in ((400, False), (-400, True)):  # a clock that was put back
        now = file.stat().st_mtime
        os.utime(file, (now - age, now - age))
        assert look("monitoring", shop).passed is passed
        note_read(shop.settings.home)


def test_alerts_have_rules_and_somebody_to_tell(shop: Shop) -> None:
    assert "TILLSIGHT_PROMETHEUS_URL" in look("alerts", shop).advice
    with prometheus("Other", "TillsightDown") as url:
        assert look("alerts", shop, prometheus_url=url).passed
        assert missing_alerts(f"{url}/nothing") == ["an answer of Prometheus"]
    assert missing_alerts(url) == ["an answer of Prometheus"]
    with prometheus("Other", managers=0) as url:
        outcome = look("alerts", shop, prometheus_url=url)
        assert not outcome.passed
        assert "lacks the rules and an Alertmanager" in outcome.found


def test_doors_that_a_setting_opens_are_named(shop: Shop) -> None:
    assert look("strangers", shop).passed
    given = {"compat": "kpi-circles,hm-kpis", "compat_anonymous": "hm-kpis"}
    outcome = look("strangers", shop, **given, compat_passwordless=True)
    assert not outcome.passed
    assert "COMPAT_PASSWORDLESS" in outcome.found
    assert "COMPAT_ANONYMOUS" in outcome.found


def test_misspelt_settings_are_found(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look("spelling", shop).passed
    monkeypatch.setenv("TILLSIGHT_CORS_ORIGIN", "https://a.example")
    (tmp_path / ".env").write_text("TILLSIGHT_XYZ=1\nTILLSIGHT_PORT=8000\nOTHER=1\n")
    outcome = look("spelling", shop)
    assert outcome.found == "There is no setting TILLSIGHT_CORS_ORIGIN, TILLSIGHT_XYZ"
    assert "did you mean TILLSIGHT_CORS_ORIGINS?" in outcome.advice
