"""The page Revenue: its figures are the API's, and lead to the orders behind them."""

import csv
import io
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browsing import sign_in, type_day
from serving import Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts as common
from tillsight.dashboard.forecast import texts as forecast_texts
from tillsight.dashboard.revenue import texts

pytestmark = pytest.mark.browser

FIRST, LAST = date(2023, 3, 1), date(2024, 5, 15)
COUNTRIES = ("France", "EIRE", "Spain", "Norway", "Malta", "Italy", "Japan", "Peru")
NO_TIME = "Malta"  # its sales have a date alone
DAY = timedelta(days=1)


def lines() -> str:
    """A sale on each day, and a return on each first of a month."""
    found = [HEADER]
    for place in range((LAST - FIRST).days + 1):
        day, country = FIRST + DAY * place, COUNTRIES[place % 8]
        time = "" if country == NO_TIME else f" {9 + place % 5:02}:30:00"
        price = 10 + place % 13 + place / 100
        found.append(f"o{place},p1,Pen,1,{day}{time},{price:.2f},c{place % 9},{country}\n")
        if day.day == 1:
            found.append(f"Cr{place},p1,Pen,-1,{day}{time},3.5,c{place % 9},{country}\n")
    return "".join(found)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("revenue"), CURRENCY="GBP") as started:
        with started.client() as client:
            client.post("/api/imports", files={"file": ("a.csv", lines())})
        yield started


def ask(server: Server, path: str = "/api/metrics/query", **asked: Any) -> Any:
    with server.client() as client:
        return client.get(path, params=asked).json()


def panel(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-panel_{name}")


def pounds(value: float) -> str:
    return formats.money(value, "GBP")


def cells(table: Locator) -> dict[str, list[str]]:
    """The rows of a table by their names, as they are read, whether it is open or not."""
    rows = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.firstChild?.textContent ?? ''))"
    )
    return {name: rest for name, *rest in rows}


def test_figures_growth_and_the_week_are_those_of_the_api(page: Page, server: Server) -> None:
    start, end = LAST - 89 * DAY, LAST + DAY
    span = {"from": start.isoformat(), "to": end.isoformat()}
    measures = "revenue,net_revenue,returns,return_rate"
    totals = ask(server, measures=measures, **span)["totals"]
    sign_in(page, "/revenue?days=90d")

    for name in ("revenue", "net_revenue", "returns"):
        shown = page.locator(f'.card[data-measure="{name}"] .value')
        expect(shown).to_have_text(pounds(totals[name]))
    rate = page.locator('.card[data-measure="return_rate"] .value')
    expect(rate).to_have_text(formats.rate(totals["return_rate"]))

    # Growth: whole months, however the period cuts them.
    table = panel(page, "growth").locator("table.plain")
    expect(table).to_contain_text("June 2023")
    asked = {"from": "2023-06-01", "to": end.isoformat()}
    rows = ask(server, "/api/revenue/changes", **asked)["rows"]
    shown_rows = cells(table)
    assert next(iter(shown_rows)) == "May 2024"
    assert len(shown_rows) == len(rows) == 12
    assert shown_rows["May 2024"][0] == pounds(rows[-1]["value"])
    assert shown_rows["May 2024"][4] == pounds(rows[-1]["year_before"])
    assert formats.change(rows[-1]["year_growth"] / 100) in shown_rows["May 2024"][2]
    link = panel(page, "growth").get_by_role("link", name=common.CSV)
    sent = page.request.get(link.get_attribute("href") or "")
    taken = list(csv.DictReader(io.StringIO(sent.text())))
    assert [float(one["value"]) for one in taken] == [one["value"] for one in rows]

    # A month's revenue leads to the orders that add up to it, whatever days the page shows.
    address = urlsplit(table.locator("td a.behind").nth(1).get_attribute("href") or "")
    assert address.path == "/orders"
    led = dict(parse_qsl(address.query))
    assert (led["since"], led["until"]) == ("2024-04-01", "2024-04-30")
    april = {"from": "2024-04-01", "to": "2024-05-01"}
    assert shown_rows["April 2024"][0] == pounds(
        ask(server, measures="revenue", **april)["totals"]["revenue"]
    )

    # The week: averages of such days, with the part that has no time told.
    days = Counter((start + DAY * one).isoweekday() for one in range(90))
    found = ask(server, measures="revenue,orders", by="weekday,hour", **span)["rows"]
    expected = {
        (one["weekday"], one["hour"]): one["revenue"] / days[one["weekday"]]
        for one in found
        if one["hour"] is not None
    }
    heat = panel(page, "heat")
    expect(heat.locator("table.plain")).to_be_attached()
    by_hour = cells(heat.locator("table.plain"))
    for (weekday, hour), value in expected.items():
        assert by_hour[f"{hour}–{hour + 1} h"][weekday - 1] == pounds(value)
    untimed = sum(one["revenue"] for one in found if one["hour"] is None)
    expect(heat).to_contain_text(pounds(untimed))
    address = heat.locator("table.plain a").first.get_attribute("href") or ""
    assert address.startswith("/orders?days=90d&weekday=")
    # Each chart says in words what it shows, and has its values as a table.
    for name in ("trend", "growth", "heat", "seasons", "weekdays", "calendar"):
        chart = panel(page, name).get_by_test_id("stPlotlyChart")
        expect(chart).to_have_count(1)
        expect(panel(page, name).locator(".panel-foot details.about")).to_have_count(1)
        expect(panel(page, name).locator("table.plain")).to_have_count(1)
        assert panel(page, name).locator('a[href^="/orders?"]').count()


