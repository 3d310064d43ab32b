"""Explore, the orders behind its numbers, and views that are saved, shared and pinned."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import settle, sign_in
from serving import PASSWORD, Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.explore import texts
from tillsight.dashboard.orders import texts as order_texts
from tillsight.database import Database

pytestmark = pytest.mark.browser

SALES = HEADER + "".join(
    f"{kind}{month}{day},p{number},Pen {number},{pieces},2024-0{month}-{day:02} 1{number}:00:00,"
    f"{5 + number},c{day % 3},{('France', 'EIRE', '')[day % 3]}\n"
    for month in (3, 4)
    for day in range(1, 29)
    for kind, number, pieces in (
        ("", 1, day),
        ("", 2, 2),
        *([("C", 1, -1)] if day % 5 == 0 else []),
    )
)
VIEWER = "viewer@example.com"
APRIL = "days=custom&since=2024-04-01&until=2024-04-28"
ASKED = f"measures=revenue,orders,return_rate&by=country,product&{APRIL}"

SHARES = """
  () => [...document.querySelectorAll('[class*="st-key-panel_pinned_"]')].map(
    one => one.offsetWidth / document.querySelector('.st-key-pinned').offsetWidth
  )
"""
"""How much of the row panels of pinned views take."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("explore"), CURRENCY="GBP") as started:
        with started.client() as client:
            client.post("/api/imports", files={"file": ("a.csv", SALES)})
        database = Database(f"sqlite:///{started.home / 'tillsight.db'}")
        with database.writing() as session:
            add_user(session, VIEWER, PASSWORD, Role.viewer)
        database.close()
        yield started


def query(server: Server, **asked: object):
    days = {"from": "2024-04-01", "to": "2024-04-29"}
    with server.client() as client:
        return client.get("/api/metrics/query", params={**days, **asked}).json()


def pin(server: Server, first: int, *others: list[str]) -> None:
    """Pin a view, and new ones of these measures, drawn so, by country."""
    with server.client() as client:
        pins = [first]
        for measures, chart in others:
            question = {"measures": [measures], "by": ["country"], "chart": [chart]}
            view = client.post("/api/views", json={"name": chart, "question": question})
            pins.append(view.json()["id"])
        client.put("/api/pinned-views", json={"views": pins}).raise_for_status()


def table(page: Page) -> Locator:
    return page.locator(".st-key-panel_explore_table table.explored")


def cell(page: Page, text: str) -> Locator:
    return table(page).get_by_role("link").filter(has_text=re.compile(f"^{re.escape(text)}$")).first


def test_a_number_is_drilled_down_to_its_orders_and_their_lines(page: Page, server: Server) -> None:
    """The total of the orders is the number that was clicked, and so is the sum of the list."""
    sign_in(page, f"/explore?{ASKED}")
    expect(table(page).locator("tbody tr")).to_have_count(9)
    asked = {"measures": "revenue,orders,return_rate", "by": "country,product"}
    rows = query(server, **asked)["rows"]
    shown = table(page).inner_text()
    for row in rows:
        assert formats.money(row["revenue"], "GBP") in shown
    pen = next(row for row in rows if (row["country"], row["product"]) == ("France", "p1"))
    cell(page, formats.money(pen["revenue"], "GBP")).click()

    expect(page.get_by_role("heading", name=order_texts.ORDERS, level=1)).to_be_visible()
    came = page.locator(".sums .came")
    expect(came.locator("dd")).to_have_text(formats.money(pen["revenue"], "GBP"))
    expect(page.locator(".chips li")).to_have_count(1)
    orders = page.locator(".st-key-panel_orders tbody tr")
    expect(orders).not_to_have_count(0)
    asks = parse_qs(urlsplit(page.url).query)
    assert (asks["country"], asks["product"], asks["measure"]) == (["France"], ["p1"], ["revenue"])
    money = [row.locator('td[data-heading="Revenue"]').inner_text() for row in orders.all()]
    amounts = [float(re.sub(r"[^0-9.]", "", one)) for one in money]
    assert sum(amounts) == pytest.approx(pen["revenue"])
    with page.expect_download() as download:
        page.get_by_role("link", name=order_texts.ALL_LINES.format(form="CSV")).click()
    kept = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert sum(float(one["amount"]) for one in kept if one["kind"] == "sale") == pen["revenue"]

    orders.first.get_by_role("link").first.click()
    behind = page.locator(".st-key-panel_lines_asked")
    expect(behind.locator("tbody tr")).to_have_count(1)
    expect(behind.locator(".line-sum b")).to_have_text(money[0])
    others = page.locator(".st-key-panel_lines_others tbody tr")
    expect(others).to_have_count(1)  # the other pen of that order
    page.get_by_role("link", name=order_texts.BACK).click()
    page.locator(".chips a").click()
    france = query(server, measures="revenue", country="France")["totals"]["revenue"]
    expect(came.locator("dd")).to_have_text(formats.money(france, "GBP"))
    expect(page.locator(".chips")).to_have_count(0)


