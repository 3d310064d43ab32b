"""Restatements over the API: who sees them, who accepts, and what the answers say."""

from datetime import date

import pytest

from api_shop import Api
from kpi_api import give_circle, make, send
from shop import HEADER
from tillsight.kpis.follower import Follower

SOLD = HEADER + "1,p,Pen,1,2024-01-10,100,c,Peru\n2,p,Pen,1,2024-02-10,200,c,Peru\n"


@pytest.fixture
def team(api: Api) -> Api:
    """A circle of manager's with editor in it, and a KPI of two months that are over."""
    give_circle(api, "Sales", "editor")
    made = make(api, measure="net_revenue")
    assert made.status_code == 201, made.text
    upload(api, SOLD)
    return api


def follow(api: Api) -> None:
    api.shop.warehouse.catch_up(wait=60)
    Follower(api.shop.database, api.shop.warehouse, "UTC").follow(date(2024, 6, 1))


def upload(api: Api, text: str, query: str = "") -> int:
    loaded = api.upload(text, query=query)
    assert loaded.status_code == 201, loaded.text
    follow(api)
    return loaded.json()["id"]


def late(api: Api, order: str = "late", amount: int = 50) -> int:
    """A late sale of February."""
    return upload(api, f"{HEADER}{order},p,Pen,1,2024-02-29,{amount},c,Peru\n")


def accept(api: Api, role: str = "manager", **body: object):
    return send(api, "POST", "kpis/1/restatements/accept", role, body)


def test_a_restatement_names_its_import_and_stands_beside_the_value(team: Api) -> None:
    number = late(team)
    [told] = team.get("/api/kpis/1/restatements")["restatements"]
    assert told.pop("at").endswith("Z")
    assert told == {
        "id": 1,
        "kpi_id": 1,
        "kpi": "Turnover",
        "circle_id": 1,
        "circle": "Sales",
        "unit": "chf",
        "period": "2024-02",
        "from": "2024-02-01",
        "to": "2024-03-01",
        "reported": 200,
        "restated": 250,
        "cause": "import",
        "journal_version": 2,
        "import_id": number,
        "file": "a.csv",
        "settled": None,
        "settled_at": None,
        "settled_by": None,
        "settled_by_name": None,
    }
    [february, january] = team.get("/api/kpis/1/values")["values"]
    assert (february["value"], february["restated"]) == (200, 250)
    assert february["restated_at"].endswith("Z")
    assert (january["restated"], january["restated_at"]) == (None, None)
    kpi = team.get("/api/kpis/1")
    assert kpi["computed_at"].endswith("Z")
    assert (kpi["computed_error"], kpi["may_enter"]) == (None, False)


def test_lists_are_by_circle_kpi_and_state_and_in_pages(team: Api) -> None:
    late(team)
    second = late(team, "second", 1)
    team.client.delete(f"/api/imports/{second}", headers=team.as_("editor"))
    follow(team)
    found = team.get("/api/kpi-restatements", limit=2)
    assert [one["id"] for one in found["restatements"]] == [3, 2]
    following = team.get("/api/kpi-restatements", before=found["next"])
    assert ([one["id"] for one in following["restatements"]], following["next"]) == ([1], None)

    def numbers(**asked: object) -> list[int]:
        return [one["id"] for one in team.get("/api/kpi-restatements", **asked)["restatements"]]

    assert numbers(open=True, circle=1, kpi=1) == [3]
    assert numbers(open=False) == [2, 1]
    assert numbers(circle=2) == numbers(kpi=2) == []
    assert len(team.get("/api/kpis/1/restatements", open=False)["restatements"]) == 2


def test_who_leads_the_circle_accepts(team: Api) -> None:
    number = late(team)
    for role in ("viewer", "editor"):
        assert accept(team, role).status_code == 403
    done = accept(team, period="2024-02", newest=1)
    assert done.status_code == 200, done.text
    [told] = done.json()["accepted"]
    assert (told["settled"], told["settled_by_name"]) == ("accepted", "manager")
    assert told["settled_at"].endswith("Z")
    [february, _] = team.get("/api/kpis/1/values")["values"]
    assert (february["value"], february["restated"], february["version"]) == (250, None, 2)
    change = team.get("/api/kpi-changes", limit=1)["changes"][0]
    assert (change["before"], change["after"], change["why"]) == (200, 250, "accepted")
    assert (change["user"], change["import_id"]) == ("manager", number)


def test_an_admin_accepts_everywhere_and_a_manager_from_elsewhere_nowhere(team: Api) -> None:
    late(team)
    manager = team.get("/api/users/me", "manager")["id"]
    send(team, "POST", "circles", "admin", {"name": "Others"})
    send(team, "PATCH", "kpis/1", "admin", {"circle_id": 2})
    refused = accept(team)
    assert (refused.status_code, "Others" in refused.json()["detail"]) == (403, True)
    assert manager not in {one["id"] for one in team.get("/api/circles/2")["members"]}
    assert accept(team, "admin").status_code == 200


def test_what_cannot_be_accepted_is_told(team: Api) -> None:
    nothing = accept(team)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_restated")
    late(team)
    assert "for 2024-01" in accept(team, period="2024-01").json()["detail"]
    late(team, "again")
    old = accept(team, newest=1)
    assert (old.status_code, old.json()["code"], old.json()["newest"]) == (409, "conflict", 2)
    assert send(team, "PATCH", "kpis/1", "manager", {"active": False}).status_code == 200
    assert accept(team).json()["code"] == "not_active"


@pytest.mark.parametrize(
    "body",
    [
        {"period": ""},
        {"period": "2024-13"},
        {"period": "Q1"},
        {"newest": 0},
        {"restated": 3},
        {"period": 2024},
        [],
    ],
)
def test_bodies_that_mean_nothing_are_refused(team: Api, body: object) -> None:
    answer = send(team, "POST", "kpis/1/restatements/accept", "manager", body)
    assert answer.status_code == 422


def test_kpis_that_are_not_there_are_told(team: Api) -> None:
    for path in ("kpis/9/restatements", "kpis/0/restatements"):
        assert send(team, "GET", path, "viewer").status_code in {404, 422}
    assert send(team, "POST", "kpis/9/restatements/accept", "manager", {}).status_code == 404
    assert send(team, "GET", "kpi-restatements?open=maybe", "viewer").status_code == 422


def test_what_a_kpi_cannot_be_bound_to_is_refused_when_it_is_made_or_changed(team: Api) -> None:
    for changes, said in (
        ({"measure": "net_revenu"}, "Did you mean “net_revenue”?"),
        ({"filters": {"contry": ["Peru"]}}, "Did you mean “country”?"),
        ({"filters": {"month": ["2024-01"]}}, "not filtered by month"),
        ({"filters": {"segment": ["Champion"]}}, "Did you mean “Champions”?"),
        ({"filters": {"country": ["\n"]}}, "control characters"),
    ):
        refused = send(team, "PATCH", "kpis/1", "manager", changes)
        assert refused.status_code == 422
        assert said in refused.json()["detail"]
        assert make(team, **{"name": "New", "measure": "revenue", **changes}).status_code == 422
