"""KPIs over the API of a shop: a circle, and how its KPIs and values are asked for."""

import csv
from typing import Any

from api_shop import Api

KPI = {
    "name": "Turnover",
    "circle_id": 1,
    "periodicity": "monthly",
    "unit": "chf",
    "initial_value": 0,
    "target_value": 120000,
    "active": True,
}


def send(api: Api, method: str, path: str, role: str, body: object = None) -> Any:
    """The answer to a request of somebody."""
    headers = api.as_(role) if role else {}
    return api.client.request(method, f"/api/{path}", json=body, headers=headers)


def give_circle(api: Api, name: str = "Sales", *members: str) -> int:
    """A circle that the manager made; people of these roles belong to it, too."""
    made = send(api, "POST", "circles", "manager", {"name": name}).json()["id"]
    for role in members:
        number = api.get("/api/users/me", role)["id"]
        assert send(api, "PUT", f"circles/{made}/members/{number}", "manager").is_success
    return made


def make(api: Api, role: str = "manager", **given: Any) -> Any:
    """The answer to a KPI that is good unless it is said otherwise."""
    return send(api, "POST", "kpis", role, KPI | given)


def enter(api: Api, kpi_id: int, period: str, value: float, role: str = "editor") -> Any:
    """The answer to a value."""
    body = {"period": period, "value": value}
    return send(api, "POST", f"kpis/{kpi_id}/values", role, body)


def rows(api: Api, path: str) -> list[list[str]]:
    """The cells of a list as CSV."""
    answer = api.client.get(f"/api/{path}", params={"format": "csv"}, headers=api.as_("viewer"))
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.reader(answer.text.splitlines()))
