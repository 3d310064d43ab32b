"""Every page by the rules of axe-core, light on a desk and dark on a phone: it finds nothing
that is serious or critical, and no page is wider than the phone.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import tillsight.dashboard
from browsing import SLOW
from prepared import Command
from serving import START_WITHIN, environment, free_port

pytestmark = pytest.mark.browser

VIEWS = Path(tillsight.dashboard.__file__).parent / "views"
PAGES = sorted(path.stem for path in VIEWS.glob("[a-z]*.py"))
GRAVE = {"serious", "critical"}
ENDED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """An admin of the demo shop; axe runs in the page, so that its policy has to let it."""
    home, port = tmp_path_factory.mktemp("demo"), free_port()
    said = home / "said"
    arguments = ["demo", "--port", str(port)]
    demo = Command(arguments, environment(home), home, (Path("/dev/null"), said, said))
    try:
        email, password = _sign_in(said, demo)
        context = chromium.new_context(
            base_url=f"http://localhost:{port}", bypass_csp=True, reduced_motion="reduce"
        )
        context.set_default_timeout(SLOW)
        opened = context.new_page()
        opened.goto("/signin")
        opened.get_by_label("E-mail or username").fill(email)
        opened.get_by_label("Password").fill(password)
        opened.keyboard.press("Enter")
        opened.locator(ENDED).wait_for()
        yield opened
        context.close()
    finally:
        demo.terminate()
        demo.wait(timeout=20)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_grave_is_found(page: Page, name: str) -> None:
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/" if name == "overview" else f"/{name}")
    expect(page.locator('[data-testid="stMain"] h1').first).to_be_visible(timeout=SLOW)
    expect(page.locator(ENDED)).to_be_attached(timeout=SLOW)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=SLOW)
    assert _found(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", "dark", timeout=SLOW)
    assert _found(page) == []
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(sideways) <= 0


def _sign_in(said: Path, demo: Command) -> tuple[str, str]:
    """E-mail and password as the demo prints them, once it serves."""
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and demo.poll() is None:
        text = said.read_text() if said.exists() else ""
        found = re.search(r"as (demo@\S+) with (\S+)", text)
        if found and "Ctrl+C" in text:
            return found[1], found[2]
        time.sleep(0.2)
    raise AssertionError(said.read_text())


def _found(page: Page) -> list[str]:
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
