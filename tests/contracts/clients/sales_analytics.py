"""A program written for the older product “Sales Analytics”: all it knows is that product's API.

Its answers are read strictly: what is missing, of another type or no date raises an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx2


@dataclass(frozen=True)
class Outlook:
    """The forecast: revenue by day, and how good the product says it is."""

    days: Mapping[date, float]
    total: float
    mae: float
    accuracy: str


class SalesAnalytics:
    """Somebody at the front end; `base_url` is all that was changed for the move."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx2.Client(base_url=base_url, timeout=60)

    def sign_up(self, email: str, username: str, password: str, full_name: str) -> str:
        """The token that verifies the address."""
        body = {"email": email, "username": username, "password": password, "full_name": full_name}
        answer = self._http.post("/api/auth/register", json=body)
        if answer.status_code != 201:
            raise RuntimeError(answer.json()["detail"])
        return str(answer.json()["verification_token"])

    def verify(self, token: str) -> None:
        path = "/api/auth/verify-email"
        self._read(self._http.post(path, params={"verification_token": token}), "message")

    def log_in(self, email: str, password: str) -> None:
        answer = self._http.post("/api/auth/login", json={"email": email, "password": password})
        kind = self._read(answer, "token_type")
        self._http.headers["Authorization"] = f"{kind} {answer.json()['access_token']}"

    def log_out(self) -> None:
        """That product's tokens only ran out: a front end logged out by forgetting its own."""
        self._http.close()

    def last_login(self) -> datetime:
        return datetime.fromisoformat(self._get("/api/users/me", "last_login"))

    def kpis(self) -> dict[str, float]:
        found = self._get("/api/analytics/kpis", "kpis")
        return {name: found[name] for name in ("revenue", "orders", "customers", "avg_order")}

    def revenue_by_month(self) -> dict[date, float]:
        rows = self._get("/api/analytics/revenue/monthly", "monthly_revenue")
        return {date.fromisoformat(f"{row['month']}-01"): row["revenue"] for row in rows}

    def revenue_by_day(self) -> dict[date, float]:
        rows = self._get("/api/revenue/daily-trend", "daily_revenue")
        return {date.fromisoformat(row["date"]): row["revenue"] for row in rows}

    def growth(self) -> dict[str, float | None]:
        rows = self._get("/api/revenue/growth", "monthly_growth")
        return {row["month"]: row["growth_rate"] for row in rows}

    def revenue_by_hour(self) -> dict[int, float]:
        rows = self._get("/api/revenue/by-hour", "sales_by_hour")
        return {row["hour"]: row["revenue"] for row in rows}

    def revenue_by_weekday(self) -> dict[str, float]:
        rows = self._get("/api/revenue/by-day-of-week", "sales_by_day")
        return {row["day_name"]: row["revenue"] for row in rows}

    def revenue_by_country(self) -> dict[str, float]:
        rows = self._get("/api/geographic/revenue-by-country", "revenue_by_country")
        return {row["country"]: row["revenue"] for row in rows}

    def orders_by_country(self) -> dict[str, int]:
        rows = self._get("/api/geographic/country-performance", "country_performance")
        return {row["country"]: row["orders"] for row in rows}

    def top_customers(self, limit: int) -> dict[str, float]:
        rows = self._get("/api/customers/top", "top_customers", limit=limit)
        return {row["customer_id"]: row["total_spent"] for row in rows}

    def segments(self) -> dict[str, int]:
        rows = self._get("/api/customers/segments", "segments")
        return {row["segment"]: row["customers"] for row in rows}

    def lifetime_value(self) -> dict[str, float]:
        rows = self._get("/api/customers/lifetime-value", "lifetime_value")
        return {row["segment"]: row["avg_clv"] for row in rows}

    def top_products(self, limit: int) -> dict[str, float]:
        rows = self._get("/api/products/top", "top_products", limit=limit)
        return {row["product"]: row["units_sold"] for row in rows}

    def outlook(self, periods: int) -> Outlook:
        path = "/api/analytics/forecast/revenue"
        answer = self._http.get(path, params={"periods": periods})
        rows, summary = self._read(answer, "forecast"), self._read(answer, "summary")
        days = {date.fromisoformat(row["ds"]): row["yhat"] for row in rows}
        mae = summary["accuracy_metrics"]["mae"]
        accuracy = self._read(answer, "model_accuracy")
        return Outlook(days, summary["total_predicted_value"], mae, accuracy)

    def _get(self, path: str, name: str, **asked: int) -> Any:
        return self._read(self._http.get(path, params=asked), name)

    def _read(self, answer: httpx2.Response, name: str) -> Any:
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.json()['detail']}")
        return answer.json()[name]


def load(base_url: str, key: str, file: bytes) -> int:
    """What the product's loader did on its server: bring in a file; rows it loaded."""
    answer = httpx2.post(
        f"{base_url}/api/imports",
        headers={"Authorization": f"Bearer {key}"},
        files={"file": ("online_retail.csv", file, "text/csv")},
        timeout=60,
    )
    if answer.status_code not in {200, 201}:
        raise RuntimeError(answer.text)
    return int(answer.json()["rows"]) if answer.status_code == 201 else 0
