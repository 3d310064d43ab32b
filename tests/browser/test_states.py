"""What pages say when there is nothing to show, no right to see it, or something new."""

import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from browsing import SLOW, settle, sign_in
from serving import PASSWORD, Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.dashboard import texts
from tillsight.database import Database

pytestmark = pytest.mark.browser

SALES = HEADER + "".join(
    f"{month}{day},p{day % 3},Pen,1,2024-{month:02}-{day:02} 10:00:00,10,c{day % 5},France\n"
    for month in (4, 5)
    for day in range(1, 31)
)
# Years before: each order holds each product, so counting the pairs takes longer than a test.
BASKETS = HEADER + "".join(
    f"b{order},q{product},Cup,1,2022-01-0{order + 1} 10:00:00,1,c1,France\n"
    for order in range(6)
    for product in range(6000)
)
MORE = HEADER + "n1,p1,Pen,1,2024-05-30 11:00:00,7,c1,France\n"
EVEN_MORE = HEADER + "n2,p1,Pen,1,2024-05-30 12:00:00,5,c1,France\n"
PATIENCE = 120  # seconds an import may take on a busy machine
VIEWER = "viewer@example.com"
ROOMS = """
  names => names.map(name => {
    const panel = document.querySelector(`.st-key-panel_${name}`);
    return panel.getBoundingClientRect().height - parseFloat(getComputedStyle(panel).minHeight);
  })
"""
"""By how many pixels panels became higher than the room that is kept for them."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("states")
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    database.upgrade()
    with database.writing() as session:
        add_user(session, VIEWER, PASSWORD, Role.viewer)
    database.close()
    with serving(home, CURRENCY="GBP", QUESTION_SECONDS="300") as started:
        with started.client() as client:
            client.timeout = PATIENCE
            client.post("/api/imports", files={"file": ("a.csv", SALES)})
            client.post("/api/imports", files={"file": ("baskets.csv", BASKETS)})
        yield started


def revenue(page: Page, pounds: float) -> None:
    """Expect the figure on the Overview."""
    shown = page.locator('.card[data-measure="revenue"] .value')
    expect(shown).to_have_text(formats.money(pounds, "GBP"))


def test_days_without_sales_are_told_once_with_ways_out(page: Page) -> None:
    """The same on every page of sales; the links lead to figures."""
    sign_in(page, "/?days=last-year")
    notice = page.locator(".st-key-notice_no_sales")
    expect(notice).to_contain_text(texts.NO_SALES_TITLE)
    expect(notice).to_contain_text("2023")
    expect(page.locator('[class*="st-key-panel_"]')).to_have_count(0)
    page.goto("/revenue?days=last-year")
    expect(notice).to_be_visible()
    notice.get_by_role("link", name=texts.SHOW_ALL_DAYS).click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    expect(notice).to_have_count(0)
    assert "days=all" in page.url


def test_a_page_that_is_for_others_says_so_with_the_way_back(page: Page) -> None:
    sign_in(page, "/users", VIEWER)
    notice = page.locator(".st-key-notice_forbidden")
    expect(notice).to_contain_text(texts.FORBIDDEN_TITLE)
    expect(notice).to_contain_text(VIEWER)
    notice.get_by_role("link", name=texts.TO_OVERVIEW).click()
    expect(page.get_by_role("heading", name=texts.OVERVIEW, level=1)).to_be_visible()
    page.goto("/?days=custom&since=2024-05-09&until=2024-05-02")
    failed = page.locator(".st-key-refused_page")
    expect(failed).to_contain_text(texts.WRONG_ORDER)
    expect(failed.get_by_role("button", name=texts.ASK_AGAIN)).to_be_visible()


def test_a_panel_that_meets_the_end_of_the_session_leads_back_to_the_page(page: Page) -> None:
    sign_in(page, "/?days=ytd&country=France")
    revenue(page, 600)
    other = page.context.new_page()
    other.goto("/profile")
    other.locator(".st-key-sign_out button").click()
    expect(other).to_have_url(re.compile("/signin"))
    page.locator(".st-key-panel_where").get_by_role("radio", name="Product").click()
    signed_out = page.locator(".st-key-signed_out")
    expect(signed_out).to_contain_text(texts.SIGNED_OUT)
    link = signed_out.get_by_role("link", name=texts.SIGN_IN)
    expect(link).to_have_attribute("href", "/signin?next=%2F%3Fdays%3Dytd%26country%3DFrance")


def test_an_open_page_says_that_its_server_is_away(chromium: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        context = chromium.new_context(base_url=server.url)
        page = context.new_page()
        sign_in(page)
        settle(page)
    said = page.get_by_role("dialog")
    expect(said).to_contain_text(texts.SERVER_AWAY["text"], timeout=SLOW)
    expect(said).not_to_contain_text("Streamlit")
    context.close()


def test_an_open_page_offers_new_data_or_shows_them_when_nobody_types(
    page: Page, server: Server
) -> None:
    page.clock.install()
    sign_in(page, "/?days=ytd")
    revenue(page, 600)
    offer = page.locator(".st-key-new_data")
    page.clock.fast_forward(61_000)
    with server.client() as client:
        client.timeout = PATIENCE
        client.post("/api/imports", files={"file": ("b.csv", MORE)})
    page.clock.fast_forward(61_000)
    expect(offer).to_contain_text(texts.NEW_DATA)
    revenue(page, 600)
    offer.get_by_role("button", name=texts.SHOW_NEW_DATA).click()
    revenue(page, 607)
    expect(offer).not_to_be_visible()

    page.get_by_role("button", name="Refresh").click()
    page.get_by_role("dialog").get_by_text(texts.REFRESHES["1"], exact=True).click()
    expect(page.get_by_role("button", name=texts.REFRESHES["1"])).to_be_visible()
    page.keyboard.press("Escape")
    with server.client() as client:
        client.timeout = PATIENCE
        client.post("/api/imports", files={"file": ("c.csv", EVEN_MORE)})
    countries = page.get_by_role("combobox", name=texts.COUNTRIES).first
    countries.press_sequentially("Fra")
    page.clock.fast_forward(61_000)
    page.clock.fast_forward(30_000)
    expect(countries).to_have_value("Fra")
    revenue(page, 607)
    countries.fill("")
    page.keyboard.press("Escape")
    countries.blur()
    page.clock.fast_forward(15_000)
    revenue(page, 612)


def test_panels_keep_the_room_that_they_need_so_that_nothing_moves(page: Page) -> None:
    sign_in(page, "/?days=30d")
    names = ["figures", "course", "why", "where", "latest"]
    for name in names:
        expect(page.locator(f".st-key-panel_{name} .panel-foot")).to_be_visible()
    for name in names[1:4]:
        expect(
            page.locator(f".st-key-panel_{name} .js-plotly-plot .main-svg").first
        ).to_be_visible()
    assert [round(one) for one in page.evaluate(ROOMS, names) if one > 2] == []
    with page.expect_response(lambda one: one.url.endswith("/revenue")) as sent:
        page.goto("/revenue")
    early = sent.value.text()
    assert early.index("stMainBlockContainer") < early.index("</head>")


def test_a_question_that_takes_long_says_so_and_can_be_stopped_and_left(page: Page) -> None:
    sign_in(page, "/products?days=custom&since=2022-01-01&until=2022-01-31")
    panel = page.locator(".st-key-panel_together")
    asking = panel.locator(".asking")
    expect(asking).to_contain_text(re.compile(r"\d s"))
    _stop(asking.get_by_role("button", name=texts.STOP_ASKING))
    expect(panel).to_contain_text(texts.STOPPED)
    expect(asking).to_have_count(0)
    panel.get_by_role("button", name=texts.ASK_AGAIN).click()
    expect(asking).to_be_visible()
    expect(panel.get_by_text(texts.STOPPED)).not_to_be_visible()
    # Whoever goes elsewhere does not wait for it to end.
    page.locator(".st-key-menu").get_by_role("link").filter(has_text=texts.OVERVIEW).click()
    expect(page.locator(".st-key-panel_figures .card").first).to_be_visible()


def _stop(button: Locator) -> None:
    """Press until there is nothing to press: a page that is drawn anew while it comes asks anew."""
    deadline = time.monotonic() + SLOW / 1000
    while button.count() and time.monotonic() < deadline:
        with suppress(Error):  # it was pressed, or is gone
            button.click(timeout=500)
