"""The page of customers in a real browser, on the real server."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.customers import texts as own
from two_years import two_years

pytestmark = pytest.mark.browser

NOBODY = f"{HEADER}none1,p1,Pen,1,2024-01-02 10:00:00,3,,France\n"
FEW = HEADER + (
    "few1,p1,Pen,2,2024-01-05 10:00:00,10,<b>Ann</b>,France\n"
    "few1,p2,Cup,1,2024-01-05 10:00:00,7,<b>Ann</b>,France\n"
    "few2,p2,Cup,1,2024-03-06 09:00:00,5,<b>Ann</b>,\n"
    "few3,p1,Pen,1,2024-02-06 09:00:00,900,Bob,EIRE\n"
)
BELOW = """
  () => {
    const panel = document.querySelector('.st-key-panel_orders');
    const [last] = [...panel.querySelectorAll('details.order')].slice(-1);
    const foot = panel.querySelector('.panel-foot').getBoundingClientRect();
    return foot.top - last.getBoundingClientRect().bottom;
  }
"""
"""Pixels between the last order and what stands below all of them."""
QUERY = "/api/metrics/query"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("customers"), CURRENCY="GBP") as started:
        yield started


def panel(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-panel_{name}")


def rows(page: Page, name: str) -> Locator:
    return panel(page, name).locator("table.history tbody tr")


def drawn(page: Page, name: str) -> None:
    expect(panel(page, name).locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(panel(page, name).locator(".panel-foot")).to_be_visible()


def turn_to(page: Page, view: str) -> None:
    page.locator(".st-key-view").get_by_text(own.VIEWS[view], exact=True).click()


def load(server: Server, text: str) -> None:
    with server.client() as client:
        loaded = client.post("/api/imports", files={"file": ("a.csv", text)}, timeout=60)
        assert loaded.is_success, loaded.text  # a test before may have loaded the same


def test_from_an_empty_store_to_a_customer_with_orders(page: Page, server: Server) -> None:
    """Nothing; sales of nobody; customers of whom too little is known to expect anything."""
    sign_in(page, "/customers?customer=x")
    expect(page.locator(".st-key-notice_empty_store")).to_be_visible()

    load(server, NOBODY)
    page.goto("/customers?view=Cohorts")
    expect(page.locator(".st-key-notice_no_customers")).to_contain_text(texts.CUSTOMERS_NONE)
    turn_to(page, "overview")
    expect(page.locator(".st-key-notice_no_customers")).to_contain_text(texts.CUSTOMERS_NONE)

    load(server, FEW)
    page.goto("/customers?days=custom&since=2024-01-06&until=2024-01-31")
    expect(page.locator(".st-key-notice_no_sales")).to_be_visible()
    page.goto("/customers?days=all&country=EIRE")
    expect(page.locator(".card[data-measure=customers] .value")).to_have_text("1")
    expect(panel(page, "groups")).to_contain_text("customer_id, gender and age")
    turn_to(page, "lifetime")
    expect(page.locator(".st-key-notice_fallback")).to_contain_text("cover 2 months")
    expect(rows(page, "rfm")).to_have_count(11)
    expect(page.get_by_text(texts.AHEAD)).to_have_count(0)
    turn_to(page, "customers")
    expect(rows(page, "customers")).to_have_count(2)
    expect(rows(page, "customers").first).to_contain_text("Bob")

    page.get_by_role("link", name="<b>Ann</b>").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>Ann</b>")
    expect(page.locator(".cards")).to_contain_text("£32.00")
    expect(page.locator(".cards")).to_contain_text(texts.NEXT_NONE_BELOW)
    expect(rows(page, "bought").first).to_contain_text("Pen")
    expect(panel(page, "about")).to_contain_text("Unknown, France")
    orders = panel(page, "orders").locator("details.order")
    expect(orders).to_have_count(2)
    expect(orders.last).to_contain_text("Order few1")
    expect(panel(page, "orders").locator(".panel-foot")).to_be_visible()
    assert page.evaluate(BELOW) < 80
    orders.last.locator("summary").click()
    expect(orders.last.locator("tbody tr")).to_have_count(2)
    expect(orders.last.get_by_role("row", name="Cup")).to_contain_text("£7.00")

    page.get_by_role("link", name=texts.TO_CUSTOMERS).click()
    expect(rows(page, "customers")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"country=EIRE"))
    turn_to(page, "overview")
    expect(page.locator(".card[data-measure=customers] .value")).to_have_text("1")

    page.goto("/customers?customer=nobody")
    expect(page.locator(".st-key-notice_no_customer")).to_contain_text("“nobody”")


def test_the_chosen_days_segments_and_cohorts(page: Page, server: Server) -> None:
    load(server, two_years())
    with server.client() as client:
        asked = {"measures": "new_customers,revenue_per_customer", "by": "month"}
        told = client.get(QUERY, params=asked).json()["totals"]
        cohorts = client.get("/api/customers/cohorts").json()["rows"]
    sign_in(page, "/customers?days=all&grain=month")
    new = page.locator(".card[data-measure=new_customers] .value")
    expect(new).to_have_text(formats.number(told["new_customers"]))
    each = page.locator(".card[data-measure=revenue_per_customer] .value")
    expect(each).to_have_text(formats.money(told["revenue_per_customer"], "GBP"))
    drawn(page, "course")
    expect(panel(page, "top_customers").locator("tbody tr")).to_have_count(15)

    turn_to(page, "segments")
    expect(page.locator(".st-key-filters")).to_have_count(0)
    expect(page.get_by_text("do not narrow this")).to_be_visible()
    drawn(page, "grid")
    expect(rows(page, "segments")).to_have_count(11)

    turn_to(page, "cohorts")
    drawn(page, "cohorts")
    expect(page.get_by_role("figure", name="months of first purchase")).to_be_visible()
    table = panel(page, "cohorts").locator("table.plain")
    first = table.locator("tbody tr").nth(1).locator("td").nth(1)
    expect(first).to_have_text(formats.share(cohorts[1]["customers"], cohorts[0]["customers"]))
    panel(page, "cohorts").get_by_text(own.COHORTS_KINDS["customers"], exact=True).first.click()
    expect(table.locator("tbody tr").first.locator("td").nth(1)).to_have_text(
        str(cohorts[1]["customers"])
    )
    with page.expect_download() as download:
        panel(page, "cohorts").get_by_role("link", name=texts.XLSX).click()
    sheet = load_workbook(BytesIO(download.value.path().read_bytes())).active
    assert sheet.max_row == 1 + len(cohorts)
    assert [cell.value for cell in sheet[3]][:3] == ["2022-01", 1, cohorts[1]["customers"]]


def test_from_what_is_expected_to_those_it_is_expected_of(page: Page, server: Server) -> None:
    load(server, two_years())
    sign_in(page, "/customers?view=Lifetime+value&days=all")
    expect(panel(page, "check")).to_contain_text("kept apart")
    drawn(page, "check")
    year = page.locator(".card").filter(has_text=texts.PURCHASES_CARD).locator(".value")
    of_a_year = year.inner_text()
    page.get_by_text(texts.WEEKS_AHEAD[13], exact=True).click()
    expect(year).not_to_have_text(of_a_year)

    page.get_by_role("link", name="Lost").click()
    expect(page).to_have_url(re.compile("in_segment=Lost"))
    expect(rows(page, "customers")).to_have_count(25)
    one = rows(page, "customers").first.inner_text()
    page.get_by_role("button", name=texts.NEXT).click()
    expect(page.locator(".st-key-customers_foot")).to_contain_text("26 – ")
    expect(rows(page, "customers").first).not_to_have_text(one)
    with page.expect_download() as download:
        page.get_by_role("link", name=texts.CSV).click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("customer_id,customer_name,segment")
    assert {line.split(",")[2] for line in lines[1:]} == {"Lost"}

    page.goto("/customers?view=customers")
    page.get_by_label(own.FIND).fill("C0007")
    page.keyboard.press("Enter")
    expect(rows(page, "customers")).to_have_count(1)
    rows(page, "customers").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("c0007")
    expect(page.locator(".cards")).to_contain_text("52 weeks")
    drawn(page, "months")
    page.set_viewport_size({"width": 390, "height": 800})
    main = page.get_by_test_id("stMain")
    assert main.evaluate("one => one.scrollWidth <= one.clientWidth")
    page.get_by_role("link", name=texts.TO_CUSTOMERS).click()
    expect(rows(page, "customers")).to_have_count(1)  # what was looked for is still there