def test_a_split_course_is_in_the_address_and_a_copied_link_shows_it(
    page: Page, chromium: Browser, server: Server
) -> None:
    sign_in(page, "/revenue?days=all")
    trend = panel(page, "trend")
    trend.get_by_text(texts.SPLITS["country"], exact=True).click()
    expect(page).to_have_url(re.compile("split=country"))
    trend.get_by_text(texts.FORMS["lines"], exact=True).click()
    trend.get_by_text(texts.MEASURES["net_revenue"], exact=True).click()
    expect(page).to_have_url(re.compile("trend=net_revenue"))
    expect(trend.locator("thead")).to_contain_text(texts.REST)
    panel(page, "growth").get_by_text(texts.GROWTH_GRAINS["quarter"], exact=True).click()
    expect(panel(page, "growth").locator("tbody")).to_contain_text("Q2 2024")
    panel(page, "calendar").get_by_text("2023", exact=True).click()
    expect(page).to_have_url(re.compile("year=2023"))

    order = {"measures": "net_revenue", "by": "country", "order": "-net_revenue"}
    found = ask(server, **order)
    largest = found["rows"][:6]
    rest = found["totals"]["net_revenue"] - sum(one["net_revenue"] for one in largest)
    wanted = [pounds(one["net_revenue"]) for one in largest] + [pounds(round(rest, 2))]
    expect(trend.locator("tbody tr").first.locator("td")).to_have_text(wanted)

    context = chromium.new_context(base_url=server.url, viewport={"width": 390, "height": 844})
    other = context.new_page()
    sign_in(other, page.url.removeprefix(server.url))
    expect(panel(other, "trend").locator("tbody tr").first.locator("td")).to_have_text(wanted)
    expect(panel(other, "growth").locator("tbody")).to_contain_text("Q2 2024")
    expect(panel(other, "calendar").locator("[aria-checked=true]").first).to_have_text("2023")
    context.close()

    page.go_back()
    expect(panel(page, "calendar").locator("[aria-checked=true]").first).to_have_text("2024")


def test_a_note_is_written_shown_on_the_chart_and_deleted(page: Page) -> None:
    sign_in(page, "/revenue")
    page.get_by_role("button", name=forecast_texts.NOTE_ADD).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(forecast_texts.NOTE_TEXT).fill("A fair <b>here</b>")
    type_day(dialog, forecast_texts.NOTE_FROM, date(2024, 5, 7))
    dialog.get_by_role("button", name=forecast_texts.NOTE_ADD).click()
    notes = page.locator(".st-key-panel_forecast_notes")
    expect(notes.locator("tbody")).to_contain_text("A fair <b>here</b>")
    told = (
        "() => [...document.querySelectorAll('.st-key-panel_trend .js-plotly-plot')]"
        ".flatMap(plot => plot.data).filter(one => one.name === 'notes')"
        ".flatMap(one => one.customdata)"
    )
    expect(panel(page, "trend").locator(".js-plotly-plot")).to_be_visible()
    page.wait_for_function(f"({told})().length === 1")
    [said] = page.evaluate(told)
    assert said == "7 May 2024: A fair &lt;b&gt;here&lt;/b&gt; (owner)"

    notes.get_by_role("button", name=re.compile(forecast_texts.NOTE_CHANGE)).click()
    page.get_by_role("dialog").get_by_role("button", name=forecast_texts.NOTE_DELETE).click()
    expect(notes).to_contain_text(texts.NOTES_NONE)


def test_a_day_of_the_calendar_leads_to_its_orders(page: Page) -> None:
    sign_in(page, f"/revenue?days=7d&country={NO_TIME}")
    heat = panel(page, "heat")
    expect(heat).to_contain_text(texts.NO_HOURS)
    expect(heat.get_by_test_id("stPlotlyChart")).to_have_count(0)
    field = panel(page, "calendar").locator(".nsewdrag").first
    expect(panel(page, "seasons").locator(".js-plotly-plot")).to_be_visible()
    expect(panel(page, "calendar").locator(".js-plotly-plot")).to_be_visible()
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5)
    said = panel(page, "calendar").locator(".hoverlayer")
    expect(said).to_contain_text("2024")
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"since=2024-\d\d-\d\d&until=2024-\d\d-\d\d"))
