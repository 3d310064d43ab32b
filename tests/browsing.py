"""Signing in to the pages in a browser, waiting for them, and typing a day there."""

from datetime import date

from playwright.sync_api import Locator, Page, expect

from serving import EMAIL, PASSWORD

SLOW = 30_000
"""Milliseconds until a page that does not show what is expected has failed."""


def sign_in(page: Page, path: str = "/", login: str = EMAIL, password: str = PASSWORD) -> None:
    """Ask for a page as a stranger, and sign in on the way to it."""
    page.goto(path)
    page.locator("[name=login]").fill(login)  # whatever language the page speaks
    page.locator("[name=password]").fill(password)
    page.keyboard.press("Enter")


def settle(page: Page) -> None:
    """Wait until the page's script has ended, and nothing of the page is still to come."""
    state = page.get_by_test_id("stApp")
    expect(state).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=SLOW)


def type_day(dialog: Locator, label: str, day: date) -> None:
    """Type into the field of a dialog that has this label."""
    dialog.get_by_role("spinbutton", name=f"day, {label}").focus()
    dialog.page.keyboard.type(f"{day:%d%m%Y}")
    dialog.page.keyboard.press("Escape")  # closes the little calendar
