"""Pages of a server whose figures are built from time to time say that changes wait for that."""

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import settle, sign_in
from built_here import built
from serving import Server, serving
from shop import HEADER, opened
from tillsight import formats
from tillsight.dashboard import texts
from tillsight.settings import load_settings

pytestmark = pytest.mark.browser

SALES = f"{HEADER}1,p,Pen,2,2024-05-07,10,c1,Peru\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("builds"), SUMMARIES="spark", CURRENCY="GBP") as started:
        yield started


def told(page: Page) -> Locator:
    return page.locator(".st-key-builds")


def waiting(changes: int) -> str:
    return texts.BUILT_WAITING.of(changes, count=formats.number(changes))


def test_pages_say_which_changes_figures_do_not_have(page: Page, server: Server) -> None:
    sign_in(page, "/purchases")
    expect(page.get_by_text(texts.PURCHASES_LEAD_BUILT)).to_be_visible()
    expect(told(page)).to_have_text(texts.BUILT)
    page.get_by_label(texts.CUSTOMER, exact=True).fill("Ada")
    page.get_by_label(texts.PURCHASE_AMOUNT.format(currency="GBP"), exact=True).fill("12.50")
    page.get_by_role("button", name=texts.PURCHASE_SEND).click()
    expect(page.get_by_text("Purchase 1 entered")).to_be_visible()
    expect(told(page)).to_contain_text(waiting(1))

    with server.client() as client:
        sent = client.post("/api/imports", files={"file": ("a.csv", SALES)}, timeout=60).json()
        assert sent["state"] == "done"
        assert "from the next build" in sent["message"]
    page.goto("/imports")
    expect(told(page)).to_contain_text(waiting(2))
    page.get_by_role("button", name=texts.UNDO_TITLE.format(file="a.csv")).click()
    expect(page.get_by_role("dialog")).to_contain_text(texts.BUILT_NEXT)
    page.get_by_role("dialog").get_by_role("button", name=texts.CANCEL).click()

    with opened(load_settings(home=server.home)) as shop:
        built(shop)
    page.goto("/catalogue")
    expect(page.locator(".st-key-panel_products")).to_contain_text("Pen")
    expect(told(page)).to_contain_text(texts.BUILT_ALL)
    page.goto("/?days=all")
    settle(page)
    revenue = page.locator('.card[data-measure="revenue"] .value')
    expect(revenue).to_have_text(formats.money(32.5, "GBP"))
    latest = page.locator(".st-key-panel_latest")
    expect(latest).to_contain_text(texts.BUILT_ALL)
    with server.client() as client:
        client.delete("/api/imports/1").raise_for_status()
    page.reload()
    expect(latest).to_contain_text(waiting(1))
    expect(revenue).to_have_text(formats.money(32.5, "GBP"))
