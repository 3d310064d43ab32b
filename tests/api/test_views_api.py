"""Saved views over the API, and those pinned to somebody's Overview."""

import json
from typing import Any

import pytest
from sqlalchemy import update

from api_shop import Api
from kpi_api import send
from tillsight.metrics.models import SavedView

QUESTION = {
    "measures": ["revenue,orders"],
    "by": ["time,country"],
    "days": ["90d"],
    "country": [""],
}


def save(api: Api, role: str = "editor", **given: Any) -> Any:
    """The answer to a view that is good unless it is said otherwise."""
    return send(api, "POST", "views", role, {"name": "Quarter", "question": QUESTION} | given)


def seen(api: Api, role: str) -> list[str]:
    return [one["name"] for one in api.get("/api/views", role)["views"]]


def test_a_view_is_saved_renamed_replaced_shared_and_deleted(api: Api) -> None:
    made = save(api, name="  My   quarter ")
    assert made.status_code == 201, made.text
    told, editor = made.json(), api.get("/api/users/me", "editor")["id"]
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "id": 1,
        "name": "My quarter",
        "question": QUESTION,
        "shared": False,
        "version": 1,
        "created_by": editor,
        "created_by_name": "editor",
        "updated_at": None,
        "may_change": True,
        "pinned": None,
        "gone": [],
    }
    other = {"measures": ["units"], "chart": ["bar"], "by": ["product"]}
    edit = {"version": 1, "name": "Units", "question": other, "shared": True}
    changed = send(api, "PATCH", "views/1", "editor", edit).json()
    assert (changed["name"], changed["question"], changed["shared"]) == ("Units", other, True)
    assert api.get("/api/views/1", "viewer")["version"] == 2
    late = send(api, "PATCH", "views/1", "manager", {"version": 1, "name": "Late"})
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "conflict", 2)
    assert send(api, "PATCH", "views/1", "editor", {"version": 2}).json()["version"] == 2
    assert send(api, "DELETE", "views/1?version=1", "editor").status_code == 409
    assert send(api, "DELETE", "views/1?version=2", "editor").json()["message"]
    assert send(api, "GET", "views/1", "editor").status_code == 404
    log = api.get("/api/audit", "admin", text="view 1")["entries"]
    assert [one["action"] for one in log] == ["view_deleted", "view_changed", "view_saved"]
    assert log[1]["details"]["before"]["question"] == QUESTION


def test_a_private_view_is_nobody_elses_and_a_shared_one_everybodys(api: Api) -> None:
    save(api, "viewer", name="Mine")
    save(api, "editor", name="Ours", shared=True)
    assert seen(api, "viewer") == ["Mine", "Ours"]
    assert seen(api, "admin") == seen(api, "manager") == ["Ours"]
    for method, path, body in (
        ("GET", "views", None),
        ("GET", "views/1", None),
        ("POST", "views", {"name": "x", "question": QUESTION}),
        ("PATCH", "views/1", {"version": 1, "name": "x"}),
        ("DELETE", "views/1", None),
        ("GET", "pinned-views", None),
        ("PUT", "pinned-views", {"views": [1]}),
    ):
        assert send(api, method, path, "", body).status_code == 401, path
        if path == "views/1" or method == "PUT":
            assert send(api, method, path, "admin", body).status_code == 404, method
    assert send(api, "PATCH", "views/2", "viewer", {"version": 1}).status_code == 403
    assert send(api, "DELETE", "views/2", "viewer").status_code == 403
    assert save(api, "viewer", name="Too", shared=True).status_code == 403
    shared = send(api, "PATCH", "views/1", "viewer", {"version": 1, "shared": True})
    assert shared.status_code == 403
    assert [one["may_change"] for one in api.get("/api/views", "manager")["views"]] == [True]
    renamed = send(api, "PATCH", "views/2", "manager", {"version": 1, "name": "Everybody's"})
    assert renamed.json()["created_by_name"] == "editor"
    back = send(api, "PATCH", "views/2", "manager", {"version": 2, "shared": False})
    assert back.status_code == 403
    assert send(api, "DELETE", "views/2", "manager").status_code == 200
    assert seen(api, "viewer") == ["Mine"]


