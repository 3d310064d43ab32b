"""Signing in to the pages in a browser."""

from playwright.sync_api import Page

from serving import EMAIL, PASSWORD

SLOW = 30_000
"""Milliseconds until a page that does not show what is expected has failed."""


def sign_in(page: Page, path: str = "/", login: str = EMAIL, password: str = PASSWORD) -> None:
    """Ask for a page as a stranger, and sign in on the way to it."""
    page.goto(path)
    page.get_by_label("E-mail or username").fill(login)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
