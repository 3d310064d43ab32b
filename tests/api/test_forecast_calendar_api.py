"""The open-day calendar over the API: what was learnt, and what people say in place of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api_shop import Api
from kpi_api import send
from newcomers import with_settings
from shop import HEADER

HOLIDAYS = {date(2024, 8, 1), date(2024, 12, 25), date(2025, 1, 1), date(2024, 5, 9)}
FIRST, LAST = date(2024, 1, 8), date(2025, 6, 28)
CORRECTIONS = "forecasts/calendar/corrections"


def sales() -> str:
    """A sale on every Monday to Saturday that is no public holiday but Ascension Day of 2025."""
    lines = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        if day.isoweekday() != 7 and day not in HOLIDAYS:
            lines.append(f"{number},p,Pen,1,{day},10,,Switzerland\n")
    return HEADER + "".join(lines)


@pytest.fixture
def swiss(api: Api) -> Api:
    """A Swiss shop."""
    assert api.upload(sales()).status_code == 201
    return with_settings(api, country="CH")


def asked(api: Api, first: str, last: str = "", role: str = "viewer") -> dict[str, Any]:
    """The days by their date."""
    span = {"from": first} | ({"to": last} if last else {})
    found = api.get("/api/forecasts/calendar", role, **span)
    return found | {"days": {one["day"]: one for one in found["days"]}}


def correct(api: Api, kind: str, key: Any, is_open: Any, role: str = "editor") -> Any:
    return send(api, "PUT", CORRECTIONS, role, {"kind": kind, "key": key, "open": is_open})


def test_days_weekdays_and_holidays_are_told_as_learnt(swiss: Api) -> None:
    told = asked(swiss, "2025-05-26", "2025-08-04")
    assert (told["country"], told["from"], told["to"]) == ("CH", "2025-05-26", "2025-08-04")
    assert (len(told["days"]), told["data_version"]) == (70, 1)
    assert told["requested_by"] == "viewer@example.com"
    past = {"open": True, "because": "traded", "traded": True, "corrected": False}
    ascension = {"day": "2025-05-29", "holiday": "Ascension Day"}
    assert told["days"]["2025-05-29"] == past | ascension
    sunday = {"day": "2025-06-29", "open": False, "because": "weekday", "holiday": None}
    assert told["days"]["2025-06-29"] == sunday | {"traded": None, "corrected": False}
    national = told["days"]["2025-08-01"]
    assert (national["open"], national["because"]) == (False, "holiday")
    weekdays = [(one["weekday"], one["open"], one["traded"]) for one in told["weekdays"]]
    assert weekdays == [*((one, True, 8) for one in range(1, 7)), (7, False, 0)]
    assert {one["holiday"]: one["open"] for one in told["holidays"]} == {
        "Ascension Day": True,
        "Christmas Day": False,
        "National Day": False,
        "New Year's Day": False,
    }
    assert told["corrections"] == []


def test_without_a_span_it_is_six_weeks_from_today_on(swiss: Api) -> None:
    told = swiss.get("/api/forecasts/calendar")
    first, end = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    assert abs(first - datetime.now(UTC).date()) <= timedelta(days=1)
    assert (end - first).days == len(told["days"]) == 42
    assert swiss.get("/api/forecasts/calendar", to="2025-02-12")["from"] == "2025-01-01"


def test_corrections_are_set_replaced_and_taken_back(swiss: Api) -> None:
    made = correct(swiss, "weekday", "7", is_open=True)
    assert made.status_code == 200, made.text
    first = made.json()
    assert first.pop("set_at").endswith("Z")
    editor = swiss.get("/api/users/me", "editor")["id"]
    assert first == {
        "id": 1,
        "kind": "weekday",
        "key": "7",
        "open": True,
        "set_by": editor,
        "set_by_name": "editor",
    }
    assert correct(swiss, "day", "2025-07-06", is_open=False).json()["id"] == 2
    holiday = correct(swiss, "holiday", "national day", is_open=True, role="manager").json()
    assert (holiday["key"], holiday["set_by_name"]) == ("National Day", "manager")
    told = asked(swiss, "2025-06-29", "2025-08-04")
    answered = [told["days"][f"2025-{day}"] for day in ("06-29", "07-06", "07-13", "08-01")]
    assert [one["open"] for one in answered] == [True, False, True, True]
    assert all(one["because"] == "corrected" and one["corrected"] for one in answered)
    assert told["weekdays"][6] == {
        "weekday": 7,
        "open": True,
        "traded": 0,
        "occurrences": 8,
        "corrected": True,
    }
    [national] = [one for one in told["holidays"] if one["holiday"] == "National Day"]
    assert (national["open"], national["corrected"]) == (True, True)
    assert [one["key"] for one in told["corrections"]] == ["7", "National Day", "2025-07-06"]
    again = correct(swiss, "weekday", "7", is_open=False, role="manager").json()
    assert (again["id"], again["open"], again["set_by_name"]) == (1, False, "manager")
    gone = send(swiss, "DELETE", f"{CORRECTIONS}/{holiday['id']}", "editor")
    assert (gone.status_code, gone.content) == (204, b"")
    assert send(swiss, "DELETE", f"{CORRECTIONS}/{holiday['id']}", "editor").status_code == 404
    days = asked(swiss, "2025-06-29", "2025-08-04")["days"]
    assert [days[f"2025-{day}"]["open"] for day in ("06-29", "08-01")] == [False, False]
    log = swiss.get("/api/audit", "admin", text="Sunday")["entries"]
    assert [one["details"]["now"] for one in log] == ["closed", "open"]


def test_a_forecast_follows_a_correction(swiss: Api) -> None:
    question = {"measure": "revenue", "horizon": 7}
    before = swiss.get("/api/forecasts", **question)["forecast"]
    assert [one["start"] for one in before if one["value"] == 0] == ["2025-06-29"]
    correct(swiss, "day", "2025-07-02", is_open=False)
    after = swiss.get("/api/forecasts", **question)
    closed = [one["start"] for one in after["forecast"] if one["value"] == 0]
    assert closed == ["2025-06-29", "2025-07-02"]
    assert after["calendar"]["corrected"] == 1


def test_who_may_do_what_with_the_calendar(swiss: Api) -> None:
    assert correct(swiss, "weekday", "7", is_open=True).status_code == 200
    body = {"kind": "weekday", "key": "6", "open": False}
    for method, path, sent in (
        ("PUT", CORRECTIONS, body),
        ("DELETE", f"{CORRECTIONS}/1", None),
    ):
        assert send(swiss, method, path, "", sent).status_code == 401
        assert send(swiss, method, path, "viewer", sent).status_code == 403
    assert send(swiss, "GET", "forecasts/calendar", "").status_code == 401
    assert len(asked(swiss, "2025-06-29")["corrections"]) == 1


def test_what_cannot_be_corrected_is_422_and_leaves_nothing(swiss: Api) -> None:
    for kind, key, words in (
        ("weekday", "0", "1 (Monday) to 7 (Sunday)"),
        ("weekday", "8", "1 (Monday) to 7 (Sunday)"),
        ("day", "2026-02-30", "is no day"),
        ("day", "24.12.2026", "is no day"),
        ("holiday", "Chrismas Day", "Did you mean “Christmas Day”?"),
        ("holiday", "Zzz", "Known: Ascension Day, Christmas Day, National Day, New Year's Day."),
    ):
        refused = correct(swiss, kind, key, is_open=True)
        assert (refused.status_code, words in refused.json()["detail"]) == (422, True), key
    for kind, key, is_open in (
        ("month", "12", True),
        ("weekday", 7, True),
        ("weekday", None, True),
        ("day", "", True),
        ("holiday", "x" * 201, True),
        ("holiday", "a\x00b", True),
        ("weekday", "7", "yes"),
        ("weekday", "7", 1),
        ("weekday", "7", None),
    ):
        assert correct(swiss, kind, key, is_open).status_code == 422, (kind, key, is_open)
    good = {"kind": "weekday", "key": "7", "open": True}
    for body in (None, [], good | {"id": 1}, {"kind": "day", "open": True}, {"key": "7"}):
        assert send(swiss, "PUT", CORRECTIONS, "editor", body).status_code == 422, body
    for number in ("0", "-1", "x", "9" * 30):
        assert send(swiss, "DELETE", f"{CORRECTIONS}/{number}", "editor").status_code == 422
    assert asked(swiss, "2025-06-29")["corrections"] == []


def test_spans_that_cannot_be_answered_are_422(swiss: Api) -> None:
    for query in (
        "from=2025-02-30",
        "from=2025-02-02&to=2025-02-01",
        "from=2020-01-01&to=2025-01-01",
        "from=0001-01-01",
        "to=1899-12-31",
        "from=9999-12-31",
        "to=0001-01-05",
    ):
        assert send(swiss, "GET", f"forecasts/calendar?{query}", "viewer").status_code == 422, query
    longest = asked(swiss, "2024-01-01", "2027-01-03")
    assert len(longest["days"]) == 1098
    assert asked(swiss, "2025-02-01", "2025-02-01")["days"] == {}
    for far in ("1900-01-01", "9998-12-31"):
        assert len(asked(swiss, far)["days"]) == 42


def test_a_shop_without_sales_or_country_has_neither_days_nor_holidays(api: Api) -> None:
    assert correct(api, "weekday", "7", is_open=True).status_code == 200
    refused = correct(api, "holiday", "Christmas Day", is_open=False)
    assert (refused.status_code, "TILLSIGHT_COUNTRY" in refused.json()["detail"]) == (422, True)
    told = asked(api, "2025-01-01", "2025-02-01")
    assert (told["country"], told["days"], told["weekdays"], told["holidays"]) == ("", {}, [], [])
    assert len(told["corrections"]) == 1
    assert api.upload(sales()).status_code == 201
    told = asked(api, "2025-06-29", "2025-07-06")
    assert [one["open"] for one in told["days"].values()] == [True] * 7
    assert told["holidays"] == []
