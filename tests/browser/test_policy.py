"""The Content-Security-Policy of each page lets the page work: Chromium reports nothing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from serving import EMAIL, PASSWORD, Server, serving, tillsight
from shop import HEADER

pytestmark = pytest.mark.browser

SALES = HEADER + "".join(
    f"m{day},p{day % 3},Pen,2,2024-05-{day:02} 10:00:00,10.25,c1,France\n" for day in range(1, 31)
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("policy")
    with serving(home) as started:
        (Path(home) / "sales.csv").write_text(SALES)
        assert tillsight(home, "import", "sales.csv").returncode == 0
        yield started


@pytest.fixture
def page(chromium: Browser, server: Server):
    context = chromium.new_context(base_url=server.url)
    context.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield context.new_page()
    context.close()


def test_pages_break_no_rule_of_their_policy(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.goto("/signin")
    page.get_by_label("E-mail or username").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/signin"))
    page.goto("/?days=all")
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.goto("/imports")
    expect(page.locator("table.history tbody tr")).to_have_count(1)
    for path, part in (("/api/docs", ".opblock"), ("/api/redoc", "h1")):
        page.goto(path)
        expect(page.locator(part).first).to_be_visible()
    broken = [text for text in said if "Content Security Policy" in text or "CSP" in text]
    # ReDoc asks for its maker's logo; that it does not get it is what the policy is for.
    assert [text for text in broken if "cdn.redoc.ly/redoc/logo-mini.svg" not in text] == []


def test_a_script_in_a_page_that_sees_passwords_does_not_run(page: Page) -> None:
    page.goto("/signin")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'document.title = `taken`'}))"
    )
    assert page.title() != "taken"
