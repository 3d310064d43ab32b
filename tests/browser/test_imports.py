"""Loading files in the browser, with its questions, on the real server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import SLOW, sign_in
from serving import Server, serving
from shop import HEADER
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

ASKS = texts.DROPZONE
TILL = "Bon,Tag,Ware,Summe\nb1,2024-05-01,Bread,3.20\nb2,2024-05-02,Coffee,4.10\n"
ROW = "{order},p,Pen,2,2024-05-07 10:00:00,10,c,France\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("imports"), CURRENCY="EUR") as started:
        yield started


@pytest.fixture
def page(page: Page) -> Page:
    """The Imports page, as the owner."""
    sign_in(page, "/imports")
    expect(page.locator(".drop h2")).to_be_visible()
    return page


def drop(page: Page, path: Path, text: str) -> None:
    path.write_text(text)
    page.locator(".drop input[type=file]").set_input_files(path)


def newest(page: Page):
    return page.locator("table.history tbody tr").first


def test_a_file_nobody_knows_is_mapped_loaded_and_known_next_time(
    page: Page, tmp_path: Path
) -> None:
    drop(page, tmp_path / "till.csv", TILL)
    stage = page.locator(".stage.mapping")
    expect(stage).to_contain_text(ASKS["mapping"]["title"])
    load = stage.get_by_role("button", name=ASKS["mapping"]["load"])
    total = stage.get_by_label(ASKS["mapping"]["holds_of"].format(column="Summe"))
    total.select_option("")
    expect(stage.locator(".lacking")).to_be_visible()
    expect(load).to_be_disabled()
    total.select_option("amount")
    stage.get_by_label(ASKS["mapping"]["holds_of"].format(column="Ware")).select_option(
        "product_name"
    )
    expect(stage.locator("table.rows tbody tr")).to_have_count(2)
    expect(stage.locator("table.rows")).to_contain_text("Coffee")
    stage.get_by_label(ASKS["mapping"]["save_as"]).fill("Till export")
    load.click()
    expect(page.locator(".stage.good")).to_contain_text("€7.30")
    expect(newest(page)).to_contain_text("till.csv")

    drop(page, tmp_path / "till 2.csv", TILL.replace("b1", "b3").replace("b2", "b4"))
    expect(page.locator(".stage.good")).to_contain_text("till 2.csv")


def test_orders_that_are_loaded_already_are_asked_about(page: Page, tmp_path: Path) -> None:
    drop(page, tmp_path / "one.csv", HEADER + ROW.format(order="o1"))
    expect(page.locator(".stage.good")).to_be_visible()
    both = HEADER + ROW.format(order="o1") + ROW.format(order="o2")
    drop(page, tmp_path / "both.csv", both)
    stage = page.locator(".stage.bad")
    expect(stage).to_contain_text("1 orders of this file are loaded already")
    expect(stage).to_contain_text("one.csv")

    page.reload()  # the question stays, in the list
    expect(newest(page)).to_contain_text(texts.FAILED)
    newest(page).get_by_role("button").click()
    stage.get_by_role("button", name=ASKS["overlap_choices"]["skip"][0]).click()
    expect(page.locator(".stage.good")).to_contain_text("1 rows loaded")
    expect(newest(page)).to_contain_text("both.csv")
    expect(newest(page)).not_to_contain_text(texts.FAILED)


def test_dates_that_could_be_either_are_asked_about(page: Page, tmp_path: Path) -> None:
    row = ROW.format(order="d1").replace("2024-05-07 10:00:00", "03/04/2024")
    drop(page, tmp_path / "dates.csv", HEADER + row)
    stage = page.locator(".stage.bad")
    expect(stage).to_contain_text(ASKS["which_dates"].format(column="InvoiceDate"))
    stage.get_by_role("button", name=ASKS["reading_names"]["day_first"]).click()
    expect(page.locator(".stage.good")).to_contain_text("3 April 2024")


def test_a_large_file_is_followed_cancelled_and_survives_a_reload(
    page: Page, tmp_path: Path
) -> None:
    rows = "".join(ROW.format(order=f"l{n // 2}") for n in range(1_200_000))
    drop(page, tmp_path / "large.csv", HEADER + rows)
    expect(newest(page).locator("progress")).to_be_visible()
    page.reload()
    expect(newest(page).locator("progress")).to_be_visible()
    newest(page).get_by_role("button", name=re.compile("large.csv")).click()
    # What is being written is written first; beside other tests that takes a while.
    expect(newest(page)).to_contain_text(texts.CANCELLED, timeout=3 * SLOW)
    expect(newest(page).locator("progress")).to_have_count(0)


def test_values_of_kpis_are_loaded_seen_and_taken_back(
    page: Page, server: Server, tmp_path: Path
) -> None:
    with server.client() as client:
        circle = client.post("/api/circles", json={"name": "Files"}).json()["id"]
        body = {"circle_id": circle, "periodicity": "monthly", "unit": "amount", "target_value": 9}
        client.post("/api/kpis", json={**body, "name": "Bees"})
    drop(page, tmp_path / "bees.csv", "kpi,period,value\nBees,2026-01,5\nBees,2026-02,6\n")
    done = page.locator(".drop")
    expect(done).to_contain_text(ASKS["loaded"].format(rows=2))
    expect(newest(page)).to_contain_text("bees.csv")
    newest(page).get_by_role("button", name=texts.UNDO).click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text(texts.UNDO_LEAD_OF_VALUES.split("{")[0])
    question.get_by_role("button", name=texts.UNDO, exact=True).click()
    expect(newest(page).get_by_role("button", name=texts.REDO)).to_be_visible()
    with server.client() as client:
        assert client.get("/api/kpi-values", params={"circle": circle}).json()["values"] == []
    done.get_by_role("link", name=ASKS["to_see"]["kpi_values"][1]).click()
    expect(page).to_have_url(re.compile("/board"))
