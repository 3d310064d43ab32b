"""Profile, users, audit log and settings in a real browser, on the real server."""

import re

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import EMAIL, PASSWORD, Server, serving, tillsight
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

ADMIN_PAGES = {"/users": texts.USERS, "/audit": texts.AUDIT, "/settings": texts.SETTINGS}
OPEN_DOORS = {
    "COMPAT": "customer-purchases,kpi-circles",
    "COMPAT_ANONYMOUS": "customer-purchases",
    "COMPAT_PASSWORDLESS": "true",
}
NEW_PASSWORD = "another quite long password"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("people"), **OPEN_DOORS) as started:
        yield started


def add(server: Server, email: str, role: str = "viewer") -> str:
    added = tillsight(server.home, "user", "add", email, "--role", role, said=f"{PASSWORD}\n")
    assert added.returncode == 0, added.stderr
    return email


def panel(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-panel_{name}")


def login(server: Server, email: str, password: str) -> int:
    body = {"email": email, "password": password}
    return httpx2.post(f"{server.url}/api/auth/login", json=body).status_code


def test_names_are_changed_and_what_is_taken_is_told(page: Page, server: Server) -> None:
    sign_in(page, "/profile", add(server, "name@example.com"))
    about = panel(page, "names")
    about.get_by_label(texts.FIRST_NAME).fill("Ada")
    about.get_by_label(texts.LAST_NAME).fill("<b>Lovelace</b>")
    about.get_by_role("button", name=texts.SAVE).click()
    expect(about.get_by_role("status")).to_have_text(texts.SAVED)
    expect(page.locator(".st-key-person")).to_contain_text("Ada <b>Lovelace</b>")
    about.get_by_label(texts.USERNAME).fill("owner")
    about.get_by_role("button", name=texts.SAVE).click()
    expect(about.get_by_role("alert")).to_contain_text("Somebody else has this username")
    expect(about.get_by_label(texts.USERNAME)).to_have_value("owner")


def test_the_password_is_changed_once_the_current_one_is_right(page: Page, server: Server) -> None:
    email = add(server, "secret@example.com")
    sign_in(page, "/profile", email)
    form = panel(page, "password")

    def send(current: str, new: str, repeated: str) -> None:
        form.get_by_label(texts.CURRENT_PASSWORD).fill(current)
        form.get_by_label(texts.NEW_PASSWORD, exact=True).fill(new)
        form.get_by_label(texts.REPEAT_PASSWORD).fill(repeated)
        form.get_by_role("button", name=texts.PASSWORD_SAVE).click()

    send(PASSWORD, NEW_PASSWORD, "something else")
    expect(form.locator(".field-error")).to_have_text(texts.NOT_THE_SAME)
    send("not my password", NEW_PASSWORD, NEW_PASSWORD)
    expect(form.locator(".field-error")).to_have_text("The current password is not right.")
    assert login(server, email, PASSWORD) == 200
    send(PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    expect(form.get_by_role("status")).to_have_text(texts.PASSWORD_SAVED)
    expect(form.get_by_label(texts.CURRENT_PASSWORD)).to_have_value("")
    assert login(server, email, PASSWORD) == 401
    assert login(server, email, NEW_PASSWORD) == 200


def test_another_session_is_ended(page: Page, server: Server) -> None:
    email = add(server, "two@example.com")
    answer = httpx2.post(
        f"{server.url}/api/auth/login", json={"email": email, "password": PASSWORD}
    )
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    sign_in(page, "/profile", email)
    rows = panel(page, "sessions").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=texts.THIS_SESSION).locator("button")).to_have_count(0)
    rows.get_by_role("button").click()
    expect(rows).to_have_count(1)
    assert httpx2.get(f"{server.url}/api/users/me", headers=headers).status_code == 401
    page.get_by_role("button", name=texts.END_ALL).click()
    page.get_by_role("dialog").get_by_role("button", name=texts.END_ALL).click()
    expect(page.locator(".st-key-signed_out")).to_be_visible()


def test_a_key_is_shown_once_works_and_is_revoked(page: Page, server: Server) -> None:
    sign_in(page, "/profile", add(server, "keys@example.com", "editor"))
    keys = panel(page, "keys")
    keys.get_by_role("button", name=texts.KEY_CREATE).click()
    expect(keys.get_by_role("alert").first).to_be_visible()
    keys.get_by_label(texts.KEY_NAME).fill("Till <1>")
    keys.get_by_role("button", name=texts.KEY_CREATE).click()
    shown = page.locator(".st-key-once code")
    expect(shown).to_have_text(re.compile("^tsk_"))
    headers = {"X-API-Key": shown.inner_text().strip()}
    me = httpx2.get(f"{server.url}/api/users/me", headers=headers)
    assert (me.status_code, me.json()["role"]) == (200, "viewer")
    expect(keys.locator("tbody tr")).to_contain_text("Till <1>")
    page.get_by_role("button", name=texts.KEY_DONE).click()
    expect(shown).to_have_count(0)
    page.reload()
    expect(keys.locator("tbody tr")).to_have_count(1)
    expect(shown).to_have_count(0)
    keys.get_by_role("button", name=texts.KEY_REVOKE_TITLE.format(name="Till <1>")).click()
    page.get_by_role("dialog").get_by_role("button", name=texts.KEY_REVOKE).click()
    expect(keys.get_by_text(texts.KEYS_NONE)).to_be_visible()
    assert httpx2.get(f"{server.url}/api/users/me", headers=headers).status_code == 401


