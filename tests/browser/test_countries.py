"""The page Countries: its figures are the API's, the map needs nothing from elsewhere."""

import csv
import io
import re
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from browsing import sign_in
from serving import Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.countries import texts as country_texts

pytestmark = pytest.mark.browser

SOLD = [("United Kingdom", 500), ("EIRE", 60), ("Malta", 8), ("Japan", 30), ("Atlantis <b>", 4)]
SALES = HEADER + "".join(
    f"{month}{place},p1,Pen,{month},2024-{month:02}-{day:02} 10:00:00,{price},c{place},{country}\n"
    for month in (4, 5)
    for day in (3, 20)
    for place, (country, price) in enumerate([*SOLD, ("", 2)])
)
ASKED = {
    "measures": "revenue,orders,customers,average_order_value",
    "by": "country",
    "order": "-revenue",
    "from": "2024-05-01",
    "to": "2024-05-21",
    "compare": "previous_period",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("countries"), CURRENCY="GBP") as started:
        with started.client() as client:
            client.post("/api/imports", files={"file": ("a.csv", SALES)})
        yield started


def cells(page: Page) -> list[list[str]]:
    rows = page.locator(".st-key-panel_all_countries tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def map_is_drawn(page: Page) -> None:
    expect(page.locator(".st-key-panel_map .js-plotly-plot path.js-fill").first).to_be_attached()


def test_map_and_table_show_what_the_api_says(page: Page, server: Server) -> None:
    with server.client() as client:
        said = client.get("/api/metrics/query", params=ASKED).json()
    elsewhere: list[str] = []
    host = urlsplit(server.url).netloc
    page.on(
        "request",
        lambda one: (
            elsewhere.append(one.url)
            if one.url.startswith("http") and urlsplit(one.url).netloc != host
            else None
        ),
    )
    sign_in(page, "/countries?days=mtd")
    map_is_drawn(page)
    expect(page.locator(".st-key-panel_all_countries tbody tr")).to_have_count(len(said["rows"]))
    shown = cells(page)
    for row, line in zip(said["rows"], shown, strict=True):
        before = {one["country"]: one["revenue"] for one in said["comparison"]["rows"]}
        was = before.get(row["country"])
        assert line == [
            row["country"] or texts.UNKNOWN,
            formats.money(row["revenue"], "GBP"),
            formats.share(row["revenue"], said["totals"]["revenue"]),
            formats.change(row["revenue"] / was - 1) if was else country_texts.NEW,
            formats.number(row["orders"]),
            formats.number(row["customers"]),
            formats.money(row["average_order_value"], "GBP"),
        ]
    panel = page.locator(".st-key-panel_map")
    expect(panel).to_contain_text("Not found on the map: Atlantis <b> (£40.00), Unknown (£20.00)")
    expect(panel).to_contain_text("Outside of this part: £300.00")
    panel.locator("path.js-fill").nth(1).hover(force=True)
    expect(panel.locator(".hoverlayer")).to_contain_text("United Kingdom: £5\u202f000.00")
    assert elsewhere == []


def test_world_and_scale_stay_in_the_address_and_a_name_leads_to_one_country(page: Page) -> None:
    sign_in(page, "/countries?days=mtd")
    map_is_drawn(page)
    page.get_by_role("radio", name=country_texts.FOCUSES["world"]).click()
    expect(page).to_have_url(re.compile("focus="))
    expect(page.locator(".st-key-map_world .js-plotly-plot")).to_be_visible()
    page.get_by_role("radio", name=country_texts.SORTS["name"]).click()
    expect(page.locator(".st-key-panel_all_countries tbody td.file").first).to_have_text(
        "Atlantis <b>"
    )
    page.reload()
    expect(page.locator(".st-key-map_world .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-panel_all_countries tbody td.file").first).to_have_text(
        "Atlantis <b>"
    )
    expect(page.locator(".st-key-panel_courses .js-plotly-plot .annotation")).to_have_count(6)
    page.locator(".st-key-panel_all_countries").get_by_role("link", name="Malta").click()
    expect(page.locator(".st-key-panel_all_countries tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("country=Malta"))
    expect(page.locator(".st-key-panel_map .js-plotly-plot .points path")).to_have_count(1)


def test_a_country_of_the_map_leads_where_its_name_does(page: Page) -> None:
    sign_in(page, "/countries?days=mtd")
    rows = page.locator(".st-key-panel_all_countries tbody tr")
    for place, name in (("path.js-fill >> nth=1", "United Kingdom"), (".points path", "Malta")):
        expect(rows).to_have_count(len(SOLD) + 1)
        link = page.locator(".st-key-panel_all_countries").get_by_role("link", name=name)
        address = link.get_attribute("href")
        map_is_drawn(page)
        page.locator(f".st-key-panel_map {place}").hover(force=True)
        expect(page.locator(".st-key-panel_map .hoverlayer")).to_contain_text(name)
        page.mouse.down()
        page.mouse.up()
        expect(page).to_have_url(re.compile(f"{re.escape(str(address))}$"))
        expect(rows).to_have_count(1)
        page.go_back()


def test_files_hold_the_table(page: Page, server: Server) -> None:
    sign_in(page, "/countries?days=mtd")
    files = page.locator(".st-key-panel_all_countries .panel-foot")
    with page.expect_download() as taken:
        files.get_by_role("link", name=texts.CSV).click()
    rows = list(csv.DictReader(io.StringIO(taken.value.path().read_text())))
    with page.expect_download() as taken:
        files.get_by_role("link", name=texts.XLSX).click()
    sheet = load_workbook(io.BytesIO(taken.value.path().read_bytes())).active
    head, *lines = sheet.iter_rows(values_only=True)
    with server.client() as client:
        said = client.get("/api/metrics/query", params=ASKED).json()["rows"]
    assert [(row["country"], float(row["revenue"])) for row in rows] == [
        (row["country"] or "", row["revenue"]) for row in said
    ]
    assert [dict(zip(head, line, strict=True))["revenue"] for line in lines] == [
        row["revenue"] for row in said
    ]
    with page.expect_download() as taken:
        page.locator('.st-key-panel_map [data-picture="svg"]').click()
    drawing = taken.value.path().read_text()
    assert drawing.startswith("<svg")
    assert "under £" in drawing or "and more" in drawing


def test_the_report_has_the_choices_of_the_page_and_prints(page: Page, server: Server) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, "/countries?days=mtd&country=EIRE&country=Atlantis+<b>&grain=week")
    page.get_by_role("link", name=texts.REPORT).click()
    expect(page.get_by_role("heading", name="Sales report")).to_be_visible()
    cover = page.locator("dl.cover")
    expect(cover).to_contain_text("1 – 20 May 2024")
    expect(cover).to_contain_text("Country: EIRE, Atlantis <b>")
    with server.client() as client:
        asked = {**ASKED, "by": "", "order": "", "country": ["EIRE", "Atlantis <b>"]}
        totals = client.get("/api/metrics/query", params=asked).json()["totals"]
    expect(page.locator('[data-measure="revenue"] .value')).to_have_text(
        formats.money(totals["revenue"], "GBP")
    )
    expect(page.locator('[data-top="country"] tbody tr')).to_have_count(2)
    assert not [text for text in said if "Content Security Policy" in text]
    printed = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594" in printed or b"/MediaBox [0 0 595" in printed, "A4"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_in_the_dark_nothing_scrolls_sideways(chromium: Browser, server: Server) -> None:
    context = chromium.new_context(
        base_url=server.url, viewport={"width": 390, "height": 844}, color_scheme="dark"
    )
    page = context.new_page()
    sign_in(page, "/countries?days=mtd&focus=World")
    map_is_drawn(page)
    drawn = page.locator(".st-key-map_world .js-plotly-plot .main-svg").first.bounding_box()
    assert drawn
    assert 250 < drawn["width"] < 390
    main = '[data-testid="stMain"]'
    wide = page.evaluate(f"document.querySelector('{main}').scrollWidth")
    assert wide <= 390
    page.goto("/countries?days=custom&since=2024-04-04&until=2024-04-19")
    expect(page.locator(".st-key-notice_no_sales")).to_be_visible()
    context.close()
