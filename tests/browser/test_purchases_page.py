"""Entering purchases in a real browser, on the real server."""

import csv
import io

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from browsing import sign_in
from serving import EMAIL, PASSWORD, Server, serving, tillsight
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

AMOUNT = texts.PURCHASE_AMOUNT.format(currency="EUR")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("purchases")) as started:
        yield started


def open_purchases(page: Page, path: str = "/purchases", login: str = EMAIL) -> None:
    sign_in(page, path, login)
    expect(page.get_by_role("heading", name=texts.PURCHASES, level=1)).to_be_visible()


def type_in(page: Page, label: str, text: str) -> None:
    """Type it and go on, and let the page take it in."""
    page.get_by_label(label, exact=True).fill(text)
    page.keyboard.press("Tab")
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning"
    )


def revenue(server: Server) -> float:
    with server.client() as client:
        return client.get("/api/analytics/kpis").json()["kpis"]["revenue"]


def test_a_purchase_is_entered_seen_undone_and_redone(page: Page, server: Server) -> None:
    open_purchases(page)
    expect(page.get_by_text(texts.PURCHASES_EMPTY)).to_be_visible()
    send = page.get_by_role("button", name=texts.PURCHASE_SEND)
    send.click()
    expect(page.get_by_text(texts.PURCHASE_NO_CUSTOMER)).to_be_visible()
    expect(page.get_by_text(texts.PURCHASE_NO_AMOUNT)).to_be_visible()
    type_in(page, texts.CUSTOMER, "<b>Ada</b>")
    expect(page.get_by_text(texts.PURCHASE_NO_CUSTOMER)).to_be_hidden()
    type_in(page, AMOUNT, "0")
    expect(page.get_by_text(texts.PURCHASE_ZERO)).to_be_visible()
    type_in(page, AMOUNT, "12.5")
    expect(page.get_by_text(texts.PURCHASE_ZERO)).to_be_hidden()
    send.click()
    expect(page.get_by_role("status").filter(has_text="Purchase 1 entered")).to_be_visible()
    expect(page.get_by_label(texts.CUSTOMER, exact=True)).to_have_value("")
    row = page.locator("table.history tbody tr").first
    expect(row).to_contain_text("<b>Ada</b>")
    expect(row).to_contain_text("€12.50")
    assert revenue(server) == 12.5
    row.get_by_role("button", name="Undo").click()
    page.get_by_role("dialog").get_by_role("button", name=texts.UNDO).click()
    expect(row.locator(".mark")).to_have_text(texts.UNDONE)
    assert revenue(server) == 0
    row.get_by_role("button", name="Redo").click()
    page.get_by_role("dialog").get_by_role("button", name=texts.REDO).click()
    expect(row.locator(".mark")).to_have_count(0)
    assert revenue(server) == 12.5


def test_products_are_summed_as_they_are_typed(page: Page) -> None:
    open_purchases(page)
    page.get_by_role("button", name=texts.PURCHASE_LINE_ADD).click()
    type_in(page, texts.PRODUCT, "Tea pot")
    type_in(page, texts.PURCHASE_QUANTITY, "2")
    type_in(page, texts.PURCHASE_PRICE, "7.25")
    expect(page.get_by_text(texts.PURCHASE_SUM.format(amount="€14.50"))).to_be_visible()
    type_in(page, texts.CUSTOMER, "Bob")
    page.get_by_role("button", name=texts.PURCHASE_SEND).click()
    expect(page.get_by_role("status").filter(has_text="Bob, €14.50")).to_be_visible()
    expect(page.locator("table.history tbody tr").first).to_contain_text("2 × Tea pot")
    expect(page.get_by_label(texts.PRODUCT, exact=True)).to_have_count(0)


def test_the_list_is_filtered_paged_and_taken_home(page: Page, server: Server) -> None:
    with server.client() as client:
        for number in range(30):
            body = {"customer": f"C{number}", "country": ["Peru", "EIRE"][number % 2]}
            dated = {**body, "date": f"2024-05-{number + 1:02}", "amount": 1 + number}
            client.post("/api/purchases", json=dated).raise_for_status()
    open_purchases(page, "/purchases?from=2024-05-01&to=2024-05-30&country=Peru&country=EIRE")
    rows = page.locator("table.history tbody tr")
    expect(rows).to_have_count(25)
    expect(rows.first).to_contain_text("C29")
    page.get_by_role("button", name=texts.OLDER).click()
    expect(rows).to_have_count(5)
    expect(rows.last).to_contain_text("C0")
    page.get_by_role("button", name=texts.NEWEST).click()
    expect(rows).to_have_count(25)
    with page.expect_download() as download:
        page.get_by_role("link", name=texts.DOWNLOAD_CSV).click()
    kept = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert [one["customer"] for one in kept] == [f"C{number}" for number in range(29, -1, -1)]
    with page.expect_download() as download:
        page.get_by_role("link", name=texts.XLSX).click()
    [head, *rows] = load_workbook(io.BytesIO(download.value.path().read_bytes())).active.values
    at = head.index("customer")
    assert [row[at] for row in rows] == [one["customer"] for one in kept]


def test_a_viewer_sees_the_list_without_the_form(page: Page, server: Server) -> None:
    email = "viewer@example.com"
    tillsight(server.home, "user", "add", email, "--role", "viewer", said=f"{PASSWORD}\n")
    with server.client() as client:
        body = {"customer": "Eve", "date": "2024-05-01", "amount": 1}
        client.post("/api/purchases", json=body).raise_for_status()
    open_purchases(page, login=email)
    expect(page.get_by_text(texts.PURCHASE_CANNOT_TITLE)).to_be_visible()
    expect(page.locator("table.history tbody tr").first).to_contain_text("Eve")
    expect(page.get_by_role("button", name=texts.PURCHASE_SEND)).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
