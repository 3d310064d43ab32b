"""What a person does in the browser, on the real server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import sign_in
from serving import PASSWORD, Server, serving, tillsight
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

MAY = HEADER + "".join(
    f"m{day},p{day % 3},Pen {day % 3},2,2024-05-{day:02} 10:00:00,10.25,c{day % 5},France\n"
    for day in range(1, 31)
)
JUNE = HEADER + "j1,p1,Pen 1,1,2024-05-31 11:00:00,1000.10,c9,EIRE\n"
JULY = HEADER + "y1,p1,Pen 1,1,2024-05-30 11:00:00,77.77,c1,France\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("browser")
    with serving(home, CURRENCY="GBP", SHOP_NAME="Corner Shop") as started:
        yield started


def upload(page: Page, path: Path, text: str) -> None:
    path.write_text(text)
    expect(page.locator(".drop h2")).to_be_visible()
    page.locator(".drop input").set_input_files(path)


def figure(page: Page, measure: str):
    return page.locator(f'.card[data-measure="{measure}"] .value')


def test_from_an_empty_store_to_figures_and_out_again(
    page: Page, server: Server, tmp_path: Path
) -> None:
    """Sign in, load a file, see the figures, load another, see them change, reload, sign out."""
    sign_in(page)
    expect(page.get_by_role("heading", name=texts.OVERVIEW, level=1)).to_be_visible()
    page.locator(".st-key-load_a_file a").click()
    expect(page.get_by_role("heading", name=texts.IMPORTS, level=1)).to_be_visible()
    upload(page, tmp_path / "may.csv", MAY)
    expect(page.locator(".stage.good")).to_be_visible()
    expect(page.locator("table.history tbody tr")).to_have_count(1)

    page.goto("/?days=all")
    expect(figure(page, "revenue")).to_have_text(formats.money(30 * 2 * 10.25, "GBP"))
    expect(figure(page, "orders")).to_have_text("30")
    expect(figure(page, "customers")).to_have_text("5")
    expect(figure(page, "average_order_value")).to_have_text(formats.money(20.5, "GBP"))
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()

    page.goto("/imports")
    upload(page, tmp_path / "june.csv", JUNE)
    expect(page.locator(".stage.good")).to_be_visible()
    page.goto("/?days=all")
    changed = formats.money(30 * 2 * 10.25 + 1000.10, "GBP")
    expect(figure(page, "revenue")).to_have_text(changed)
    with server.client() as client:
        told = client.get("/api/analytics/kpis").json()["kpis"]
    assert formats.money(told["revenue"], "GBP") == changed

    page.reload()
    expect(figure(page, "revenue")).to_have_text(changed)
    page.locator(".st-key-sign_out button").click()
    expect(page).to_have_url(re.compile("/signin"))
    page.goto("/imports")
    expect(page).to_have_url(re.compile(r"/signin\?next=%2Fimports"))


def test_a_link_opens_the_same_numbers_after_signing_in(page: Page, server: Server) -> None:
    with server.client() as client:
        client.post("/api/imports", files={"file": ("may.csv", MAY)})
        client.post("/api/imports", files={"file": ("june.csv", JUNE)})
    sign_in(page, "/?days=all&country=EIRE")
    expect(figure(page, "revenue")).to_have_text(formats.money(1000.10, "GBP"))
    expect(figure(page, "orders")).to_have_text("1")


def test_the_imports_page_opened_first_has_its_frame(page: Page) -> None:
    sign_in(page, "/imports")
    expect(page.get_by_role("heading", name=texts.IMPORTS, level=1)).to_be_visible()
    expect(page.locator(".st-key-sign_out button")).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)


def test_a_bad_file_is_explained_and_its_good_rows_can_be_loaded(
    page: Page, tmp_path: Path
) -> None:
    sign_in(page, "/imports")
    bad = HEADER + "b1,p,Pen,<b>two</b>,2024-05-07,10,,\nb2,p,Pen,1,2024-05-07,3,,\n"
    upload(page, tmp_path / "bad.csv", bad)
    stage = page.locator(".stage.bad")
    expect(stage).to_contain_text("1 of 2 rows")
    expect(stage.locator("td").nth(0)).to_have_text("2")
    expect(stage.locator("td").nth(2)).to_have_text("<b>two</b>")
    stage.locator("button.main").click()
    expect(page.locator(".stage.good")).to_be_visible()
    with page.expect_download() as download:
        page.locator("table.history a").first.click()
    rejects = download.value.path().read_text()
    assert (
        rejects.splitlines()[1] == "b1,p,Pen,<b>two</b>,2024-05-07,10,,,2,Quantity: is not a number"
    )


def test_an_import_is_undone_and_redone_after_a_question(page: Page, server: Server) -> None:
    """The figures follow at once; a question that is cancelled changes nothing."""
    with server.client() as client:
        told = client.post("/api/imports", files={"file": ("july.csv", JULY)}).json()
        with_july = client.get("/api/analytics/kpis").json()["kpis"]["revenue"]
    sign_in(page, "/imports")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Undo july.csv").click()
    expect(dialog).to_contain_text(formats.money(told["revenue"], "GBP"))
    dialog.get_by_role("button", name=texts.CANCEL).click()
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Undo july.csv").click()
    dialog.get_by_role("button", name=texts.UNDO, exact=True).click()
    expect(page.locator("table.history tr.undone")).to_contain_text("july.csv")
    expect(dialog).to_have_count(0)
    page.goto("/?days=all")
    expect(figure(page, "revenue")).to_have_text(formats.money(with_july - 77.77, "GBP"))

    page.goto("/imports")
    page.get_by_role("button", name="Redo july.csv").click()
    dialog.get_by_role("button", name=texts.REDO, exact=True).click()
    expect(page.locator("table.history tr.undone")).to_have_count(0)
    page.goto("/?days=all")
    expect(figure(page, "revenue")).to_have_text(formats.money(with_july, "GBP"))
    with server.client() as client:  # what follows counts without it
        assert client.delete(f"/api/imports/{told['id']}").status_code == 200


def test_an_undo_that_somebody_else_was_faster_with_is_explained(
    page: Page, server: Server
) -> None:
    with server.client() as client:
        number = client.post("/api/imports", files={"file": ("july.csv", JULY)}).json()["id"]
        sign_in(page, "/imports")
        page.get_by_role("button", name="Undo july.csv").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        client.delete(f"/api/imports/{number}")
    dialog.get_by_role("button", name=texts.UNDO, exact=True).click()
    expect(dialog).to_contain_text(f"Import {number} is undone already.")


def test_a_viewer_sees_the_figures_but_cannot_load(page: Page, server: Server) -> None:
    tillsight(server.home, "user", "add", "viewer@example.com", said=f"{PASSWORD}\n")
    page.goto("/imports")
    page.get_by_label("E-mail or username").fill("viewer@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-notice_viewer")).to_be_visible()
    expect(page.locator(".drop")).to_have_count(0)
    expect(page.locator("table.history tbody tr").first).to_be_visible()
    expect(page.locator("table.history button")).to_have_count(0)


def test_signed_out_in_another_tab(page: Page) -> None:
    sign_in(page, "/?days=all")
    expect(figure(page, "revenue")).to_be_visible()
    page.request.post("/signout", headers={"origin": page.url.split("/?")[0]})
    page.locator(".st-key-kept_grain").get_by_text("Week").click()
    expect(page.locator(".st-key-signed_out a.button")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/imports"])
def test_nothing_is_wider_than_a_telephone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, path)
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_timeout(1500)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
