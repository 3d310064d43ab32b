"""KPIs over the API: who may define one, what it may be, its targets, lists and CSV."""

from typing import Any

import pytest

from api_shop import Api
from kpi_api import KPI, enter, give_circle, make, rows, send

TOLD = {
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
    "computed_at": None,
    "computed_error": None,
    "may_define": True,
    "may_enter": True,
}


@pytest.fixture
def circle(api: Api) -> Api:
    """A circle that the manager made and the editor belongs to; the viewer does not."""
    give_circle(api, "Sales", "editor")
    return api


def patch(api: Api, kpi_id: int = 1, role: str = "manager", **body: Any) -> Any:
    return send(api, "PATCH", f"kpis/{kpi_id}", role, body)


def test_a_kpi_is_made_shown_changed_and_deleted(circle: Api) -> None:
    made = make(circle)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told.pop("created_at").endswith("Z")
    assert told == TOLD
    circle.as_("viewer")
    owner = circle.get("/api/users/me", "editor")["id"]
    changed = patch(circle, unit="percentage", archived=True, owner_id=owner, maximum=50.5).json()
    new = {"unit": "percentage", "aggregation": "last", "minimum": 0, "maximum": 50.5}
    new |= {"owner_id": owner, "owner": "editor", "archived": True, "may_enter": False}
    assert changed == TOLD | new | {"created_at": changed["created_at"]}
    as_viewer = changed | {"may_define": False, "may_enter": False}
    assert circle.get("/api/kpis")["kpis"] == [as_viewer]
    assert circle.get("/api/kpis/1") == as_viewer
    assert patch(circle, archived=False, maximum=None, minimum=None).json()["maximum"] is None
    assert patch(circle).json()["minimum"] is None
    assert circle.get("/api/kpis/1", "editor")["may_enter"]
    assert send(circle, "DELETE", "kpis/1", "manager").json()["message"]
    assert circle.get("/api/kpis") == {"kpis": [], "next": None}
    assert send(circle, "GET", "kpis/1", "viewer").status_code == 404


def test_strangers_and_people_of_other_circles_change_nothing(circle: Api) -> None:
    make(circle)
    enter(circle, 1, "2026-01", 5)
    for method, path, body in (
        ("POST", "kpis", KPI | {"name": "Mine"}),
        ("PATCH", "kpis/1", {"name": "Mine"}),
        ("PATCH", "kpis/1", {"target_value": 1}),
        ("PATCH", "kpis/1", {"archived": True}),
        ("PATCH", "kpis/1", {}),
        ("DELETE", "kpis/1", None),
        ("DELETE", "kpis/1/targets/1", None),
    ):
        assert send(circle, method, path, "", body).status_code == 401
        for role in ("viewer", "editor"):
            assert send(circle, method, path, role, body).status_code == 403, (role, method, path)
    for path in ("kpis", "kpis/1", "kpis/units", "kpis/1/targets", "kpis/1/values"):
        assert send(circle, "GET", path, "").status_code == 401
        assert send(circle, "GET", path, "viewer").status_code == 200
    elsewhere = send(circle, "POST", "circles", "admin", {"name": "Elsewhere"}).json()["id"]
    foreign = make(circle, circle_id=elsewhere)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")
    assert "“Elsewhere”" in foreign.json()["detail"]
    assert make(circle, "admin", circle_id=elsewhere, name="Theirs").status_code == 201
    assert [one["name"] for one in circle.get("/api/kpis")["kpis"]] == ["Theirs", "Turnover"]


WRONG: list[object] = [
    None,
    [],
    {"name": "A"},
    *(KPI | {field: None} for field in ("name", "circle_id", "unit", "target_value")),
    *({one: KPI[one] for one in KPI if one != field} for field in ("periodicity", "unit", "name")),
    KPI | {"name": " "},
    KPI | {"name": "x" * 151},
    KPI | {"name": "a\x00"},
    KPI | {"name": 5},
    KPI | {"circle_id": 0},
    KPI | {"circle_id": 2**31},
    KPI | {"circle_id": "Sales"},
    KPI | {"periodicity": "hourly"},
    KPI | {"periodicity": "Monthly"},
    KPI | {"unit": "CHF"},
    KPI | {"unit": "€"},
    KPI | {"target_value": "much"},
    KPI | {"target_value": "NaN"},
    KPI | {"target_value": 1e300},
    KPI | {"target_value": 0.12345},
    KPI | {"initial_value": "Infinity"},
    KPI | {"minimum": 2, "maximum": 1},
    KPI | {"direction": "up"},
    KPI | {"aggregation": "max"},
    KPI | {"active": "perhaps"},
    KPI | {"due_days": 400},
    KPI | {"owner_id": 999},
    KPI | {"measure": "profit"},
    KPI | {"measure": "orders", "filters": {"planet": ["Mars"]}},
    KPI | {"measure": "orders", "filters": {"country": "Peru"}},
    KPI | {"filters": {"country": ["Peru"]}},
    KPI | {"archived": True},
    KPI | {"id": 7},
]


def test_what_is_no_kpi_is_422_and_leaves_nothing(circle: Api) -> None:
    for body in WRONG:
        answer = send(circle, "POST", "kpis", "manager", body)
        assert answer.status_code == 422, body
        assert answer.json()["detail"]
    assert make(circle, circle_id=99).status_code == 404
    assert circle.get("/api/kpis")["kpis"] == []
    made = make(circle).json()
    for body in WRONG[10:-2]:  # those with one wrong field
        answer = send(circle, "PATCH", "kpis/1", "manager", body)
        assert answer.status_code == 422, body
    for wrong in ({"id": 7}, {"may_enter": True}, {"target_from": "2026-01-01"}, [], None):
        assert send(circle, "PATCH", "kpis/1", "manager", wrong).status_code == 422
    assert patch(circle, target_value=1, target_from="last year").status_code == 422
    assert patch(circle, target_value=1, target_from="1800-01-01").status_code == 422
    assert circle.get("/api/kpis/1", "manager") == made


