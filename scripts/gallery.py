"""Takes the pictures of docs/gallery.md and of the README.

It starts a demo shop of its own, opens each page at the width of a desk and of a phone, and writes
the page that shows the pictures.
"""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images" / "gallery"
DESK, PHONE = 1440, 390
SCREEN = 1080
TALLEST = 2600  # pixels of a picture
HEAD = """# Gallery

Every page of the dashboard, as the demo shop shows it on a desk and, in the dark, on a phone.
`make gallery` takes the pictures anew.
"""
COLOURS = 128
SLOW = 60_000  # milliseconds
READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass(frozen=True)
class Shown:
    """A page of the dashboard: which, what is chosen there, and what one sees, in words."""

    page: str
    title: str
    seen: str
    chosen: tuple[tuple[str, str], ...] = ()
    name: str = ""

    @property
    def file(self) -> str:
        return self.name or self.page or "overview"

    @property
    def address(self) -> str:
        return f"/{self.page}?{urlencode(self.chosen)}"


QUARTER = (("days", "90d"),)
PAGES = (
    Shown("", "Overview", "what was sold, against the days before, and what moved", QUARTER),
    Shown(
        "revenue",
        "Revenue",
        "its course and growth, when in the week, and day by day",
        (("days", "ytd"),),
    ),
    Shown("customers", "Customers", "who buys, how often, and what they are worth", QUARTER),
    Shown(
        "products", "Products", "what makes the revenue, rises, falls and goes together", QUARTER
    ),
    Shown("countries", "Countries", "where it is sold, on a map that needs no internet", QUARTER),
    Shown("forecast", "Forecast", "what comes next, how sure that is, and how it did before"),
    Shown(
        "explore",
        "Explore",
        "any figures by any dimensions, as a table, lines, bars or a heat map",
        (
            ("days", "ytd"),
            ("measures", "revenue"),
            ("by", "category,month"),
            ("sort", "month"),
            ("top", "100"),
        ),
    ),
    Shown("orders", "Orders", "the orders behind a figure, each with its lines", QUARTER),
    Shown("board", "Board", "KPIs against their targets, by circle"),
    Shown("kpi", "KPI", "one KPI: its course, pace and outlook, and where it comes from"),
    Shown("enter_values", "Enter values", "the values of a period, typed as in a sheet"),
    Shown("activity", "Activity", "who changed which value, from what to what"),
    Shown("manage", "Manage", "KPIs, targets and circles"),
    Shown("purchases", "Purchases", "single purchases, entered and taken back"),
    Shown("catalogue", "Catalogue", "what is offered, and what was sold of it"),
    Shown("imports", "Imports", "files on their way, and what came of earlier ones"),
    Shown("users", "Users", "who may do what"),
    Shown("audit", "Audit log", "who did what, newest first"),
    Shown("settings", "Settings", "every setting as it is at work, and what it opens"),
    Shown("profile", "Profile", "name, password, sessions and API keys"),
)


def main() -> None:
    """Take all pictures, or those of the files named on the command line."""
    wanted = set(sys.argv[1:])
    shown = [one for one in PAGES if not wanted or one.file in wanted]
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _demo() as (url, email, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        desk = _signed_in(browser, url, email, password, DESK, "light")
        phone = _signed_in(browser, url, email, password, PHONE, "dark")
        for one in shown:
            _keep(_picture(desk, one), IMAGES / f"{one.file}.png")
            _keep(_picture(phone, one), IMAGES / f"{one.file}-phone.png")
            print(f"{one.file}: done", flush=True)
        browser.close()
    _crop(IMAGES / "overview.png", ROOT / "docs" / "images" / "overview.png")
    (ROOT / "docs" / "gallery.md").write_text(gallery(), encoding="utf-8")


def gallery() -> str:
    """The page that shows the pictures."""
    parts = [HEAD]
    for one in PAGES:
        path = f"images/gallery/{one.file}"
        parts.append(
            f"\n## {one.title}\n\n{one.seen[0].upper()}{one.seen[1:]}.\n\n"
            f"![{one.title}: {one.seen}]({path}.png)\n\n"
            f'<img src="{path}-phone.png" width="260" alt="{one.title} on a phone, in the dark">\n'
        )
    return "".join(parts)


@contextmanager
def _demo() -> Iterator[tuple[str, str, str]]:
    """A demo shop that is served: its URL, and an admin's sign-in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "tillsight", "demo", "--port", str(port)]
        process = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True)
        try:
            yield (f"http://localhost:{port}", *_sign_in_of(process))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _sign_in_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """E-mail and password, once the server has printed all it has to say."""
    found = None
    for line in process.stdout or ():
        found = found or re.search(r"as (\S+@\S+) with (\S+)", line)
        if "Ctrl+C" in line and found:
            return found[1], found[2]
    raise SystemExit("The demo did not start.")


def _signed_in(
    browser: Browser, url: str, email: str, password: str, width: int, theme: str
) -> Page:
    page = browser.new_page(
        base_url=url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.set_default_timeout(SLOW)
    page.goto("/signin")
    page.get_by_label("E-mail or username").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.locator(READY).wait_for()
    return page


def _picture(page: Page, one: Shown) -> bytes:
    """The whole page, as far as it is not too tall."""
    width = (page.viewport_size or {})["width"]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(one.address)
    _settle(page)
    height = page.evaluate(
        "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
    )
    page.set_viewport_size({"width": width, "height": min(max(height, 700), TALLEST)})
    _settle(page)
    return page.screenshot()


def _settle(page: Page) -> None:
    page.locator(READY).wait_for()
    page.locator('[data-testid="stMain"] h1').first.wait_for()
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=SLOW)
    page.wait_for_timeout(1500)  # charts are drawn after the script has ended


def _crop(whole: Path, first: Path) -> None:
    """What the README shows: as much as stands on a screen."""
    with Image.open(whole) as image:
        image.crop((0, 0, DESK, min(SCREEN, image.height))).save(first, optimize=True)


def _keep(picture: bytes, path: Path) -> None:
    """Save it with few colours: as clear to the eye, and a third of the size."""
    image = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS)
    image.save(path, optimize=True)


if __name__ == "__main__":
    main()