def test_somebody_is_invited_by_a_link_that_is_handed_over(page: Page) -> None:
    sign_in(page, "/users")
    page.get_by_role("button", name=texts.INVITE).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(texts.EMAIL).fill("not an address")
    dialog.get_by_role("button", name=texts.INVITE_SEND).click()
    expect(dialog.locator(".field-error")).to_contain_text("is not an e-mail address")
    dialog.get_by_label(texts.EMAIL).fill("Guest@Example.com")
    dialog.get_by_role("button", name=texts.INVITE_SEND).click()
    expect(dialog).to_have_count(0)
    link = page.locator(".st-key-once code").inner_text().strip()
    assert "/reset?token=" in link
    row = page.locator("tbody tr", has_text="guest@example.com")
    expect(row).to_contain_text(texts.STATES["unverified"])


def test_role_circle_and_state_of_somebody_are_changed(page: Page, server: Server) -> None:
    email = add(server, "changed@example.com")
    with server.client() as client:
        client.post("/api/circles", json={"name": "North"})
    sign_in(page, "/users")
    row = page.locator("tbody tr", has_text=email)
    dialog = page.get_by_role("dialog")

    def manage() -> None:
        row.get_by_role("button").click()
        expect(dialog).to_be_visible()

    manage()
    dialog.get_by_label(texts.ROLE).click()
    page.get_by_role("option", name=re.compile("^Editor")).click()
    dialog.get_by_label(texts.CIRCLES).click()
    page.get_by_role("option", name="North").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=texts.SAVE).click()
    expect(row).to_contain_text("Editor")
    expect(row).to_contain_text("North")
    expect(dialog).to_have_count(0)
    assert login(server, email, PASSWORD) == 200

    manage()
    dialog.get_by_role("button", name=texts.DEACTIVATE).click()
    expect(row).to_contain_text(texts.STATES["inactive"])
    assert login(server, email, PASSWORD) == 400
    manage()
    dialog.get_by_role("button", name=texts.REACTIVATE).click()
    expect(row).to_contain_text(texts.STATES["active"])
    assert login(server, email, PASSWORD) == 200


def test_the_last_admin_stays_and_is_told_why(page: Page) -> None:
    sign_in(page, "/users?find=owner")
    page.locator("tbody tr").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=texts.DEACTIVATE).click()
    expect(dialog.get_by_role("alert")).to_contain_text("This is the last active admin.")


def test_the_audit_log_is_filtered_and_downloaded(page: Page, server: Server) -> None:
    assert login(server, EMAIL, "not my password") == 401
    sign_in(page, "/audit?action=Sign-in+failed")
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text(texts.ACTIONS["sign_in_failed"])
    expect(rows.filter(has_text=texts.ACTIONS["sign_in"])).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name=texts.DOWNLOAD_CSV).click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("id,at,action,")
    assert lines[1:]
    assert all(",sign_in_failed," in line for line in lines[1:])
    page.goto("/audit?text=nothing+like+this")
    expect(page.locator(".st-key-notice_no_entries")).to_be_visible()


def test_older_entries_are_on_the_next_page(page: Page, server: Server) -> None:
    with server.client() as client:
        for number in range(60):
            client.post("/api/circles", json={"name": f"Circle {number}"})
    sign_in(page, "/audit?action=Circle+created")
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("Circle 59")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name=texts.OLDER).click()
    expect(rows.first).to_contain_text("Circle 9")
    page.get_by_role("button", name=texts.NEWEST).click()
    expect(rows.first).to_contain_text("Circle 59")


def test_settings_are_shown_without_secrets(page: Page, server: Server) -> None:
    sign_in(page, "/settings")
    expect(page.get_by_text("TILLSIGHT_SHOP_NAME")).to_be_visible()
    key = (server.home / "secret.key").read_text().strip()
    expect(page.get_by_text("TILLSIGHT_SECRET_KEY", exact=True)).to_be_visible()
    assert key not in page.content()


def test_doors_that_settings_open_to_strangers_are_warned_of(page: Page) -> None:
    sign_in(page, "/settings")
    warnings = page.locator(".st-key-notice_warnings")
    expect(warnings).to_contain_text(texts.WARNINGS_TITLE)
    expect(warnings.get_by_role("listitem")).to_have_count(2)
    expect(warnings).to_contain_text("use /compat/customer-purchases without signing in")
    expect(warnings).to_contain_text("sign in as anybody whose e-mail address they know")


def test_the_menu_of_others_has_no_admin_pages_and_their_addresses_refuse(
    page: Page, server: Server
) -> None:
    sign_in(page, "/profile", add(server, "plain@example.com", "manager"))
    menu = page.locator(".st-key-menu")
    expect(menu).to_contain_text(texts.PROFILE)
    for path, title in ADMIN_PAGES.items():
        expect(menu).not_to_contain_text(title)
        page.goto(path)
        expect(page.locator(".st-key-notice_forbidden")).to_be_visible()


@pytest.mark.parametrize("path", ["/profile", *ADMIN_PAGES])
def test_nothing_is_wider_than_a_telephone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, path)
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
