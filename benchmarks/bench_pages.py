"""A real Chromium that opens and uses the dashboard, and tells when what it shows was ready."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SIZE: ViewportSize = {"width": 1440, "height": 900}
LONGEST = 30_000
"""Milliseconds until a page that is not ready has failed."""

PAGES = ("revenue", "customers", "products", "countries", "forecast", "explore", "")
"""The pages of the sales, by their paths; those the menu does not have are left out."""
PERIODS = ("Last 7 days", "Last 90 days", "Quarter to date", "Year to date", "Last year")
"""What is picked, in turn."""

# A page is ready once its script has ended, nothing on it is of the run before or still to come,
# all charts are drawn, and the picture has not changed since. What moves without being asked, such
# as the sign that something runs, stands outside the main part.
WATCH = """
(() => {
  const seen = { clicked: 0, ended: 0, changed: 0, running: true };
  const find = (what) => document.querySelectorAll(what);
  addEventListener("pointerdown", (event) => {
    if (seen.armed) Object.assign(seen, { armed: false, clicked: event.timeStamp, ended: 0 });
  }, true);
  new MutationObserver((changes) => {
    const now = performance.now();
    const app = find("[data-testid=stApp]")[0];
    const running = app?.getAttribute("data-test-script-state") !== "notRunning";
    if (seen.running && !running) seen.ended = now;
    seen.running = running;
    const main = find("[data-testid=stMain]")[0];
    if (changes.some((change) => main?.contains(change.target))) seen.changed = now;
    if (!seen.figures && find("[data-testid=stMain] .card")[0]) seen.figures = now;
  }).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  const drawn = (chart) => chart.querySelector(".main-svg");
  const waitsFor = () => [
    seen.armed && "the click",
    (seen.running || !seen.ended) && "the end of the script",
    !find("[data-testid=stMain] h1").length && "a title",
    find("[data-testid=stMain] [data-stale=true]").length && "what is old",
    find("[data-testid=stSkeleton]").length && "what is still to come",
    ![...find("[data-testid=stPlotlyChart]")].every(drawn) && "charts",
  ].filter(Boolean).join(", ");
  window.arm = () => { seen.armed = true; };
  window.ready = ({ quiet, longest }) => new Promise((resolve, reject) => {
    let since = 0;
    setTimeout(() => reject(new Error(`waits for ${waitsFor() || "quiet"}`)), longest);
    const look = () => {
      const now = performance.now();
      const missing = waitsFor();
      since = missing ? 0 : since || now;
      const last = Math.max(since, seen.changed);
      if (since && now - last > quiet) resolve([seen.clicked, seen.figures, seen.ended, last]);
      else requestAnimationFrame(look);
    };
    look();
  });
})();
"""
QUIET = 250
"""Milliseconds without a change after which a page counts as drawn; they are not counted."""


@dataclass(frozen=True)
class Shown:
    """Milliseconds from a click, or from the start of the navigation, until the first figures of
    the window were there, until the script had ended, and until the last change of the picture.
    """

    figures: float
    ended: float
    drawn: float


@contextmanager
def browsing() -> Iterator[Browser]:
    """The system's Chromium, else the one Playwright fetched."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in at a server; `cookies` are theirs."""

    browser: Browser
    url: str
    cookies: dict[str, str]

    @contextmanager
    def window(self) -> Iterator[Page]:
        """A new browser, with nothing kept, that has the session."""
        context = self.browser.new_context(base_url=self.url, viewport=SIZE)
        context.set_default_timeout(LONGEST)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.url}
                for name, value in self.cookies.items()
            ]
        )
        context.add_init_script(WATCH)
        try:
            yield context.new_page()
        finally:
            context.close()

    def first_visit(self) -> Shown:
        """Open the first page in a new browser."""
        with self.window() as page:
            return open_page(page)

    def next_pages(self, times: int) -> Iterator[tuple[str, Shown]]:
        """Go from page to page by the menu, once through all before they count."""
        with self.window() as page:
            open_page(page)
            links = [link for path in PAGES if (link := _link(page, path)).count()]
            for number, link in zip(range(-len(links), times), cycle(links), strict=False):
                name = link.inner_text().split("\n")[-1]
                shown = after_click(page, link)
                if number >= 0:
                    yield name, shown

    def filter_changes(self, times: int) -> Iterator[Shown]:
        """Pick one period after the other on the first page."""
        with self.window() as page:
            open_page(page)
            for _, period in zip(range(times), cycle(PERIODS), strict=False):
                yield pick_period(page, period)

    def click_on(self, seconds: float) -> Iterator[Shown]:
        """Change the period, then the page, and so on, for that long."""
        with self.window() as page:
            open_page(page)
            first, other = _link(page, ""), _link(page, "customers")
            periods = cycle(PERIODS)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                yield pick_period(page, next(periods))
                yield after_click(page, other)
                yield after_click(page, first)


def open_page(page: Page) -> Shown:
    """Open the first page."""
    page.goto("/", wait_until="commit")
    return _shown(page)


def pick_period(page: Page, name: str) -> Shown:
    """Choose a period in the bar of filters."""
    page.locator(".st-key-kept_days input, .st-key-kept_days button").first.click()
    return after_click(page, page.get_by_role("option", name=name, exact=True))


def after_click(page: Page, what: Locator) -> Shown:
    """Click, and wait until the page is ready again."""
    page.evaluate("arm()")
    what.click()
    return _shown(page)


def _link(page: Page, path: str) -> Locator:
    """The link of the menu, whose address may carry what was chosen."""
    menu = page.get_by_test_id("stSidebar")
    return menu.locator(f'a[data-path="{path}"]')


def _shown(page: Page) -> Shown:
    clicked, figures, ended, drawn = page.evaluate(
        "(limits) => ready(limits)", {"quiet": QUIET, "longest": LONGEST}
    )
    return Shown((figures or drawn) - clicked, ended - clicked, drawn - clicked)
