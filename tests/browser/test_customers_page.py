"""The page of customers in a real browser, on the real server."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import Server, serving
from shop import HEADER
from tillsight.dashboard import texts
from two_years import two_years

pytestmark = pytest.mark.browser

FEW = HEADER + (
    "few1,p1,Pen,2,2024-01-05 10:00:00,10,<b>Ann</b>,France\n"
    "few2,p2,Cup,1,2024-03-06 09:00:00,5,<b>Ann</b>,\n"
    "few3,p1,Pen,1,2024-02-06 09:00:00,900,Bob,EIRE\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("customers"), CURRENCY="GBP") as started:
        yield started


def rows(page: Page, panel: str) -> Locator:
    return page.locator(f".st-key-panel_{panel} tbody tr")


def load(server: Server, text: str) -> None:
    with server.client() as client:
        loaded = client.post("/api/imports", files={"file": ("a.csv", text)})
        assert loaded.status_code == 201, loaded.text


def test_from_an_empty_store_to_customers_with_a_future(page: Page, server: Server) -> None:
    """Nothing; too little to expect anything, which is said; then two years of sales."""
    sign_in(page, "/customers")
    expect(page.locator(".st-key-notice_empty_store")).to_be_visible()

    load(server, FEW)
    page.goto("/customers")
    expect(page.locator(".st-key-notice_fallback")).to_contain_text("cover 2 months")
    expect(rows(page, "rfm")).to_have_count(11)
    expect(page.get_by_text(texts.AHEAD)).to_have_count(0)
    page.get_by_text(texts.CUSTOMER_VIEWS["customers"], exact=True).click()
    expect(rows(page, "customers")).to_have_count(2)
    expect(rows(page, "customers").first).to_contain_text("Bob")
    page.get_by_role("link", name="<b>Ann</b>").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>Ann</b>")
    expect(page.locator(".cards")).to_contain_text("£25.00")
    expect(page.locator(".cards")).to_contain_text(texts.NEXT_NONE_BELOW)
    expect(rows(page, "bought").first).to_contain_text("Pen")
    expect(page.locator(".st-key-panel_about")).to_contain_text("Unknown, France")

    load(server, two_years())
    page.get_by_role("link", name=texts.TO_CUSTOMERS).click()
    expect(page.locator(".cards")).to_contain_text(texts.WORTH_CARD)
    check = page.locator(".st-key-panel_check")
    expect(check).to_contain_text("kept apart")
    expect(check.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    year = page.locator(".card").filter(has_text=texts.PURCHASES_CARD).locator(".value")
    expect(year).to_be_visible()
    of_a_year = year.inner_text()
    page.get_by_text(texts.WEEKS_AHEAD[13], exact=True).click()
    expect(year).not_to_have_text(of_a_year)

    page.get_by_role("link", name="Lost").click()
    expect(page).to_have_url(re.compile("in_segment=Lost"))
    expect(rows(page, "customers")).to_have_count(25)
    first = rows(page, "customers").first.inner_text()
    page.get_by_role("button", name=texts.NEXT).click()
    expect(page.locator(".st-key-customers_foot")).to_contain_text("26 – ")
    expect(rows(page, "customers").first).not_to_have_text(first)
    with page.expect_download() as download:
        page.get_by_role("link", name=texts.DOWNLOAD_CSV).click()
    told = download.value.path().read_text(encoding="utf-8").splitlines()
    assert told[0].startswith("customer_id,customer_name,segment")
    assert {line.split(",")[2] for line in told[1:]} == {"Lost"}

    page.goto("/customers?view=customers")
    rows(page, "customers").first.get_by_role("link").click()
    expect(page.locator(".cards")).to_contain_text("52 weeks")
    expect(page.locator(".st-key-panel_months .js-plotly-plot .main-svg").first).to_be_visible()

    page.goto("/customers?customer=nobody")
    expect(page.locator(".st-key-notice_no_customer")).to_contain_text("“nobody”")
