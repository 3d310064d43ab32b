"""Every page by the rules of axe-core, light on a desk and dark on a phone: it finds nothing
that is serious or critical, no level of headings is left out, and no page is wider than the phone.
While a page comes to somebody who has nothing of it yet, it does not jump.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import tillsight.dashboard
from browsing import SLOW, settle, sign_in
from serving import Demo, demo

pytestmark = pytest.mark.browser

VIEWS = Path(tillsight.dashboard.__file__).parent / "views"
PAGES = sorted(path.stem for path in VIEWS.glob("[a-z]*.py"))
OTHER_VIEWS = (
    "customers?view=segments",
    "customers?view=cohorts",
    "forecast?view=parts",
    "forecast?view=calendar",
    "forecast?view=record",
    "board?view=table",
    "manage?view=circles",
    "catalogue?view=categories",
    "orders?order=none:1",
)
GRAVE = {"serious", "critical"}
IN_ORDER = "heading-order"
JUMPY = ("catalogue", "forecast", "imports", "orders", "settings")
"""Pages with what jumps most easily: long lists, with something below them or what draws itself."""
STEADY = 0.1
"""The largest sum of layout shifts of a page that counts as good, by the Web Vitals."""
SHIFTS = """
  window.shifts = [];
  const place = ({node, previousRect, currentRect}) =>
    [node?.parentElement?.getAttribute("class"), previousRect.y, currentRect.y];
  new PerformanceObserver(list => window.shifts.push(
    ...list.getEntries().map(one => [one.value, ...one.sources.map(place)])
  )).observe({type: "layout-shift", buffered: true});
"""
WIDTHS = ((1440, 900), (390, 844))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture(scope="module")
def page(chromium: Browser, shop: Demo) -> Iterator[Page]:
    """An admin of the demo shop; axe runs in the page, so that its policy has to let it."""
    email, password, _ = shop.sign_ins()[0]
    context = chromium.new_context(base_url=shop.url, bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(SLOW)
    opened = context.new_page()
    sign_in(opened, login=email, password=password)
    settle(opened)
    yield opened
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_grave_is_found(page: Page, name: str) -> None:
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})
    _open(page, "" if name == "overview" else name)
    assert _found(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", "dark", timeout=SLOW)
    assert _found(page) == []
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(sideways) <= 0


def test_no_level_of_headings_is_left_out_in_other_views(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    for view in OTHER_VIEWS:
        _open(page, view)
        assert _found(page, {"runOnly": [IN_ORDER]}) == [], view


def test_a_button_whose_words_are_still_to_come_is_not_there(chromium: Browser) -> None:
    """Its script gives them; a screen reader that comes earlier has nothing to say of it."""
    page = chromium.new_page()
    for style, kind in (("sign_out.css", ""), ("style.css", "entry-save")):
        css = (VIEWS.parent / "parts" / style).read_text(encoding="utf-8")
        page.set_content(f'<style>{css}</style><button class="{kind}"></button>')
        expect(page.locator("button")).to_be_hidden()
        page.locator("button").evaluate("button => button.textContent = 'Go'")
        expect(page.get_by_role("button", name="Go")).to_be_visible()
    page.close()


@pytest.mark.parametrize("name", JUMPY)
def test_a_page_does_not_jump_while_it_comes(
    chromium: Browser, shop: Demo, page: Page, name: str
) -> None:
    kept = page.context.storage_state()
    for width, height in WIDTHS:
        size = {"width": width, "height": height}
        context = chromium.new_context(base_url=shop.url, viewport=size, storage_state=kept)
        context.set_default_timeout(SLOW)
        stranger = context.new_page()
        stranger.add_init_script(SHIFTS)
        _open(stranger, name)
        stranger.wait_for_load_state("networkidle")
        shifts = stranger.evaluate("window.shifts")
        assert sum(one[0] for one in shifts) <= STEADY, (width, shifts)
        context.close()


def test_a_script_that_never_comes_hides_nothing_of_the_rest(page: Page) -> None:
    held = re.compile("/static/js/BidiComponent")
    stranger = page.context.new_page()
    stranger.route(held, lambda _: None)
    with stranger.expect_request(held):
        stranger.goto("/catalogue")
    below = stranger.get_by_test_id("stLayoutWrapper").filter(
        has=stranger.locator(".st-key-catalogue_foot")
    )
    expect(below.last).to_have_css("opacity", "1", timeout=SLOW)
    stranger.unroute_all(behavior="ignoreErrors")
    stranger.close()


def _open(page: Page, address: str) -> None:
    page.goto(f"/{address}")
    expect(page.locator('[data-testid="stMain"] h1').first).to_be_visible(timeout=SLOW)
    settle(page)


def _found(page: Page, options: dict[str, list[str]] | None = None) -> list[str]:
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for one in Axe().run(page, options=options).response["violations"]
        if one["impact"] in GRAVE or one["id"] == IN_ORDER
        for node in one["nodes"]
    ]
