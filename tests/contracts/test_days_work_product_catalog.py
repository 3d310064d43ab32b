"""A day's work through product-catalog alone, and what the other doors see of it."""

import httpx2
import pytest

from contracts.clients.hm_kpis import HmKpis
from contracts.clients.product_catalog import ProductCatalog, Refused
from contracts.people import PASSWORD
from serving import Server

FIRST = [("p1", "Pen", "Office", 1.25, 40, 4.5, 12), ("p2", "Cup", "Home", 8, 9, 3.9, 4)]
CHANGED = [("p2", "Mug", "Home", 7.5, 11, 4.1, 6), ("p3", "Lamp", "Home", 30, 2, 5, 1)]
SALES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,p2,a cup,3,2024-01-05,10,c1,France\n"
)


def test_a_days_work_through_product_catalog(old: Server) -> None:
    client = ProductCatalog(f"{old.url}/compat/product-catalog")
    with old.client() as owner:
        with pytest.raises(Refused, match="Missing or invalid token"):
            client.who_am_i()
        assert client.sign_up("ada", PASSWORD) == "User created successfully"
        with pytest.raises(Refused, match="Username already exists"):
            client.sign_up("ada", PASSWORD)
        with pytest.raises(Refused, match="Invalid username or password"):
            client.log_in("ada", "another long password")
        client.log_in("ada", PASSWORD)
        assert client.who_am_i() == "ada"

        assert client.upload(FIRST) == "Data uploaded successfully"
        with pytest.raises(Refused, match="line 3, column price: “cheap”"):
            client.upload([CHANGED[0], ("p4", "Hat", "Home", "cheap", 1, 1, 1)])
        assert client.upload(CHANGED) == "Data uploaded successfully"

        # The products are ours, whoever asks.
        found = {one["product_id"]: one for one in products(owner)}
        assert found.keys() == {"p1", "p2", "p3"}
        mug = found["p2"]
        assert (mug["product_name"], mug["category"], mug["price"]) == ("Mug", "Home", 7.5)
        assert (mug["quantity_sold"], mug["rating"], mug["review_count"]) == (11, 4.1, 6)
        summary = owner.get("/api/products/summary").json()["categories"]
        revenue = {one["category"]: one["total_revenue"] for one in summary}
        assert revenue == {"Office": 50.0, "Home": 7.5 * 11 + 30 * 2}
        imports = owner.get("/api/imports").json()["imports"]
        done = [one for one in imports if one["state"] == "done"]
        assert [(one["kind"], one["created_by"]) for one in done] == [("products", "ada")] * 2

        # Name and category hold for what was sold of them.
        owner.post("/api/imports", files={"file": ("a.csv", SALES)}).raise_for_status()
        top = owner.get("/api/products/top").json()["top_products"]
        assert [(one["product"], one["revenue"]) for one in top] == [("Mug", 30.0)]

        # So is the account.
        body = {"email": "ada", "password": PASSWORD}
        assert httpx2.post(f"{old.url}/api/auth/login", json=body).status_code == 200
        other = HmKpis(f"{old.url}/compat/hm-kpis")
        other.login("ada", PASSWORD)
        assert [one.customer_id for one in other.customers()] == ["c1"]
        other.close()

        # What an admin undoes is undone here, and can be sent again.
        owner.delete(f"/api/imports/{done[0]['id']}").raise_for_status()
        assert {one["product_name"] for one in products(owner)} == {"Pen", "Cup"}
        assert client.upload(CHANGED) == "Data uploaded successfully"
        assert {one["product_name"] for one in products(owner)} == {"Pen", "Mug", "Lamp"}

        client.log_out()
        with pytest.raises(Refused, match="Missing or invalid token"):
            client.upload(FIRST)
    client.close()


def products(owner: httpx2.Client) -> list[dict]:
    """Our own list of products."""
    return owner.get("/api/products").json()["products"]
