"""KPIs, their values and the change log of kpi-circles, as its own clients ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from sqlalchemy import update

from kpi_circles_client import GATEKEEPER, Old, old_client
from shop import Shop
from tillsight.kpis.models import KpiChange
from tillsight.settings import Settings

CREATED = {"message": "KPI created successfully"}
UPDATED = {"message": "KPI Updated Successfully"}
ADDED = {"message": "KPI Value was added successfully"}
EDITED = {"message": "KPI Values Updated Successfully"}
NO_LOGS = {"message": "No Logs Available"}
NOT_ACTIVE = {"message": "Kpi is not active. Cannot be updated"}
RFC_1123 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
TODAY = datetime.now(UTC).date()


@dataclass
class Team:
    """The circle 1, a manager who made it, and an editor who belongs to it."""

    old: Old
    manager: dict[str, str]
    editor: dict[str, str]

    def kpi(self, **given: Any) -> int:
        """Add a KPI through the contract; its number."""
        body = {
            "circle_id": 1,
            "name": f"KPI {len(self.kpis()) + 1}",
            "periodicity": "monthly",
            "unit": "chf",
            "initial_value": 0,
            "target_value": 1200,
        }
        answer = self.old.ask("POST", "/kpis/add", self.manager, json={**body, **given})
        assert answer == (201, CREATED)
        return max(one["id"] for one in self.kpis())

    def kpis(self) -> list[dict[str, Any]]:
        """All KPIs, as the contract lists them."""
        return self.old.ask("GET", "/kpis", self.manager)[1]["kpi_list"]

    def add(
        self, kpi_id: int, year: int, month: int, value: object, **more: Any
    ) -> tuple[int, Any]:
        """What adding a value as the editor answers."""
        body = {"kpi_id": kpi_id, "period_year": year, "period_month": month, "value": value}
        return self.old.ask("POST", "/kpi_values/add", self.editor, json={**body, **more})

    def values(self, **asked: str) -> list[dict[str, Any]]:
        """The values that the contract lists."""
        status, body = self.old.ask("GET", "/kpi_values", self.editor, params=asked)
        assert (status, list(body)) == (200, ["KPI_Values"])
        return body["KPI_Values"]


@pytest.fixture
def team(shop: Shop, settings: Settings) -> Iterator[Team]:
    with old_client(shop, settings) as old:
        manager, editor = old.person("manager"), old.person("editor")
        old.ask("POST", "/circles", manager, json={"name": "Sales"})
        me = old.native("GET", "/api/users/me", editor)
        old.native("PUT", f"/api/circles/1/members/{me['id']}", manager)
        yield Team(old, manager, editor)


def month_back(months: int) -> tuple[int, int]:
    """Year and month so many months ago."""
    place = TODAY.year * 12 + TODAY.month - 1 - months
    return place // 12, place % 12 + 1


# KPIs


def test_a_kpi_is_added_with_words_in_any_case_and_shown_in_its_own(team: Team) -> None:
    cases: list[tuple[str, str, object, tuple[str, ...]]] = [
        ("yearly", "chf", True, ("Yearly", "CHF", "yearly", "chf")),
        ("Quarterly", "%", "True", ("Quarterly", "%", "quarterly", "percentage")),
        ("MONTHLY", "Percentage", False, ("Monthly", "%", "monthly", "percentage")),
        (" monthly ", "AMOUNT", "False", ("Monthly", "Amount", "monthly", "amount")),
        ("qUARTERLY", "Score", "true", ("Quarterly", "Score", "quarterly", "score")),
    ]
    listed = []
    for periodicity, unit, active, shown in cases:
        words = {"periodicity": periodicity, "unit": unit, "active": active, "user_id": 77}
        kpi_id = team.kpi(name=f"In {unit}", initial_value=1.5, **words)
        told = {
            "id": kpi_id,
            "circle_id": 1,
            "name": f"In {unit}",
            "periodicity": shown[0],
            "unit": shown[1],
            "initial_value": 1.5,
            "target_value": 1200.0,
            "active": active in (True, "True", "true"),
        }
        listed.append(told)
        assert team.old.ask("GET", f"/kpis/{kpi_id}", team.editor) == (200, {"kpi": told})
        native = team.old.native("GET", f"/api/kpis/{kpi_id}", team.editor)
        assert (native["periodicity"], native["unit"]) == shown[2:]
        assert (native["target_value"], native["active"]) == (1200, told["active"])
    assert team.old.ask("GET", "/kpis", team.editor) == (200, {"kpi_list": listed})


def test_what_may_be_left_out_of_a_new_kpi(team: Team) -> None:
    body = {"circle_id": 1, "name": "A", "periodicity": "yearly", "unit": "chf", "target_value": 5}
    assert team.old.ask("POST", "/kpis/add", team.manager, json=body) == (201, CREATED)
    [kpi] = team.kpis()
    assert (kpi["initial_value"], kpi["active"]) == (0, True)


GOOD = {
    "circle_id": 1,
    "name": "New",
    "periodicity": "yearly",
    "unit": "chf",
    "initial_value": 0,
    "target_value": 5,
}


BAD_KPIS: list[dict[str, Any]] = [
    *({"periodicity": one} for one in ("weekly", "daily", 5)),
    *({"unit": one} for one in ("eur", "percent", None)),
    *({"target_value": one} for one in (None, "lots", True, 1e30)),
    *({"name": one} for one in ("", "x" * 151, 5)),
    *({"active": one} for one in ("maybe", 1)),
    *({"circle_id": one} for one in ("one", True)),
    {"initial_value": 0.00001},
    {"colour": "red"},
]


def test_a_kpi_that_cannot_be_is_400_in_the_envelope(team: Team) -> None:
    for bad in BAD_KPIS:
        status, said = team.old.ask("POST", "/kpis/add", team.manager, json={**GOOD, **bad})
        assert (status, list(said)) == (400, ["message"]), (bad, said)
    assert team.kpis() == []


def test_what_is_missing_of_a_new_kpi_is_named(team: Team) -> None:
    for field in ("circle_id", "name", "periodicity", "unit", "target_value"):
        body = {name: value for name, value in GOOD.items() if name != field}
        status, said = team.old.ask("POST", "/kpis/add", team.manager, json=body)
        assert status == 400
        assert said["message"].startswith(f"{field}:")


def test_names_and_circles_of_kpis_are_checked(team: Team) -> None:
    team.kpi(name="Turnover")
    team.kpi(name="Margin")
    taken = {"message": "KPI name already exists. Choose a different name."}
    for name in ("Turnover", "TURNOVER", " turnover "):
        body = {**GOOD, "name": name}
        assert team.old.ask("POST", "/kpis/add", team.manager, json=body) == (400, taken)
    edit = team.old.ask("PUT", "/kpis/2/edit", team.manager, json={"name": "turnover"})
    assert edit == (400, taken)
    elsewhere = team.old.ask("POST", "/kpis/add", team.manager, json={**GOOD, "circle_id": 9})
    assert elsewhere == (404, {"message": "Circle Not Found."})
    moved = team.old.ask("PUT", "/kpis/2/edit", team.manager, json={"circle_id": 9})
    assert moved == (404, {"message": "Circle Not Found."})
    assert [one["name"] for one in team.kpis()] == ["Turnover", "Margin"]


def test_only_gatekeepers_of_the_circle_define_kpis(team: Team) -> None:
    team.kpi()
    viewer, other = team.old.person("viewer"), team.old.person("manager", "other")
    for who in (viewer, team.editor):
        for method, path in (("POST", "/kpis/add"), ("PUT", "/kpis/1/edit")):
            answer = team.old.ask(method, path, who, json=GOOD)
            assert answer == (403, {"message": GATEKEEPER})
    for method, path in (("POST", "/kpis/add"), ("PUT", "/kpis/1/edit")):
        status, said = team.old.ask(method, path, other, json=GOOD)
        assert (status, list(said)) == (403, ["message"])
        assert "Sales" in said["message"]
    admin = team.old.person("admin")
    assert team.old.ask("PUT", "/kpis/1/edit", admin, json={"name": "B"}) == (200, UPDATED)


def test_any_part_of_a_kpi_is_edited(team: Team) -> None:
    kpi_id = team.kpi(name="Turnover")
    [before] = team.kpis()
    edits: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"name": "Revenue"}, {"name": "Revenue"}),
        ({"periodicity": "Yearly"}, {"periodicity": "Yearly"}),
        ({"unit": "%"}, {"unit": "%"}),
        ({"initial_value": -2.5}, {"initial_value": -2.5}),
        ({"target_value": 80}, {"target_value": 80.0}),
        ({"active": "False", "user_id": 3}, {"active": False}),
        ({"active": True, "target_value": 90, "name": "R"}, {"active": True, "name": "R"}),
        ({}, {"target_value": 90.0}),
    ]
    told = before
    for sent, changed in edits:
        assert team.old.ask("PUT", f"/kpis/{kpi_id}/edit", team.manager, json=sent) == (
            200,
            UPDATED,
        )
        [now] = team.kpis()
        told = {**told, **changed}
        assert now == {**told, "target_value": now["target_value"]}
    assert now["target_value"] == 90
    for bad in ({"unit": "eur"}, {"colour": "red"}, {"target_value": "x"}, {"name": ""}, []):
        status, said = team.old.ask("PUT", f"/kpis/{kpi_id}/edit", team.manager, json=bad)
        assert (status, list(said)) == (400, ["message"])
    assert team.kpis() == [now]


def test_a_new_target_leaves_earlier_periods_theirs(team: Team) -> None:
    kpi_id = team.kpi(target_value=100)
    team.add(kpi_id, TODAY.year - 1, 1, 5)
    team.old.ask("PUT", f"/kpis/{kpi_id}/edit", team.manager, json={"target_value": 200})
    history = team.old.native("GET", f"/api/kpis/{kpi_id}/targets", team.editor)["targets"]
    assert [one["value"] for one in history] == [100, 200]
    assert team.kpis()[0]["target_value"] == 200


def test_the_periodicity_stays_once_there_are_values(team: Team) -> None:
    kpi_id = team.kpi()
    team.add(kpi_id, TODAY.year - 1, 1, 5)
    body = {"periodicity": "yearly"}
    status, said = team.old.ask("PUT", f"/kpis/{kpi_id}/edit", team.manager, json=body)
    assert (status, list(said)) == (400, ["message"])


def test_unknown_kpis_are_told_as_the_older_product_did(team: Team) -> None:
    assert team.old.ask("GET", "/kpis", team.editor) == (200, {"kpi_list": []})
    assert team.old.ask("GET", "/kpis/9", team.editor) == (404, {"message": "KPI Not Found."})
    edit = team.old.ask("PUT", "/kpis/9/edit", team.manager, json={"name": "x"})
    assert edit == (404, {"message": "KPI Not Found"})


def test_kpis_the_older_product_could_not_have_are_not_told(team: Team) -> None:
    known = team.kpi(name="Known")
    for name, periodicity, unit in (
        ("Week", "weekly", "chf"),
        ("Day", "daily", "amount"),
        ("Euro", "monthly", "eur"),
    ):
        body = {**GOOD, "name": name, "periodicity": periodicity, "unit": unit}
        made = team.old.native("POST", "/api/kpis", team.manager, json=body)
        period = {"weekly": "2025-W10", "daily": "2025-03-03"}.get(periodicity, "2025-03")
        entered = {"kpi_id": made["id"], "period": period, "value": 5}
        team.old.native("POST", "/api/kpi-values", team.editor, json=entered)
        assert team.old.ask("GET", f"/kpis/{made['id']}", team.editor)[0] == 404
        edit = team.old.ask("PUT", f"/kpis/{made['id']}/edit", team.manager, json={"name": "x"})
        assert edit == (404, {"message": "KPI Not Found"})
    put_away = team.kpi(name="Put away")
    team.old.native("PATCH", f"/api/kpis/{put_away}", team.manager, json={"archived": True})
    assert [one["id"] for one in team.kpis()] == [known]
    assert team.old.ask("GET", f"/kpis/{put_away}", team.editor)[1]["kpi"]["active"] is False
    assert team.values(period="last_year") == team.values(period="this_year") == []
    assert log(team, 1) == (200, NO_LOGS)


def test_what_is_done_natively_is_seen_here_at_once(team: Team) -> None:
    made = team.old.native("POST", "/api/kpis", team.manager, json={**GOOD, "name": "Native"})
    assert [one["name"] for one in team.kpis()] == ["Native"]
    change = {"name": "Renamed", "target_value": 7, "active": False}
    team.old.native("PATCH", f"/api/kpis/{made['id']}", team.manager, json=change)
    [told] = team.kpis()
    assert (told["name"], told["target_value"], told["active"]) == ("Renamed", 7, False)


# Values


def test_a_value_is_added_and_told(team: Team) -> None:
    kpi_id = team.kpi()
    year, month = month_back(0)
    assert team.add(kpi_id, year, month, 12.25, user_id=99) == (201, ADDED)
    [told] = team.values(period="this_month")
    me = team.old.native("GET", "/api/users/me", team.editor)["id"]
    assert RFC_1123.fullmatch(told.pop("created_at"))
    assert told == {
        "id": 1,
        "kpi_id": kpi_id,
        "period_year": year,
        "period_month": month,
        "value": 12.25,
        "created_by_user_id": me,
        "updated_by_user_id": None,
        "updated_at": None,
    }
    native = team.old.native("GET", "/api/kpi-values/1", team.manager)
    assert (native["value"], native["period"]) == (12.25, f"{year}-{month:02}")
    assert (native["created_by"], native["version"]) == (me, 1)


def test_periods_are_those_of_the_periodicity_and_have_begun(team: Team) -> None:
    legal = {"monthly": set(range(1, 13)), "quarterly": {3, 6, 9, 12}, "yearly": {12}}
    for periodicity, months in legal.items():
        kpi_id = team.kpi(periodicity=periodicity)
        taken = {
            month for month in range(14) if team.add(kpi_id, TODAY.year - 1, month, 1)[0] == 201
        }
        assert taken == months
        for year, month in ((TODAY.year + 1, 12), (0, 12), (99_999, 12), (-1, 12)):
            status, said = team.add(kpi_id, year, month, 1)
            assert (status, list(said)) == (400, ["message"])
    begun = team.kpi(periodicity="yearly")
    assert team.add(begun, TODAY.year, 12, 1) == (201, ADDED)


def test_a_period_has_one_value(team: Team) -> None:
    kpi_id = team.kpi()
    year = TODAY.year - 1
    assert team.add(kpi_id, year, 5, 1) == (201, ADDED)
    exists = {"message": "KPI Value already exists for this period"}
    assert team.add(kpi_id, year, 5, 2) == (400, exists)
    entered = {"kpi_id": kpi_id, "period": f"{year}-06", "value": 3}
    team.old.native("POST", "/api/kpi-values", team.editor, json=entered)
    assert team.add(kpi_id, year, 6, 2) == (400, exists)
    assert [one["value"] for one in team.values(period="last_year")] == [1, 3]


def test_a_value_that_cannot_be_is_400(team: Team) -> None:
    kpi_id = team.kpi(unit="%")
    for value in (None, "x", True, 101, -1, 0.00001, 1e40, [1]):
        status, said = team.add(kpi_id, TODAY.year - 1, 5, value)
        assert (status, list(said)) == (400, ["message"])
    assert team.values(period="last_year") == []


def test_what_is_missing_or_unknown_of_a_value_is_400(team: Team) -> None:
    kpi_id = team.kpi()
    good = {"kpi_id": kpi_id, "period_year": TODAY.year - 1, "period_month": 5, "value": 1}
    for field in good:
        body = {name: value for name, value in good.items() if name != field}
        status, said = team.old.ask("POST", "/kpi_values/add", team.editor, json=body)
        assert (status, said["message"].startswith(f"{field}:")) == (400, True)
    status, said = team.add(kpi_id, TODAY.year - 1, 5, 1, colour="red")
    assert (status, said["message"].startswith("colour:")) == (400, True)


def test_values_of_what_is_not_there_or_not_active_or_counted_are_refused(team: Team) -> None:
    year = TODAY.year - 1
    assert team.add(9, year, 5, 1) == (404, {"message": "KPI doesn't exist"})
    kpi_id = team.kpi()
    assert team.add(kpi_id, year, 5, 1) == (201, ADDED)
    team.old.ask("PUT", f"/kpis/{kpi_id}/edit", team.manager, json={"active": "False"})
    assert team.add(kpi_id, year, 6, 1) == (403, NOT_ACTIVE)
    edit = team.old.ask("PUT", "/kpi_values/1/edit", team.editor, json={"value": 2})
    assert edit == (403, NOT_ACTIVE)
    computed = {**GOOD, "name": "Counted", "periodicity": "monthly", "measure": "net_revenue"}
    made = team.old.native("POST", "/api/kpis", team.manager, json=computed)
    status, said = team.add(made["id"], year, 5, 1)
    assert (status, list(said)) == (400, ["message"])
    assert [one["value"] for one in team.values(period="last_year")] == [1]


def test_values_are_entered_by_editors_of_the_circle(team: Team) -> None:
    kpi_id = team.kpi()
    team.add(kpi_id, TODAY.year - 1, 5, 1)
    body = {"kpi_id": kpi_id, "period_year": TODAY.year - 1, "period_month": 6, "value": 1}
    for who in (team.old.person("viewer"), team.old.person("editor", "stranger")):
        for method, path in (("POST", "/kpi_values/add"), ("PUT", "/kpi_values/1/edit")):
            status, said = team.old.ask(method, path, who, json=body)
            assert (status, list(said)) == (403, ["message"])
    assert len(team.values(period="last_year")) == 1


def test_an_edit_writes_over_what_is_there_and_the_log_tells_all(team: Team) -> None:
    """The older product wrote over; ours does too, and keeps what it was and who changed it."""
    kpi_id = team.kpi(name="Turnover")
    team.add(kpi_id, TODAY.year - 1, 5, 1)
    edit = {"value": 2, "kpi_id": 9, "period_year": 1, "period_month": 77, "user_id": 5}
    assert team.old.ask("PUT", "/kpi_values/1/edit", team.editor, json=edit) == (200, EDITED)
    change = {"value": 3, "version": 2}
    team.old.native("PATCH", "/api/kpi-values/1", team.manager, json=change)
    last = team.old.ask("PUT", "/kpi_values/1/edit", team.editor, json={"value": 4.5})
    assert last == (200, EDITED)
    [told] = team.values(period="last_year")
    ids = {
        name: team.old.native("GET", "/api/users/me", who)["id"]
        for name, who in (("editor", team.editor), ("manager", team.manager))
    }
    assert (told["value"], told["period_month"]) == (4.5, 5)
    assert (told["created_by_user_id"], told["updated_by_user_id"]) == (ids["editor"],) * 2
    assert RFC_1123.fullmatch(told["updated_at"])
    native = team.old.native("GET", "/api/kpi-values/1", team.manager)
    assert (native["value"], native["version"]) == (4.5, 4)
    status, body = log(team, 1)
    assert status == 200
    assert [(one["value"], one["username"], one["activity"]) for one in body["change_log"]] == [
        (4.5, "editor", "Updated"),
        (3, "manager", "Updated"),
        (2, "editor", "Updated"),
        (1, "editor", "Created"),
    ]
    assert {one["kpi_name"] for one in body["change_log"]} == {"Turnover"}
    assert all(RFC_1123.fullmatch(one["registered_at"]) for one in body["change_log"])
    status, short = team.old.ask("GET", "/kpi_values/1/change_log", team.editor)
    assert status == 200
    assert [set(one) for one in short["mini_change_log"]] == [
        {"id", "kpi_value_id", "user_id", "registered_at", "activity"}
    ] * 3
    told = [(one["id"], one["user_id"], one["activity"]) for one in short["mini_change_log"]]
    assert told == [
        (4, ids["editor"], "Updated"),
        (3, ids["manager"], "Updated"),
        (2, ids["editor"], "Updated"),
    ]


def test_an_edit_that_cannot_be_is_400(team: Team) -> None:
    team.add(team.kpi(), TODAY.year - 1, 5, 1)
    for body in ({}, {"value": "x"}, {"value": None}, {"value": 1, "colour": 2}):
        status, said = team.old.ask("PUT", "/kpi_values/1/edit", team.editor, json=body)
        assert (status, list(said)) == (400, ["message"])
    unknown = team.old.ask("PUT", "/kpi_values/9/edit", team.editor, json={"value": 1})
    assert unknown == (404, {"message": "KPI Value Not Found."})


def test_values_are_listed_by_circle_and_by_periods_across_years(team: Team) -> None:
    team.old.ask("POST", "/circles", team.manager, json={"name": "Other"})
    monthly, quarterly, yearly = (
        team.kpi(periodicity=one) for one in ("monthly", "quarterly", "yearly")
    )
    elsewhere = team.kpi(circle_id=2)
    admin = team.old.person("admin")
    ends = set()
    for back in range(26):
        year, month = month_back(back)
        for kpi_id, every in ((monthly, 1), (elsewhere, 1), (quarterly, 3), (yearly, 12)):
            body = {"kpi_id": kpi_id, "period_year": year, "period_month": month, "value": back}
            if month % every == 0:
                team.old.ask("POST", "/kpi_values/add", admin, json=body)
                ends.add((kpi_id, year, month))
    quarter = (TODAY.month - 1) // 3
    last_quarter = (TODAY.year, quarter - 1) if quarter else (TODAY.year - 1, 3)
    wanted = {
        "this_month": lambda year, month: (year, month) == month_back(0),
        "last_month": lambda year, month: (year, month) == month_back(1),
        "this_quarter": lambda year, month: (year, (month - 1) // 3) == (TODAY.year, quarter),
        "last_quarter": lambda year, month: (year, (month - 1) // 3) == last_quarter,
        "this_year": lambda year, _: year == TODAY.year,
        "last_year": lambda year, _: year == TODAY.year - 1,
    }
    for name, holds in wanted.items():
        for circle, kpis in (("1", {monthly, quarterly, yearly}), ("2", {elsewhere})):
            found = team.values(period=name, circle_id=circle)
            told = {(one["kpi_id"], one["period_year"], one["period_month"]) for one in found}
            assert told == {one for one in ends if one[0] in kpis and holds(*one[1:])}, name
        both = team.values(period=name)
        assert both == team.values(period=name, circle_id="All")
        assert len(both) == sum(holds(*one[1:]) for one in ends)
    assert team.values(circle_id="1") == team.values(circle_id="1", period="this_year")
    assert team.values(circle_id="77", period="this_year") == []


def test_periods_and_circles_that_are_none_are_400(team: Team) -> None:
    for asked in (
        {"period": "last_quartr"},
        {"circle_id": "x"},
        {"circle_id": "-1"},
        {"period": ""},
    ):
        status, said = team.old.ask("GET", "/kpi_values", team.editor, params=asked)
        assert (status, list(said)) == (400, ["message"])
    status, said = team.old.ask("GET", "/kpi_values?period=last_quartr", team.editor)
    assert "last_quarter" in said["message"]


# The change log


def log(team: Team, circle: object, start: date = TODAY, end: date = TODAY) -> tuple[int, Any]:
    """The change log of the months from one day to another."""
    asked = {
        "circle_id": str(circle),
        "from_year": str(start.year),
        "from_month": str(start.month),
        "to_year": str(end.year),
        "to_month": str(end.month),
    }
    return team.old.ask("GET", "/kpi_values/change_log", team.editor, params=asked)


def test_the_log_is_asked_for_by_whole_months(team: Team) -> None:
    kpi_id = team.kpi()
    first, last = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)
    moments = [
        first - timedelta(seconds=1),
        first,
        last - timedelta(seconds=1),
        last,
    ]
    for month, _ in enumerate(moments, 1):
        team.add(kpi_id, TODAY.year - 1, month, month)
    with team.old.shop.database.writing() as session:
        for number, at in enumerate(moments, 1):
            session.execute(update(KpiChange).where(KpiChange.id == number).values(at=at))
    status, body = log(team, 1, first.date(), first.date())
    assert (status, [one["value"] for one in body["change_log"]]) == (200, [3, 2])
    told = [parsedate_to_datetime(one["registered_at"]) for one in body["change_log"]]
    assert told == [moments[2], moments[1]]
    across = log(team, "", date(2023, 12, 1), date(2024, 3, 1))[1]["change_log"]
    assert [one["value"] for one in across] == [4, 3, 2, 1]
    assert log(team, 2, date(2023, 12, 1), date(2024, 3, 1)) == (200, NO_LOGS)
    assert log(team, 1, date(2022, 1, 1), date(2022, 12, 1)) == (200, NO_LOGS)


def test_the_log_keeps_what_was_deleted(team: Team) -> None:
    team.add(team.kpi(name="Turnover"), TODAY.year - 1, 5, 1)
    team.old.native("DELETE", "/api/kpi-values/1", team.manager)
    newest, oldest = log(team, 1)[1]["change_log"]
    assert (newest["value"], newest["username"], newest["activity"]) == (None, "manager", "Deleted")
    assert (oldest["value"], oldest["activity"]) == (1, "Created")
    short = team.old.ask("GET", "/kpi_values/1/change_log", team.editor)[1]["mini_change_log"]
    assert [one["activity"] for one in short] == ["Deleted", "Created"]


def test_a_log_of_nothing_says_so(team: Team) -> None:
    assert log(team, 1) == (200, NO_LOGS)
    assert team.old.ask("GET", "/kpi_values/9/change_log", team.editor) == (200, NO_LOGS)


def test_what_is_missing_or_wrong_of_a_log_is_400(team: Team) -> None:
    good = {"circle_id": "1", "from_year": "2024", "from_month": "1", "to_year": "2024"}
    good["to_month"] = "3"
    for field in good:
        asked = {name: value for name, value in good.items() if name != field}
        status, said = team.old.ask("GET", "/kpi_values/change_log", team.editor, params=asked)
        assert (status, said["message"].startswith(f"{field}:")) == (400, True)
    for bad in ({"from_month": "13"}, {"to_year": "x"}, {"to_year": "2023"}, {"to_month": "0"}):
        status, said = team.old.ask(
            "GET", "/kpi_values/change_log", team.editor, params={**good, **bad}
        )
        assert (status, list(said)) == (400, ["message"])
    assert team.old.ask("GET", "/kpi_values/x/change_log", team.editor)[0] == 400
