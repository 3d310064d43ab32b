"""Defining KPIs, entering their values, and who changed what, in a real browser."""

import re
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Client
from playwright.sync_api import Locator, Page, expect

from browsing import sign_in
from serving import PASSWORD, Server, serving
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.dashboard import texts, typed_numbers
from tillsight.dashboard.kpis import entry_rows
from tillsight.database import Database

pytestmark = pytest.mark.browser

MANAGER, EDITOR = "maria@example.com", "eddy@example.com"
KPI = "Visits <b>& more</b>"
CIRCLE = "Shops <i>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("entry"), CURRENCY="CHF") as started:
        database = Database(f"sqlite:///{started.home / 'tillsight.db'}")
        with database.writing() as session:
            add_user(session, MANAGER, PASSWORD, Role.manager)
            add_user(session, EDITOR, PASSWORD, Role.editor)
        database.close()
        yield started


def enter_as(page: Page, path: str, login: str) -> None:
    """Somebody else takes a seat."""
    page.context.clear_cookies()
    sign_in(page, path, login)


def this_month() -> str:
    return entry_rows.period_of("monthly", datetime.now(ZoneInfo("UTC")).date())


def row_of(page: Page, name: str) -> Locator:
    return page.locator("tr[data-cell]", has_text=name)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def define(page: Page) -> None:
    """As a manager: a circle with the editor, and a KPI of it."""
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name=texts.ADD_CIRCLE).click()
    dialog.get_by_role("textbox", name=texts.CIRCLE_NAME).fill(CIRCLE)
    dialog.get_by_role("combobox", name=texts.MEMBERS).click()
    page.get_by_role("option", name="eddy").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=texts.ADD_CIRCLE).click()
    row = page.locator("tbody tr", has_text=CIRCLE)
    expect(row).to_contain_text("eddy")
    page.locator(".st-key-view").get_by_text(texts.MANAGE_VIEWS["kpis"], exact=True).click()
    page.get_by_role("button", name=texts.ADD_KPI).click()
    dialog.get_by_role("textbox", name=texts.KPI_NAME, exact=True).fill(KPI)
    dialog.get_by_role("button", name=texts.ADD_KPI).click()
    expect(dialog.locator(".field-error")).to_have_text(texts.FIELD_NEEDED)
    dialog.get_by_role("textbox", name=texts.KPI_TARGET, exact=True).fill("12,500")
    dialog.get_by_role("button", name=texts.ADD_KPI).click()
    expect(dialog.locator(".field-error")).to_contain_text("can be read in two ways")
    dialog.get_by_role("textbox", name=texts.KPI_TARGET, exact=True).fill("12 500")
    dialog.get_by_role("textbox", name=texts.KPI_MAXIMUM, exact=True).fill("5000")
    dialog.get_by_role("button", name=texts.ADD_KPI).click()
    expect(page.locator("tbody tr", has_text=KPI)).to_contain_text("up to CHF\u00a012\u202f500")


def test_a_kpi_is_defined_its_values_entered_and_who_changed_them_is_told(
    page: Page, server: Server
) -> None:
    period = this_month()
    enter_as(page, "/manage?view=circles", MANAGER)
    define(page)
    with server.client() as client:  # somebody else's circle
        other = client.post("/api/circles", json={"name": "Care"}).json()["id"]
        body = {"circle_id": other, "periodicity": "monthly", "unit": "score"}
        client.post("/api/kpis", json={**body, "name": "Care of people", "target_value": 9})
        [kpi] = client.get("/api/kpis", params={"search": "Visits"}).json()["kpis"]

    enter_as(page, "/enter_values", EDITOR)
    row = row_of(page, KPI)
    value, save = row.locator("input[name=value]"), page.locator(".entry-save")
    expect(row).to_contain_text(CIRCLE)
    expect(row_of(page, "Care of people")).to_have_count(0)
    value.fill("5000.5")
    expect(row.get_by_role("alert")).to_have_text("It has to be 5\u202f000 or less.")
    save.click()
    expect(page.locator(".entry-foot .said")).to_contain_text("has to be corrected first")
    value.fill("1'250.50")
    expect(row.locator(".hint")).to_have_text("= 1\u202f250.50")
    row.locator("input[name=comment]").fill("Rain <u>all</u> month")
    expect(save).to_have_text("Save 1 value")
    save.click()
    expect(page.get_by_text(texts.ENTER_SAVED_ONE)).to_be_visible()
    expect(row).to_have_count(0)

    page.goto(f"/enter_values?circle={CIRCLE}&period={period}")
    expect(value).to_have_value("1250.5")
    with server.client() as client:  # somebody is faster
        [known] = client.get(f"/api/kpis/{kpi['id']}/values").json()["values"]
        changed = client.patch(
            f"/api/kpi-values/{known['id']}", json={"version": known["version"], "value": 1300}
        )
        assert changed.is_success
    value.fill("1400")
    expect(page.locator("tr.more")).to_contain_text("“Rain <u>all</u> month”")
    save.click()
    expect(row.get_by_role("alert")).to_contain_text("changed it to CHF\u00a01\u202f300 on")
    row.get_by_role("button", name=texts.ENTER_GRID["keep"]).click()
    save.click()
    expect(page.get_by_text(texts.ENTER_SAVED_ONE)).to_be_visible()
    expect(value).to_have_value("1400")

    page.goto("/activity")
    lines = page.locator("tbody tr")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("CHF\u00a01\u202f300 → CHF\u00a01\u202f400")
    expect(lines.nth(0)).to_contain_text("eddy")
    expect(lines.nth(0)).to_contain_text(KPI)
    expect(lines.nth(2)).to_contain_text("Rain <u>all</u> month")
    choose(page, texts.ACTIVITY_PERSON, "eddy")
    expect(lines).to_have_count(2)
    page.goto("/board")
    card = page.locator(".kpi", has_text=KPI)
    expect(card).to_contain_text("CHF\u00a01\u202f400")


