"""The choices of the sales pages: in the address, kept from page to page, and undone by Back."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from browsing import sign_in
from serving import Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.forecast import texts as forecast_texts

pytestmark = pytest.mark.browser

SALES = HEADER + "".join(
    f"{year}{day},p{day % 3},Pen,1,{year}-05-{day:02} 10:00:00,{price},c{day % 5},{country}\n"
    for year, price in ((2023, 5), (2024, 10))
    for day in range(1, 31)
    for country in [("France", "EIRE", "")[day % 3]]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("filters"), CURRENCY="GBP") as started:
        with started.client() as client:
            client.post("/api/imports", files={"file": ("a.csv", SALES)})
        yield started


def revenue(page: Page, pounds: float) -> None:
    """Expect the figure on the Overview."""
    shown = page.locator('.card[data-measure="revenue"] .value')
    expect(shown).to_have_text(formats.money(pounds, "GBP"))


def chosen(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def pick(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def go(page: Page, title: str) -> None:
    page.locator(".st-key-menu").get_by_role("link").filter(has_text=title).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def test_choices_go_to_other_pages_and_come_back(page: Page) -> None:
    """Country and days are chosen once; pages that do not show them do not lose them either."""
    sign_in(page, "/?days=ytd")
    revenue(page, 300)
    pick(page, texts.COUNTRIES, "France")
    page.keyboard.press("Escape")
    revenue(page, 100)
    expect(page).to_have_url(re.compile("country=France"))
    assert chosen(page) == {"days": ["ytd"], "country": ["France"]}

    go(page, forecast_texts.FORECAST)
    assert chosen(page)["country"] == ["France"]
    expect(page.locator(".st-key-forecast_filters")).to_contain_text("France")
    go(page, texts.BOARD)
    assert not chosen(page)
    go(page, texts.OVERVIEW)
    revenue(page, 100)
    assert chosen(page) == {"days": ["ytd"], "country": ["France"]}

    page.go_back()
    expect(page.get_by_role("heading", name=texts.BOARD, level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name=forecast_texts.FORECAST, level=1)).to_be_visible()
    page.go_back()
    revenue(page, 100)
    page.go_back()
    revenue(page, 300)
    assert chosen(page) == {"days": ["ytd"]}
    page.reload()
    revenue(page, 300)


def test_a_link_from_elsewhere_counts_and_nonsense_in_it_does_not(page: Page) -> None:
    sign_in(page, "/?days=custom&since=2024-05-01&until=2024-05-02&country=EIRE&country=Atlantis")
    revenue(page, 10)
    page.goto("/?days=soon&since=x&grain=hour&compare=them&segment=Nobody")
    revenue(page, 300)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.goto("/?days=ytd&country=Atlantis")
    expect(page.get_by_text(texts.NO_SALES_TITLE)).to_be_visible()


def test_days_are_compared_with_those_before_the_year_before_or_nothing(page: Page) -> None:
    sign_in(page, "/?days=ytd&compare=previous_year")
    change = page.locator('.card[data-measure="revenue"] .change')
    expect(change).to_contain_text("+100.0%")
    pick(page, texts.COMPARE, texts.COMPARES["nothing"])
    expect(change).to_have_text("")
    expect(page.locator(".st-key-panel_course .legend")).to_have_count(0)


def test_other_dimensions_are_behind_a_button_that_counts_them(page: Page, server: Server) -> None:
    asked = {"measures": "revenue", "by": "segment", "order": "-revenue"}
    with server.client() as client:
        [first, second, *_] = client.get("/api/metrics/query", params=asked).json()["rows"]
    sign_in(page, "/?days=all")
    revenue(page, 450)
    page.get_by_role("button", name=texts.MORE_FILTERS).click()
    pick(page, texts.DIMENSIONS["segment"], first["segment"])
    revenue(page, first["revenue"])
    expect(page.get_by_role("dialog", name=texts.MORE_FILTERS_USED.format(count=1))).to_be_visible()
    page.get_by_role("option", name=second["segment"], exact=True).click()
    revenue(page, first["revenue"] + second["revenue"])
    assert chosen(page)["segment"] == [first["segment"], second["segment"]]


def test_countries_are_offered_as_long_as_the_data_have_them(page: Page, server: Server) -> None:
    """What the filters offer is kept from page to page, but not over an import or its undo."""

    def offered() -> list[str]:
        page.get_by_role("combobox", name=texts.COUNTRIES).first.click()
        options = page.get_by_role("option")
        expect(options.filter(has_text="France")).to_be_visible()
        return options.all_inner_texts()

    sign_in(page, "/?days=all")
    assert "Norway" not in offered()
    line = HEADER + "1,p1,Pen,1,2024-05-30 10:00:00,7,c1,Norway\n"
    with server.client() as client:
        sent = client.post("/api/imports", files={"file": ("b.csv", line)}).raise_for_status()
        page.reload()
        assert "Norway" in offered()
        client.delete(f"/api/imports/{sent.json()['id']}").raise_for_status()
    page.reload()
    assert "Norway" not in offered()
