"""Pages in the language of the reader: of the browser, or chosen, each for themselves."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from browsing import SLOW, sign_in
from serving import PASSWORD, Server, serving, tillsight
from shop import HEADER
from tillsight import formats, languages
from tillsight.dashboard import charts, texts
from tillsight.dashboard.revenue import texts as revenue_texts

pytestmark = pytest.mark.browser

VIEWER = "viewer@example.com"
SALES = HEADER + "".join(
    f"{month}{day},p{day % 3},Pen,1,2024-{month:02}-{day:02} 10:00:00,{1000.25 + day},c{day},EIRE\n"
    for month in (3, 4, 5)
    for day in range(1, 31)
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("language"), CURRENCY="EUR") as started:
        tillsight(started.home, "user", "add", VIEWER, "--role", "viewer", said=f"{PASSWORD}\n")
        with started.client() as client:
            client.post("/api/imports", files={"file": ("a.csv", SALES)})
        yield started


def revenue(server: Server) -> float:
    """What the API says of the days that are shown unless others are chosen."""
    asked = {"measures": "revenue", "from": "2024-05-01", "to": "2024-05-31"}
    with server.client() as client:
        return client.get("/api/metrics/query", params=asked).json()["totals"]["revenue"]


def opened(chromium: Browser, server: Server, locale: str) -> Page:
    context = chromium.new_context(
        base_url=server.url, locale=locale, viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    return page


def expect_overview(page: Page, language: str, amount: float) -> None:
    """Title, menu, figure and chart of the Overview in a language."""
    with languages.speaking(language):
        title, menu, money = texts.OVERVIEW, texts.CUSTOMERS, formats.money(amount, "EUR")
        month = formats.month_name(charts.bucket_start("month", "2024-05"), "abbreviated")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page.locator(".st-key-menu")).to_contain_text(menu)
    expect(page.locator('.card[data-measure="revenue"] .value')).to_have_text(money)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".js-plotly-plot .xtick").first).to_contain_text(month)


def test_the_browser_says_the_language_unless_one_is_chosen(
    chromium: Browser, server: Server
) -> None:
    amount = revenue(server)
    german, english = (opened(chromium, server, one) for one in ("de-AT", "en-GB"))
    sign_in(german, "/", VIEWER)
    sign_in(english, "/")
    expect_overview(german, "de", amount)  # both at once, in one process
    expect_overview(english, "en", amount)

    german.goto("/board?status=behind&sort=best")
    expect(german.get_by_role("combobox", name="Sortieren nach")).to_have_value("Beste zuerst")
    english.goto("/board?sort=Best+first")  # an address from before they held codes
    expect(english.get_by_role("combobox", name=texts.SORT)).to_have_value("Best first")
    german.goto("/board?sort=Best+first")
    expect(german.get_by_role("combobox", name="Sortieren nach")).to_have_value("Beste zuerst")
    german.get_by_role("combobox", name="Sortieren nach").click()
    german.get_by_role("option", name="Name, A bis Z").click()
    expect(german).to_have_url(re.compile(r"sort=name$"))
    german.go_back()
    expect(german.get_by_role("combobox", name="Sortieren nach")).to_have_value("Beste zuerst")

    english.goto("/profile")
    panel = english.locator(".st-key-panel_language")
    panel.get_by_text("Deutsch", exact=True).click()
    expect(english.get_by_role("heading", name="Profil", level=1)).to_be_visible()
    english.goto("/")
    expect_overview(english, "de", amount)
    expect_overview_stays(german, amount)
    english.goto("/profile")
    panel.get_by_text("English", exact=True).click()
    expect(english.get_by_role("heading", name="Profile", level=1)).to_be_visible()
    for page in (german, english):
        page.context.close()


def expect_overview_stays(page: Page, amount: float) -> None:
    page.goto("/")
    expect_overview(page, "de", amount)


def runs_of(page: Page) -> list[str]:
    """How each run of the page's script ended from now on, as Streamlit calls it."""
    runs: list[str] = []

    def received(payload: str | bytes) -> None:
        told = ForwardMsg.FromString(payload if isinstance(payload, bytes) else payload.encode())
        if told.WhichOneof("type") == "script_finished":
            runs.append(ForwardMsg.ScriptFinishedStatus.Name(told.script_finished))

    page.on("websocket", lambda socket: socket.on("framereceived", received))
    return runs


def test_a_panel_that_runs_alone_speaks_the_language(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server, "de-DE")
    runs = runs_of(page)
    sign_in(page, "/revenue", VIEWER)
    panel = page.locator(".st-key-panel_growth")
    with languages.speaking("de"):
        by_month, by_quarter = (revenue_texts.GROWTH_LEAD[one] for one in ("month", "quarter"))
        quarter = revenue_texts.GROWTH_GRAINS["quarter"]
    expect(panel).to_contain_text(by_month)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    before = len(runs)
    panel.get_by_role("radio", name=quarter, exact=True).click()

    expect(panel).to_contain_text(by_quarter)
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    assert "FINISHED_SUCCESSFULLY" in runs[:before]
    assert set(runs[before:]) == {"FINISHED_FRAGMENT_RUN_SUCCESSFULLY"}
    page.context.close()
