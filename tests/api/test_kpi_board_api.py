"""The board over the API, and the course of one KPI."""

import csv
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api_shop import Api

KPI = {
    "name": "Turnover",
    "circle_id": 1,
    "periodicity": "monthly",
    "unit": "chf",
    "target_value": 1200,
}
ENTRY = {
    "id": 1,
    "name": "Turnover",
    "circle_id": 1,
    "circle": "Sales",
    "periodicity": "monthly",
    "unit": "chf",
    "direction": "increase",
    "aggregation": "sum",
    "owner_id": None,
    "owner": None,
    "computed": False,
    "active": True,
    "initial_value": 0,
    "target_value": 1200,
    "x": None,
    "current": None,
    "progress": None,
    "expected": None,
    "pace": None,
    "performance": None,
    "status": "no_data",
    "outlook": {"probability": None, "reason": "too little history", "needed": 6, "have": 0},
    "restated": 0,
}


def send(api: Api, method: str, path: str, body: object = None, role: str = "manager") -> Any:
    answer = api.client.request(method, f"/api/{path}", json=body, headers=api.as_(role))
    assert answer.is_success, answer.text
    return answer.json()


@pytest.fixture
def kpis(api: Api) -> Api:
    """Two circles, with a KPI each; the first was reached evenly in the year before last."""
    for circle, name in ((1, "Turnover"), (2, "Returns")):
        send(api, "POST", "circles", {"name": "Sales" if circle == 1 else "Goods"})
        send(api, "POST", "kpis", KPI | {"name": name, "circle_id": circle})
    return api


def before_last() -> int:
    return datetime.now(ZoneInfo("UTC")).year - 2


def test_the_board_of_a_past_year(kpis: Api) -> None:
    year = before_last()
    for month in range(1, 13):
        send(kpis, "POST", "kpis/1/values", {"period": f"{year}-{month:02}", "value": month})
    told = kpis.get("/api/kpis/board", **{"from": f"{year}-01-01", "to": f"{year}-07-01"})
    assert told["period"] == {"from": f"{year}-01-01", "to": f"{year}-07-01", "name": None}
    assert told["as_of"] == f"{year}-06-30"
    assert "105 %" in told["rule"]
    assert told["counts"] == {"ahead": 0, "on_track": 0, "behind": 1, "no_data": 1}
    nothing, entry = told["kpis"]  # by circle: Goods, Sales
    spark = entry.pop("spark")
    assert [one["period"] for one in spark[:2]] == [f"{year - 1}-06", f"{year - 1}-07"]
    assert [one["value"] for one in spark] == [None] * 7 + [1, 2, 3, 4, 5, 6]
    assert {one["target"] for one in spark} == {1200}
    outlook = entry.pop("outlook")
    ends = [outlook.pop(name) for name in ("low", "year_end", "high")]
    assert outlook == {
        "probability": None,
        "word": "unlikely",
        "method": "forecast",
        "history_periods": 6,
        "periods_to_come": 6,
        "needed_per_period": pytest.approx((1200 - 21) / 6, abs=1e-4),
        "forecast": 24,  # between the mean of the latest four and that of all
    }
    assert 21 < ends[0] < ends[1] < ends[2]
    assert ends[1] == pytest.approx(45)
    expected, pace = entry.pop("expected"), entry.pop("pace")
    assert expected == pytest.approx(1200 * 181 / 365, abs=3)
    assert pace == pytest.approx(21 / expected, abs=1e-4)
    assert entry == {name: value for name, value in ENTRY.items() if name in entry} | {
        "x": 21,
        "current": {"period": f"{year}-06", "value": 6},
        "progress": 1.75,
        "performance": 100,
        "status": "behind",
    }
    assert nothing.pop("spark")[-1] == {"period": f"{year}-06", "value": None, "target": 1200}
    assert nothing == ENTRY | {"id": 2, "name": "Returns", "circle_id": 2, "circle": "Goods"} | {
        "outlook": nothing["outlook"]
    }


def test_periods_by_name_and_refusals(kpis: Api) -> None:
    year = datetime.now(ZoneInfo("UTC")).year
    told = kpis.get("/api/kpis/board", period="last_year")
    assert told["period"] == {
        "from": f"{year - 1}-01-01",
        "to": f"{year}-01-01",
        "name": "last_year",
    }
    assert told["as_of"] == f"{year - 1}-12-31"
    now = kpis.get("/api/kpis/board")
    assert now["period"] == {"from": None, "to": None, "name": None}
    assert now["as_of"] == kpis.get("/api/kpis/board", period="this_month")["as_of"]
    for path in ("board", "1/progress"):
        for query, said in (
            ("period=lastmonth", "Did you mean “last_month”?"),
            ("period=last_month&to=2024-01-01", "not by both"),
            ("from=2024-01-01&to=2024-01-01", "no day"),
            ("to=1900-01-01", "1900"),
        ):
            answer = kpis.client.get(f"/api/kpis/{path}?{query}", headers=kpis.as_("viewer"))
            assert answer.status_code == 422
            assert said in answer.json()["detail"]


