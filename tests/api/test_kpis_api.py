"""KPIs over the API: who may define one, what it may be, its targets."""

from typing import Any

import pytest

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


def send(api: Api, method: str, path: str, role: str, body: object = None):
    return api.client.request(method, f"/api/{path}", json=body, headers=api.as_(role))


@pytest.fixture
def circle(api: Api) -> Api:
    """A circle that manager made and editor belongs to; viewer does not."""
    assert send(api, "POST", "circles", "manager", {"name": "Sales"}).status_code == 201
    editor = api.get("/api/users/me", "editor")["id"]
    assert send(api, "PUT", f"circles/1/members/{editor}", "manager").status_code == 200
    return api


def make(api: Api, role: str = "manager", **given: Any):
    return send(api, "POST", "kpis", role, KPI | given)


def test_a_kpi_is_made_shown_and_changed(circle: Api) -> None:
    made = make(circle)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "id": 1,
        "name": "Turnover",
        "description": "",
        "circle_id": 1,
        "circle": "Sales",
        "periodicity": "monthly",
        "unit": "chf",
        "minimum": None,
        "maximum": None,
        "initial_value": 0,
        "target_value": 120000,
        "direction": "increase",
        "aggregation": "sum",
        "owner_id": None,
        "owner": None,
        "due_days": 10,
        "active": True,
        "archived": False,
        "measure": None,
        "filters": {},
        "may_define": True,
        "may_enter": True,
    }
    changed = send(circle, "PATCH", "kpis/1", "manager", {"unit": "percentage", "archived": True})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["aggregation"], changed.json()["maximum"]) == ("last", 100)
    assert changed.json()["archived"]
    assert circle.get("/api/kpis")["kpis"] == [
        changed.json() | {"may_define": False, "may_enter": False}
    ]
    assert send(circle, "DELETE", "kpis/1", "manager").status_code == 200
    assert circle.get("/api/kpis")["kpis"] == []


def test_values_come_change_and_go_and_the_log_tells(circle: Api) -> None:
    make(circle)
    new = {"kpi_id": 1, "period": "2026-03", "value": 12.5, "comment": " first "}
    made = send(circle, "POST", "kpi-values", "editor", new)
    assert made.status_code == 201, made.text
    assert made.json()["from"] == "2026-03-01"
    again = send(
        circle,
        "POST",
        "kpis/1/values",
        "editor",
        {"period_year": 2026, "period_month": 3, "value": 1},
    )
    assert again.status_code == 409
    edit = {"version": 1, "value": 13}
    assert send(circle, "PATCH", "kpi-values/1", "editor", edit).json()["version"] == 2
    stale = send(circle, "PATCH", "kpi-values/1", "editor", edit | {"value": 14})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert (stale.json()["version"], stale.json()["value"]) == (2, 13)
    cells = [
        {"kpi_id": 1, "period": "2026-03", "value": 15, "version": 2},
        {"kpi_id": 1, "period": "2026-04", "value": 1},
    ]
    grid = send(circle, "PUT", "kpi-values", "editor", {"values": cells})
    assert grid.status_code == 200, grid.text
    assert send(circle, "PUT", "kpi-values", "editor", {"values": cells}).status_code == 409
    assert [one["value"] for one in circle.get("/api/kpi-values")["values"]] == [1, 15]
    assert send(circle, "DELETE", "kpi-values/1", "editor").status_code == 403
    assert send(circle, "DELETE", "kpi-values/1", "manager").status_code == 200
    log = circle.get("/api/kpi-changes")["changes"]
    assert [(one["before"], one["after"]) for one in log if one["period"] == "2026-03"] == [
        (15, None),
        (13, 15),
        (12.5, 13),
        (None, 12.5),
    ]
    for path in ("kpis", "kpi-values", "kpi-changes"):
        answer = circle.client.get(f"/api/{path}?format=csv", headers=circle.as_("viewer"))
        assert answer.status_code == 200