def test_what_is_not_yours_is_refused_and_said(page: Page, server: Server) -> None:
    with server.client() as client:
        found = client.get("/api/kpis").json()["kpis"]
        [own] = [one for one in found if one["name"] == KPI]
        [other] = [one for one in found if one["name"] != KPI]
        members = client.get(f"/api/circles/{own['circle_id']}").json()["members"]
        [eddy] = [one["id"] for one in members if one["name"] == "eddy"]
    sign_in(page, "/manage", EDITOR)
    expect(page.locator(".st-key-notice_not_manager")).to_contain_text("Your role is Editor")
    page.goto("/enter_values")
    page.get_by_role("combobox", name=texts.ENTER_WHAT).click()
    expect(page.get_by_role("option")).to_have_text([texts.ENTER_MINE, CIRCLE])
    page.keyboard.press("Escape")
    page.goto(f"/enter_values?circle={CIRCLE}&period={this_month()}")
    value = row_of(page, KPI).locator("input[name=value]")
    expect(value).to_have_value("1400")
    with server.client() as client:  # the editor leaves the circle while the page is open
        answer = client.put(f"/api/circles/{other['circle_id']}/members/{eddy}")
        assert answer.is_success
        path = f"/api/circles/{own['circle_id']}/members/{eddy}"
        assert client.delete(path).is_success
    value.fill("1500")
    page.locator(".entry-save").click()
    expect(page.get_by_text(texts.ENTER_REFUSED)).to_be_visible()
    refused = row_of(page, KPI).get_by_role("alert")
    expect(refused).to_have_text(f"You do not belong to the circle “{CIRCLE}”.")
    with server.client() as client:
        [known] = client.get(f"/api/kpis/{own['id']}/values").json()["values"]
        assert known["value"] == 1400


def test_a_value_is_deleted_after_a_question(page: Page, server: Server) -> None:
    sign_in(page, f"/enter_values?circle={CIRCLE}&period={this_month()}", MANAGER)
    row = row_of(page, KPI)
    row.get_by_role("button").click()
    page.get_by_role("button", name=re.compile("^Delete the value of")).click()
    page.get_by_role("dialog").get_by_role("button", name=texts.ENTER_DELETE).click()
    expect(row.locator("input[name=value]")).to_have_value("")
    with server.client() as client:
        assert client.get("/api/kpi-values").json()["values"] == []


def load(client: Client, name: str, amount: int) -> None:
    """Sales of a month that is over."""
    text = f"customer_name,country,purchase_date,amount\n{name},France,2025-03-10,{amount}\n"
    sent = client.post("/api/imports", files={"file": (f"{name}.csv", text, "text/csv")})
    assert sent.is_success, sent.text


def waited(client: Client, path: str, name: str) -> list[dict[str, Any]]:
    """What a list has once the KPIs have followed the sales."""
    end = time.monotonic() + 60
    while not (found := client.get(path).json()[name]):
        assert time.monotonic() < end, f"{path} stays empty"
        time.sleep(0.1)
    return found


