"""The page of products in a real browser, on the real server."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.products import texts as own

pytestmark = pytest.mark.browser

UNNAMED = "customer_name,country,purchase_date,amount\nAnn,Spain,2024-05-20,900\n"
SALES = HEADER + "".join(
    f"{month}{day},{product},{name},{units},2024-{month:02}-{day:02} 10:00:00,{price},c{day},"
    f"{country}\n"
    for month, day, product, name, units, price, country in [
        *[(4, day, "p1", "Pen", 3, 10, "France") for day in range(1, 7)],
        *[(5, day, "p1", "Pen", 1, 12, "France") for day in range(1, 7)],
        *[(5, day, "p2", "Ink & Co", 2, 8, "France") for day in range(1, 7)],
        (4, 20, "p3", "<b>Old</b>", 10, 5, "EIRE"),
        (5, 30, "p4", "Cup", 1, 4, "EIRE"),
        (5, 30, "p1", "Pen", -1, 12, "EIRE"),
    ]
)
CATALOGUE = (
    "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
    "p1,Pen,Desk,12.5,400,4.5,31\n"
    "p2,Ink & Co,Desk,8,90,4,2\n"
)
MAY = {"from": "2024-05-01", "to": "2024-05-31", "compare": "previous_period"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("products"), CURRENCY="GBP") as started:
        yield started


def load(server: Server, text: str) -> None:
    with server.client() as client:
        loaded = client.post("/api/imports", files={"file": ("a.csv", text)})
        assert loaded.status_code == 201, loaded.text


def asked(server: Server, path: str, **parameters: str) -> dict:
    with server.client() as client:
        return client.get(f"/api/{path}", params=parameters).json()


def panel(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-panel_{name}")


def rows(page: Page, name: str) -> Locator:
    return panel(page, name).locator("table.history:not(details *) tbody tr")


def figure(page: Page, measure: str) -> Locator:
    return page.locator(f'.card[data-measure="{measure}"] .value')


def money(pounds: float) -> str:
    return formats.money(pounds, "GBP")


def test_from_an_empty_store_to_what_sells(page: Page, server: Server) -> None:
    """Nothing; sales that name no product; then classes, movers, fields, points and pairs."""
    sign_in(page, "/products")
    expect(page.locator(".st-key-notice_empty_store")).to_be_visible()
    load(server, UNNAMED)
    page.goto("/products")
    expect(page.locator(".st-key-notice_no_products")).to_contain_text(own.NO_PRODUCTS_TITLE)

    load(server, SALES)
    page.goto("/products")
    totals = asked(server, "metrics/query", measures="revenue,products,units", **MAY)["totals"]
    expect(figure(page, "revenue")).to_have_text(money(totals["revenue"]))
    expect(figure(page, "products")).to_have_text("3")
    expect(figure(page, "units")).to_have_text(str(totals["units"]))

    found = asked(server, "products/abc", **MAY)
    classes = panel(page, "classes")
    expect(classes).to_contain_text("Class A: 2 of 3 products (66.7%) make 97.7% of the revenue.")
    expect(classes.locator(".js-plotly-plot .legend")).to_contain_text("Class A: 2 products")
    listed = page.locator(".st-key-class_list tbody tr")
    expect(listed).to_have_count(2)
    for place, one in enumerate(found["products"][:2]):
        expect(listed.nth(place)).to_contain_text(one["product_name"])
        expect(listed.nth(place)).to_contain_text(money(one["revenue"]))
    classes.get_by_text(own.CLASS_NAMES["C"], exact=True).last.click()
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Cup")
    with page.expect_download() as download:
        classes.get_by_role("link", name=texts.CSV).click()
    told = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert [(one["product"], one["class"], one["revenue"]) for one in told] == [("p4", "C", "4.0")]

    expect(rows(page, "product_ranks")).to_have_count(3)
    expect(panel(page, "product_ranks")).to_contain_text(money(900))
    panel(page, "product_ranks").get_by_text(own.SORTS["fell"], exact=True).click()
    expect(rows(page, "product_ranks")).to_have_count(2)
    expect(rows(page, "product_ranks").first).to_contain_text(f"{formats.MINUS}{money(108)}")
    expect(rows(page, "product_ranks").last).to_contain_text("<b>Old</b>")

    expect(panel(page, "mix")).to_contain_text("The products have no categories yet.")
    expect(panel(page, "mix").locator(".slice")).to_have_count(4)
    expect(panel(page, "prices").locator(".point")).to_have_count(3)
    [pair] = asked(server, "products/affinity", min_orders="5", **MAY)["pairs"]
    expect(rows(page, "together")).to_have_count(1)
    expect(rows(page, "together")).to_contain_text(str(pair["orders"]))
    expect(rows(page, "together")).to_contain_text(f"{pair['confidence']:.1%}")
    panel(page, "together").get_by_text(own.LEAST_ORDERS[25], exact=True).click()
    expect(panel(page, "together")).to_contain_text(own.NO_PAIRS.format(count=25))


def test_one_product_and_the_way_back(page: Page, server: Server) -> None:
    """Its figures are the API's, for the choices of the link; the way back keeps them."""
    with server.client() as client:
        if not client.get("/api/products", params={"id": "p1"}).is_success:
            load(server, SALES)
    load(server, CATALOGUE)
    sign_in(page, "/products?country=France&days=30d")
    expect(panel(page, "mix").locator(".slicetext").first).to_contain_text(own.ALL_PRODUCTS)
    fields = panel(page, "mix").locator(".slice")
    fields.filter(has_text="Desk").click(position={"x": 4, "y": 4})  # it opens: no other page
    fields.filter(has_text=re.compile("^Pen$")).click()
    expect(page).to_have_url(re.compile("product=p1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Pen")
    page.go_back()
    rows(page, "product_ranks").get_by_role("link", name="Pen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pen")
    assert parse_qs(urlsplit(page.url).query) == {"country": ["France"], "product": ["p1"]}

    # The way back pushes the title down; the way to the report goes with it.
    report = page.locator(".st-key-report_link a").bounding_box()
    beside = page.locator(".st-key-page_head button").bounding_box()
    assert report
    assert beside
    assert report["y"] >= beside["y"] + beside["height"]

    measures = "revenue,units,average_price,orders,customers,returns"
    own_sales = {"measures": measures, "product": "p1", "country": "France", **MAY}
    totals = asked(server, "metrics/query", **own_sales)["totals"]
    for name in ("revenue", "average_price", "returns"):
        expect(figure(page, name)).to_have_text(money(totals[name]))
    for name in ("units", "orders", "customers"):
        expect(figure(page, name)).to_have_text(str(totals[name]))
    for name in ("course", "price"):
        expect(panel(page, name).locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(panel(page, "price")).to_contain_text(own.PRICE_LISTED)
    expect(panel(page, "of_country").locator("tbody tr")).to_have_count(1)
    expect(panel(page, "of_customer").locator("tbody tr")).to_have_count(6)
    expect(rows(page, "with_it")).to_contain_text("Ink & Co")
    about = panel(page, "about")
    expect(about).to_contain_text("4.5 of 5")
    edit = about.get_by_role("link", name=own.EDIT_IN_CATALOGUE)
    expect(edit).to_have_attribute("href", "/catalogue?find=p1")
    orders = about.get_by_role("link", name=own.ORDERS_WITH_IT)
    expect(orders).to_have_attribute("href", "/orders?country=France&product=p1")

    page.get_by_role("link", name=own.TO_PRODUCTS).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(own.PRODUCTS)
    expect(page).to_have_url(re.compile(r"/products\?country=France$"))

    page.goto("/products?product=p3")
    expect(page.locator(".st-key-notice_not_sold")).to_contain_text("20 April 2024")
    expect(panel(page, "about")).to_contain_text("orders: 1")
    page.goto("/products?product=p99&days=all")
    expect(page.locator(".st-key-notice_no_product")).to_contain_text("“p99”")
    page.goto("/products?days=custom&since=2024-05-10&until=2024-05-12")
    expect(page.locator(".st-key-notice_no_sales")).to_be_visible()
