"""Circles over the API: who may change one, and what names they may have."""

import threading

import pytest

from api_shop import PASSWORD, Api
from tillsight.accounts.circles import create_circle, is_member, require_member
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin, identify
from tillsight.accounts.users import add_user
from tillsight.errors import Conflict, Forbidden, NotFound


def make(api: Api, name: str = "Sales", role: str = "manager"):
    return api.client.post("/api/circles", json={"name": name}, headers=api.as_(role))


def send(api: Api, method: str, path: str, role: str, body: dict | None = None):
    return api.client.request(method, f"/api/circles{path}", json=body, headers=api.as_(role))


def id_of(api: Api, role: str) -> int:
    return api.get("/api/users/me", role)["id"]


def another_manager(api: Api) -> None:
    with api.shop.database.writing() as session:
        add_user(session, "other@example.com", PASSWORD, Role.manager)
    body = {"email": "other@example.com", "password": PASSWORD}
    token = api.client.post("/api/auth/login", json=body).json()["access_token"]
    api.headers["other"] = {"Authorization": f"Bearer {token}"}


def test_the_maker_belongs_to_it_and_everybody_sees_it(api: Api) -> None:
    made = make(api, "  Sales   north ")
    assert made.status_code == 201
    assert made.json()["name"] == "Sales north"
    assert made.json()["members"] == [{"id": id_of(api, "manager"), "name": "manager"}]
    make(api, "accounting", "admin")
    listed = api.get("/api/circles", "viewer")["circles"]
    assert [one["name"] for one in listed] == ["accounting", "Sales north"]
    assert listed[1] == made.json()
    assert api.get("/api/circles/1", "editor") == made.json()


@pytest.mark.parametrize("name", ["sales", "SALES", " Sales ", "saleS"])
def test_a_name_is_there_once_in_any_case(api: Api, name: str) -> None:
    make(api)
    answer = make(api, name)
    assert answer.status_code == 409
    assert "already" in answer.json()["detail"]


def test_a_sharp_s_is_a_name_like_any_other(api: Api) -> None:
    assert make(api, "Straße").status_code == 201
    assert make(api, "STRASSE").status_code == 409
    assert make(api, "ß" * 150).status_code == 201


@pytest.mark.parametrize("name", ["", "   ", "\u2003", "x" * 151, "a\x00b", "a\nb", None, 5])
def test_what_is_no_name_is_422(api: Api, name: object) -> None:
    answer = send(api, "POST", "", "manager", {"name": name})
    assert answer.status_code == 422
    assert api.get("/api/circles")["circles"] == []


@pytest.mark.parametrize(
    "body",
    [{"name": "A", "members": [1]}, {"name": "A", "created_by": 1}, {"archived": True}, [], None],
)
def test_fields_that_are_not_taken_are_refused(api: Api, body: object) -> None:
    assert send(api, "POST", "", "manager", body).status_code == 422


def test_renaming_and_the_archive(api: Api) -> None:
    make(api)
    make(api, "Store")
    assert send(api, "PATCH", "/1", "manager", {"name": "SALES"}).json()["name"] == "SALES"
    assert send(api, "PATCH", "/1", "manager", {"name": "store"}).status_code == 409
    put_away = send(api, "PATCH", "/1", "manager", {"archived": True}).json()
    assert (put_away["archived"], put_away["name"]) == (True, "SALES")
    assert api.get("/api/circles")["circles"][0]["archived"]
    assert not send(api, "PATCH", "/1", "manager", {"archived": False}).json()["archived"]
    assert send(api, "PATCH", "/1", "manager", {}).json()["name"] == "SALES"


def test_only_who_leads_a_circle_changes_it(api: Api) -> None:
    make(api)
    another_manager(api)
    editor, other = id_of(api, "editor"), id_of(api, "other")
    for role in ("viewer", "editor", "other"):
        for method, path, body in (
            ("PATCH", "/1", {"name": "Mine"}),
            ("PATCH", "/1", {"archived": True}),
            ("PATCH", "/1", {}),
            ("PUT", f"/1/members/{editor}", None),
            ("DELETE", f"/1/members/{id_of(api, 'manager')}", None),
        ):
            assert send(api, method, path, role, body).status_code == 403
    assert [one["name"] for one in api.get("/api/circles/1")["members"]] == ["manager"]
    assert send(api, "PUT", f"/1/members/{other}", "admin").status_code == 200
    assert send(api, "PUT", f"/1/members/{editor}", "other").status_code == 200
    # Belonging to it does not make an editor one who leads it; having made it does.
    assert send(api, "PATCH", "/1", "editor", {"name": "Mine"}).status_code == 403
    assert send(api, "DELETE", f"/1/members/{id_of(api, 'manager')}", "other").status_code == 200
    assert send(api, "PATCH", "/1", "manager", {"name": "Ours"}).status_code == 200


def test_members_come_and_go(api: Api) -> None:
    make(api)
    editor = id_of(api, "editor")
    for _ in range(2):
        answer = send(api, "PUT", f"/1/members/{editor}", "manager")
        assert [one["id"] for one in answer.json()["members"]] == [editor, id_of(api, "manager")]
    assert send(api, "DELETE", f"/1/members/{editor}", "manager").status_code == 200
    assert send(api, "DELETE", f"/1/members/{editor}", "manager").status_code == 404
    assert send(api, "PUT", "/1/members/999", "manager").status_code == 404


def test_managers_see_who_may_be_made_a_member(api: Api) -> None:
    for role in ("editor", "manager"):
        assert id_of(api, role)
    with api.shop.database.writing() as session:
        add_user(session, "gone@example.com", PASSWORD, Role.editor).is_active = False
    found = send(api, "GET", "/people", "manager").json()["people"]
    names = [one["name"] for one in found]
    assert {"editor", "manager"} <= set(names)
    assert "gone" not in names
    assert names == sorted(names, key=str.casefold)
    assert set(found[0]) == {"id", "name"}
    assert send(api, "GET", "/people", "editor").status_code == 403


def test_rooms_ask_who_belongs(api: Api) -> None:
    make(api)
    tokens = {
        role: api.as_(role)["Authorization"].removeprefix("Bearer ")
        for role in ("editor", "manager", "admin")
    }
    with api.shop.database.reading() as session:
        person = {
            role: identify(api.shop.settings, session, token) for role, token in tokens.items()
        }
        assert is_member(session, person["manager"], 1)
        assert not is_member(session, person["editor"], 1)
        require_member(session, person["manager"], 1)
        require_member(session, person["admin"], 1)
        with pytest.raises(Forbidden, match="Sales"):
            require_member(session, person["editor"], 1)
        with pytest.raises(NotFound):
            require_member(session, person["editor"], 2)


def test_of_two_who_want_a_name_at_once_one_gets_it(api: Api) -> None:
    token = api.as_("manager")["Authorization"].removeprefix("Bearer ")
    with api.shop.database.reading() as session:
        manager = identify(api.shop.settings, session, token)
    together, outcomes = threading.Barrier(4), []

    def want(name: str) -> None:
        together.wait()
        try:
            with api.shop.database.writing() as session:
                create_circle(session, manager, name, Origin())
            outcomes.append("made")
        except Conflict:
            outcomes.append("refused")

    names = ("Sales", "sales", "SALES", "saleS")
    threads = [threading.Thread(target=want, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