def test_what_is_chosen_stands_in_the_address_and_is_drawn_as_it_fits(
    page: Page, server: Server
) -> None:
    sign_in(page, f"/explore?measures=units&by=weekday&{APRIL}")
    panel = page.locator(".st-key-panel_explore_units")
    expect(panel.get_by_role("heading")).to_have_text("Units sold by weekday")
    expect(panel.locator(".js-plotly-plot .bars .point")).to_have_count(7)
    settle(page)
    by = page.get_by_role("combobox", name=texts.BY).last
    by.fill("Hour")  # a list that just opened is still laid out anew, and may miss a click
    expect(page.get_by_role("option", name="Hour", exact=True)).to_be_visible()
    by.press("Enter")
    expect(page).to_have_url(re.compile("by=weekday%2Chour"))
    page.keyboard.press("Escape")
    expect(panel.get_by_role("heading")).to_have_text("Units sold by weekday and hour")
    expect(panel.locator(".js-plotly-plot .heatmaplayer image")).to_have_count(1)
    settle(page)
    page.get_by_role("radio", name=texts.CHARTS["line"]).click()
    expect(page.get_by_text(texts.LINE_NEEDS_TIME)).to_be_visible()
    settle(page)
    page.get_by_role("radio", name=texts.CHARTS["table"]).click()
    expect(panel).to_have_count(0)
    total = query(server, measures="units")["totals"]["units"]
    expect(table(page).locator("tfoot")).to_contain_text(formats.number(total))
    link = page.url
    with page.expect_download() as download:
        footer = page.locator(".st-key-panel_explore_table .panel-foot")
        footer.get_by_role("link", name=common_texts.CSV, exact=True).first.click()
    kept = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert sum(float(one["units"]) for one in kept) == total

    page.goto(f"/explore?{ASKED},hour&country=Atlantis")
    expect(page.locator(".st-key-panel_explore_revenue")).to_have_count(0)
    page.goto(f"/explore?measures=revenue,footfall&by=month&country=EIRE&{APRIL}")
    expect(page.get_by_role("alert")).to_contain_text("footfall")
    eire = query(server, measures="revenue", country="EIRE")["totals"]["revenue"]
    expect(table(page).locator("tfoot")).to_contain_text(formats.money(eire, "GBP"))
    page.goto(link)
    expect(table(page).locator("tfoot")).to_contain_text(formats.number(total))
    expect(page.get_by_role("radio", name=texts.CHARTS["table"])).to_be_checked()


def test_a_view_is_saved_shared_opened_by_others_and_pinned(page: Page, server: Server) -> None:
    sign_in(page, f"/explore?measures=revenue&by=country&country=EIRE&country=France&{APRIL}")
    expect(table(page).locator("tfoot")).to_be_visible()
    page.get_by_role("button", name=texts.SAVE, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(texts.NAME).fill("Two <b>countries</b>")
    dialog.get_by_label(texts.WHO).click()
    page.get_by_role("option", name=texts.SHARED, exact=True).click()
    dialog.get_by_role("button", name=texts.SAVE).click()
    name = page.locator(".opened-view")
    expect(name).to_contain_text("Two <b>countries</b>")
    expect(page).to_have_url(re.compile("view=1"))
    page.get_by_role("button", name=texts.PIN).click()
    expect(page.get_by_role("button", name=texts.UNPIN)).to_be_visible()
    page.get_by_role("radio", name=texts.CHARTS["table"]).click()
    expect(name).to_contain_text(texts.CHANGED)

    page.goto("/?days=1d")
    pinned = page.locator('[class*="st-key-panel_pinned_1"]')
    expect(pinned.locator(".js-plotly-plot .bars .point")).to_have_count(2)
    expect(pinned).to_contain_text("1 – 28 April 2024")
    pin(server, 1, ["revenue,orders", "table"], ["revenue,orders", "bar"])
    page.reload()
    expect(page.locator(".st-key-pinned .panel-foot")).to_have_count(4)
    # A table has a row to itself, and so has a chart that stands alone.
    assert [round(one, 1) for one in page.evaluate(SHARES)] == [1, 1, 0.5, 0.5]
    page.get_by_role("button", name=texts.ARRANGE).click()
    page.locator(".st-key-close_1").get_by_role("button").click()
    expect(pinned).to_have_count(0)

    page.context.clear_cookies()
    sign_in(page, "/explore?view=1", VIEWER)
    expect(name).to_contain_text("Two <b>countries</b>")
    two = query(server, measures="revenue", country=["EIRE", "France"])["totals"]["revenue"]
    expect(table(page).locator("tfoot")).to_contain_text(formats.money(two, "GBP"))
    assert parse_qs(urlsplit(page.url).query)["country"] == ["EIRE", "France"]
    expect(page.get_by_role("button", name=texts.CHANGE_VIEW)).to_have_count(0)
    with server.client() as client:
        client.delete("/api/views/1").raise_for_status()
    page.goto("/explore?view=1")
    expect(page.get_by_text(texts.NO_VIEW)).to_be_visible()


def test_pages_without_sales_and_on_phones(page: Page) -> None:
    """Nothing scrolls sideways but what is meant to, in both themes."""
    sign_in(page, "/orders?days=1d&product=nothing")
    expect(page.get_by_text(order_texts.NOTHING)).to_be_visible()
    page.goto("/orders?order=none:1")
    expect(page.get_by_text(order_texts.NO_ORDER_TITLE)).to_be_visible()
    page.goto("/orders?weekday=9")
    expect(page.get_by_text("it is 1 to 7")).to_be_visible()
    page.goto("/explore?measures=orders&by=hour&days=custom&since=2024-03-31&until=2024-03-31")
    expect(page.get_by_text(common_texts.NO_SALES_TITLE)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path, seen in (
            (f"/explore?{ASKED}", ".explored tfoot"),
            (f"/orders?{APRIL}", ".st-key-panel_orders tbody tr"),
        ):
            page.goto(path)
            expect(page.locator(seen).first).to_be_visible()
            wide = "document.querySelector('[data-testid=stMain]')"
            assert page.evaluate(f"{wide}.scrollWidth <= {wide}.clientWidth"), (scheme, path)