def test_the_board_as_a_download(kpis: Api) -> None:
    year = before_last()
    send(kpis, "PATCH", "kpis/2", {"name": "=Returns"})
    for month in range(1, 7):
        send(kpis, "POST", "kpis/1/values", {"period": f"{year}-{month:02}", "value": month})
    days = {"from": f"{year}-01-01", "to": f"{year}-07-01"}
    asked = {**days, "circle": 1, "format": "csv"}
    told = kpis.client.get("/api/kpis/board", params=asked, headers=kpis.as_("viewer"))
    assert told.headers["content-type"].startswith("text/csv")
    assert "kpi-board.csv" in told.headers["content-disposition"]
    [entry] = kpis.get("/api/kpis/board", circle=1, **days)["kpis"]
    [row] = csv.DictReader(told.text.splitlines())
    for name in row.keys() & entry.keys() - {"owner", "computed", "active"}:
        assert row[name] == str(entry[name]).removesuffix(".0") or float(row[name]) == entry[name]
    assert (row["owner"], row["computed"], row["active"]) == ("", "false", "true")
    assert (row["period"], float(row["value"])) == (f"{year}-06", 6)
    told_there = entry["outlook"]
    assert (row["probability"], row["outlook_word"]) == ("", told_there["word"])
    all_of_them = kpis.client.get(
        "/api/kpis/board", params={"format": "csv"}, headers=kpis.as_("viewer")
    )
    assert "'=Returns" in all_of_them.text
    log = kpis.get("/api/audit", "admin", action="export")["entries"]
    assert [one["subject"] for one in log] == ["KPI board"] * 2


def test_which_kpis_the_board_shows(kpis: Api) -> None:
    def shown(**asked: object) -> list[str]:
        return [one["name"] for one in kpis.get("/api/kpis/board", **asked)["kpis"]]

    send(kpis, "POST", "kpis", KPI | {"name": "off", "active": False})
    send(kpis, "POST", "kpis", KPI | {"name": "Another"})
    assert shown() == ["Returns", "Another", "Turnover"]
    assert shown(inactive=True) == ["Returns", "Another", "off", "Turnover"]
    assert shown(circle=1) == ["Another", "Turnover"]
    send(kpis, "PATCH", "kpis/1", {"archived": True})
    assert shown(circle=1, inactive=True) == ["Another", "off"]
    send(kpis, "PATCH", "circles/2", {"archived": True})
    assert shown() == ["Another"]
    assert shown(circle=2) == []
    missing = kpis.client.get("/api/kpis/board?circle=9", headers=kpis.as_("viewer"))
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no circle 9.")
    # The course of one that is put away can still be looked at.
    assert kpis.get("/api/kpis/1/progress")["name"] == "Turnover"


def test_the_course_of_a_kpi(kpis: Api) -> None:
    year = before_last()
    for month in range(1, 13):
        send(kpis, "POST", "kpis/1/values", {"period": f"{year}-{month:02}", "value": 100})
    change = {"target_value": 2400, "target_from": f"{year}-06-30"}
    send(kpis, "PATCH", "kpis/1", change)
    days = {"from": f"{year}-01-01", "to": f"{year}-10-01"}
    told = kpis.get("/api/kpis/1/progress", **days)
    [entry] = kpis.get("/api/kpis/board", circle=1, **days)["kpis"]
    assert {name: told[name] for name in entry} == entry
    assert (told["as_of"], told["target_value"]) == (f"{year}-09-30", 2400)
    assert told["series"][4:6] == [
        {"period": f"{year}-05", "value": 100, "target": 1200, "x": 500, "restated": None},
        {"period": f"{year}-06", "value": 100, "target": 2400, "x": 600, "restated": None},
    ]
    assert len(told["series"]) == 9
    assert [one["period"] for one in told["bands"]] == [f"{year}-{at}" for at in (10, 11, 12)]
    for months, band in enumerate(told["bands"], 1):
        assert band["p50"] == pytest.approx(900 + 100 * months)
        assert 900 < band["p10"] < band["p50"] < band["p90"]
    assert told["record"] == {"held": 1, "of": 1}
    ends = [told["outlook"][name] for name in ("low", "year_end", "high")]
    assert ends == [told["bands"][-1][name] for name in ("p10", "p50", "p90")]
    whole = kpis.get("/api/kpis/1/progress", to=f"{year + 1}-01-01")
    assert (whole["outlook"]["method"], whole["outlook"]["probability"]) == ("settled", 0)
    assert whole["bands"] == []
    missing = kpis.client.get("/api/kpis/9/progress", headers=kpis.as_("viewer"))
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no KPI 9.")
