"""Takes the README's picture of a running demo: URL and sign-in as `make demo` prints them."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
SETTLED = 2000  # milliseconds until charts have been drawn


def main(url: str, email: str, password: str) -> None:
    """Sign in and keep the overview of the last 90 days."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, base_url=url)
        page.goto("/?period=Last+90+days")
        page.get_by_label("E-mail or username").fill(email)
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=30_000)
        page.wait_for_timeout(SETTLED)
        page.screenshot(path=ROOT / "docs" / "images" / "overview.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
