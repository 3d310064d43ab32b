"""What is held about a customer is taken home and forgotten on their page, by admins alone."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import settle, sign_in
from serving import PASSWORD, Server, serving, tillsight
from shop import HEADER
from tillsight.dashboard import texts
from tillsight.dashboard.customers import texts as own

pytestmark = pytest.mark.browser

ODD = "B/2?x=1&é #%41"
SALES = HEADER + (
    "a1,p1,Pen,2,2024-01-05 10:00:00,10,Ada Abel,France\n"
    "a2,p2,Cup,1,2024-02-05 10:00:00,7.55,Ada Abel,France\n"
    f"b1,p2,Cup,3,2024-02-06 10:00:00,7.55,{ODD},EIRE\n"
)
UNDONE = f"{HEADER}c1,p1,Pen,1,2024-01-05 10:00:00,10,Only Undone,France\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("data")) as started:
        with started.client() as client:
            for name, text in (("a.csv", SALES), ("b.csv", UNDONE)):
                loaded = client.post("/api/imports", files={"file": (name, text)}, timeout=60)
                assert loaded.is_success, loaded.text
            undone = loaded.json()["id"]
            assert client.delete(f"/api/imports/{undone}").is_success
        yield started


def panel(page: Page) -> Locator:
    return page.locator(".st-key-panel_own_data")


def figures(page: Page) -> list[str]:
    """Those of Overview, which is open."""
    cards = page.locator(".card .value")
    expect(cards.first).to_be_visible()
    settle(page)
    return cards.all_inner_texts()


def open_customer(page: Page, name: str) -> None:
    page.goto("/customers?view=customers")
    page.locator(".st-key-panel_customers").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(panel(page)).to_be_visible()


def download(page: Page) -> dict[str, object]:
    with page.expect_download() as downloaded:
        panel(page).get_by_role("link", name=own.DATA_DOWNLOAD).click()
    held: dict[str, object] = json.loads(downloaded.value.path().read_bytes())
    return held


def erase(page: Page, repeated: str) -> None:
    page.get_by_role("dialog").get_by_label(own.ERASE_REPEAT).fill(repeated)
    page.get_by_role("dialog").get_by_role("button", name=own.ERASE).click()


def test_an_admin_takes_home_what_is_held_and_erases(page: Page, server: Server) -> None:
    """Every figure stays; who it was is gone from list, address and audit log."""
    sign_in(page, "/?days=all")
    before = figures(page)
    open_customer(page, ODD)
    held = download(page)
    with server.client() as client:
        answer = client.get("/api/customers/B%2F2%3Fx%3D1%26%C3%A9%20%23%2541/export").json()
    assert held | {"exported_at": ""} == answer | {"exported_at": ""}
    assert [line["amount"] for line in held["lines"]] == ["22.6500"]  # type: ignore[attr-defined]

    panel(page).get_by_role("button", name=own.ERASE_ASK).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(own.ERASE_FINAL)
    erase(page, "")
    expect(dialog.locator(".field-error")).to_have_text(texts.FIELD_NEEDED)
    erase(page, ODD.lower())
    expect(dialog.locator(".field-error")).to_have_text(own.ERASE_NOT_SAME)
    erase(page, f" {ODD} ")
    expect(page.locator(".st-key-notice_erased")).to_contain_text("1 import and 0 purchases")
    expect(dialog).to_have_count(0)
    assert "customer=" not in page.url
    expect(page.locator(".st-key-notice_erased h2")).to_be_in_viewport()
    page.get_by_role("button", name=own.ERASED_READ).click()
    expect(page.locator(".st-key-notice_erased")).to_have_count(0)

    page.goto("/?days=all")
    assert figures(page) == before
    page.goto("/customers?view=customers")
    rows = page.locator(".st-key-panel_customers table.history tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=ODD)).to_have_count(0)
    expect(rows.filter(has_text="erased-")).to_have_count(1)
    page.goto("/audit?action=customer_erase")
    entry = page.locator("table.history tbody tr")
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text(texts.ACTIONS["customer_erase"])
    expect(entry).to_contain_text("owner")
    page.goto("/audit?action=customer_export")
    expect(page.locator("table.history tbody tr")).to_have_count(2)


def test_whom_no_sale_names_is_held_and_erased_too(page: Page) -> None:
    """Their import was undone: the page has no figures, and says what becomes of the rest."""
    sign_in(page, "/customers?customer=Only+Undone")
    expect(page.locator(".st-key-notice_no_customer")).to_be_visible()
    assert [line["counts"] for line in download(page)["lines"]] == [False]  # type: ignore[attr-defined]
    panel(page).get_by_role("button", name=own.ERASE_ASK).click()
    erase(page, "Only Undone")
    expect(page.locator(".st-key-notice_erased")).to_be_visible()

    page.goto("/customers?customer=Only+Undone")
    panel(page).get_by_role("button", name=own.ERASE_ASK).click()
    erase(page, "Only Undone")
    refused = page.get_by_role("dialog").get_by_role("alert")
    expect(refused).to_contain_text("This customer was erased on")


def test_others_see_nothing_of_it(page: Page, server: Server) -> None:
    said = f"{PASSWORD}\n"
    added = tillsight(
        server.home, "user", "add", "lead@example.com", "--role", "manager", said=said
    )
    assert added.returncode == 0, added.stderr
    sign_in(page, "/customers?customer=Ada+Abel", "lead@example.com")
    expect(page.locator(".st-key-panel_orders .panel-foot")).to_be_visible()
    settle(page)
    expect(panel(page)).to_have_count(0)
    refused = page.request.get("/api/customers/Ada%20Abel/export")
    assert refused.status == 403
