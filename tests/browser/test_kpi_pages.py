"""The board and the page of a KPI in a real browser, on the real server."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Client
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import PASSWORD, Server, serving, tillsight
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

VIEWER = "viewer@example.com"
LAST = datetime.now(ZoneInfo("Europe/London")).year - 1
"""A year that is over: what the board tells of it does not depend on the day of the test."""
REVENUE = "Revenue <b>& more</b> $5 or $6"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("kpis"), CURRENCY="GBP") as started:
        tillsight(started.home, "user", "add", VIEWER, "--role", "viewer", said=f"{PASSWORD}\n")
        yield started


def send(client: Client, method: str, path: str, body: dict[str, Any]) -> Any:
    answer = client.request(method, f"/api/{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def fill(server: Server) -> None:
    """Two circles; a revenue that fell short, a rate that was kept, and a KPI without values."""
    with server.client() as client:
        if client.get("/api/kpis").json()["kpis"]:
            return
        for number, name in enumerate(("Sales", "Care <i>"), 1):
            assert send(client, "POST", "circles", {"name": name})["id"] == number
        monthly = {"periodicity": "monthly", "circle_id": 1}
        revenue = {"name": REVENUE, "unit": "gbp", "target_value": 12_000}
        calm = {"name": "Calm", "unit": "percentage", "target_value": 90, "circle_id": 2}
        send(client, "POST", "kpis", monthly | revenue)
        send(client, "POST", "kpis", monthly | calm | {"direction": "stay_above"})
        send(client, "POST", "kpis", monthly | {"name": "New", "unit": "amount", "target_value": 5})
        months = [f"{LAST}-{month:02}" for month in range(1, 13)]
        values = [{"kpi_id": 1, "period": one, "value": 500} for one in months]
        values += [{"kpi_id": 2, "period": one, "value": 95} for one in months]
        send(client, "PUT", "kpi-values", {"values": values})
        [first] = client.get(f"/api/kpis/1/values?to={LAST}-02-01").json()["values"][:1]
        change = {"version": 1, "value": 512.5, "comment": "Late order of <Meier>"}
        send(client, "PATCH", f"kpi-values/{first['id']}", change)


def behind(panel: Locator) -> dict[str, str]:
    """What a panel says is behind its figures."""
    facts = panel.locator("details.about")
    if facts.get_attribute("open") is None:
        facts.locator("summary").click()
    heads = facts.locator("dt").all_inner_texts()
    return dict(zip(heads, facts.locator("dd").all_inner_texts(), strict=True))


def version(server: Server) -> int:
    with server.client() as client:
        return client.get("/api/metrics/version").json()["data_version"]


def test_before_there_are_kpis_the_board_leads_to_where_they_are_made(page: Page) -> None:
    sign_in(page, "/board")
    notice = page.locator(".st-key-notice_no_kpis")
    expect(notice).to_contain_text(texts.NO_KPIS)
    expect(notice.get_by_role("link", name=texts.TO_MANAGE)).to_have_attribute("href", "/manage")
    page.context.clear_cookies()
    sign_in(page, "/kpi", VIEWER)
    expect(notice).to_contain_text(texts.NO_KPIS_OTHERS)
    expect(notice.get_by_role("link")).to_have_count(0)


def test_the_board_tells_where_all_stand_and_leads_to_one(page: Page, server: Server) -> None:
    fill(server)
    sign_in(page, "/board?period=last_year", VIEWER)
    expect(page.get_by_role("heading", name=texts.BOARD, level=1)).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)
    counts = page.locator(".kpi-counts")
    expect(counts.locator("h2")).to_have_text("1 of 3 KPIs is behind")
    expect(page.locator(".kpi-circle h2")).to_have_text(["Care <i> 1 KPI", "Sales 2 KPIs"])
    cards = page.locator("article.kpi")
    expect(cards.locator("h3")).to_have_text(["Calm", REVENUE, "New"])
    revenue = cards.nth(1)
    expect(revenue.locator(".status")).to_have_text("▼ Behind")
    expect(revenue.locator(".value")).to_have_text("£500")
    expect(revenue).to_contain_text("50%")  # 6 012.50 of 12 000
    expect(revenue.locator(".outlook")).to_have_text(texts.SETTLED[False])
    expect(revenue.locator("svg")).to_be_visible()
    expect(cards.nth(0)).to_contain_text("100% kept")
    expect(cards.nth(2)).to_contain_text(texts.NO_VALUE)

    asked = f"1 January – 31 December {LAST}, as of 31 December {LAST}"
    shown = behind(page.locator('[data-testid="stMain"]'))
    assert "105 %" in shown[texts.BOARD_STATUS]
    assert (shown[texts.PERIOD], shown[texts.FILTERS]) == (asked, texts.NO_FILTERS)
    assert shown[texts.DATA] == texts.ABOUT_VALUES.format(version=version(server))

    page.get_by_text(texts.BOARD_VIEWS["table"], exact=True).click()
    rows = page.locator("table.history tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(REVENUE)
    expect(page).to_have_url(re.compile("view=table"))
    rows_named = page.locator("table.history tbody .name")
    page.get_by_role("button", name=texts.CIRCLE).click()
    expect(rows_named).to_have_text(["Calm", "New", REVENUE])
    expect(page).to_have_url(re.compile("sort=circle"))
    expect(page.get_by_role("combobox", name=texts.SORT)).to_have_value(texts.BOARD_SORTS["circle"])
    page.goto(page.url + "&circle=Care+%3Ci%3E")
    expect(rows).to_have_count(1)
    assert behind(page.locator('[data-testid="stMain"]'))[texts.FILTERS] == "Circle: Care <i>"
    with page.expect_download() as download:
        page.get_by_role("link", name=texts.DOWNLOAD_CSV).click()
    assert len(download.value.path().read_text().splitlines()) == 2
    rows.get_by_role("link", name="Calm").click()
    expect(page.get_by_role("heading", name="Calm", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/kpi\?.*id=2"))
    expect(page).to_have_url(re.compile("period=last_year"))
    page.go_back()
    expect(rows).to_have_count(1)


def test_the_page_of_a_kpi_tells_how_it_went_and_what_was_done(page: Page, server: Server) -> None:
    fill(server)
    sign_in(page, "/kpi?id=1&period=last_year", VIEWER)
    expect(page.get_by_role("heading", name=REVENUE, level=1)).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator(".kpi-summary .status")).to_have_text("▼ Behind")
    course = page.locator(".st-key-panel_kpi_course")
    expect(course.locator("h2")).to_contain_text("5\u202f988 short of the pace")
    expect(course.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".st-key-panel_kpi_facts")).to_contain_text("Increase to the target")
    values = page.locator(".st-key-panel_kpi_values tbody tr")
    expect(values.first).to_contain_text(f"December {LAST}")
    changes = page.locator(".st-key-panel_kpi_changes tbody tr")
    expect(changes.first).to_contain_text("£500 → £512.50")
    expect(changes.first).to_contain_text("Late order of <Meier>")
    shown = behind(course)
    assert shown[texts.COMES_FROM] == texts.TYPED
    assert shown[texts.PERIOD].endswith(f"as of 31 December {LAST}")
    changed = page.locator(".st-key-panel_kpi_changes")
    assert behind(changed)[texts.PERIOD] == texts.ABOUT_ALL_PERIODS
    page.get_by_role("button", name=texts.OLDER).click()
    expect(changes).to_have_count(5)  # 13 in all, 8 a page

    page.goto("/kpi")  # the first one by name
    expect(page.get_by_role("heading", name="Calm", level=1)).to_be_visible()
    expect(page.locator(".st-key-panel_kpi_changes")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.locator(".st-key-kpi input").click()
    page.get_by_role("option", name="New · Sales").click()
    expect(page.get_by_role("heading", name="New", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("id=3"))
    expect(course).to_contain_text(texts.COURSE_EMPTY)
    page.goto("/kpi?id=99")
    expect(page.locator(".st-key-notice_no_kpi")).to_contain_text(texts.NO_SUCH_KPI)


def test_nothing_is_wider_than_a_telephone(page: Page, server: Server) -> None:
    fill(server)
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, "/board")
    expect(page.locator("article.kpi svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for path, shown in (
        ("/board?view=table", "table.history"),
        ("/kpi?id=1&period=last_year", ".st-key-panel_kpi_changes table"),
    ):
        page.goto(path)
        expect(page.locator(shown).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
