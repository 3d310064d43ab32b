"""Values of KPIs and their log over the API."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api_shop import Api
from kpi_api import enter, give_circle, make, rows, send
from newcomers import with_settings


@pytest.fixture
def kpi(api: Api) -> Api:
    """A KPI by month in a circle to which the editor belongs, and not the viewer."""
    give_circle(api, "Sales", "editor")
    make(api)
    return api


def test_a_value_is_entered_changed_and_deleted_and_the_log_tells(kpi: Api) -> None:
    new = {"kpi_id": 1, "period": "2026-03", "value": 12.5, "comment": " First "}
    made = send(kpi, "POST", "kpi-values", "editor", new)
    assert made.status_code == 201, made.text
    told, editor = made.json(), kpi.get("/api/users/me", "editor")["id"]
    at = told.pop("created_at")
    assert at.endswith("Z")
    assert told == {
        "id": 1,
        "kpi_id": 1,
        "kpi": "Turnover",
        "circle_id": 1,
        "circle": "Sales",
        "period": "2026-03",
        "period_year": 2026,
        "period_month": 3,
        "from": "2026-03-01",
        "to": "2026-04-01",
        "value": 12.5,
        "comment": "First",
        "version": 1,
        "restated": None,
        "restated_at": None,
        "created_by": editor,
        "created_by_name": "editor",
        "updated_by": None,
        "updated_by_name": None,
        "updated_at": None,
    }
    assert kpi.get("/api/kpi-values/1") == told | {"created_at": at}
    changed = send(kpi, "PATCH", "kpi-values/1", "manager", {"version": 1, "value": 0}).json()
    assert (changed["value"], changed["version"], changed["comment"]) == (0, 2, "First")
    assert (changed["updated_by_name"], changed["created_by_name"]) == ("manager", "editor")
    assert send(kpi, "DELETE", "kpi-values/1?version=1", "manager").status_code == 409
    assert send(kpi, "DELETE", "kpi-values/1?version=2", "manager").json()["message"]
    assert send(kpi, "GET", "kpi-values/1", "viewer").status_code == 404
    log = kpi.get("/api/kpi-changes")["changes"]
    assert {one.pop("at")[-1] for one in log} == {"Z"}
    common = {"kpi_id": 1, "kpi": "Turnover", "circle_id": 1, "circle": "Sales", "value_id": 1}
    common |= {"period": "2026-03", "comment": "First", "why": "typed", "import_id": None}
    manager = {"user_id": kpi.get("/api/users/me", "manager")["id"], "user": "manager"}
    common |= {"file": None} | manager
    assert log == [
        common | {"id": 3, "activity": "deleted", "before": 0, "after": None},
        common | {"id": 2, "activity": "updated", "before": 12.5, "after": 0},
        common
        | {"id": 1, "activity": "created", "before": None, "after": 12.5}
        | {"user_id": editor, "user": "editor"},
    ]


def test_who_may_do_what_with_values(kpi: Api) -> None:
    enter(kpi, 1, "2026-01", 5)
    give_circle(kpi, "Others")
    make(kpi, name="Theirs", circle_id=2)
    new, cell = {"period": "2026-02", "value": 1}, {"kpi_id": 2, "period": "2026-02", "value": 1}
    for method, path, body in (
        ("POST", "kpis/1/values", new),
        ("POST", "kpi-values", new | {"kpi_id": 1}),
        ("PUT", "kpi-values", {"values": [cell | {"kpi_id": 1}]}),
        ("PATCH", "kpi-values/1", {"version": 1, "value": 2}),
        ("DELETE", "kpi-values/1", None),
    ):
        assert send(kpi, method, path, "", body).status_code == 401
        assert send(kpi, method, path, "viewer", body).status_code == 403
    for path in ("kpi-values", "kpi-values/1", "kpi-changes", "kpis/1/values"):
        assert send(kpi, "GET", path, "").status_code == 401
        assert send(kpi, "GET", path, "viewer").status_code == 200
    refused = send(kpi, "POST", "kpi-values", "editor", cell)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "You do not belong to the circle “Others”."
    assert send(kpi, "DELETE", "kpi-values/1", "editor").status_code == 403
    assert [one["value"] for one in kpi.get("/api/kpi-values")["values"]] == [5]


def test_the_second_of_two_who_change_a_value_is_told(kpi: Api) -> None:
    enter(kpi, 1, "2026-03", 1)
    again = enter(kpi, 1, "2026-03", 2, "manager")
    assert (again.status_code, again.json()["code"]) == (409, "value_exists")
    edit = {"version": 1, "value": 2}
    assert send(kpi, "PATCH", "kpi-values/1", "manager", edit).status_code == 200
    late = send(kpi, "PATCH", "kpi-values/1", "editor", edit | {"value": 3})
    assert late.status_code == 409
    told = late.json()
    assert told["updated_at"].endswith(("Z", "+00:00"))
    assert {name: told[name] for name in ("code", "version", "value", "updated_by_name")} == {
        "code": "conflict",
        "version": 2,
        "value": 2,
        "updated_by_name": "manager",
    }
    send(kpi, "PATCH", "kpis/1", "manager", {"active": False})
    off = send(kpi, "PATCH", "kpi-values/1", "editor", {"version": 2, "value": 3})
    assert (off.status_code, off.json()["code"]) == (409, "not_active")
    assert "is not active" in off.json()["detail"]


def test_what_is_no_value_is_422_and_leaves_nothing(kpi: Api) -> None:
    new: dict[str, Any] = {"kpi_id": 1, "period": "2026-03", "value": 1}
    written = {"kpi_id": 1, "period_year": 2026, "period_month": 3, "value": 1}
    wrong: list[object] = [
        None,
        [],
        {"kpi_id": 1, "value": 1},
        {"kpi_id": 1, "period": "2026-03"},
        {"period": "2026-03", "value": 1},
        *(new | {"value": value} for value in (None, "x", "NaN", "", 1e15, 0.00001, True, [1])),
        *(
            new | {"period": period}
            for period in (None, 2026, "2026", "2026-3", "March", "9999-01")
        ),
        *(new | {"kpi_id": kpi_id} for kpi_id in (0, -1, None, "1x", 2**31)),
        new | {"comment": None},
        new | {"comment": "x" * 2001},
        new | {"comment": "a\x00b"},
        new | {"user_id": 1},
        new | {"period_year": 2026},
        written | {"period_month": 13},
        written | {"period_month": 0},
        written | {"period_year": 20260},
        {name: value for name, value in written.items() if name != "period_month"},
    ]
    for body in wrong:
        answer = send(kpi, "POST", "kpi-values", "editor", body)
        assert answer.status_code == 422, (body, answer.text)
    assert send(kpi, "POST", "kpi-values", "editor", new | {"kpi_id": 99}).status_code == 404
    assert kpi.get("/api/kpi-values") == {"values": [], "next": None}
    assert send(kpi, "POST", "kpi-values", "editor", written).status_code == 201
    for body in (
        {"value": 2},
        {"version": 0, "value": 2},
        {"version": "x", "value": 2},
        {"version": 1, "value": "NaN"},
        {"version": 1, "period": "2026-04"},
        {"version": 1, "comment": "x" * 2001},
    ):
        assert send(kpi, "PATCH", "kpi-values/1", "editor", body).status_code == 422, body
    same = send(kpi, "PATCH", "kpi-values/1", "editor", {"version": 1})
    assert (same.status_code, same.json()["version"]) == (200, 1)


def test_a_grid_is_taken_whole_or_not_at_all(kpi: Api) -> None:
    enter(kpi, 1, "2026-03", 1)
    cells = [
        {"kpi_id": 1, "period": "2026-03", "value": 15, "version": 1},
        {"kpi_id": 1, "period": "2026-04", "value": 2.5, "comment": "new"},
        {"kpi_id": 1, "period": "2026-05", "value": None},
    ]
    taken = send(kpi, "PUT", "kpi-values", "editor", {"values": cells})
    assert taken.status_code == 200, taken.text
    told = [(one["period"], one["value"], one["version"]) for one in taken.json()["values"]]
    assert told == [("2026-03", 15, 2), ("2026-04", 2.5, 1)]
    refused = send(kpi, "PUT", "kpi-values", "editor", {"values": cells})
    assert refused.status_code == 409
    first, second = refused.json()["cells"]
    assert (first["index"], first["code"], first["version"], first["value"]) == (
        0,
        "conflict",
        2,
        15,
    )
    assert (second["index"], second["code"], second["period"]) == (1, "value_exists", "2026-04")
    assert "already" in second["reason"]
    bad = [*cells, {"kpi_id": 1, "period": "2026-13", "value": 1}]
    assert send(kpi, "PUT", "kpi-values", "editor", {"values": bad}).status_code == 422
    for wrong in (None, [], {}, {"values": None}, {"values": [{"kpi_id": 1, "period": "2026-03"}]}):
        assert send(kpi, "PUT", "kpi-values", "editor", wrong).status_code == 422
    many = [{"kpi_id": 1, "period": "2026-03", "value": None}] * 2001
    assert send(kpi, "PUT", "kpi-values", "editor", {"values": many}).status_code == 422
    assert send(kpi, "PUT", "kpi-values", "editor", {"values": many[1:]}).json() == {"values": []}
    assert len(kpi.get("/api/kpi-changes")["changes"]) == 3


def test_lists_are_asked_for_by_period_circle_and_kpi(kpi: Api) -> None:
    give_circle(kpi, "Others", "editor")
    make(kpi, name="Quarters", circle_id=2, periodicity="quarterly")
    today = datetime.now(ZoneInfo(kpi.shop.settings.timezone)).date()
    last_year, last_month = today.year - 1, today.replace(day=1) - timedelta(days=1)
    enter(kpi, 1, f"{today:%Y-%m}", 1)
    enter(kpi, 1, f"{last_month:%Y-%m}", 2)
    enter(kpi, 1, f"{last_year - 1}-12", 3)
    enter(kpi, 2, f"{last_year - 1}-Q4", 4)

    def found(path: str = "kpi-values", **asked: Any) -> list[float]:
        listed = kpi.get(f"/api/{path}", **asked)
        return [
            one.get("value", one.get("after")) for one in listed[path.rsplit("-", maxsplit=1)[-1]]
        ]

    assert found() == [1, 2, 3, 4]
    for path in ("kpi-values", "kpi-changes"):
        assert found(path, period="this_month") == [1]
        assert found(path, period="last_month") == [2]
        turn = {"from": f"{last_year - 1}-12-01", "to": f"{last_year}-01-01"}
        assert sorted(found(path, **turn)) == [3, 4]
        assert found(path, circle=2) == found(path, kpi=2) == [4]
        assert found(path, kpi=1, **turn) == [3]
        wrong = send(kpi, "GET", f"{path}?period=this_mnth", "viewer")
        assert "Did you mean “this_month”?" in wrong.json()["detail"]
        for query in ("from=x", "limit=0", "kpi=0", "period=this_year&from=2026-01-01"):
            assert send(kpi, "GET", f"{path}?{query}", "viewer").status_code == 422, query
    assert found(sort="period") == [4, 3, 2, 1]
    assert send(kpi, "GET", "kpi-values?before=7", "viewer").status_code == 422
    first = kpi.get("/api/kpi-values", limit=2)
    assert found(limit=2, before=first["next"]) == [3, 4]
    assert kpi.get("/api/kpi-values", limit=2, before=first["next"])["next"] is None
    log = kpi.get("/api/kpi-changes", limit=3)
    assert found("kpi-changes", limit=3, before=log["next"]) == [1]
    editor = kpi.get("/api/users/me", "editor")["id"]
    assert len(found("kpi-changes", person=editor)) == 4
    assert found("kpi-changes", person=editor + 100) == []
    assert found("kpi-changes", value=3) == [3]
    own = kpi.get("/api/kpis/1/values", sort="period")
    assert [one["value"] for one in own["values"]] == [3, 2, 1]
    assert send(kpi, "GET", "kpis/9/values", "viewer").status_code == 404


def test_csv_is_safe_and_exact(kpi: Api) -> None:
    body = {"period": "2026-03", "value": -12.5, "comment": "=1+1"}
    send(kpi, "POST", "kpis/1/values", "editor", body)
    enter(kpi, 1, "2026-04", 1000)
    send(kpi, "PATCH", "kpi-values/2", "editor", {"version": 1, "value": 99999999999999})
    header, *lines = rows(kpi, "kpi-values")
    told = [dict(zip(header, line, strict=True)) for line in lines]
    assert [one["value"] for one in told] == ["99999999999999", "-12.5"]
    assert (told[1]["comment"], told[1]["restated"], told[1]["from"]) == ("'=1+1", "", "2026-03-01")
    assert [line[1:] for line in rows(kpi, "kpis/1/values")] == [
        line[1:] for line in [header, *lines]
    ]
    header, *lines = rows(kpi, "kpi-changes")
    log = [dict(zip(header, line, strict=True)) for line in lines]
    changes = [("1000", "99999999999999"), ("", "1000"), ("", "-12.5")]
    assert [(one["before"], one["after"]) for one in log] == changes
    assert log[2]["comment"] == "'=1+1"
    exports = kpi.get("/api/audit", "admin", action="export")["entries"]
    assert [one["subject"] for one in exports] == ["KPI changes", "KPI values", "KPI values"]


def test_a_day_begins_where_the_shop_is(kpi: Api) -> None:
    """Kiritimati is 25 hours ahead of Pago Pago: where it is this day, it is not there."""
    make(kpi, name="Daily", periodicity="daily")
    today = datetime.now(ZoneInfo("Pacific/Kiritimati")).date().isoformat()
    behind = with_settings(kpi, timezone="Pacific/Pago_Pago")
    ahead = with_settings(kpi, timezone="Pacific/Kiritimati")
    refused = enter(behind, 2, today, 1)
    assert (refused.status_code, "has not begun" in refused.json()["detail"]) == (422, True)
    assert enter(ahead, 2, today, 1).status_code == 201


def test_twenty_clients_who_raise_a_value_at_once_lose_nothing(kpi: Api) -> None:
    enter(kpi, 1, "2026-03", 0)
    headers = kpi.as_("editor")

    def raise_it(_number: int) -> int:
        late = 0
        while True:
            seen = kpi.client.get("/api/kpi-values/1", headers=headers).json()
            body = {"version": seen["version"], "value": seen["value"] + 1}
            answer = kpi.client.patch("/api/kpi-values/1", json=body, headers=headers)
            if answer.status_code == 200:
                return late
            assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
            late += 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(raise_it, range(20)))
    told = kpi.get("/api/kpi-values/1")
    assert (told["value"], told["version"]) == (20, 21)
    log = kpi.get("/api/kpi-changes")["changes"]
    assert [(one["before"], one["after"]) for one in log[:-1]] == [
        (number, number + 1) for number in reversed(range(20))
    ]
    assert Counter(one["activity"] for one in log) == {"updated": 20, "created": 1}