def test_names_of_one_person_differ(api: Api) -> None:
    assert save(api).status_code == 201
    again = save(api, name="quarter")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert save(api, "manager").status_code == 201
    save(api, name="Other")
    taken = send(api, "PATCH", "views/3", "editor", {"version": 1, "name": "QUARTER"})
    assert taken.status_code == 409
    assert seen(api, "editor") == ["Other", "Quarter"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\u0007b"},
        {"name": 5},
        {"question": None},
        {"question": {}},
        {"question": {"by": ["country"]}},
        {"question": {"measures": []}},
        {"question": {"measures": [""]}},
        {"question": {"measures": "revenue"}},
        {"question": {"measures": ["revenu"]}},
        {"question": {"measures": ["revenue"], "by": ["moon"]}},
        {"question": {"measures": ["revenue"], "by": ["country", "product"]}},
        {"question": {"measures": ["revenue"], "token": ["x"]}},
        {"question": {"measures": ["revenue"], "country": ["x" * 401]}},
        {"question": {"measures": ["revenue"], "country": ["x"] * 201}},
        {"question": {"measures": ["revenue"], "country": [None]}},
        {"shared": "yes"},
        {"shared": 1},
        {"owner": 2},
    ],
)
def test_what_is_no_view_is_422_and_leaves_nothing(api: Api, wrong: dict[str, Any]) -> None:
    assert save(api, **wrong).status_code == 422
    assert seen(api, "editor") == []
    save(api)
    edit = {"version": 1} | wrong
    if wrong != {"question": None}:  # which leaves it as it is
        assert send(api, "PATCH", "views/1", "editor", edit).status_code == 422
    assert api.get("/api/views/1", "editor")["version"] == 1


def test_malformed_numbers_are_422(api: Api) -> None:
    for path in ("views/0", "views/x", f"views/{2**31}"):
        for method, body in (("GET", None), ("PATCH", {"version": 1}), ("DELETE", None)):
            assert send(api, method, path, "editor", body).status_code == 422, (method, path)
    for body in ({}, {"views": 1}, {"views": [0]}, {"views": [True]}, {"views": [*range(1, 14)]}):
        assert send(api, "PUT", "pinned-views", "editor", body).status_code == 422, body


def test_the_nearest_name_is_told(api: Api) -> None:
    refused = save(api, question={"measures": ["revenu"]})
    assert "Did you mean “revenue”?" in refused.json()["detail"]


def test_pins_are_each_persons_own_in_their_order(api: Api) -> None:
    for name in ("A", "B", "C"):
        save(api, name=name, shared=True)
    save(api, "viewer", name="D")

    def pinned(role: str) -> list[int]:
        return [one["id"] for one in api.get("/api/pinned-views", role)["views"]]

    assert send(api, "PUT", "pinned-views", "viewer", {"views": [3, 4, 1]}).status_code == 200
    assert (pinned("viewer"), pinned("editor")) == ([3, 4, 1], [])
    places = {one["name"]: one["pinned"] for one in api.get("/api/views", "viewer")["views"]}
    assert places == {"A": 3, "B": None, "C": 1, "D": 2}
    for body, status in (([1, 1], 422), ([1, 9], 404)):
        answer = send(api, "PUT", "pinned-views", "viewer", {"views": body})
        assert answer.status_code == status
    send(api, "PUT", "pinned-views", "viewer", {"views": [1, 3]})
    assert pinned("viewer") == [1, 3]
    send(api, "PATCH", "views/3", "editor", {"version": 1, "shared": False})
    assert pinned("viewer") == [1]
    send(api, "DELETE", "views/1", "editor")
    assert pinned("viewer") == []
    send(api, "PUT", "pinned-views", "viewer", {"views": []})
    send(api, "PATCH", "views/3", "editor", {"version": 2, "shared": True})
    assert pinned("viewer") == []


def test_what_is_not_in_the_catalogue_any_more_is_told(api: Api) -> None:
    save(api)
    older = {"measures": ["revenue,footfall"], "by": ["region,month"], "shelf": ["3"]}
    with api.shop.database.writing() as session:
        session.execute(update(SavedView).values(question=json.dumps(older)))
    view = api.get("/api/views/1", "editor")
    assert (view["gone"], view["question"]) == (["footfall", "region", "shelf"], older)
    kept = send(api, "PATCH", "views/1", "editor", {"version": 1, "name": "Older"})
    assert kept.json()["question"] == older