def test_what_the_sales_say_now_is_accepted(page: Page, server: Server) -> None:
    with server.client() as client:
        load(client, "early", 100)
        circle = client.post("/api/circles", json={"name": "Web"}).json()["id"]
        body = {"name": "Sold", "circle_id": circle, "periodicity": "monthly", "unit": "chf"}
        body |= {"target_value": 1000, "measure": "net_revenue"}
        kpi = client.post("/api/kpis", json=body).json()["id"]
        waited(client, f"/api/kpis/{kpi}/values", "values")
        load(client, "late", 20)
        waited(client, f"/api/kpis/{kpi}/restatements?open=true", "restatements")
        sign_in(page, f"/kpi?id={kpi}")
        row = page.locator(".st-key-panel_kpi_restatements tbody tr")
        expect(row).to_contain_text("late.csv")
        row.get_by_role("button", name="Accept CHF\u00a0120 for March 2025").click()
        page.get_by_role("dialog").get_by_role("button", name=texts.RESTATED_ACCEPT).click()
        expect(row).to_have_count(0)
        [value] = client.get(f"/api/kpis/{kpi}/values").json()["values"]
        assert (value["value"], value["restated"]) == (120, None)


def test_mails_are_chosen_on_the_profile(page: Page, server: Server) -> None:
    sign_in(page, "/profile")
    box = page.locator(".st-key-panel_mails")
    box.get_by_text(texts.MAILS["kpi_digest"]).click()
    expect(box.get_by_role("status")).to_have_text(texts.SAVED)
    with server.client() as client:
        chosen = client.get("/api/users/me/mails").json()
    assert chosen == {"kpi_reminders": True, "kpi_digest": False}


def test_nothing_is_wider_than_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, "/profile", MANAGER)
    for path in ("/enter_values", "/activity", "/manage"):
        expect(page.locator("h1")).to_be_visible()
        page.goto(path)
        expect(page.locator("table").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


MINUS = "\N{MINUS SIGN}"
WRITTEN = ("1250.5", "1 250,5", "1'250.50", "1,250.50", "1.250,50", "1,234,567", "1.234.567")
WRITTEN_ODDLY = (
    "12,500",
    "0,500",
    "-3,5",
    f"{MINUS}4",
    ".5",
    "5.",
    "1,2,3",
    "1.2.3",
    "1e3",
    "",
    "abc",
    "12,5.0",
)


def read_by_us(written: str) -> float | None:
    try:
        return typed_numbers.read(written)
    except typed_numbers.NotANumber:
        return None


def read_by_the_grid(row: Locator, written: str) -> float | None:
    """What the grid takes a text for; nothing where it asks for another one."""
    value = row.locator("input[name=value]")
    value.fill(written)
    if value.get_attribute("aria-invalid") == "true" or not written:
        return None
    hint = row.locator(".hint").text_content() or ""
    taken = hint.removeprefix("= ") if hint.startswith("= ") else written
    return float(taken.replace("\u202f", "").replace(MINUS, "-"))


def test_the_grid_reads_numbers_as_forms_do_and_takes_lines_of_a_spreadsheet(
    page: Page, server: Server
) -> None:
    with server.client() as client:
        circle = client.post("/api/circles", json={"name": "Numbers"}).json()["id"]
        body = {"circle_id": circle, "periodicity": "monthly", "unit": "amount", "target_value": 9}
        for name in ("Bees", "Combs", "Drones"):
            assert client.post("/api/kpis", json={**body, "name": name}).is_success
    sign_in(page, "/enter_values?circle=Numbers")
    bees, combs = row_of(page, "Bees"), row_of(page, "Combs")
    for written in WRITTEN + WRITTEN_ODDLY:
        assert read_by_the_grid(bees, written) == read_by_us(written), written
    bees.locator("input[name=value]").evaluate(
        """(field) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", "11\\tMany\\r\\n12,5\\r\\n");
            const how = { clipboardData, bubbles: true, cancelable: true };
            field.dispatchEvent(new ClipboardEvent("paste", how));
        }"""
    )
    expect(bees.locator("input[name=comment]")).to_have_value("Many")
    expect(combs.locator(".hint")).to_have_text("= 12.5")
    page.locator(".entry-save").click()
    expect(page.get_by_text(texts.ENTER_SAVED.format(count=2))).to_be_visible()
    with server.client() as client:
        found = client.get("/api/kpi-values", params={"circle": circle}).json()["values"]
    assert {one["kpi"]: (one["value"], one["comment"]) for one in found} == {
        "Bees": (11, "Many"),
        "Combs": (12.5, ""),
    }
