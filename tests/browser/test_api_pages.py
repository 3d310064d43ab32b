"""The API pages in a real browser: they work, and ask nobody but our own server."""

import pytest
from playwright.sync_api import Browser, Page, expect

from serving import EMAIL, PASSWORD, Server, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("api_pages")) as started:
        yield started


@pytest.fixture
def page(chromium: Browser, server: Server):
    context = chromium.new_context(base_url=server.url)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def answered(page: Page) -> list[str]:
    """Collects the addresses that answered while the page is used."""
    addresses: list[str] = []
    page.on("response", lambda response: addresses.append(response.url))
    return addresses


def test_swagger_signs_in_and_asks(page: Page, server: Server) -> None:
    addresses = answered(page)
    page.goto("/docs")
    page.locator("button.authorize").first.click()
    page.locator("#oauth_username").fill(EMAIL)
    page.locator("#oauth_password").fill(PASSWORD)
    page.locator(".modal-ux button.authorize").click()
    page.locator(".modal-ux button.btn-done").click()
    me = page.locator("[id^=operations-Users-me]")
    me.click()
    me.get_by_role("button", name="Try it out").click()
    me.get_by_role("button", name="Execute").click()
    expect(me.locator(".live-responses-table")).to_contain_text(EMAIL)
    assert [url for url in addresses if not url.startswith((server.url, "data:", "blob:"))] == []


def test_redoc_asks_nobody_else(page: Page, server: Server) -> None:
    addresses = answered(page)
    page.goto("/api/redoc")
    expect(page.locator("h1").first).to_contain_text("sales analytics")
    page.wait_for_timeout(1000)
    assert [url for url in addresses if not url.startswith((server.url, "data:", "blob:"))] == []
