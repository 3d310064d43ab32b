"""What an older product's contract writes is on the dashboard, and the other way round."""

from typing import Any

import pytest
from httpx2 import Client
from playwright.sync_api import Page, expect

from browsing import sign_in
from serving import Server, serving
from tillsight import formats
from tillsight.dashboard import texts

pytestmark = pytest.mark.browser

CIRCLES = "/compat/kpi-circles"
COMPAT = "customer-purchases,kpi-circles,product-catalog"
PRODUCTS = (
    "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
    "t1,Tea <b>pot</b>,Kitchen,24.50,3,4.5,12\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("one"), COMPAT=COMPAT, CURRENCY="CHF") as started:
        yield started


def sent(client: Client, method: str, path: str, **more: Any) -> Any:
    answer = client.request(method, path, **more)
    assert answer.is_success, answer.text
    return answer.json()


def make_kpi(client: Client) -> None:
    sent(client, "POST", f"{CIRCLES}/circles", json={"name": "Shops"})
    body = {"circle_id": 1, "name": "Turnover <i>", "periodicity": "Monthly", "unit": "CHF"}
    sent(client, "POST", f"{CIRCLES}/kpis/add", json={**body, "target_value": 2000})


def values(client: Client) -> list[dict[str, Any]]:
    """Those of two years: one may have ended just now."""
    path = f"{CIRCLES}/kpi_values?circle_id=1&period="
    years = [sent(client, "GET", f"{path}{name}_year") for name in ("last", "this")]
    return [one for year in years for one in year["KPI_Values"]]


def test_older_contracts_and_the_dashboard_are_doors_to_one_store(
    page: Page, server: Server
) -> None:
    with server.client() as client:
        bought = {"customer_name": "Ada", "country": "EIRE", "purchase_date": "2024-05-01"}
        path = "/compat/customer-purchases/purchase/"
        sent(client, "POST", path, json={**bought, "amount": 42.5})
        told = sent(client, "GET", "/api/analytics/kpis")["kpis"]
        assert (told["revenue"], told["orders"], told["customers"]) == (42.5, 1, 1)
        sign_in(page, "/?days=all")
        for measure, shown in (
            ("revenue", formats.money(42.5, "CHF")),
            ("orders", "1"),
            ("customers", "1"),
        ):
            figure = page.locator(f'.card[data-measure="{measure}"] .value')
            expect(figure).to_have_text(shown)

        make_kpi(client)
        page.goto("/enter_values")
        row = page.locator("tr[data-cell]", has_text="Turnover <i>")
        row.locator("input[name=value]").fill("1250.5")
        page.locator(".entry-save").click()
        expect(page.get_by_text(texts.ENTER_SAVED_ONE)).to_be_visible()
        [value] = values(client)
        assert (value["kpi_id"], value["value"], value["created_by_user_id"]) == (1, 1250.5, 1)

        path = f"{CIRCLES}/kpi_values/{value['id']}/edit"
        sent(client, "PUT", path, json={"value": 1400})
        page.goto("/board")
        card = page.locator(".kpi", has_text="Turnover <i>")
        expect(card).to_contain_text("CHF\u00a01\u202f400")
        page.goto("/activity")
        expect(page.locator("tbody tr").first).to_contain_text(
            "1\u202f250.50 → CHF\u00a01\u202f400"
        )

        files = {"file": ("products.csv", PRODUCTS, "text/csv")}
        sent(client, "POST", "/compat/product-catalog/upload", files=files)
        [product] = sent(client, "GET", "/api/products")["products"]
        assert (product["product_id"], product["product_name"]) == ("t1", "Tea <b>pot</b>")
        page.goto("/catalogue")
        row = page.locator(".st-key-panel_products tbody tr")
        expect(row).to_contain_text("Tea <b>pot</b>")
        expect(row).to_contain_text("CHF\u00a024.50")