def test_names_are_there_once_and_wrong_names_are_guessed(circle: Api) -> None:
    make(circle)
    again = make(circle, name=" TURNOVER ")
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    measure = make(circle, name="B", measure="net_revenu")
    assert "Did you mean “net_revenue”?" in measure.json()["detail"]
    assert "Did you mean “chf”?" in make(circle, name="B", unit="chff").json()["detail"]
    francs = make(circle, name="B", unit="§§").json()["detail"]
    assert francs == (
        "There is no unit “§§”. It is percentage, amount, score, or a currency such as chf."
    )


def test_a_computed_kpi_takes_no_typed_values_until_its_measure_goes(circle: Api) -> None:
    told = make(circle, measure="net_revenue", filters={"country": ["Peru"]}).json()
    assert (told["measure"], told["filters"]) == ("net_revenue", {"country": ["Peru"]})
    assert not told["may_enter"]
    refused = enter(circle, 1, "2026-01", 5)
    assert (refused.status_code, refused.json()["code"]) == (409, "computed")
    freed = patch(circle, measure=None).json()
    assert (freed["measure"], freed["filters"], freed["may_enter"]) == (None, {}, True)
    assert enter(circle, 1, "2026-01", 5).status_code == 201


def test_targets_have_a_history(circle: Api) -> None:
    make(circle)
    enter(circle, 1, "2026-01", 5)
    assert patch(circle, target_value=130000).json()["target_value"] == 130000
    assert patch(circle, target_value=90, target_from="2026-02-15").json()["target_value"] == 130000
    assert patch(circle, target_value=80, target_from="2100-01-01").json()["target_value"] == 130000
    told = circle.get("/api/kpis/1/targets")["targets"]
    assert [one["value"] for one in told] == [120000, 90, 130000, 80]
    assert [one["valid_from"] for one in told][:2] == [None, "2026-02-15"]
    assert told[3]["valid_from"] == "2100-01-01"
    assert told[0]["set_by"] == circle.get("/api/users/me", "manager")["id"]
    first, now = (f"kpis/1/targets/{told[number]['id']}" for number in (0, 2))
    assert send(circle, "DELETE", first, "manager").status_code == 409
    assert send(circle, "DELETE", now, "manager").status_code == 200
    assert send(circle, "DELETE", now, "manager").status_code == 404
    assert circle.get("/api/kpis/1")["target_value"] == 90
    patch(circle, target_value=7, target_from=None)
    told = circle.get("/api/kpis/1/targets")["targets"]
    assert [(one["value"], one["valid_from"]) for one in told] == [(7, None)]
    assert send(circle, "GET", "kpis/9/targets", "viewer").status_code == 404


def test_a_change_that_fails_changes_nothing(circle: Api) -> None:
    make(circle)
    make(circle, name="Other")
    enter(circle, 1, "2026-01", 5)
    before = circle.get("/api/kpis/1", "manager")
    assert patch(circle, description="New", target_value=1e15).status_code == 422
    assert patch(circle, target_value=5, name="OTHER").status_code == 409
    assert patch(circle, target_value=5, periodicity="yearly").status_code == 409
    assert patch(circle, archived=True, owner_id=999).status_code == 422
    assert circle.get("/api/kpis/1", "manager") == before
    assert send(circle, "DELETE", "kpis/1", "manager").status_code == 409


def test_lists_filter_sort_turn_pages_and_come_as_csv(circle: Api) -> None:
    give_circle(circle, "Another")
    for number, name in enumerate(("c", "=A", "b")):
        make(circle, name=name, circle_id=1 + number % 2, description="@x")
    patch(circle, 3, active=False)

    def names(**asked: Any) -> list[str]:
        return [one["name"] for one in circle.get("/api/kpis", **asked)["kpis"]]

    assert names() == ["=A", "b", "c"]
    assert names(sort="-name") == ["c", "b", "=A"]
    assert names(sort="circle") == ["=A", "b", "c"]
    assert names(sort="-created_at") == ["b", "=A", "c"]
    assert names(circle=1, active=True) == ["c"]
    assert names(archived=True) == names(periodicity="daily") == names(circle=99) == []
    assert names(search="B") == ["b"]
    page = circle.get("/api/kpis", limit=2)
    assert [one["name"] for one in page["kpis"]] == ["=A", "b"]
    assert names(limit=2, after=page["next"]) == ["c"]
    assert circle.get("/api/kpis", limit=2, after=page["next"])["next"] is None
    for wrong in ("limit=0", "limit=501", "sort=colour", "after=x", "active=7", "circle=0"):
        assert send(circle, "GET", f"kpis?{wrong}", "viewer").status_code == 422, wrong
    header, *lines = rows(circle, "kpis")
    assert header[:3] == ["id", "name", "description"]
    assert [line[1:3] for line in lines] == [["'=A", "'@x"], ["b", "'@x"], ["c", "'@x"]]
    assert dict(zip(header, lines[1], strict=True))["active"] == "false"
    [entry] = circle.get("/api/audit", "admin", action="export")["entries"]
    assert entry["subject"] == "KPIs"


def test_units_are_listed_with_what_to_show(api: Api) -> None:
    units = {one["code"]: one["label"] for one in api.get("/api/kpis/units")["units"]}
    assert [units[code] for code in ("percentage", "amount", "score")] == ["%", "Amount", "Score"]
    assert (units["chf"], units["eur"]) == ("CHF", "EUR")
