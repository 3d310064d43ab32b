"""A day's work through hm-kpis or product-catalog alone, and what other doors see of it."""

from typing import Any

import httpx2
import pytest

from contracts.clients import hm_kpis, product_catalog
from contracts.clients.hm_kpis import Customer, HmKpis
from contracts.clients.product_catalog import ProductCatalog
from contracts.people import PASSWORD, bearer
from serving import Server

PEOPLE = "customer_id,gender,age\nc1,male,20\nc2,female,30\nc3,,40\nc4,female,\n"
HATS = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,h1,Hat,1,2024-01-05,10,c2,France\n2,h1,Hat,1,2024-01-06,5,c9,France\n"
    "3,h1,Hat,1,2024-01-07,5,c4,France\n"
)
FIRST = [("p1", "Pen", "Office", 1.25, 40, 4.5, 12), ("p2", "Cup", "Home", 8, 9, 3.9, 4)]
CHANGED = [("p2", "Mug", "Home", 7.5, 11, 4.1, 6), ("p3", "Lamp", "Home", 30, 2, 5, 1)]
SALES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "day,p2,a cup,3,2024-01-05,10,c1,France\n"
)


@pytest.mark.parametrize("below", ["", "/api/v1"])
def test_a_days_work_through_hm_kpis(old: Server, below: str) -> None:
    base, name = f"{old.url}/compat/hm-kpis{below}", f"ada{len(below)}"
    client = HmKpis(base)
    with old.client() as owner:
        with pytest.raises(hm_kpis.Refused, match="Not authenticated"):
            client.customers()
        client.register(name, PASSWORD)
        with pytest.raises(hm_kpis.Refused, match="Username already exists"):
            client.register(name, PASSWORD)
        client.login(name, PASSWORD)
        client.login_as_documented(name, PASSWORD)

        # The account is one of ours: it signs in elsewhere, and admins see it.
        body = {"email": name, "password": PASSWORD}
        ours = httpx2.post(f"{old.url}/api/auth/login", json=body).json()["access_token"]
        me = httpx2.get(f"{old.url}/api/users/me", headers=bearer(ours)).json()
        assert (me["username"], me["role"]) == (name, "viewer")
        assert me["last_login"] is not None
        assert name in [one["username"] for one in owner.get("/api/users").json()["users"]]
        other = ProductCatalog(f"{old.url}/compat/product-catalog")
        other.log_in(name, PASSWORD)
        assert other.who_am_i() == name
        other.close()
        entries = owner.get("/api/audit").json()["entries"]
        done = {one["action"] for one in entries if one["actor"] == name}
        assert {"registered", "sign_in"} <= done

        # What is loaded at our own door is there.
        for text in (PEOPLE, HATS):
            owner.post("/api/imports", files={"file": ("a.csv", text)}).raise_for_status()
        assert client.genders() == ["MALE", "FEMALE"]
        everybody = client.customers()
        assert [one.customer_id for one in everybody] == ["c1", "c2", "c3", "c4", "c9"]
        assert client.customers(["FEMALE"], (20, 80)) == [Customer("c2", "FEMALE", 30)]
        ours = owner.get("/api/customers", params={"gender": "female"}).json()["customers"]
        women = client.customers(["FEMALE"])
        assert {one["customer_id"] for one in ours} == {one.customer_id for one in women}

        # Whoever is signed out everywhere is so here.
        spent = bearer(client.token)
        assert httpx2.post(f"{old.url}/api/auth/logout-all", headers=spent).is_success
        with pytest.raises(hm_kpis.Refused, match="Could not validate credentials"):
            client.genders()
        client.log_out()
        with pytest.raises(hm_kpis.Refused, match="Not authenticated"):
            client.genders()
    client.close()


def test_a_days_work_through_product_catalog(old: Server) -> None:
    client = ProductCatalog(f"{old.url}/compat/product-catalog")
    with old.client() as owner:
        with pytest.raises(product_catalog.Refused, match="Missing or invalid token"):
            client.who_am_i()
        assert client.sign_up("carl", PASSWORD) == "User created successfully"
        with pytest.raises(product_catalog.Refused, match="Username already exists"):
            client.sign_up("carl", PASSWORD)
        with pytest.raises(product_catalog.Refused, match="Invalid username or password"):
            client.log_in("carl", "another long password")
        client.log_in("carl", PASSWORD)
        assert client.who_am_i() == "carl"

        assert client.upload(FIRST) == "Data uploaded successfully"
        with pytest.raises(product_catalog.Refused, match="line 3, column price: “cheap”"):
            client.upload([CHANGED[0], ("p4", "Hat", "Home", "cheap", 1, 1, 1)])
        assert client.upload(CHANGED) == "Data uploaded successfully"

        # The products are ours, whoever asks.
        found = products(owner)
        assert found.keys() >= {"p1", "p2", "p3"}
        mug = found["p2"]
        assert (mug["product_name"], mug["category"], mug["price"]) == ("Mug", "Home", 7.5)
        assert (mug["quantity_sold"], mug["rating"], mug["review_count"]) == (11, 4.1, 6)
        summary = owner.get("/api/products/summary").json()["categories"]
        revenue = {one["category"]: one["total_revenue"] for one in summary}
        assert (revenue["Office"], revenue["Home"]) == (50.0, 7.5 * 11 + 30 * 2)
        imports = owner.get("/api/imports").json()["imports"]
        done = [one for one in imports if one["created_by"] == "carl" and one["state"] == "done"]
        assert [one["kind"] for one in done] == ["products", "products"]

        # Name and category hold for what was sold of them.
        owner.post("/api/imports", files={"file": ("a.csv", SALES)}).raise_for_status()
        top = owner.get("/api/products/top").json()["top_products"]
        assert ("Mug", 30.0) in [(one["product"], one["revenue"]) for one in top]

        # So is the account.
        body = {"email": "carl", "password": PASSWORD}
        assert httpx2.post(f"{old.url}/api/auth/login", json=body).status_code == 200
        other = HmKpis(f"{old.url}/compat/hm-kpis")
        other.login("carl", PASSWORD)
        assert "c1" in [one.customer_id for one in other.customers()]
        other.close()

        # What an admin undoes is undone here, and can be sent again.
        owner.delete(f"/api/imports/{done[0]['id']}").raise_for_status()
        assert names(owner) == {"p1": "Pen", "p2": "Cup", "p3": None}
        assert client.upload(CHANGED) == "Data uploaded successfully"
        assert names(owner) == {"p1": "Pen", "p2": "Mug", "p3": "Lamp"}

        client.log_out()
        with pytest.raises(product_catalog.Refused, match="Missing or invalid token"):
            client.upload(FIRST)
    client.close()


def products(owner: httpx2.Client) -> dict[str, dict[str, Any]]:
    """Our own list of products, by id."""
    return {one["product_id"]: one for one in owner.get("/api/products").json()["products"]}


def names(owner: httpx2.Client) -> dict[str, str | None]:
    """What the products of the day are called; None where there is none."""
    found = products(owner)
    return {one: found[one]["product_name"] if one in found else None for one in ("p1", "p2", "p3")}
