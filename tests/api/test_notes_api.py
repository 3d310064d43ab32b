"""Dated notes over the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api_shop import Api
from kpi_api import send

FAIR = {"from": "2024-05-01", "text": " Street fair\n\tin front "}


def write(api: Api, role: str = "editor", **given: Any) -> Any:
    """The answer to a note that is good unless it is said otherwise."""
    return send(api, "POST", "notes", role, FAIR | given)


def test_a_note_is_written_changed_and_deleted(api: Api) -> None:
    made = write(api, ordinary=False)
    assert made.status_code == 201, made.text
    told, editor = made.json(), api.get("/api/users/me", "editor")["id"]
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "id": 1,
        "from": "2024-05-01",
        "to": "2024-05-02",
        "text": "Street fair\n\tin front",
        "ordinary": False,
        "version": 1,
        "created_by": editor,
        "created_by_name": "editor",
        "updated_by": None,
        "updated_by_name": None,
        "updated_at": None,
        "may_change": True,
    }
    edit = {"version": 1, "to": "2024-05-04", "ordinary": True}
    changed = send(api, "PATCH", "notes/1", "manager", edit).json()
    assert (changed["from"], changed["to"], changed["ordinary"]) == (
        *("2024-05-01", "2024-05-04"),
        True,
    )
    assert (changed["version"], changed["updated_by_name"]) == (2, "manager")
    assert changed["text"] == told["text"]
    late = send(api, "PATCH", "notes/1", "editor", {"version": 1, "text": "Late"})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert {name: late.json()[name] for name in ("version", "to", "updated_by_name")} == {
        "version": 2,
        "to": "2024-05-04",
        "updated_by_name": "manager",
    }
    assert send(api, "DELETE", "notes/1?version=1", "editor").status_code == 409
    assert send(api, "DELETE", "notes/1?version=2", "editor").json()["message"]
    assert send(api, "DELETE", "notes/1", "editor").status_code == 404
    assert send(api, "PATCH", "notes/1", "admin", {"version": 2}).status_code == 404
    assert api.get("/api/notes") == {"notes": [], "next": None}
    log = api.get("/api/audit", "admin", text="note 1")["entries"]
    actions = ["note_deleted", "note_changed", "note_written"]
    assert [one["action"] for one in log] == actions
    assert log[1]["details"]["before"]["to"] == "2024-05-02"


def test_who_may_do_what_with_notes(api: Api) -> None:
    write(api, "manager")
    new, edit = FAIR, {"version": 1, "text": "Mine"}
    for method, path, body in (
        ("POST", "notes", new),
        ("PATCH", "notes/1", edit),
        ("DELETE", "notes/1", None),
        ("GET", "notes", None),
    ):
        assert send(api, method, path, "", body).status_code == 401
        expected = 200 if method == "GET" else 403
        assert send(api, method, path, "viewer", body).status_code == expected
    for method, body in (("PATCH", edit), ("DELETE", None)):
        refused = send(api, method, "notes/1", "editor", body)
        assert refused.status_code == 403
        assert refused.json()["detail"].startswith("Somebody else wrote this note.")
    seen = {
        role: api.get("/api/notes", role)["notes"][0]["may_change"]
        for role in ("viewer", "editor", "manager", "admin")
    }
    assert seen == {"viewer": False, "editor": False, "manager": True, "admin": True}
    assert api.get("/api/notes")["notes"][0]["text"] == "Street fair\n\tin front"


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_no_note_is_422_and_leaves_nothing(api: Api, method: str) -> None:
    path, good = "notes", dict(FAIR)
    if method == "PATCH":
        write(api)
        path, good = "notes/1", {"version": 1}
    wrong: list[object] = [
        None,
        [],
        *(good | {"text": text} for text in ("", "  \n", "x" * 2001, "a\x00b", 5, ["x"])),
        *(
            good | {"from": day}
            for day in ("2024-02-30", "May", 20240501, "9999-12-31", "0001-01-01")
        ),
        *(good | {"to": day} for day in ("2024-05-01", "2024-04-30", "2027-05-05", "0001-01-01")),
        *(good | {"ordinary": flag} for flag in (1, "yes", "true")),
        good | {"days": 3},
    ]
    if method == "POST":
        wrong += [
            {"from": "2024-05-01"},
            {"text": "x"},
            good | {"text": None},
            good | {"from": None},
        ]
    else:
        wrong += [{"text": "x"}, *({"version": one} for one in (0, True, "x", 2**31, None))]
    for body in wrong:
        answer = send(api, method, path, "editor", body)
        assert answer.status_code == 422, (body, answer.text)
    kept = api.get("/api/notes")["notes"]
    assert [one["version"] for one in kept] == ([1] if method == "PATCH" else [])
    for number in ("0", "-1", "x", "9" * 30):
        assert send(api, "DELETE", f"notes/{number}", "editor").status_code == 422


def test_notes_are_listed_by_their_days_in_pages(api: Api) -> None:
    for day in ("01", "03", "05"):
        write(api, text=day, **{"from": f"2024-05-{day}"})
    write(api, text="span", **{"from": "2024-04-20", "to": "2024-05-04"})

    def found(**asked: Any) -> list[str]:
        return [one["text"] for one in api.get("/api/notes", **asked)["notes"]]

    assert found() == ["05", "03", "01", "span"]
    assert found(**{"from": "2024-05-03"}) == ["05", "03", "span"]
    assert found(**{"from": "2024-05-02", "to": "2024-05-03"}) == ["span"]
    assert found(to="2024-05-01") == ["span"]
    first = api.get("/api/notes", limit=3)
    assert found(after=first["next"], limit=3) == ["span"]
    assert api.get("/api/notes", limit=4)["next"] is None
    for query in ("from=x", "from=2024-05-02&to=2024-05-01", "limit=0", "limit=501", "after=7"):
        assert send(api, "GET", f"notes?{query}", "viewer").status_code == 422, query


def test_of_many_who_change_a_note_at_once_one_does(api: Api) -> None:
    write(api)
    headers = api.as_("manager")

    def change(number: int) -> int:
        body = {"version": 1, "text": f"text {number}"}
        return api.client.patch("/api/notes/1", json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(change, range(8)))
    assert codes == [200] + 7 * [409]
    assert api.get("/api/notes")["notes"][0]["version"] == 2
