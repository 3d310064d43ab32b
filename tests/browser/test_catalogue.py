"""The catalogue in a real browser, on the real server."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import PASSWORD, Server, serving, tillsight
from shop import HEADER
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

PRODUCTS = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
MANY = PRODUCTS + "".join(
    f"p{n:03},Pen {n},{'Desk' if n % 2 else 'Office'},{n}.50,{n},4.{n % 10},{n}\n"
    for n in range(1, 121)
)
SALES = HEADER + "1,old/1,<b>Hat</b>,2,2024-01-05 10:00:00,1000,c1,France\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("catalogue"), CURRENCY="GBP") as started:
        yield started


def rows(page: Page) -> Locator:
    return page.locator(".st-key-panel_products tbody tr")


def edit(page: Page, row: Locator) -> Locator:
    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(texts.PRODUCT_NAME)).to_be_visible()
    return dialog


def test_from_an_empty_catalogue_to_one_that_is_kept_by_hand(page: Page, server: Server) -> None:
    """Nothing, then one by hand; a file; found, sorted, turned, edited, deleted and taken back."""
    sign_in(page, "/catalogue")
    expect(page.locator(".st-key-notice_no_products")).to_contain_text(texts.NO_PRODUCTS)
    expect(page.locator(".drop")).to_be_visible()
    page.get_by_role("button", name=texts.ADD_PRODUCT).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(texts.PRODUCT_ID).fill("new")
    dialog.get_by_label(texts.PRICE).fill("cheap")
    dialog.get_by_role("button", name=texts.ADD_PRODUCT).click()
    expect(dialog.locator(".field-error")).to_have_text([texts.FIELD_NEEDED, texts.NOT_A_NUMBER])
    dialog.get_by_label(texts.PRODUCT_NAME).fill("Lamp <1>")
    dialog.get_by_label(texts.PRICE).fill("12,5")
    dialog.get_by_role("button", name=texts.ADD_PRODUCT).click()
    expect(page.get_by_role("status").filter(has_text="Lamp <1> was added.")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("£12.50")

    with server.client() as client:
        for text in (MANY, SALES):
            loaded = client.post("/api/imports", files={"file": ("a.csv", text)})
            assert loaded.status_code == 201, loaded.text
    page.goto("/catalogue")
    expect(rows(page)).to_have_count(50)
    expect(rows(page).first).to_contain_text("<b>Hat</b>")  # the only one that was sold
    page.get_by_role("button", name=texts.NEXT).click()
    expect(page.locator(".st-key-catalogue_foot")).to_contain_text("51 – 100 of 122 products")
    page.get_by_role("button", name=texts.NEXT).click()
    expect(rows(page)).to_have_count(22)
    page.get_by_label(texts.FIND_PRODUCT, exact=True).fill("pen 12")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)  # 12 and 120, from the first page on
    page.goto("/catalogue?sort=-price&filed_under=%3DOffice")
    expect(rows(page).first).to_contain_text("Pen 120")

    dialog = edit(page, rows(page).first)
    expect(dialog.get_by_label(texts.PRICE)).to_have_value("120.5")
    dialog.get_by_label(texts.RATING).fill("7")
    dialog.get_by_role("button", name=texts.SAVE).click()
    expect(dialog.locator(".field-error")).to_contain_text("less than or equal to 5")
    dialog.get_by_label(texts.RATING).fill("")
    dialog.get_by_label(texts.PRICE).fill("130")
    dialog.get_by_role("button", name=texts.SAVE).click()
    expect(page.get_by_role("status").filter(has_text="Pen 120 was changed.")).to_be_visible()
    expect(rows(page).first).to_contain_text("£130.00")
    page.get_by_role("button", name=texts.UNDO).click()
    expect(page.get_by_role("status").filter(has_text=texts.CHANGE_UNDONE)).to_be_visible()
    expect(rows(page).first).to_contain_text("£120.50")

    dialog = edit(page, rows(page).first)
    dialog.get_by_role("button", name=texts.DELETE).click()
    expect(rows(page).first).to_contain_text("Pen 118")
    page.get_by_role("button", name=texts.UNDO).click()
    expect(rows(page).first).to_contain_text("Pen 120")


def test_categories_summed_up(page: Page, server: Server) -> None:
    with server.client() as client:
        client.post("/api/imports", files={"file": ("a.csv", MANY)})
    sign_in(page, "/catalogue")
    page.get_by_text(texts.VIEWS["categories"], exact=True).click()
    expect(page).to_have_url(re.compile("view=categories"))
    panel = page.locator(".st-key-panel_categories")
    expect(panel.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(panel.locator("tbody tr").first).to_contain_text("Pen 120")


def test_viewers_read_only(page: Page, server: Server) -> None:
    email = "reader@example.com"
    tillsight(server.home, "user", "add", email, "--role", "viewer", said=f"{PASSWORD}\n")
    with server.client() as client:
        client.post("/api/imports", files={"file": ("a.csv", MANY)})
    sign_in(page, "/catalogue", email)
    expect(rows(page)).to_have_count(50)
    expect(rows(page).get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("button", name=texts.ADD_PRODUCT)).to_have_count(0)
    expect(page.get_by_text(texts.LOAD_PRODUCTS)).to_have_count(0)
