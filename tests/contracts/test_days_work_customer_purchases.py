"""A day's work through the contract `customer-purchases`, and what other doors tell of it."""

from datetime import date, timedelta
from decimal import Decimal

from contracts.clients.customer_purchases import CustomerPurchases, Purchase
from serving import Server

FIRST = date(2024, 3, 1)
BOUGHT = [
    Purchase(f"Client {number % 7}", "Peru" if number % 3 else "EIRE", FIRST + timedelta(day), cost)
    for number, (day, cost) in enumerate((number // 2, 10.5 + number % 5) for number in range(80))
]
ADA = Purchase("Ada", "Togo", FIRST + timedelta(40), 99.99)


def test_a_day_at_the_till(old: Server) -> None:
    with old.client() as owner:
        body = {"name": "till", "role": "editor"}
        key = owner.post("/api/users/me/keys", json=body).json()["key"]
        till = CustomerPurchases(f"{old.url}/compat/customer-purchases", key)
        assert (till.purchases(), till.mean_per_client(), till.clients()) == ([], 0, {})
        assert till.forecast(12) == {}

        assert till.upload(BOUGHT) == 80
        assert till.upload(BOUGHT) == 0
        assert till.add(ADA) == ADA
        assert till.purchases() == [*BOUGHT, ADA]
        assert till.purchases("tOGO") == [ADA]
        assert till.purchases("peru", ADA.day) == []
        amount = sum(Decimal(str(one.amount)) for one in [*BOUGHT, ADA])
        assert till.mean_per_client() == float(amount / 8)
        assert till.clients() == {"Peru": 7, "EIRE": 7, "Togo": 1}
        ahead = till.forecast(12)
        assert [*ahead] == [ADA.day + timedelta(one) for one in range(1, 13)]

        # Other doors tell the same, in their own words.
        found = owner.get("/api/analytics/kpis").json()["kpis"]
        assert (found["revenue"], found["orders"], found["customers"]) == (float(amount), 81, 8)
        asked = {"measures": "revenue", "by": "country"}
        rows = owner.get("/api/metrics/query", params=asked).json()["rows"]
        assert {row["country"]: row["revenue"] for row in rows} == {
            place: float(sum(Decimal(str(one.amount)) for one in some))
            for place in ("Peru", "EIRE", "Togo")
            if (some := till.purchases(place))
        }
        asked = {"measure": "net_revenue", "horizon": "12"}
        days = owner.get("/api/forecasts", params=asked).json()["forecast"]
        assert {date.fromisoformat(one["start"]): one["value"] for one in days} == ahead

        # What they do is seen at the till: an undone purchase is gone, a new one is there.
        [listed] = owner.get("/api/purchases").json()["purchases"]
        assert listed["customer"] == "Ada"
        assert owner.delete(f"/api/purchases/{listed['id']}").is_success
        assert till.purchases() == BOUGHT
        bob = {"customer": "Bob", "country": "Togo", "date": str(ADA.day), "amount": 3}
        assert owner.post("/api/purchases", json=bob).status_code == 201
        assert till.purchases("Togo") == [Purchase("Bob", "Togo", ADA.day, 3.0)]
        till.close()
