"""The Forecast page in a real browser, on the real server."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in, type_day
from serving import PASSWORD, Server, serving, tillsight
from shop import HEADER
from tillsight.dashboard.forecast import texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.texts import EMPTY_VIEWER

pytestmark = pytest.mark.browser

VIEWER = "viewer@example.com"
FIRST, LAST = date(2024, 1, 1), date(2024, 5, 31)
BIG = date(2024, 5, 15)


def sales() -> str:
    """Five months, closed on Sundays, with one order in May that is not like the others."""
    days = [FIRST + timedelta(days=place) for place in range((LAST - FIRST).days + 1)]
    rows = [
        f"{day:%m%d}-{order},p{order},Pen {order},{3 + (day.day * order) % 5},{day} 10:00:00,10,"
        f"c{order},{('France', 'EIRE', 'Germany')[order]}\n"
        for day in days
        if day.isoweekday() != 7
        for order in range(3)
    ]
    return HEADER + "".join(rows) + f"big,p1,Pen 1,500,{BIG} 12:00:00,10,c1,France\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("forecast"), CURRENCY="GBP", COUNTRY="GB") as started:
        tillsight(started.home, "user", "add", VIEWER, "--role", "viewer", said=f"{PASSWORD}\n")
        yield started


def ask(server: Server, path: str, **parameters: Any) -> Any:
    with server.client() as client:
        answer = client.get(path, params=parameters)
        assert answer.is_success, answer.text
        return answer.json()


def fill(server: Server) -> None:
    with server.client() as client:
        client.post("/api/imports", files={"file": ("sales.csv", sales())})


def figure(page: Page, place: int) -> Locator:
    return page.locator(".st-key-forecast_figures .card .value").nth(place)


def told(server: Server, horizon: int = 30) -> str:
    answer = ask(server, "/api/forecasts", measure="revenue", horizon=horizon)
    return kpi_formats.rounded(answer["total"]["value"], "gbp")


def definition(server: Server, measure: str) -> str:
    measures = ask(server, "/api/metrics")["measures"]
    return next(str(one["definition"]) for one in measures if one["name"] == measure)


def choose(page: Page, field: str, option: str) -> None:
    page.get_by_role("combobox", name=field).click()
    page.get_by_role("option", name=option).click()


def test_before_there_are_sales_the_page_says_so(page: Page) -> None:
    sign_in(page, "/forecast", VIEWER)
    expect(page.get_by_role("heading", name=texts.FORECAST, level=1)).to_be_visible()
    expect(page.locator(".st-key-notice_empty_store")).to_contain_text(EMPTY_VIEWER)


def test_the_forecast_is_that_of_the_api_and_follows_the_pickers(
    page: Page, server: Server
) -> None:
    fill(server)
    sign_in(page, "/forecast", VIEWER)
    expect(page.locator("h1")).to_have_count(1)
    expect(figure(page, 0)).to_have_text(told(server))
    answer = ask(server, "/api/forecasts", measure="revenue", horizon=30)
    expect(page.locator(".st-key-forecast_figures .card").nth(1)).to_contain_text(
        f"{answer['calendar']['open_days']} open days, {answer['calendar']['closed_days']} closed"
    )
    course = page.locator(".st-key-panel_forecast")
    expect(course.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(course).to_contain_text("Calendar: United Kingdom")
    quality = page.locator(".st-key-panel_forecast_quality")
    expect(quality.locator(".verdict")).to_be_visible()
    expect(quality.locator("table.weights tbody tr")).to_have_count(len(answer["weights"]))

    for panel in (course, quality):
        about = panel.locator("details.about dd")
        expect(about.first).to_have_text(definition(server, "revenue"))
        expect(about.last).to_have_text(f"version {answer['data_version']}, up to 31 May 2024")
    expect(course.locator("details.about")).to_contain_text("1 – 30 June 2024")
    expect(page.get_by_text("Refresh: by hand")).to_be_visible()

    choose(page, texts.AHEAD, "14 days")
    expect(figure(page, 0)).to_have_text(told(server, 14))
    expect(page).to_have_url(re.compile("ahead=14"))
    page.reload()
    expect(figure(page, 0)).to_have_text(told(server, 14))
    page.goto("/forecast?by=Week&country=France")
    weekly = ask(server, "/api/forecasts", measure="revenue", grain="week", country="France")
    total = kpi_formats.rounded(weekly["total"]["value"], "gbp")
    expect(figure(page, 0)).to_have_text(total)


def test_a_day_that_was_not_normal_is_marked_and_left_out(page: Page, server: Server) -> None:
    fill(server)
    with_it = told(server)
    sign_in(page, "/forecast?view=calendar")
    page.get_by_role("button", name=texts.NOTE_ADD).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=texts.NOTE_ADD).click()
    expect(dialog).to_contain_text(texts.NOTE_NO_DAY)
    expect(dialog).to_contain_text(texts.NOTE_NO_TEXT)
    dialog.get_by_label(texts.NOTE_TEXT).fill("One big order of <Meier>")
    type_day(dialog, texts.NOTE_FROM, BIG)
    dialog.get_by_role("combobox", name=texts.NOTE_KIND).click()
    page.get_by_role("option", name=texts.NOTE_KINDS[False]).click()
    dialog.get_by_role("button", name=texts.NOTE_ADD).click()
    expect(dialog).to_have_count(0)
    notes = page.locator(".st-key-panel_forecast_notes")
    expect(notes.locator("tbody tr")).to_have_count(1)
    expect(notes.locator("tbody tr")).to_contain_text("One big order of <Meier>")
    expect(notes.locator("tbody tr")).to_contain_text(texts.NOTE_MARK)

    page.locator(".st-key-view").get_by_text(texts.VIEWS["forecast"], exact=True).click()
    without = told(server)
    assert without != with_it
    expect(figure(page, 0)).to_have_text(without)
    said = page.locator(".st-key-panel_forecast .forecast-foot")
    expect(said).to_contain_text("15 May 2024 (One big order of <Meier>)")

    page.goto("/forecast?view=calendar")
    notes.get_by_role("button", name=re.compile(texts.NOTE_CHANGE)).click()
    dialog.get_by_role("button", name=texts.NOTE_DELETE).click()
    expect(notes).to_contain_text(texts.NOTES_NONE)
    assert told(server) == with_it


def test_an_editor_corrects_the_calendar_and_takes_it_back(page: Page, server: Server) -> None:
    fill(server)
    before = told(server)
    sign_in(page, "/forecast?view=calendar")
    panel = page.locator(".st-key-panel_forecast_calendar")
    panel.get_by_role("button", name="Wed 5 June 2024: open", exact=False).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Wed 5 June 2024: open")
    dialog.get_by_role("button", name=texts.CORRECT_SAVE).click()
    expect(dialog).to_have_count(0)
    expect(panel.get_by_text(texts.CORRECTED)).to_be_visible()
    corrected = panel.locator(".day.closed.corrected[data-press='2024-06-05']")
    expect(corrected).to_have_attribute("aria-label", "Wed 5 June 2024: closed, corrected")
    [wednesday] = [
        one
        for one in ask(server, "/api/forecasts", measure="revenue")["forecast"]
        if one["start"] == "2024-06-05"
    ]
    assert (wednesday["open"], wednesday["value"]) == (False, 0)

    panel.get_by_role("button", name=texts.TAKE_BACK).click()
    expect(panel).to_contain_text(texts.CORRECTIONS_NONE)
    expect(corrected).to_have_count(0)
    assert told(server) == before


def test_a_viewer_sees_everything_and_changes_nothing(page: Page, server: Server) -> None:
    fill(server)
    with server.client() as client:
        body = {"from": "2024-05-20", "text": "Fair"}
        assert client.post("/api/notes", json=body).status_code == 201
    sign_in(page, "/forecast?view=calendar", VIEWER)
    panel = page.locator(".st-key-panel_forecast_calendar")
    expect(panel.locator(".day[aria-label^='Sun 2 June 2024: closed']")).to_be_visible()
    expect(panel).to_contain_text(texts.CALENDAR_MAY_NOT)
    expect(panel.locator("button[data-press]")).to_have_count(0)
    notes = page.locator(".st-key-panel_forecast_notes")
    expect(notes.locator("tbody tr").first).to_contain_text("Fair")
    expect(notes.get_by_role("button")).to_have_count(0)


def test_forecasts_that_were_told_are_kept_to_be_compared(page: Page, server: Server) -> None:
    fill(server)
    kept = ask(server, "/api/forecasts", measure="revenue", horizon=7)
    sign_in(page, "/forecast?view=record", VIEWER)
    panel = page.locator(".st-key-panel_forecast_record")
    row = panel.locator("tbody tr").first
    expect(row).to_contain_text(kpi_formats.rounded(kept["total"]["value"], "gbp"))
    expect(row).to_contain_text(texts.RECORD_MARKS["waiting"])
    expect(panel.locator("details.about")).to_contain_text(f"{texts.MEASURE}: Revenue")
    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".js-plotly-plot .main-svg").first).to_be_visible()


def test_nothing_is_wider_than_a_telephone(page: Page, server: Server) -> None:
    fill(server)
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, "/forecast", VIEWER)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto("/forecast?view=calendar")
    expect(page.locator(".months")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_countries_add_up_and_models_are_compared(page: Page, server: Server) -> None:
    fill(server)
    asked = {"measure": "revenue", "horizon": 14}
    answer = ask(server, "/api/forecasts/batch", by="country", **asked)
    totals = [one["total"]["value"] for one in answer["groups"]]
    assert round(sum(totals), 2) == answer["whole"]["total"]["value"]
    sign_in(page, "/forecast?view=parts&ahead=14", VIEWER)
    rows = page.locator(".st-key-panel_forecast_parts tbody tr")
    shown = [*sorted(totals, reverse=True), sum(totals)]
    expect(rows).to_have_count(4)
    for row, value in zip(rows.all(), shown, strict=True):
        expect(row).to_contain_text(kpi_formats.rounded(value, "gbp"))
    expect(page.locator(".tiles svg")).to_have_count(3)
    about = page.locator(".st-key-panel_forecast_parts details.about")
    expect(about.locator("dt")).to_contain_text(["Revenue", "Country", "Forecast", "Period"])

    page.locator(".st-key-view").get_by_text(texts.VIEWS["forecast"], exact=True).click()
    page.get_by_role("button", name=texts.COMPARE).click()
    models = page.locator(".st-key-panel_forecast_models tbody tr")
    expect(models).to_have_count(6, timeout=120_000)
    expect(models.filter(has_text=texts.BEST)).to_have_count(1)
    expect(models.filter(has_text="AutoETS")).to_contain_text("pip install")
