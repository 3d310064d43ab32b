"""From a new server to a first admin, an invited and a registered person, as people do it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mail_server import wait_for
from serving import Server, serving, started

pytestmark = pytest.mark.browser

SLOW = 30_000  # milliseconds; the machine may be busy
BOSS = "boss@example.com"
PASSWORD, NEW = "a fine long password", "another fine password"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("account_pages")
    with started(home, SHOP_NAME="Corner Shop", REGISTRATION="open", MAIL="console") as one:
        yield one


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "telephone"])
def page(chromium: Browser, server: Server, request: pytest.FixtureRequest):
    width, height = request.param
    context = chromium.new_context(base_url=server.url, viewport={"width": width, "height": height})
    context.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    yield context.new_page()
    context.close()


def printed(server: Server, pattern: str) -> Callable[[], list[str]]:
    """Links in what the server has printed so far, with the host the browser is at."""
    return lambda: [
        re.sub(r"^http://[^/]+", server.url, one)
        for one in re.findall(pattern, (server.home / "server.log").read_text())
    ]


def link(server: Server, path: str, before: int = 0) -> str:
    found = printed(server, rf"http://\S+{path}\?token=\S+")
    wait_for(lambda: len(found()) > before)
    return found()[-1]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_account_pages_from_the_first_start_on(page: Page, server: Server) -> None:
    first = page.viewport_size == {"width": 1440, "height": 900}
    name = "ada" if first else "eve"
    setup = link(server, "/setup")
    page.goto(setup)
    if first:
        page.get_by_label("E-mail").fill(BOSS)
        page.get_by_label("Password").fill(BOSS)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("is no password")
        expect(page.get_by_label("E-mail")).to_have_value(BOSS)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Your account is ready.")
        page.goto(setup)
    expect(page.get_by_role("alert")).to_contain_text("setup link")
    assert fits(page)

    page.goto("/signin")
    page.get_by_role("link", name="Register").click()
    expect(page.get_by_label("First name")).to_be_focused()
    page.get_by_label("First name").fill(name.title())
    page.get_by_label("E-mail", exact=True).fill(f"{name}@example.com")
    page.get_by_label("Password").fill("password123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("common")
    assert fits(page)
    page.get_by_label("Password").fill(PASSWORD)
    sent = len(printed(server, r"/verify\?token=")())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    page.goto(link(server, "/verify", sent))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    page.get_by_role("link", name="Sign in").click()

    page.get_by_role("link", name="Forgot password?").click()
    page.get_by_label("E-mail or username").fill(name)
    sent = len(printed(server, r"/reset\?token=")())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(link(server, "/reset", sent))
    page.get_by_label("Password").fill(NEW)
    assert fits(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    page.get_by_label("E-mail or username").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()


def test_the_setup_link_is_printed_only_while_there_is_nobody(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        first = link(server, "/setup")
    with started(tmp_path) as server:
        assert link(server, "/setup", 1) != first
    with serving(tmp_path) as server:
        assert len(printed(server, r"/setup\?token=")()) == 2
