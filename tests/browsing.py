"""Signing in to the pages in a browser, and typing a day there."""

from datetime import date

from playwright.sync_api import Locator, Page

from serving import EMAIL, PASSWORD

SLOW = 30_000
"""Milliseconds until a page that does not show what is expected has failed."""


def sign_in(page: Page, path: str = "/", login: str = EMAIL, password: str = PASSWORD) -> None:
    """Ask for a page as a stranger, and sign in on the way to it."""
    page.goto(path)
    page.get_by_label("E-mail or username").fill(login)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def type_day(dialog: Locator, label: str, day: date) -> None:
    """Type into the field of a dialog that has this label."""
    dialog.get_by_role("spinbutton", name=f"day, {label}").focus()
    dialog.page.keyboard.type(f"{day:%d%m%Y}")
    dialog.page.keyboard.press("Escape")  # closes the little calendar
