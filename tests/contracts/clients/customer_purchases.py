"""A program written for the older product “Customer Purchases”: all it knows is that product's API.

That product asked nobody who they are, so the token that Tillsight wants is a header and no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx2


@dataclass(frozen=True)
class Purchase:
    """Somebody bought for so much on that day."""

    customer: str
    country: str
    day: date
    amount: float

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "Purchase":
        day = date.fromisoformat(row["purchase_date"])
        return cls(row["customer_name"], row["country"], day, row["amount"])

    def sent(self) -> dict[str, Any]:
        names = ("customer_name", "country", "purchase_date", "amount")
        return dict(
            zip(names, (self.customer, self.country, str(self.day), self.amount), strict=True)
        )


class CustomerPurchases:
    """Somebody at the front end; paths end with a slash, as that product's do."""

    def __init__(self, base_url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx2.Client(base_url=base_url, headers=headers, timeout=60)

    def close(self) -> None:
        self._http.close()

    def add(self, purchase: Purchase) -> Purchase:
        """What was stored."""
        return Purchase.read(self._read(self._http.post("/purchase/", json=purchase.sent())))

    def upload(self, purchases: Iterable[Purchase]) -> int:
        """How many were added."""
        lines = ["customer_name,country,purchase_date,amount"]
        lines += [",".join(map(str, one.sent().values())) for one in purchases]
        files = {"file": ("purchases.csv", "\n".join(lines).encode(), "text/csv")}
        return int(self._read(self._http.post("/purchase/bulk/", files=files))["added"])

    def purchases(self, country: str = "", since: date | None = None) -> list[Purchase]:
        asked = {"country": country, "start_date": since and str(since)}
        filled = {name: value for name, value in asked.items() if value}
        found = self._read(self._http.get("/purchases/", params=filled))
        return [Purchase.read(row) for row in found]

    def mean_per_client(self) -> float:
        return float(self._read(self._http.get("/kpis/"))["mean_per_client"])

    def clients(self) -> dict[str, int]:
        return dict(self._read(self._http.get("/kpis/"))["clients_per_country"])

    def forecast(self, periods: int) -> dict[date, float]:
        found = self._read(self._http.get("/forecast/", params={"periods": periods}))
        return {date.fromisoformat(day): amount for day, amount in found.items()}

    def _read(self, answer: httpx2.Response) -> Any:
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.json()['detail']}")
        return answer.json()
