"""A day's work through hm-kpis alone, and what the other doors see of it."""

import httpx2
import pytest

from contracts.clients.hm_kpis import Customer, HmKpis, Refused
from contracts.clients.product_catalog import ProductCatalog
from contracts.people import PASSWORD, bearer
from serving import Server

PEOPLE = "customer_id,gender,age\nc1,male,20\nc2,female,30\nc3,,40\nc4,female,\n"
SALES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,p1,Pen,1,2024-01-05,10,c2,France\n2,p1,Pen,1,2024-01-06,5,c9,France\n"
    "3,p1,Pen,1,2024-01-07,5,c4,France\n"
)


@pytest.mark.parametrize("below", ["", "/api/v1"])
def test_a_days_work_through_hm_kpis(old: Server, below: str) -> None:
    base, name = f"{old.url}/compat/hm-kpis{below}", f"ada{len(below)}"
    client = HmKpis(base)
    with old.client() as owner:
        with pytest.raises(Refused, match="Not authenticated"):
            client.customers()
        client.register(name, PASSWORD)
        with pytest.raises(Refused, match="Username already exists"):
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
        for text in (PEOPLE, SALES):
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
        with pytest.raises(Refused, match="Could not validate credentials"):
            client.genders()
        client.log_out()
        with pytest.raises(Refused, match="Not authenticated"):
            client.genders()
    client.close()
