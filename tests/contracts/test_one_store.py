"""What is written through one door is seen through every other, at once."""

from datetime import UTC, datetime
from typing import Any

import httpx2

from serving import PASSWORD, Server

LAST_YEAR = datetime.now(UTC).year - 1
PURCHASES = "/compat/customer-purchases"
CATALOG = "/compat/product-catalog"
CIRCLES = "/compat/kpi-circles"
PRODUCTS = (
    "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
    "t1,Tea pot,Kitchen,24.50,3,4.5,12\n"
)


def sent(client: httpx2.Client, method: str, path: str, **more: Any) -> Any:
    answer = client.request(method, path, **more)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def test_a_purchase_counts_in_every_figure_until_it_is_undone(owner: httpx2.Client) -> None:
    ada = {"customer_name": "Ada", "country": "EIRE", "purchase_date": "2024-05-01", "amount": 42.5}
    assert sent(owner, "POST", f"{PURCHASES}/purchase/", json=ada) == ada
    bob = {"customer": "Bob", "country": "EIRE", "date": "2024-05-02", "amount": 7.5}
    sent(owner, "POST", "/api/purchases", json=bob)
    told = sent(owner, "GET", "/api/analytics/kpis")["kpis"]
    assert (told["revenue"], told["orders"], told["customers"]) == (50, 2, 2)
    by_month = sent(owner, "GET", "/api/metrics/query?measures=net_revenue&by=month")["rows"]
    assert [(one["month"], one["net_revenue"]) for one in by_month] == [("2024-05", 50)]
    kpis = {"mean_per_client": 25.0, "clients_per_country": {"EIRE": 2}}
    assert sent(owner, "GET", f"{PURCHASES}/kpis/") == kpis
    listed = sent(owner, "GET", "/api/purchases")["purchases"]
    [number] = [one["id"] for one in listed if one["customer"] == "Ada"]
    sent(owner, "DELETE", f"/api/purchases/{number}")
    [left] = sent(owner, "GET", f"{PURCHASES}/purchases/")
    assert left["customer_name"] == "Bob"
    assert sent(owner, "GET", "/api/analytics/kpis")["kpis"]["revenue"] == 7.5


def test_values_of_kpis_are_the_same_at_the_board_and_in_the_contract(
    owner: httpx2.Client,
) -> None:
    circle = sent(owner, "POST", "/api/circles", json={"name": "Shops"})["id"]
    body = {"circle_id": circle, "name": "Turnover", "periodicity": "monthly", "unit": "chf"}
    sent(owner, "POST", f"{CIRCLES}/kpis/add", json={**body, "target_value": 2000})
    [kpi] = sent(owner, "GET", "/api/kpis")["kpis"]
    period = {"period_year": LAST_YEAR, "period_month": 12}
    body = {"kpi_id": kpi["id"], "value": 1200, **period}
    sent(owner, "POST", f"{CIRCLES}/kpi_values/add", json=body)

    def at_the_board() -> Any:
        [entry] = sent(owner, "GET", "/api/kpis/board?period=last_year")["kpis"]
        return entry["current"] and (entry["current"]["period"], entry["current"]["value"])

    assert at_the_board() == (f"{LAST_YEAR}-12", 1200)
    [value] = sent(owner, "GET", "/api/kpi-values")["values"]
    change = {"value": 1300, "version": value["version"]}
    sent(owner, "PATCH", f"/api/kpi-values/{value['id']}", json=change)
    found = sent(owner, "GET", f"{CIRCLES}/kpi_values?period=last_year")["KPI_Values"]
    assert [(one["id"], one["value"]) for one in found] == [(value["id"], 1300)]
    edit = f"{CIRCLES}/kpi_values/{value['id']}/edit"
    sent(owner, "PUT", edit, json={"value": 1400})
    assert at_the_board() == (f"{LAST_YEAR}-12", 1400)
    changes = sent(owner, "GET", "/api/kpi-changes")["changes"]
    assert [one["after"] for one in changes] == [1400, 1300, 1200]
    sent(owner, "DELETE", f"/api/kpi-values/{value['id']}")
    path = f"{CIRCLES}/kpi_values?period=last_year"
    assert sent(owner, "GET", path) == {"KPI_Values": []}
    assert at_the_board() is None


def test_a_product_of_a_file_is_in_the_catalogue(owner: httpx2.Client) -> None:
    files = {"file": ("products.csv", PRODUCTS, "text/csv")}
    sent(owner, "POST", f"{CATALOG}/upload", files=files)
    [product] = sent(owner, "GET", "/api/products?search=tea")["products"]
    assert (product["product_id"], product["product_name"]) == ("t1", "Tea pot")
    assert (product["category"], product["price"]) == ("Kitchen", 24.5)
    [loaded] = [
        one for one in sent(owner, "GET", "/api/imports")["imports"] if one["kind"] == "products"
    ]
    sent(owner, "DELETE", f"/api/imports/{loaded['id']}")
    assert sent(owner, "GET", "/api/products?search=tea")["products"] == []


def test_people_are_the_same_everywhere(old: Server, owner: httpx2.Client) -> None:
    """Signed up in one contract, signed in at another, seen in a third, switched off in all."""
    ada = {"username": "ada", "password": PASSWORD}
    sent(owner, "POST", f"{CATALOG}/signup", json=ada)
    token = httpx2.post(f"{old.url}/compat/hm-kpis/users/login", json=ada).text
    with httpx2.Client(base_url=old.url, headers={"Authorization": f"Bearer {token}"}) as client:
        assert sent(client, "GET", f"{CATALOG}/protected") == {"logged_in_as": "ada"}
        assert sent(client, "GET", "/api/users/me")["role"] == "viewer"
        people = sent(client, "GET", f"{CIRCLES}/users")
        [number] = [one["id"] for one in people if one["user_login_name"] == "ada"]
        told = sent(owner, "GET", "/compat/hm-kpis/users")["result"]
        assert {"id": number, "username": "ada"} in told
        sent(owner, "PATCH", f"/api/users/{number}", json={"is_active": False})
        for path in (f"{CATALOG}/protected", "/api/users/me", f"{CIRCLES}/users"):
            assert client.get(path).status_code in {400, 403}
        answer = client.post(f"{CATALOG}/login", json=ada)
        assert (answer.status_code, list(answer.json())) == (400, ["msg"])
