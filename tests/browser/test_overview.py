"""The Overview: figures, why they changed, what moved, and what was loaded last."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import SLOW, sign_in
from serving import Server, serving
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import texts as common
from tillsight.dashboard.overview import figures, texts, why

pytestmark = pytest.mark.browser

# May has fewer customers than April, who buy more; a product is new and one is gone.
SALES = HEADER + "".join(
    f"{month}{day},{product},{name},{units},2024-{month:02}-{day:02} 10:00:00,{price},"
    f"c{day % known},{('France', 'EIRE')[day % 2]}\n"
    for month, known, price in ((4, 9, 5), (5, 6, 7))
    for day in range(1, 29)
    for product, name, units in (("p1", "Pen", 2), (f"q{month}", f"Cup {month}", 1))
)
DAYS = "days=custom&since=2024-05-01&until=2024-05-28"
WINDOW = {"from": "2024-05-01", "to": "2024-05-29", "compare": "previous_period"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("overview"), CURRENCY="GBP") as started:
        with started.client() as client:
            client.timeout = 120  # on a busy machine
            client.post("/api/imports", files={"file": ("spring.csv", SALES)})
        yield started


def read(text: str | None) -> str:
    """A text as it is read."""
    return (text or "").replace(why.JOINED, "").replace("\u202f", " ").strip()


def test_the_page_shows_what_the_api_says(page: Page, server: Server) -> None:
    measures = (*figures.LARGE, *figures.SMALL)
    with server.client() as client:
        asked = {"measures": ",".join(measures), **WINDOW}
        told = client.get("/api/metrics/query", params=asked).json()
        explained = client.get(
            "/api/metrics/explain", params={"measure": "revenue", "by": "product", **WINDOW}
        ).json()
        catalogue = {one["name"]: one for one in client.get("/api/metrics").json()["measures"]}
    sign_in(page, f"/?{DAYS}")
    for name in measures:
        card = page.locator(f'.card[data-measure="{name}"]')
        value, before = told["totals"][name], told["comparison"]["totals"][name]
        money = catalogue[name]["unit"] == "money"
        shown = formats.money(value, "GBP") if money else formats.number(value)
        was = formats.money(before, "GBP") if money else formats.number(before)
        expect(card.locator(".value")).to_have_text(shown)
        expect(card.locator(".change")).to_contain_text(was)
        expect(card.locator("h2")).to_have_attribute(
            "aria-label", re.compile(re.escape(catalogue[name]["definition"]))
        )

    why_panel = page.locator(".st-key-panel_why")
    expect(why_panel.locator(".in-words p").first).to_have_text(why.headline(explained, "GBP"))
    expect(why_panel.locator(".in-words p").last).to_have_text(why.reasons(explained, "GBP"))
    where = page.locator(".st-key-panel_where")
    where.get_by_role("radio", name=texts.BY["product"]).click()
    expect(where.locator(".in-words")).to_have_text(why.largest_group(explained, "product", "GBP"))
    where.locator("details.values summary").click()
    rows = where.locator("table.plain tbody tr")
    expect(rows).to_have_count(len(explained["groups"]) + 1)
    expect(rows.last).to_contain_text(why.signed(explained["change"], "GBP"))
    moved = page.locator(".st-key-panel_moved_product tbody td:first-child")
    rose = [one["product_name"] for one in explained["groups"] if one["change"] > 0]
    fell = [one["product_name"] for one in explained["groups"] if one["change"] < 0]
    expect(moved).to_have_text([*rose, *fell])
    expect(page.locator(".st-key-panel_latest .in-words")).to_contain_text("spring.csv")
    expect(page.locator(".st-key-panel_latest .in-words")).to_contain_text("by owner")
    expect(page.locator(".st-key-panel_latest a")).to_have_attribute("href", "/imports")


def test_nothing_to_compare_with_is_said_and_the_rest_is_there(page: Page) -> None:
    sign_in(page, f"/?{DAYS}&compare=nothing")
    expect(page.locator(".st-key-panel_why")).to_contain_text(texts.NOT_COMPARED)
    expect(page.locator(".st-key-panel_top_product tbody tr")).to_have_count(2)
    expect(page.locator('.card[data-measure="units"] .change')).to_have_text("")
    expect(page.locator(".st-key-movers")).to_have_count(0)
    page.goto("/?days=all")
    expect(page.locator(".st-key-panel_why")).to_contain_text(texts.NO_START)


def test_the_lists_are_as_high_as_each_other_and_a_phone_needs_no_sideways_scrolling(
    chromium: Browser, server: Server
) -> None:
    for theme, width in (("light", 1440), ("dark", 390)):
        context = chromium.new_context(
            base_url=server.url, viewport={"width": width, "height": 900}, color_scheme=theme
        )
        context.set_default_timeout(SLOW)
        page = context.new_page()
        sign_in(page, f"/?{DAYS}")
        tops = [page.locator(f".st-key-panel_top_{one}") for one in common.TOP]
        for one in tops:
            expect(one.locator("tbody tr").first).to_be_visible()
        expect(page.locator(".st-key-panel_where .js-plotly-plot")).to_be_visible()
        inside = page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " return main.scrollWidth - main.clientWidth }"
        )
        assert inside <= 0
        if width == 1440:
            for name in common.TOP:
                expect(page.locator(f".st-key-panel_top_{name} .panel-foot")).to_be_visible()
            heights = [
                page.locator(f".st-key-panel_top_{name}").bounding_box()["height"]
                for name in common.TOP
            ]
            assert max(heights) - min(heights) < 1
        context.close()
