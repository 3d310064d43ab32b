"""The server as docs/deploying.md runs it: from the image's files, and behind nginx with TLS."""

import configparser
import re
import shlex
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from browsing import SLOW
from contained import Image, build, can_contain
from mail_server import wait_for
from proxies import certificate, nginx
from serving import EMAIL, PASSWORD, START_WITHIN, free_port, started
from tillsight import formats

pytestmark = pytest.mark.browser

DEPLOY = Path(__file__).parents[2] / "deploy"
ELSEWHERE = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
"""Where the client is, seen from the proxy."""
LIE = "203.0.113.9"
ROWS = 40_000  # more than the megabyte that nginx takes unless told
BULK = "customer_name,country,purchase_date,amount\n" + "".join(
    f"Client {number},Réunion,2024-05-{number % 28 + 1:02},1.25\n" for number in range(ROWS)
)


@dataclass
class Deployed:
    """A server that people reach at `url`; `log` is what it says, `inner` where it listens."""

    url: str
    log: Path
    inner: str
    trust: ssl.SSLContext | bool = True

    def client(self) -> httpx2.Client:
        """Somebody at an address of their own."""
        transport = httpx2.HTTPTransport(verify=self.trust, local_address=ELSEWHERE)
        return httpx2.Client(base_url=self.url, transport=transport, timeout=60)

    def signed_in(self, **headers: str) -> httpx2.Client:
        """The first admin, by a program."""
        body = {"email": EMAIL, "password": PASSWORD}
        with self.client() as stranger:
            answer = stranger.post("/api/auth/login", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        client = self.client()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    def setup_links(self) -> list[str]:
        """Every link that the log shows for the first admin."""
        return re.findall(r"https?://\S+/setup\?token=\S+", self.log.read_text())

    def addresses(self) -> list[str]:
        """Where the newest two sign-ins came from, as the audit log says; one is our own."""
        with self.signed_in() as client:
            seen = client.get("/api/audit", params={"action": "sign_in"}).json()["entries"]
        return [one["address"] for one in seen[:2]]


def set_up_and_load(chromium: Browser, deployed: Deployed) -> list[dict[str, object]]:
    """Make the first admin by the link in the log, load a file, look; gives the cookies."""
    wait_for(lambda: bool(deployed.setup_links()))
    [link] = deployed.setup_links()
    assert link.startswith(f"{deployed.url}/setup?")
    context = chromium.new_context(base_url=deployed.url, ignore_https_errors=True)
    context.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    page = context.new_page()
    page.goto(link)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make account").click()
    page.get_by_label("E-mail or username").wait_for()
    with deployed.signed_in() as client:
        loaded = client.post("/api/imports", files={"file": ("may.csv", BULK, "text/csv")})
        assert loaded.status_code in {200, 201}, loaded.text
        asked = client.get("/api/metrics/query", params={"measures": "revenue"})
        assert asked.json()["totals"]["revenue"] == ROWS * 1.25
    page.goto("/?days=custom&since=2024-05-01&until=2024-05-28")
    page.get_by_label("E-mail or username").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    revenue = page.locator('.card[data-measure="revenue"] .value')
    expect(revenue).to_have_text(formats.money(ROWS * 1.25, "EUR"))
    cookies = [{**one} for one in context.cookies()]
    page.goto(link)
    expect(page.get_by_text("works once, while there is no account")).to_be_visible()
    context.close()
    return cookies


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    if not can_contain():
        pytest.skip("only root may make a view of the file system for the container's files")
    return build(tmp_path_factory.mktemp("image"))


def test_nothing_but_the_volume_can_be_written_in_the_image(image: Image, tmp_path: Path) -> None:
    places = "/ /opt/tillsight/bin /opt/tillsight/lib /usr /etc /dev /secrets /data /tmp"
    script = f"for at in {places}; do touch $at/x 2>/dev/null && echo $at; done; id -u"
    (volume := tmp_path / "volume").mkdir()
    asked = image.inside(volume, "sh", "-c", script)
    said = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["/data", "/tmp", "10001"]


def test_the_image_serves_from_its_volume_alone(
    chromium: Browser, image: Image, tmp_path: Path
) -> None:
    (volume := tmp_path / "volume").mkdir()
    port = free_port()
    url = f"http://localhost:{port}"
    log = tmp_path / "log"
    told = {"TILLSIGHT_PORT": str(port)}
    with log.open("wb") as said:
        command = image.inside(volume, *image.command, **told)
        server = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        health = image.inside(volume, *image.health, **told)
        deadline = time.monotonic() + 2 * START_WITHIN  # it reads its libraries without bytecode
        while subprocess.run(health, capture_output=True, check=False).returncode:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        set_up_and_load(chromium, Deployed(url, log, url))
    finally:
        server.terminate()
        assert server.wait(timeout=30) in {0, -15}
    secret = volume / "secrets" / "tillsight_secret_key"
    assert (secret.stat().st_mode & 0o777, len(secret.read_text())) == (0o600, 64)
    assert secret.read_text() not in log.read_text()
    assert subprocess.run(health, capture_output=True, check=False).returncode == 1


def test_a_volume_of_root_is_given_to_the_user_of_the_image(image: Image, tmp_path: Path) -> None:
    (volume := tmp_path / "volume").mkdir()
    version = image.begun_as_root(volume, image.command[0], "--version")
    assert subprocess.run(version, capture_output=True, check=True).stdout.startswith(b"tillsight")
    made = [volume, *volume.rglob("*")]
    assert len(made) > 2
    assert {path.stat().st_uid for path in made} == {image.user}


def unit() -> dict[str, list[str]]:
    """What the unit says of its service; a key may stand there several times."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "tillsight.service").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        found.setdefault(key, []).append(value)
    return found


def settings_of_the_unit() -> dict[str, str]:
    """Settings of the unit and of its file, by their names without prefix."""
    given = dict(one.split("=", 1) for line in unit()["Environment"] for one in shlex.split(line))
    text = f"[env]\n{(DEPLOY / 'tillsight.env').read_text(encoding='utf-8')}"
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # names keep their case
    parser.read_string(text)
    both = given | dict(parser["env"])
    names = {name: value for name, value in both.items() if name.startswith("TILLSIGHT_")}
    return {name.removeprefix("TILLSIGHT_"): value for name, value in names.items()}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployed, int]]:
    """As the recipe has it, but for names and ports; and the port of plain HTTP."""
    secure, plain = free_port(), free_port()
    folder = tmp_path_factory.mktemp("proxy")
    chain, _ = certificate(folder, "localhost")
    url = f"https://localhost:{secure}"
    told = settings_of_the_unit() | {"URL": url, "SECRET_KEY": "x" * 40}
    del told["HOME"]
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("https://sales.example.com$", f"{url}$").replace(
        "listen 80", f"listen {plain}"
    )
    text = re.sub(r"server_name \S+;", "server_name localhost;", text)
    assert unit()["ExecStart"] == ["/opt/tillsight/bin/tillsight serve"]
    with started(tmp_path_factory.mktemp("server"), **told) as server:
        inner = server.url
        with nginx(folder, text, secure, inner.removeprefix("http://")):
            trust = ssl.create_default_context(cafile=chain)
            yield Deployed(url, server.home / "server.log", inner, trust), plain


@pytest.fixture(scope="module")
def behind_nginx(chromium: Browser, proxied: tuple[Deployed, int]) -> Deployed:
    """With its first admin, whose cookie is bound to the host."""
    cookies = set_up_and_load(chromium, proxied[0])
    [session] = [one for one in cookies if str(one["name"]).startswith("__Host-")]
    assert (session["secure"], session["httpOnly"]) == (True, True)
    return proxied[0]


def test_strangers_are_led_to_https(proxied: tuple[Deployed, int]) -> None:
    deployed, plain = proxied
    answer = httpx2.get(
        f"http://localhost:{plain}/board?a=b", headers={"Host": "elsewhere.example"}
    )
    assert (answer.status_code, answer.headers["location"]) == (301, f"{deployed.url}/board?a=b")
    with deployed.client() as client:
        page = client.get("/board", headers={"Accept": "text/html"})
        assert page.status_code == 303
        assert client.get(page.headers["location"]).request.url.scheme == "https"
        assert "max-age" in page.headers["strict-transport-security"]
        assert client.get("/signin", headers={"Host": "elsewhere.example"}).status_code == 400


def test_the_client_s_address_is_known(behind_nginx: Deployed) -> None:
    behind_nginx.signed_in().close()
    assert behind_nginx.addresses() == [ELSEWHERE, ELSEWHERE]


@pytest.mark.parametrize("by", ["through the proxy", "past the proxy"])
def test_what_strangers_forward_is_ignored(behind_nginx: Deployed, by: str) -> None:
    asked = behind_nginx
    if by == "past the proxy":
        asked = Deployed(asked.inner, asked.log, asked.inner)
    asked.signed_in(**{"X-Forwarded-For": LIE, "X-Real-IP": LIE, "Forwarded": f"for={LIE}"}).close()
    assert behind_nginx.addresses() == [ELSEWHERE, ELSEWHERE]
